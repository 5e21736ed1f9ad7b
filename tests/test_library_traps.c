/* tests/test_library_traps.c - emu/lib: traps, and handlers of a user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/library.h"
#include "tests/rng.h"

static void test_library_lists_traps(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_strays);
    const uint64_t last =
        (fp_run(machine, FP_FOREVER), fp_trap_count(machine, FP_TRAPS) - 1);
    struct fp_trap trap;

    (void)state;
    assert_int_equal(fp_trap_at(machine, last, &trap), 0);
    assert_int_equal(trap.cause, FP_TRAP_BOUNDS);
    assert_int_equal(trap.pid, pid);
    assert_int_equal(trap.va, 0x3ffe);
    assert_int_equal(trap.size, 4);
    assert_int_equal(trap.kind, FP_WRITE);
    assert_int_equal(trap.legal, 2);
    assert_int_equal(trap.segment, 0);
    assert_true(trap.ended);
    assert_int_equal(exit_code(machine, pid), 139);
    assert_int_equal(fp_trap_at(machine, last + 1, &trap), -ENOENT);
    assert_int_equal(fp_trap_count(machine, (enum fp_cause)77), 0);
    destroy(machine);
}

/* With a ring of 100 the same as the end of the whole list. */
static void test_library_keeps_the_last_traps(void **state)
{
    const struct fp_config few = {.slice = 3, .traps_kept = 100};
    const struct fp_config all = {.slice = 3};
    struct fp_machine *a = create(&few), *b = create(&all);
    struct fp_trap one, other;

    (void)state;
    (void)load(a, &x86_hello);
    (void)load(b, &x86_hello);
    assert_int_equal(fp_run(a, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_run(b, FP_FOREVER), FP_DONE);

    const uint64_t count = fp_trap_count(a, FP_TRAPS);
    assert_true(count > 200);
    assert_int_equal(count, fp_trap_count(b, FP_TRAPS));
    assert_int_equal(fp_trap_at(b, 0, &other), 0);
    assert_int_equal(fp_trap_at(a, count - 101, &one), -ENOENT);
    for (uint64_t n = count - 100; n < count; n++) {
        assert_int_equal(fp_trap_at(a, n, &one), 0);
        assert_int_equal(fp_trap_at(b, n, &other), 0);
        assert_memory_equal(&one, &other, sizeof(one));
    }
    destroy(a);
    destroy(b);
}

/* What a handler finds, and what is refused to it. */
static enum fp_action on_divide(struct fp_machine *machine,
                                const struct fp_trap *trap, void *context)
{
    unsigned *calls = context;
    uint32_t pc, value = 0, pa;
    uint8_t code[2];

    assert_int_equal(fp_reg(machine, trap->pid, "pc", &pc), 0);
    assert_int_equal(pc, trap->pc);
    assert_int_equal(fp_reg(machine, trap->pid, "eip", &pc), 0);
    assert_int_equal(pc, trap->pc);
    assert_int_equal(fp_read(machine, trap->pid, pc, code, 2), 0);
    assert_int_equal(
        fp_translate(machine, trap->pid, pc, 2, FP_EXEC, &pa, NULL), 0);
    assert_int_equal(fp_phys_read(machine, pa, &value, 2), 0);
    assert_memory_equal(&value, code, 2);
    assert_int_equal(fp_run(machine, 1), -EBUSY);
    assert_int_equal(fp_load(machine, &x86_hello, NULL), -EBUSY);
    assert_int_equal(fp_set_reg(machine, trap->pid, "eax", 0), 0);
    ++*calls;
    return FP_SKIP;
}

static void test_library_lets_a_handler_repair(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_divides);
    unsigned calls = 0;

    (void)state;
    assert_int_equal(fp_set_handler(machine, FP_TRAP_DIVIDE, on_divide, &calls),
                     0);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(calls, 1);
    assert_int_equal(exit_code(machine, pid), 1);
    assert_non_null(strstr(fp_output(machine, 1, NULL), "still alive"));

    fp_set_handler(machine, FP_TRAP_DIVIDE, NULL, NULL);
    assert_int_equal(exit_code(machine, (load(machine, &x86_divides),
                                         fp_run(machine, FP_FOREVER), pid + 1)),
                     136);
    destroy(machine);
}

