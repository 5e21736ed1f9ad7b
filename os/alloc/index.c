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
 *
 *      entry   0 left, 1 right, 2 parent     of the tree in list order
 *              3 marks, chunks               of it and all below
 *              4 largest                     of it and all below
 *              5 left, 6 right, 7 parent     of the tree by size
 */
#include "os/alloc/avl.h"
#include "os/alloc/internal.h"

enum {
    ENTRY_ORDER = 0,
    ENTRY_COUNT = 3,
    ENTRY_LARGEST = 4,
    ENTRY_SIZE = 5,
};

/* In the word of the count: own marks, and those of all below. */
#define MOVED      (1u << 31)
#define SUSPECT    (1u << 30)
#define OWN_SHIFT  2u
#define COUNT_MASK ((1u << 28) - 1)
#define MARKS      (MOVED | SUSPECT)

_Static_assert(UINT32_MAX / ALLOC_NODE_SIZE <= COUNT_MASK, "a count fits");
_Static_assert(ALLOC_NODE_SIZE == 8 * sizeof(uint32_t), "an entry fits");

/* A long walk is no reason yet: what one costs counts up to WALK_MAX. */
#define WALK_MAX   512u
#define WALK_DECAY 16u   /* how many requests are remembered, about */
#define WALK_LIMIT 2048u /* 128 steps each */

#define NEAR 8u /* blocks each way */

static uint32_t *entry(const struct alloc *a, uint32_t chunk)
{
    return (uint32_t *)(void *)(a->index + NODE_SKEW + chunk);
}

static uint32_t count_of(const struct alloc *a, uint32_t chunk)
{
    return entry(a, chunk)[ENTRY_COUNT] & COUNT_MASK;
}

static uint32_t largest_of(const struct alloc *a, uint32_t chunk)
{
    return entry(a, chunk)[ENTRY_LARGEST];
}

static uint32_t *order_root(struct alloc *a, const uint32_t *head)
{
    const uint32_t lists = policy_of(a)->lists;

    return head == &a->head ? &a->order_root
                            : &a->table[(uint32_t)(head - a->table) + lists];
}

/* What an entry says of all below it; that of no chunk is all 0. */
static void update(const struct avl *t, uint32_t chunk)
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

static struct avl order_tree(const struct alloc *a, uint32_t *root)
{
    return (struct avl){.bytes = a->index + NODE_SKEW,
                        .at = ENTRY_ORDER,
                        .root = root,
                        .update = update,
                        .ctx = a};
}

static struct avl size_tree(struct alloc *a)
{
    return (struct avl){
        .bytes = a->index + NODE_SKEW, .at = ENTRY_SIZE, .root = &a->size_root};
}

