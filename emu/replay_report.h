/*
 * emu/replay_report.h - what a replay found, as text or JSON.
 *
 * Layer: emu/.
 */
#ifndef EMU_REPLAY_REPORT_H
#define EMU_REPLAY_REPORT_H

#include <stdio.h>

#include "mmu/memsys.h"

/* One counter a line; see emu/stats.h. The order is stable. */
void replay_report_text(const struct memsys *memsys, FILE *file);

/*
 * One object with the same numbers, and "cachegrind" with that tool's names
 * for those it has too.
 */
void replay_report_json(const struct memsys *memsys, FILE *file);

#endif /* EMU_REPLAY_REPORT_H */
