/*
 * os/alloc/chunk.h - splitting and coalescing, for every policy whose free
 * chunks may be cut at any byte; see chunk.c.
 *
 * All is inlined: where the policy is a constant, so is what it calls. Speed
 * is all that this is for; chunk_take() and chunk_give() are the same for any.
 * Layer: os/alloc/, private.
 */
#ifndef OS_ALLOC_CHUNK_H
#define OS_ALLOC_CHUNK_H

#include "os/alloc/internal.h"

#define CHUNK_INLINE static inline __attribute__((always_inline))

/* The free chunk right below @block, or ALLOC_NONE. */
uint32_t chunk_below(const struct alloc *a, uint32_t block);

/* See chunk_use(). */
CHUNK_INLINE void chunk_use_by(const struct alloc_policy *policy,
                               struct alloc *a, uint32_t chunk, uint32_t need)
{
    const bool splits = block_extent(a, chunk) - need >= a->block_min;

    if (!splits || !policy->replace)
        policy->remove(a, chunk);
    if (!splits) {
        block_use(a, chunk);
        return;
    }

    /* A list's links are read before the block is used: see freelist_replace().
     */
    const uint32_t next = block_word(a, chunk, WORD_NEXT);
    block_use(a, chunk);
    const uint32_t rest = block_split(a, chunk, need);
    block_free(a, rest);
    if (policy->replace) {
        block_set(a, rest, WORD_NEXT, next);
        policy->replace(a, chunk, rest);
    } else {
        policy->insert(a, rest);
    }
}

CHUNK_INLINE void chunk_take_by(const struct alloc_policy *policy,
                                struct alloc *a, uint32_t need,
                                struct alloc_found *found)
{
    found->block = policy->find(a, need, &found->searched);
    if (found->block != ALLOC_NONE)
        chunk_use_by(policy, a, found->block, need);
}

/* Take the free @chunk out, as a used block. Returns if the rover was there. */
CHUNK_INLINE bool chunk_absorb(const struct alloc_policy *policy,
                               struct alloc *a, uint32_t chunk)
{
    const bool roves = a->rover == chunk;

    policy->remove(a, chunk);
    block_use(a, chunk);
    return roves;
}

/* Join @block, used, with its free neighbours. */
CHUNK_INLINE uint32_t chunk_merge(const struct alloc_policy *policy,
                                  struct alloc *a, uint32_t block, bool *roves)
{
    const uint32_t above = block_above(a, block);
    const uint32_t below = chunk_below(a, block);

    if (above != ALLOC_NONE && block_is_chunk(a, above)) {
        *roves |= chunk_absorb(policy, a, above);
        block_join(a, block, above);
    }
    if (below != ALLOC_NONE) {
        *roves |= chunk_absorb(policy, a, below);
        block_join(a, below, block);
        block = below;
    }
    return block;
}

CHUNK_INLINE uint32_t chunk_give_by(const struct alloc_policy *policy,
                                    struct alloc *a, uint32_t block)
{
    bool roves = false;

    if (coalesce_of(a) == ALLOC_COALESCE_ADDRESS)
        block = chunk_merge(policy, a, block, &roves);
    block_free(a, block);
    policy->insert(a, block);
    if (roves)
        a->rover = block;
    return block;
}

#endif /* OS_ALLOC_CHUNK_H */
