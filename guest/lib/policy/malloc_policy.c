/*
 * malloc_policy.c - one policy for malloc(); POLICY is its name.
 */
#include "guest/lib/malloc_policy.h"

#define JOIN(a, b)          a##b
#define NAME(prefix)        JOIN_EXPANDED(prefix, POLICY)
#define JOIN_EXPANDED(a, b) JOIN(a, b)

enum {
    TABLE_first = 1,
    TABLE_best = 1,
    TABLE_worst = 1,
    TABLE_next = 1,
    TABLE_slots = 1,
    TABLE_segregated = ALLOC_TABLE_SEGREGATED,
    TABLE_slab = ALLOC_TABLE_SLAB,
    TABLE_buddy = ALLOC_TABLE_BUDDY,
    TABLE_tree = ALLOC_TABLE_CLASSES,
    TABLE_tlsf = ALLOC_TABLE_CLASSES,
};

const struct alloc_policy *const alloc_lean_policy = &NAME(alloc_);
uint32_t __malloc_table[NAME(TABLE_)];
