/* mmu/segment.c - what all schemes with segments share; see segment.h. */
#include "mmu/segment.h"

#include <errno.h>

struct mmu_span segment_span(const struct segment *segment,
                             const struct segment_layout *layout,
                             unsigned selector, const char *name)
{
    const uint64_t begin = (uint64_t)selector << segment_shift(layout);
    const uint64_t end = begin + segment_span_size(layout);
    const bool down = segment->grows_down;

    return (struct mmu_span){
        .name = name,
        .va = (vaddr_t)(down ? end - segment->bounds : begin),
        .base = down ? segment->base - segment->bounds : segment->base,
        .bounds = segment->bounds,
        .prot = segment->prot,
        .noted = MMU_RWX,
        .segment = selector,
        .grows_down = down,
    };
}

static bool lies_inside(const struct segment *segment, uint32_t phys_size)
{
    if (segment->absent)
        return true;
    if (segment->grows_down)
        return segment->base <= phys_size && segment->bounds <= segment->base;
    return segment->bounds <= phys_size &&
           segment->base <= phys_size - segment->bounds;
}

int segment_fits(const struct segment *segment,
                 const struct segment_layout *layout, uint32_t phys_size)
{
    if (segment->bounds > segment_span_size(layout))
        return -ERANGE;
    return lies_inside(segment, phys_size) ? 0 : -EFAULT;
}

bool segment_check(const struct segment *segment,
                   const struct segment_layout *layout)
{
    return segment->bounds <= segment_span_size(layout) &&
           (segment->prot & ~(unsigned)MMU_RWX) == 0 &&
           lies_inside(segment, UINT32_MAX);
}
