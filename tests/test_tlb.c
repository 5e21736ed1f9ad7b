/*
 * tests/test_tlb.c - emu/engine_tlb.c: pages are opened to stores in each
 * version of the library, and shut when code appears on them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/engine_internal.h"
#include "mmu/base_bounds.h"

#define PHYS   65536u
#define BASE   0x2a40u /* of the space: no page begins where one does there */
#define BOUNDS 0x8000u
#define WORD   0x5000u /* what the writer adds to */
#define COUNT  0x50e0u /* of the faulter, and 16 bytes behind each the next */
#define COUNTS 3u
#define STACK  0x7ff0u
#define WARM   20u /* rounds until the TLB is not emptied for other reasons */

/* Adds one or more to WORD, stores it three times, traps, and again. */
static const uint8_t writer_x86[] = {0xff, 0x05, 0,    0x50, 0, 0, /* incl */
                                     0xff, 0x05, 0,    0x50, 0, 0,
                                     0xff, 0x05, 0,    0x50, 0, 0,
                                     0xcd, 0x80, 0xeb, 0xea};
static const uint32_t writer_arm[] = {
    0xe3a01a05, 0xe5912000, 0xe2822001, 0xe5812000, /* mov ldr add str */
    0xe5812000, 0xe5812000, 0xef000000, 0xeafffff8, /* str str svc b */
};

/* Whose result is in WORD: mov $word, %eax; int $0x80; jmp. mov svc b. */
static const uint8_t reader_x86[] = {0xb8, 0, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7};
static const uint32_t reader_arm[] = {0xe3a00000, 0xef000000, 0xeafffffc};

/*
 * Stores to WORD, adds one to a count, loads from far behind it, and again for
 * the next count. Out of bounds behind the last of COUNTS.
 */
static const uint8_t faulter_x86[] = {
    0xbb, 0xe0, 0x50, 0,    0, /* mov $0x50e0, %ebx */
    0xff, 0x05, 0,    0x50, 0,
    0, /* incl WORD */
    0xff, 0x03, 0x8b, 0x83, 0,
    0x2f,                         /* incl (%ebx); mov 0x2f00(%ebx), %eax */
    0,    0,    0x83, 0xc3, 0x10, /* add $0x10, %ebx */
    0xeb, 0xed};
static const uint32_t faulter_arm[] = {
    0xe3a01a05, 0xe28140e0, 0xe3a05c2f, /* mov r1; add r4; mov r5 */
    0xe5912000, 0xe5812000,             /* ldr str: WORD */
    0xe5943000, 0xe2833001, 0xe5843000, /* ldr add str: the count */
    0xe7946005, 0xe2844010, 0xeafffff7, /* ldr; add r4; b */
};

struct program {
    const void *code;
    uint32_t size;
    vaddr_t va;
};

static const struct test_isa {
    const struct isa *isa;
    struct program writer, reader, faulter;
} isas[] = {
    {&isa_x86,
     {writer_x86, sizeof(writer_x86), 0x1000},
     {reader_x86, sizeof(reader_x86), WORD - 1},
     {faulter_x86, sizeof(faulter_x86), 0x2000}},
    {&isa_arm,
     {writer_arm, sizeof(writer_arm), 0x1000},
     {reader_arm, sizeof(reader_arm), WORD},
     {faulter_arm, sizeof(faulter_arm), 0x2000}},
};

/* One address space, and who runs in it. */
struct machine {
    const struct isa *isa;
    struct phys *phys;
    struct base_bounds space;
    struct engine *writer, *reader;
};

/* @e is about to run @program from its start. */
static void begin(struct machine *m, struct engine *e,
                  const struct program *program)
{
    struct cpu_state cpu;

    isa_entry_state(m->isa, &cpu, program->va, STACK);
    engine_load(e, &cpu);
    phys_write(m->phys, BASE + program->va, program->code, program->size);
}

static struct engine *engine_for(struct machine *m,
                                 const struct program *program, bool counting)
{
    const struct engine_config config = {
        .isa = m->isa, .phys = m->phys, .counting = counting};
    struct engine *e;

    assert_int_equal(engine_create(&e, &config), 0);
    assert_int_equal(engine_bind(e, &m->space.mmu), 0);
    begin(m, e, program);
    return e;
}

static void machine_open(struct machine *m, const struct test_isa *isa)
{
    m->isa = isa->isa;
    assert_int_equal(phys_create(&m->phys, PHYS), 0);
    base_bounds_init(&m->space);
    assert_int_equal(base_bounds_set(&m->space, BASE, BOUNDS, PHYS), 0);
    m->writer = engine_for(m, &isa->writer, false);
    m->reader = engine_for(m, &isa->reader, true);
}

