/* tests/test_clock.c - simulated time: who tells it, who waits for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"

#define BUF   0x300u /* free bytes between the image and the stack */
#define OTHER 0x340u
#define BAD   (RIG_BOUNDS - 4u) /* too few bytes for any time */
#define HZ    UINT64_C(1000000000)

static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

static struct process *spawn(struct rig *rig)
{
    return rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
}

static uint32_t word(struct rig *rig, const struct process *p, vaddr_t va)
{
    return phys_read32(rig->phys, p->blocks[0].base + va);
}

static void put(struct rig *rig, const struct process *p, vaddr_t va,
                uint32_t value)
{
    phys_write32(rig->phys, p->blocks[0].base + va, value);
}

/* A timer at @cycle: who runs next. */
static struct process *tick(struct rig *rig, struct process *p, cycles_t cycle)
{
    const struct trap trap = {.cause = TRAP_TIMER, .cycle = cycle};

    return os_trap(rig->os, p, &trap);
}

/* Call number @number with four arguments at @cycle: who runs next. */
static struct process *call_at(struct rig *rig, struct process *p,
                               cycles_t cycle, uint32_t number,
                               const uint32_t args[4])
{
    const struct trap trap = {.cause = TRAP_SYSCALL, .cycle = cycle};

    for (unsigned i = 0; i < 4; i++)
        pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->call_args[i], args[i]);
    pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->call_number, number);
    return os_trap(rig->os, p, &trap);
}

static uint32_t result(struct rig *rig, const struct process *p)
{
    return pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->call_result);
}

static struct process *sleep_at(struct rig *rig, struct process *p,
                                cycles_t cycle, uint32_t seconds, uint32_t ns)
{
    const uint32_t args[4] = {BUF, OTHER};

    put(rig, p, BUF, seconds);
    put(rig, p, BUF + 4, ns);
    return call_at(rig, p, cycle, ABI_SYS_NANOSLEEP, args);
}

static void test_clock_tells_cycles_as_time(void **state)
{
    static const struct {
        cycles_t cycle;
        uint32_t number, clock;
        uint32_t words[4]; /* of the answer */
        unsigned count;
    } cases[] = {
        {0, ABI_SYS_CLOCK_GETTIME_X86, 0, {0, 0}, 2},
        {7, ABI_SYS_CLOCK_GETTIME_X86, 1, {0, 7}, 2},
        {3 * HZ + 999999999, ABI_SYS_CLOCK_GETTIME_X86, 7, {3, 999999999}, 2},
        {4 * HZ, ABI_SYS_CLOCK_GETTIME64, 4, {4, 0, 0, 0}, 4},
        {5 * HZ + 1, ABI_SYS_CLOCK_GETTIME64, 6, {5, 0, 1, 0}, 4},
        {(HZ << 32) + 2, ABI_SYS_CLOCK_GETTIME64, 1, {0, 1, 2, 0}, 4},
        {(HZ << 32) + 2, ABI_SYS_CLOCK_GETRES_X86, 1, {0, 1}, 2},
        {(HZ << 32) + 2, ABI_SYS_CLOCK_GETRES64, 1, {0, 0, 1, 0}, 4},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t args[4] = {cases[i].clock, BUF};

        for (unsigned k = 0; k < 5; k++)
            put(rig, p, BUF + 4 * k, 0xeeeeeeee);
        assert_ptr_equal(call_at(rig, p, cases[i].cycle, cases[i].number, args),
                         p);
        assert_int_equal(result(rig, p), 0);
        for (unsigned k = 0; k < 5; k++)
            if (word(rig, p, BUF + 4 * k) !=
                (k < cases[i].count ? cases[i].words[k] : 0xeeeeeeee))
                fail_msg("case %zu: word %u is %#x", i, k,
                         word(rig, p, BUF + 4 * k));
    }
}

