/*
 * os/alloc/tree.c - an AVL tree of the free chunks by size, then address: best
 * fit in O(log n); see alloc.h.
 *
 * Decisions of the model:
 * - A node's two links are its children; its level says which of them is
 *   higher, by one, if any. There is no link to the parent: whoever changes
 *   the tree has come from the root and remembers the way.
 * - An AVL tree of 2^32 nodes is at most 46 high.
 */
#include "os/alloc/internal.h"

#define HEIGHT_MAX 48u

enum { EVEN = 0, LEFT_HIGH = 1, RIGHT_HIGH = 2 };

/* The way from the root: the links followed, and to which side each led. */
struct way {
    unsigned length;
    uint32_t *link[HEIGHT_MAX];
    bool right[HEIGHT_MAX]; /* the side on which the next link lies */
};

static uint32_t *child(const struct alloc *a, uint32_t node, bool right)
{
    return &block_words(a, node)[WORD_NEXT + right];
}

static uint32_t *level(const struct alloc *a, uint32_t node)
{
    return &block_words(a, node)[WORD_LEVEL];
}

static uint32_t high(bool right)
{
    return right ? RIGHT_HIGH : LEFT_HIGH;
}

static bool is_less(const struct alloc *a, uint32_t x, uint32_t y)
{
    const uint32_t x_extent = block_extent(a, x);
    const uint32_t y_extent = block_extent(a, y);

    return x_extent != y_extent ? x_extent < y_extent
                                : block_address(a, x) < block_address(a, y);
}

/* The child of *@link on the @heavy side takes its place. */
static uint32_t rotate(const struct alloc *a, uint32_t *link, bool heavy)
{
    const uint32_t old = *link;
    const uint32_t top = *child(a, old, heavy);

    *child(a, old, heavy) = *child(a, top, !heavy);
    *child(a, top, !heavy) = old;
    *link = top;
    return top;
}

/*
 * *@link is two higher on the @heavy side. Returns whether the whole is one
 * lower than it was.
 */
static bool rebalance(const struct alloc *a, uint32_t *link, bool heavy)
{
    const uint32_t old = *link;
    const uint32_t side = *child(a, old, heavy);

    if (*level(a, side) == high(!heavy)) {
        const uint32_t top = rotate(a, child(a, old, heavy), !heavy);
        const uint32_t tilt = *level(a, top);

        rotate(a, link, heavy);
        *level(a, old) = tilt == high(heavy) ? high(!heavy) : EVEN;
        *level(a, side) = tilt == high(!heavy) ? high(heavy) : EVEN;
        *level(a, top) = EVEN;
        return true;
    }

    const bool lower = *level(a, side) != EVEN;
    rotate(a, link, heavy);
    *level(a, old) = lower ? EVEN : high(heavy);
    *level(a, side) = lower ? EVEN : high(!heavy);
    return lower;
}

static void step(const struct alloc *a, struct way *way, bool right)
{
    uint32_t *link = way->link[way->length - 1];

    must(way->length < HEIGHT_MAX);
    way->right[way->length - 1] = right;
    way->link[way->length++] = child(a, *link, right);
}

static void tree_insert(struct alloc *a, uint32_t chunk)
{
    struct way way = {.length = 1};

    way.link[0] = &a->head;
    while (*way.link[way.length - 1] != ALLOC_NONE)
        step(a, &way, is_less(a, *way.link[way.length - 1], chunk));

    *way.link[way.length - 1] = chunk;
    *child(a, chunk, false) = ALLOC_NONE;
    *child(a, chunk, true) = ALLOC_NONE;
    *level(a, chunk) = EVEN;
    for (unsigned i = way.length - 1; i-- > 0;) {
        uint32_t *tilt = level(a, *way.link[i]);

        if (*tilt == high(way.right[i])) {
            rebalance(a, way.link[i], way.right[i]);
            return;
        }
        *tilt = *tilt == EVEN ? high(way.right[i]) : EVEN;
        if (*tilt == EVEN)
            return;
    }
}

/* The side of link @i has become one lower, and so perhaps all above it. */
static void retrace(const struct alloc *a, const struct way *way, unsigned i)
{
    while (i-- > 0) {
        uint32_t *tilt = level(a, *way->link[i]);

        if (*tilt == EVEN) {
            *tilt = high(!way->right[i]);
            return;
        }
        if (*tilt == high(way->right[i]))
            *tilt = EVEN;
        else if (!rebalance(a, way->link[i], !way->right[i]))
            return;
    }
}

