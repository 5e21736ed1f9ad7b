/*
 * os/place.h - where images lie in physical memory.
 *
 *      start                                           end
 *        | image | hole  | image | image | hole         |
 *
 * An allocator of os/alloc/ with its nodes beside the simulated memory, on
 * host memory: no header, nothing aligned, neighbours coalesce, lists are kept
 * by address. A block is in use or a hole; with slots and buddies it may be
 * larger than what was asked for. OSTEP ch. 15 ("free list") and ch. 17.
 *
 * Units: bytes. Costs: O(blocks). Layer: os/.
 */
#ifndef OS_PLACE_H
#define OS_PLACE_H

#include "mmu/mmu.h"
#include "os/alloc/alloc.h"

struct place_block {
    paddr_t base;
    uint32_t size; /* at least 1 */
    bool used;
};

struct place {
    struct alloc alloc;
    uint32_t *table; /* the policy's; owned */
    paddr_t start, end;
};

/*
 * [@start, @end), start < end, all holes, under @policy; @slot_size > 0 is for
 * slots.
 *
 * Returns 0, or leaves @place alone and returns
 *   -ENOMEM  out of host memory
 */
int place_init(struct place *place, paddr_t start, paddr_t end,
               const struct alloc_policy *policy, uint32_t slot_size);

/* Forget all blocks, used ones too. A place that is all 0 is let be. */
void place_reset(struct place *place);

/*
 * Take @size > 0 bytes.
 *
 * Returns 0 and sets *@base, or leaves everything as it was and returns
 *   -ENOSPC  the policy finds no hole for them
 *   -ENOMEM  out of host memory
 */
int place_alloc(struct place *place, uint32_t size, paddr_t *base);

/*
 * Take the @size > 0 bytes at @base.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL   they do not lie inside [start, end)
 *   -EBUSY    one of them is in use
 *   -ENOTSUP  under this policy no block of this size begins there
 *   -ENOMEM   out of host memory
 */
int place_alloc_at(struct place *place, paddr_t base, uint32_t size);

/*
 * Make the used block that begins at @base larger: by @below bytes at its low
 * end, then it begins there, and by @above at its high end. Cannot move it.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EBUSY    some of these bytes are no hole
 *   -ENOTSUP  this policy's blocks have fixed sizes
 *   -ENOMEM   out of host memory
 */
int place_extend(struct place *place, paddr_t base, uint32_t below,
                 uint32_t above);

/*
 * Let the used block that begins at @base begin at @to, where nothing but a
 * hole lies between. Its bytes are not moved. Precondition: the policy's blocks
 * begin anywhere. Cannot fail.
 */
void place_slide(struct place *place, paddr_t base, paddr_t to);

/*
 * Give back the block that begins at @base, and coalesce. Precondition: one
 * in use does. Cannot fail.
 */
void place_free(struct place *place, paddr_t base);

/*
 * Walk over all blocks, lowest first: *@at is ALLOC_NONE before the first.
 * Returns true and fills *@out, or false behind the last.
 */
bool place_next(const struct place *place, uint32_t *at,
                struct place_block *out);

/* The block that begins at @base. Returns false if none does. */
bool place_find(const struct place *place, paddr_t base,
                struct place_block *out);

/* Bytes in holes, and the size of the largest hole. */
void place_holes(const struct place *place, uint32_t *bytes, uint32_t *largest);

/* Full walk: alloc_check(), and the blocks lie in [start, end). */
bool place_check(const struct place *place);

#endif /* OS_PLACE_H */
