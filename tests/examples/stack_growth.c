/*
 * stack_growth.c - a handler that lets a stack grow, under test.
 *
 *      cc -o stack_growth stack_growth.c $(pkg-config --cflags --libs fencepost
 * cmocka)
 *      ./stack_growth build/guest/x86/segmented/recursion
 *
 * Under segmentation the stack is segment 3. It grows down from the end of the
 * address space, so a push below its bounds is a trap. The handler here gives
 * it more memory: not much at once, not for every wild pointer, and not for
 * ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <fencepost.h>

#define STACK 3     /* segment */
#define FIRST 512u  /* bytes that a process begins with */
#define UNIT  64u   /* and by which its stack grows */
#define REACH 4096u /* bytes below the stack pointer that are still stack */

static const char *guest;

struct policy {
    uint32_t most; /* bytes */
    unsigned grown;
};

static enum fp_action grow_stack(struct fp_machine *machine,
                                 const struct fp_trap *trap, void *context)
{
    struct policy *policy = context;
    const uint32_t needed = 0 - trap->va; /* from the end of all addresses */
    const uint32_t rounded = (needed + UNIT - 1) / UNIT * UNIT;
    struct fp_segment stack;
    uint32_t sp;

    if (trap->segment != STACK || trap->kind == FP_EXEC)
        return FP_DELIVER;
    if (fp_reg(machine, trap->pid, "sp", &sp) ||
        fp_segment(machine, trap->pid, STACK, &stack))
        return FP_KILL;
    if (needed <= stack.bounds || sp - trap->va > REACH + UNIT)
        return FP_DELIVER; /* not past its end; or far from it */
    if (rounded > policy->most || fp_resize(machine, trap->pid, STACK, rounded))
        return FP_DELIVER;
    policy->grown++;
    return FP_RETRY;
}

static struct fp_machine *boot(struct policy *policy, uint32_t *pid)
{
    const struct fp_config config = {.memory = 1 << 20, .check = true};
    const struct fp_program program = {
        .path = guest, .scheme = "segmented", .stack = FIRST};
    struct fp_machine *machine;

    assert_int_equal(fp_create(&machine, &config), 0);
    assert_int_equal(fp_load(machine, &program, pid), 0);
    assert_int_equal(
        fp_set_handler(machine, FP_TRAP_BOUNDS, grow_stack, policy), 0);
    return machine;
}

static uint32_t exit_code(const struct fp_machine *machine, uint32_t pid)
{
    uint32_t code;

    assert_int_equal(fp_exit_code(machine, pid, &code), 0);
    return code;
}

/* The program never knows that its stack was small. */
static void test_a_deep_recursion_is_survived(void **state)
{
    struct policy policy = {.most = 64 * 1024};
    uint32_t pid;
    struct fp_machine *machine = boot(&policy, &pid);

    (void)state;
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 0);
    assert_non_null(strstr(fp_output(machine, 1, NULL),
                           "fibonacci(17) = 1597 in 5167 calls"));
    assert_true(policy.grown > 1);
    assert_int_equal(fp_trap_count(machine, FP_TRAP_BOUNDS), policy.grown);
    fp_destroy(machine);
}

/* Every trap is by a push just below the end, and the end moves. */
static void test_each_trap_is_below_the_last(void **state)
{
    struct policy policy = {.most = 64 * 1024};
    uint32_t pid, last = UINT32_MAX;
    struct fp_machine *machine = boot(&policy, &pid);
    struct fp_trap trap;

    (void)state;
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    for (uint64_t n = 0; fp_trap_at(machine, n, &trap) == 0; n++) {
        if (trap.cause != FP_TRAP_BOUNDS)
            continue;
        assert_int_equal(trap.kind, FP_WRITE);
        assert_int_equal(trap.segment, STACK);
        assert_true(trap.va < last);
        assert_false(trap.ended);
        last = trap.va;
    }
    fp_destroy(machine);
}

static void test_a_stack_has_a_limit(void **state)
{
    struct policy policy = {.most = 640};
    uint32_t pid;
    struct fp_machine *machine = boot(&policy, &pid);

    (void)state;
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 128 + 11);
    fp_destroy(machine);
}

/* When there is no memory the program is told, and nothing else happens. */
static void test_no_memory_is_a_fault_of_the_program(void **state)
{
    struct policy policy = {.most = 64 * 1024};
    uint32_t pid;
    struct fp_machine *machine = boot(&policy, &pid);

    (void)state;
    fp_inject_failure(machine, 1);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 128 + 11);
    assert_int_equal(policy.grown, 0);
    assert_true(fp_check(machine));
    fp_destroy(machine);
}

/* A bounds fault where there is no need to grow, at any of the first accesses.
 */
static void test_other_faults_do_not_grow_it(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 100; n++) {
        struct policy policy = {.most = 64 * 1024};
        uint32_t pid;
        struct fp_machine *machine = boot(&policy, &pid);

        assert_int_equal(fp_inject_fault(machine, n, FP_TRAP_BOUNDS), 0);
        assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
        assert_int_equal(exit_code(machine, pid), 128 + 11);
        fp_destroy(machine);
    }
}

/* Memory that moves at an awkward moment changes nothing. */
static void test_compaction_does_not_matter(void **state)
{
    struct policy policy = {.most = 64 * 1024};
    uint32_t pid, other;
    struct fp_machine *machine = boot(&policy, &other);
    const struct fp_program again = {
        .path = guest, .scheme = "segmented", .stack = FIRST};

    (void)state;
    assert_int_equal(fp_load(machine, &again, &pid), 0);
    assert_int_equal(fp_kill(machine, other, 9), 0); /* leaves a hole */
    for (uint64_t cycle = 100; cycle < 20000; cycle += 100)
        assert_int_equal(fp_compact_at(machine, cycle), 0);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 0);
    assert_non_null(strstr(fp_output(machine, 1, NULL), "= 1597 in 5167"));
    fp_destroy(machine);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_deep_recursion_is_survived),
        cmocka_unit_test(test_each_trap_is_below_the_last),
        cmocka_unit_test(test_a_stack_has_a_limit),
        cmocka_unit_test(test_no_memory_is_a_fault_of_the_program),
        cmocka_unit_test(test_other_faults_do_not_grow_it),
        cmocka_unit_test(test_compaction_does_not_matter),
    };

    guest = argc > 1 ? argv[1] : "build/guest/x86/segmented/recursion";
    return cmocka_run_group_tests_name("stack growth", tests, NULL, NULL);
}
