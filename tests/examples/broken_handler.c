/*
 * broken_handler.c - handlers with the usual mistakes, and tests that catch
 * them.
 *
 *      cc -o broken_handler broken_handler.c $(pkg-config --cflags --libs
 * fencepost cmocka)
 *      ./broken_handler build/guest/x86/segmented/recursion
 *
 * Every handler here means to let a stack grow, as in stack_growth.c. One is
 * right. The others are wrong, each in its own way, and each test says how that
 * shows: a run that goes round in circles, memory that does not agree, a fault
 * that is not one any more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <fencepost.h>

#define STACK 3     /* segment */
#define UNIT  1024u /* bytes */

static const char *guest;

static enum fp_action right(struct fp_machine *machine,
                            const struct fp_trap *trap, void *context)
{
    const uint32_t needed = 0 - trap->va;
    struct fp_segment stack;

    (void)context;
    if (trap->segment != STACK ||
        fp_segment(machine, trap->pid, STACK, &stack) ||
        needed <= stack.bounds ||
        fp_resize(machine, trap->pid, STACK, (needed / UNIT + 1) * UNIT))
        return FP_DELIVER;
    return FP_RETRY;
}

/* A fencepost error: the stack stops one byte short. */
static enum fp_action one_short(struct fp_machine *machine,
                                const struct fp_trap *trap, void *context)
{
    (void)context;
    fp_resize(machine, trap->pid, STACK, 0 - trap->va - 1);
    return FP_RETRY;
}

/* It moves the bounds, and forgets that memory belongs to them. */
static enum fp_action no_memory(struct fp_machine *machine,
                                const struct fp_trap *trap, void *context)
{
    struct fp_segment stack;

    (void)context;
    fp_segment(machine, trap->pid, STACK, &stack);
    stack.bounds += UNIT;
    fp_set_segment(machine, trap->pid, STACK, &stack);
    return FP_RETRY;
}

/* It does not ask whether that was a stack at all. */
static enum fp_action anything(struct fp_machine *machine,
                               const struct fp_trap *trap, void *context)
{
    (void)machine, (void)trap, (void)context;
    return trap->segment == STACK ? FP_GROW : FP_SKIP;
}

/* It takes what it cannot get for granted. */
static enum fp_action careless(struct fp_machine *machine,
                               const struct fp_trap *trap, void *context)
{
    const uint32_t needed = 0 - trap->va;

    (void)context;
    fp_resize(machine, trap->pid, STACK, (needed / UNIT + 1) * UNIT);
    return FP_RETRY;
}

/* What a test of such a handler looks at. */
struct verdict {
    int end;       /* of a plain run */
    uint32_t code; /* exit code */
    bool same;     /* it printed what it should */
    bool refused;  /* a fault that is no want of stack stays one */
    int starved;   /* the end of a run without any memory left */
};

static struct fp_machine *boot(fp_handler *handler, uint32_t *pid)
{
    const struct fp_config config = {.memory = 1 << 20, .check = true};
    const struct fp_program program = {
        .path = guest, .scheme = "segmented", .stack = 512};
    struct fp_machine *machine;

    assert_int_equal(fp_create(&machine, &config), 0);
    assert_int_equal(fp_load(machine, &program, pid), 0);
    fp_set_handler(machine, FP_TRAP_BOUNDS, handler, NULL);
    return machine;
}

static void run_plainly(fp_handler *handler, struct verdict *verdict)
{
    uint32_t pid;
    struct fp_machine *machine = boot(handler, &pid);

    verdict->end = fp_run(machine, FP_FOREVER);
    fp_exit_code(machine, pid, &verdict->code);
    verdict->same =
        strstr(fp_output(machine, 1, NULL), "= 1597 in 5167") != NULL;
    fp_destroy(machine);
}

/* Access number @n faults, wherever it is: that must be the program's end. */
static bool refuses(fp_handler *handler, uint64_t n)
{
    uint32_t pid, code = 0;
    struct fp_machine *machine = boot(handler, &pid);

    fp_inject_fault(machine, n, FP_TRAP_BOUNDS);
    fp_run(machine, FP_FOREVER);
    fp_exit_code(machine, pid, &code);
    fp_destroy(machine);
    return code == 128 + 11;
}

/* A segment that the program does not use takes all that is free. */
static int run_starved(fp_handler *handler)
{
    uint32_t pid, bytes, largest;
    struct fp_machine *machine = boot(handler, &pid);
    int end;

    fp_holes(machine, &bytes, &largest);
    assert_int_equal(fp_resize(machine, pid, 2, bytes), 0);
    end = fp_run(machine, FP_FOREVER);
    fp_destroy(machine);
    return end;
}

static struct verdict judge(fp_handler *handler)
{
    struct verdict verdict = {.refused = true};

    run_plainly(handler, &verdict);
    for (uint64_t n = 1; n <= 100 && verdict.refused; n++)
        verdict.refused = refuses(handler, n);
    verdict.starved = run_starved(handler);
    return verdict;
}

static bool is_good(const struct verdict *verdict)
{
    return verdict->end == FP_DONE && verdict->code == 0 && verdict->same &&
           verdict->refused && verdict->starved == FP_DONE;
}

static void test_the_right_one_passes(void **state)
{
    const struct verdict verdict = judge(right);

    (void)state;
    assert_true(is_good(&verdict));
}

static void test_one_byte_short_goes_round_in_circles(void **state)
{
    const struct verdict verdict = judge(one_short);

    (void)state;
    assert_false(is_good(&verdict));
    assert_int_equal(verdict.end, FP_LOOPING);
}

static void test_bounds_without_memory_are_noticed_at_once(void **state)
{
    const struct verdict verdict = judge(no_memory);

    (void)state;
    assert_false(is_good(&verdict));
    assert_int_equal(verdict.end, FP_CORRUPT);
}

static void test_skipping_other_faults_hides_them(void **state)
{
    const struct verdict verdict = judge(anything);

    (void)state;
    assert_false(is_good(&verdict));
    assert_int_equal(verdict.end, FP_DONE); /* a plain run does not show it */
    assert_true(verdict.same);
    assert_false(verdict.refused);
}

static void test_a_careless_one_is_caught_without_memory(void **state)
{
    const struct verdict verdict = judge(careless);

    (void)state;
    assert_false(is_good(&verdict));
    assert_int_equal(verdict.end, FP_DONE);
    assert_true(verdict.same);
    assert_int_equal(verdict.starved, FP_LOOPING);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_right_one_passes),
        cmocka_unit_test(test_one_byte_short_goes_round_in_circles),
        cmocka_unit_test(test_bounds_without_memory_are_noticed_at_once),
        cmocka_unit_test(test_skipping_other_faults_hides_them),
        cmocka_unit_test(test_a_careless_one_is_caught_without_memory),
    };

    guest = argc > 1 ? argv[1] : "build/guest/x86/segmented/recursion";
    return cmocka_run_group_tests_name("broken handlers", tests, NULL, NULL);
}
