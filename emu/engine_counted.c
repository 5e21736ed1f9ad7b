/*
 * emu/engine_counted.c - the lean core where it counts: its hook of each block.
 *
 * Under a timer the lean core goes from one checkpoint to the next as the fast
 * core does, and stops where that would, so that nobody can tell which ran.
 *
 * Decisions:
 * - Blocks are learned and counted as in the fast core, in a table of their
 *   own: where a block is cut depends on the hooks of a core. That shows
 *   nowhere, since the timer fires only behind a jump, where both begin one.
 * - Loads and stores are not counted: open pages tell of no load.
 */
#include "emu/engine_internal.h"

#include <unicorn/unicorn.h>

/* What a translation has just shown, or NULL: the run stops here. */
static const struct block *learn(struct engine *e, vaddr_t va, uint32_t size)
{
    const struct block *b;

    e->translated = false;
    b = block_learn(e, &e->lean_blocks, va, size,
                    engine_is_thumb(e, &e->lean_core));
    if (!b)
        engine_lean_stop_before(e, va, EVENT_CAREFUL); /* no host memory */
    return b;
}

static enum event why_stop(const struct engine *e, const struct block *next)
{
    if (e->counts.instructions >= e->pause_at &&
        engine_timer_fires(e, next->va))
        return EVENT_TIMER;
    if (next->careful)
        return EVENT_CAREFUL;
    return e->counts.instructions >= e->slice_at || e->pause_at == 0
               ? EVENT_PAUSE
               : EVENT_NONE;
}

static inline void enter_block(struct engine *e, const struct block *b)
{
    e->block = b;
    e->counts.instructions += b->insns;
    e->repeat.va = b->va;
    e->repeat.insns = b->insns;
}

static __attribute__((noinline)) void start_slowly(struct engine *e,
                                                   const struct block *b,
                                                   vaddr_t va, uint32_t size)
{
    enum event event;

    if (e->event)
        return;
    engine_note_follows(e); /* first: to learn may move the blocks */
    if (!b || e->translated)
        b = learn(e, va, size);
    if (!b)
        return;
    event = why_stop(e, b);
    if (event)
        engine_lean_stop_before(e, va, event);
    else
        enter_block(e, b);
}

void engine_counted_block(uc_engine *uc, uint64_t address, uint32_t size,
                          void *user)
{
    struct engine *e = user;

    (void)uc;
    if (address == e->repeat.va && e->counts.instructions < e->pause_at) {
        e->counts.instructions += e->repeat.insns;
        return;
    }

    const struct block *b = block_find(&e->lean_blocks, (vaddr_t)address);

    if (__builtin_expect(b && !e->event && !e->translated && !b->careful &&
                             e->counts.instructions < e->pause_at,
                         1))
        enter_block(e, b);
    else
        start_slowly(e, b, (vaddr_t)address, size);
}
