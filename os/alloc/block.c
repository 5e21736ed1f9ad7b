/*
 * os/alloc/block.c - blocks, beside the heap or embedded in it; see internal.h.
 *
 * Decisions of the model:
 * - A node's number is its place in the memory for nodes, in bytes. Number 0
 *   is never used, so it can mean none. When that memory moves, numbers stay.
 * - Nodes are reserved before anything changes, so what follows cannot fail.
 * - Embedded, a free block is told from a used one by its second word: a link
 *   is a multiple of 4 and the magic is not.
 */
#include "os/alloc/internal.h"

#define NODES_AT_FIRST 64u

static uint32_t *foot(const struct alloc *a, uint32_t block)
{
    return block_words(a, block + block_extent(a, block)) - 1;
}

uint32_t block_below_chunk(const struct alloc *a, uint32_t block)
{
    if (is_beside(a)) {
        const uint32_t below = block_word(a, block, WORD_BELOW);

        return below != ALLOC_NONE && block_is_chunk(a, below) ? below
                                                               : ALLOC_NONE;
    }
    if (!(block_flags(a, block) & BLOCK_BELOW_FREE))
        return ALLOC_NONE;
    return block - block_words(a, block)[-1];
}

void block_set_extent(struct alloc *a, uint32_t block, uint32_t extent)
{
    const uint32_t flags = block_word(a, block, WORD_SIZE) & flag_mask(a);

    block_set(a, block, WORD_SIZE, (extent - size_bias(a)) | flags);
}

void block_set_flags(struct alloc *a, uint32_t block, uint32_t flags)
{
    if (is_beside(a))
        block_set(a, block, WORD_FLAGS, flags);
    else
        block_set(a, block, WORD_SIZE,
                  (block_word(a, block, WORD_SIZE) & ~flag_mask(a)) |
                      (flags & flag_mask(a)));
}

/* Tell the block above, or the end mark, what this one is. */
static void tell_above(struct alloc *a, uint32_t block, bool is_free)
{
    uint32_t *size = block_words(a, block + block_extent(a, block));

    *size = is_free ? *size | BLOCK_BELOW_FREE : *size & ~BLOCK_BELOW_FREE;
}

void block_use(struct alloc *a, uint32_t block)
{
    a->free_count--;
    a->free_bytes -= block_extent(a, block);
    if (is_beside(a)) {
        block_words(a, block)[WORD_FLAGS] |= BLOCK_USED;
        return;
    }
    block_set(a, block, WORD_NEXT, magic_of(a));
    if (has_tags(a))
        tell_above(a, block, false);
}

void block_free(struct alloc *a, uint32_t block)
{
    a->free_count++;
    a->free_bytes += block_extent(a, block);
    if (is_beside(a)) {
        block_words(a, block)[WORD_FLAGS] &= ~BLOCK_USED;
        return;
    }
    block_set(a, block, WORD_NEXT, ALLOC_NONE);
    if (has_tags(a)) {
        *foot(a, block) = block_extent(a, block);
        tell_above(a, block, true);
    }
}

static bool grow_nodes(struct alloc *a, uint32_t count)
{
    uint64_t want = a->node_size ? 2 * (uint64_t)a->node_size
                                 : NODES_AT_FIRST * ALLOC_NODE_SIZE;
    const uint64_t least =
        (uint64_t)a->node_end + (uint64_t)count * ALLOC_NODE_SIZE;
    void *memory = a->bytes;

    if (want < least)
        want = least;
    if (want > UINT32_MAX || !a->nodes.resize(a->nodes.ctx, &memory, want))
        return false;
    a->bytes = memory;
    a->node_size = (uint32_t)want;
    if (is_indexed(a) && !index_resize(a, a->node_size))
        index_drop(a); /* lists can be walked */
    return true;
}

bool block_reserve(struct alloc *a, uint32_t count)
{
    if (!is_beside(a) || a->spare_count >= count)
        return true;
    count -= a->spare_count;
    return (uint64_t)a->node_end + (uint64_t)count * ALLOC_NODE_SIZE <=
               a->node_size ||
           grow_nodes(a, count);
}

static uint32_t new_node(struct alloc *a)
{
    const uint32_t node = a->spare;

    if (node != ALLOC_NONE) {
        a->spare = block_word(a, node, WORD_NEXT);
        a->spare_count--;
        return node;
    }
    a->node_end += ALLOC_NODE_SIZE;
    return a->node_end - ALLOC_NODE_SIZE;
}

static void drop_node(struct alloc *a, uint32_t node)
{
    block_set(a, node, WORD_FLAGS, 0);
    block_set(a, node, WORD_SIZE, 0); /* no block has this extent */
    block_set(a, node, WORD_NEXT, a->spare);
    a->spare = node;
    a->spare_count++;
}

