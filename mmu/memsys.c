/*
 * mmu/memsys.c - who answers an access, and what it costs; see memsys.h.
 *
 * Decisions, what is counted:
 * - A reference that touches several lines uses each, from the lowest address
 *   up. It counts once, and if any line is missing it misses once.
 * - A reference that missed goes to the next level whole, with all its bytes.
 * - A modify (a load and a store of one operand) counts as a load.
 * - A write-back marks the line below dirty, or goes on below if there is
 *   none. It brings nothing in, uses nothing, and is no reference.
 *
 * Decisions, who keeps what:
 * - A store to a write-back cache ends there when the line is there, or has
 *   been brought in: levels below see a read of the line. Otherwise (through,
 *   or a miss without allocation) they see the store.
 * - Loads and fetches always allocate.
 * - Inclusive levels: a line that a cache drops leaves the caches above, and
 *   what was dirty there goes below with it.
 * - A prefetch follows a miss: the line behind the last one of the reference,
 *   if it is not there, is read from below. It is no reference anywhere.
 *
 * Decisions, what it costs:
 * - A reference costs the latency of the deepest cache it looked in, once.
 *   That latency includes looking in those above.
 * - DRAM comes on top, for each line of the last level that was missing: one
 *   access to the row of the line's first byte. A line going back costs the
 *   same. Stores that pass the last level cost one for each line.
 * - There is no write buffer: an access waits for the write-backs it causes,
 *   and each costs the latency of the level that takes it.
 * - Prefetches, and the write-backs they cause, cost nothing.
 */
#include "mmu/memsys.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A reference on its way down. */
struct walk {
    uint64_t va, pa;
    uint32_t size;
    enum cache_counter counter; /* of its kind; that of misses is next */
    bool reads, writes;         /* what it asks of this level */
    bool is_quiet;              /* a prefetch: not counted */
    bool is_missing;            /* of the current level: not all is there */
    cycles_t latency;           /* of the deepest cache so far */
    cycles_t extra;             /* DRAM and write-backs so far */
};

/* The lines of one reference in one cache. */
struct lines {
    uint64_t block, index; /* of the first */
    uint64_t count;
};

static const enum cost level_costs[MEMSYS_CACHES] = {COST_l1i_hit, COST_l1d_hit,
                                                     COST_l2_hit, COST_l3_hit};

void memsys_config_init(struct memsys_config *config)
{
    const struct cache_config first = {.size = 32768, .ways = 8, .line = 64};

    *config = (struct memsys_config){.dram = DRAM_DEFAULT};
    config->caches[MEMSYS_L1I] = first;
    config->caches[MEMSYS_L1D] = first;
    config->caches[MEMSYS_L2] =
        (struct cache_config){.size = 262144, .ways = 4, .line = 64};
}

static bool has_level(const struct memsys_config *config,
                      enum memsys_level level)
{
    return level != MEMSYS_L3 || config->caches[level].size > 0;
}

static const char *inclusion_fault(const struct memsys_config *config,
                                   enum memsys_level level)
{
    for (unsigned above = MEMSYS_L1I; above < level; above++)
        if (level >= MEMSYS_L2 && config->inclusive &&
            config->caches[above].line > config->caches[level].line)
            return "its lines are shorter than those of a level above, so it "
                   "cannot be inclusive";
    return NULL;
}

static const char *level_fault(const struct memsys_config *config,
                               enum memsys_level level)
{
    const char *why = cache_config_fault(&config->caches[level]);

    if (why)
        return why;
    if (level >= MEMSYS_L2 && config->caches[level].virtual_index)
        return "only a first level can have a virtual index";
    return inclusion_fault(config, level);
}

const char *memsys_config_fault(const struct memsys_config *config,
                                enum memsys_level *where)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        *where = (enum memsys_level)i;
        const char *why =
            has_level(config, *where) ? level_fault(config, *where) : NULL;
        if (why)
            return why;
    }
    *where = MEMSYS_DRAM;
    return dram_config_fault(&config->dram);
}

