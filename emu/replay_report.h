/*
 * emu/replay_report.h - what a replay found, as text or JSON.
 *
 * Layer: emu/.
 */
#ifndef EMU_REPLAY_REPORT_H
#define EMU_REPLAY_REPORT_H

#include <stdio.h>

#include "mmu/charge.h"

/* Everything is borrowed. */
struct replay_result {
    const struct charge *charge;
    const uint64_t
        *faults;     /* by enum mmu_fault; NULL: nothing was translated */
    uint64_t wide;   /* of them, addresses of more than 32 bits */
    bool has_copies; /* of descriptors, which are counted */
};

/* One counter a line; see emu/stats.h. The order is stable. */
void replay_report_text(const struct replay_result *result, FILE *file);

/*
 * One object with the same numbers, and "cachegrind" with that tool's names
 * for those it has too.
 */
void replay_report_json(const struct replay_result *result, FILE *file);

#endif /* EMU_REPLAY_REPORT_H */
