/* tests/test_schedule.c - who runs next, policy by policy. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/internal.h"
#include "os/schedule.h"
#include "tests/rig.h"
#include "tests/rng.h"

#define ALLOTMENT 100u

/* A story without an operating system: who is ready is a word of letters. */
struct story {
    struct schedule schedule;
    const char *ready; /* 'x': the process in that slot is */
    unsigned last;
    cycles_t now;
};

static bool is_ready(const void *ctx, unsigned slot)
{
    const struct story *story = ctx;

    return story->ready[slot] == 'x';
}

static struct story begin(const struct schedule_policy *policy, uint64_t seed)
{
    struct story story = {.last = SCHEDULE_SLOTS - 1, .ready = ""};

    schedule_init(&story.schedule, policy, ALLOTMENT, seed);
    return story;
}

static int next(struct story *story, const char *ready)
{
    const struct schedule_view view = {
        .count = (unsigned)strlen(ready),
        .last = story->last,
        .now = story->now,
        .ready = is_ready,
        .ctx = story,
    };

    story->ready = ready;
    const int slot = schedule_choose(&story->schedule, &view);
    if (slot >= 0)
        story->last = (unsigned)slot;
    assert_true(schedule_check(&story->schedule));
    return slot;
}

/* The process that was chosen last runs for @cycles. */
static void ran(struct story *story, cycles_t cycles)
{
    story->now += cycles;
    schedule_ran(&story->schedule, story->last, cycles);
    assert_true(schedule_check(&story->schedule));
}

static void test_schedule_chooses_only_who_is_ready(void **state)
{
    struct rng rng = rng_start();

    (void)state;
    for (unsigned i = 0; i < SCHEDULE_POLICIES; i++) {
        struct story story = begin(schedule_policies[i], 1);

        assert_int_equal(next(&story, ""), -1);
        assert_int_equal(next(&story, "..."), -1);
        for (unsigned k = 0; k < 10000; k++) {
            char ready[20];
            const unsigned count = rng_below(&rng, sizeof(ready));

            for (unsigned at = 0; at < count; at++)
                ready[at] = rng_below(&rng, 3) ? '.' : 'x';
            ready[count] = '\0';
            const int slot = next(&story, ready);
            assert_int_equal(slot >= 0, strchr(ready, 'x') != NULL);
            assert_true(slot < 0 || ready[slot] == 'x');
            if (slot >= 0)
                ran(&story, rng_below(&rng, 3 * ALLOTMENT));
        }
    }
}

static void test_schedule_rr_goes_around(void **state)
{
    struct story story = begin(&schedule_rr, 0);

    (void)state;
    assert_int_equal(next(&story, "xx.x"), 0);
    assert_int_equal(next(&story, "xx.x"), 1);
    assert_int_equal(next(&story, "xx.x"), 3);
    assert_int_equal(next(&story, "xx.x"), 0);
    assert_int_equal(next(&story, "x..."), 0);
    story.last = 3;
    assert_int_equal(next(&story, "xx"), 0); /* there are fewer now */
}

/* OSTEP ch. 8, rules 2 to 4. */
static void test_schedule_mlfq_sinks_who_uses_its_allotment(void **state)
{
    struct story story = begin(&schedule_mlfq, 0);

    (void)state;
    assert_int_equal(next(&story, "xx"), 0);
    ran(&story, ALLOTMENT); /* 0 is on level 1 now */
    assert_int_equal(next(&story, "xx"), 1);
    ran(&story, ALLOTMENT - 1);
    assert_int_equal(next(&story, "xx"), 1); /* it is alone up there */
    ran(&story, 1);
    assert_int_equal(next(&story, "xx"), 0);
    ran(&story, 1);
    assert_int_equal(next(&story, "xx"), 1); /* in turn on one level */
    assert_int_equal(next(&story, "xxx"), 2);
}

/* In however many pieces: rule 4 in the form that cannot be gamed. */
static void test_schedule_mlfq_adds_up_short_bursts(void **state)
{
    struct story story = begin(&schedule_mlfq, 0);

    (void)state;
    assert_int_equal(next(&story, "x."), 0);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(story.schedule.slots[0].level, 0);
        ran(&story, ALLOTMENT / 10);
    }
    assert_int_equal(story.schedule.slots[0].level, 1);
    assert_int_equal(next(&story, "xx"), 1);
}

/* Rule 5: who has sunk comes up again, and not before. */
static void test_schedule_mlfq_boosts_all(void **state)
{
    struct story story = begin(&schedule_mlfq, 0);

    (void)state;
    assert_int_equal(next(&story, "x."), 0);
    while (story.now + ALLOTMENT < SCHEDULE_BOOST * ALLOTMENT) {
        ran(&story, ALLOTMENT);
        assert_int_equal(next(&story, "x."), 0);
    }
    assert_int_equal(story.schedule.slots[0].level, SCHEDULE_LEVELS - 1);
    ran(&story, ALLOTMENT - 1);
    assert_int_equal(next(&story, "x."), 0);
    assert_int_equal(story.schedule.slots[0].level, SCHEDULE_LEVELS - 1);
    ran(&story, 1);
    assert_int_equal(next(&story, "x."), 0);
    assert_int_equal(story.schedule.slots[0].level, 0);
}

