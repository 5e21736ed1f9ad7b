/*
 * os/alloc/index.c - lists that answer without being walked: the same choices
 * and the same `searched` as a walk gives, in O(log n).
 *
 * Decisions of the model:
 * - Only beside the heap: each node then has an entry of the same number in a
 *   second memory. There is an index when walks have been long for a while (or
 *   the configuration wants one) and there is memory for it; until then, and
 *   without, lists are walked.
 * - The entries of a list are an AVL tree in list order. Each knows how many
 *   chunks are below it and how large the largest is: that finds the first
 *   that fits, and how many a walk would have looked at.
 * - Best fit also has a tree by size, of equals by list order.
 * - Marks are put on entries and known to all above them, so that the marked
 *   ones are found in list order:
 *     MOVED     by size: a split has made it smaller since the list was sorted
 *     SUSPECT   by list: it and the one behind it may touch
 * - Of chunks of one size, those that have become smaller stood behind the
 *   others if small ones come first, else before them: so the sort, which is
 *   stable, takes out what has moved and puts it there. What has become larger
 *   (by joining) breaks that rule: then all is sorted, and the index made anew.
 */
#include "os/alloc/index.h"

/* A long walk is no reason yet: what one costs counts up to WALK_MAX. */
#define WALK_MAX   512u
#define WALK_DECAY 16u   /* how many requests are remembered, about */
#define WALK_LIMIT 2048u /* 128 steps each */

#define NEAR 8u /* blocks each way */

/* What an entry says of all below it; that of no chunk is all 0. */
void index_update(const struct avl *t, uint32_t chunk)
{
    const struct alloc *a = t->ctx;
    uint32_t *e = entry(a, chunk);
    const uint32_t *left = entry(a, e[ENTRY_ORDER]);
    const uint32_t *right = entry(a, e[ENTRY_ORDER + 1]);
    const uint32_t own = e[ENTRY_COUNT] & (MARKS >> OWN_SHIFT);
    const uint32_t extent = block_word(a, chunk, WORD_SIZE);
    const uint32_t below = left[ENTRY_LARGEST] > right[ENTRY_LARGEST]
                               ? left[ENTRY_LARGEST]
                               : right[ENTRY_LARGEST];

    e[ENTRY_COUNT] = (((left[ENTRY_COUNT] | right[ENTRY_COUNT]) & MARKS) | own |
                      own << OWN_SHIFT) +
                     ((left[ENTRY_COUNT] & COUNT_MASK) +
                      (right[ENTRY_COUNT] & COUNT_MASK) + 1);
    e[ENTRY_LARGEST] = extent > below ? extent : below;
}

/* @chunk's size or marks have changed. */
static void refresh(const struct avl *t, uint32_t chunk)
{
    for (uint32_t c = chunk; c != ALLOC_NONE; c = avl_parent(t, c)) {
        const uint32_t *e = avl_words(t, c);
        const uint32_t count = e[ENTRY_COUNT], largest = e[ENTRY_LARGEST];

        index_update(t, c);
        if (c != chunk && e[ENTRY_COUNT] == count &&
            e[ENTRY_LARGEST] == largest)
            return;
    }
}

static void set_marks(struct alloc *a, const struct avl *t, uint32_t chunk,
                      uint32_t marks, bool set)
{
    uint32_t *word = &entry(a, chunk)[ENTRY_COUNT];
    const uint32_t own = marks >> OWN_SHIFT;

    if ((*word & own) == (set ? own : 0))
        return;
    *word = set ? *word | own : *word & ~own;
    refresh(t, chunk);
}

/* The first in list order with @mark, of the tree from @root on; or none. */
static uint32_t first_marked(const struct alloc *a, uint32_t root,
                             uint32_t mark)
{
    uint32_t c = root;

    while (c != ALLOC_NONE && (entry(a, c)[ENTRY_COUNT] & mark)) {
        const uint32_t *e = entry(a, c);

        if (entry(a, e[ENTRY_ORDER])[ENTRY_COUNT] & mark)
            c = e[ENTRY_ORDER];
        else if (e[ENTRY_COUNT] & mark >> OWN_SHIFT)
            return c;
        else
            c = e[ENTRY_ORDER + 1];
    }
    return ALLOC_NONE;
}
/* ---- changes ---- */