static void test_library_ends_a_loop_of_traps(void **state)
{
    enum fp_action again = FP_RETRY;
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_strays);

    (void)state;
    fp_set_handler(machine, FP_TRAP_BOUNDS, answer, &again);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_LOOPING);
    assert_non_null(strstr(fp_error(machine), "again and again"));
    assert_int_equal(fp_living(machine), 1);
    again = FP_KILL;
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 139);
    destroy(machine);
}

static enum fp_action enlarge(struct fp_machine *machine,
                              const struct fp_trap *trap, void *context)
{
    struct fp_segment segment;

    (void)context;
    assert_int_equal(fp_segment(machine, trap->pid, 0, &segment), 0);
    segment.bounds += 4096; /* without any memory for it */
    assert_int_equal(fp_set_segment(machine, trap->pid, 0, &segment), 0);
    return FP_RETRY;
}

static void test_library_notices_a_handler_that_corrupts(void **state)
{
    const struct fp_config config = {.check = true};
    struct fp_machine *machine = create(&config);

    (void)state;
    (void)load(machine, &x86_strays);
    (void)load(machine, &x86_hello);
    fp_set_handler(machine, FP_TRAP_BOUNDS, enlarge, NULL);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_CORRUPT);
    assert_non_null(strstr(fp_error(machine), "bounds trap of pid 1"));

    /* Who asks later is not told of a trap that it may have nothing to do
     * with. */
    assert_false(fp_check(machine));
    assert_string_equal(fp_error(machine),
                        "registers, PCBs and memory do not agree");
    fp_destroy(machine);
}

static void test_library_says_that_pcbs_make_no_sense(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_hello);
    const uint8_t junk[FP_PCB_STATE + 4] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct fp_process process;

    (void)state;
    assert_int_equal(fp_process(machine, pid, &process), 0);
    assert_int_equal(fp_phys_write(machine, process.pcb, junk, sizeof(junk)),
                     0);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_STUCK);
    assert_string_equal(fp_error(machine),
                        "nothing can run any more: no PCB says that its "
                        "process is ready, or waits");
    fp_destroy(machine);
}

/* It has no command line: what it may say is what its structs are called. */
static void test_library_says_nothing_of_options(void **state)
{
    static const struct fp_program rows[] = {
        {.bounds = 100},
        {.scheme = "segmented", .selector_bits = 99},
        {.scheme = "segmented", .address_bits = 99},
        {.scheme = "segmented", .data = FP_READ},
        {.scheme = "implicit", .selector_bits = 1},
        {.scheme = "implicit", .address_bits = 99},
        {.scheme = "implicit", .data = FP_READ},
        {.scheme = "table", .selector_bits = 99},
        {.scheme = "table", .stack = 2, .stack_max = 1},
    };
    struct fp_machine *machine = create(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fp_program program = rows[i];

        program.path =
            program.scheme ? GUESTS "x86/segmented/hello" : GUESTS "x86/hello";
        assert_int_equal(fp_load(machine, &program, NULL), -ENOEXEC);
        if (strstr(fp_error(machine), "--") &&
            !strstr(fp_error(machine), "guest-cc --"))
            fail_msg("%s", fp_error(machine));
    }
    destroy(machine);
}

static void stop(struct fp_machine *machine, void *context)
{
    uint64_t *at = context;

    *at = fp_clock(machine);
    assert_int_equal(fp_run(machine, 1), -EBUSY);
    fp_stop(machine);
}

static void test_library_stops_at_a_cycle(void **state)
{
    struct fp_machine *machine = create(NULL);
    uint64_t at = 0;

    (void)state;
    (void)load(machine, &x86_hello);
    assert_int_equal(fp_at(machine, 100, stop, &at), 0);
    assert_int_equal(fp_at(machine, 1u << 30, stop, &at), 0); /* never */
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_STOPPED);
    assert_int_equal(at, 100);
    assert_int_equal(fp_instructions(machine), 100);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    destroy(machine);
}

