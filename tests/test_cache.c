/* tests/test_cache.c - mmu/cache.c and mmu/dram.c through their interfaces. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "mmu/cache.h"
#include "mmu/dram.h"
#include "tests/failing.h"
#include "tests/rng.h"

#define STEPS        1000000
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct cache *make(const struct cache_config *config)
{
    struct cache *cache = NULL;

    assert_int_equal(cache_create(&cache, config), 0);
    return cache;
}

static void test_cache_refuses_impossible_geometry(void **state)
{
    static const struct {
        const char *what, *why;
        struct cache_config config;
    } cases[] = {
        {"good", NULL, {.size = 32768, .ways = 8, .line = 64}},
        {"three ways", NULL, {.size = 3072, .ways = 3, .line = 32}},
        {"one line", NULL, {.size = 8, .ways = 1, .line = 8}},
        {"line 0", "power of two", {.size = 1024, .ways = 1, .line = 0}},
        {"line 48", "power of two", {.size = 1024, .ways = 1, .line = 48}},
        {"line 4", "8 to 65536", {.size = 1024, .ways = 1, .line = 4}},
        {"line 128k",
         "8 to 65536",
         {.size = 1 << 20, .ways = 1, .line = 131072}},
        {"line > size",
         "larger than the cache",
         {.size = 32, .ways = 1, .line = 64}},
        {"size 0", "larger than the cache", {.size = 0, .ways = 1, .line = 64}},
        {"2g",
         "larger than 1g",
         {.size = UINT64_C(1) << 31, .ways = 1, .line = 64}},
        {"ways 0", "1 to 65536 ways", {.size = 1024, .ways = 0, .line = 64}},
        {"not whole", "multiple", {.size = 1000, .ways = 1, .line = 64}},
        {"ways > lines", "multiple", {.size = 1024, .ways = 32, .line = 64}},
        {"three sets",
         "number of sets",
         {.size = 3072, .ways = 1, .line = 1024}},
        {"policy",
         "no such policy",
         {.size = 1024, .ways = 1, .line = 64, .policy = CACHE_POLICY_COUNT}},
        {"plru of 3",
         "plru",
         {.size = 3072, .ways = 3, .line = 32, .policy = CACHE_plru}},
        {"plru of 128",
         "plru",
         {.size = 8192, .ways = 128, .line = 64, .policy = CACHE_plru}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = cache_config_fault(&cases[i].config);
        struct cache *cache = NULL;
        const int err = cache_create(&cache, &cases[i].config);

        if (!why != !cases[i].why || (why && !strstr(why, cases[i].why)))
            fail_msg("%s: %s", cases[i].what, why ? why : "accepted");
        assert_int_equal(err, why ? -EINVAL : 0);
        assert_true(why ? !cache : cache_check(cache));
        cache_destroy(cache);
    }
}

static void test_cache_reports_each_failed_allocation(void **state)
{
    const struct cache_config config = {
        .size = 1024, .ways = 4, .line = 64, .policy = CACHE_plru};

    (void)state;
    for (int n = 0; n < 3; n++) {
        struct cache *cache = NULL;

        failing_after(n);
        assert_int_equal(cache_create(&cache, &config), -ENOMEM);
        failing_after(-1);
        assert_null(cache);
    }
}

/*
 * The model: a set is a list of lines with the times they came and were used
 * last; plru keeps, for each way and each other way, nothing but the tree as
 * an explicit array of booleans.
 */
struct model_line {
    bool valid, dirty;
    uint64_t block, came, used;
};

struct model {
    struct cache_config config;
    uint64_t sets, time, random;
    struct model_line *lines;
    bool *tree; /* 64 nodes for each set */
};

static struct model model_make(const struct cache_config *config)
{
    struct model m = {
        .config = *config,
        .sets = config->size / config->line / config->ways,
        .random = config->seed,
    };

    m.lines = calloc(m.sets * config->ways, sizeof(*m.lines));
    m.tree = calloc(m.sets * 64, sizeof(*m.tree));
    assert_non_null(m.lines);
    assert_non_null(m.tree);
    return m;
}

static void model_free(struct model *m)
{
    free(m->lines);
    free(m->tree);
}

static struct model_line *model_find(struct model *m, uint64_t block)
{
    for (uint32_t w = 0; w < m->config.ways; w++) {
        struct model_line *line =
            &m->lines[block % m->sets * m->config.ways + w];

        if (line->valid && line->block == block)
            return line;
    }
    return NULL;
}

/* The half-open range of ways [low, high) shrinks to one, from the root. */
static void model_turn(struct model *m, uint64_t set, uint32_t way)
{
    uint32_t low = 0, high = m->config.ways, node = 0;

    while (high - low > 1) {
        const uint32_t middle = (low + high) / 2;

        m->tree[set * 64 + node] = way < middle;
        node = 2 * node + (way < middle ? 1 : 2);
        *(way < middle ? &high : &low) = middle;
    }
}

