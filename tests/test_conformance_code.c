/*
 * tests/test_conformance_code.c - programs that change code run what they
 * wrote, at once, in every way; so do programs whose code somebody else
 * changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/conformance.h"

#define STOPS 3u /* places at which a program is stopped */

struct code_program {
    const char *what;
    uint32_t result;
    uint32_t size;
    const char *code;
};

#include "tests/conformance_code.inc"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const paddr_t bases[] = {0, 0x2a7d, CONF_PHYS - CONF_BOUNDS};

static void begin(struct way *way, const struct code_program *program,
                  paddr_t base)
{
    uint8_t memory[CONF_PHYS] = {0};
    struct cpu_state cpu;

    isa_entry_state(way->isa, &cpu, CONF_CODE, CONF_STACK);
    memcpy(memory + base + CONF_CODE, program->code, program->size);
    way_start(way, memory, base, CONF_BOUNDS, base + CONF_CODE, program->size,
              &cpu);
}

/* On to the system call; the result must be there. */
static void finish(struct way *way, const struct code_program *program)
{
    struct cpu_state cpu;
    struct trap trap;
    uint32_t result;

    if (way_run(way, &trap) != ENGINE_TRAP || trap.cause != TRAP_SYSCALL)
        fail_msg("%s, %s: stopped by %s at %#x", program->what, way->name,
                 trap_name(trap.cause), trap.pc);
    engine_save(way->engine, &cpu);
    result = isa_get(way->isa, &cpu, way->isa->call_result);
    if (result != program->result)
        fail_msg("%s, %s: want %#x, got %#x", program->what, way->name,
                 program->result, result);
}

static void try_program(struct way *way, const struct code_program *program,
                        paddr_t base)
{
    struct engine_counts counts;
    struct trap trap;

    begin(way, program, base);
    finish(way, program);
    counts = way_counts(way);
    for (uint32_t i = 1; i < STOPS && way->counts; i++) {
        begin(way, program, bases[1]);
        assert_int_equal(
            way_run_to(way, counts.instructions * i / STOPS, &trap),
            ENGINE_LIMIT);
        finish(way, program);
        assert_int_equal(way_counts(way).instructions, counts.instructions);
        assert_int_equal(way_counts(way).loads, counts.loads);
        assert_int_equal(way_counts(way).stores, counts.stores);
    }
}

static void try_all(const struct isa *isa, const struct code_program *programs,
                    size_t count)
{
    for (unsigned kind = 0; kind < CONF_WAYS; kind++) {
        struct way way;

        way_open(&way, isa, (enum conf_way)kind, false);
        for (size_t i = 0; i < count; i++)
            try_program(&way, &programs[i], bases[i % COUNT(bases)]);
        way_close(&way);
    }
}

static void test_conformance_code_x86_runs_what_it_wrote(void **state)
{
    (void)state;
    try_all(&isa_x86, x86_programs, COUNT(x86_programs));
}

static void test_conformance_code_arm_runs_what_it_wrote(void **state)
{
    (void)state;
    try_all(&isa_arm, arm_programs, COUNT(arm_programs));
}

/* mov $imm, %eax; int $0x80; jmp back. mov r0, #imm; svc 0; b back. */
static const uint8_t loop_x86[] = {0xb8, 0, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7};
static const uint8_t loop_arm[] = {0, 0,    0xa0, 0xe3, 0,    0,
                                   0, 0xef, 0xfc, 0xff, 0xff, 0xea};

static void check_result(struct way *way, uint32_t want)
{
    struct cpu_state cpu;
    struct trap trap;

    assert_int_equal(way_run(way, &trap), ENGINE_TRAP);
    assert_int_equal(trap.cause, TRAP_SYSCALL);
    engine_save(way->engine, &cpu);
    assert_int_equal(isa_get(way->isa, &cpu, way->isa->call_result), want);
}

/* Between two traps the operating system changes the constant. */
static void os_changes(const struct isa *isa, const uint8_t *loop,
                       uint32_t size, uint32_t at)
{
    const struct code_program program = {"", 0, size, (const char *)loop};

    for (unsigned kind = 0; kind < CONF_WAYS; kind++) {
        struct way way;

        way_open(&way, isa, (enum conf_way)kind, false);
        begin(&way, &program, bases[1]);
        for (uint32_t i = 0; i < 300; i++) {
            const uint8_t constant = (uint8_t)(i * 7);

            phys_write(way.phys, bases[1] + CONF_CODE + at, &constant, 1);
            check_result(&way, constant);
        }
        way_close(&way);
    }
}

static void test_conformance_code_of_others_is_seen(void **state)
{
    (void)state;
    os_changes(&isa_x86, loop_x86, sizeof(loop_x86), 1);
    os_changes(&isa_arm, loop_arm, sizeof(loop_arm), 0);
}

/* Two engines, one memory: what one writes, the other runs. */
static void test_conformance_code_is_shared_between_engines(void **state)
{
    static const uint8_t writer[] = {0xfe, 0x05, 1,    0x05, 0, 0, /* incb */
                                     0xcd, 0x80, 0xeb, 0xf6};
    const struct engine_config config = {.isa = &isa_x86, .counting = true};

    (void)state;
    for (unsigned kind = 0; kind < CONF_WAYS; kind++) {
        const struct code_program program = {"", 0, sizeof(loop_x86),
                                             (const char *)loop_x86};
        struct engine_config other = config;
        struct engine *engine;
        struct cpu_state cpu;
        struct trap trap;
        struct way way;

        way_open(&way, &isa_x86, (enum conf_way)kind, false);
        other.phys = way.phys;
        assert_int_equal(engine_create(&engine, &other), 0);
        begin(&way, &program, bases[1]);
        phys_write(way.phys, bases[1] + 0x1000, writer, sizeof(writer));
        isa_entry_state(&isa_x86, &cpu, 0x1000, CONF_STACK);
        assert_int_equal(engine_bind(engine, &way.regs[way.turn].mmu), 0);
        engine_load(engine, &cpu);
        for (uint32_t i = 0; i < 100; i++) {
            check_result(&way, i);
            assert_int_equal(engine_run(engine, UINT64_MAX, &trap),
                             ENGINE_TRAP);
        }
        engine_destroy(engine);
        way_close(&way);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_code_x86_runs_what_it_wrote),
        cmocka_unit_test(test_conformance_code_arm_runs_what_it_wrote),
        cmocka_unit_test(test_conformance_code_of_others_is_seen),
        cmocka_unit_test(test_conformance_code_is_shared_between_engines),
    };

    return cmocka_run_group_tests_name("conformance code", tests, NULL, NULL);
}
