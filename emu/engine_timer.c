/*
 * emu/engine_timer.c - the moments of the clock at which a run ends, where a
 * core runs ahead of the clock. No Unicorn here.
 *
 * What the fast core has run, or the lean one where it counts, is charged when
 * it stops, so that only then it is known what time it was. By then it may have
 * passed a moment.
 *
 * Decisions:
 * - While there is a moment to come, the core marks each block that it starts:
 *   what it had run before. Later the run is charged from mark to mark.
 *   Where the timer fires at one, the core goes back to its checkpoint and runs
 *   as far as that block again, free this time: that much has been charged.
 * - The due may come in the middle of a block. So before a block is charged
 *   that would pass it in the worst case, the core goes back to the start of
 *   that block, and the exact core runs on from there.
 * - How far to run ahead is a guess, from what instructions have cost lately.
 *   It decides how much is run again, and nothing else.
 */
#include "emu/engine_internal.h"

#define NEAR      32768u /* cycles before the due: the exact core runs */
#define FAR       512u   /* instructions: do not try to pass the moment yet */
#define RATE_BITS 8u

bool engine_due_is_near(const struct engine *e)
{
    return e->due != UINT64_MAX && engine_clock(e) + NEAR >= e->due;
}

static bool has_moment(const struct engine *e)
{
    return e->uncharged.items &&
           (e->timer != UINT64_MAX || e->due != UINT64_MAX);
}

void engine_marks_begin(struct engine *e)
{
    struct uncharged *u = &e->uncharged;

    u->mark_count = 0;
    u->marking = has_moment(e) && e->again_to == NO_REPEAT;
}

/* What has run between two marks. */
static struct charge_run between(const struct uncharged *u,
                                 const struct mark *from, const struct mark *to)
{
    return (struct charge_run){
        .instructions = to->instructions - from->instructions,
        .execute = to->execute - from->execute,
        .items = u->items + from->count,
        .count = to->count - from->count,
        .again = {to->again[0] - from->again[0], to->again[1] - from->again[1]},
    };
}

static bool may_pass_due(const struct engine *e, const struct charge_run *run)
{
    return e->due != UINT64_MAX &&
           engine_clock(e) + charge_run_worst(e->config.charge, e->mmu, run) >=
               e->due;
}

static bool go_back(struct engine *e, const struct mark *mark, enum event event)
{
    e->again_to = mark->instructions;
    e->again_event = event;
    return false;
}

bool engine_marks_charge(struct engine *e)
{
    struct uncharged *u = &e->uncharged;

    u->marks[u->mark_count] = engine_mark_now(e);
    for (uint32_t i = 0; i < u->mark_count; i++) {
        const struct mark *from = &u->marks[i], *to = from + 1;
        const struct charge_run run = between(u, from, to);

        if (may_pass_due(e, &run))
            return go_back(e, from, EVENT_CAREFUL);
        charge_run(e->config.charge, e->mmu, &run);
        if (i + 1 < u->mark_count && to->is_jump && engine_clock(e) >= e->timer)
            return go_back(e, to, EVENT_TIMER);
    }
    return true;
}

void engine_note_rate(struct engine *e, cycles_t cycles, uint64_t instructions)
{
    if (instructions >= FAR / 8)
        e->uncharged.rate = 1 + (cycles << RATE_BITS) / instructions;
}

uint64_t engine_run_ahead(const struct engine *e)
{
    const cycles_t moment = e->timer < e->due ? e->timer : e->due;
    const cycles_t now = engine_clock(e);
    uint64_t guess;

    if (!has_moment(e))
        return UINT64_MAX;
    if (moment <= now)
        return 1;
    if (moment - now >= UINT32_MAX)
        return UINT32_MAX;
    guess = ((moment - now) << RATE_BITS) / e->uncharged.rate;
    return guess > FAR ? guess - guess / 8 : guess + guess / 4 + 1;
}

/*
 * Instructions at which to take a checkpoint again. Where the timer is to fire
 * soon after, it waits for that. The lean core comes back at one.
 */
static uint64_t next_checkpoint(const struct engine *e)
{
    const uint64_t far = e->limit - ENGINE_BLOCK_MAX;
    const uint64_t now = e->counts.instructions;
    const uint64_t timer = e->config.charge ? UINT64_MAX : e->timer;
    const uint64_t ahead = engine_run_ahead(e);
    const bool is_far = e->current == &e->lean_core;
    uint64_t at = now + (e->config.round_trip ? 1
                         : is_far             ? LEAN_SLICE
                                              : ENGINE_SLICE);

    if (e->again_to != NO_REPEAT)
        return e->again_to;
    if (timer > at && timer - now < 2 * ENGINE_SLICE && !e->config.round_trip)
        at = timer;
    if (at - now > ahead)
        at = now + ahead;
    if (engine_lean_is_away(e) && at > e->lean_when.not_before)
        at = e->lean_when.not_before;
    return at < far ? at : far;
}

void engine_plan_checkpoint(struct engine *e)
{
    e->slice_at = next_checkpoint(e);
    e->pause_at =
        e->slice_at < e->timer || e->config.charge ? e->slice_at : e->timer;
}
