/*
 * os/alloc/policies.c - all policies in a row, for programs that choose one
 * when they run. A guest names its own and links no other.
 */
#include "os/alloc/alloc.h"

const struct alloc_policy *const alloc_policies[ALLOC_POLICIES] = {
    &alloc_first,      &alloc_best, &alloc_worst, &alloc_next, &alloc_slots,
    &alloc_segregated, &alloc_slab, &alloc_buddy, &alloc_tree, &alloc_tlsf,
};
