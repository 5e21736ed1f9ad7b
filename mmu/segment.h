/*
 * mmu/segment.h - one segment: what all schemes with segments share.
 *
 * A segment that grows up owns the offsets [0, bounds), from base on. One that
 * grows down counts back from the end of its addresses (its span): it owns the
 * last bounds of them, and base is where it ends:
 *
 *      va   |<------------- span ------------->|
 *           |                [  2 KiB of stack ]
 *      pa                    26 KiB            28 KiB = base
 *
 * OSTEP ch. 16. Units: bytes. Layer: mmu/.
 */
#ifndef MMU_SEGMENT_H
#define MMU_SEGMENT_H

#include "mmu/mmu.h"

struct segment {
    paddr_t base;    /* of the first byte; growing down: behind the last one */
    uint32_t bounds; /* bytes; 0 = nothing is legal: a register never set */
    enum mmu_prot prot; /* MMU_READ, MMU_WRITE, MMU_EXEC or'ed; 0: none */
    bool grows_down;
    bool absent; /* not in physical memory: base means nothing */
};

/* How the addresses of a space of 2^va_bits bytes select segments. */
struct segment_layout {
    uint8_t va_bits;  /* at most 32 */
    uint8_t seg_bits; /* below va_bits; 0: the address selects none */
};

static inline unsigned segment_shift(const struct segment_layout *layout)
{
    return (unsigned)(layout->va_bits - layout->seg_bits);
}

/* Addresses of one segment, bytes. */
static inline uint64_t segment_span_size(const struct segment_layout *layout)
{
    return UINT64_C(1) << segment_shift(layout);
}

/* Segments that can be selected. */
static inline unsigned segment_count(const struct segment_layout *layout)
{
    return 1u << layout->seg_bits;
}

/* The selector of @va; segment_count() or more when it is outside. */
static inline uint64_t segment_selector(const struct segment_layout *layout,
                                        vaddr_t va)
{
    return (uint64_t)va >> segment_shift(layout);
}

/*
 * Judge @access, whose first byte is in @segment. It may not leave it, even
 * where the next one follows in physical memory. Faults in order: absent,
 * bounds, protection. Hot.
 */
static inline enum mmu_fault segment_translate(
    const struct segment *segment, const struct segment_layout *layout,
    const struct mmu_access *access, paddr_t *pa)
{
    const uint64_t span = segment_span_size(layout);
    const uint64_t offset = access->va & (span - 1);
    const uint64_t back = span - offset; /* to the end of the span */

    if (segment->absent)
        return MMU_FAULT_ABSENT;
    if (segment->grows_down ? back > segment->bounds || access->size > back
                            : offset + access->size > segment->bounds)
        return MMU_FAULT_BOUNDS;
    if ((segment->prot & access->kind) != access->kind)
        return MMU_FAULT_PROTECTION;
    *pa = segment->base + (paddr_t)(segment->grows_down ? 0 - back : offset);
    return MMU_FAULT_NONE;
}

/* As segment @selector of its space, called @name (static, or NULL). */
struct mmu_span segment_span(const struct segment *segment,
                             const struct segment_layout *layout,
                             unsigned selector, const char *name);

/*
 * Whether it can be in a physical memory of @phys_size bytes.
 *
 * Returns 0, or
 *   -ERANGE  bounds is larger than the span
 *   -EFAULT  it does not lie inside physical memory
 */
int segment_fits(const struct segment *segment,
                 const struct segment_layout *layout, uint32_t phys_size);

/* Sound in itself, whatever memory there is. */
bool segment_check(const struct segment *segment,
                   const struct segment_layout *layout);

#endif /* MMU_SEGMENT_H */
