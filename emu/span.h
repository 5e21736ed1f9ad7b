/*
 * emu/span.h - which segment an address means, for records and reports.
 *
 * Layer: emu/.
 */
#ifndef EMU_SPAN_H
#define EMU_SPAN_H

#include "mmu/mmu.h"

/* The segment that holds @va. False when none does. */
bool span_holding(const struct mmu *mmu, vaddr_t va, struct mmu_span *out);

/* The same, or the only one there is: what @va was meant for. */
bool span_meant(const struct mmu *mmu, vaddr_t va, struct mmu_span *out);

#endif /* EMU_SPAN_H */
