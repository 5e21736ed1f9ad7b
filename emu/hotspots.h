/*
 * emu/hotspots.h - which instructions and functions wait for memory.
 *
 * It is told of each fetch, with the stalls and misses until then, so that what
 * a fetch, its loads and its stores wait and miss is known when the next fetch
 * comes, or when the process stops running. Translation, execution, traps and
 * switches are no stalls, and what the OS misses counts for no instruction.
 *
 * Layer: emu/.
 */
#ifndef EMU_HOTSPOTS_H
#define EMU_HOTSPOTS_H

#include "emu/json.h"
#include "emu/symbols.h"
#include "mmu/charge.h"

/* The caches whose misses are counted. */
enum hotspot_cache { HOTSPOT_L1I, HOTSPOT_L1D, HOTSPOT_LL, HOTSPOT_CACHES };

/* An instruction, or a function by its first address. */
struct hotspot {
    uint32_t program; /* 1: the first of the command line; 0: an empty slot */
    vaddr_t pc;
    uint64_t executed; /* times; of a function: its instructions */
    cycles_t stall;
    uint64_t misses[HOTSPOT_CACHES];
};

struct hotspots;

/* The symbols of a program, or NULL. */
typedef const struct symbols *hotspots_symbols(void *ctx, uint32_t program);

/* Returns 0 and sets *@out, or -ENOMEM. */
int hotspots_create(struct hotspots **out);

/* NULL is a no-op. */
void hotspots_destroy(struct hotspots *hotspots);

/* A process of @program fetches the instruction at @pc; nothing of it is
 * charged yet. */
void hotspots_fetch(struct hotspots *hotspots, uint32_t program, vaddr_t pc,
                    const struct charge *charge);

/* The last instruction has been charged: what comes until the next fetch is
 * that of none. */
void hotspots_finish(struct hotspots *hotspots, const struct charge *charge);

/*
 * Fill @out, of @max, with the instructions that wait longest; equal ones by
 * address. Returns how many.
 */
size_t hotspots_instructions(const struct hotspots *hotspots,
                             struct hotspot *out, size_t max);

/* The same of functions; what is in none counts for its own address. */
size_t hotspots_functions(const struct hotspots *hotspots,
                          hotspots_symbols *symbols, void *ctx,
                          struct hotspot *out, size_t max);

/* Whether there was not enough memory to note all. */
bool hotspots_incomplete(const struct hotspots *hotspots);

/* Both lists, at most @max long, as text. */
void hotspots_print(const struct hotspots *hotspots, hotspots_symbols *symbols,
                    void *ctx, size_t max, FILE *file);

/* The same as two objects, "instructions_by_stall" and "functions_by_stall",
 * whose members are ranks. */
void hotspots_put(const struct hotspots *hotspots, hotspots_symbols *symbols,
                  void *ctx, size_t max, struct json *json);

#endif /* EMU_HOTSPOTS_H */