static void test_clock_tells_the_time_of_day(void **state)
{
    static const uint32_t args[4] = {BUF, OTHER}, nothing[4] = {0};
    const cycles_t cycle = 12 * HZ + 345678901;
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    put(rig, p, OTHER + 4, 0xeeeeeeee);
    call_at(rig, p, cycle, ABI_SYS_GETTIMEOFDAY, args);
    assert_int_equal(result(rig, p), 0);
    assert_int_equal(word(rig, p, BUF), 12);
    assert_int_equal(word(rig, p, BUF + 4), 345678);
    assert_int_equal(word(rig, p, OTHER + 4), 0);
    call_at(rig, p, cycle, ABI_SYS_GETTIMEOFDAY, nothing);
    assert_int_equal(result(rig, p), 0);

    put(rig, p, BUF, 0xeeeeeeee);
    call_at(rig, p, cycle, ABI_SYS_TIME_X86, args);
    assert_int_equal(result(rig, p), 12);
    assert_int_equal(word(rig, p, BUF), 12);
    call_at(rig, p, cycle, ABI_SYS_TIME_X86, nothing);
    assert_int_equal(result(rig, p), 12);
}

/* Each process is charged for what it ran, and for nothing else. */
static void test_clock_charges_who_ran(void **state)
{
    static const uint32_t cpu[4] = {ABI_CLOCK_PROCESS_CPU, BUF};
    static const uint32_t buffer[4] = {BUF}, nothing[4] = {0};
    struct rig *rig = *state;
    struct process *a = spawn(rig), *b = spawn(rig);

    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(tick(rig, a, 3 * HZ), b);
    assert_ptr_equal(tick(rig, b, 10 * HZ), a);
    assert_ptr_equal(
        call_at(rig, a, 10 * HZ + 5, ABI_SYS_CLOCK_GETTIME_X86, cpu), a);
    assert_int_equal(word(rig, a, BUF), 3);
    assert_int_equal(word(rig, a, BUF + 4), 5);
    assert_ptr_equal(tick(rig, a, 10 * HZ + 5), b);
    call_at(rig, b, 10 * HZ + 5, ABI_SYS_TIMES, buffer);
    assert_int_equal(word(rig, b, BUF), 700);
    assert_int_equal(word(rig, b, BUF + 4), 0);
    assert_int_equal(word(rig, b, BUF + 8), 0);
    assert_int_equal(result(rig, b), 1000);
    call_at(rig, b, 10 * HZ + 5, ABI_SYS_TIMES, nothing);
    assert_int_equal(result(rig, b), 1000);
}

static void test_clock_idles_when_all_wait(void **state)
{
    struct rig *rig = *state;
    struct process *a = spawn(rig), *b = spawn(rig);

    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(sleep_at(rig, a, 100, 2, 0), b);
    assert_true(os_check(rig->os));
    assert_true(os_clock(rig->os) == 100 && os_idle(rig->os) == 0);
    assert_int_equal(pcb_get(rig->phys, a->pcb, PCB_FIELD_STATE), PCB_BLOCKED);
    assert_int_equal(result(rig, a), ABI_SYS_NANOSLEEP); /* none yet */

    /* Both wait: b's time comes first. */
    assert_ptr_equal(sleep_at(rig, b, 150, 0, 100), b);
    assert_true(os_clock(rig->os) == 250 && os_idle(rig->os) == 100);
    assert_int_equal(result(rig, b), 0);
    assert_true(os_resumed(b));
    assert_false(os_resumed(b));
    assert_true(os_check(rig->os));

    /* a's has come when the next trap does, but b has the CPU. */
    assert_ptr_equal(tick(rig, b, 2 * HZ + 99), b);
    assert_ptr_equal(rig_trap(rig, b, TRAP_TIMER), b);
    assert_ptr_equal(tick(rig, b, 2 * HZ + 100), a);
    assert_int_equal(result(rig, a), 0);
    assert_true(os_resumed(a));
    assert_false(os_resumed(b));

    /* Nobody is charged for waiting. */
    assert_true(pcb_get64(rig->phys, a->pcb, PCB_FIELD_CPU) == 100);
    assert_true(pcb_get64(rig->phys, b->pcb, PCB_FIELD_CPU) ==
                50 + 2 * HZ + 100 - 250);
}