static uint32_t wild(struct rng *rng)
{
    static const uint32_t odd[] = {
        0, 1, 4096, 16384, 65536, (1u << 20) - 1, 0x80000000, UINT32_MAX};

    return rng_below(rng, 3) ? rng_below(rng, 1u << 20)
                             : odd[rng_below(rng, 8)];
}

/* Writes anything anywhere, as far as it is let, and wants anything. */
static enum fp_action run_wild(struct fp_machine *machine,
                               const struct fp_trap *trap, void *context)
{
    static const char *const regs[] = {"pc", "sp", "flags", "result"};
    struct rng *rng = context;
    const uint32_t pid = rng_below(rng, 4) ? trap->pid : rng_below(rng, 5);
    const struct fp_segment segment = {
        .base = wild(rng),
        .bounds = wild(rng),
        .rights = rng_below(rng, 16),
        .grows_down = rng_below(rng, 2),
        .present = rng_below(rng, 4) > 0,
    };
    uint32_t word = wild(rng);

    if (rng_below(rng, 2))
        fp_set_segment(machine, pid, rng_below(rng, 9), &segment);
    if (rng_below(rng, 2))
        fp_resize(machine, pid, rng_below(rng, 9), wild(rng));
    if (rng_below(rng, 3) == 0)
        fp_set_reg(machine, pid, regs[rng_below(rng, 4)], word);
    if (rng_below(rng, 3) == 0)
        fp_poke(machine, pid, wild(rng), &word, 4);
    if (rng_below(rng, 8) == 0)
        fp_kill(machine, pid, rng_below(rng, 70));
    if (rng_below(rng, 8) == 0)
        fp_compact(machine);
    fp_inject_fault(machine, rng_below(rng, 500), FP_TRAP_PROTECTION);
    fp_inject_failure(machine, rng_below(rng, 4));
    return (enum fp_action)rng_below(rng, 9);
}

/* Whatever a handler does, the host is none the worse for it. */
static void test_library_survives_wild_handlers(void **state)
{
    static const struct fp_program programs[] = {
        {.path = GUESTS "x86/processes/family", .bounds = 65536},
        {.path = GUESTS "x86/segmented/processes/family",
         .scheme = "segmented"},
        {.path = GUESTS "arm/table/processes/family", .scheme = "table"},
    };
    const struct fp_config config = {.memory = 1u << 20, .slice = 300};
    const uint32_t first = rng_start().seed;

    (void)state;
    for (uint32_t seed = first; seed < first + 60; seed++) {
        struct rng rng = {seed, seed};
        struct fp_machine *machine = create(&config);

        for (unsigned i = 0; i < 3; i++)
            (void)load(machine, &programs[(seed + i) % 3]);
        for (unsigned cause = 0; cause < FP_TRAPS; cause++)
            if (cause != FP_TRAP_SYSCALL)
                fp_set_handler(machine, (enum fp_cause)cause, run_wild, &rng);
        fp_inject_fault(machine, 1 + rng_below(&rng, 2000), FP_TRAP_BOUNDS);
        assert_true(fp_run(machine, 200000) >= 0);
        (void)fp_check(machine);
        fp_destroy(machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_lists_traps),
        cmocka_unit_test(test_library_keeps_the_last_traps),
        cmocka_unit_test(test_library_lets_a_handler_repair),
        cmocka_unit_test(test_library_ends_a_loop_of_traps),
        cmocka_unit_test(test_library_notices_a_handler_that_corrupts),
        cmocka_unit_test(test_library_says_that_pcbs_make_no_sense),
        cmocka_unit_test(test_library_says_nothing_of_options),
        cmocka_unit_test(test_library_stops_at_a_cycle),
        cmocka_unit_test(test_library_survives_wild_handlers),
    };

    return cmocka_run_group_tests_name("library traps", tests, NULL, NULL);
}
