/* tests/test_library.c - emu/lib: machines as users of the library see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/lib/fencepost.h"
#include "tests/failing.h"
#include "tests/rng.h"

#define GUESTS "build/guest/"

static struct fp_machine *create(const struct fp_config *config)
{
    struct fp_machine *machine = NULL;

    assert_int_equal(fp_create(&machine, config), 0);
    return machine;
}

static uint32_t load(struct fp_machine *machine,
                     const struct fp_program *program)
{
    uint32_t pid = 0;
    const int err = fp_load(machine, program, &pid);

    if (err)
        fail_msg("%s: %d", fp_error(machine), err);
    return pid;
}

static uint32_t exit_code(const struct fp_machine *machine, uint32_t pid)
{
    uint32_t code = UINT32_MAX;

    assert_int_equal(fp_exit_code(machine, pid, &code), 0);
    return code;
}

/* Whatever ran, all memory but the operating system's is one hole again. */
static void destroy(struct fp_machine *machine)
{
    uint32_t bytes, largest;

    assert_true(fp_check(machine));
    if (fp_living(machine) == 0) {
        fp_holes(machine, &bytes, &largest);
        assert_int_equal(bytes, largest);
    }
    fp_destroy(machine);
}

static const struct fp_program x86_hello = {.path = GUESTS "x86/hello"};
static const struct fp_program arm_hello = {.path = GUESTS "arm/hello"};
static const struct fp_program x86_divides = {.path = GUESTS
                                              "x86/zoo/divide_by_zero"};
static const struct fp_program x86_strays = {.path = GUESTS
                                             "x86/zoo/straddle_bounds"};

/* ---- machines ---- */

static void test_library_runs_and_captures(void **state)
{
    static const char *const argv[] = {"args", "one", "two words", NULL};
    const struct fp_program args = {.path = GUESTS "arm/args", .argv = argv};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_hello);
    size_t size;

    (void)state;
    assert_int_equal(fp_living(machine), 1);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 0);
    assert_string_equal(fp_output(machine, 1, &size), "hello, world\n");
    assert_int_equal(size, 13);
    assert_string_equal(fp_output(machine, 2, &size), "");
    assert_string_equal(fp_output(machine, 7, NULL), "");

    (void)load(machine, &args);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_non_null(strstr(fp_output(machine, 1, NULL), "two words"));
    destroy(machine);
    fp_destroy(NULL);
}

static void test_library_gives_input(void **state)
{
    struct fp_machine *machine = create(NULL);
    const struct fp_program echo = {.path = GUESTS "x86/echo", .bounds = 65536};

    (void)state;
    assert_int_equal(fp_input(machine, "abc\n", 4), 0);
    assert_int_equal(fp_input(machine, "de\n", 3), 0);
    (void)load(machine, &echo);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_non_null(strstr(fp_output(machine, 1, NULL), "abc"));
    assert_non_null(strstr(fp_output(machine, 1, NULL), "de"));
    destroy(machine);
}

static int refuse(void *ctx, uint32_t pid, int fd, const void *from,
                  uint32_t size)
{
    uint32_t *seen = ctx;

    (void)fd, (void)from;
    *seen = pid;
    return (int)size + 1; /* more than there was: the guest gets EIO */
}

static void test_library_lets_others_write(void **state)
{
    uint32_t seen = 0;
    const struct fp_config config = {.write = refuse, .ctx = &seen};
    struct fp_machine *machine = create(&config);
    const uint32_t pid = load(machine, &x86_hello);

    (void)state;
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(seen, pid);
    assert_string_equal(fp_output(machine, 1, NULL), "");
    destroy(machine);
}

static void test_library_captures_no_more_than_it_may(void **state)
{
    const struct fp_config config = {.output_max = 5};
    struct fp_machine *machine = create(&config);

    (void)state;
    (void)load(machine, &x86_hello);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_string_equal(fp_output(machine, 1, NULL), "hello");
    destroy(machine);
}

