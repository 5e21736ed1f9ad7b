/*
 * emu/explain.h - the arithmetic of one translation, as a person would write
 * it, and exercises in it.
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

/*
 * An exercise: a machine of the scheme of @mmu with addresses to translate,
 * made from @seed. Without @answers there is room for them instead. The command
 * that answers it comes with it.
 */
void explain_quiz(const char *scheme, uint64_t seed, bool answers, FILE *file);

#endif /* EMU_EXPLAIN_H */