/* @chunk, which is in the tree by order, and how many stand before it. */
static void insert_by_size(struct alloc *a, uint32_t chunk)
{
    const struct avl t = size_tree(a);
    const bool by_address = order_of(a) == ALLOC_BY_ADDRESS;
    const uint32_t extent = block_word(a, chunk, WORD_SIZE);
    uint32_t parent = ALLOC_NONE, place = ALLOC_NONE;
    bool right = false, ranked = false;

    for (uint32_t c = a->size_root; c != ALLOC_NONE;
         c = avl_child(&t, c, right)) {
        const uint32_t other = block_word(a, c, WORD_SIZE);

        parent = c;
        if (other != extent) {
            right = other < extent;
        } else if (by_address) {
            right = block_address(a, c) < block_address(a, chunk);
        } else {
            if (!ranked)
                place = index_rank(a, chunk);
            ranked = true;
            right = index_rank(a, c) < place;
        }
    }
    avl_insert(&t, parent, right, chunk);
}

/* Where the list by size takes @chunk: behind this one. */
static uint32_t place_by_size(const struct alloc *a, uint32_t root,
                              uint32_t chunk, bool before_equals)
{
    const struct avl t = order_tree(a, NULL);
    const uint32_t extent = block_word(a, chunk, WORD_SIZE);
    const bool ascends = order_of(a) == ALLOC_SIZE_ASC;
    uint32_t before = ALLOC_NONE;

    for (uint32_t c = root; c != ALLOC_NONE;) {
        const uint32_t other = block_word(a, c, WORD_SIZE);
        const bool behind =
            other == extent ? !before_equals : (other < extent) == ascends;

        before = behind ? c : before;
        c = avl_child(&t, c, behind);
    }
    return before;
}

/* By address, the same. */
static uint32_t place_by_address(const struct alloc *a, uint32_t root,
                                 uint32_t chunk)
{
    const struct avl t = order_tree(a, NULL);
    const uint32_t address = block_address(a, chunk);
    uint32_t before = ALLOC_NONE;

    for (uint32_t c = root; c != ALLOC_NONE;) {
        const bool behind = block_address(a, c) < address;

        before = behind ? c : before;
        c = avl_child(&t, c, behind);
    }
    return before;
}

/*
 * Where there is one list of all chunks, a free block is seldom far: a few
 * steps over the heap cost less than the way down. False: none is that near.
 */
static bool is_near(const struct alloc *a, const uint32_t *head, uint32_t chunk,
                    uint32_t *before)
{
    uint32_t below = block_word(a, chunk, WORD_BELOW);
    uint32_t above = block_word(a, chunk, WORD_ABOVE);

    for (unsigned i = 0; i < NEAR && below != ALLOC_NONE && above != ALLOC_NONE;
         i++) {
        if (block_is_chunk(a, below)) {
            *before = below;
            return true;
        }
        if (block_is_chunk(a, above)) {
            *before =
                above == *head ? ALLOC_NONE : block_word(a, above, WORD_PREV);
            return true;
        }
        below = block_word(a, below, WORD_BELOW);
        above = block_word(a, above, WORD_ABOVE);
    }
    return false;
}

