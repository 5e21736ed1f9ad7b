/*
 * os/place.c - images in physical memory; see place.h. What a policy does is
 * in os/alloc/.
 */
#include "os/place.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static bool resize(void *ctx, void **memory, size_t bytes)
{
    (void)ctx;
    if (bytes == 0) {
        free(*memory);
        return true;
    }

    void *more = realloc(*memory, bytes);
    if (!more)
        return false;
    *memory = more;
    return true;
}

int place_init(struct place *place, paddr_t start, paddr_t end,
               const struct alloc_policy *policy, uint32_t slot_size)
{
    struct place made = {.start = start, .end = end};

    assert(start < end);
    made.table = calloc(ALLOC_TABLE_WORDS, sizeof(*made.table));
    if (!made.table)
        return -ENOMEM;

    const struct alloc_config config = {
        .policy = policy,
        .order = ALLOC_BY_ADDRESS,
        .coalesce = ALLOC_COALESCE_ADDRESS,
        .base = start,
        .size = end - start,
        .align = 1,
        .slot_size = slot_size,
        .table = made.table,
        .nodes = {.resize = resize},
    };
    const enum alloc_result result = alloc_init(&made.alloc, &config);
    assert(result != ALLOC_WRONG);
    if (result != ALLOC_OK) {
        free(made.table);
        return -ENOMEM;
    }
    *place = made;
    return 0;
}

void place_reset(struct place *place)
{
    alloc_reset(&place->alloc);
    free(place->table);
    *place = (struct place){.start = place->start, .end = place->end};
}

int place_alloc(struct place *place, uint32_t size, paddr_t *base)
{
    struct alloc_found found;

    switch (alloc_take(&place->alloc, size, &found)) {
    case ALLOC_OK:
        *base = alloc_address(&place->alloc, found.block);
        return 0;
    case ALLOC_NO_NODES:
        return -ENOMEM;
    case ALLOC_FULL:
    case ALLOC_WRONG:
    case ALLOC_BUSY:
        break;
    }
    return -ENOSPC;
}

int place_alloc_at(struct place *place, paddr_t base, uint32_t size)
{
    uint32_t block;

    if (base < place->start || base >= place->end || size > place->end - base)
        return -EINVAL;
    switch (alloc_take_at(&place->alloc, base, size, &block)) {
    case ALLOC_OK:
        return 0;
    case ALLOC_NO_NODES:
        return -ENOMEM;
    case ALLOC_BUSY:
        return -EBUSY;
    case ALLOC_FULL:
    case ALLOC_WRONG:
        break;
    }
    return -ENOTSUP;
}

static uint32_t block_at(const struct place *place, paddr_t base)
{
    uint32_t b = alloc_lowest(&place->alloc);

    while (b != ALLOC_NONE && alloc_address(&place->alloc, b) != base)
        b = alloc_above(&place->alloc, b);
    return b;
}

int place_extend(struct place *place, paddr_t base, uint32_t below,
                 uint32_t above)
{
    const uint32_t block = block_at(place, base);

    assert(block != ALLOC_NONE);
    switch (alloc_widen(&place->alloc, block, below, above)) {
    case ALLOC_OK:
        return 0;
    case ALLOC_NO_NODES:
        return -ENOMEM;
    case ALLOC_BUSY:
        return -EBUSY;
    case ALLOC_FULL:
    case ALLOC_WRONG:
        break;
    }
    return -ENOTSUP;
}

/* Giving back leaves the nodes that taking again needs. */
void place_slide(struct place *place, paddr_t base, paddr_t to)
{
    const uint32_t block = block_at(place, base);
    const uint32_t size = alloc_extent(&place->alloc, block);
    uint32_t taken;

    alloc_give(&place->alloc, block);
    const enum alloc_result result =
        alloc_take_at(&place->alloc, to, size, &taken);
    assert(result == ALLOC_OK);
}

void place_free(struct place *place, paddr_t base)
{
    const uint32_t block = block_at(place, base);

    assert(block != ALLOC_NONE && alloc_is_used(&place->alloc, block));
    alloc_give(&place->alloc, block);
}

static void describe(const struct place *place, uint32_t block,
                     struct place_block *out)
{
    *out = (struct place_block){
        .base = alloc_address(&place->alloc, block),
        .size = alloc_extent(&place->alloc, block),
        .used = alloc_is_used(&place->alloc, block),
    };
}

bool place_next(const struct place *place, uint32_t *at,
                struct place_block *out)
{
    *at = *at == ALLOC_NONE ? alloc_lowest(&place->alloc)
                            : alloc_above(&place->alloc, *at);
    if (*at == ALLOC_NONE)
        return false;
    describe(place, *at, out);
    return true;
}

bool place_find(const struct place *place, paddr_t base,
                struct place_block *out)
{
    const uint32_t block = block_at(place, base);

    if (block == ALLOC_NONE)
        return false;
    describe(place, block, out);
    return true;
}

void place_holes(const struct place *place, uint32_t *bytes, uint32_t *largest)
{
    *bytes = place->alloc.free_bytes;
    *largest = alloc_largest(&place->alloc);
}

bool place_check(const struct place *place)
{
    return place->alloc.base == place->start &&
           place->alloc.size <= place->end - place->start &&
           alloc_check(&place->alloc);
}
