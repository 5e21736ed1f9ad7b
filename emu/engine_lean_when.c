/*
 * emu/engine_lean_when.c - when the lean core may run.
 *
 * Decisions:
 * - A program that meets the unusual often stays away longer and longer.
 * - After a trap a program is likely to trap again soon, and the copy was for
 *   nothing. Under a timer there is no copy: whoever is in the lean core then
 *   stays in it.
 * - To make the core takes as long as it saves in some ten million
 *   instructions, and a second one for each of many processes is much memory:
 *   under a timer only who runs for long gets one.
 *
 * No Unicorn here.
 */
#include "emu/engine_internal.h"

#define COPY_DEAR_NS 100000u
#define BACKOFF_MIN  1024u /* instructions */
#define BACKOFF_MAX  (UINT64_C(1) << 32)
#define OPEN_AFTER   64u  /* times lean_after */
#define STAY_MIN     256u /* instructions */
#define STAY_COSTLY  65536u
#define STAY_MAX     (1u << 22)
#define WORTH        8u /* times the stay, in the lean core: halve it */

static uint64_t least_backoff(const struct engine *e)
{
    return e->config.lean_after + BACKOFF_MIN;
}

/* Tests have it come back at once. */
static uint64_t least_stay(const struct engine *e)
{
    return e->config.lean_after ? STAY_MIN : 1;
}

static uint64_t most_stay(const struct engine *e)
{
    return e->config.lean_after ? STAY_MAX : 1;
}

void engine_lean_begin(struct engine *e)
{
    struct lean_when *when = &e->lean_when;

    when->backoff = least_backoff(e);
    when->stay = least_stay(e);
    when->not_before = e->counts.instructions + e->config.lean_after;
}

static bool may_count(const struct engine *e)
{
    return e->lean_core.uc ||
           e->counts.instructions >= OPEN_AFTER * e->config.lean_after;
}

bool engine_lean_may_run(const struct engine *e)
{
    const struct lean_when *when = &e->lean_when;

    if (!e->lean || when->gave_up || e->stage ||
        e->counts.instructions < when->not_before)
        return false;
    return engine_lean_counts(e) ? may_count(e) : e->limit == UINT64_MAX;
}

void engine_lean_leave(struct engine *e, bool is_costly)
{
    struct lean_when *when = &e->lean_when;
    const uint64_t now = e->counts.instructions;

    if (is_costly && when->stay < STAY_COSTLY && e->config.lean_after)
        when->stay = STAY_COSTLY;

    const bool was_worth = now - when->entered >= WORTH * when->stay;
    if (was_worth && when->stay > least_stay(e))
        when->stay /= 2;
    else if (!was_worth && when->stay < most_stay(e))
        when->stay *= 2;
    when->not_before = now + when->stay;
}

static void put_off(struct engine *e)
{
    struct lean_when *when = &e->lean_when;
    uint64_t delay = e->config.lean_after;

    if (when->copy_ns > COPY_DEAR_NS && delay < when->copy_ns / 2)
        delay = when->copy_ns / 2; /* five times what the copy takes */
    when->not_before = e->counts.instructions + delay;
}

static void put_off_counted(struct engine *e)
{
    struct lean_when *when = &e->lean_when;
    const uint64_t soonest = e->counts.instructions + e->config.lean_after;

    if (e->current != &e->lean_core && when->not_before < soonest)
        when->not_before = soonest;
}

void engine_lean_put_off(struct engine *e)
{
    if (engine_lean_counts(e))
        put_off_counted(e);
    else
        put_off(e);
}

void engine_lean_back_off(struct engine *e)
{
    struct lean_when *when = &e->lean_when;

    when->not_before = e->counts.instructions + when->backoff;
    if (when->backoff < BACKOFF_MAX)
        when->backoff *= 2;
}

void engine_lean_went_well(struct engine *e)
{
    struct lean_when *when = &e->lean_when;

    if (when->backoff > least_backoff(e))
        when->backoff /= 2;
}
