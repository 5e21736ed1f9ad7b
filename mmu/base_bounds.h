/*
 * mmu/base_bounds.h - dynamic relocation by one pair of registers.
 *
 *      va  0            bounds                     legal: 0 <= va < bounds
 *          |------------|
 *      pa  base         base + bounds              pa = base + va
 *
 * Both registers count bytes: neither needs any alignment. `bounds` is a size,
 * so the first illegal address is `bounds` itself. There are no protection
 * bits: every kind of access is allowed inside. OSTEP ch. 15.
 */
#ifndef MMU_BASE_BOUNDS_H
#define MMU_BASE_BOUNDS_H

#include "mmu/mmu.h"

/* The register pair. Written by base_bounds_init() and base_bounds_set(). */
struct base_bounds {
    struct mmu mmu;
    paddr_t base;
    uint32_t bounds; /* bytes; 0 = nothing is legal */
};

/* Both registers 0: every access is a bounds fault. */
void base_bounds_init(struct base_bounds *bb);

/*
 * Write both registers (a privileged operation) and raise the generation.
 *
 * Returns 0, or -EINVAL and leaves @bb alone when [base, base + bounds) does
 * not lie inside a physical memory of @phys_size bytes.
 */
int base_bounds_set(struct base_bounds *bb, paddr_t base, uint32_t bounds,
                    uint32_t phys_size);

extern const struct mmu_ops base_bounds_ops; /* named "base-bounds" */

#endif /* MMU_BASE_BOUNDS_H */