static void test_clock_waits_to_the_nanosecond(void **state)
{
    static const struct {
        uint32_t seconds, ns;
        cycles_t cycles;
    } cases[] = {
        {0, 0, 0},
        {0, 1, 1},
        {0, 999999999, HZ - 1},
        {1, 0, HZ},
        {7, 25, 7 * HZ + 25},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const cycles_t now = os_clock(rig->os);

        assert_ptr_equal(sleep_at(rig, p, now, cases[i].seconds, cases[i].ns),
                         p);
        assert_true(os_clock(rig->os) == now + cases[i].cycles);
        assert_int_equal(result(rig, p), 0);
        assert_int_equal(os_resumed(p), cases[i].cycles > 0);
    }
}

static void test_clock_waits_for_a_moment(void **state)
{
    const uint32_t args[4] = {1, ABI_TIMER_ABSTIME, BUF, OTHER};
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    put(rig, p, BUF, 5);
    put(rig, p, BUF + 4, 0);
    call_at(rig, p, 77, ABI_SYS_CLOCK_SLEEP_X86, args);
    assert_true(os_clock(rig->os) == 5 * HZ);
    call_at(rig, p, 6 * HZ, ABI_SYS_CLOCK_SLEEP_X86, args); /* it is over */
    assert_true(os_clock(rig->os) == 6 * HZ);
    put(rig, p, BUF + 4, 0);
    put(rig, p, BUF + 8, 30); /* nanoseconds of the wide one */
    put(rig, p, BUF, 8);
    call_at(rig, p, 6 * HZ, ABI_SYS_CLOCK_SLEEP64, args);
    assert_true(os_clock(rig->os) == 8 * HZ + 30);
    assert_int_equal(result(rig, p), 0);
}

/* The longest waits there are end, too, and the clock does not wrap. */
static void test_clock_goes_as_far_as_it_can(void **state)
{
    const uint32_t args[4] = {1, 0, BUF, 0};
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    /* A hundred years come once: what is behind 146 of them never comes. */
    put(rig, p, BUF, UINT32_C(3155760000));
    put(rig, p, BUF + 4, 0);
    put(rig, p, BUF + 8, 999999999);
    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(call_at(rig, p, 0, ABI_SYS_CLOCK_SLEEP64, args), p);
    assert_true(os_clock(rig->os) == 3155760000 * HZ + 999999999);
    assert_true(os_check(rig->os));
    assert_null(
        call_at(rig, p, os_clock(rig->os), ABI_SYS_CLOCK_SLEEP64, args));
    assert_true(os_clock(rig->os) == 3155760000 * HZ + 999999999);
    assert_true(os_check(rig->os));
}

static void test_clock_may_pass_what_never_comes(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    os_clock_pass(rig->os, UINT64_MAX - 1);
    assert_ptr_equal(os_next(rig->os), p);
    assert_null(sleep_at(rig, p, UINT64_MAX - 1, 1, 0));
    assert_true(os_check(rig->os));
}

