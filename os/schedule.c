/*
 * os/schedule.c - who runs next; see schedule.h.
 *
 * Decisions of the model:
 * - In turn means by slot: the first that is ready behind the one that ran
 *   last, then around.
 * - mlfq: a process begins on level 0. Whoever has had a level's allotment goes
 *   down by one, in however many pieces it took the time, so that giving the
 *   CPU up just before the end of a slice gains nothing. The highest level on
 *   which anybody is ready runs, in turn. All come back to level 0 every
 *   SCHEDULE_BOOST allotments, so that nobody starves for longer.
 * - mlfq: a process that wakes on a higher level waits for the end of the slice
 *   of the one that runs.
 * - lottery: one draw for each choice, also when only one is ready; a draw is
 *   splitmix64 (Steele, Lea, Flood 2014) from the seed.
 */
#include "os/schedule.h"

#include <assert.h>

const struct schedule_policy *const schedule_policies[SCHEDULE_POLICIES] = {
    &schedule_rr, &schedule_mlfq, &schedule_lottery};

void schedule_init(struct schedule *schedule,
                   const struct schedule_policy *policy, cycles_t allotment,
                   uint64_t seed)
{
    assert(policy && allotment > 0);
    *schedule = (struct schedule){
        .policy = policy, .random = seed, .allotment = allotment};
    for (unsigned i = 0; i < SCHEDULE_SLOTS; i++)
        schedule_begin(schedule, i, 0);
}

void schedule_begin(struct schedule *schedule, unsigned slot, uint32_t tickets)
{
    assert(slot < SCHEDULE_SLOTS && tickets <= SCHEDULE_TICKETS_MAX);
    schedule->slots[slot] =
        (struct schedule_slot){.tickets = tickets ? tickets : SCHEDULE_TICKETS};
}

int schedule_choose(struct schedule *schedule, const struct schedule_view *view)
{
    return schedule->policy->choose(schedule, view);
}

void schedule_ran(struct schedule *schedule, unsigned slot, cycles_t cycles)
{
    if (schedule->policy->ran)
        schedule->policy->ran(schedule, slot, cycles);
}

bool schedule_check(const struct schedule *schedule)
{
    for (unsigned i = 0; i < SCHEDULE_SLOTS; i++) {
        const struct schedule_slot *slot = &schedule->slots[i];

        if (slot->level >= SCHEDULE_LEVELS || slot->tickets == 0 ||
            slot->tickets > SCHEDULE_TICKETS_MAX ||
            slot->used >= schedule->allotment)
            return false;
    }
    return schedule->policy && schedule->allotment > 0;
}

static bool is_ready(const struct schedule_view *view, unsigned slot)
{
    return view->ready(view->ctx, slot);
}

/* The slot that is @i places behind the one that ran last; @i from 1 on. */
static unsigned behind(const struct schedule_view *view, unsigned i)
{
    const unsigned last =
        view->last < view->count ? view->last : view->count - 1;

    return (last + i) % view->count;
}

/* ---- round robin ---- */

static int choose_rr(struct schedule *schedule,
                     const struct schedule_view *view)
{
    (void)schedule;
    for (unsigned i = 1; i <= view->count; i++)
        if (is_ready(view, behind(view, i)))
            return (int)behind(view, i);
    return -1;
}

const struct schedule_policy schedule_rr = {.name = "rr", .choose = choose_rr};

/* ---- multi-level feedback queue ---- */

static void boost(struct schedule *schedule, cycles_t now)
{
    if ((now - schedule->boosted) / SCHEDULE_BOOST < schedule->allotment)
        return;
    schedule->boosted = now;
    for (unsigned i = 0; i < SCHEDULE_SLOTS; i++) {
        schedule->slots[i].level = 0;
        schedule->slots[i].used = 0;
    }
}

static int choose_mlfq(struct schedule *schedule,
                       const struct schedule_view *view)
{
    unsigned best_level = SCHEDULE_LEVELS;
    int best = -1;

    boost(schedule, view->now);
    for (unsigned i = 1; i <= view->count; i++) {
        const unsigned slot = behind(view, i);

        if (schedule->slots[slot].level < best_level && is_ready(view, slot)) {
            best_level = schedule->slots[slot].level;
            best = (int)slot;
        }
    }
    return best;
}

static void ran_mlfq(struct schedule *schedule, unsigned slot, cycles_t cycles)
{
    struct schedule_slot *at = &schedule->slots[slot];

    if (cycles < schedule->allotment - at->used) {
        at->used += cycles;
        return;
    }
    at->used = 0;
    if (at->level + 1 < SCHEDULE_LEVELS)
        at->level++;
}

const struct schedule_policy schedule_mlfq = {
    .name = "mlfq", .clocked = true, .choose = choose_mlfq, .ran = ran_mlfq};

/* ---- lottery ---- */

/* A number below @n. */
static uint32_t draw(struct schedule *schedule, uint32_t n)
{
    uint64_t z = schedule->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (uint32_t)((z >> 32) * n >> 32);
}

_Static_assert((uint64_t)SCHEDULE_TICKETS_MAX *SCHEDULE_SLOTS <= UINT32_MAX,
               "all tickets can be counted");

static int choose_lottery(struct schedule *schedule,
                          const struct schedule_view *view)
{
    uint32_t tickets = 0, winner;

    for (unsigned i = 0; i < view->count; i++)
        if (is_ready(view, i))
            tickets += schedule->slots[i].tickets;
    if (tickets == 0)
        return -1;
    winner = draw(schedule, tickets);
    for (unsigned i = 0;; i++) {
        if (!is_ready(view, i))
            continue;
        if (winner < schedule->slots[i].tickets)
            return (int)i;
        winner -= schedule->slots[i].tickets;
    }
}

const struct schedule_policy schedule_lottery = {.name = "lottery",
                                                 .choose = choose_lottery};
