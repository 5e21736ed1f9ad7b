/*
 * mmu/memsys.h - the memory system on a clock: caches, DRAM, cycles.
 *
 *      fetches -> L1I --+
 *                       +--> L2 --> L3 --> DRAM       (L3 if there is one)
 *      loads,  -> L1D --+
 *      stores
 *
 * memsys_access() is told of each access after it has been translated. It
 * finds who answers, moves lines, counts, and charges the cycles to a clock.
 * No bytes move here: mmu/phys.h has them.
 *
 * The rules of counting and charging are at the top of mmu/memsys.c and in the
 * README.
 *
 * Units: bytes; cycles. Layer: mmu/.
 */
#ifndef MMU_MEMSYS_H
#define MMU_MEMSYS_H

#include "mmu/cache.h"
#include "mmu/clock.h"
#include "mmu/costs.h"
#include "mmu/dram.h"

enum memsys_level {
    MEMSYS_L1I,
    MEMSYS_L1D,
    MEMSYS_L2,
    MEMSYS_L3,
    MEMSYS_DRAM,
    MEMSYS_CACHES = MEMSYS_DRAM
};

struct memsys_config {
    struct cache_config caches[MEMSYS_CACHES]; /* the L3's size may be 0 */
    bool inclusive; /* what a cache drops leaves the levels above it too */
    struct dram_config dram;
};

/*
 * One reference. @va matters only to caches with a virtual index: who has no
 * translation gives the same number twice. 1 <= size <= MMU_ACCESS_MAX.
 */
struct memsys_ref {
    uint64_t va, pa;
    uint32_t size;
    enum mmu_prot kind; /* MMU_READ | MMU_WRITE: a modify, counted as a load */
};

struct memsys {
    struct memsys_config config;
    struct clock *clock;                 /* borrowed */
    struct cache *caches[MEMSYS_CACHES]; /* owned; NULL: no L3 */
    cycles_t latency[MEMSYS_CACHES];     /* their hits, from the costs */
    cycles_t dram_cost[DRAM_RESULT_COUNT];
    struct dram dram;
    bool is_plain; /* no cache does anything out of the ordinary */
};

/*
 * 32 KiB of 8 ways, twice, and a second level of 256 KiB and 4 ways, all with
 * lines of 64 bytes (Intel's Skylake; see mmu/costs.h); no L3; DRAM_DEFAULT.
 */
void memsys_config_init(struct memsys_config *config);

/*
 * Why @config cannot be, and *@where it is wrong; NULL when it can. Beside the
 * rules of each part: only a first level has a virtual index, and inclusive
 * levels have lines at least as long as those above.
 */
const char *memsys_config_fault(const struct memsys_config *config,
                                enum memsys_level *where);

/*
 * A memory system with empty caches that charges @clock (borrowed).
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  memsys_config_fault() has a reason
 *   -ENOMEM  out of host memory
 */
int memsys_create(struct memsys **out, const struct memsys_config *config,
                  const struct costs *costs, struct clock *clock);

/* NULL is a no-op. */
void memsys_destroy(struct memsys *memsys);

/*
 * Make one reference and charge what it costs to @cause. Returns the cost.
 *
 * For accesses that are part of something larger: registers that a switch
 * saves, what compaction copies. A loop over a buffer is the caller's.
 */
cycles_t memsys_access_for(struct memsys *memsys, const struct memsys_ref *ref,
                           enum clock_cause cause);

/* The same, charged to the stalls of its kind. Hot: once per guest access. */
static inline cycles_t memsys_access(struct memsys *memsys,
                                     const struct memsys_ref *ref)
{
    return memsys_access_for(memsys, ref, clock_cause_of(ref->kind));
}

/*
 * The lines of @size bytes at @pa are fetched from, in ascending order, if the
 * first level has all of them: true then. If not, nothing happens. It neither
 * counts nor costs anything;
 * memsys_fetched() does, for so many fetches that hit.
 */
bool memsys_touch_code(struct memsys *memsys, uint64_t pa, uint32_t size);
void memsys_fetched(struct memsys *memsys, uint64_t fetches);

/* A load or store whose virtual address plays no part. */
struct memsys_item {
    uint32_t pa;
    uint16_t size;
    uint16_t kind; /* enum mmu_prot */
};

/* memsys_access() of each, in order. Hot: most of them hit at once. */
void memsys_batch(struct memsys *memsys, const struct memsys_item *items,
                  size_t count);

/* No reference of @size bytes costs more, if the levels are not inclusive. */
cycles_t memsys_worst(const struct memsys *memsys, uint32_t size);

/*
 * Whether a load or store within the line of the one before it always hits and
 * changes nothing, unless it is a store behind a load: LRU, written back, and
 * no line brought in that nobody wanted.
 */
bool memsys_repeats_hit(const struct memsys *memsys);

/* So many loads and stores have been such. */
void memsys_repeated(struct memsys *memsys, const uint64_t hits[2]);

/*
 * Who would have to be asked for @ref: the first level that has all of it, and
 * DRAM when none has. No effect.
 */
enum memsys_level memsys_peek(const struct memsys *memsys,
                              const struct memsys_ref *ref);

/* The cache that is asked last before DRAM: L3 or L2. */
enum memsys_level memsys_last(const struct memsys *memsys);

/* "l1i", "l1d", "l2", "l3", "dram". */
const char *memsys_level_name(enum memsys_level level);

/*
 * Walk everything: true iff each cache and DRAM are in order and, if the
 * levels are inclusive, each line of a cache is in those below.
 */
bool memsys_check(const struct memsys *memsys);

#endif /* MMU_MEMSYS_H */