static uint32_t model_plru(const struct model *m, uint64_t set)
{
    uint32_t low = 0, high = m->config.ways, node = 0;

    while (high - low > 1) {
        const bool upper = m->tree[set * 64 + node];

        *(upper ? &low : &high) = (low + high) / 2;
        node = 2 * node + (upper ? 2 : 1);
    }
    return low;
}

static uint32_t model_random(struct model *m)
{
    uint64_t z;

    m->random += UINT64_C(0x9e3779b97f4a7c15);
    z = m->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z = z ^ (z >> 31);
    return (uint32_t)(z % m->config.ways);
}

static uint32_t model_oldest(const struct model *m, uint64_t set, bool by_use)
{
    const struct model_line *line = &m->lines[set * m->config.ways];
    uint32_t best = 0;

    for (uint32_t w = 1; w < m->config.ways; w++) {
        const uint64_t a = by_use ? line[w].used : line[w].came;
        const uint64_t b = by_use ? line[best].used : line[best].came;

        if (a < b)
            best = w;
    }
    return best;
}

static uint32_t model_victim(struct model *m, uint64_t set)
{
    for (uint32_t w = 0; w < m->config.ways; w++)
        if (!m->lines[set * m->config.ways + w].valid)
            return w;
    switch (m->config.policy) {
    case CACHE_plru:
        return model_plru(m, set);
    case CACHE_random:
        return model_random(m);
    case CACHE_lru:
    case CACHE_fifo:
    case CACHE_POLICY_COUNT:
        break;
    }
    return model_oldest(m, set, m->config.policy == CACHE_lru);
}

static bool model_use(struct model *m, uint64_t block, bool dirties)
{
    struct model_line *line = model_find(m, block);
    const uint64_t set = block % m->sets;

    m->time++;
    if (!line)
        return false;
    line->used = m->time;
    line->dirty = line->dirty || dirties;
    model_turn(m, set, (uint32_t)(line - &m->lines[set * m->config.ways]));
    return true;
}

/* Returns the line that left. */
static struct model_line model_insert(struct model *m, uint64_t block,
                                      bool dirties)
{
    const uint64_t set = block % m->sets;
    const uint32_t way = model_victim(m, set);
    struct model_line *line = &m->lines[set * m->config.ways + way];
    const struct model_line left = *line;

    *line = (struct model_line){
        .valid = true, .block = block, .came = m->time, .dirty = dirties};
    line->used = m->time;
    model_turn(m, set, way);
    return left;
}

/* Whether @block was used last of its set. */
static bool model_is_in_front(struct model *m, uint64_t block)
{
    const struct model_line *line = model_find(m, block);
    const uint64_t set = block % m->sets;

    for (uint32_t way = 0; line && way < m->config.ways; way++) {
        const struct model_line *other = &m->lines[set * m->config.ways + way];

        if (other->valid && other->used > line->used)
            return false;
    }
    return line && m->config.policy == CACHE_lru;
}

static void compare_front(const struct cache *cache, struct model *m,
                          uint64_t block)
{
    const bool is_in_front = model_is_in_front(m, block);

    assert_int_equal(cache_are_in_front(cache, block, block), is_in_front);
    assert_int_equal(cache_are_in_front(cache, block, block + 1),
                     is_in_front && model_is_in_front(m, block + 1) &&
                         m->sets > 1);
}

static void compare_step(struct cache *cache, struct model *m, struct rng *rng,
                         uint64_t block)
{
    const bool dirties = rng_below(rng, 3) == 0;
    struct model_line *line = model_find(m, block);
    uint64_t victim = 1;

    assert_int_equal(cache_peek(cache, block, block), line != NULL);
    compare_front(cache, m, block);
    switch (rng_below(rng, 16)) {
    case 0:
        assert_int_equal(cache_drop(cache, block),
                         line ? block << 2 | (line->dirty ? 3u : 1u) : 0);
        if (line)
            line->valid = false;
        return;
    case 1:
        assert_int_equal(cache_taint(cache, block), line != NULL);
        if (line)
            line->dirty = true;
        return;
    case 2:
        assert_int_equal(cache_touch(cache, block, block, dirties),
                         model_use(m, block, dirties));
        return;
    default:
        break;
    }
    const bool found = model_use(m, block, dirties);
    assert_int_equal(cache_access(cache, block, block, dirties, &victim),
                     found);
    if (found) {
        assert_int_equal(victim, 0);
        return;
    }
    const struct model_line left = model_insert(m, block, dirties);
    assert_int_equal(victim,
                     left.valid ? left.block << 2 | (left.dirty ? 3u : 1u) : 0);
}

