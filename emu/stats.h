/*
 * emu/stats.h - counters of a run, as text.
 *
 *      name value # description (unit)
 *
 * The order is stable. All lines but those that begin with "host_" are the
 * same on every machine and library version.
 *
 * Layer: emu/.
 */
#ifndef EMU_STATS_H
#define EMU_STATS_H

#include <stdint.h>
#include <stdio.h>

#include "mmu/associative.h"
#include "os/trap.h"

/* Every counter but the traps: name, description, unit. */
#define STATS_COUNTERS(X)                                                      \
    X(instructions, "instructions completed", "count")                         \
    X(fetches, "instruction fetches", "count")                                 \
    X(loads, "data loads", "count")                                            \
    X(stores, "data stores", "count")                                          \
    X(faults, "accesses that the MMU refused", "count")                        \
    X(switches, "from one process to another", "count")                        \
    X(bounds, "size of the address space", "bytes")                            \
    X(internal_fragmentation,                                                  \
      "unused between heap and stack, at the last trap", "bytes")

struct stats {
#define STATS_FIELD(name, description, unit) uint64_t name;
    STATS_COUNTERS(STATS_FIELD)
#undef STATS_FIELD
    uint64_t traps[TRAP_COUNT];
    const struct associative_counts *associative; /* borrowed; NULL: no table */
    double host_seconds;
};

void stats_print(const struct stats *stats, FILE *file);

#endif /* EMU_STATS_H */
