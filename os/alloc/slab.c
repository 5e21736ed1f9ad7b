/*
 * os/alloc/slab.c - caches of equal objects over a list; see alloc.h.
 *
 * Decisions of the model:
 * - A slab is a chunk of the list cut into OBJECTS blocks that lie side by
 *   side; the first of them carries a mark. There is no other record of it:
 *   when slabs are wanted back, all blocks are walked.
 * - A cache that can get no slab is served by the list, one chunk at a time.
 * - What cutting leaves over stays with the slab's last object.
 * - The table: the caches' lists, by k for objects of 2^k bytes.
 */
#include "os/alloc/internal.h"

#define OBJECTS    8u
#define CLASS_MIN  3u
#define CLASS_MAX  10u
#define BOOT_SHARE 8u /* a prepared slab is at most 1/8 of the heap */

_Static_assert(ALLOC_TABLE_SLAB > CLASS_MAX, "a list for each class");

static unsigned class_min(const struct alloc *a)
{
    return is_beside(a) ? CLASS_MIN : log2_ceil(a->block_min);
}

/* The cache for @need bytes; above CLASS_MAX: there is none. */
static unsigned class_of(const struct alloc *a, uint32_t need)
{
    const unsigned class = log2_ceil(need);

    return class < class_min(a) ? class_min(a) : class;
}

static uint32_t *cache_of(const struct alloc *a, unsigned class)
{
    return &a->table[class];
}

static uint32_t *cache_of_object(const struct alloc *a, uint32_t object)
{
    return cache_of(a, log2_floor(block_extent(a, object)));
}

/* Objects are free blocks, but no chunks: neighbours are told nothing. */
static void free_object(struct alloc *a, uint32_t object)
{
    a->free_count++;
    a->free_bytes += block_extent(a, object);
    if (is_beside(a))
        block_set_flags(a, object, block_flags(a, object) & ~BLOCK_USED);
    else
        block_set(a, object, WORD_NEXT, ALLOC_NONE);
    freelist_push(a, cache_of_object(a, object), object);
}

static void use_object(struct alloc *a, uint32_t object)
{
    freelist_remove(a, cache_of_object(a, object), object);
    a->free_count--;
    a->free_bytes -= block_extent(a, object);
    if (is_beside(a))
        block_set_flags(a, object, block_flags(a, object) | BLOCK_USED);
    else
        block_set(a, object, WORD_NEXT, magic_of(a));
}

static void mark(struct alloc *a, uint32_t object, uint32_t marks)
{
    block_set_flags(a, object, block_flags(a, object) | marks);
}

/* Cut @slab, used, into free objects; the lowest will be given first. */
static void cut(struct alloc *a, uint32_t slab, unsigned class)
{
    for (uint32_t i = OBJECTS - 1; i > 0; i--) {
        const uint32_t object = block_split(a, slab, i << class);

        mark(a, object, BLOCK_OBJECT);
        free_object(a, object);
    }
    mark(a, slab, BLOCK_OBJECT | BLOCK_SLAB);
    free_object(a, slab);
}

static bool make_slab(struct alloc *a, unsigned class, uint32_t *searched)
{
    struct alloc_found found = {0};

    chunk_take(a, OBJECTS << class, &found);
    *searched += found.searched;
    if (found.block == ALLOC_NONE)
        return false;
    cut(a, found.block, class);
    return true;
}

static bool is_all_free(const struct alloc *a, uint32_t slab)
{
    for (uint32_t i = 0; i < OBJECTS; i++) {
        if (block_is_used(a, slab))
            return false;
        slab = block_above(a, slab);
    }
    return true;
}

/* A slab of free objects becomes a chunk of the list; returns that. */
static uint32_t dissolve(struct alloc *a, uint32_t slab)
{
    const uint32_t keep = BLOCK_BELOW_FREE | BLOCK_USED;

    use_object(a, slab);
    block_set_flags(a, slab, block_flags(a, slab) & keep);
    for (uint32_t i = 1; i < OBJECTS; i++) {
        const uint32_t object = block_above(a, slab);

        use_object(a, object);
        block_join(a, slab, object);
    }
    return chunk_give(a, slab);
}