static int create_caches(struct memsys *memsys)
{
    int err = 0;

    for (unsigned i = 0; i < MEMSYS_CACHES && !err; i++)
        if (has_level(&memsys->config, (enum memsys_level)i))
            err = cache_create(&memsys->caches[i], &memsys->config.caches[i]);
    return err;
}

/*
 * Whether each level of @config does nothing with a reference but to look for
 * it, to bring it in, and to let a line go for it; and all cut it alike.
 */
static bool is_plain(const struct memsys_config *config)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        const struct cache_config *cache = &config->caches[i];

        if (has_level(config, (enum memsys_level)i) &&
            (cache->write_through || cache->no_allocate || cache->prefetch ||
             cache->virtual_index ||
             cache->line != config->caches[MEMSYS_L1I].line))
            return false;
    }
    return !config->inclusive;
}

int memsys_create(struct memsys **out, const struct memsys_config *config,
                  const struct costs *costs, struct clock *clock)
{
    enum memsys_level where;

    if (memsys_config_fault(config, &where))
        return -EINVAL;

    struct memsys *memsys = calloc(1, sizeof(*memsys));
    if (!memsys)
        return -ENOMEM;
    memsys->config = *config;
    memsys->is_plain = is_plain(config);
    memsys->clock = clock;
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        memsys->latency[i] = costs->cycles[level_costs[i]];
    for (unsigned i = 0; i < DRAM_RESULT_COUNT; i++)
        memsys->dram_cost[i] = costs->cycles[COST_dram_hit + i];

    int err = dram_init(&memsys->dram, &config->dram);
    if (!err)
        err = create_caches(memsys);
    if (err) {
        memsys_destroy(memsys);
        return err;
    }
    *out = memsys;
    return 0;
}

void memsys_destroy(struct memsys *memsys)
{
    if (!memsys)
        return;
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        cache_destroy(memsys->caches[i]);
    free(memsys);
}

enum memsys_level memsys_last(const struct memsys *memsys)
{
    return memsys->caches[MEMSYS_L3] ? MEMSYS_L3 : MEMSYS_L2;
}

static enum memsys_level below(const struct memsys *memsys,
                               enum memsys_level level)
{
    if (level == memsys_last(memsys))
        return MEMSYS_DRAM;
    return level < MEMSYS_L2 ? MEMSYS_L2 : MEMSYS_L3;
}

static struct lines lines_of(const struct cache *cache, uint64_t va,
                             uint64_t pa, uint32_t size)
{
    const uint64_t offset = pa & (cache->config.line - 1);

    return (struct lines){
        .block = pa >> cache->line_bits,
        .index = (cache->config.virtual_index ? va : pa) >> cache->line_bits,
        .count = ((offset + size - 1) >> cache->line_bits) + 1,
    };
}

/* Block numbers end with the address space. */
static uint64_t block_at(const struct cache *cache, uint64_t first, uint64_t n)
{
    return (first + n) & UINT64_MAX >> cache->line_bits;
}

/* The set of the nth line, for a virtual index: where its first byte is. */
static uint64_t index_at(const struct cache *cache, const struct lines *lines,
                         const struct walk *walk, uint64_t n)
{
    const uint64_t line = cache->config.line;
    const uint64_t head = line - (walk->pa & (line - 1));

    if (n == 0)
        return lines->index;
    if (!cache->config.virtual_index)
        return lines->index + n;
    return (walk->va + head + (n - 1) * line) >> cache->line_bits;
}

static cycles_t use_dram(struct memsys *memsys, uint64_t pa)
{
    return memsys->dram_cost[dram_access(&memsys->dram, pa)];
}

/*
 * A dirty line leaves @level. Returns what it costs.
 *
 * Below, its bytes may be several lines, or part of one.
 */
