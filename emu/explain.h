/*
 * emu/explain.h - the arithmetic of one translation, as a person would write
 * it.
 *
 * Layer: emu/.
 */
#ifndef EMU_EXPLAIN_H
#define EMU_EXPLAIN_H

#include <stdio.h>

#include "os/os.h"

/*
 * Several lines: the address in binary and decimal, the segment it selects, the
 * comparisons, and the result. @asize is the size of the address space in
 * bytes, 0: 2^32.
 */
void explain_access(const union os_mmu *mmu, uint64_t asize,
                    const struct mmu_access *access, FILE *file);

/* A line: the base, bounds, rights and direction of segment @number. */
void explain_register(const struct segment *segment, unsigned number,
                      FILE *file);

#endif /* EMU_EXPLAIN_H */