static void test_library_runs_step_by_step(void **state)
{
    struct fp_machine *machine = create(NULL), *whole = create(NULL);
    uint64_t steps = 0;
    int end;

    (void)state;
    (void)load(machine, &x86_hello);
    (void)load(whole, &x86_hello);
    while ((end = fp_run(machine, 1)) == FP_LIMIT)
        assert_int_equal(fp_instructions(machine), ++steps);
    assert_int_equal(end, FP_DONE);
    assert_int_equal(fp_run(whole, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_instructions(machine), fp_instructions(whole));
    assert_int_equal(fp_loads(machine), fp_loads(whole));
    assert_int_equal(fp_stores(machine), fp_stores(whole));
    assert_string_equal(fp_output(machine, 1, NULL), "hello, world\n");
    destroy(machine);
    destroy(whole);
}

/* Turn by turn, and neither knows of the other. */
static void test_library_has_two_machines_at_once(void **state)
{
    struct fp_machine *a = create(NULL), *b = create(NULL);
    const uint32_t pid_a = load(a, &x86_divides), pid_b = load(b, &arm_hello);

    (void)state;
    while (fp_living(a) > 0 || fp_living(b) > 0) {
        fp_run(a, 7);
        fp_run(b, 11);
    }
    assert_int_equal(exit_code(a, pid_a), 136);
    assert_int_equal(exit_code(b, pid_b), 0);
    assert_string_equal(fp_output(b, 1, NULL), "hello, world\n");
    assert_int_equal(fp_trap_count(a, FP_TRAP_DIVIDE), 1);
    assert_int_equal(fp_trap_count(b, FP_TRAP_DIVIDE), 0);
    destroy(b);
    destroy(a);
}

static void test_library_knows_how_each_process_ended(void **state)
{
    const struct fp_program family = {.path = GUESTS "x86/processes/family",
                                      .bounds = 65536};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &family);
    uint32_t code;

    (void)state;
    assert_int_equal(fp_exit_code(machine, pid, &code), -EAGAIN);
    assert_int_equal(fp_exit_code(machine, pid + 1, &code), -ESRCH);
    assert_int_equal(fp_exit_code(machine, 0, &code), -ESRCH);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 0);
    (void)exit_code(machine, pid + 1); /* a child has ended, too */
    assert_int_equal(fp_exit_code(machine, 4000000000u, &code), -ESRCH);
    destroy(machine);
}

static void test_library_refuses_bad_use(void **state)
{
    static const struct fp_config bad[] = {
        {.memory = 1},        {.memory = UINT32_MAX},
        {.schedule = "fair"}, {.placement = "anywhere"},
        {.swap = UINT32_MAX},
    };
    static const struct {
        struct fp_program program;
        int err;
    } rows[] = {
        {{.tickets = 1}, -EINVAL},
        {{.path = "no/such/file"}, -ENOENT},
        {{.path = "tests"}, -EISDIR},
        {{.path = "Makefile"}, -ENOEXEC},
        {{.path = GUESTS "x86/hello", .scheme = "paged"}, -EINVAL},
        {{.path = GUESTS "x86/hello", .tickets = UINT32_MAX}, -EINVAL},
        {{.path = GUESTS "x86/hello", .bounds = 100}, -ENOEXEC},
        {{.path = GUESTS "x86/hello", .bounds = 1u << 30}, -ENOMEM},
        {{.path = GUESTS "x86/hello", .base = 1}, -ENOMEM},
        {{.image = "abc", .image_size = 3}, -ENOEXEC},
        {{.image = "", .image_size = 0}, -ENOEXEC},
    };
    struct fp_machine *machine = NULL;
    uint32_t pid = 77;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(fp_create(&machine, &bad[i]), -EINVAL);
    assert_null(machine);

    machine = create(NULL);
    assert_string_equal(fp_error(machine), "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(fp_load(machine, &rows[i].program, &pid), rows[i].err);
        assert_true(strlen(fp_error(machine)) > 0);
        assert_int_equal(fp_living(machine), 0);
    }
    assert_int_equal(pid, 77);
    assert_int_equal(fp_grant(machine, "x", &rows[0].program), -EINVAL);
    assert_int_equal(fp_set_handler(machine, FP_TRAPS, NULL, NULL), -EINVAL);
    assert_int_equal(fp_inject_fault(machine, 1, FP_TRAP_TIMER), -EINVAL);
    assert_int_equal(fp_inject_fault(machine, 1, (enum fp_cause)99), -EINVAL);
    assert_int_equal(fp_at(machine, 1, NULL, NULL), -EINVAL);
    assert_null(fp_cause_name(FP_TRAPS));
    assert_string_equal(fp_cause_name(FP_TRAP_BOUNDS), "bounds");
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    destroy(machine);
}