static cycles_t write_back(struct memsys *memsys, enum memsys_level level,
                           uint64_t pa, uint32_t size)
{
    const enum memsys_level next = below(memsys, level);
    cycles_t cost = 0;

    if (next == MEMSYS_DRAM)
        return use_dram(memsys, pa);

    struct cache *cache = memsys->caches[next];
    const uint32_t line = cache->config.line;
    for (uint32_t done = 0; done < size; done += line) {
        const uint64_t at = pa + done;
        const bool is_taken = cache_taint(cache, at >> cache->line_bits) &&
                              !cache->config.write_through;

        if (!is_taken)
            cost += write_back(memsys, next, at, size < line ? size : line);
        if (is_taken || next == memsys_last(memsys))
            cost += memsys->latency[next];
    }
    return cost;
}

/* Drop from @level what lies in [pa, pa + size). Returns whether it was dirty.
 */
static bool drop_from(struct memsys *memsys, enum memsys_level level,
                      uint64_t pa, uint32_t size)
{
    struct cache *cache = memsys->caches[level];
    bool is_dirty = false;

    for (uint32_t done = 0; done < size; done += cache->config.line) {
        const uint64_t entry =
            cache_drop(cache, (pa + done) >> cache->line_bits);

        cache->counts[CACHE_invalidations] += entry != 0;
        is_dirty = is_dirty || (entry & CACHE_DIRTY);
    }
    return is_dirty;
}

static bool drop_above(struct memsys *memsys, enum memsys_level level,
                       uint64_t pa, uint32_t size)
{
    bool is_dirty = false;

    for (unsigned above = MEMSYS_L1I; above < level; above++)
        if (drop_from(memsys, (enum memsys_level)above, pa, size))
            is_dirty = true;
    return is_dirty;
}

/* @entry has left @level. */
static void evict(struct memsys *memsys, enum memsys_level level,
                  uint64_t entry, struct walk *walk)
{
    struct cache *cache = memsys->caches[level];
    const uint64_t pa = entry >> 2 << cache->line_bits;
    bool is_dirty = entry & CACHE_DIRTY;

    if (memsys->config.inclusive && level >= MEMSYS_L2 &&
        drop_above(memsys, level, pa, cache->config.line))
        is_dirty = true;
    if (!is_dirty)
        return;
    cache->counts[CACHE_write_backs]++;
    walk->extra += write_back(memsys, level, pa, cache->config.line);
}

/* One line of a reference. Returns whether it was there. */
static bool use_line(struct memsys *memsys, enum memsys_level level,
                     uint64_t index, uint64_t block, struct walk *walk)
{
    struct cache *cache = memsys->caches[level];
    uint64_t victim = 0;

    if (!walk->reads && cache->config.no_allocate)
        return cache_touch(cache, index, block, walk->writes);
    if (cache_access(cache, index, block, walk->writes, &victim))
        return true;
    if (victim)
        evict(memsys, level, victim, walk);
    return false;
}

static void count(struct cache *cache, const struct walk *walk)
{
    if (walk->is_quiet)
        return;
    cache->counts[walk->counter]++;
    cache->counts[walk->counter + 1] += walk->is_missing;
}

/* All lines of a reference in one cache, and DRAM behind the last. */
static void use_level(struct memsys *memsys, enum memsys_level level,
                      struct walk *walk)
{
    struct cache *cache = memsys->caches[level];
    const struct lines lines = lines_of(cache, walk->va, walk->pa, walk->size);
    const bool is_last = level == memsys_last(memsys);
    const bool is_through = walk->writes && cache->config.write_through;
    const bool is_kept = walk->reads || !cache->config.no_allocate;

    walk->latency = memsys->latency[level];
    walk->is_missing = false;
    for (uint64_t n = 0; n < lines.count; n++) {
        const uint64_t block = block_at(cache, lines.block, n);
        const uint64_t pa = block << cache->line_bits;
        const uint64_t index = index_at(cache, &lines, walk, n);
        const bool found = use_line(memsys, level, index, block, walk);

        if (!found)
            walk->is_missing = true;
        if (is_last && !found)
            walk->extra += use_dram(memsys, pa);
        if (is_last && is_through && (found || is_kept))
            walk->extra += use_dram(memsys, pa);
    }
    count(cache, walk);
}

