/*
 * mmu/cache.c - sets, ways, and who leaves; see cache.h.
 *
 * Decisions:
 * - lru and fifo keep each set sorted, newest first, so that there is nothing
 *   else to remember: lru moves a line that is used to the front, fifo does
 *   not. The line in the last way leaves.
 * - plru and random fill free ways first, from way 0 on.
 * - plru: each node of a binary tree over the ways has a bit that says which
 *   half is to lose the next line (0: the lower one). Using a line turns the
 *   bits on its path away from it. All bits are 0 at first.
 * - random: splitmix64 (Steele, Lea, Flood 2014) from the seed, one number for
 *   each line that must leave, modulo ways.
 * - Dropping a line tells plru nothing.
 */
#include "mmu/cache.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_power_of_two(uint64_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

const char *cache_config_fault(const struct cache_config *config)
{
    const uint64_t set = (uint64_t)config->ways * config->line;

    if (!is_power_of_two(config->line))
        return "the line's size must be a power of two";
    if (config->line < CACHE_LINE_MIN || config->line > CACHE_LINE_MAX)
        return "a line must have 8 to 65536 bytes";
    if (config->line > config->size)
        return "a line is larger than the cache";
    if (config->size > CACHE_SIZE_MAX)
        return "the cache is larger than 1g";
    if (config->ways < 1 || config->ways > CACHE_WAYS_MAX)
        return "there must be 1 to 65536 ways";
    if (config->size % set != 0)
        return "the size must be a multiple of ways times line";
    if (!is_power_of_two(config->size / set))
        return "the number of sets, size / (ways * line), must be a power of "
               "two";
    if (config->policy >= CACHE_POLICY_COUNT)
        return "there is no such policy";
    if (config->policy == CACHE_plru &&
        (!is_power_of_two(config->ways) || config->ways > 64))
        return "plru needs a power of two of ways, at most 64";
    return NULL;
}

static uint32_t log2_of(uint32_t n)
{
    uint32_t bits = 0;

    while (n > 1) {
        n /= 2;
        bits++;
    }
    return bits;
}

int cache_create(struct cache **out, const struct cache_config *config)
{
    if (cache_config_fault(config))
        return -EINVAL;

    const size_t lines = (size_t)(config->size / config->line);
    struct cache *cache = calloc(1, sizeof(*cache));
    if (!cache)
        return -ENOMEM;
    *cache = (struct cache){
        .config = *config,
        .line_bits = log2_of(config->line),
        .ways = config->ways,
        .set_mask = lines / config->ways - 1,
        .entries = calloc(lines, sizeof(*cache->entries)),
        .random = config->seed,
    };
    if (config->policy == CACHE_plru)
        cache->trees = calloc(lines / config->ways, sizeof(*cache->trees));
    if (!cache->entries || (config->policy == CACHE_plru && !cache->trees)) {
        cache_destroy(cache);
        return -ENOMEM;
    }
    *out = cache;
    return 0;
}

void cache_destroy(struct cache *cache)
{
    if (!cache)
        return;
    free(cache->entries);
    free(cache->trees);
    free(cache);
}

static uint64_t *set_of(const struct cache *cache, uint64_t index)
{
    return cache->entries + (index & cache->set_mask) * cache->ways;
}

static bool is_block(uint64_t entry, uint64_t block)
{
    return (entry | CACHE_DIRTY) == (block << 2 | CACHE_DIRTY | CACHE_VALID);
}

/* The way of @block in @set, or the number of ways. */
static uint32_t find(const struct cache *cache, const uint64_t *set,
                     uint64_t block)
{
    uint32_t way = 0;

    while (way < cache->ways && !is_block(set[way], block))
        way++;
    return way;
}

/* Turn the bits on the path to @way away from it. */
static void tree_touch(struct cache *cache, uint64_t index, uint32_t way)
{
    uint64_t *tree = &cache->trees[index & cache->set_mask];
    uint32_t node = 1;

    for (uint32_t half = cache->ways / 2; half > 0; half /= 2) {
        const uint32_t upper = (way & half) != 0;

        *tree &= ~(UINT64_C(1) << node);
        *tree |= (uint64_t)!upper << node;
        node = node * 2 + upper;
    }
}