/* @chunk's size or marks have changed. */
static void refresh(const struct avl *t, uint32_t chunk)
{
    for (uint32_t c = chunk; c != ALLOC_NONE; c = avl_parent(t, c)) {
        const uint32_t *e = avl_words(t, c);
        const uint32_t count = e[ENTRY_COUNT], largest = e[ENTRY_LARGEST];

        update(t, c);
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

/* ---- searches ---- */

/* How many chunks stand before @chunk. */
static uint32_t rank_of(const struct alloc *a, uint32_t chunk)
{
    const struct avl t = order_tree(a, NULL);
    uint32_t rank = count_of(a, avl_child(&t, chunk, false));

    for (uint32_t up = avl_parent(&t, chunk); up != ALLOC_NONE;
         up = avl_parent(&t, up)) {
        if (avl_is_right(&t, up, chunk))
            rank += count_of(a, avl_child(&t, up, false)) + 1;
        chunk = up;
    }
    return rank;
}

/* The first from @root on with @need bytes, and how many stand before it. */
static uint32_t first_below(const struct alloc *a, uint32_t root, uint32_t need,
                            uint32_t *before)
{
    uint32_t c = root;

    if (largest_of(a, root) < need)
        return ALLOC_NONE;
    for (;;) {
        const uint32_t *e = entry(a, c);
        const uint32_t left = e[ENTRY_ORDER];

        if (largest_of(a, left) >= need) {
            c = left;
            continue;
        }
        *before += count_of(a, left);
        if (block_word(a, c, WORD_SIZE) >= need)
            return c;
        ++*before;
        c = e[ENTRY_ORDER + 1];
    }
}

uint32_t index_first_fit(struct alloc *a, uint32_t *head, uint32_t need,
                         uint32_t *searched)
{
    const uint32_t root = *order_root(a, head);
    uint32_t before = 0;
    const uint32_t found = first_below(a, root, need, &before);

    *searched += found != ALLOC_NONE ? before + 1 : count_of(a, root);
    return found;
}

/* The first behind @chunk that fits, or none. */
static uint32_t first_behind(const struct alloc *a, uint32_t chunk,
                             uint32_t need)
{
    const struct avl t = order_tree(a, NULL);
    uint32_t before = 0;
    uint32_t found = first_below(a, avl_child(&t, chunk, true), need, &before);

    for (uint32_t up = avl_parent(&t, chunk);
         up != ALLOC_NONE && found == ALLOC_NONE; up = avl_parent(&t, up)) {
        if (!avl_is_right(&t, up, chunk))
            found =
                block_word(a, up, WORD_SIZE) >= need
                    ? up
                    : first_below(a, avl_child(&t, up, true), need, &before);
        chunk = up;
    }
    return found;
}

uint32_t index_next_fit(struct alloc *a, uint32_t start, uint32_t need,
                        uint32_t *searched)
{
    uint32_t found = start;
    uint32_t before = 0;

    if (block_word(a, start, WORD_SIZE) < need)
        found = first_behind(a, start, need);
    if (found == ALLOC_NONE)
        found = first_below(a, a->order_root, need, &before);
    if (found == ALLOC_NONE) {
        *searched = a->free_count;
        return ALLOC_NONE;
    }

    const uint32_t from = rank_of(a, start), to = rank_of(a, found);
    *searched = (to >= from ? to - from : a->free_count - from + to) + 1;
    return found;
}

uint32_t index_worst_fit(struct alloc *a, uint32_t need)
{
    const uint32_t largest = largest_of(a, a->order_root);
    uint32_t before = 0;

    return largest >= need ? first_below(a, a->order_root, largest, &before)
                           : ALLOC_NONE;
}

uint32_t index_best_fit(struct alloc *a, uint32_t need)
{
    const struct avl t = size_tree(a);
    uint32_t found = ALLOC_NONE;

    for (uint32_t c = a->size_root; c != ALLOC_NONE;) {
        const bool fits = block_word(a, c, WORD_SIZE) >= need;

        found = fits ? c : found;
        c = avl_child(&t, c, !fits);
    }
    return found;
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
                place = rank_of(a, chunk);
            ranked = true;
            right = rank_of(a, c) < place;
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

static uint32_t *head_at(struct alloc *a, uint32_t list)
{
    return policy_of(a)->lists == 1 ? &a->head : &a->table[1 + list];
}

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

/* ---- the walker ---- */

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

    update(t, chunk);
    const bool same = e[ENTRY_COUNT] == count && e[ENTRY_LARGEST] == largest;
    e[ENTRY_COUNT] = count;
    e[ENTRY_LARGEST] = largest;
    return same;
}

/* As rank_of(), but the links up may go in circles. */
static bool rank_check(const struct alloc *a, const struct avl *t,
                       uint32_t chunk, uint32_t want)
{
    uint32_t c = chunk;

    for (unsigned i = 0; c != ALLOC_NONE; i++) {
        if (i == AVL_HEIGHT_MAX)
            return false;
        c = avl_parent(t, c);
    }
    return rank_of(a, chunk) == want;
}

/* Of the tree by size: whether @x stands before @y. */
static bool is_before(const struct alloc *a, uint32_t x, uint32_t y)
{
    const uint32_t first = block_word(a, x, WORD_SIZE);
    const uint32_t second = block_word(a, y, WORD_SIZE);

    return first != second ? first < second : rank_of(a, x) < rank_of(a, y);
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
