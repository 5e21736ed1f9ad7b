/*
 * os/alloc/tree.c - AVL trees of the free chunks by size, then address: best
 * fit in O(log n); see alloc.h.
 *
 * Decisions of the model:
 * - One tree for each class of sizes (classes.h): the same choice as one large
 *   tree gives, but each is so low that a way down is short.
 * - A node's links are its children, its level is the link to its parent and
 *   which side is higher: a chunk that merges leaves without a search.
 */
#include "os/alloc/avl.h"
#include "os/alloc/chunk.h"
#include "os/alloc/classes.h"

static struct avl tree_of(const struct alloc *a, struct class c)
{
    return (struct avl){.bytes = a->bytes,
                        .bias = a->bias,
                        .at = WORD_NEXT,
                        .root = head_of(a, c)};
}

/* What a tree is sorted by. */
static uint64_t key_of(const struct alloc *a, uint32_t chunk)
{
    return (uint64_t)block_extent(a, chunk) << 32 | block_address(a, chunk);
}

static void tree_insert(struct alloc *a, uint32_t chunk)
{
    const struct class c = class_of(block_extent(a, chunk));
    const struct avl t = tree_of(a, c);
    const uint64_t key = key_of(a, chunk);
    uint32_t parent = ALLOC_NONE;
    bool right = false;

    for (uint32_t n = *t.root; n != ALLOC_NONE; n = avl_child(&t, n, right)) {
        parent = n;
        right = key_of(a, n) < key;
    }
    avl_insert(&t, parent, right, chunk);
    class_mark(a, c);
}

static void tree_remove(struct alloc *a, uint32_t chunk)
{
    const struct class c = class_of(block_extent(a, chunk));
    const struct avl t = tree_of(a, c);

    avl_remove(&t, chunk);
    if (*t.root == ALLOC_NONE)
        class_unmark(a, c);
}

/* The smallest chunk of the class that has @need bytes, of equals the lowest */
static uint32_t find_in(const struct alloc *a, struct class c, uint32_t need,
                        uint32_t *searched)
{
    const struct avl t = tree_of(a, c);
    uint32_t found = ALLOC_NONE;

    for (uint32_t n = *t.root; n != ALLOC_NONE;) {
        const bool fits = block_extent(a, n) >= need;

        ++*searched;
        found = fits ? n : found;
        n = avl_child(&t, n, !fits);
    }
    return found;
}

static uint32_t tree_find(struct alloc *a, uint32_t need, uint32_t *searched)
{
    struct class c = class_of(need);
    const uint32_t found = find_in(a, c, need, searched);

    if (found != ALLOC_NONE)
        return found;
    if (++c.column == COLUMNS) {
        c.column = 0;
        c.row++;
    }
    return c.row < ROWS && class_next(a, &c) ? find_in(a, c, need, searched)
                                             : ALLOC_NONE;
}

/* ---- the walker ---- */

/* Where a walk in order stands: nodes whose left side is done. */
struct walk {
    unsigned length;
    uint32_t node[AVL_HEIGHT_MAX];
};

/* Down the left side from @node, @parent's child. False: no tree. */
static bool descend(const struct alloc *a, const struct avl *t,
                    struct walk *walk, uint32_t node, uint32_t parent)
{
    for (; node != ALLOC_NONE; node = avl_child(t, node, false)) {
        if (walk->length == AVL_HEIGHT_MAX || !block_plausible(a, node) ||
            !block_is_chunk(a, node) || avl_parent(t, node) != parent)
            return false;
        walk->node[walk->length++] = node;
        parent = node;
    }
    return true;
}

/*
 * The chunks of a class, in ascending order. Returns how many, UINT32_MAX: this
 * is no tree of them.
 */
static uint32_t count_in_order(const struct alloc *a, struct class c)
{
    const struct avl t = tree_of(a, c);
    struct walk walk = {0};
    uint64_t before = 0;
    uint32_t count = 0;

    if (!descend(a, &t, &walk, *t.root, ALLOC_NONE))
        return UINT32_MAX;
    while (walk.length > 0) {
        const uint32_t node = walk.node[--walk.length];
        const struct class own = class_of(block_extent(a, node));

        if (++count > a->free_count || key_of(a, node) <= before ||
            own.row != c.row || own.column != c.column ||
            !descend(a, &t, &walk, avl_child(&t, node, true), node))
            return UINT32_MAX;
        before = key_of(a, node);
    }
    return count;
}

static bool order_check(const struct alloc *a)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < ROWS * COLUMNS; i++) {
        const struct class c = {i / COLUMNS, i % COLUMNS};
        const uint32_t chunks = count_in_order(a, c);

        if (chunks == UINT32_MAX ||
            (chunks > 0) != (*columns_of(a, c.row) >> c.column & 1))
            return false;
        count += chunks;
    }
    return class_maps_check(a) && count == a->free_count;
}

static bool tree_check(const struct alloc *a)
{
    const struct avl t = tree_of(a, (struct class){0, 0});

    if (!order_check(a))
        return false;
    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b))
        if (!block_is_used(a, b) && !avl_level_check(&t, b))
            return false;
    return true;
}

static void tree_take(struct alloc *a, uint32_t need, struct alloc_found *found)
{
    chunk_take_by(&alloc_tree, a, need, found);
}

static uint32_t tree_give(struct alloc *a, uint32_t block)
{
    return chunk_give_by(&alloc_tree, a, block);
}

const struct alloc_policy alloc_tree = {
    .name = "tree",
    .table = ALLOC_TABLE_CLASSES,
    .nodes = 1,
    .more = 4,
    .take = tree_take,
    .give = tree_give,
    .extend = chunk_extend,
    .carve = ALLOC_HOST(chunk_carve),
    .missing = chunk_missing,
    .find = tree_find,
    .insert = tree_insert,
    .remove = tree_remove,
    .check = ALLOC_HOST(tree_check),
};