/* Within four standard deviations of the share of its tickets. */
static void test_schedule_lottery_is_fair_by_tickets(void **state)
{
    static const uint32_t tickets[] = {100, 50, 250};
    const int draws = 40000;
    int wins[3] = {0};
    struct story story = begin(&schedule_lottery, 42);

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        schedule_begin(&story.schedule, i, tickets[i]);
    for (int i = 0; i < draws; i++)
        wins[next(&story, "xxx")]++;
    assert_in_range(wins[0], draws / 4 - 350, draws / 4 + 350);
    assert_in_range(wins[1], draws / 8 - 265, draws / 8 + 265);
    assert_int_equal(wins[0] + wins[1] + wins[2], draws);
}

static void test_schedule_lottery_follows_its_seed(void **state)
{
    struct story a = begin(&schedule_lottery, 7);
    struct story same = begin(&schedule_lottery, 7);
    struct story other = begin(&schedule_lottery, 8);
    unsigned differ = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        const int slot = next(&a, "xxxx");

        assert_int_equal(next(&same, "xxxx"), slot);
        differ += next(&other, "xxxx") != slot;
    }
    assert_in_range(differ, 650, 850);
}

static void test_schedule_check_notices(void **state)
{
    struct story story = begin(&schedule_mlfq, 0);
    struct schedule_slot *slot = &story.schedule.slots[SCHEDULE_SLOTS - 1];

    (void)state;
    assert_true(schedule_check(&story.schedule));
    slot->level = SCHEDULE_LEVELS;
    assert_false(schedule_check(&story.schedule));
    slot->level = 0;
    slot->tickets = 0;
    assert_false(schedule_check(&story.schedule));
    slot->tickets = 1;
    slot->used = ALLOTMENT;
    assert_false(schedule_check(&story.schedule));
    slot->used = 0;
    story.schedule.policy = NULL;
    assert_false(schedule_check(&story.schedule));
}

/* ---- in the operating system ---- */

static void test_schedule_is_chosen_before_the_first_process(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(os_set_schedule(rig->os, &schedule_mlfq, ALLOTMENT, 0), 0);
    rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    assert_int_equal(os_set_schedule(rig->os, &schedule_rr, 1, 0), -EBUSY);
    assert_ptr_equal(rig->os->schedule.policy, &schedule_mlfq);
}

/* The one that works sinks below the one that only asks who it is. */
static void test_schedule_os_tells_how_long_processes_ran(void **state)
{
    struct rig *rig = *state;
    struct trap trap = {.cause = TRAP_TIMER, .cycle = ALLOTMENT};

    assert_int_equal(os_set_schedule(rig->os, &schedule_mlfq, ALLOTMENT, 0), 0);
    struct process *a = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    struct process *b = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(os_trap(rig->os, a, &trap), b);
    trap.cycle += ALLOTMENT / 2;
    assert_ptr_equal(os_trap(rig->os, b, &trap), b);
    trap.cycle += ALLOTMENT / 2;
    assert_ptr_equal(os_trap(rig->os, b, &trap), a);
    assert_int_equal(rig->os->schedule.slots[0].level, 1);
}

static void test_schedule_a_slot_is_new_for_its_next_process(void **state)
{
    struct rig *rig = *state;
    struct process *child, *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 4096);
    struct schedule_slot *slots = rig->os->schedule.slots;

    assert_int_equal(slots[0].tickets, SCHEDULE_TICKETS);
    slots[0].tickets = 7;
    slots[0].level = 2;
    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    assert_int_equal(slots[os_slot(rig->os, child)].tickets, 7); /* inherits */
    assert_int_equal(slots[os_slot(rig->os, child)].level, 0);
    os_exit(rig->os, p, 0);
    rig_spawn(rig, ELF_X86, OS_BASE_ANY, 4096);
    assert_int_equal(slots[0].tickets, SCHEDULE_TICKETS);
    assert_int_equal(slots[0].level, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule_chooses_only_who_is_ready),
        cmocka_unit_test(test_schedule_rr_goes_around),
        cmocka_unit_test(test_schedule_mlfq_sinks_who_uses_its_allotment),
        cmocka_unit_test(test_schedule_mlfq_adds_up_short_bursts),
        cmocka_unit_test(test_schedule_mlfq_boosts_all),
        cmocka_unit_test(test_schedule_lottery_is_fair_by_tickets),
        cmocka_unit_test(test_schedule_lottery_follows_its_seed),
        cmocka_unit_test(test_schedule_check_notices),
        cmocka_unit_test_setup_teardown(
            test_schedule_is_chosen_before_the_first_process, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_schedule_os_tells_how_long_processes_ran, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_schedule_a_slot_is_new_for_its_next_process, rig_setup,
            rig_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