/* A used node with [@address, @address + @extent), between its neighbours. */
static uint32_t insert_node(struct alloc *a, uint32_t address, uint32_t extent,
                            uint32_t below, uint32_t above)
{
    const uint32_t node = new_node(a);
    uint32_t *words = block_words(a, node);

    words[WORD_SIZE] = extent;
    words[WORD_ADDRESS] = address;
    words[WORD_BELOW] = below;
    words[WORD_ABOVE] = above;
    words[WORD_FLAGS] = BLOCK_USED;
    if (below == ALLOC_NONE)
        a->lowest = node;
    else
        block_set(a, below, WORD_ABOVE, node);
    if (above == ALLOC_NONE)
        a->highest = node;
    else
        block_set(a, above, WORD_BELOW, node);
    return node;
}

/* A used block's header; what was there before is no flag of it. */
static uint32_t write_header(struct alloc *a, uint32_t block, uint32_t extent,
                             uint32_t flags)
{
    block_set(a, block, WORD_SIZE, (extent - size_bias(a)) | flags);
    block_set(a, block, WORD_NEXT, magic_of(a));
    return block;
}

uint32_t block_split(struct alloc *a, uint32_t block, uint32_t extent)
{
    const uint32_t rest = block_extent(a, block) - extent;

    if (!is_beside(a)) {
        block_set_extent(a, block, extent);
        return write_header(a, block + extent, rest, 0);
    }
    block_set_extent(a, block, extent);
    return insert_node(a, block_address(a, block) + extent, rest, block,
                       block_word(a, block, WORD_ABOVE));
}

void block_join(struct alloc *a, uint32_t low, uint32_t high)
{
    block_set_extent(a, low, block_extent(a, low) + block_extent(a, high));
    if (!is_beside(a)) {
        block_set(a, high, WORD_SIZE, 0); /* no longer a header */
        block_set(a, high, WORD_NEXT, 0);
        return;
    }

    const uint32_t above = block_word(a, high, WORD_ABOVE);
    block_set(a, low, WORD_ABOVE, above);
    if (above == ALLOC_NONE)
        a->highest = low;
    else
        block_set(a, above, WORD_BELOW, low);
    drop_node(a, high);
}

uint32_t block_append(struct alloc *a, uint32_t extent)
{
    const uint32_t end = a->base + a->size;

    a->size += extent;
    if (is_beside(a))
        return insert_node(a, end, extent, a->highest, ALLOC_NONE);

    const uint32_t flags =
        has_tags(a) ? block_word(a, end, WORD_SIZE) & BLOCK_BELOW_FREE : 0;
    write_header(a, end, extent, flags);
    if (has_tags(a))
        write_header(a, end + extent, size_bias(a), 0);
    return end;
}

bool block_plausible(const struct alloc *a, uint32_t block)
{
    if (is_beside(a))
        return block >= ALLOC_NODE_SIZE && block < a->node_end &&
               block % ALLOC_NODE_SIZE == 0 &&
               block_word(a, block, WORD_SIZE) != 0;
    return block - a->base < a->size &&
           (block - a->base) % (has_tags(a) ? 8 : 4) == 0 &&
           a->size - (block - a->base) >= a->block_min;
}

/* Flags that mean something here. */
static bool flags_check(const struct alloc *a, uint32_t block)
{
    const uint32_t known =
        policy_of(a)->flags | (is_beside(a) ? BLOCK_USED : BLOCK_BELOW_FREE);

    return (block_flags(a, block) & ~known) == 0;
}

/* One block of the walk: it begins at @address, and ends inside. */
static bool tile_check(const struct alloc *a, uint32_t block, uint32_t below,
                       uint32_t at)
{
    const uint32_t extent = block_extent(a, block);

    if (block_address(a, block) != a->base + at || extent < a->block_min ||
        extent > a->size - at || !flags_check(a, block))
        return false;
    if (is_beside(a))
        return block_word(a, block, WORD_BELOW) == below;
    if (extent % align_of(a) != 0)
        return false;
    if (!has_tags(a))
        return true;
    if (block_is_chunk(a, block) && *foot(a, block) != extent)
        return false;
    return (below != ALLOC_NONE && block_is_chunk(a, below)) ==
           ((block_flags(a, block) & BLOCK_BELOW_FREE) != 0);
}

static bool end_check(const struct alloc *a, uint32_t last)
{
    if (is_beside(a))
        return a->highest == last;
    if (!has_tags(a))
        return true;

    const uint32_t mark = a->base + a->size;
    const bool below = last != ALLOC_NONE && block_is_chunk(a, last);
    return block_word(a, mark, WORD_SIZE) == (below ? BLOCK_BELOW_FREE : 0) &&
           block_word(a, mark, WORD_NEXT) == magic_of(a);
}

bool block_check(const struct alloc *a)
{
    uint32_t below = ALLOC_NONE, at = 0, count = 0, bytes = 0;

    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b)) {
        if (!block_plausible(a, b) || !tile_check(a, b, below, at))
            return false;
        at += block_extent(a, b);
        if (!block_is_used(a, b)) {
            count++;
            bytes += block_extent(a, b);
        }
        below = b;
    }
    return at == a->size && count == a->free_count && bytes == a->free_bytes &&
           end_check(a, below);
}

uint32_t block_count_free(const struct alloc *a, bool objects)
{
    uint32_t count = 0;

    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b))
        count += !block_is_used(a, b) && block_is_chunk(a, b) == !objects;
    return count;
}
