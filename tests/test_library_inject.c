/* tests/test_library_inject.c - emu/lib: what is to go wrong, or to happen, at
 * a moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/library.h"

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_injects_faults_without_a_trace),
        cmocka_unit_test(test_library_injects_a_fatal_fault),
        cmocka_unit_test(test_library_lets_every_allocation_fail),
        cmocka_unit_test(test_library_compacts_at_any_cycle),
        cmocka_unit_test(test_library_swaps_at_any_cycle),
        cmocka_unit_test(test_library_has_a_disk),
    };

    return cmocka_run_group_tests_name("library injections", tests, NULL, NULL);
}
