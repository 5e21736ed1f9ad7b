/*
 * mmu/associative.h - descriptors at hand: what a segment table is used
 * through.
 *
 * A table in memory costs a memory access for each access. So the hardware
 * keeps copies of the few descriptors used last, found by selector, all of them
 * compared at once. When the copy is there (a hit) no memory is touched; when
 * it is not (a miss) the descriptor is read, and the copy used longest ago
 * makes room.
 *
 *      selector --+--> copies, used last ... used longest ago --> segment
 *                 +--> miss: 12 bytes at table base + 16 * selector
 *
 * This is the way of an access that a memory system charges. mmu_translate() of
 * the table gives the same verdict and address without any effect; a copy can
 * only save time. For a change of the table takes effect at once: all copies
 * are dropped when the table or its generation is another than they were made
 * from. Who writes descriptors past segment_table_put() calls
 * associative_flush().
 *
 * The first copies of this kind were in the GE-645: 16 of them. E. Organick,
 * The Multics System, 1972, ch. 1.
 *
 * Layer: mmu/.
 */
#ifndef MMU_ASSOCIATIVE_H
#define MMU_ASSOCIATIVE_H

#include "mmu/segment_table.h"

#define ASSOCIATIVE_MAX     64u
#define ASSOCIATIVE_DEFAULT 16u

/* Each: name, what it counts. */
#define ASSOCIATIVE_COUNTERS(X)                                                \
    X(hits, "accesses whose descriptor was at hand")                           \
    X(misses, "descriptors read from memory")                                  \
    X(notes, "descriptors written to note an access or a store")               \
    X(flushes, "times that all copies were dropped")

struct associative_counts {
#define ASSOCIATIVE_FIELD(name, what) uint64_t name;
    ASSOCIATIVE_COUNTERS(ASSOCIATIVE_FIELD)
#undef ASSOCIATIVE_FIELD
};

struct associative_entry {
    uint32_t selector;
    struct segment segment;
    unsigned noted; /* rights whose use the descriptor shows already */
};

/* Written by the functions below only; `counts` may be read at any time. */
struct associative {
    const struct segment_table *table; /* borrowed: what the copies are from */
    uint64_t generation;               /* the table's, when they were made */
    unsigned size;                     /* copies there is room for */
    unsigned used;
    struct associative_entry entries[ASSOCIATIVE_MAX]; /* used last first */
    struct associative_counts counts;
};

/* The memory accesses that one translation has cost. */
struct associative_walk {
    paddr_t descriptor; /* where it lies; means nothing when neither is true */
    bool read;          /* its first 12 bytes were read */
    bool noted;         /* then 4 bytes at descriptor + 8 were written */
};

/*
 * Empty, with room for @size copies; without room every access is a miss.
 *
 * Returns 0, or -EINVAL and leaves @am alone: more than ASSOCIATIVE_MAX.
 */
int associative_init(struct associative *am, unsigned size);

/* Drop all copies. */
void associative_flush(struct associative *am);

/*
 * Translate one access through @table as the hardware does: the accessed and
 * modified bits of a legal access are set in memory. Cost: O(size).
 *
 * Returns what mmu_translate() does and sets *@pa as it does; fills *@walk
 * always.
 */
enum mmu_fault associative_translate(struct associative *am,
                                     const struct segment_table *table,
                                     const struct mmu_access *access,
                                     paddr_t *pa,
                                     struct associative_walk *walk);

/* Whether the copy of the descriptor that translates @va is there. */
bool associative_has(const struct associative *am,
                     const struct segment_table *table, vaddr_t va);

/* Another number whenever what associative_has() says may be another. */
static inline uint64_t associative_epoch(const struct associative *am)
{
    return am->counts.misses + am->counts.flushes;
}

/*
 * The same as @accesses translations, all of which associative_has(), where
 * there is room for all segments of the table: then no copy ever makes room,
 * so that the order of use does not matter.
 */
void associative_hit(struct associative *am, uint64_t accesses);

/*
 * Full walk; true iff every invariant holds: no selector twice, and each copy
 * that still counts is like its descriptor in memory.
 */
bool associative_check(const struct associative *am);

#endif /* MMU_ASSOCIATIVE_H */
