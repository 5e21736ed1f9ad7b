/*
 * os/alloc/freelist.c - free lists: insertion by order, removal, sorting,
 * coalescing by list.
 *
 * Decisions of the model:
 * - The prefix is not list_: libunicorn has functions of such names, and would
 *   call ours.
 * - With links both ways, the first chunk's link back is the last chunk, so
 *   that one pointer to the head is all there is outside the list.
 * - Without them the chunk before another is found by walking.
 * - By address, where nodes lie beside the heap, the free chunk before a freed
 *   one is found by walking over the blocks around it, both ways at once.
 * - By size, a list that no split has touched since it was sorted takes a
 *   chunk where it belongs; else the whole list is sorted, by merging the
 *   ascending runs that it consists of.
 */
#include "os/alloc/internal.h"

#define RUNS_MAX 33u /* 2^32 chunks */

static uint32_t next_of(const struct alloc *a, uint32_t chunk)
{
    return block_word(a, chunk, WORD_NEXT);
}

/* The chunk before @chunk, ALLOC_NONE: it is the first. */
static uint32_t before_of(const struct alloc *a, uint32_t head, uint32_t chunk)
{
    uint32_t before = head;

    if (chunk == head)
        return ALLOC_NONE;
    if (is_doubly(a))
        return block_word(a, chunk, WORD_PREV);
    while (next_of(a, before) != chunk)
        before = next_of(a, before);
    return before;
}

static uint32_t last_of(const struct alloc *a, uint32_t head)
{
    uint32_t last = head;

    if (head == ALLOC_NONE || is_doubly(a))
        return head == ALLOC_NONE ? head : block_word(a, head, WORD_PREV);
    while (next_of(a, last) != ALLOC_NONE)
        last = next_of(a, last);
    return last;
}

void freelist_push(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    block_set(a, chunk, WORD_NEXT, *head);
    if (is_doubly(a)) {
        block_set(a, chunk, WORD_PREV,
                  *head == ALLOC_NONE ? chunk
                                      : block_word(a, *head, WORD_PREV));
        if (*head != ALLOC_NONE)
            block_set(a, *head, WORD_PREV, chunk);
    }
    *head = chunk;
}

void freelist_link(struct alloc *a, uint32_t *head, uint32_t before,
                   uint32_t chunk)
{
    if (before == ALLOC_NONE) {
        freelist_push(a, head, chunk);
        return;
    }

    const uint32_t next = next_of(a, before);
    block_set(a, chunk, WORD_NEXT, next);
    block_set(a, before, WORD_NEXT, chunk);
    if (is_doubly(a)) {
        block_set(a, chunk, WORD_PREV, before);
        block_set(a, next == ALLOC_NONE ? *head : next, WORD_PREV, chunk);
    }
}

void freelist_remove(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    const uint32_t before = before_of(a, *head, chunk);
    const uint32_t next = next_of(a, chunk);

    if (a->rover == chunk)
        a->rover = next;
    if (is_doubly(a) && *head != chunk)
        block_set(a, next == ALLOC_NONE ? *head : next, WORD_PREV, before);
    else if (is_doubly(a) && next != ALLOC_NONE)
        block_set(a, next, WORD_PREV, block_word(a, chunk, WORD_PREV));
    if (before == ALLOC_NONE)
        *head = next;
    else
        block_set(a, before, WORD_NEXT, next);
}

void freelist_take_out(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    if (is_indexed(a))
        index_remove(a, head, chunk);
    freelist_remove(a, head, chunk);
}

/* The caller has set @rest's link to what was behind @chunk. */
void freelist_replace(struct alloc *a, uint32_t *head, uint32_t chunk,
                      uint32_t rest)
{
    const uint32_t before = before_of(a, *head, chunk);
    const uint32_t next = next_of(a, rest);

    if (is_indexed(a))
        index_replace(a, head, chunk, rest);
    if (a->rover == chunk)
        a->rover = rest;
    if (is_doubly(a)) {
        const uint32_t back = block_word(a, chunk, WORD_PREV);

        block_set(a, rest, WORD_PREV, back == chunk ? rest : back);
        if (next != ALLOC_NONE)
            block_set(a, next, WORD_PREV, rest);
        else if (*head != chunk)
            block_set(a, *head, WORD_PREV, rest);
    }
    if (before == ALLOC_NONE)
        *head = rest;
    else
        block_set(a, before, WORD_NEXT, rest);
}

void freelist_append(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    if (is_indexed(a))
        index_append(a, head, chunk);
    else
        freelist_link(a, head, last_of(a, *head), chunk);
}

