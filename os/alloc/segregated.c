/*
 * os/alloc/segregated.c - lists by size; see alloc.h.
 *
 * Decisions of the model:
 * - The table is a map of the lists that are not empty, then their heads, then
 *   the roots that they have in an index.
 * - What a split leaves moves to the list of its size.
 */
#include "os/alloc/internal.h"

#define LISTS 32u

_Static_assert(ALLOC_TABLE_SEGREGATED == 1 + 2 * LISTS, "map, heads, roots");

static uint32_t *head_of(const struct alloc *a, unsigned list)
{
    return &a->table[1 + list];
}

static void seg_insert(struct alloc *a, uint32_t chunk)
{
    const unsigned list = log2_floor(block_extent(a, chunk));

    freelist_insert(a, head_of(a, list), chunk);
    a->table[0] |= 1u << list;
}

static void seg_remove(struct alloc *a, uint32_t chunk)
{
    const unsigned list = log2_floor(block_extent(a, chunk));

    freelist_take_out(a, head_of(a, list), chunk);
    if (*head_of(a, list) == ALLOC_NONE)
        a->table[0] &= ~(1u << list);
}

static uint32_t seg_find(struct alloc *a, uint32_t need, uint32_t *searched)
{
    const unsigned own = log2_floor(need);
    const uint32_t found =
        freelist_first_fit(a, head_of(a, own), need, searched);

    if (found != ALLOC_NONE)
        return found;

    const uint32_t larger = own < LISTS - 1 ? a->table[0] >> (own + 1) : 0;
    if (larger == 0)
        return ALLOC_NONE;
    ++*searched;
    return *head_of(a, own + 1 + (unsigned)__builtin_ctz(larger));
}

static bool in_its_list(const struct alloc *a, unsigned list)
{
    for (uint32_t c = *head_of(a, list); c != ALLOC_NONE;
         c = block_word(a, c, WORD_NEXT))
        if (log2_floor(block_extent(a, c)) != list)
            return false;
    return true;
}

static bool seg_check(const struct alloc *a)
{
    uint32_t count = 0;

    for (unsigned list = 0; list < LISTS; list++) {
        const uint32_t chunks = freelist_count(a, *head_of(a, list), true);

        if (chunks == UINT32_MAX || !in_its_list(a, list) ||
            (chunks > 0) != (a->table[0] >> list & 1))
            return false;
        count += chunks;
    }
    return count == a->free_count;
}

const struct alloc_policy alloc_segregated = {
    .name = "segregated",
    .table = ALLOC_TABLE_SEGREGATED,
    .nodes = 1,
    .lists = LISTS,
    .take = chunk_take,
    .give = chunk_give,
    .extend = chunk_extend,
    .carve = ALLOC_HOST(chunk_carve),
    .missing = chunk_missing,
    .find = seg_find,
    .insert = seg_insert,
    .remove = seg_remove,
    .check = ALLOC_HOST(seg_check),
};
