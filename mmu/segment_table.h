/*
 * mmu/segment_table.h - many small segments, described in memory (Multics).
 *
 * Addresses are divided as in mmu/segmented.h, but the selector is an index
 * into a table of descriptors in physical memory. One register, privileged like
 * all of them, says where the table lies and how many descriptors it has:
 *
 *      pa = base + 16 * selector
 *      offset  size  field of a descriptor
 *           0     4  base
 *           4     4  bounds, bytes
 *           8     4  flags: bits 0-2 rights (enum mmu_prot), 3 grows down,
 *                    4 present, 5 accessed, 6 modified
 *          12     4  for the operating system: the hardware passes over it
 *
 * A legal access sets "accessed" in its descriptor, a store "modified" too.
 * This raises no generation: nothing that is cached is stale by it.
 *
 * A selector past the table has no segment (MMU_FAULT_SEGMENT); one that is not
 * present is MMU_FAULT_ABSENT, whatever its bounds: a descriptor that is all 0
 * is absent, so write one with bounds 0 where there shall be nothing. A
 * descriptor whose segment does not lie in physical memory allows nothing.
 *
 * Descriptors are written by segment_table_put(), which takes effect at once:
 * it raises the generation, and whoever caches translations (the engine, an
 * associative memory) looks at that. OSTEP ch. 16; E. Organick, The Multics
 * System, 1972, ch. 1.
 */
#ifndef MMU_SEGMENT_TABLE_H
#define MMU_SEGMENT_TABLE_H

#include "mmu/phys.h"
#include "mmu/segment.h"

#define SEGMENT_TABLE_SEG_BITS_MAX 12u
#define SEGMENT_TABLE_MAX          (1u << SEGMENT_TABLE_SEG_BITS_MAX)
#define DESCRIPTOR_SIZE            16u /* bytes */

struct descriptor {
    struct segment segment;
    bool accessed, modified;
    uint32_t os; /* the operating system's own */
};

/* The table register. Written by _init() and _set(). */
struct segment_table {
    struct mmu mmu;
    struct segment_layout layout;
    struct phys *phys; /* borrowed: holds the table */
    paddr_t base;      /* of descriptor 0 */
    uint32_t count;    /* descriptors */
    uint64_t sum;      /* of the descriptors, for whoever keeps a mirror of this
                          and compares; the hardware passes over it */
};

/*
 * An address space of 2^@va_bits bytes, @seg_bits of them selector, and an
 * empty table.
 *
 * Returns 0, or -EINVAL and leaves @t alone: @va_bits is above 32, or
 * @seg_bits is 0, above SEGMENT_TABLE_SEG_BITS_MAX or not below @va_bits.
 */
int segment_table_init(struct segment_table *t, struct phys *phys,
                       unsigned va_bits, unsigned seg_bits);

/*
 * Write the register (a privileged operation) and raise the generation.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  @count is more than can be selected
 *   -EFAULT  the table does not lie inside physical memory
 */
int segment_table_set(struct segment_table *t, paddr_t base, uint32_t count);

/* Descriptor @selector < count, as it is in memory. */
struct descriptor segment_table_get(const struct segment_table *t,
                                    unsigned selector);

/*
 * The same as it counts for an access: a segment that does not lie in physical
 * memory has no byte.
 */
struct segment segment_table_effective(const struct segment_table *t,
                                       unsigned selector);

/*
 * Write descriptor @selector and raise the generation.
 *
 * Returns 0, -EINVAL (past the table), or what segment_fits() returns; then
 * everything is as it was.
 */
int segment_table_put(struct segment_table *t, unsigned selector,
                      const struct descriptor *descriptor);

extern const struct mmu_ops segment_table_ops; /* named "table" */

#endif /* MMU_SEGMENT_TABLE_H */
