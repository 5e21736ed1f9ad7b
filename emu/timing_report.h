/*
 * emu/timing_report.h - where the cycles went, and what the caches did, as text
 * (see emu/stats.h) or as members of a JSON object.
 *
 * Layer: emu/.
 */
#ifndef EMU_TIMING_REPORT_H
#define EMU_TIMING_REPORT_H

#include <stdio.h>

#include "emu/json.h"
#include "mmu/memsys.h"

/* All cycles, and those of each cause in [@first, @last]. */
void timing_report_clock(const struct clock *clock, enum clock_cause first,
                         enum clock_cause last, FILE *file);
void timing_report_clock_json(const struct clock *clock, enum clock_cause first,
                              enum clock_cause last, struct json *json);

/* Each cache: its counters and its hit rate; then DRAM. */
void timing_report_memory(const struct memsys *memsys, FILE *file);
void timing_report_memory_json(const struct memsys *memsys, struct json *json);

/*
 * Somebody's part of the references to each cache of @memsys, @totals by level:
 * lines that end in "_WHO", or an object for each cache.
 */
void timing_report_totals(const struct memsys *memsys,
                          const struct cache_total *totals, const char *who,
                          FILE *file);
void timing_report_totals_json(const struct memsys *memsys,
                               const struct cache_total *totals,
                               struct json *json);

/* References to the first levels. */
uint64_t timing_report_references(const struct memsys *memsys);

#endif /* EMU_TIMING_REPORT_H */
