/*
 * os/alloc/chunk.c - splitting and coalescing, for every policy whose free
 * chunks may be cut at any byte.
 *
 * Decisions of the model:
 * - A chunk is split if what is left can be a block, else handed out whole.
 * - Coalescing by address takes both neighbours out of the structure and puts
 *   the whole in as one chunk. Without tags the neighbours are looked for on
 *   the list.
 * - Next fit's pointer at a neighbour moves to the whole.
 */
#include "os/alloc/chunk.h"

void chunk_use(struct alloc *a, uint32_t chunk, uint32_t need)
{
    chunk_use_by(policy_of(a), a, chunk, need);
}

void chunk_take(struct alloc *a, uint32_t need, struct alloc_found *found)
{
    found->block = policy_of(a)->find(a, need, &found->searched);
    if (found->block != ALLOC_NONE)
        chunk_use(a, found->block, need);
}

uint32_t chunk_give(struct alloc *a, uint32_t block)
{
    return chunk_give_by(policy_of(a), a, block);
}

/* Without tags: the chunk of the list that ends where @block begins. */
static uint32_t below_on_list(const struct alloc *a, uint32_t block)
{
    uint32_t chunk = a->head;

    while (chunk != ALLOC_NONE && chunk + block_extent(a, chunk) != block)
        chunk = block_word(a, chunk, WORD_NEXT);
    return chunk;
}

uint32_t chunk_below(const struct alloc *a, uint32_t block)
{
    return is_beside(a) || has_tags(a) ? block_below_chunk(a, block)
                                       : below_on_list(a, block);
}

enum alloc_result chunk_extend(struct alloc *a, uint32_t bytes)
{
    if (!block_reserve(a, 1))
        return ALLOC_NO_NODES;
    policy_of(a)->give(a, block_append(a, bytes));
    return ALLOC_OK;
}

/* Generic: out of the structure, cut on both sides, the ends back in. */
uint32_t chunk_carve(struct alloc *a, uint32_t block, uint32_t address,
                     uint32_t need)
{
    const uint32_t before = address - block_address(a, block);
    const uint32_t after = block_extent(a, block) - before - need;
    uint32_t low = ALLOC_NONE;

    if ((before > 0 && before < a->block_min) ||
        (after > 0 && after < a->block_min))
        return ALLOC_NONE;
    policy_of(a)->remove(a, block);
    block_use(a, block);
    if (before > 0) {
        low = block;
        block = block_split(a, block, before);
    }
    if (after > 0) {
        const uint32_t high = block_split(a, block, need);

        block_free(a, high);
        policy_of(a)->insert(a, high);
    }
    if (low != ALLOC_NONE) {
        block_free(a, low);
        policy_of(a)->insert(a, low);
    }
    return block;
}

void chunk_trim(struct alloc *a, uint32_t block, uint32_t need)
{
    if (block_extent(a, block) - need >= a->block_min)
        policy_of(a)->give(a, block_split(a, block, need));
}

/* The chunk at the end of the heap that new bytes would join, or none. */
static uint32_t end_chunk(const struct alloc *a)
{
    if (coalesce_of(a) != ALLOC_COALESCE_ADDRESS || a->size == 0)
        return ALLOC_NONE;
    if (is_beside(a))
        return block_is_chunk(a, a->highest) ? a->highest : ALLOC_NONE;
    return has_tags(a) ? block_below_chunk(a, a->base + a->size) : ALLOC_NONE;
}

uint32_t chunk_missing(const struct alloc *a, uint32_t need)
{
    const uint32_t end = end_chunk(a);
    const uint32_t there = end != ALLOC_NONE ? block_extent(a, end) : 0;

    return need > there ? need - there : 0;
}