/* Into list and trees, behind @before; ALLOC_NONE: at the front. */
static void insert_after(struct alloc *a, uint32_t *head, uint32_t before,
                         uint32_t chunk)
{
    const struct avl t = order_tree(a, order_root(a, head));
    const uint32_t next =
        before == ALLOC_NONE ? *head : block_word(a, before, WORD_NEXT);
    const bool right =
        next == ALLOC_NONE ||
        (before != ALLOC_NONE && avl_child(&t, before, true) == ALLOC_NONE);

    freelist_link(a, head, before, chunk);
    entry(a, chunk)[ENTRY_COUNT] = 0;
    avl_insert(&t, right ? before : next, right, chunk);
    if (policy_of(a)->by_size)
        insert_by_size(a, chunk);
    if (coalesce_of(a) == ALLOC_COALESCE_LIST) {
        set_marks(a, &t, chunk, SUSPECT, true);
        if (before != ALLOC_NONE)
            set_marks(a, &t, before, SUSPECT, true);
    }
}

void index_remove(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    const struct avl t = order_tree(a, order_root(a, head));
    const uint32_t before =
        chunk == *head ? ALLOC_NONE : block_word(a, chunk, WORD_PREV);

    avl_remove(&t, chunk);
    if (policy_of(a)->by_size) {
        const struct avl sizes = size_tree(a);

        avl_remove(&sizes, chunk);
    }
    if (coalesce_of(a) == ALLOC_COALESCE_LIST && before != ALLOC_NONE)
        set_marks(a, &t, before, SUSPECT, true);
}

static bool is_by_size(const struct alloc *a)
{
    return order_of(a) == ALLOC_SIZE_ASC || order_of(a) == ALLOC_SIZE_DESC;
}

void index_replace(struct alloc *a, uint32_t *head, uint32_t chunk,
                   uint32_t rest)
{
    const struct avl t = order_tree(a, order_root(a, head));
    const uint32_t moved = is_by_size(a) ? MOVED >> OWN_SHIFT : 0;

    avl_replace(&t, chunk, rest);
    entry(a, rest)[ENTRY_COUNT] = entry(a, chunk)[ENTRY_COUNT] | moved;
    entry(a, rest)[ENTRY_LARGEST] = largest_of(a, chunk);
    refresh(&t, rest);
    if (policy_of(a)->by_size) {
        const struct avl sizes = size_tree(a);

        avl_remove(&sizes, chunk);
        insert_by_size(a, rest);
    }
}

/*
 * Take what has moved out of the list, chained by their links in the order, or
 * against the order, of the list.
 */
static uint32_t take_moved(struct alloc *a, uint32_t *head, bool backwards)
{
    uint32_t chain = ALLOC_NONE, last = ALLOC_NONE;

    for (;;) {
        const uint32_t c = first_marked(a, *order_root(a, head), MOVED);

        if (c == ALLOC_NONE)
            return chain;
        index_remove(a, head, c);
        freelist_remove(a, head, c);
        block_set(a, c, WORD_NEXT, backwards ? chain : ALLOC_NONE);
        if (!backwards && last != ALLOC_NONE)
            block_set(a, last, WORD_NEXT, c);
        if (backwards || chain == ALLOC_NONE)
            chain = c;
        last = c;
    }
}

/* The list by size is as a stable sort leaves it. */
static void sort(struct alloc *a, uint32_t *head)
{
    const bool descends = order_of(a) == ALLOC_SIZE_DESC;
    const uint32_t rover = a->rover;

    if (a->resort) {
        freelist_sort(a, head);
        index_build(a);
        return;
    }
    for (uint32_t c = take_moved(a, head, descends); c != ALLOC_NONE;) {
        const uint32_t next = block_word(a, c, WORD_NEXT);

        insert_after(a, head,
                     place_by_size(a, *order_root(a, head), c, descends), c);
        c = next;
    }
    a->rover = rover; /* taken out and put back, it was no other */
    a->unsorted = false;
}

static uint32_t last_of(const struct alloc *a, uint32_t head)
{
    return head != ALLOC_NONE ? block_word(a, head, WORD_PREV) : ALLOC_NONE;
}

