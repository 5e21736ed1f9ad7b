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

#include "emu/hotspots.h"
#include "mmu/charge.h"
#include "os/os.h"

/* Every counter but the traps: name, description, unit. */
#define STATS_COUNTERS(X)                                                      \
    X(instructions, "instructions completed", "count")                         \
    X(fetches, "instruction fetches", "count")                                 \
    X(loads, "data loads", "count")                                            \
    X(stores, "data stores", "count")                                          \
    X(faults, "accesses that the MMU refused", "count")                        \
    X(switches, "from one process to another", "count")                        \
    X(compactions, "that moved something", "count")                            \
    X(compacted, "moved by them", "bytes")                                     \
    X(swapped_out, "images written to the swap disk", "count")                 \
    X(swapped_in, "images read from it", "count")                              \
    X(swap_bytes, "written and read so", "bytes")                              \
    X(disk_read, "blocks that programs have read", "count")                    \
    X(disk_written, "blocks that they have written", "count")                  \
    X(segments_loaded, "absent segments that the disk brought in", "count")    \
    X(load_bytes, "of them", "bytes")                                          \
    X(reserved, "memory of the process, at its last trap", "bytes")            \
    X(internal_fragmentation, "of it without use, at the last trap", "bytes")  \
    X(heap_size, "blocks of malloc's heap, at the last trap", "bytes")         \
    X(heap_used, "of them handed out, at the last trap", "bytes")              \
    X(heap_used_peak, "the most of them handed out at once", "bytes")          \
    X(heap_utilization, "the most, of the size", "percent")

/*
 * What one process has cost. That nobody could run is nobody's time; what the
 * OS refers to, for whomever it acts, is nobody's reference.
 */
struct stats_process {
    uint32_t pid;
    uint64_t instructions;
    struct clock clock; /* its time, and the causes of it */
    struct cache_total totals[MEMSYS_CACHES];
};

struct stats {
#define STATS_FIELD(name, description, unit) uint64_t name;
    STATS_COUNTERS(STATS_FIELD)
#undef STATS_FIELD
    uint64_t traps[TRAP_COUNT];
    const struct associative_counts *associative; /* borrowed; NULL: no table */
    const struct charge *charge; /* borrowed; NULL: nothing cost anything */
    struct stats_process processes[OS_PROCESSES];
    unsigned process_count;
    struct cache_total nobody[MEMSYS_CACHES];
    const struct hotspots *hotspots; /* borrowed; NULL: nobody asked */
    hotspots_symbols *symbols;       /* for them, with its context */
    void *symbols_ctx;
    size_t top; /* how many to show */
    double host_seconds;
};

/* @scale times @part, divided by @whole > 0 and cut to a whole number. */
uint64_t stats_ratio(uint64_t part, uint64_t whole, uint32_t scale);

/* One line of statistics. */
void stats_line(FILE *file, const char *name, uint64_t value,
                const char *description, const char *unit);

/* The same with @value / 10^@decimals. */
void stats_line_decimal(FILE *file, const char *name, uint64_t value,
                        unsigned decimals, const char *description,
                        const char *unit);

/* The counters of an associative memory: lines, or an object. */
void stats_print_associative(const struct associative_counts *counts,
                             FILE *file);
void stats_put_associative(const struct associative_counts *counts,
                           struct json *json);

void stats_print(const struct stats *stats, FILE *file);

/*
 * The same numbers as one JSON object. Traps, the associative memory, caches
 * and processes are objects in it; a counter has the same name there without
 * what the object's name says.
 */
void stats_print_json(const struct stats *stats, FILE *file);

#endif /* EMU_STATS_H */
