/*
 * os/alloc/tlsf.c - two-level segregated fit; see alloc.h.
 *
 * Decisions of the model:
 * - The search goes by the size rounded up to the next column, so that any
 *   chunk of the list it finds is large enough. Only when there is none, the
 *   need's own column is tried, by its newest chunk.
 * - The table has the heads of the lists; see classes.h.
 */
#include "os/alloc/chunk.h"
#include "os/alloc/classes.h"

static void tlsf_insert(struct alloc *a, uint32_t chunk)
{
    const struct class c = class_of(block_extent(a, chunk));

    freelist_push(a, head_of(a, c), chunk);
    class_mark(a, c);
}

static void tlsf_remove(struct alloc *a, uint32_t chunk)
{
    const struct class c = class_of(block_extent(a, chunk));

    freelist_remove(a, head_of(a, c), chunk);
    if (*head_of(a, c) == ALLOC_NONE)
        class_unmark(a, c);
}

/*
 * The size from which on a column holds only chunks of @need or more; above
 * UINT32_MAX there is none.
 */
static uint64_t round_up(uint32_t need)
{
    if (need < COLUMNS)
        return need;

    const uint32_t step = 1u << (log2_floor(need) - COLUMN_BITS);
    return (uint64_t)need + (step - 1);
}

static uint32_t tlsf_find(struct alloc *a, uint32_t need, uint32_t *searched)
{
    const uint64_t size = round_up(need);

    if (size <= UINT32_MAX) {
        struct class c = class_of((uint32_t)size);
        const unsigned row = c.row;

        if (class_next(a, &c)) {
            *searched = c.row == row ? 1 : 2;
            return *head_of(a, c);
        }
    }

    const uint32_t own = *head_of(a, class_of(need));
    *searched = 3;
    return own != ALLOC_NONE && block_extent(a, own) >= need ? own : ALLOC_NONE;
}

/* Chunks of a list and whether the maps know of it, or UINT32_MAX. */
static uint32_t check_list(const struct alloc *a, struct class c)
{
    const uint32_t chunks = freelist_count(a, *head_of(a, c), false);

    if (chunks == UINT32_MAX ||
        (chunks > 0) != (*columns_of(a, c.row) >> c.column & 1))
        return UINT32_MAX;
    for (uint32_t b = *head_of(a, c); b != ALLOC_NONE;
         b = block_word(a, b, WORD_NEXT)) {
        const struct class want = class_of(block_extent(a, b));

        if (want.row != c.row || want.column != c.column)
            return UINT32_MAX;
    }
    return chunks;
}

static bool tlsf_check(const struct alloc *a)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < ROWS * COLUMNS; i++) {
        const uint32_t chunks =
            check_list(a, (struct class){i / COLUMNS, i % COLUMNS});

        if (chunks == UINT32_MAX)
            return false;
        count += chunks;
    }
    return class_maps_check(a) && count == a->free_count;
}

/* Rounded up, as the search is: what joins the end is found for sure. */
static uint32_t tlsf_missing(const struct alloc *a, uint32_t need)
{
    const uint64_t size = round_up(need);

    return size < UINT32_MAX ? chunk_missing(a, (uint32_t)size) : UINT32_MAX;
}

static void tlsf_take(struct alloc *a, uint32_t need, struct alloc_found *found)
{
    chunk_take_by(&alloc_tlsf, a, need, found);
}

static uint32_t tlsf_give(struct alloc *a, uint32_t block)
{
    return chunk_give_by(&alloc_tlsf, a, block);
}

const struct alloc_policy alloc_tlsf = {
    .name = "tlsf",
    .table = ALLOC_TABLE_CLASSES,
    .nodes = 1,
    .merges = true,
    .take = tlsf_take,
    .give = tlsf_give,
    .extend = chunk_extend,
    .carve = ALLOC_HOST(chunk_carve),
    .missing = tlsf_missing,
    .find = tlsf_find,
    .insert = tlsf_insert,
    .remove = tlsf_remove,
    .check = ALLOC_HOST(tlsf_check),
};
