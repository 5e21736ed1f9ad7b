/*
 * emu/alloc_report.h - what `fencepost alloc` says about a whole trace.
 *
 * Layer: emu/.
 */
#ifndef EMU_ALLOC_REPORT_H
#define EMU_ALLOC_REPORT_H

#include <stdio.h>

#include "emu/history.h"

/* One counter a line, as `run --stats`; see emu/stats.h. */
void alloc_report_stats(const struct replay_alloc *replay,
                        const struct history *history, double host_seconds,
                        FILE *file);

/*
 * An SVG of the heap over time (requests to the right, addresses up; the
 * darker the fuller) and of both kinds of fragmentation below it.
 */
void alloc_report_plot(const struct replay_alloc *replay,
                       const struct history *history, FILE *file);

/* The table of --compare: its head, and a row for each policy. */
void alloc_report_head(FILE *file);
void alloc_report_row(const struct replay_alloc *replay,
                      const struct history *history, double host_seconds,
                      FILE *file);

#endif /* EMU_ALLOC_REPORT_H */