static void test_library_finds_what_it_grants(void **state)
{
    static const char *const argv[] = {"pipeline", NULL};
    const struct fp_program pipeline = {
        .path = GUESTS "x86/processes/pipeline", .argv = argv, .bounds = 65536};
    struct fp_machine *with = create(NULL), *without = create(NULL);

    (void)state;
    assert_int_equal(fp_grant(with, "pipeline", &pipeline), 0);
    (void)load(with, &pipeline);
    (void)load(without, &pipeline);
    assert_int_equal(fp_run(with, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_run(without, FP_FOREVER), FP_DONE);
    assert_string_not_equal(fp_output(with, 1, NULL),
                            fp_output(without, 1, NULL));
    destroy(with);
    destroy(without);
}

static void test_library_survives_every_enomem(void **state)
{
    const struct fp_config config = {.memory = 65536};
    bool done = false;

    (void)state;
    for (int n = 0; !done; n++) {
        struct fp_machine *machine = NULL;
        uint32_t pid;
        int err;

        failing_after(n);
        err = fp_create(&machine, &config);
        if (!err)
            err = fp_input(machine, "x", 1);
        if (!err)
            err = fp_grant(machine, "hello", &x86_hello);
        if (!err)
            err = fp_load(machine, &x86_hello, &pid);
        if (!err)
            err = fp_compact_at(machine, 100);
        failing_after(-1);
        assert_true(err == 0 || err == -ENOMEM);
        done = err == 0;
        if (done)
            assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
        fp_destroy(machine);
        assert_true(n < 1000);
    }
}

/* ---- traps and handlers ---- */

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

static enum fp_action answer(struct fp_machine *machine,
                             const struct fp_trap *trap, void *context)
{
    const enum fp_action *action = context;

    (void)machine, (void)trap;
    return *action;
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

/* ---- state ---- */

static void test_library_reads_and_writes_registers(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t x86 = load(machine, &x86_hello);
    const uint32_t arm = load(machine, &arm_hello);
    uint8_t wide[16] = {1, 2, 3}, back[16];
    uint32_t value;

    (void)state;
    assert_int_equal(fp_set_reg(machine, x86, "ebx", 0x1234), 0);
    assert_int_equal(fp_reg(machine, x86, "arg0", &value), 0);
    assert_int_equal(value, 0x1234);
    assert_int_equal(fp_set_reg(machine, arm, "result", 9), 0);
    assert_int_equal(fp_reg(machine, arm, "r0", &value), 0);
    assert_int_equal(value, 9);
    assert_int_equal(fp_set_reg_bytes(machine, x86, "xmm3", wide, 16), 0);
    assert_int_equal(fp_reg_bytes(machine, x86, "xmm3", back, 16), 0);
    assert_memory_equal(wide, back, 16);
    assert_int_equal(fp_reg_bytes(machine, arm, "d31", back, 8), 0);

    assert_int_equal(fp_reg(machine, x86, "r0", &value), -ENOENT);
    assert_int_equal(fp_reg(machine, x86, "xmm0", &value), -EINVAL);
    assert_int_equal(fp_reg_bytes(machine, x86, "st0", back, 16), -EINVAL);
    assert_int_equal(fp_reg(machine, 99, "pc", &value), -ESRCH);
    assert_int_equal(fp_set_reg(machine, 0, "pc", 1), -ESRCH);
    destroy(machine);
}

static void test_library_reads_and_writes_memory(void **state)
{
    const struct fp_program seg = {.path = GUESTS "x86/segmented/hello",
                                   .scheme = "segmented"};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &seg);
    enum fp_cause cause = FP_TRAPS;
    uint32_t pa, word = 0x01020304, back = 0;

    (void)state;
    /* Code can be read, and written only by who asks for no rights. */
    assert_int_equal(fp_read(machine, pid, 0, &back, 4), 0);
    assert_int_equal(fp_write(machine, pid, 0, &word, 4), -EFAULT);
    assert_int_equal(fp_translate(machine, pid, 0, 4, FP_WRITE, &pa, &cause),
                     -EFAULT);
    assert_int_equal(cause, FP_TRAP_PROTECTION);
    assert_int_equal(fp_poke(machine, pid, 4, &word, 4), 0);
    assert_int_equal(fp_peek(machine, pid, 4, &back, 4), 0);
    assert_int_equal(back, word);

    /* The last bytes of the stack. */
    assert_int_equal(fp_peek(machine, pid, 0xfffffffc, &back, 4), 0);
    assert_int_equal(fp_peek(machine, pid, 0xfffffffc, &back, 5), -EFAULT);
    assert_int_equal(fp_peek(machine, pid, 0x80000000, &back, 1), -EFAULT);
    assert_int_equal(
        fp_translate(machine, pid, 0x80000000, 1, FP_READ, &pa, &cause),
        -EFAULT);
    assert_int_equal(cause, FP_TRAP_BOUNDS);
    assert_int_equal(fp_translate(machine, pid, 0, 0, FP_READ, &pa, NULL),
                     -EINVAL);
    assert_int_equal(
        fp_translate(machine, pid, 0, 1, (enum fp_right)3, &pa, NULL), -EINVAL);
    assert_int_equal(fp_read(machine, 9, 0, &back, 1), -ESRCH);
    assert_int_equal(fp_phys_read(machine, UINT32_MAX, &back, 4), -ERANGE);
    assert_int_equal(fp_phys_write(machine, 64u << 20, &back, 1), -ERANGE);
    assert_int_equal(fp_phys_write(machine, (64u << 20) - 1, &back, 1), 0);
    destroy(machine);
}

static void test_library_reads_and_writes_segments(void **state)
{
    static const struct {
        struct fp_segment segment;
        unsigned number;
        int err;
    } rows[] = {
        {{.base = 0, .bounds = 16, .rights = 7, .present = true}, 8, -ERANGE},
        {{.base = 64u << 20, .bounds = 1, .present = true}, 1, -EFAULT},
        {{.bounds = UINT32_MAX, .present = true}, 1, -ERANGE},
        {{.base = 1, .bounds = 2, .grows_down = true, .present = true},
         3,
         -EFAULT},
    };
    const struct fp_program seg = {.path = GUESTS "arm/segmented/hello",
                                   .scheme = "segmented"};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &seg);
    struct fp_segment s;
    struct fp_process process;
    uint32_t base, size;

    (void)state;
    assert_int_equal(fp_process(machine, pid, &process), 0);
    assert_string_equal(process.arch, "arm");
    assert_string_equal(process.scheme, "segmented");
    assert_int_equal(process.segments, 8);
    assert_int_equal(fp_segment(machine, pid, 3, &s), 0);
    assert_true(s.grows_down && s.present && s.bounds == 65536);
    assert_int_equal(fp_reserved(machine, pid, 3, &base, &size), 0);
    assert_int_equal(base + size, s.base);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            fp_set_segment(machine, pid, rows[i].number, &rows[i].segment),
            rows[i].err);
    assert_true(fp_check(machine));

    assert_int_equal(fp_resize(machine, pid, 3, 70000), 0);
    assert_int_equal(fp_segment(machine, pid, 3, &s), 0);
    assert_int_equal(s.bounds, 70000);
    assert_int_equal(fp_resize(machine, pid, 3, 64u << 20), -ENOMEM);
    assert_int_equal(fp_resize(machine, pid, 3, UINT32_MAX), -ERANGE);
    assert_int_equal(fp_resize(machine, pid, 8, 1), -ERANGE);
    assert_int_equal(fp_resize(machine, 5, 3, 1), -ESRCH);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_string_equal(fp_output(machine, 1, NULL), "hello, world\n");
    destroy(machine);
}