/* The way goes on to the node after @chunk, which takes @chunk's place. */
static void unlink_inner(const struct alloc *a, struct way *way, uint32_t chunk)
{
    const unsigned at = way->length - 1;

    step(a, way, true);
    while (*child(a, *way->link[way->length - 1], false) != ALLOC_NONE)
        step(a, way, false);

    uint32_t *last = way->link[way->length - 1];
    const uint32_t after = *last;
    *last = *child(a, after, true);
    *child(a, after, false) = *child(a, chunk, false);
    *child(a, after, true) = *child(a, chunk, true);
    *level(a, after) = *level(a, chunk);
    *way->link[at] = after;
    if (way->length > at + 1)
        way->link[at + 1] = child(a, after, true);
}

static void tree_remove(struct alloc *a, uint32_t chunk)
{
    struct way way = {.length = 1};

    way.link[0] = &a->head;
    while (*way.link[way.length - 1] != chunk)
        step(a, &way, is_less(a, *way.link[way.length - 1], chunk));

    const uint32_t left = *child(a, chunk, false);
    const uint32_t right = *child(a, chunk, true);
    if (left != ALLOC_NONE && right != ALLOC_NONE)
        unlink_inner(a, &way, chunk);
    else
        *way.link[way.length - 1] = left != ALLOC_NONE ? left : right;
    retrace(a, &way, way.length - 1);
}

static uint32_t tree_find(struct alloc *a, uint32_t need, uint32_t *searched)
{
    uint32_t node = a->head;
    uint32_t found = ALLOC_NONE;

    while (node != ALLOC_NONE) {
        const bool fits = block_extent(a, node) >= need;

        ++*searched;
        if (fits)
            found = node;
        node = *child(a, node, !fits);
    }
    return found;
}

/* ---- the walker ---- */

/* Where a walk in order stands: nodes whose left side is done. */
struct walk {
    unsigned length;
    uint32_t node[HEIGHT_MAX];
};

/* Down the left side from @node. False: no tree. */
static bool descend(const struct alloc *a, struct walk *walk, uint32_t node)
{
    for (; node != ALLOC_NONE; node = *child(a, node, false)) {
        if (walk->length == HEIGHT_MAX || !block_plausible(a, node) ||
            !block_is_chunk(a, node))
            return false;
        walk->node[walk->length++] = node;
    }
    return true;
}

/* All chunks, once each, in ascending order. */
static bool order_check(const struct alloc *a)
{
    struct walk walk = {0};
    uint32_t before = ALLOC_NONE;
    uint32_t count = 0;

    if (!descend(a, &walk, a->head))
        return false;
    while (walk.length > 0) {
        const uint32_t node = walk.node[--walk.length];

        if (++count > a->free_count ||
            (before != ALLOC_NONE && !is_less(a, before, node)) ||
            !descend(a, &walk, *child(a, node, true)))
            return false;
        before = node;
    }
    return count == a->free_count;
}

/*
 * The height that the levels claim for @node: down the higher side. False when
 * that is no height.
 */
static bool claimed_height(const struct alloc *a, uint32_t node, unsigned *out)
{
    unsigned height = 0;

    for (; node != ALLOC_NONE; height++) {
        const uint32_t tilt = *level(a, node);

        if (tilt > RIGHT_HIGH || height == HEIGHT_MAX)
            return false;
        node = *child(a, node, tilt == RIGHT_HIGH);
    }
    *out = height;
    return true;
}

/* A claim that holds for each node and its children is the truth. */
static bool level_check(const struct alloc *a, uint32_t node)
{
    const uint32_t tilt = *level(a, node);
    unsigned left, right;

    return tilt <= RIGHT_HIGH &&
           claimed_height(a, *child(a, node, false), &left) &&
           claimed_height(a, *child(a, node, true), &right) &&
           left + (tilt == RIGHT_HIGH) == right + (tilt == LEFT_HIGH);
}

static bool tree_check(const struct alloc *a)
{
    if (!order_check(a))
        return false;
    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b))
        if (!block_is_used(a, b) && !level_check(a, b))
            return false;
    return true;
}

const struct alloc_policy alloc_tree = {
    .name = "tree",
    .nodes = 1,
    .more = 4,
    .take = chunk_take,
    .give = chunk_give,
    .extend = chunk_extend,
    .carve = ALLOC_HOST(chunk_carve),
    .missing = chunk_missing,
    .find = tree_find,
    .insert = tree_insert,
    .remove = tree_remove,
    .check = ALLOC_HOST(tree_check),
};
