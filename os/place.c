/*
 * os/place.c - first fit; see place.h for the picture.
 *
 * Decisions of the model:
 * - Images in use are on the list too, so that giving one back never needs
 *   host memory and a block that was never taken is noticed.
 * - A new image is cut from the middle of one hole: an empty piece on either
 *   side is no block. All host memory is taken before the list changes.
 */
#include "os/place.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static struct place_block *block_create(paddr_t base, uint32_t size)
{
    struct place_block *block = calloc(1, sizeof(*block));

    if (!block)
        return NULL;
    block->base = base;
    block->size = size;
    return block;
}

int place_init(struct place *place, paddr_t start, paddr_t end)
{
    assert(start < end);

    struct place_block *hole = block_create(start, end - start);
    if (!hole)
        return -ENOMEM;
    *place = (struct place){.first = hole, .start = start, .end = end};
    return 0;
}

void place_reset(struct place *place)
{
    while (place->first) {
        struct place_block *gone = place->first;

        place->first = gone->next;
        free(gone);
    }
}

/* Use [base, base + size) of @hole; what is left on either side stays free. */
static int carve(struct place_block *hole, paddr_t base, uint32_t size)
{
    const uint32_t before = base - hole->base;
    const uint32_t after = hole->size - before - size;
    struct place_block *image = hole;
    struct place_block *rest = NULL;

    if (before > 0)
        image = block_create(base, size);
    if (after > 0)
        rest = block_create(base + size, after);
    if (!image || (after > 0 && !rest)) {
        if (image != hole)
            free(image);
        free(rest);
        return -ENOMEM;
    }

    if (rest) {
        rest->next = hole->next;
        hole->next = rest;
    }
    if (image != hole) {
        image->next = hole->next;
        hole->next = image;
        hole->size = before;
    }
    image->size = size;
    image->used = true;
    return 0;
}

int place_alloc(struct place *place, uint32_t size, paddr_t *base)
{
    assert(size > 0);

    for (struct place_block *b = place->first; b; b = b->next) {
        if (b->used || b->size < size)
            continue;

        const paddr_t found = b->base;
        const int err = carve(b, found, size);
        if (!err)
            *base = found;
        return err;
    }
    return -ENOSPC;
}

int place_alloc_at(struct place *place, paddr_t base, uint32_t size)
{
    assert(size > 0);

    if (base < place->start || base >= place->end || size > place->end - base)
        return -EINVAL;

    struct place_block *b = place->first;
    while (base - b->base >= b->size)
        b = b->next;
    if (b->used || size > b->size - (base - b->base))
        return -EBUSY;
    return carve(b, base, size);
}

/* Take @size bytes from @hole, at its low end or its high end. */
static void shrink_hole(struct place_block *hole, uint32_t size, bool low)
{
    hole->size -= size;
    if (low)
        hole->base += size;
}

/* Leave @hole, which @before points at, out of the list if it is empty. */
static void drop_empty(struct place_block **before)
{
    struct place_block *hole = *before;

    if (hole->size > 0)
        return;
    *before = hole->next;
    free(hole);
}

static bool has_room(const struct place_block *hole, uint32_t size)
{
    return size == 0 || (hole && !hole->used && hole->size >= size);
}

int place_extend(struct place *place, paddr_t base, uint32_t below,
                 uint32_t above)
{
    struct place_block **link = &place->first; /* to the one before */
    struct place_block *block = place->first;
    struct place_block *before = NULL;

    while (block && block->base != base) {
        if (before)
            link = &before->next;
        before = block;
        block = block->next;
    }
    assert(block && block->used);
    if (!has_room(before, below) || !has_room(block->next, above))
        return -EBUSY;

    block->base -= below;
    block->size += below + above;
    if (above > 0) {
        shrink_hole(block->next, above, true);
        drop_empty(&block->next);
    }
    if (below > 0) {
        shrink_hole(before, below, false);
        drop_empty(link);
    }
    return 0;
}

bool place_hole(const struct place *place, unsigned index, paddr_t *base,
                uint32_t *size)
{
    for (const struct place_block *b = place->first; b; b = b->next) {
        if (b->used || index-- > 0)
            continue;
        *base = b->base;
        *size = b->size;
        return true;
    }
    return false;
}

/* Make @block and the hole behind it one. */
static void absorb_next(struct place_block *block)
{
    struct place_block *gone = block->next;

    block->size += gone->size;
    block->next = gone->next;
    free(gone);
}

void place_free(struct place *place, paddr_t base)
{
    struct place_block *before = NULL;
    struct place_block *b = place->first;

    while (b && b->base != base) {
        before = b;
        b = b->next;
    }
    assert(b && b->used);

    b->used = false;
    if (b->next && !b->next->used)
        absorb_next(b);
    if (before && !before->used)
        absorb_next(before);
}

void place_holes(const struct place *place, uint32_t *bytes, uint32_t *largest)
{
    *bytes = 0;
    *largest = 0;
    for (const struct place_block *b = place->first; b; b = b->next) {
        if (b->used)
            continue;
        *bytes += b->size;
        if (b->size > *largest)
            *largest = b->size;
    }
}

bool place_check(const struct place *place)
{
    paddr_t at = place->start;
    bool after_hole = false;

    for (const struct place_block *b = place->first; b; b = b->next) {
        if (b->base != at || b->size == 0 || b->size > place->end - at)
            return false;
        if (!b->used && after_hole)
            return false;
        after_hole = !b->used;
        at += b->size;
    }
    return at == place->end;
}