static void test_clock_refuses_bad_arguments(void **state)
{
    enum { EFAULT = ABI_EFAULT, EINVAL = ABI_EINVAL };
    static const struct {
        const char *what;
        uint32_t number, args[4], seconds, ns, error;
    } cases[] = {
        {"no clock 8", 265, {8, BUF}, 0, 0, EINVAL},
        {"no clock -1", 403, {UINT32_MAX, BUF}, 0, 0, EINVAL},
        {"nowhere", 265, {0, BAD}, 0, 0, EFAULT},
        {"nowhere, wide", 403, {0, BAD}, 0, 0, EFAULT},
        {"no clock", 266, {8, BUF}, 0, 0, EINVAL},
        {"resolution nowhere", 266, {0, BAD}, 0, 0, EFAULT},
        {"times nowhere", 43, {BAD}, 0, 0, EFAULT},
        {"time nowhere", 13, {RIG_BOUNDS - 3}, 0, 0, EFAULT},
        {"time of day nowhere", 78, {BAD, BUF}, 0, 0, EFAULT},
        {"time zone nowhere", 78, {BUF, BAD}, 0, 0, EFAULT},
        {"sleep from nowhere", 162, {BAD}, 0, 0, EFAULT},
        {"sleep at the end of all", 162, {UINT32_MAX - 3}, 0, 0, EFAULT},
        {"negative", 162, {BUF}, UINT32_MAX, 0, EINVAL},
        {"a whole second of ns", 162, {BUF}, 0, 1000000000, EINVAL},
        {"negative ns", 162, {BUF}, 0, UINT32_MAX, EINVAL},
        {"no clock to wait for", 267, {8, 0, BUF}, 0, 0, EINVAL},
        {"its own time", 267, {ABI_CLOCK_PROCESS_CPU, 0, BUF}, 0, 0, EINVAL},
        {"its thread's", 407, {ABI_CLOCK_THREAD_CPU, 0, BUF}, 0, 0, EINVAL},
        {"wide from nowhere", 407, {0, 0, BAD - 8}, 0, 0, EFAULT},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    uint8_t before[RIG_BOUNDS];

    assert_ptr_equal(os_next(rig->os), p);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put(rig, p, BUF, cases[i].seconds);
        put(rig, p, BUF + 4, cases[i].ns);
        memcpy(before, rig_bytes(rig, p, 0), sizeof(before));
        assert_ptr_equal(call_at(rig, p, 50, cases[i].number, cases[i].args),
                         p);
        if (result(rig, p) != minus(cases[i].error))
            fail_msg("%s: %#x", cases[i].what, result(rig, p));
        assert_memory_equal(before, rig_bytes(rig, p, 0), sizeof(before));
        assert_true(os_clock(rig->os) == 50);
    }
}

/* The numbers of ARM, where they differ. */
static void test_clock_calls_of_arm(void **state)
{
    static const uint32_t args[4] = {1, BUF};
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, RIG_BOUNDS);

    assert_ptr_equal(os_next(rig->os), p);
    call_at(rig, p, 3, ABI_SYS_CLOCK_GETTIME_ARM, args);
    assert_int_equal(word(rig, p, BUF + 4), 3);
    call_at(rig, p, 3, ABI_SYS_CLOCK_GETRES_ARM, args);
    assert_int_equal(word(rig, p, BUF + 4), 1);
    call_at(rig, p, 3, ABI_SYS_TIME_X86, args);
    assert_int_equal(result(rig, p), minus(ABI_ENOSYS));
}

static void test_clock_check_notices_who_would_sleep_for_ever(void **state)
{
    struct rig *rig = *state;
    struct process *a = spawn(rig), *b = spawn(rig);

    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(sleep_at(rig, a, 100, 2, 0), b);
    assert_true(os_check(rig->os));
    const cycles_t wake = rig->os->next_wake;
    rig->os->next_wake = wake + 1; /* nobody would look in time */
    assert_false(os_check(rig->os));
    rig->os->next_wake = wake;
    pcb_set(rig->phys, a->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, a->pcb, PCB_FIELD_WAIT, PCB_WAITS);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, a->pcb, PCB_FIELD_WAIT, PCB_WAIT_TIME);
    pcb_set(rig->phys, b->pcb, PCB_FIELD_WAIT, PCB_WAIT_TIME);
    assert_false(os_check(rig->os)); /* it runs, and waits */
    pcb_set(rig->phys, b->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    rig->os->idle = rig->os->clock->now + 1;
    assert_false(os_check(rig->os));
    rig->os->idle = 0;
    assert_true(os_check(rig->os));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clock_tells_cycles_as_time,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_tells_the_time_of_day,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_charges_who_ran, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_idles_when_all_wait,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_waits_to_the_nanosecond,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_waits_for_a_moment,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_goes_as_far_as_it_can,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_may_pass_what_never_comes,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_refuses_bad_arguments,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_clock_calls_of_arm, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_clock_check_notices_who_would_sleep_for_ever, rig_setup,
            rig_teardown),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