static void agree(const struct cache_config *config)
{
    struct rng rng = rng_start();
    struct cache *cache = make(config);
    struct model m = model_make(config);
    const uint32_t lines = (uint32_t)(config->size / config->line);
    const uint64_t high = UINT64_MAX >> cache->line_bits;

    for (int i = 0; i < STEPS; i++) {
        const uint64_t near = rng_below(&rng, lines + lines / 2 + 2);

        compare_step(cache, &m, &rng,
                     rng_below(&rng, 8) ? near : (high - near));
        if (i % (STEPS / 4) == 0)
            assert_true(cache_check(cache));
    }
    assert_true(cache_check(cache));
    cache_destroy(cache);
    model_free(&m);
}

static void test_cache_agrees_with_model_for_every_policy(void **state)
{
    static const struct cache_config geometries[] = {
        {.size = 32768, .ways = 8, .line = 64, .seed = 7},
        {.size = 1024, .ways = 1, .line = 16},
        {.size = 512, .ways = 8, .line = 64, .seed = 1},
        {.size = 768, .ways = 3, .line = 8, .seed = 2},
        {.size = 4096, .ways = 64, .line = 8},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(geometries); i++)
        for (unsigned policy = 0; policy < CACHE_POLICY_COUNT; policy++) {
            struct cache_config config = geometries[i];

            config.policy = (enum cache_policy)policy;
            if (!cache_config_fault(&config))
                agree(&config);
        }
}

/* Three lines in two ways, by hand: A B A C leaves B, or A under fifo. */
static void test_cache_lru_and_fifo_differ_as_in_the_textbook(void **state)
{
    (void)state;
    for (unsigned policy = CACHE_lru; policy <= CACHE_fifo; policy++) {
        const struct cache_config config = {.size = 16,
                                            .ways = 2,
                                            .line = 8,
                                            .policy =
                                                (enum cache_policy)policy};
        struct cache *cache = make(&config);
        uint64_t victim;

        assert_false(cache_access(cache, 1, 1, false, &victim));
        assert_false(cache_access(cache, 2, 2, true, &victim));
        assert_true(cache_access(cache, 1, 1, false, &victim));
        assert_int_equal(victim, 0);
        assert_false(cache_access(cache, 3, 3, false, &victim));
        assert_int_equal(victim, policy == CACHE_lru ? 2 << 2 | 3 : 1 << 2 | 1);
        cache_destroy(cache);
    }
}

/* One thing wrong at a time, in a cache with full and half-full sets. */
static void test_cache_check_notices_each_corruption(void **state)
{
    const struct cache_config config = {.size = 64, .ways = 4, .line = 8};
    struct cache *cache = make(&config);
    uint64_t victim;

    (void)state;
    for (uint64_t block = 0; block < 6; block += 2)
        cache_access(cache, block, block, false, &victim);
    assert_true(cache_check(cache));

    const struct {
        uint64_t *word, wrong;
    } cases[] = {
        {&cache->entries[1], 0},                    /* a gap */
        {&cache->entries[1], 1 << 2 | CACHE_VALID}, /* another set's */
        {&cache->entries[1], cache->entries[0]},    /* twice */
        {&cache->entries[1], 8 << 2},               /* neither valid nor free */
        {&cache->counts[CACHE_load_misses], 1},
        {&cache->counts[CACHE_fetch_misses], 1},
        {&cache->counts[CACHE_store_misses], 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const uint64_t right = *cases[i].word;

        *cases[i].word = cases[i].wrong;
        if (cache_check(cache))
            fail_msg("corruption %zu not noticed", i);
        *cases[i].word = right;
        assert_true(cache_check(cache));
    }
    cache->config.write_through = true;
    cache->entries[0] |= CACHE_DIRTY;
    assert_false(cache_check(cache));
    cache_destroy(cache);
}

static void test_cache_check_notices_a_corrupt_tree(void **state)
{
    const struct cache_config config = {
        .size = 64, .ways = 4, .line = 8, .policy = CACHE_plru};
    struct cache *cache = make(&config);

    (void)state;
    cache->trees[1] = 1; /* there is no node 0 */
    assert_false(cache_check(cache));
    cache->trees[1] = 1 << 4; /* nor a node 4 */
    assert_false(cache_check(cache));
    cache_destroy(cache);
}

static void test_cache_total_has_all_kinds(void **state)
{
    struct cache cache = {.counts = {
                              [CACHE_fetches] = 1000,
                              [CACHE_fetch_misses] = 100,
                              [CACHE_loads] = 200,
                              [CACHE_load_misses] = 20,
                              [CACHE_stores] = 30,
                              [CACHE_store_misses] = 3,
                              [CACHE_write_backs] = 7,
                              [CACHE_prefetches] = 7,
                          }};

    (void)state;
    assert_int_equal(cache_total(&cache).references, 1230);
    assert_int_equal(cache_total(&cache).misses, 123);
}

static void test_dram_agrees_with_model(void **state)
{
    struct rng rng = rng_start();
    const struct dram_config config = {.banks = 4, .row_size = 1024};
    uint64_t open[4], counts[3] = {0};
    bool is_open[4] = {false};
    struct dram dram;

    (void)state;
    assert_int_equal(dram_init(&dram, &config), 0);
    for (int i = 0; i < STEPS; i++) {
        const uint64_t pa = rng_below(&rng, 5)
                                ? rng_below(&rng, 40000)
                                : UINT64_MAX - rng_below(&rng, 40000);
        const uint64_t bank = pa / 1024 % 4, row = pa / 4096;
        const enum dram_result want = !is_open[bank]      ? DRAM_CLOSED
                                      : open[bank] == row ? DRAM_HIT
                                                          : DRAM_CONFLICT;

        assert_int_equal(dram_peek(&dram, pa), want);
        assert_int_equal(dram_access(&dram, pa), want);
        is_open[bank] = true;
        open[bank] = row;
        counts[want]++;
    }
    assert_memory_equal(counts, dram.counts, sizeof(counts));
    assert_true(dram_check(&dram));
    dram.open[4] = 1; /* a bank that is not there */
    assert_false(dram_check(&dram));
    dram.open[4] = 0;
    dram.open[3] = UINT64_MAX; /* a row that is not there */
    assert_false(dram_check(&dram));
}

static void test_dram_refuses_impossible_configurations(void **state)
{
    static const struct dram_config cases[] = {
        {0, 1024}, {128, 1024},   {3, 1024}, {8, 0},
        {8, 4},    {8, 1u << 31}, {8, 1000}};
    static const char *const reasons[COUNT(cases)] = {
        "1 to 64 banks", "1 to 64 banks", "number of banks", "8 bytes to 1g",
        "8 bytes to 1g", "8 bytes to 1g", "row's size"};
    struct dram dram;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = dram_config_fault(&cases[i]);

        assert_non_null(why);
        assert_non_null(strstr(why, reasons[i]));
        assert_int_equal(dram_init(&dram, &cases[i]), -EINVAL);
    }
}