static void count_walk(struct alloc *a, uint32_t steps)
{
    if (is_beside(a))
        index_walked(a, steps);
}

/* Is the block @b, which may be none, a free chunk? */
static bool is_listed(const struct alloc *a, uint32_t b)
{
    return b != ALLOC_NONE && block_is_chunk(a, b);
}

/*
 * Where @chunk belongs by address. With nodes, and one list of all chunks, its
 * neighbours in the heap know it.
 */
static uint32_t before_by_address(struct alloc *a, uint32_t head,
                                  uint32_t chunk)
{
    uint32_t before = ALLOC_NONE;
    uint32_t at = head;
    uint32_t steps = 0;

    while (at != ALLOC_NONE && block_address(a, at) < block_address(a, chunk)) {
        before = at;
        at = next_of(a, at);
        steps++;
    }
    count_walk(a, steps);
    return before;
}

static uint32_t before_by_neighbours(struct alloc *a, uint32_t head,
                                     uint32_t chunk)
{
    uint32_t below = block_word(a, chunk, WORD_BELOW);
    uint32_t above = block_word(a, chunk, WORD_ABOVE);
    uint32_t steps = 0;

    while (below != ALLOC_NONE && !is_listed(a, below) && above != ALLOC_NONE &&
           !is_listed(a, above)) {
        below = block_word(a, below, WORD_BELOW);
        above = block_word(a, above, WORD_ABOVE);
        steps++;
    }
    count_walk(a, steps);
    if (below == ALLOC_NONE || is_listed(a, below))
        return below;
    return above == ALLOC_NONE ? last_of(a, head) : before_of(a, head, above);
}

/* Whether @later must stand before @earlier, which is before it now. */
static bool is_out_of_order(const struct alloc *a, uint32_t earlier,
                            uint32_t later)
{
    const uint32_t first = block_extent(a, earlier);
    const uint32_t second = block_extent(a, later);

    return order_of(a) == ALLOC_SIZE_ASC ? first > second : first < second;
}

static uint32_t before_by_size(struct alloc *a, uint32_t head, uint32_t chunk)
{
    uint32_t before = ALLOC_NONE;
    uint32_t at = head;
    uint32_t steps = 0;

    while (at != ALLOC_NONE && !is_out_of_order(a, at, chunk)) {
        before = at;
        at = next_of(a, at);
        steps++;
    }
    count_walk(a, steps);
    return before;
}

static void insert_by_size(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    if (!a->unsorted) {
        freelist_link(a, head, before_by_size(a, *head, chunk), chunk);
        return;
    }
    count_walk(a, a->free_count);
    freelist_append(a, head, chunk);
    freelist_sort(a, head);
}

void freelist_insert(struct alloc *a, uint32_t *head, uint32_t chunk)
{
    if (is_indexed(a)) {
        index_insert(a, head, chunk);
        return;
    }
    switch (order_of(a)) {
    case ALLOC_BY_ADDRESS:
        freelist_link(a, head,
                      is_beside(a) && head == &a->head
                          ? before_by_neighbours(a, *head, chunk)
                          : before_by_address(a, *head, chunk),
                      chunk);
        break;
    case ALLOC_SIZE_ASC:
    case ALLOC_SIZE_DESC:
        insert_by_size(a, head, chunk);
        break;
    case ALLOC_FRONT:
        freelist_push(a, head, chunk);
        break;
    case ALLOC_BACK:
        freelist_append(a, head, chunk);
        break;
    case ALLOC_ORDERS:
        break;
    }
}

/* ---- sorting: links back are made anew at the end ---- */

/* Two sorted lists, neither empty, into one; of equals @x's come first. */
static uint32_t merge(struct alloc *a, uint32_t x, uint32_t y)
{
    const bool y_first = is_out_of_order(a, x, y);
    const uint32_t head = y_first ? y : x;
    uint32_t last = head;

    if (y_first)
        y = next_of(a, y);
    else
        x = next_of(a, x);
    while (x != ALLOC_NONE && y != ALLOC_NONE) {
        uint32_t *from = is_out_of_order(a, x, y) ? &y : &x;

        block_set(a, last, WORD_NEXT, *from);
        last = *from;
        *from = next_of(a, last);
    }
    block_set(a, last, WORD_NEXT, x != ALLOC_NONE ? x : y);
    return head;
}

