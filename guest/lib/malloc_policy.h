/*
 * malloc_policy.h - what malloc() needs to know of the policy that is linked.
 *
 * Defined by policy/malloc_policy.c, compiled once for each policy; guest-cc
 * --malloc chooses which to link.
 */
#ifndef GUEST_MALLOC_POLICY_H
#define GUEST_MALLOC_POLICY_H

#include <stdint.h>

#include "os/alloc/alloc.h"

extern const struct alloc_policy *const alloc_lean_policy;
extern uint32_t __malloc_table[]; /* as long as the policy wants */

/* Its address is the size of a slot: guest-cc tells the linker. */
extern const char __malloc_slot_size[];

#endif /* GUEST_MALLOC_POLICY_H */