static void test_library_reads_and_writes_pcbs(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_hello);
    uint32_t value = 0;

    (void)state;
    assert_int_equal(fp_pcb_read(machine, pid, FP_PCB_PID, &value, 4), 0);
    assert_int_equal(value, pid);
    assert_int_equal(fp_pcb_write(machine, pid, FP_PCB_STATE, &value, 4),
                     -EPERM);
    assert_int_equal(fp_pcb_read(machine, pid, FP_PCB_SIZE, &value, 1),
                     -ERANGE);
    assert_int_equal(fp_pcb_read(machine, pid, 8, &value, UINT32_MAX), -ERANGE);
    value = 42; /* eax is the first register */
    assert_int_equal(fp_pcb_write(machine, pid, FP_PCB_REGISTERS, &value, 4),
                     0);
    assert_int_equal(fp_reg(machine, pid, "eax", &value), 0);
    assert_int_equal(value, 42);
    assert_int_equal(fp_pcb_read(machine, 2, 0, &value, 4), -ESRCH);
    assert_int_equal(fp_kill(machine, pid, 0), -EINVAL);
    assert_int_equal(fp_kill(machine, pid, 65), -EINVAL);
    assert_int_equal(fp_kill(machine, pid, 9), 0);
    assert_int_equal(exit_code(machine, pid), 137);
    assert_int_equal(fp_exit(machine, pid, 0), -ESRCH);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    destroy(machine);
}

