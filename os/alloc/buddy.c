/*
 * os/alloc/buddy.c - binary buddies; see alloc.h.
 *
 * Decisions of the model:
 * - The buddy of a block of 2^k bytes is the block of 2^k bytes whose offset
 *   differs in bit k. A heap that is no power of two begins as the largest
 *   blocks that fit at multiples of their size; two of those are never
 *   buddies unless both are there.
 * - What is left at the end and holds no block is not part of the heap.
 * - The table: one list for each k.
 */
#include "os/alloc/internal.h"

#define SIZES 32u

_Static_assert(ALLOC_TABLE_BUDDY == SIZES, "a list for each size");

static uint32_t offset_of(const struct alloc *a, uint32_t block)
{
    return block_address(a, block) - a->base;
}

static void put(struct alloc *a, uint32_t block)
{
    block_free(a, block);
    freelist_push(a, &a->table[log2_floor(block_extent(a, block))], block);
}

static void pull(struct alloc *a, uint32_t block)
{
    freelist_remove(a, &a->table[log2_floor(block_extent(a, block))], block);
    block_use(a, block);
}

/* Halve the used @block of 2^@have bytes until it has 2^@want. */
static void halve(struct alloc *a, uint32_t block, unsigned have, unsigned want)
{
    while (have > want) {
        have--;
        put(a, block_split(a, block, 1u << have));
    }
}

static void buddy_take(struct alloc *a, uint32_t need,
                       struct alloc_found *found)
{
    const unsigned want = log2_ceil(need);

    for (unsigned have = want; have < SIZES; have++) {
        if (have > 0 && a->size >> have == 0)
            return;
        found->searched++;
        if (a->table[have] != ALLOC_NONE) {
            found->block = a->table[have];
            pull(a, found->block);
            halve(a, found->block, have, want);
            return;
        }
    }
}

/* The block at @offset, if it begins one: the neighbour of @block. */
static uint32_t neighbour_at(const struct alloc *a, uint32_t block,
                             uint32_t offset)
{
    if (offset > offset_of(a, block))
        return block_above(a, block);
    if (!is_beside(a))
        return a->base + offset;

    const uint32_t below = block_word(a, block, WORD_BELOW);
    return offset_of(a, below) == offset ? below : ALLOC_NONE;
}

/* The buddy of @block if it is free and whole, else ALLOC_NONE. */
static uint32_t free_buddy(const struct alloc *a, uint32_t block)
{
    const uint32_t extent = block_extent(a, block);
    const uint32_t buddy = neighbour_at(a, block, offset_of(a, block) ^ extent);

    return buddy != ALLOC_NONE && !block_is_used(a, buddy) &&
                   block_extent(a, buddy) == extent
               ? buddy
               : ALLOC_NONE;
}

static uint32_t buddy_give(struct alloc *a, uint32_t block)
{
    uint32_t buddy = free_buddy(a, block);

    while (buddy != ALLOC_NONE) {
        const bool below = block_address(a, buddy) < block_address(a, block);

        pull(a, buddy);
        block_join(a, below ? buddy : block, below ? block : buddy);
        block = below ? buddy : block;
        buddy = free_buddy(a, block);
    }
    put(a, block);
    return block;
}

/* The largest block that may begin at @offset and has at most @bytes. */
static uint32_t largest_at(uint32_t offset, uint32_t bytes)
{
    const unsigned fits = log2_floor(bytes);
    const unsigned aligned = offset ? (unsigned)__builtin_ctz(offset) : fits;

    return 1u << (aligned < fits ? aligned : fits);
}

static enum alloc_result buddy_extend(struct alloc *a, uint32_t bytes)
{
    /* At most two blocks of each size. */
    if (!block_reserve(a, 2 * SIZES))
        return ALLOC_NO_NODES;
    while (bytes >= a->block_min) {
        const uint32_t extent = largest_at(a->size, bytes);

        if (extent < a->block_min)
            break;
        buddy_give(a, block_append(a, extent));
        bytes -= extent;
    }
    return ALLOC_OK;
}

/* A free block, halved towards @address until it begins there. */
static uint32_t buddy_carve(struct alloc *a, uint32_t block, uint32_t address,
                            uint32_t need)
{
    const uint32_t want = 1u << log2_ceil(need);

    if ((address - a->base) % want != 0 ||
        address - block_address(a, block) > block_extent(a, block) - want)
        return ALLOC_NONE;
    pull(a, block);
    while (block_extent(a, block) > want) {
        const uint32_t high = block_split(a, block, block_extent(a, block) / 2);
        const bool in_high = address >= block_address(a, high);

        put(a, in_high ? block : high);
        block = in_high ? high : block;
    }
    return block;
}

/* Up to a multiple of the block's size, and the block. */
static uint32_t buddy_missing(const struct alloc *a, uint32_t need)
{
    const unsigned want = log2_ceil(need);

    if (want >= SIZES - 1)
        return UINT32_MAX;
    const uint32_t size = 1u << want;
    return (size - a->size % size) % size + size;
}

static bool is_aligned(const struct alloc *a, uint32_t block)
{
    const uint32_t extent = block_extent(a, block);

    return (extent & (extent - 1)) == 0 && offset_of(a, block) % extent == 0;
}

static bool lists_check(const struct alloc *a)
{
    uint32_t count = 0;

    for (unsigned k = 0; k < SIZES; k++) {
        const uint32_t blocks = freelist_count(a, a->table[k], false);

        if (blocks == UINT32_MAX)
            return false;
        for (uint32_t b = a->table[k]; b != ALLOC_NONE;
             b = block_word(a, b, WORD_NEXT))
            if (block_extent(a, b) != 1u << k)
                return false;
        count += blocks;
    }
    return count == a->free_count;
}

/* Every block is where it may be, and no two free ones are buddies. */
static bool buddy_check(const struct alloc *a)
{
    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b))
        if (!is_aligned(a, b) ||
            (!block_is_used(a, b) && free_buddy(a, b) != ALLOC_NONE))
            return false;
    return lists_check(a);
}

const struct alloc_policy alloc_buddy = {
    .name = "buddy",
    .table = ALLOC_TABLE_BUDDY,
    .nodes = SIZES,
    .merges = true,
    .whole = true,
    .take = buddy_take,
    .give = buddy_give,
    .extend = buddy_extend,
    .carve = ALLOC_HOST(buddy_carve),
    .missing = buddy_missing,
    .check = ALLOC_HOST(buddy_check),
};