static uint32_t tree_victim(const struct cache *cache, uint64_t index)
{
    const uint64_t tree = cache->trees[index & cache->set_mask];
    uint32_t node = 1;

    while (node < cache->ways)
        node = node * 2 + (tree >> node & 1);
    return node - cache->ways;
}

static uint32_t random_victim(struct cache *cache)
{
    uint64_t z = cache->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % cache->ways);
}

/* Use the line in @way: it is there. */
static void use(struct cache *cache, uint64_t *set, uint64_t index,
                uint32_t way, bool dirties)
{
    const uint64_t entry = set[way] | (dirties ? CACHE_DIRTY : 0);

    set[way] = entry;
    if (cache->config.policy == CACHE_lru) {
        memmove(set + 1, set, way * sizeof(*set));
        set[0] = entry;
    } else if (cache->config.policy == CACHE_plru) {
        tree_touch(cache, index, way);
    }
}

bool cache_touch(struct cache *cache, uint64_t index, uint64_t block,
                 bool dirties)
{
    uint64_t *set = set_of(cache, index);

    /* Hot: what is used again at once is in front already. */
    if (is_block(set[0], block) && cache->config.policy == CACHE_lru) {
        if (dirties && !cache->config.write_through)
            set[0] |= CACHE_DIRTY;
        return true;
    }

    const uint32_t way = find(cache, set, block);
    if (way == cache->ways)
        return false;
    use(cache, set, index, way, dirties && !cache->config.write_through);
    return true;
}

/* Where a new line goes when each keeps its way. */
static uint32_t pick_way(struct cache *cache, const uint64_t *set,
                         uint64_t index)
{
    for (uint32_t way = 0; way < cache->ways; way++)
        if (set[way] == 0)
            return way;
    return cache->config.policy == CACHE_plru ? tree_victim(cache, index)
                                              : random_victim(cache);
}

/* Bring in @entry, whose block is not there; returns the entry that left. */
static uint64_t insert(struct cache *cache, uint64_t *set, uint64_t index,
                       uint64_t entry)
{
    const enum cache_policy policy = cache->config.policy;
    const bool is_sorted = policy == CACHE_lru || policy == CACHE_fifo;
    const uint32_t way =
        is_sorted ? cache->ways - 1 : pick_way(cache, set, index);
    const uint64_t victim = set[way];

    if (is_sorted) {
        memmove(set + 1, set, way * sizeof(*set));
        set[0] = entry;
        return victim;
    }
    set[way] = entry;
    if (policy == CACHE_plru)
        tree_touch(cache, index, way);
    return victim;
}

/*
 * lru in one pass: each entry moves up by one while we look, which is where it
 * belongs both when the block is found and when it is not.
 */
static bool access_lru(uint64_t *set, uint32_t ways, uint64_t entry,
                       uint64_t *victim)
{
    uint64_t moved = set[0];

    if ((moved | CACHE_DIRTY) == (entry | CACHE_DIRTY)) {
        set[0] = moved | entry;
        return true;
    }
    for (uint32_t way = 1; way < ways; way++) {
        const uint64_t here = set[way];

        set[way] = moved;
        moved = here;
        if ((here | CACHE_DIRTY) == (entry | CACHE_DIRTY)) {
            set[0] = here | entry;
            return true;
        }
    }
    set[0] = entry;
    *victim = moved;
    return false;
}

bool cache_access(struct cache *cache, uint64_t index, uint64_t block,
                  bool dirties, uint64_t *victim)
{
    uint64_t *set = set_of(cache, index);
    const bool is_dirty = dirties && !cache->config.write_through;
    const uint64_t entry =
        block << 2 | (is_dirty ? CACHE_DIRTY : 0) | CACHE_VALID;

    *victim = 0;
    if (cache->config.policy == CACHE_lru)
        return access_lru(set, cache->ways, entry, victim);

    const uint32_t way = find(cache, set, block);
    if (way < cache->ways) {
        use(cache, set, index, way, is_dirty);
        return true;
    }
    *victim = insert(cache, set, index, entry);
    return false;
}

void cache_assign(struct cache *to, const struct cache *from)
{
    const size_t sets = (size_t)from->set_mask + 1;

    assert(to->set_mask == from->set_mask && to->ways == from->ways);
    memcpy(to->entries, from->entries,
           sets * from->ways * sizeof(*from->entries));
    if (from->trees)
        memcpy(to->trees, from->trees, sets * sizeof(*from->trees));
    to->random = from->random;
}