/* What a kernel alone may have in its registers a guest does not get. */
static void test_library_keeps_guests_in_user_mode(void **state)
{
    static const struct {
        const char *guest, *reg;
        uint32_t value, code;
    } rows[] = {
        {"x86/zoo/privileged_instruction", "cs", 0x08, 132},
        {"x86/zoo/privileged_instruction", "ss", 0x10, 132},
        {"x86/zoo/privileged_instruction", "flags", 0x23200, 132},
        {"x86/hello", "ds", 0x10, 0},
        {"x86/hello", "fs", 0xffff, 0},
        {"x86/hello", "flags", 0x23200, 0},
        {"arm/hello", "cpsr", 0x13, 0},
        {"arm/hello", "cpsr", 0x0f, 0},
        {"arm/hello", "cpsr", 0x200, 0},
        {"arm/zoo/privileged_instruction", "cpsr", 0x1f, 132},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fp_machine *machine = create(NULL);
        char path[64];
        const struct fp_program program = {.path = path};
        uint32_t pid;

        snprintf(path, sizeof(path), GUESTS "%s", rows[i].guest);
        pid = load(machine, &program);
        assert_int_equal(fp_set_reg(machine, pid, rows[i].reg, rows[i].value),
                         0);
        assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
        assert_int_equal(exit_code(machine, pid), rows[i].code);
        destroy(machine);
    }
}

/* ---- injections ---- */

/* Whatever access is refused once, nobody can tell afterwards. */
static void sweep(const struct fp_program *program, uint64_t step)
{
    enum fp_action again = FP_RETRY;
    struct fp_machine *plain = create(NULL);
    uint64_t accesses;

    (void)load(plain, program);
    assert_int_equal(fp_run(plain, FP_FOREVER), FP_DONE);
    accesses = fp_instructions(plain) + fp_loads(plain) + fp_stores(plain);
    for (uint64_t n = 1; n <= accesses + 1; n += n < 40 ? 1 : step) {
        struct fp_machine *machine = create(NULL);

        (void)load(machine, program);
        fp_set_handler(machine, FP_TRAP_SEGMENT, answer, &again);
        assert_int_equal(fp_inject_fault(machine, n, FP_TRAP_SEGMENT), 0);
        assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
        assert_int_equal(fp_trap_count(machine, FP_TRAP_SEGMENT),
                         n <= accesses);
        assert_string_equal(fp_output(machine, 1, NULL),
                            fp_output(plain, 1, NULL));
        assert_int_equal(fp_instructions(machine), fp_instructions(plain));
        assert_int_equal(fp_loads(machine), fp_loads(plain));
        assert_int_equal(fp_stores(machine), fp_stores(plain));
        destroy(machine);
    }
    destroy(plain);
}

