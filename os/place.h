/*
 * os/place.h - where images lie in physical memory.
 *
 *      start                                           end
 *        | image | hole  | image | image | hole         |
 *
 * A list of blocks, sorted by base, tiles [start, end): each block is either
 * in use or a hole, and no two holes touch. The list lies beside the simulated
 * memory. Placement is first fit: the lowest hole that is large enough, taken
 * from its low end. OSTEP ch. 15 ("free list") and ch. 17.
 *
 * Units: bytes; nothing is aligned. Costs: O(blocks). Layer: os/.
 */
#ifndef OS_PLACE_H
#define OS_PLACE_H

#include "mmu/mmu.h"

/* Read these if you like; only place.c writes them. */
struct place_block {
    struct place_block *next; /* NULL behind the last */
    paddr_t base;
    uint32_t size; /* at least 1 */
    bool used;
};

struct place {
    struct place_block *first; /* never NULL */
    paddr_t start, end;
};

/*
 * One hole that covers [@start, @end); start < end.
 *
 * Returns 0, or -ENOMEM: out of host memory.
 */
int place_init(struct place *place, paddr_t start, paddr_t end);

/* Forget all blocks, used ones too. A place that is all 0 is let be. */
void place_reset(struct place *place);

/*
 * Take @size > 0 bytes.
 *
 * Returns 0 and sets *@base, or leaves everything as it was and returns
 *   -ENOSPC  no hole is large enough
 *   -ENOMEM  out of host memory
 */
int place_alloc(struct place *place, uint32_t size, paddr_t *base);

/*
 * Take the @size > 0 bytes at @base.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  they do not lie inside [start, end)
 *   -EBUSY   one of them is in use
 *   -ENOMEM  out of host memory
 */
int place_alloc_at(struct place *place, paddr_t base, uint32_t size);

/*
 * Make the used block that begins at @base larger: by @below bytes at its low
 * end, then it begins there, and by @above at its high end. Cannot move it.
 *
 * Returns 0, or -EBUSY and leaves everything as it was: some of these bytes are
 * no hole.
 */
int place_extend(struct place *place, paddr_t base, uint32_t below,
                 uint32_t above);

/*
 * The @index-th hole, from the lowest on. False when there is none. Costs
 * O(blocks).
 */
bool place_hole(const struct place *place, unsigned index, paddr_t *base,
                uint32_t *size);

/*
 * Give back the block that begins at @base, and coalesce. Precondition: one
 * in use does. Cannot fail.
 */
void place_free(struct place *place, paddr_t base);

/* Bytes in holes, and the size of the largest hole. */
void place_holes(const struct place *place, uint32_t *bytes, uint32_t *largest);

/* Full walk: the blocks tile [start, end) and no two holes touch. */
bool place_check(const struct place *place);

#endif /* OS_PLACE_H */
