/*
 * mmu/implicit.h - segmentation by use: three registers, and no selector.
 *
 * An address has no bits to spare for a segment. What the access is for selects
 * it (enum mmu_use): a fetch is from code; what goes through the stack or frame
 * pointer is in the stack; all else is data. So each of the three has addresses
 * from 0 to 2^va_bits, and the same address means three different bytes:
 *
 *      fetch          va ---> code    base + va
 *      load, store    va ---> data    base + va
 *      push, call     va ---> stack   base - (2^va_bits - va), growing down
 *
 * Who makes the access knows the use: an x86 decides it by the base register of
 * the operand or its override prefix, as in its 16-bit days. mmu/segment.h says
 * what an offset means. OSTEP ch. 16, "Which Segment Are We Referring To?".
 *
 * Layer: mmu/.
 */
#ifndef MMU_IMPLICIT_H
#define MMU_IMPLICIT_H

#include "mmu/segment.h"

/* The numbers of the registers. */
enum implicit_segment {
    IMPLICIT_CODE,
    IMPLICIT_DATA,
    IMPLICIT_STACK,
    IMPLICIT_REGISTERS
};

/* The registers. Written by implicit_init() and implicit_set(). */
struct implicit {
    struct mmu mmu;
    struct segment_layout layout; /* seg_bits 0 */
    struct segment segments[IMPLICIT_REGISTERS];
};

/*
 * Addresses of @va_bits bits, no segment set: all that is inside is out of
 * bounds.
 *
 * Returns 0, or -EINVAL and leaves @i alone: @va_bits is 0 or above 32.
 */
int implicit_init(struct implicit *i, unsigned va_bits);

/*
 * Write register @number (a privileged operation) and raise the generation.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  there is no such register
 *   -ERANGE  bounds is larger than the address space
 *   -EFAULT  it does not lie inside a physical memory of @phys_size bytes
 */
int implicit_set(struct implicit *i, unsigned number,
                 const struct segment *segment, uint32_t phys_size);

/* The register that @access means. */
enum implicit_segment implicit_select(const struct mmu_access *access);

/* "code", "data", "stack". */
const char *implicit_name(enum implicit_segment segment);

extern const struct mmu_ops implicit_ops; /* named "implicit" */

#endif /* MMU_IMPLICIT_H */