static void test_library_injects_faults_without_a_trace(void **state)
{
    (void)state;
    sweep(&x86_hello, 97);
    sweep(&arm_hello, 89);
    sweep(&(struct fp_program){.path = GUESTS "thumb/hello"}, 83);
}

/* The same access on every run, and the guest dies of it by default. */
static void test_library_injects_a_fatal_fault(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_hello);
    struct fp_trap trap;

    (void)state;
    assert_int_equal(fp_inject_fault(machine, 5, FP_TRAP_BOUNDS), 0);
    assert_int_equal(fp_inject_fault(machine, 0, FP_TRAP_BOUNDS), 0);
    assert_int_equal(fp_run(machine, 10), FP_LIMIT); /* it was taken back */
    assert_int_equal(fp_inject_fault(machine, 300, FP_TRAP_BOUNDS), 0);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 139);
    assert_int_equal(
        fp_trap_at(machine, fp_trap_count(machine, FP_TRAPS) - 1, &trap), 0);
    assert_int_equal(trap.cause, FP_TRAP_BOUNDS);
    assert_int_equal(trap.legal, 0);
    destroy(machine);
}

/* Forks and pipes without memory: errors, and nothing is lost. */
static void test_library_lets_every_allocation_fail(void **state)
{
    const struct fp_program family = {.path = GUESTS "x86/segmented/processes/"
                                                     "family",
                                      .scheme = "segmented"};
    const struct fp_config config = {.memory = 4u << 20};
    struct fp_machine *plain = create(&config);
    unsigned refused = 0, different = 0;
    bool same = false;

    (void)state;
    (void)load(plain, &family);
    assert_int_equal(fp_run(plain, FP_FOREVER), FP_DONE);
    for (uint64_t k = 1; k <= 1u << 20; k = k < 24 ? k + 1 : 2 * k) {
        struct fp_machine *machine = create(&config);

        fp_inject_failure(machine, k);
        if (fp_load(machine, &family, NULL)) {
            assert_non_null(strstr(fp_error(machine), "no hole"));
            refused++;
        } else {
            const int end = fp_run(machine, 10000000);

            assert_true(end == FP_DONE || end == FP_STUCK);
            same = strcmp(fp_output(machine, 1, NULL),
                          fp_output(plain, 1, NULL)) == 0;
            different += !same;
        }
        destroy(machine);
    }
    assert_int_equal(refused, 3); /* code, data, stack */
    assert_true(different > 3);
    assert_true(same); /* there are not so many */
    destroy(plain);
}