static void test_dram_takes_the_least_and_the_most(void **state)
{
    const struct dram_config cases[] = {
        DRAM_DEFAULT, {1, DRAM_ROW_MIN}, {DRAM_BANKS_MAX, DRAM_ROW_MAX}};
    struct dram dram;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(dram_config_fault(&cases[i]));
        assert_int_equal(dram_init(&dram, &cases[i]), 0);
        dram_access(&dram, UINT64_MAX);
        assert_int_equal(dram_peek(&dram, UINT64_MAX), DRAM_HIT);
        assert_true(dram_check(&dram));
    }
}

static void test_cache_assign_makes_the_same_cache(void **state)
{
    (void)state;
    for (unsigned policy = 0; policy < CACHE_POLICY_COUNT; policy++) {
        const struct cache_config config = {.size = 512,
                                            .ways = 4,
                                            .line = 16,
                                            .policy = (enum cache_policy)policy,
                                            .seed = 9};
        struct cache *one = NULL, *other = NULL;
        uint64_t a, b;

        assert_int_equal(cache_create(&one, &config), 0);
        assert_int_equal(cache_create(&other, &config), 0);
        for (uint64_t i = 0; i < 100; i++)
            cache_access(one, i * 7 % 60, i * 7 % 60, i % 3 == 0, &a);
        cache_assign(other, one);
        for (uint64_t i = 0; i < 300; i++) {
            const uint64_t block = i * 11 % 70;

            assert_int_equal(cache_access(one, block, block, i % 5 == 0, &a),
                             cache_access(other, block, block, i % 5 == 0, &b));
            assert_int_equal(a, b);
        }
        cache_destroy(one);
        cache_destroy(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_refuses_impossible_geometry),
        cmocka_unit_test(test_cache_reports_each_failed_allocation),
        cmocka_unit_test(test_cache_agrees_with_model_for_every_policy),
        cmocka_unit_test(test_cache_lru_and_fifo_differ_as_in_the_textbook),
        cmocka_unit_test(test_cache_check_notices_each_corruption),
        cmocka_unit_test(test_cache_check_notices_a_corrupt_tree),
        cmocka_unit_test(test_cache_total_has_all_kinds),
        cmocka_unit_test(test_dram_agrees_with_model),
        cmocka_unit_test(test_dram_refuses_impossible_configurations),
        cmocka_unit_test(test_dram_takes_the_least_and_the_most),
        cmocka_unit_test(test_cache_assign_makes_the_same_cache),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
