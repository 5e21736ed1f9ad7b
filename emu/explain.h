/*
 * emu/explain.h - the arithmetic of one translation, as a person would write
 * it.
 *
 * Layer: emu/.
 */
#ifndef EMU_EXPLAIN_H
#define EMU_EXPLAIN_H

#include <stdio.h>

#include "mmu/associative.h"
#include "os/os.h"

/*
 * Several lines: the address in binary and decimal, the segment it selects, the
 * comparisons, and the result. @asize is the size of the address space in
 * bytes, 0: 2^32.
 *
 * @am is what a table is used through: whether it had the descriptor, and the
 * memory accesses that the translation cost. It learns from the access. NULL:
 * nothing is said of it, as for schemes without a table.
 */
void explain_access(const union os_mmu *mmu, uint64_t asize,
                    struct associative *am, const struct mmu_access *access,
                    FILE *file);

/* The same of an address @va that has more than 32 bits; access->va is not. */
void explain_outside(uint64_t asize, uint64_t va,
                     const struct mmu_access *access, FILE *file);

/* A line: the base, bounds, rights and direction of segment @number. */
void explain_register(const struct segment *segment, unsigned number,
                      FILE *file);

#endif /* EMU_EXPLAIN_H */
