/*
 * os/alloc/index.h - the entries of lists that answer without being walked, for
 * os/alloc/index*.c only.
 *
 *      entry   0 left, 1 right, 2 parent     of the tree in list order
 *              3 marks, chunks               of it and all below
 *              4 largest                     of it and all below
 *              5 left, 6 right, 7 parent     of the tree by size
 */
#ifndef OS_ALLOC_INDEX_H
#define OS_ALLOC_INDEX_H

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

/* What an entry says of all below it; that of no chunk is all 0. */
void index_update(const struct avl *t, uint32_t chunk);

/* How many chunks stand before @chunk. */
uint32_t index_rank(const struct alloc *a, uint32_t chunk);

static inline uint32_t *entry(const struct alloc *a, uint32_t chunk)
{
    return (uint32_t *)(void *)(a->index + NODE_SKEW + chunk);
}

static inline uint32_t count_of(const struct alloc *a, uint32_t chunk)
{
    return entry(a, chunk)[ENTRY_COUNT] & COUNT_MASK;
}

static inline uint32_t largest_of(const struct alloc *a, uint32_t chunk)
{
    return entry(a, chunk)[ENTRY_LARGEST];
}

static inline uint32_t *order_root(struct alloc *a, const uint32_t *head)
{
    const uint32_t lists = policy_of(a)->lists;

    return head == &a->head ? &a->order_root
                            : &a->table[(uint32_t)(head - a->table) + lists];
}

static inline struct avl order_tree(const struct alloc *a, uint32_t *root)
{
    return (struct avl){.bytes = a->index + NODE_SKEW,
                        .at = ENTRY_ORDER,
                        .root = root,
                        .update = index_update,
                        .ctx = a};
}

static inline struct avl size_tree(struct alloc *a)
{
    return (struct avl){
        .bytes = a->index + NODE_SKEW, .at = ENTRY_SIZE, .root = &a->size_root};
}

static inline uint32_t *head_at(struct alloc *a, uint32_t list)
{
    return policy_of(a)->lists == 1 ? &a->head : &a->table[1 + list];
}

#endif /* OS_ALLOC_INDEX_H */
