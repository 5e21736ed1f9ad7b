/*
 * tests/test_want.c - the queue of those who wait for memory: in which order
 * they get it, and that they do. The tests are the CPU.
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

#define KIB STAGE_KIB

static struct stage_disk disk;

static struct rig *begin(void **state)
{
    return stage_begin(state, &disk, STAGE_DISK);
}

/* ---- the queue ---- */

/* Who asks later does not get what an image leaves for the first. */
static void test_want_serves_in_the_order_of_asking(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = stage_spawn(rig, "segmented", STAGE_SMALL);
    struct process *b = stage_spawn(rig, "segmented", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(stage_trap(rig, a, TRAP_TIMER, 1), b);
    assert_ptr_equal(stage_trap(rig, b, TRAP_TIMER, 2), a);

    const uint32_t half = (stage_free(rig) - STAGE_SMALL) / 2;
    struct process *d = stage_spawn(rig, "base-bounds", half);
    struct process *e = stage_spawn(rig, "base-bounds", half);
    struct process *c = stage_spawn_large(rig);
    cycles_t due = 10 + stage_cost(half);

    /* All that d has is for a; b asks for more than that leaves. */
    assert_ptr_equal(
        stage_call(rig, a, 10, ABI_SYS_SHM_ATTACH, 1, half - 100, 1), b);
    assert_ptr_equal(stage_call(rig, b, 20, ABI_SYS_SHM_ATTACH, 2, 5000, 1), e);
    assert_ptr_equal(stage_trap(rig, e, TRAP_TIMER, 30), c);
    assert_int_equal(os_image(d), PCB_IMAGE_LEAVING);
    assert_int_equal(os_image(e), PCB_IMAGE_HERE);
    assert_true(stage_waits(rig, a) && stage_waits(rig, b));
    assert_int_equal(disk.waits, 2);
    assert_true(os_check(rig->os));

    /* Then it is b's turn to have somebody sent away. */
    assert_ptr_equal(stage_trap(rig, c, TRAP_DISK, due), c);
    assert_true(os_in_state(rig->os, a, PCB_READY));
    assert_true(stage_waits(rig, b));
    assert_int_equal(os_image(d), PCB_IMAGE_AWAY);
    assert_int_not_equal(os_image(a), PCB_IMAGE_AWAY);
    assert_true(os_disk_due(rig->os) < OS_NEVER);
    assert_true(os_check(rig->os));
    while (stage_waits(rig, b)) {
        due = os_disk_due(rig->os);
        assert_true(due < OS_NEVER);
        c = stage_trap(rig, c, TRAP_DISK, due);
        assert_non_null(c);
        assert_true(os_check(rig->os));
    }
    assert_int_equal(stage_result(rig, b), 2u << 30);
}

/* Two that do not fit together: each runs each time that it has come. */
static void test_want_who_came_in_runs_first(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = stage_spawn(rig, "base-bounds", 64 * KIB);
    struct process *b = stage_spawn(rig, "base-bounds", 64 * KIB), *now;
    unsigned turns[2] = {0};

    now = os_next(rig->os);
    for (unsigned n = 0; n < 40; n++) {
        assert_true(now == a || now == b);
        turns[now == b]++;
        now = stage_trap(rig, now, TRAP_TIMER, os_clock(rig->os) + 100);
        assert_true(os_check(rig->os));
    }
    assert_int_equal(turns[0], 20);
    assert_int_equal(turns[1], 20);
    assert_int_equal(os_clock(rig->os), os_idle(rig->os) + 40 * 100);
    assert_int_equal(rig->os->clock->spent[CLOCK_swap], os_idle(rig->os));
}

/* One who reads blocks all the time is sent away between two reads. */
static void test_want_busy_disk_starves_nobody(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = stage_spawn(rig, "segmented", STAGE_SMALL), *now;
    struct process *reader = stage_spawn_large(rig);

    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(stage_trap(rig, a, TRAP_TIMER, 10), reader);
    assert_ptr_equal(
        stage_call(rig, reader, 20, ABI_SYS_DISK_READ, 0, 0x400, 1), a);
    now = stage_fault(rig, a, TRAP_BOUNDS, stage_below(12 * KIB), 30);
    for (unsigned n = 0; now == reader; n++) {
        assert_true(n < 3);
        now = stage_call(rig, now, os_clock(rig->os) + 5, ABI_SYS_DISK_READ, 0,
                         0x400, 1);
    }
    assert_ptr_equal(now, a);
    assert_int_equal(stage_stack(rig, a), 12 * KIB);
}

static int teardown(void **state)
{
    stage_clear(*state);
    return rig_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_want_serves_in_the_order_of_asking),
        TEST(test_want_who_came_in_runs_first),
        TEST(test_want_busy_disk_starves_nobody),
    };

    return cmocka_run_group_tests_name("want", tests, NULL, NULL);
}
