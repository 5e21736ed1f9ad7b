/*
 * tests/test_exec_swap.c - another program in the same process while memory is
 * short: it waits for others to leave, and the old program is there until the
 * new one has its memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"
#include "tests/stage.h"

#define KIB   STAGE_KIB
#define SMALL (20u * KIB)  /* of the new program */
#define LARGE (106u * KIB) /* does not fit beside the old one */
#define HUGE  RIG_PHYS     /* nor anywhere else */

static struct stage_disk disk;

/* The new program, as @grant has it. */
static struct elf_build elf;
static struct os_grant grant = {.name = "other"};

static struct rig *begin(void **state, uint32_t size)
{
    struct rig *rig = stage_begin(state, &disk, STAGE_DISK);

    stage_build(&elf, "base-bounds");
    grant.program = stage_program(&elf, "base-bounds", size);
    os_grant(rig->os, &grant, 1);
    return rig;
}

/* A stage whose first process calls execve() at @cycle. */
static struct stage exec_at(struct rig *rig, cycles_t cycle)
{
    const struct stage s = stage_set(rig, "segmented");

    assert_int_equal(os_copy_to_user(rig->os, s.asks, STAGE_DATA, "other", 6),
                     0);
    stage_call(rig, s.asks, cycle, ABI_SYS_EXECVE, STAGE_DATA, 0, 0);
    return s;
}

static bool is_new(const struct process *p, uint32_t size)
{
    return p->scheme == &os_scheme_base_bounds && p->blocks[0].size == size;
}

/* Its old memory is as it was. */
static void expect_old(struct rig *rig, struct process *p)
{
    assert_ptr_equal(p->scheme, &os_scheme_segmented);
    rig_expect(rig, p, STAGE_DATA, "other");
    assert_int_equal(stage_stack(rig, p), STAGE_SMALL);
    assert_true(os_check(rig->os));
}

/* Who waits, who leaves for it, and who runs: one ends at each moment. */
static void test_exec_swap_kill_at_any_moment_leaks_nothing(void **state)
{
    struct rig *rig = begin(state, SMALL);
    unsigned done = 0;

    for (unsigned who = 0; who < 3; who++)
        for (cycles_t later = 0; later < 50000; later += 777) {
            const cycles_t start = os_clock(rig->os);
            const struct stage s = exec_at(rig, start);
            struct process *all[] = {s.asks, s.has, s.runs};
            struct process *now = s.runs;

            expect_old(rig, s.asks);
            while (os_disk_due(rig->os) <= start + later)
                now = stage_trap(rig, now, TRAP_TIMER, os_disk_due(rig->os));
            done += is_new(s.asks, SMALL);
            if (now == all[who])
                os_exit(rig->os, now, 0);
            else
                stage_call(rig, now, start + later, ABI_SYS_KILL, all[who]->pid,
                           ABI_SIGKILL, 0);
            assert_true(os_check(rig->os));
            stage_clear(rig);
        }
    assert_in_range(done, 50, 150);
}

static void test_exec_swap_refused_keeps_the_old_program(void **state)
{
    struct rig *rig = begin(state, SMALL);
    const struct stage s = exec_at(rig, 100);

    assert_true(stage_waits(rig, s.asks));
    disk.fail_writes = true;
    stage_trap(rig, s.runs, TRAP_DISK, os_disk_due(rig->os));
    assert_true(os_in_state(rig->os, s.asks, PCB_READY));
    assert_int_equal(stage_result(rig, s.asks), (uint32_t)-ABI_ENOMEM);
    expect_old(rig, s.asks);
}

/* What would not fit if all others left sends nobody away. */
static void test_exec_swap_hopeless_is_refused_at_once(void **state)
{
    struct rig *rig = begin(state, HUGE);
    const struct stage s = exec_at(rig, 100);

    assert_int_equal(stage_result(rig, s.asks), (uint32_t)-ABI_ENOMEM);
    expect_old(rig, s.asks);
    assert_int_equal(os_disk_due(rig->os), OS_NEVER);
}

/* All others leave first, and then the old memory goes for the new. */
static void test_exec_swap_takes_the_place_of_the_old(void **state)
{
    struct rig *rig = begin(state, LARGE);
    const struct stage s = exec_at(rig, 100);

    assert_ptr_equal(os_next(rig->os), s.asks);
    assert_true(is_new(s.asks, LARGE));
    assert_int_equal(os_image(s.has), PCB_IMAGE_AWAY);
    assert_int_equal(os_image(s.runs), PCB_IMAGE_AWAY);
    assert_int_equal(os_clock(rig->os),
                     100 + stage_cost(s.size) + stage_cost(STAGE_SMALL));
    assert_true(os_check(rig->os));
}

/* When they cannot, it stays. */
static void test_exec_swap_place_that_is_refused_keeps_the_old(void **state)
{
    struct rig *rig = begin(state, LARGE);

    disk.fail_writes = true;
    const struct stage s = exec_at(rig, 100);
    assert_int_equal(stage_result(rig, s.asks), (uint32_t)-ABI_ENOMEM);
    expect_old(rig, s.asks);
}

/* Who waits goes itself for one that asked before, and its call is made later.
 */
static void test_exec_swap_waits_also_on_the_disk(void **state)
{
    struct rig *rig = begin(state, SMALL);
    const struct stage s = exec_at(rig, 100);
    struct process *now = s.runs;

    assert_int_equal(os_swap_out(rig->os, s.asks), 0);
    assert_true(stage_waits(rig, s.asks));
    assert_int_equal(os_image(s.asks), PCB_IMAGE_AWAY);
    for (unsigned n = 0; now != s.asks; n++) {
        assert_true(n < 5);
        now = stage_trap(rig, now, TRAP_TIMER, os_clock(rig->os) + 100000);
        assert_true(os_check(rig->os));
    }
    assert_true(is_new(s.asks, SMALL));
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_exec_swap_kill_at_any_moment_leaks_nothing),
        TEST(test_exec_swap_refused_keeps_the_old_program),
        TEST(test_exec_swap_hopeless_is_refused_at_once),
        TEST(test_exec_swap_takes_the_place_of_the_old),
        TEST(test_exec_swap_place_that_is_refused_keeps_the_old),
        TEST(test_exec_swap_waits_also_on_the_disk),
    };

    return cmocka_run_group_tests_name("exec_swap", tests, NULL, NULL);
}
