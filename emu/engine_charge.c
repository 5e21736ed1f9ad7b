/*
 * emu/engine_charge.c - what instructions cost in the fast core, or in the lean
 * core where that counts. No Unicorn here.
 *
 * Both know loads and stores in program order, but fetches only block by block.
 * That is enough while fetches hit: a hit changes nothing below the first
 * level, so its place among the loads does not matter.
 *
 * Decisions:
 * - A block of which some line is not in the first level is for the exact core,
 *   which charges instruction by instruction.
 * - Loads and stores are written down and charged when the core stops, if it
 *   does not roll back. The first level of code is used as blocks start; its
 *   lines are copied at each checkpoint, so that a roll back can restore them.
 * - To the fast core a 16-byte operand comes as two accesses of 8. It is put
 *   together where no other instruction of the block can make one of 8; other
 *   operands in pieces are for the exact core.
 * - A load or store in the line of the one before, behind a store if it is one,
 *   finds the line in front and changes nothing: it is only counted.
 * - Where a descriptor would be read, or written, the exact core runs: the
 *   other two see no segment as legal whose copy is not at hand.
 * - Where misses are frequent the exact core keeps on for a while.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <stdlib.h>

#define FREQUENT 512u /* instructions from one miss to the next */
#define STAY     512u

int engine_charge_init(struct engine *e)
{
    const struct charge *charge = e->config.charge;
    struct uncharged *u = &e->uncharged;

    if (!charge)
        return 0;
    u->items = calloc(UNCHARGED_MAX, sizeof(*u->items));
    u->marks = calloc(MARKS_MAX + 1, sizeof(*u->marks));
    if (!u->items || !u->marks)
        return -ENOMEM;
    u->rate = 1024;
    u->line_bits = charge->memsys->caches[MEMSYS_L1I]->line_bits;
    u->data_bits = charge->memsys->caches[MEMSYS_L1D]->line_bits;
    u->filters = memsys_repeats_hit(charge->memsys);
    u->level = charge->memsys->caches[MEMSYS_L1I];
    return cache_create(&u->code, &charge->memsys->config.caches[MEMSYS_L1I]);
}

void engine_charge_free(struct engine *e)
{
    free(e->uncharged.items);
    free(e->uncharged.marks);
    cache_destroy(e->uncharged.code);
}

/* Fetches are not looked at one by one, so all code must be. */
static bool code_is_at_hand(const struct engine *e)
{
    for (unsigned i = 0; i < e->list_count; i++) {
        const struct mmu_span *span = &e->list[i];

        if (span->prot & span->noted & MMU_EXEC &&
            !charge_is_at_hand(e->config.charge, e->mmu, span->va))
            return false;
    }
    return true;
}

bool engine_charge_wants_exact(const struct engine *e)
{
    const struct charge *charge = e->config.charge;

    return charge && !(charge_may_run(charge, e->mmu, e->list_count) &&
                       code_is_at_hand(e));
}

static struct cache *code_cache(const struct engine *e)
{
    return e->config.charge->memsys->caches[MEMSYS_L1I];
}

void engine_charge_mark(struct engine *e)
{
    struct uncharged *u = &e->uncharged;

    if (!u->items)
        return;
    u->noted.count = 0;
    u->noted.again[0] = u->noted.again[1] = 0;
    u->noted.data_line = NO_DATA_LINE;
    u->execute = 0;
    u->missed = false;
    u->first_line = u->last_line = NO_LINE;
    cache_assign(u->code, code_cache(e));
    engine_marks_begin(e);
}

void engine_charge_count(struct engine *e)
{
    const struct uncharged *u = &e->uncharged;
    uint64_t stores = u->noted.again[1];

    for (uint32_t i = 0; i < u->noted.count; i++)
        stores += u->items[i].kind == MMU_WRITE;
    e->counts.stores += stores;
    e->counts.loads +=
        u->noted.again[0] + u->noted.again[1] + u->noted.count - stores;
}

bool engine_charge_commit(struct engine *e)
{
    const struct uncharged *u = &e->uncharged;
    const uint64_t instructions =
        e->counts.instructions - e->checkpoint.counts.instructions;
    const cycles_t before = engine_clock(e);
    bool is_all = true;

    if (!u->items)
        return true;
    if (u->marking)
        is_all = engine_marks_charge(e);
    else
        charge_run(e->config.charge, e->mmu,
                   &(struct charge_run){
                       .instructions = instructions,
                       .execute = u->execute,
                       .items = u->items,
                       .count = u->noted.count,
                       .again = {u->noted.again[0], u->noted.again[1]}});
    if (is_all)
        engine_note_rate(e, engine_clock(e) - before, instructions);
    return is_all;
}

void engine_charge_forget(struct engine *e)
{
    if (e->uncharged.items)
        cache_assign(code_cache(e), e->uncharged.code);
}

bool engine_charge_block(struct engine *e, const struct block *block)
{
    struct uncharged *u = &e->uncharged;

    if (engine_charge_again(e, block))
        return true;
    u->missed =
        !memsys_touch_code(e->config.charge->memsys, block->pa, block->size);
    if (u->missed)
        return false;
    u->first_line = block->first_line;
    u->last_line = block->last_line;
    u->half = false;
    u->execute += block->execute;
    return true;
}

uint64_t engine_charge_stay(struct engine *e)
{
    struct uncharged *u = &e->uncharged;
    const uint64_t now = e->counts.instructions;
    const bool is_frequent = now - u->missed_at < FREQUENT;

    if (!u->missed)
        return 0;
    u->missed_at = now;
    return is_frequent ? now + STAY : 0;
}
