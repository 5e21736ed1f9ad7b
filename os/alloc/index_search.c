/* os/alloc/index_search.c - what a walk would find, and after how many steps.
 */
#include "os/alloc/index.h"

/* How many chunks stand before @chunk. */
uint32_t index_rank(const struct alloc *a, uint32_t chunk)
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

    const uint32_t from = index_rank(a, start), to = index_rank(a, found);
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
