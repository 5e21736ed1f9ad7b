/*
 * os/alloc/heap.c - a heap for programs; see heap.h.
 *
 * Decisions of the model:
 * - It grows by an eighth of what it has, or half of that, and so on, as long
 *   as that is more than what is missing, so that it asks seldom; else by what
 *   the policy wants; else by what would do for the request alone.
 * - Junk goes over the caller's bytes before the block is freed, so a link or
 *   a tag is never lost to it.
 */
#include "os/alloc/heap.h"

#include "os/alloc/internal.h"

enum alloc_result heap_init(struct heap *heap,
                            const struct alloc_config *config)
{
    struct alloc_config c = *config;

    c.header = HEAP_HEADER;
    if (!alloc_is_lean)
        *heap = (struct heap){0};
    return alloc_init(&heap->alloc, &c);
}

static uint8_t *bytes_at(const struct heap *heap, uint32_t address)
{
    return heap->alloc.bytes + (address - heap->alloc.bias);
}

static void count(struct heap *heap, uint32_t taken, uint32_t given)
{
    heap->used += taken;
    heap->used -= given;
    if (heap->used > heap->used_peak)
        heap->used_peak = heap->used;
}

static uint32_t end_of(const struct heap *heap)
{
    return heap->alloc.base + heap->alloc.size + BLOCK_END_MARK;
}

static bool grow_by(struct heap *heap, uint32_t wanted)
{
    struct alloc *a = &heap->alloc;
    const uint32_t mask = align_of(a) - 1;
    const uint32_t bytes = (wanted + mask) & ~mask;
    uint32_t gap = 0;

    if (bytes == 0 || bytes < wanted || bytes > ALLOC_SIZE_MAX - a->size ||
        heap->grow(heap->ctx, end_of(heap), bytes, &gap))
        return false;
    return (gap == 0 || alloc_extend_used(a, gap) == ALLOC_OK) &&
           alloc_extend(a, bytes) == ALLOC_OK;
}

static bool grow(struct heap *heap, uint32_t size)
{
    const uint32_t missing = alloc_missing(&heap->alloc, size);
    const uint32_t alone = size + HEAP_HEADER;
    const bool whole = policy_of(&heap->alloc)->whole;

    if (!heap->grow || missing == UINT32_MAX)
        return false;
    if (!whole)
        for (uint32_t n = heap->alloc.size / 8; n > missing; n /= 2)
            if (grow_by(heap, n))
                return true;
    return grow_by(heap, missing) ||
           (!whole && alone < missing && grow_by(heap, alone));
}

uint32_t heap_take(struct heap *heap, uint32_t size)
{
    struct alloc_found found;

    while (alloc_take(&heap->alloc, size, &found) != ALLOC_OK)
        if (!grow(heap, size))
            return 0;
    count(heap, block_extent(&heap->alloc, found.block) - HEAP_HEADER, 0);
    return found.block + HEAP_HEADER;
}

/* Whether the header, or the free block, at @block makes sense. */
static bool is_sound(const struct alloc *a, uint32_t block)
{
    const uint32_t extent = block_extent(a, block);

    return extent >= a->block_min && (extent & (align_of(a) - 1)) == 0 &&
           extent <= a->size - (block - a->base);
}

/* What tells @block, free, from a used one can be a link. */
static bool link_is_sound(const struct alloc *a, uint32_t block)
{
    const uint32_t link = block_word(a, block, WORD_NEXT);

    return link == ALLOC_NONE || (link - a->base < a->size &&
                                  ((link - a->base) & (align_of(a) - 1)) == 0);
}

/* The neighbour above agrees that a block begins there. */
static bool above_is_sound(const struct alloc *a, uint32_t block)
{
    const uint32_t above = block_above(a, block);

    if (above == ALLOC_NONE)
        return !has_tags(a) ||
               block_word(a, a->base + a->size, WORD_NEXT) == magic_of(a);
    return is_sound(a, above) &&
           !(has_tags(a) && (block_flags(a, above) & BLOCK_BELOW_FREE)) &&
           (block_is_used(a, above) || link_is_sound(a, above));
}

enum heap_fault heap_fault_of(const struct heap *heap, uint32_t address)
{
    const struct alloc *a = &heap->alloc;
    const uint32_t block = address - HEAP_HEADER;

    if (address < HEAP_HEADER || block < a->base ||
        block - a->base >= a->size ||
        ((block - a->base) & (align_of(a) - 1)) != 0)
        return HEAP_FOREIGN;
    if (!block_is_used(a, block))
        return HEAP_NOT_LIVE;
    return is_sound(a, block) && above_is_sound(a, block) ? HEAP_OK
                                                          : HEAP_OVERRUN;
}

enum heap_fault heap_give(struct heap *heap, uint32_t address)
{
    const enum heap_fault fault = heap_fault_of(heap, address);

    if (fault != HEAP_OK)
        return fault;

    const uint32_t size = heap_size_of(heap, address);
    uint8_t *bytes = bytes_at(heap, address);
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = HEAP_JUNK;
    count(heap, 0, size);
    alloc_give(&heap->alloc, address - HEAP_HEADER);
    return HEAP_OK;
}

uint32_t heap_resize(struct heap *heap, uint32_t address, uint32_t size)
{
    const uint32_t block = address - HEAP_HEADER;
    const uint32_t had = heap_size_of(heap, address);
    struct alloc_found found;

    while (alloc_resize(&heap->alloc, block, size, &found) != ALLOC_OK)
        if (!grow(heap, size))
            return 0;

    const uint32_t to = found.block + HEAP_HEADER;
    const uint32_t has = heap_size_of(heap, to);
    if (to == address) {
        count(heap, has, had);
        return to;
    }
    for (uint32_t i = 0; i < had && i < has; i++)
        bytes_at(heap, to)[i] = bytes_at(heap, address)[i];
    count(heap, has, 0);
    heap_give(heap, address);
    return to;
}

uint32_t heap_size_of(const struct heap *heap, uint32_t address)
{
    return block_extent(&heap->alloc, address - HEAP_HEADER) - HEAP_HEADER;
}

bool heap_check(const struct heap *heap)
{
    return alloc_check(&heap->alloc);
}
