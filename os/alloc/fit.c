/*
 * os/alloc/fit.c - one list of all free chunks: first, best, worst and next
 * fit, and slots; see alloc.h.
 *
 * Decisions of the model:
 * - Best fit does not stop at an exact fit: the textbook's search looks at the
 *   whole list.
 * - Slots are chunks of one size from the start. They are found, put back and
 *   ordered as all others; they are only never split or merged.
 */
#include "os/alloc/internal.h"

uint32_t fit_first(struct alloc *a, uint32_t need, uint32_t *searched)
{
    return freelist_first_fit(a, &a->head, need, searched);
}

/* All of the list. */
static void walked(struct alloc *a)
{
    if (is_beside(a))
        index_walked(a, a->free_count);
}

static uint32_t find_best(struct alloc *a, uint32_t need, uint32_t *searched)
{
    uint32_t best = ALLOC_NONE;
    uint32_t best_extent = UINT32_MAX;

    *searched = a->free_count;
    if (is_indexed(a))
        return index_best_fit(a, need);
    for (uint32_t c = a->head; c != ALLOC_NONE;
         c = block_word(a, c, WORD_NEXT)) {
        const uint32_t extent = block_extent(a, c);

        if (extent >= need && extent < best_extent) {
            best = c;
            best_extent = extent;
        }
    }
    walked(a);
    return best;
}

static uint32_t find_worst(struct alloc *a, uint32_t need, uint32_t *searched)
{
    uint32_t worst = ALLOC_NONE;
    uint32_t worst_extent = need - 1;

    *searched = a->free_count;
    if (is_indexed(a))
        return index_worst_fit(a, need);
    for (uint32_t c = a->head; c != ALLOC_NONE;
         c = block_word(a, c, WORD_NEXT)) {
        const uint32_t extent = block_extent(a, c);

        if (extent > worst_extent) {
            worst = c;
            worst_extent = extent;
        }
    }
    walked(a);
    return worst;
}

/* Once around, from @start on. */
static uint32_t walk_around(const struct alloc *a, uint32_t start,
                            uint32_t need, uint32_t *searched)
{
    uint32_t c = start;

    do {
        ++*searched;
        if (block_extent(a, c) >= need)
            return c;
        c = block_word(a, c, WORD_NEXT);
        if (c == ALLOC_NONE)
            c = a->head;
    } while (c != start);
    return ALLOC_NONE;
}

static uint32_t find_next(struct alloc *a, uint32_t need, uint32_t *searched)
{
    const uint32_t start = a->rover != ALLOC_NONE ? a->rover : a->head;
    uint32_t found;

    if (start == ALLOC_NONE)
        return ALLOC_NONE;
    if (is_indexed(a)) {
        found = index_next_fit(a, start, need, searched);
    } else {
        found = walk_around(a, start, need, searched);
        if (is_beside(a))
            index_walked(a, *searched);
    }
    if (found != ALLOC_NONE)
        a->rover = found;
    return found;
}

void fit_insert(struct alloc *a, uint32_t chunk)
{
    freelist_insert(a, &a->head, chunk);
    if (coalesce_of(a) == ALLOC_COALESCE_LIST)
        freelist_coalesce(a);
}

void fit_remove(struct alloc *a, uint32_t chunk)
{
    freelist_take_out(a, &a->head, chunk);
}

void fit_replace(struct alloc *a, uint32_t chunk, uint32_t rest)
{
    a->unsorted = true;
    freelist_replace(a, &a->head, chunk, rest);
}

static bool fit_check(const struct alloc *a)
{
    return (a->rover == ALLOC_NONE ||
            (block_plausible(a, a->rover) && block_is_chunk(a, a->rover))) &&
           freelist_count(a, a->head, true) == a->free_count;
}

/* ---- slots ---- */

static void slots_take(struct alloc *a, uint32_t need,
                       struct alloc_found *found)
{
    found->block = fit_first(a, need, &found->searched);
    if (found->block == ALLOC_NONE)
        return;
    freelist_take_out(a, &a->head, found->block);
    block_use(a, found->block);
}

static uint32_t slots_give(struct alloc *a, uint32_t block)
{
    block_free(a, block);
    freelist_insert(a, &a->head, block);
    return block;
}

/* What a slot takes: at least a block, and aligned as all blocks are. */
static uint32_t slot_extent(const struct alloc *a)
{
    const uint32_t align = is_beside(a) ? 1 : align_of(a);
    const uint32_t whole = a->slot_size & ~(align - 1);

    return whole < a->block_min ? a->block_min : whole;
}

/* New slots stand behind all others, whatever the order. */
static enum alloc_result slots_extend(struct alloc *a, uint32_t bytes)
{
    const uint32_t extent = slot_extent(a);
    const uint32_t slots = bytes / extent;

    if (!block_reserve(a, slots))
        return ALLOC_NO_NODES;
    for (uint32_t i = 0; i < slots; i++) {
        const uint32_t slot = block_append(a, extent);

        block_free(a, slot);
        freelist_append(a, &a->head, slot);
    }
    return ALLOC_OK;
}

static uint32_t slots_carve(struct alloc *a, uint32_t block, uint32_t address,
                            uint32_t need)
{
    if (address != block_address(a, block) || need > block_extent(a, block))
        return ALLOC_NONE;
    freelist_take_out(a, &a->head, block);
    block_use(a, block);
    return block;
}

static uint32_t slots_missing(const struct alloc *a, uint32_t need)
{
    const uint32_t extent = slot_extent(a);

    return need <= extent ? extent : UINT32_MAX;
}

#define FIT(search)                                                            \
    .nodes = 1, .lists = 1, .has_list = true, .take = chunk_take,              \
    .give = chunk_give, .extend = chunk_extend,                                \
    .carve = ALLOC_HOST(chunk_carve), .missing = chunk_missing,                \
    .find = search, .insert = fit_insert, .remove = fit_remove,                \
    .replace = fit_replace, .check = ALLOC_HOST(fit_check)

const struct alloc_policy alloc_first = {.name = "first", FIT(fit_first)};
const struct alloc_policy alloc_best = {
    .name = "best", .by_size = true, FIT(find_best)};
const struct alloc_policy alloc_worst = {.name = "worst", FIT(find_worst)};
const struct alloc_policy alloc_next = {.name = "next", FIT(find_next)};

const struct alloc_policy alloc_slots = {
    .name = "slots",
    .lists = 1,
    .has_list = true,
    .whole = true,
    .take = slots_take,
    .give = slots_give,
    .extend = slots_extend,
    .carve = ALLOC_HOST(slots_carve),
    .missing = slots_missing,
    .check = ALLOC_HOST(fit_check),
};