/* Take back all slabs without a used object. Whether there was one. */
static bool reap(struct alloc *a)
{
    bool any = false;

    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b)) {
        if (!(block_flags(a, b) & BLOCK_SLAB) || !is_all_free(a, b))
            continue;
        b = dissolve(a, b);
        any = true;
    }
    return any;
}

static bool take_object(struct alloc *a, unsigned class,
                        struct alloc_found *found)
{
    if (*cache_of(a, class) == ALLOC_NONE &&
        !make_slab(a, class, &found->searched))
        return false;
    found->searched++;
    found->block = *cache_of(a, class);
    use_object(a, found->block);
    return true;
}

static void take_chunk(struct alloc *a, uint32_t need,
                       struct alloc_found *found)
{
    uint32_t searched = 0;

    found->block = fit_first(a, need, &searched);
    found->searched += searched;
    if (found->block != ALLOC_NONE)
        chunk_use(a, found->block, need);
}

static void slab_take(struct alloc *a, uint32_t need, struct alloc_found *found)
{
    const unsigned class = class_of(a, need);

    if (class <= CLASS_MAX && take_object(a, class, found))
        return;
    take_chunk(a, need, found);
    if (found->block == ALLOC_NONE && reap(a))
        take_chunk(a, need, found);
}

static uint32_t slab_give(struct alloc *a, uint32_t block)
{
    if (!(block_flags(a, block) & BLOCK_OBJECT))
        return chunk_give(a, block);
    free_object(a, block);
    return block;
}

static bool slab_boot(struct alloc *a)
{
    uint32_t searched = 0;

    for (unsigned c = class_min(a); c <= CLASS_MAX; c++) {
        if (OBJECTS << c > a->size / BOOT_SHARE)
            break;
        if (!block_reserve(a, policy_of(a)->nodes))
            return false;
        make_slab(a, c, &searched);
    }
    return true;
}

/* A whole slab: one object would do, but the next ones would not. */
static uint32_t slab_missing(const struct alloc *a, uint32_t need)
{
    const unsigned class = class_of(a, need);

    return chunk_missing(a, class <= CLASS_MAX ? OBJECTS << class : need);
}

static bool caches_check(const struct alloc *a)
{
    uint32_t count = 0;

    for (unsigned c = 0; c <= CLASS_MAX; c++) {
        const uint32_t objects = freelist_count(a, *cache_of(a, c), false);

        if (objects == UINT32_MAX)
            return false;
        for (uint32_t b = *cache_of(a, c); b != ALLOC_NONE;
             b = block_word(a, b, WORD_NEXT))
            if (!(block_flags(a, b) & BLOCK_OBJECT) ||
                log2_floor(block_extent(a, b)) != c)
                return false;
        count += objects;
    }
    return count == block_count_free(a, true);
}

/* Objects come in slabs: eight of a size, the first one marked. */
static bool slabs_check(const struct alloc *a)
{
    uint32_t left = 0; /* objects of this slab that are to come */
    uint32_t class = 0;

    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b)) {
        const uint32_t flags = block_flags(a, b);

        if ((left > 0) !=
            ((flags & (BLOCK_OBJECT | BLOCK_SLAB)) == BLOCK_OBJECT))
            return false;
        if (flags & BLOCK_SLAB) {
            if (!(flags & BLOCK_OBJECT))
                return false;
            left = OBJECTS;
            class = log2_floor(block_extent(a, b));
        }
        if (left > 0 && log2_floor(block_extent(a, b)) != class)
            return false;
        left -= left > 0;
    }
    return left == 0;
}

static bool slab_check(const struct alloc *a)
{
    return slabs_check(a) && caches_check(a) &&
           freelist_count(a, a->head, true) == block_count_free(a, false);
}

const struct alloc_policy alloc_slab = {
    .name = "slab",
    .table = ALLOC_TABLE_SLAB,
    .flags = BLOCK_OBJECT | BLOCK_SLAB,
    .nodes = OBJECTS + 1,
    .lists = 1,
    .merges = true,
    .boot = slab_boot,
    .take = slab_take,
    .give = slab_give,
    .extend = chunk_extend,
    .missing = slab_missing,
    .find = fit_first,
    .insert = fit_insert,
    .remove = fit_remove,
    .replace = fit_replace,
    .check = ALLOC_HOST(slab_check),
};
