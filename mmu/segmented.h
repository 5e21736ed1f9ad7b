/*
 * mmu/segmented.h - segmentation by a few registers, chosen by the address.
 *
 *           va_bits - 1          shift                  0
 *          +----------------------+----------------------+
 *      va  |       selector       |        offset        |
 *          +----------------------+----------------------+
 *            seg_bits               shift = va_bits - seg_bits
 *
 * mmu/segment.h says what an offset means. With 14 bits, 2 of them selector,
 * and segment 3 growing down from 28 KiB, the address 15 KiB is 1 KiB below the
 * end of segment 3 and means 27 KiB. OSTEP ch. 16.
 *
 * An access belongs to the segment of its first byte and may not leave it, even
 * where the next segment follows in physical memory.
 */
#ifndef MMU_SEGMENTED_H
#define MMU_SEGMENTED_H

#include "mmu/segment.h"

#define SEGMENTED_SEG_BITS_MAX 4u
#define SEGMENTED_REGISTERS    (1u << SEGMENTED_SEG_BITS_MAX)

/* The registers. Written by segmented_init() and segmented_set(). */
struct segmented {
    struct mmu mmu;
    struct segment_layout layout; /* seg_bits up to SEGMENTED_SEG_BITS_MAX */
    struct segment segments[SEGMENTED_REGISTERS]; /* by selector */
};

/*
 * An address space of 2^@va_bits bytes, no segment set.
 *
 * Returns 0, or -EINVAL and leaves *@s alone: @va_bits or @seg_bits is not in
 * its range.
 */
int segmented_init(struct segmented *s, unsigned va_bits, unsigned seg_bits);

/*
 * Write one register (a privileged operation) and raise the generation.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  there is no such selector
 *   -ERANGE  bounds is larger than the span
 *   -EFAULT  it does not lie inside a physical memory of @phys_size bytes
 */
int segmented_set(struct segmented *s, unsigned selector,
                  const struct segment *segment, uint32_t phys_size);

extern const struct mmu_ops segmented_ops; /* named "segmented" */

#endif /* MMU_SEGMENTED_H */