/* Whether anything is left to ask of the next level, and what. */
static bool goes_below(const struct cache *cache, struct walk *walk)
{
    const bool is_absorbed =
        walk->reads || !walk->is_missing || !cache->config.no_allocate;
    const bool writes =
        walk->writes && (cache->config.write_through || !is_absorbed);

    walk->reads = walk->is_missing && is_absorbed;
    walk->writes = writes;
    return walk->is_missing || writes;
}

static void go(struct memsys *memsys, enum memsys_level level,
               struct walk *walk);

/* The line behind the last one that @walk touched in @level. */
static void prefetch(struct memsys *memsys, enum memsys_level level,
                     const struct walk *walk)
{
    struct cache *cache = memsys->caches[level];
    const struct lines lines = lines_of(cache, walk->va, walk->pa, walk->size);
    const uint64_t block = block_at(cache, lines.block, lines.count);
    const uint64_t index = index_at(cache, &lines, walk, lines.count);
    struct walk next = {
        .va = index << cache->line_bits,
        .pa = block << cache->line_bits,
        .size = cache->config.line,
        .counter = walk->counter,
        .reads = true,
        .is_quiet = true,
    };

    if (cache_peek(cache, index, block))
        return;
    cache->counts[CACHE_prefetches]++;
    go(memsys, level, &next);
}

/* From @level down to whoever answers. */
static void go(struct memsys *memsys, enum memsys_level level,
               struct walk *walk)
{
    bool misses[MEMSYS_CACHES] = {false};

    for (; level != MEMSYS_DRAM; level = below(memsys, level)) {
        const struct cache *cache = memsys->caches[level];

        use_level(memsys, level, walk);
        misses[level] = walk->is_missing && cache->config.prefetch;
        if (!goes_below(cache, walk))
            break;
    }
    for (unsigned i = 0; i < MEMSYS_CACHES && !walk->is_quiet; i++)
        if (misses[i])
            prefetch(memsys, (enum memsys_level)i, walk);
}

static enum cache_counter counter_of(enum mmu_prot kind)
{
    if (kind & MMU_EXEC)
        return CACHE_fetches;
    return kind & MMU_READ ? CACHE_loads : CACHE_stores;
}

static enum memsys_level first_of(enum mmu_prot kind)
{
    return kind & MMU_EXEC ? MEMSYS_L1I : MEMSYS_L1D;
}

/*
 * One line, in a first level that need tell nobody: most accesses are such,
 * and for them this does what go() would. Returns false when it is not so.
 */
static bool answer_quickly(struct memsys *memsys, enum memsys_level level,
                           const struct memsys_ref *ref)
{
    struct cache *cache = memsys->caches[level];
    const uint32_t line = cache->config.line;
    const uint64_t block = ref->pa >> cache->line_bits;

    if ((ref->pa & (line - 1)) + ref->size > line ||
        cache->config.write_through || cache->config.virtual_index ||
        !cache_touch(cache, block, block, ref->kind & MMU_WRITE))
        return false;
    cache->counts[counter_of(ref->kind)]++;
    return true;
}

/*
 * The same as go() for @block, where all is plain: what is written to is dirty
 * in the first level only, and who brings it in reads. Hot.
 */
static cycles_t go_plainly(struct memsys *memsys, enum memsys_level level,
                           uint64_t block, enum mmu_prot kind)
{
    const enum cache_counter counter = counter_of(kind);
    const enum memsys_level last = memsys_last(memsys);
    bool writes = kind & MMU_WRITE;
    cycles_t extra = 0;

    for (;;) {
        struct cache *cache = memsys->caches[level];
        uint64_t victim;
        const bool found = cache_access(cache, block, block, writes, &victim);

        cache->counts[counter]++;
        cache->counts[counter + 1] += !found;
        if (victim & CACHE_DIRTY) {
            cache->counts[CACHE_write_backs]++;
            extra += write_back(memsys, level, victim >> 2 << cache->line_bits,
                                cache->config.line);
        }
        if (!found && level == last)
            extra += use_dram(memsys, block << cache->line_bits);
        if (found || level == last)
            return memsys->latency[level] + extra;
        writes = false;
        level = below(memsys, level);
    }
}