static void machine_close(struct machine *m)
{
    engine_destroy(m->reader);
    engine_destroy(m->writer);
    phys_destroy(m->phys);
}

static void run(struct engine *e, enum trap_cause cause)
{
    struct trap trap;

    e->lean_when.not_before = 0; /* it need not be worth it */
    assert_int_equal(engine_run(e, UINT64_MAX, &trap), ENGINE_TRAP);
    assert_int_equal(trap.cause, cause);
}

/* What a round of the writer adds to WORD. */
static uint32_t added(const struct machine *m)
{
    return m->isa == &isa_x86 ? 3 : 1;
}

/* So many rounds of the writer. */
static void write_rounds(struct machine *m, uint32_t rounds)
{
    const uint32_t was = phys_read32(m->phys, BASE + WORD);

    for (uint32_t i = 1; i <= rounds; i++) {
        run(m->writer, TRAP_SYSCALL);
        assert_int_equal(phys_read32(m->phys, BASE + WORD), was + i * added(m));
    }
}

static void check_reader(struct machine *m)
{
    const uint32_t word = phys_read32(m->phys, BASE + WORD);
    struct cpu_state cpu;

    run(m->reader, TRAP_SYSCALL);
    engine_save(m->reader, &cpu);
    assert_int_equal(isa_get(m->isa, &cpu, m->isa->call_result),
                     m->isa == &isa_x86 ? word : word & 0xff);
}

static bool has_opened(const struct machine *m)
{
    return m->writer->lean_core.opener.has_opened;
}

/* Each in a machine of its own, for each ISA. */
static void for_each_isa(void (*check)(struct machine *m,
                                       const struct test_isa *isa))
{
    for (size_t i = 0; i < sizeof(isas) / sizeof(isas[0]); i++) {
        struct machine m;

        machine_open(&m, &isas[i]);
        check(&m, &isas[i]);
        machine_close(&m);
    }
}

static void check_opens(struct machine *m, const struct test_isa *isa)
{
    (void)isa;
    write_rounds(m, 3);
    assert_non_null(m->writer->lean_core.opener.tlb);
    assert_true(has_opened(m));
}

static void test_tlb_opens_a_page_without_code(void **state)
{
    (void)state;
    for_each_isa(check_opens);
}

static void check_shuts(struct machine *m, const struct test_isa *isa)
{
    (void)isa;
    write_rounds(m, WARM);
    assert_true(has_opened(m));
    for (unsigned round = 0; round < 5; round++) {
        check_reader(m);
        write_rounds(m, 3);
        assert_false(has_opened(m));
    }
}

static void test_tlb_shuts_a_page_that_gets_code(void **state)
{
    (void)state;
    for_each_isa(check_shuts);
}

static void check_not_found(struct machine *m, const struct test_isa *isa)
{
    (void)isa;
    m->writer->lean_core.sought_regs = true;
    write_rounds(m, 3);
    assert_false(has_opened(m));
    check_reader(m);
    write_rounds(m, 3);
    check_reader(m);
}

static void test_tlb_that_is_not_found_is_no_matter(void **state)
{
    (void)state;
    for_each_isa(check_not_found);
}

/*
 * Under a timer there is no copy to go back to. What is stored over must have
 * been written down, on a page that was open before, or that this run opens.
 */
static void check_undoes(struct machine *m, const struct test_isa *isa)
{
    write_rounds(m, WARM);
    assert_true(has_opened(m));
    for (uint32_t round = 1; round <= 3; round++) {
        begin(m, m->writer, &isa->faulter);
        engine_set_timer(m->writer, UINT64_MAX - 1);
        run(m->writer, TRAP_BOUNDS);
        for (uint32_t at = COUNT; at < COUNT + 16 * COUNTS; at += 16)
            assert_int_equal(phys_read32(m->phys, BASE + at), round);
        engine_set_timer(m->writer, UINT64_MAX);
        begin(m, m->writer, &isa->writer);
        write_rounds(m, WARM);
        assert_true(has_opened(m));
    }
}

static void test_tlb_undoes_stores_under_a_timer(void **state)
{
    (void)state;
    for_each_isa(check_undoes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlb_opens_a_page_without_code),
        cmocka_unit_test(test_tlb_shuts_a_page_that_gets_code),
        cmocka_unit_test(test_tlb_undoes_stores_under_a_timer),
        cmocka_unit_test(test_tlb_that_is_not_found_is_no_matter),
    };

    return cmocka_run_group_tests_name("tlb", tests, NULL, NULL);
}
