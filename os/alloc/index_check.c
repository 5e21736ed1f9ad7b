/* os/alloc/index_check.c - the walker of entries and trees; see index.c. */
#include "os/alloc/index.h"

static bool is_entry(const struct alloc *a, uint32_t chunk)
{
    return chunk == ALLOC_NONE ||
           (block_plausible(a, chunk) && block_is_chunk(a, chunk));
}

/* The links of one tree at @chunk are sound, and agree with each other. */
static bool links_check(const struct alloc *a, const struct avl *t,
                        uint32_t chunk)
{
    const uint32_t parent = avl_parent(t, chunk);

    if (!is_entry(a, parent) ||
        (parent == ALLOC_NONE ? *t->root != chunk
                              : avl_child(t, parent, false) != chunk &&
                                    avl_child(t, parent, true) != chunk))
        return false;
    for (unsigned side = 0; side < 2; side++) {
        const uint32_t child = avl_child(t, chunk, side);

        if (!is_entry(a, child) ||
            (child != ALLOC_NONE && avl_parent(t, child) != chunk))
            return false;
    }
    return true;
}

/* What the entry says of all below is what its children and it say. */
static bool sums_check(const struct alloc *a, const struct avl *t,
                       uint32_t chunk)
{
    uint32_t *e = entry(a, chunk);
    const uint32_t count = e[ENTRY_COUNT], largest = e[ENTRY_LARGEST];

    index_update(t, chunk);
    const bool same = e[ENTRY_COUNT] == count && e[ENTRY_LARGEST] == largest;
    e[ENTRY_COUNT] = count;
    e[ENTRY_LARGEST] = largest;
    return same;
}

/* As index_rank(), but the links up may go in circles. */
static bool rank_check(const struct alloc *a, const struct avl *t,
                       uint32_t chunk, uint32_t want)
{
    uint32_t c = chunk;

    for (unsigned i = 0; c != ALLOC_NONE; i++) {
        if (i == AVL_HEIGHT_MAX)
            return false;
        c = avl_parent(t, c);
    }
    return index_rank(a, chunk) == want;
}

/* Of the tree by size: whether @x stands before @y. */
static bool is_before(const struct alloc *a, uint32_t x, uint32_t y)
{
    const uint32_t first = block_word(a, x, WORD_SIZE);
    const uint32_t second = block_word(a, y, WORD_SIZE);

    return first != second ? first < second
                           : index_rank(a, x) < index_rank(a, y);
}

/* The last below @c on one side; none: the links go in circles. */
static uint32_t extreme(const struct avl *t, uint32_t c, bool right)
{
    for (unsigned i = 0; i < AVL_HEIGHT_MAX && c != ALLOC_NONE; i++) {
        const uint32_t next = avl_child(t, c, right);

        if (next == ALLOC_NONE)
            return c;
        c = next;
    }
    return ALLOC_NONE;
}

static bool size_place_check(const struct alloc *a, const struct avl *t,
                             uint32_t chunk)
{
    const uint32_t left = avl_child(t, chunk, false);
    const uint32_t right = avl_child(t, chunk, true);

    return (left == ALLOC_NONE ||
            is_before(a, extreme(t, left, true), chunk)) &&
           (right == ALLOC_NONE ||
            is_before(a, chunk, extreme(t, right, false)));
}

/* Before anything follows them: all links of all entries. */
static bool list_links_check(struct alloc *a, uint32_t *head)
{
    const struct avl t = order_tree(a, order_root(a, head));
    const struct avl sizes = size_tree(a);

    if (!is_entry(a, *t.root))
        return false;
    for (uint32_t c = *head; c != ALLOC_NONE; c = block_word(a, c, WORD_NEXT))
        if (!links_check(a, &t, c) ||
            (policy_of(a)->by_size && !links_check(a, &sizes, c)))
            return false;
    return true;
}

static bool list_check(struct alloc *a, uint32_t *head)
{
    const struct avl t = order_tree(a, order_root(a, head));
    const struct avl sizes = size_tree(a);
    uint32_t count = 0;

    for (uint32_t c = *head; c != ALLOC_NONE; c = block_word(a, c, WORD_NEXT))
        if (!sums_check(a, &t, c) || !avl_level_check(&t, c) ||
            !rank_check(a, &t, c, count++))
            return false;
    for (uint32_t c = *head; c != ALLOC_NONE; c = block_word(a, c, WORD_NEXT))
        if (policy_of(a)->by_size &&
            (!avl_level_check(&sizes, c) || !size_place_check(a, &sizes, c)))
            return false;
    return count_of(a, *t.root) == count;
}

bool index_check(const struct alloc *a)
{
    struct alloc copy = *a; /* the trees want roots that may change */

    if (!is_indexed(a))
        return true;
    for (uint32_t i = 0; i < policy_of(a)->lists; i++)
        if (!list_links_check(&copy, head_at(&copy, i)))
            return false;
    for (uint32_t i = 0; i < policy_of(a)->lists; i++)
        if (!list_check(&copy, head_at(&copy, i)))
            return false;
    return true;
}
