/*
 * emu/engine_span.c - the segments of the bound address space, in order and by
 * address. No Unicorn here.
 *
 * Decisions:
 * - They are listed anew when any register has changed, which takes time in
 *   proportion to their number.
 * - Slots are as large as keeps the segments apart: most schemes need few.
 */
#include "emu/engine_internal.h"
#include "mmu/segment_table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

_Static_assert(SPANS_MAX >= SEGMENT_TABLE_MAX, "room for a full table");

#define SHIFT_MAX 31u
#define SHIFT_MIN 8u

/* ---- in order ---- */

unsigned engine_list_find(const struct engine *e, uint64_t va)
{
    unsigned from = 0, to = e->list_count;

    while (from < to) {
        const unsigned middle = (from + to) / 2;

        if (e->list[middle].va < va)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

bool engine_segment_begins(const struct engine *e, vaddr_t va)
{
    const unsigned i = engine_list_find(e, va);

    return i < e->list_count && e->list[i].va == va;
}

bool engine_is_followed(const struct engine *e, const struct mmu_span *span)
{
    return engine_segment_begins(e, span->va + span->bounds);
}

static void list_spans(struct engine *e)
{
    struct mmu_span span;

    e->list_count = 0;
    for (unsigned next = 0; mmu_next_span(e->mmu, &next, &span);) {
        unsigned at = e->list_count;

        if (span.bounds == 0)
            continue;
        assert(e->list_count < SPANS_MAX);
        e->list_count++;
        for (; at > 0 && e->list[at - 1].va > span.va; at--)
            e->list[at] = e->list[at - 1];
        e->list[at] = span;
    }
}

/* ---- by address ---- */

static struct span_cache *slot_of(struct span_map *map, uint32_t bucket)
{
    return &map->entries[bucket & (SPAN_SLOTS - 1)];
}

/* Whether to translate @va reads a descriptor, and that is charged. */
static bool reads_descriptor(const struct engine *e, vaddr_t va)
{
    return e->config.charge && !charge_is_at_hand(e->config.charge, e->mmu, va);
}

static unsigned cached_prot(const struct engine *e, const struct mmu_span *span)
{
    return reads_descriptor(e, span->va) ? 0 : span->prot & span->noted;
}

/*
 * Put @span into each slot that it touches; false when one is taken. Its last
 * byte is left to mmu_translate() if an operand may go on in the next one.
 */
static bool enter_span(struct engine *e, const struct mmu_span *span)
{
    struct span_map *map = &e->spans;
    const uint32_t first = span->va >> map->shift;
    const uint32_t last = (span->va + (span->bounds - 1)) >> map->shift;
    const uint32_t followed = engine_is_followed(e, span);
    bool alone = true;

    for (uint32_t b = first; b <= last && b - first < SPAN_SLOTS; b++) {
        struct span_cache *slot = slot_of(map, b);

        if (slot->bounds) {
            alone = false;
            continue;
        }
        *slot = (struct span_cache){.va = span->va,
                                    .bounds = span->bounds - followed,
                                    .prot = cached_prot(e, span),
                                    .base = span->base};
    }
    return alone;
}

static size_t slots_at(unsigned shift)
{
    const uint64_t all = UINT64_C(1) << (32 - shift);

    return all < SPAN_SLOTS ? (size_t)all : SPAN_SLOTS;
}

/* Fill @map with slots of @shift bits; false when some span lacks its own. */
static bool fill_spans(struct engine *e, unsigned shift)
{
    struct span_map *map = &e->spans;
    bool alone = true;

    memset(map->entries, 0, slots_at(shift) * sizeof(*map->entries));
    map->shift = shift;
    for (unsigned i = 0; i < e->list_count; i++)
        alone &= enter_span(e, &e->list[i]);
    return alone;
}

/* The address selects none, so no slot has any. */
static int map_by_use(struct engine *e)
{
    memset(&e->spans, 0, sizeof(e->spans));
    e->spans.shift = SHIFT_MAX;
    return engine_use_list(e);
}

/*
 * Too many for windows of their own, and for a while after there are fewer, so
 * that one that comes and goes does not change the view each time.
 */
static bool is_crowd(const struct engine *e)
{
    return e->config.crowded ||
           e->list_count > (e->crowded ? CROWD_MIN : CROWD_MAX);
}

/* From a larger slot on than before only if fewer may be kept apart now. */
static int map_by_address(struct engine *e, bool same)
{
    const unsigned count = e->list_count;
    unsigned shift = SHIFT_MAX;

    e->code = (struct mmu_span){0};
    list_spans(e);
    if (same && e->list_count >= count)
        shift = e->spans.shift;
    while (!fill_spans(e, shift) && shift > SHIFT_MIN)
        shift--;
    e->crowded = is_crowd(e);
    e->stage = e->crowded ? &e->crowd_stage : NULL;
    return e->crowded ? engine_stage_open(&e->crowd_stage, CROWD_STAGE) : 0;
}

int engine_map_spans(struct engine *e)
{
    const bool same = e->mapped == e->mmu;
    int err;

    if (same && e->mapped_generation == e->mmu->generation)
        return 0;
    e->mapped = NULL;
    e->crowded &= !e->by_use;
    err = e->by_use ? map_by_use(e) : map_by_address(e, same);
    if (err) {
        engine_break(e, "no memory to show the segments", e->list_count);
        return err;
    }
    e->mapped = e->mmu;
    e->mapped_generation = e->mmu->generation;
    return 0;
}

void engine_follow_copies(struct engine *e)
{
    const struct charge *charge = e->config.charge;

    if (!charge || e->mmu->ops != &segment_table_ops ||
        e->copies_epoch == associative_epoch(&charge->associative))
        return;
    (void)fill_spans(e, e->spans.shift);
    e->copies_epoch = associative_epoch(&charge->associative);
}

/* ---- what has been noted ---- */

bool engine_is_noted(const struct engine *e, const struct mmu_access *access)
{
    struct mmu_span span;

    return !e->mmu->ops->touch ||
           (!reads_descriptor(e, access->va) &&
            e->mmu->ops->locate(e->mmu, access, &span) &&
            (span.noted & access->kind) == access->kind &&
            (uint64_t)access->va + access->size <=
                (uint64_t)span.va + span.bounds);
}

/* What @core shows, if it is up to date, is to be dropped with the note. */
static void note_shown(const struct engine *e, struct core *core, unsigned i)
{
    if (core->shown == e->mmu && core->shown_generation == e->mmu->generation)
        core->spans[i].noted = e->list[i].noted;
}

/* Let the lean core, too, see the rights that need no look any more. */
void engine_note_use(struct engine *e, vaddr_t va, enum mmu_prot kind)
{
    struct span_cache *slot = slot_of(&e->spans, va >> e->spans.shift);
    const struct mmu_access access = {.va = va, .size = 1, .kind = kind};
    struct mmu_span span;

    if (!e->mmu->ops->touch)
        return;
    e->mmu->ops->touch(e->mmu, va, kind);
    if (!e->mmu->ops->locate(e->mmu, &access, &span))
        return;
    if (slot->va == span.va)
        slot->prot = cached_prot(e, &span);

    const unsigned i = engine_list_find(e, span.va);
    if (i < e->list_count && e->list[i].va == span.va) {
        e->list[i].noted = span.noted;
        note_shown(e, &e->fast, i);
        note_shown(e, &e->exact, i);
    }
    e->lean_core.shown_generation = 0;
}