bool cache_peek(const struct cache *cache, uint64_t index, uint64_t block)
{
    return find(cache, set_of(cache, index), block) < cache->ways;
}

bool cache_taint(struct cache *cache, uint64_t block)
{
    uint64_t *set = set_of(cache, block);
    const uint32_t way = find(cache, set, block);

    assert(!cache->config.virtual_index);
    if (way == cache->ways)
        return false;
    if (!cache->config.write_through)
        set[way] |= CACHE_DIRTY;
    return true;
}

static uint64_t drop_from(struct cache *cache, uint64_t *set, uint64_t block)
{
    const enum cache_policy policy = cache->config.policy;
    const uint32_t last = cache->ways - 1;
    const uint32_t way = find(cache, set, block);

    if (way > last)
        return 0;

    const uint64_t entry = set[way];
    if (policy == CACHE_lru || policy == CACHE_fifo) {
        memmove(set + way, set + way + 1, (last - way) * sizeof(*set));
        set[last] = 0;
    } else {
        set[way] = 0;
    }
    return entry;
}

uint64_t cache_drop(struct cache *cache, uint64_t block)
{
    uint64_t dropped = 0;

    if (!cache->config.virtual_index)
        return drop_from(cache, set_of(cache, block), block);
    for (uint64_t set = 0; set <= cache->set_mask; set++)
        dropped |= drop_from(cache, set_of(cache, set), block);
    return dropped;
}

struct name_row {
    const char *name, *text;
};

#define NAME_ROW(name, description) {#name, description},
static const struct name_row policy_rows[] = {CACHE_POLICIES(NAME_ROW)};
static const struct name_row counter_rows[] = {CACHE_COUNTERS(NAME_ROW)};
#undef NAME_ROW

const char *cache_policy_name(enum cache_policy policy)
{
    assert(policy < CACHE_POLICY_COUNT);
    return policy_rows[policy].name;
}

const char *cache_counter_name(enum cache_counter counter)
{
    assert(counter < CACHE_COUNTER_COUNT);
    return counter_rows[counter].name;
}

const char *cache_counter_text(enum cache_counter counter)
{
    assert(counter < CACHE_COUNTER_COUNT);
    return counter_rows[counter].text;
}

/* One entry of set @index at @way, against all that came before in the set. */
static bool check_entry(const struct cache *cache, uint64_t index, uint32_t way)
{
    const uint64_t *set = set_of(cache, index);
    const uint64_t entry = set[way];
    const enum cache_policy policy = cache->config.policy;
    const bool is_sorted = policy == CACHE_lru || policy == CACHE_fifo;

    if (entry == 0)
        return true;
    if (!(entry & CACHE_VALID) || (is_sorted && way > 0 && set[way - 1] == 0))
        return false;
    if (entry & CACHE_DIRTY && cache->config.write_through)
        return false;
    if (!cache->config.virtual_index &&
        ((entry >> 2) & cache->set_mask) != index)
        return false;
    return find(cache, set, entry >> 2) == way;
}

static bool check_counts(const struct cache *cache)
{
    const uint64_t *counts = cache->counts;

    return counts[CACHE_fetch_misses] <= counts[CACHE_fetches] &&
           counts[CACHE_load_misses] <= counts[CACHE_loads] &&
           counts[CACHE_store_misses] <= counts[CACHE_stores];
}

struct cache_total cache_total(const struct cache *cache)
{
    const uint64_t *counts = cache->counts;

    return (struct cache_total){
        .references =
            counts[CACHE_fetches] + counts[CACHE_loads] + counts[CACHE_stores],
        .misses = counts[CACHE_fetch_misses] + counts[CACHE_load_misses] +
                  counts[CACHE_store_misses],
    };
}

/* Nodes are numbered from 1 to ways - 1. */
static bool check_tree(const struct cache *cache, uint64_t index)
{
    const uint64_t tree = cache->trees ? cache->trees[index] : 0;

    return (tree & 1) == 0 && (cache->ways >= 64 || tree >> cache->ways == 0);
}

bool cache_check(const struct cache *cache)
{
    for (uint64_t index = 0; index <= cache->set_mask; index++) {
        if (!check_tree(cache, index))
            return false;
        for (uint32_t way = 0; way < cache->ways; way++)
            if (!check_entry(cache, index, way))
                return false;
    }
    return check_counts(cache);
}