cycles_t memsys_access_for(struct memsys *memsys, const struct memsys_ref *ref,
                           enum clock_cause cause)
{
    const enum memsys_level first = first_of(ref->kind);
    const unsigned line_bits = memsys->caches[first]->line_bits;
    const uint64_t block = ref->pa >> line_bits;

    if (memsys->is_plain && (ref->pa + ref->size - 1) >> line_bits == block) {
        const cycles_t cost = go_plainly(memsys, first, block, ref->kind);

        clock_advance(memsys->clock, cause, cost);
        return cost;
    }

    if (answer_quickly(memsys, first, ref)) {
        clock_advance(memsys->clock, cause, memsys->latency[first]);
        return memsys->latency[first];
    }

    struct walk walk = {
        .va = ref->va,
        .pa = ref->pa,
        .size = ref->size,
        .counter = counter_of(ref->kind),
        .reads = ref->kind & (MMU_READ | MMU_EXEC),
        .writes = ref->kind & MMU_WRITE,
    };

    assert(ref->size >= 1 && ref->size <= MMU_ACCESS_MAX);
    go(memsys, first, &walk);
    clock_advance(memsys->clock, cause, walk.latency + walk.extra);
    return walk.latency + walk.extra;
}

/*
 * Each line of the reference is looked for in each level, and brought in or
 * passed on; for it each level may let a line go, which goes down as so many
 * pieces.
 */
cycles_t memsys_worst(const struct memsys *memsys, uint32_t size)
{
    uint64_t levels = 0, shortest = UINT32_MAX, longest = 1;
    cycles_t look = 0, dram = 0;

    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        const struct cache *cache = memsys->caches[i];

        if (!cache)
            continue;
        levels++;
        if (cache->config.line < shortest)
            shortest = cache->config.line;
        if (cache->config.line > longest)
            longest = cache->config.line;
        if (memsys->latency[i] > look)
            look = memsys->latency[i];
    }
    for (unsigned i = 0; i < DRAM_RESULT_COUNT; i++)
        if (memsys->dram_cost[i] > dram)
            dram = memsys->dram_cost[i];

    const uint64_t lines = (size + 2 * (shortest - 1)) / shortest;
    const uint64_t gone = levels * (longest / shortest) * levels;
    return look + lines * (2 + gone) * (look + dram);
}

/* ---- many at once ---- */

bool memsys_touch_code(struct memsys *memsys, uint64_t pa, uint32_t size)
{
    struct cache *cache = memsys->caches[MEMSYS_L1I];
    const uint64_t first = pa >> cache->line_bits;
    const uint64_t last = (pa + size - 1) >> cache->line_bits;

    if (first == last)
        return cache_touch(cache, first, first, false);
    if (cache_are_in_front(cache, first, last))
        return true;
    for (uint64_t block = first; block <= last; block++)
        if (!cache_peek(cache, block, block))
            return false;
    for (uint64_t block = first; block <= last; block++)
        cache_touch(cache, block, block, false);
    return true;
}

void memsys_fetched(struct memsys *memsys, uint64_t fetches)
{
    memsys->caches[MEMSYS_L1I]->counts[CACHE_fetches] += fetches;
    clock_advance(memsys->clock, CLOCK_fetch_stall,
                  fetches * memsys->latency[MEMSYS_L1I]);
}

void memsys_repeated(struct memsys *memsys, const uint64_t hits[2])
{
    const cycles_t latency = memsys->latency[MEMSYS_L1D];
    uint64_t *counts = memsys->caches[MEMSYS_L1D]->counts;

    counts[CACHE_loads] += hits[0];
    counts[CACHE_stores] += hits[1];
    clock_advance(memsys->clock, CLOCK_load_stall, hits[0] * latency);
    clock_advance(memsys->clock, CLOCK_store_stall, hits[1] * latency);
}

bool memsys_repeats_hit(const struct memsys *memsys)
{
    const struct cache_config *config = &memsys->caches[MEMSYS_L1D]->config;

    return config->policy == CACHE_lru && !config->write_through &&
           !config->no_allocate && !config->prefetch;
}

