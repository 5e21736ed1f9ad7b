/*
 * mmu/cache.h - one set-associative cache: which lines it holds.
 *
 *      address   [ block                       | byte in line ]
 *                              [ set           ]
 *                                log2 sets       log2 line
 *
 * A line is in one set, at any of its `ways`. This file knows lines only: what
 * an access of many bytes touches, where misses go and what they cost is in
 * mmu/memsys.h. Contents are in mmu/phys.h: a cache here decides when, never
 * what.
 *
 * Addresses have 64 bits, since traces of larger machines are replayed too.
 *
 * Units: bytes; a block is an address divided by the line's size.
 * Layer: mmu/.
 */
#ifndef MMU_CACHE_H
#define MMU_CACHE_H

#include "mmu/mmu.h"

#define CACHE_LINE_MIN 8u
#define CACHE_LINE_MAX 65536u
#define CACHE_WAYS_MAX 65536u
#define CACHE_SIZE_MAX (UINT64_C(1) << 30)

/* Which line leaves a full set: name, what it does. */
#define CACHE_POLICIES(X)                                                      \
    X(lru, "the one not used for longest")                                     \
    X(fifo, "the one brought in first")                                        \
    X(plru, "the one that a tree of bits points away from")                    \
    X(random, "any; the seed decides")

enum cache_policy {
#define CACHE_ENUM(name, description) CACHE_##name,
    CACHE_POLICIES(CACHE_ENUM)
#undef CACHE_ENUM
        CACHE_POLICY_COUNT
};

/* All 0 but size, ways and line: LRU, write-back, write-allocate. */
struct cache_config {
    uint64_t size; /* bytes, ways * line * a power of two; 0: no such cache */
    uint32_t ways; /* any number; a power of two up to 64 for plru */
    uint32_t line; /* bytes, a power of two */
    enum cache_policy policy;
    uint32_t seed;      /* of random */
    bool write_through; /* stores go below at once; no line is ever dirty */
    bool no_allocate;   /* a store that misses does not bring its line in */
    bool prefetch;      /* a miss brings in the next line too */
    bool virtual_index; /* the set is picked by virtual address */
};

/*
 * Every counter: name, what it counts. References are counted by whoever walks
 * the hierarchy, since a reference may touch several lines.
 */
#define CACHE_COUNTERS(X)                                                      \
    X(fetches, "instruction fetches that looked here")                         \
    X(fetch_misses, "of them, not all here")                                   \
    X(loads, "loads that looked here")                                         \
    X(load_misses, "of them, not all here")                                    \
    X(stores, "stores that looked here")                                       \
    X(store_misses, "of them, not all here")                                   \
    X(write_backs, "dirty lines that went below")                              \
    X(prefetches, "lines brought in before they were wanted")                  \
    X(invalidations, "lines dropped because a level below dropped them")

enum cache_counter {
#define CACHE_ENUM(name, description) CACHE_##name,
    CACHE_COUNTERS(CACHE_ENUM)
#undef CACHE_ENUM
        CACHE_COUNTER_COUNT
};

/*
 * One line's entry: block << 2 | dirty << 1 | valid; 0 when the way is free.
 * With lru and fifo a set is sorted, the line that leaves next is last, and
 * free ways are behind it. With plru and random each line keeps its way.
 */
#define CACHE_VALID UINT64_C(1)
#define CACHE_DIRTY UINT64_C(2)

struct cache {
    struct cache_config config;
    uint32_t line_bits; /* log2 of the line */
    uint32_t ways;      /* as configured: hot */
    uint64_t set_mask;  /* sets - 1 */
    uint64_t *entries;  /* ways of set 0, of set 1 ... */
    uint64_t *trees;    /* plru: for each set bit n is node n, the root 1 */
    uint64_t random;    /* state of the generator */
    uint64_t counts[CACHE_COUNTER_COUNT];
};

/* Fetches, loads and stores, and how many of them missed. */
struct cache_total {
    uint64_t references, misses;
};

/* Why @config cannot be, e.g. "ways is 0"; NULL when it can. */
const char *cache_config_fault(const struct cache_config *config);

/*
 * An empty cache.
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  cache_config_fault() has a reason
 *   -ENOMEM  out of host memory
 */
int cache_create(struct cache **out, const struct cache_config *config);

/* NULL is a no-op. */
void cache_destroy(struct cache *cache);

/*
 * Look for @block in the set that block number @index picks (the same, unless
 * the index is virtual). Found: it is used now, and dirty if @dirties.
 *
 * Returns whether it was found. Nothing changes when it was not.
 */
bool cache_touch(struct cache *cache, uint64_t index, uint64_t block,
                 bool dirties);

/*
 * The same, but brings in a block that is not there. *@victim becomes the
 * entry of the line that left for it, 0 if none had to. Returns whether
 * @block was there before; then *@victim is 0. O(ways). Hot.
 */
bool cache_access(struct cache *cache, uint64_t index, uint64_t block,
                  bool dirties, uint64_t *victim);

/*
 * Make @to hold what @from does, counts apart. Both have the same config.
 * O(lines).
 */
void cache_assign(struct cache *to, const struct cache *from);

/*
 * Whether to use the blocks from @first to @last in turn would change nothing,
 * since each is what its set used last. No effect. False for policies other
 * than lru, and where two of them share a set. Hot.
 */
static inline bool cache_are_in_front(const struct cache *cache, uint64_t first,
                                      uint64_t last)
{
    if (cache->config.policy != CACHE_lru || last - first > cache->set_mask)
        return false;
    for (uint64_t block = first; block <= last; block++)
        if ((cache->entries[(block & cache->set_mask) * cache->ways] |
             CACHE_DIRTY) != (block << 2 | CACHE_DIRTY | CACHE_VALID))
            return false;
    return true;
}

/* Whether @block is there. No effect. */
bool cache_peek(const struct cache *cache, uint64_t index, uint64_t block);

/*
 * If @block is there make it dirty without using it, and return true. Not for
 * caches with a virtual index.
 */
bool cache_taint(struct cache *cache, uint64_t block);

/*
 * Drop @block from whatever set it is in, as often as it is there. Returns its
 * entry, 0 when it was not there; dirty when any of them was. O(ways); with a
 * virtual index O(lines).
 */
uint64_t cache_drop(struct cache *cache, uint64_t block);

/* All that have looked here so far. */
struct cache_total cache_total(const struct cache *cache);

/* "lru". */
const char *cache_policy_name(enum cache_policy policy);

/* "fetches", and "instruction fetches that looked here". */
const char *cache_counter_name(enum cache_counter counter);
const char *cache_counter_text(enum cache_counter counter);

/*
 * Walk every entry. True iff each is in the set it belongs to, once, sorted
 * sets have no gaps, no line of a write-through cache is dirty, and no counter
 * of misses is above that of its references. O(lines * ways).
 */
bool cache_check(const struct cache *cache);

#endif /* MMU_CACHE_H */