void index_insert(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    const uint32_t *root = order_root(a, head);
    uint32_t before = ALLOC_NONE; /* at the front */

    switch (order_of(a)) {
    case ALLOC_BY_ADDRESS:
        if (head != &a->head || !is_near(a, head, chunk, &before))
            before = place_by_address(a, *root, chunk);
        break;
    case ALLOC_SIZE_ASC:
    case ALLOC_SIZE_DESC:
        if (a->unsorted)
            sort(a, head);
        before = place_by_size(a, *root, chunk, false);
        break;
    case ALLOC_BACK:
        before = last_of(a, *head);
        break;
    case ALLOC_FRONT:
    case ALLOC_ORDERS:
        break;
    }
    insert_after(a, head, before, chunk);
}

void index_append(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    insert_after(a, head, last_of(a, *head), chunk);
}

/* @next, right behind @chunk in list and heap, becomes part of it. */
static void join(struct alloc *a, uint32_t chunk, uint32_t next)
{
    const struct avl t = order_tree(a, &a->order_root);
    const struct avl sizes = size_tree(a);

    index_remove(a, &a->head, next);
    if (policy_of(a)->by_size)
        avl_remove(&sizes, chunk);
    freelist_join(a, chunk, next);
    refresh(&t, chunk);
    if (policy_of(a)->by_size)
        insert_by_size(a, chunk);
    a->resort |= is_by_size(a);
}

/* As one walk over the list would: what touches becomes part of the first. */
void index_coalesce(struct alloc *a)
{
    const struct avl t = order_tree(a, &a->order_root);

    for (;;) {
        const uint32_t chunk = first_marked(a, a->order_root, SUSPECT);

        if (chunk == ALLOC_NONE)
            return;
        set_marks(a, &t, chunk, SUSPECT, false);

        const uint32_t next = block_word(a, chunk, WORD_NEXT);
        if (next != ALLOC_NONE &&
            block_address(a, chunk) + block_extent(a, chunk) ==
                block_address(a, next))
            join(a, chunk, next); /* and is suspect again */
    }
}
/* ---- to have an index or not ---- */

static void build_list(struct alloc *a, uint32_t *head)
{
    const struct avl t = order_tree(a, order_root(a, head));
    const uint32_t marks =
        coalesce_of(a) == ALLOC_COALESCE_LIST ? SUSPECT >> OWN_SHIFT : 0;
    uint32_t last = ALLOC_NONE;

    *t.root = ALLOC_NONE;
    for (uint32_t c = *head; c != ALLOC_NONE; c = block_word(a, c, WORD_NEXT)) {
        entry(a, c)[ENTRY_COUNT] = marks;
        avl_insert(&t, last, true, c);
        if (policy_of(a)->by_size)
            insert_by_size(a, c);
        last = c;
    }
}

void index_build(struct alloc *a)
{
    for (uint32_t i = 0; i < 8; i++)
        entry(a, ALLOC_NONE)[i] = 0;
    a->size_root = ALLOC_NONE;
    a->resort = is_by_size(a) && a->unsorted;
    for (uint32_t i = 0; i < policy_of(a)->lists; i++)
        build_list(a, head_at(a, i));
}

bool index_resize(struct alloc *a, uint32_t bytes)
{
    void *memory = a->index;

    if (!a->nodes.resize(a->nodes.ctx, &memory, (size_t)bytes + NODE_SKEW))
        return false;
    a->index = memory;
    return true;
}

void index_drop(struct alloc *a)
{
    void *memory = a->index;

    if (memory)
        a->nodes.resize(a->nodes.ctx, &memory, 0);
    a->index = NULL;
    a->effort = 0;
}

void index_walked(struct alloc *a, uint32_t steps)
{
    a->effort += steps < WALK_MAX ? steps : WALK_MAX;
}

void index_consider(struct alloc *a)
{
    const bool wanted =
        a->indexing == ALLOC_INDEX_ALWAYS ||
        (a->indexing == ALLOC_INDEX_LATER && a->effort > WALK_LIMIT);

    a->effort -= a->effort / WALK_DECAY;
    if (!wanted || a->index)
        return;
    if (index_resize(a, a->node_size))
        index_build(a);
    else
        a->effort = 0; /* another time */
}