static void test_library_compacts_at_any_cycle(void **state)
{
    struct fp_machine *machine = create(NULL);
    uint32_t bytes, largest, pids[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        pids[i] = load(machine, i == 1 ? &arm_hello : &x86_hello);
    assert_int_equal(fp_kill(machine, pids[0], 15), 0);
    fp_holes(machine, &bytes, &largest);
    assert_true(largest < bytes);
    for (uint64_t cycle = 10; cycle < 2000; cycle += 10)
        assert_int_equal(fp_compact_at(machine, cycle), 0);
    assert_int_equal(fp_run(machine, 50), FP_LIMIT);
    fp_holes(machine, &bytes, &largest);
    assert_int_equal(largest, bytes);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_string_equal(fp_output(machine, 1, NULL),
                        "hello, world\nhello, world\n");
    assert_int_equal(fp_swap_at(machine, 1, pids[1]), -ENOTSUP);
    assert_int_equal(fp_swap(machine, pids[1]), -ENOTSUP);
    destroy(machine);
}

static void test_library_swaps_at_any_cycle(void **state)
{
    const struct fp_config config = {.swap = 1 << 20, .check = true};
    struct fp_machine *machine = create(&config);
    uint32_t pids[2], byte;

    (void)state;
    pids[0] = load(machine, &x86_hello);
    pids[1] = load(machine, &arm_hello);
    for (uint64_t cycle = 10; cycle < 500; cycle += 10)
        assert_int_equal(fp_swap_at(machine, cycle, pids[1]), 0);
    assert_int_equal(fp_swap_at(machine, 10, 0), 0);
    assert_int_equal(fp_read(machine, pids[1], 0, &byte, 4), 0);
    assert_int_equal(fp_run(machine, 15), FP_LIMIT);
    assert_int_equal(fp_read(machine, pids[1], 0, &byte, 4), -EFAULT);
    assert_int_equal(fp_swap(machine, pids[0]), -EINVAL); /* it runs */
    assert_int_equal(fp_swap(machine, pids[1]), -EINVAL); /* it is out */
    assert_int_equal(fp_swap(machine, 77), -ESRCH);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_string_equal(fp_output(machine, 1, NULL),
                        "hello, world\nhello, world\n");
    destroy(machine);
}

static void test_library_has_a_disk(void **state)
{
    static uint8_t disk[1024];
    struct fp_config config = {.disk = disk, .disk_size = 1000};
    struct fp_machine *machine = NULL;

    (void)state;
    assert_int_equal(fp_create(&machine, &config), -EINVAL);
    config.disk_size = 0;
    assert_int_equal(fp_create(&machine, &config), -EINVAL);
    config.disk_size = sizeof(disk);
    machine = create(&config);
    (void)load(machine, &x86_hello);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_trap_count(machine, FP_TRAP_DISK), 0);
    destroy(machine);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_runs_and_captures),
        cmocka_unit_test(test_library_gives_input),
        cmocka_unit_test(test_library_lets_others_write),
        cmocka_unit_test(test_library_captures_no_more_than_it_may),
        cmocka_unit_test(test_library_runs_step_by_step),
        cmocka_unit_test(test_library_has_two_machines_at_once),
        cmocka_unit_test(test_library_knows_how_each_process_ended),
        cmocka_unit_test(test_library_refuses_bad_use),
        cmocka_unit_test(test_library_finds_what_it_grants),
        cmocka_unit_test(test_library_survives_every_enomem),
        cmocka_unit_test(test_library_lists_traps),
        cmocka_unit_test(test_library_keeps_the_last_traps),
        cmocka_unit_test(test_library_lets_a_handler_repair),
        cmocka_unit_test(test_library_ends_a_loop_of_traps),
        cmocka_unit_test(test_library_notices_a_handler_that_corrupts),
        cmocka_unit_test(test_library_says_that_pcbs_make_no_sense),
        cmocka_unit_test(test_library_says_nothing_of_options),
        cmocka_unit_test(test_library_stops_at_a_cycle),
        cmocka_unit_test(test_library_survives_wild_handlers),
        cmocka_unit_test(test_library_reads_and_writes_registers),
        cmocka_unit_test(test_library_reads_and_writes_memory),
        cmocka_unit_test(test_library_reads_and_writes_segments),
        cmocka_unit_test(test_library_reads_and_writes_pcbs),
        cmocka_unit_test(test_library_keeps_guests_in_user_mode),
        cmocka_unit_test(test_library_injects_faults_without_a_trace),
        cmocka_unit_test(test_library_injects_a_fatal_fault),
        cmocka_unit_test(test_library_lets_every_allocation_fail),
        cmocka_unit_test(test_library_compacts_at_any_cycle),
        cmocka_unit_test(test_library_swaps_at_any_cycle),
        cmocka_unit_test(test_library_has_a_disk),
    };

    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
