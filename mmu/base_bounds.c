/*
 * mmu/base_bounds.c - dynamic relocation; see base_bounds.h.
 *
 * Decisions of the model:
 * - An access is judged whole: it is legal iff its first and its last byte
 *   are, written as a subtraction that cannot wrap.
 * - The only fault is MMU_FAULT_BOUNDS: a one-segment machine has no address
 *   without a segment, and the segment allows every kind of access.
 */
#include "mmu/base_bounds.h"

#include <assert.h>
#include <errno.h>

static const struct base_bounds *as_base_bounds(const struct mmu *mmu)
{
    return (const struct base_bounds *)mmu; /* first member */
}

/* Hot: runs once per guest access. */
static enum mmu_fault bb_translate(const struct mmu *mmu,
                                   const struct mmu_access *access, paddr_t *pa)
{
    const struct base_bounds *bb = as_base_bounds(mmu);

    if (access->size > bb->bounds || access->va > bb->bounds - access->size)
        return MMU_FAULT_BOUNDS;
    *pa = bb->base + access->va;
    return MMU_FAULT_NONE;
}

static bool bb_span(const struct mmu *mmu, unsigned from, struct mmu_span *span)
{
    const struct base_bounds *bb = as_base_bounds(mmu);

    if (from > 0)
        return false;
    *span = (struct mmu_span){.name = "image",
                              .va = 0,
                              .base = bb->base,
                              .bounds = bb->bounds,
                              .prot = MMU_RWX,
                              .noted = MMU_RWX};
    return true;
}

static bool bb_locate(const struct mmu *mmu, const struct mmu_access *access,
                      struct mmu_span *span)
{
    (void)access;
    return bb_span(mmu, 0, span);
}

static bool bb_check(const struct mmu *mmu)
{
    const struct base_bounds *bb = as_base_bounds(mmu);

    return mmu->generation != 0 && bb->bounds <= UINT32_MAX - bb->base;
}

const struct mmu_ops base_bounds_ops = {
    .name = "base-bounds",
    .translate = bb_translate,
    .span = bb_span,
    .locate = bb_locate,
    .check = bb_check,
};

void base_bounds_init(struct base_bounds *bb)
{
    *bb = (struct base_bounds){
        .mmu = {.ops = &base_bounds_ops, .generation = 1},
    };
}

int base_bounds_set(struct base_bounds *bb, paddr_t base, uint32_t bounds,
                    uint32_t phys_size)
{
    assert(bb->mmu.ops == &base_bounds_ops);

    if (bounds > phys_size || base > phys_size - bounds)
        return -EINVAL;
    bb->base = base;
    bb->bounds = bounds;
    bb->mmu.generation++;
    return 0;
}
