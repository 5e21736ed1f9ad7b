/*
 * tests/test_conformance_state.c - all registers go into a core and come out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/conformance.h"

#define ROUNDS 200u

static void load_and_compare(struct way *way, const struct cpu_state *want)
{
    struct cpu_state got;
    char text[120];

    engine_load(way->engine, want);
    engine_save(way->engine, &got);
    if (conf_cpu_differs(way->isa, want, &got, text, sizeof(text)))
        fail_msg("%s, %s", way->name, text);
}

/* A state that uses all that a program may set. */
static void random_state(const struct isa *isa, struct rng *rng,
                         struct cpu_state *cpu)
{
    static const uint32_t selectors[] = {0, 0x73, 0x7b};

    conf_random_cpu(isa, isa == &isa_arm && rng_below(rng, 2), rng,
                    rng_next(rng), cpu);
    isa_set(isa, cpu, isa->pc, CONF_CODE);
    if (isa == &isa_arm)
        return;
    for (unsigned reg = X86_DS; reg <= X86_GS; reg++)
        isa_set(isa, cpu, reg, selectors[rng_below(rng, 3)]);
    isa_set(isa, cpu, X86_FS_BASE, rng_next(rng));
    isa_set(isa, cpu, X86_GS_BASE, rng_next(rng));
}

/* Loads and saves, with a run of two instructions between now and then. */
static void exchange(const struct isa *isa, const uint8_t *code, uint32_t size)
{
    static const uint8_t zeros[CONF_PHYS];
    struct rng rng = rng_start();

    for (unsigned kind = 0; kind < CONF_WAYS; kind++) {
        uint8_t memory[CONF_PHYS];
        struct cpu_state cpu;
        struct trap trap;
        struct way way;

        memcpy(memory, zeros, sizeof(memory));
        memcpy(memory + CONF_CODE, code, size);
        way_open(&way, isa, (enum conf_way)kind, false);
        for (unsigned i = 0; i < ROUNDS; i++) {
            random_state(isa, &rng, &cpu);
            if (i % 4 == 0)
                way_start(&way, memory, 0, i % 8 ? CONF_BOUNDS : CONF_CODE,
                          CONF_CODE, size, &cpu);
            load_and_compare(&way, &cpu);
            if (i % 3 == 0)
                way_run(&way, &trap);
        }
        way_close(&way);
    }
}

static void test_conformance_state_is_exchanged_whole(void **state)
{
    static const uint8_t x86[] = {0x90, 0xcd, 0x80};
    static const uint8_t arm[] = {0x00, 0xdf, 0x00, 0xef, 0, 0, 0, 0xef};

    (void)state;
    exchange(&isa_x86, x86, sizeof(x86));
    exchange(&isa_arm, arm, sizeof(arm));
}

/* The save area has R0 to R7; ST(i) is R((top + i) % 8), as in FXSAVE's tags.
 */
static void test_conformance_state_has_x87_registers_by_number(void **state)
{
    /* fstpt 0x400; fstpt 0x410; fld1; int $0x80 */
    static const uint8_t code[] = {0xdb, 0x3d, 0x00, 0x04, 0, 0,
                                   0xdb, 0x3d, 0x10, 0x04, 0, 0,
                                   0xd9, 0xe8, 0xcd, 0x80};
    uint8_t memory[CONF_PHYS] = {0};

    (void)state;
    memcpy(memory + CONF_CODE, code, sizeof(code));
    for (unsigned kind = 0; kind < CONF_WAYS; kind++) {
        const struct isa *isa = &isa_x86;
        struct cpu_state cpu;
        struct trap trap;
        struct way way;

        way_open(&way, isa, (enum conf_way)kind, false);
        isa_entry_state(isa, &cpu, CONF_CODE, CONF_STACK);
        for (unsigned i = 0; i < 8; i++) {
            uint8_t *slot = cpu.bytes + isa->regs[X86_ST0 + i].offset;

            memcpy(slot, "\0\0\0\0\0\0\0\x80\xff\x3f", 10);
            slot[0] = (uint8_t)i;
        }
        isa_set(isa, &cpu, X86_FPSW, 5u << 11);
        isa_set(isa, &cpu, X86_FPTAG, 0);
        way_start(&way, memory, 0, CONF_BOUNDS, CONF_CODE, sizeof(code), &cpu);
        assert_int_equal(way_run(&way, &trap), ENGINE_TRAP);
        engine_save(way.engine, &cpu);

        assert_int_equal(way.phys->bytes[0x400], 5);
        assert_int_equal(way.phys->bytes[0x410], 6);
        assert_int_equal(isa_get(isa, &cpu, X86_FPSW) >> 11 & 7, 6);
        assert_int_equal(isa_get(isa, &cpu, X86_FPTAG), 3u << 10);
        assert_int_equal(cpu.bytes[isa->regs[X86_ST0 + 6].offset], 0);
        way_close(&way);
    }
}

/* IOPL and IF are not the program's; TF traps behind one instruction. */
static void test_conformance_state_of_popf_is_the_programs_part(void **state)
{
    /* push $0x3dd7 | IOPL - IF; popf; pushf; pop %eax; int $0x80 */
    static const uint8_t code[] = {0x68, 0xd7, 0x3c, 0,    0,
                                   0x9d, 0x9c, 0x58, 0xcd, 0x80};
    uint8_t memory[CONF_PHYS] = {0};

    (void)state;
    memcpy(memory + CONF_CODE, code, sizeof(code));
    for (unsigned kind = 0; kind < CONF_WAYS; kind++) {
        struct cpu_state cpu;
        struct trap trap;
        struct way way;

        way_open(&way, &isa_x86, (enum conf_way)kind, false);
        isa_entry_state(&isa_x86, &cpu, CONF_CODE, CONF_STACK);
        way_start(&way, memory, 0, CONF_BOUNDS, CONF_CODE, sizeof(code), &cpu);
        assert_int_equal(way_run(&way, &trap), ENGINE_TRAP);
        assert_int_equal(trap.cause, TRAP_SYSCALL);
        engine_save(way.engine, &cpu);
        assert_int_equal(isa_get(&isa_x86, &cpu, X86_EAX), 0xed7);
        assert_int_equal(isa_get(&isa_x86, &cpu, X86_EFLAGS), 0xed7);
        way_close(&way);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_state_is_exchanged_whole),
        cmocka_unit_test(test_conformance_state_has_x87_registers_by_number),
        cmocka_unit_test(test_conformance_state_of_popf_is_the_programs_part),
    };

    return cmocka_run_group_tests_name("conformance state", tests, NULL, NULL);
}