/*
 * Where memsys_access() would only find the line in front of its set, or the
 * one behind, as two arrays do that are read in step: do what it would, but for
 * counting, and return true.
 */
static inline bool is_at_hand(struct cache *cache,
                              const struct memsys_item *item, bool stores)
{
    const uint32_t line = cache->config.line;
    const uint64_t block = item->pa >> cache->line_bits;
    const uint64_t wanted = block << 2 | CACHE_DIRTY | CACHE_VALID;
    const uint64_t dirty = stores ? CACHE_DIRTY : 0;
    uint64_t *set = &cache->entries[(block & cache->set_mask) * cache->ways];
    const uint64_t front = set[0];

    if ((item->pa & (line - 1)) + item->size > line)
        return false;
    if ((front | CACHE_DIRTY) == wanted) {
        set[0] = front | dirty;
        return true;
    }
    if (cache->ways == 1 || (set[1] | CACHE_DIRTY) != wanted)
        return false;
    set[0] = set[1] | dirty;
    set[1] = front;
    return true;
}

void memsys_batch(struct memsys *memsys, const struct memsys_item *items,
                  size_t count)
{
    struct cache *cache = memsys->caches[MEMSYS_L1D];
    const bool is_plain =
        cache->config.policy == CACHE_lru && !cache->config.write_through;
    uint64_t hits[2] = {0, 0}; /* loads, stores */

    assert(!cache->config.virtual_index);
    for (size_t i = 0; i < count; i++) {
        const struct memsys_item *item = &items[i];
        const bool stores = item->kind == MMU_WRITE;
        const struct memsys_ref ref = {item->pa, item->pa, item->size,
                                       (enum mmu_prot)item->kind};

        if (is_plain && is_at_hand(cache, item, stores))
            hits[stores]++;
        else
            memsys_access(memsys, &ref);
    }
    memsys_repeated(memsys, hits);
}

static bool holds(const struct cache *cache, const struct memsys_ref *ref)
{
    const struct lines lines = lines_of(cache, ref->va, ref->pa, ref->size);
    const struct walk walk = {.va = ref->va, .pa = ref->pa};

    for (uint64_t n = 0; n < lines.count; n++)
        if (!cache_peek(cache, index_at(cache, &lines, &walk, n),
                        block_at(cache, lines.block, n)))
            return false;
    return true;
}

enum memsys_level memsys_peek(const struct memsys *memsys,
                              const struct memsys_ref *ref)
{
    enum memsys_level level = first_of(ref->kind);

    while (level != MEMSYS_DRAM && !holds(memsys->caches[level], ref))
        level = below(memsys, level);
    return level;
}

const char *memsys_level_name(enum memsys_level level)
{
    static const char *const names[] = {
        [MEMSYS_L1I] = "l1i", [MEMSYS_L1D] = "l1d",   [MEMSYS_L2] = "l2",
        [MEMSYS_L3] = "l3",   [MEMSYS_DRAM] = "dram",
    };

    assert(level <= MEMSYS_DRAM);
    return names[level];
}

/* Whether each line of @level is in every cache below it. */
static bool check_inclusion(const struct memsys *memsys,
                            enum memsys_level level)
{
    const struct cache *cache = memsys->caches[level];
    const uint64_t lines = (cache->set_mask + 1) * cache->ways;
    const enum memsys_level next = below(memsys, level);

    if (next == MEMSYS_DRAM)
        return true;
    for (uint64_t i = 0; i < lines; i++) {
        const uint64_t pa = cache->entries[i] >> 2 << cache->line_bits;
        const uint64_t block = pa >> memsys->caches[next]->line_bits;

        if (cache->entries[i] &&
            !cache_peek(memsys->caches[next], block, block))
            return false;
    }
    return true;
}

bool memsys_check(const struct memsys *memsys)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        if (!memsys->caches[i])
            continue;
        if (!cache_check(memsys->caches[i]))
            return false;
        if (memsys->config.inclusive &&
            !check_inclusion(memsys, (enum memsys_level)i))
            return false;
    }
    return dram_check(&memsys->dram) && clock_check(memsys->clock);
}