/* Cut the first sorted run off *@list. */
static uint32_t take_run(struct alloc *a, uint32_t *list)
{
    const uint32_t run = *list;
    uint32_t last = run;
    uint32_t next = next_of(a, last);

    while (next != ALLOC_NONE && !is_out_of_order(a, last, next)) {
        last = next;
        next = next_of(a, last);
    }
    block_set(a, last, WORD_NEXT, ALLOC_NONE);
    *list = next;
    return run;
}

static void link_back(struct alloc *a, uint32_t head)
{
    uint32_t before = ALLOC_NONE;

    if (head == ALLOC_NONE || !is_doubly(a))
        return;
    for (uint32_t c = head; c != ALLOC_NONE; c = next_of(a, c)) {
        block_set(a, c, WORD_PREV, before);
        before = c;
    }
    block_set(a, head, WORD_PREV, before);
}

void freelist_sort(struct alloc *a, uint32_t *head)
{
    uint32_t runs[RUNS_MAX] = {0}; /* runs[i]: 2^i of them merged, or none */
    uint32_t rest = *head;
    uint32_t sorted = ALLOC_NONE;

    while (rest != ALLOC_NONE) {
        uint32_t run = take_run(a, &rest);
        unsigned i = 0;

        for (; runs[i] != ALLOC_NONE; i++) {
            run = merge(a, runs[i], run);
            runs[i] = ALLOC_NONE;
        }
        runs[i] = run;
    }
    for (unsigned i = 0; i < RUNS_MAX; i++)
        if (runs[i] != ALLOC_NONE)
            sorted = sorted == ALLOC_NONE ? runs[i] : merge(a, runs[i], sorted);
    *head = sorted;
    a->unsorted = false;
    link_back(a, sorted);
}

void freelist_join(struct alloc *a, uint32_t chunk, uint32_t next)
{
    const bool roves = a->rover == next;
    const uint32_t behind = next_of(a, next);

    freelist_remove(a, &a->head, next);
    block_use(a, next);
    block_use(a, chunk);
    block_join(a, chunk, next);
    block_free(a, chunk);
    block_set(a, chunk, WORD_NEXT, behind);
    if (roves)
        a->rover = chunk;
    a->unsorted = true;
}

/* The textbook simulator's way: one walk, a chunk and the one behind it. */
void freelist_coalesce(struct alloc *a)
{
    uint32_t chunk = a->head;

    if (is_indexed(a)) {
        index_coalesce(a);
        return;
    }
    count_walk(a, a->free_count);
    while (chunk != ALLOC_NONE) {
        const uint32_t next = next_of(a, chunk);

        if (next != ALLOC_NONE &&
            block_address(a, chunk) + block_extent(a, chunk) ==
                block_address(a, next))
            freelist_join(a, chunk, next);
        else
            chunk = next;
    }
}

uint32_t freelist_first_fit(struct alloc *a, uint32_t *head, uint32_t need,
                            uint32_t *searched)
{
    uint32_t steps = 0;
    uint32_t c = *head;

    if (is_indexed(a))
        return index_first_fit(a, head, need, searched);
    for (; c != ALLOC_NONE; c = next_of(a, c)) {
        steps++;
        if (block_extent(a, c) >= need)
            break;
    }
    count_walk(a, steps);
    *searched += steps;
    return c;
}

/* One link of the walk: @next is free, and knows who is before it. */
static bool link_check(const struct alloc *a, uint32_t chunk, uint32_t next)
{
    return block_plausible(a, next) && !block_is_used(a, next) &&
           (!is_doubly(a) || block_word(a, next, WORD_PREV) == chunk);
}

static bool order_check(const struct alloc *a, uint32_t chunk, uint32_t next)
{
    if (order_of(a) == ALLOC_BY_ADDRESS)
        return block_address(a, chunk) < block_address(a, next);
    return (order_of(a) != ALLOC_SIZE_ASC && order_of(a) != ALLOC_SIZE_DESC) ||
           a->unsorted || !is_out_of_order(a, chunk, next);
}

uint32_t freelist_count(const struct alloc *a, uint32_t head, bool ordered)
{
    uint32_t count = 0;

    if (head == ALLOC_NONE)
        return 0;
    if (!block_plausible(a, head) || block_is_used(a, head))
        return UINT32_MAX;
    for (uint32_t c = head;; count++) {
        const uint32_t next = next_of(a, c);

        if (next == ALLOC_NONE)
            return !is_doubly(a) || block_word(a, head, WORD_PREV) == c
                       ? count + 1
                       : UINT32_MAX;
        if (count >= a->free_count || !link_check(a, c, next) ||
            (ordered && !order_check(a, c, next)))
            return UINT32_MAX;
        c = next;
    }
}
