/* tests/test_memsys.c - mmu/memsys.c, clock.c and costs.c. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mmu/memsys.h"
#include "tests/failing.h"
#include "tests/rng.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One machine: its clock, costs, and memory system. */
struct bench {
    struct clock clock;
    struct costs costs;
    struct memsys *memsys;
};

/* L1s of two lines, an L2 of four, all of 16 bytes; rows of 64 bytes. */
static struct memsys_config tiny(void)
{
    struct memsys_config config;

    memsys_config_init(&config);
    config.caches[MEMSYS_L1I] =
        (struct cache_config){.size = 32, .ways = 2, .line = 16};
    config.caches[MEMSYS_L1D] = config.caches[MEMSYS_L1I];
    config.caches[MEMSYS_L2] =
        (struct cache_config){.size = 64, .ways = 4, .line = 16};
    config.dram = (struct dram_config){.banks = 2, .row_size = 64};
    return config;
}

/* Costs that cannot be mistaken for each other's sums. */
static void start(struct bench *bench, const struct memsys_config *config)
{
    memset(bench, 0, sizeof(*bench));
    costs_init(&bench->costs);
    bench->costs.cycles[COST_l1i_hit] = 1;
    bench->costs.cycles[COST_l1d_hit] = 2;
    bench->costs.cycles[COST_l2_hit] = 10;
    bench->costs.cycles[COST_l3_hit] = 50;
    bench->costs.cycles[COST_dram_hit] = 100;
    bench->costs.cycles[COST_dram_closed] = 1000;
    bench->costs.cycles[COST_dram_conflict] = 10000;
    assert_int_equal(
        memsys_create(&bench->memsys, config, &bench->costs, &bench->clock), 0);
}

static void stop(struct bench *bench)
{
    assert_true(memsys_check(bench->memsys));
    memsys_destroy(bench->memsys);
}

enum { R = MMU_READ, W = MMU_WRITE, X = MMU_EXEC, M = MMU_READ | MMU_WRITE };

struct step {
    const char *what;
    unsigned kind;
    uint64_t address;
    uint32_t size;
    cycles_t cost;
};

static void follow(struct bench *bench, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct memsys_ref ref = {steps[i].address, steps[i].address,
                                       steps[i].size,
                                       (enum mmu_prot)steps[i].kind};
        const cycles_t before = bench->clock.now;
        const cycles_t cost = memsys_access(bench->memsys, &ref);

        if (cost != steps[i].cost || bench->clock.now - before != cost)
            fail_msg("%s: cost %llu", steps[i].what, (unsigned long long)cost);
        assert_true(memsys_check(bench->memsys));
    }
}

/* DRAM: bank 0 has [0, 64), [128, 192) ..., bank 1 what is between. */
static void test_memsys_charges_each_cause_to_the_cycle(void **state)
{
    static const struct step steps[] = {
        {"fetch: bank closed", X, 0x00, 4, 10 + 1000},
        {"fetch: L1I", X, 0x04, 4, 1},
        {"load of the same line: L2", R, 0x08, 4, 10},
        {"load: L1D", R, 0x0c, 4, 2},
        {"load of the open row", R, 0x10, 4, 10 + 100},
        {"load of the other bank", R, 0x40, 4, 10 + 1000},
        {"load of another row", R, 0x80, 4, 10 + 10000},
        {"store in L1D", W, 0x80, 4, 2},
        {"load over two lines, both in L1D", R, 0x4e, 1, 2},
        /* L1D has 0x40 and 0x80 (dirty), L2 0x00 0x10 0x40 0x80. */
        {"load: 0x10 is in L2, 0x80 goes back to it", R, 0x10, 4, 10 + 10},
        {"store: 0x20 allocates, L2 drops clean 0x00", W, 0x20, 4, 10 + 10000},
        /* L1D 0x20 dirty, 0x10; L2 by use: 0x20 0x10 0x80 dirty 0x40. */
        {"straddle: 0x10 in L1D and 0x20 too", R, 0x1e, 4, 2},
        {"modify: a load for the counters", M, 0x1c, 4, 2},
        {"load 0xc0, L2 drops clean 0x40", R, 0xc0, 4,
         10 + 10000 + 10}, /* L1D drops dirty 0x20 into L2; bank 1, row 1 */
        {"fetch 0x100: L2 drops dirty 0x80: two rows", X, 0x100, 1,
         10 + 10000 + 10000},
    };
    struct memsys_config config = tiny();
    struct bench bench;
    cycles_t sum = 0;

    (void)state;
    start(&bench, &config);
    follow(&bench, steps, COUNT(steps));
    for (size_t i = 0; i < COUNT(steps); i++)
        sum += steps[i].cost;
    assert_int_equal(bench.clock.now, sum);
    assert_int_equal(bench.clock.spent[CLOCK_fetch_stall], 1010 + 1 + 20010);
    assert_int_equal(bench.clock.spent[CLOCK_store_stall], 2 + 10010);
    const uint64_t *l1d = bench.memsys->caches[MEMSYS_L1D]->counts;
    assert_int_equal(l1d[CACHE_loads], 10);
    assert_int_equal(l1d[CACHE_load_misses], 6);
    assert_int_equal(l1d[CACHE_stores], 2);
    assert_int_equal(l1d[CACHE_store_misses], 1);
    assert_int_equal(l1d[CACHE_write_backs], 2);
    stop(&bench);
}

static void test_memsys_writes_through(void **state)
{
    static const struct step steps[] = {
        {"store that misses: DRAM, not allocated", W, 0x00, 4, 10 + 1000},
        {"load: not there", R, 0x00, 4, 10 + 100},
        {"store: L2 has it and is write-back", W, 0x00, 4, 10},
        {"load: still clean in L1D", R, 0x00, 4, 2},
    };
    struct memsys_config config = tiny();
    struct bench bench;

    (void)state;
    config.caches[MEMSYS_L1D].write_through = true;
    config.caches[MEMSYS_L1D].no_allocate = true;
    config.caches[MEMSYS_L2].no_allocate = true;
    start(&bench, &config);
    follow(&bench, steps, COUNT(steps));
    assert_int_equal(
        bench.memsys->caches[MEMSYS_L1D]->counts[CACHE_write_backs], 0);
    stop(&bench);
}

static void test_memsys_asks_the_third_level(void **state)
{
    static const struct step steps[] = {
        {"all miss", R, 0x00, 4, 50 + 1000},
        {"L1D full", R, 0x10, 4, 50 + 100},
        {"0x00 leaves L1D", R, 0x20, 4, 50 + 100},
        {"L2", R, 0x00, 4, 10},
        {"30", R, 0x30, 4, 50 + 100},
        {"40: 0x10 leaves L2", R, 0x40, 4, 50 + 1000},
        {"L3", R, 0x10, 4, 50},
    };
    struct memsys_config config = tiny();
    struct bench bench;

    (void)state;
    config.caches[MEMSYS_L3] =
        (struct cache_config){.size = 1024, .ways = 4, .line = 16};
    start(&bench, &config);
    follow(&bench, steps, COUNT(steps));
    stop(&bench);
}

static void test_memsys_prefetches_the_next_line(void **state)
{
    static const struct step steps[] = {
        {"miss; 0x10 follows", R, 0x00, 4, 10 + 1000},
        {"there already", R, 0x10, 4, 2},
    };
    struct memsys_config config = tiny();
    struct bench bench;

    (void)state;
    config.caches[MEMSYS_L1D].prefetch = true;
    start(&bench, &config);
    follow(&bench, steps, COUNT(steps));
    assert_int_equal(bench.memsys->caches[MEMSYS_L1D]->counts[CACHE_prefetches],
                     1);
    assert_int_equal(bench.memsys->caches[MEMSYS_L2]->counts[CACHE_loads], 1);
    stop(&bench);
}

/* A virtual index separates what a physical one puts into one set. */
static void test_memsys_picks_the_set_by_virtual_address(void **state)
{
    struct memsys_config config = tiny();
    struct memsys_ref a = {0x10, 0x00, 4, MMU_READ};
    struct memsys_ref b = {0x20, 0x20, 4, MMU_READ};

    (void)state;
    for (unsigned is_virtual = 0; is_virtual < 2; is_virtual++) {
        struct bench bench;

        config.caches[MEMSYS_L1D].ways = 1;
        config.caches[MEMSYS_L1D].virtual_index = is_virtual;
        start(&bench, &config);
        memsys_access(bench.memsys, &a);
        memsys_access(bench.memsys, &b);
        assert_int_equal(memsys_peek(bench.memsys, &a),
                         is_virtual ? MEMSYS_L1D : MEMSYS_L2);
        stop(&bench);
    }
}

/* The state that decides what happens next, and all that was counted. */
static void assert_equal_systems(const struct bench *a, const struct bench *b)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        const struct cache *one = a->memsys->caches[i];
        const struct cache *other = b->memsys->caches[i];

        if (!one)
            continue;
        assert_memory_equal(one->entries, other->entries,
                            (one->set_mask + 1) * one->ways * 8);
        assert_memory_equal(one->counts, other->counts, sizeof(one->counts));
        assert_int_equal(one->random, other->random);
    }
    assert_memory_equal(&a->clock, &b->clock, sizeof(a->clock));
    assert_memory_equal(&a->memsys->dram, &b->memsys->dram,
                        sizeof(a->memsys->dram));
}

/* Blocks of code that hit, and items, against one access after the other. */
static void batch(struct rng *rng, struct bench *one, struct bench *many)
{
    struct memsys_item items[64];
    const uint64_t at = rng_below(rng, 200);
    const uint32_t size = 1 + rng_below(rng, 30);
    const size_t count = rng_below(rng, 64);

    if (memsys_touch_code(many->memsys, at, size)) {
        for (uint32_t i = 0; i < size; i++)
            memsys_access(one->memsys,
                          &(struct memsys_ref){at + i, at + i, 1, MMU_EXEC});
        memsys_fetched(many->memsys, size);
    } else {
        const struct memsys_ref ref = {at, at, size, MMU_EXEC};

        memsys_access(one->memsys, &ref);
        memsys_access(many->memsys, &ref);
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct memsys_item){
            rng_below(rng, 300), (uint16_t)(1 + rng_below(rng, 16)),
            rng_below(rng, 3) ? MMU_READ : MMU_WRITE};
        memsys_access(one->memsys, &(struct memsys_ref){
                                       items[i].pa, items[i].pa, items[i].size,
                                       (enum mmu_prot)items[i].kind});
    }
    memsys_batch(many->memsys, items, count);
}

static void test_memsys_many_at_once_are_as_one_by_one(void **state)
{
    struct rng rng = rng_start();

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct memsys_config config = tiny();
        struct bench one, many;

        for (unsigned i = 0; i < MEMSYS_L3; i++) {
            struct cache_config *cache = &config.caches[i];

            cache->size = 64u << (rng_below(&rng, 3) + i);
            cache->ways = 2;
            cache->policy =
                rng_below(&rng, 2)
                    ? CACHE_lru
                    : (enum cache_policy)rng_below(&rng, CACHE_POLICY_COUNT);
            cache->write_through = rng_below(&rng, 4) == 0;
            cache->no_allocate = rng_below(&rng, 4) == 0;
            cache->prefetch = rng_below(&rng, 4) == 0;
        }
        start(&one, &config);
        start(&many, &config);
        for (int i = 0; i < 40; i++)
            batch(&rng, &one, &many);
        assert_equal_systems(&one, &many);
        stop(&one);
        stop(&many);
    }
}

static void test_memsys_code_that_is_not_all_there_is_let_be(void **state)
{
    const struct memsys_config config = tiny();
    const struct memsys_ref first = {0x00, 0x00, 4, MMU_EXEC};
    const struct memsys_ref second = {0x20, 0x20, 4, MMU_EXEC};
    struct bench bench;

    (void)state;
    start(&bench, &config);
    memsys_access(bench.memsys, &first);
    memsys_access(bench.memsys, &second); /* the one used last */
    assert_false(memsys_touch_code(bench.memsys, 0x00, 0x11));
    assert_true(bench.memsys->caches[MEMSYS_L1I]->entries[0] >> 2 == 2);
    assert_true(memsys_touch_code(bench.memsys, 0x00, 0x10));
    assert_true(bench.memsys->caches[MEMSYS_L1I]->entries[0] >> 2 == 0);
    stop(&bench);
}

/*
 * Everything at once, seeded: inclusion holds, the clock adds up, a peek
 * foretells who answers, and nothing is undefined.
 */
static void stress(struct rng *rng, bool is_inclusive)
{
    struct memsys_config config = tiny();
    struct bench bench;

    config.inclusive = is_inclusive;
    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        struct cache_config *cache = &config.caches[i];

        *cache = (struct cache_config){
            .ways = 1u << rng_below(rng, 3),
            .line = 8u << (is_inclusive ? i : rng_below(rng, 4)),
            .policy = (enum cache_policy)rng_below(rng, CACHE_POLICY_COUNT),
            .write_through = rng_below(rng, 3) == 0,
            .no_allocate = rng_below(rng, 3) == 0,
            .prefetch = rng_below(rng, 3) == 0,
            .virtual_index = i < MEMSYS_L2 && rng_below(rng, 3) == 0,
        };
        cache->size = (uint64_t)cache->ways * cache->line << rng_below(rng, 4);
    }
    if (rng_below(rng, 2))
        config.caches[MEMSYS_L3].size = 0;
    start(&bench, &config);
    for (int i = 0; i < 2000; i++) {
        static const unsigned kinds[] = {R, W, X, M};
        const uint64_t pa = rng_below(rng, 700) - 20u;
        const struct memsys_ref ref = {
            pa + 5, pa, 1 + rng_below(rng, rng_below(rng, 9) ? 16 : 512),
            (enum mmu_prot)kinds[rng_below(rng, 4)]};
        const enum memsys_level level = memsys_peek(bench.memsys, &ref);
        const cycles_t cost = memsys_access(bench.memsys, &ref);

        if (level < MEMSYS_L2 && !(ref.kind & MMU_WRITE))
            assert_int_equal(cost, bench.memsys->latency[level]);
        if (level == MEMSYS_DRAM && ref.kind != MMU_WRITE)
            assert_true(cost >= 100);
    }
    stop(&bench);
}

static void test_memsys_keeps_its_invariants_in_every_configuration(
    void **state)
{
    struct rng rng = rng_start();

    (void)state;
    for (int i = 0; i < 1000; i++)
        stress(&rng, i % 2);
}

static void test_memsys_refuses_impossible_configurations(void **state)
{
    enum memsys_level where;
    struct memsys_config config = tiny();
    struct memsys *memsys = NULL;

    (void)state;
    assert_null(memsys_config_fault(&config, &where));
    config.caches[MEMSYS_L2].virtual_index = true;
    assert_non_null(strstr(memsys_config_fault(&config, &where), "virtual"));
    assert_int_equal(where, MEMSYS_L2);
    assert_int_equal(
        memsys_create(&memsys, &config, &(struct costs){{0}}, NULL), -EINVAL);
    assert_null(memsys);
    config = tiny();
    config.inclusive = true;
    config.caches[MEMSYS_L2].line = 8;
    assert_non_null(strstr(memsys_config_fault(&config, &where), "shorter"));
    config = tiny();
    config.dram.banks = 3;
    assert_non_null(strstr(memsys_config_fault(&config, &where), "banks"));
    assert_int_equal(where, MEMSYS_DRAM);
}

static void test_memsys_reports_each_failed_allocation(void **state)
{
    struct memsys_config config = tiny();
    struct costs costs;
    struct clock clock = {0};

    (void)state;
    costs_init(&costs);
    for (int n = 0; n < 7; n++) {
        struct memsys *memsys = NULL;

        failing_after(n);
        assert_int_equal(memsys_create(&memsys, &config, &costs, &clock),
                         -ENOMEM);
        failing_after(-1);
        assert_null(memsys);
    }
}

static void test_memsys_check_notices_each_corruption(void **state)
{
    struct memsys_config config = tiny();
    const struct memsys_ref ref = {0, 0, 4, MMU_READ};
    struct bench bench;

    (void)state;
    config.inclusive = true;
    start(&bench, &config);
    memsys_access(bench.memsys, &ref);
    assert_true(memsys_check(bench.memsys));
    bench.clock.now++; /* time that nobody spent */
    assert_false(memsys_check(bench.memsys));
    bench.clock.now--;
    cache_drop(bench.memsys->caches[MEMSYS_L2], 0); /* not inclusive now */
    assert_false(memsys_check(bench.memsys));
    cache_drop(bench.memsys->caches[MEMSYS_L1D], 0);
    bench.memsys->dram.open[5] = 1;
    assert_false(memsys_check(bench.memsys));
    bench.memsys->dram.open[5] = 0;
    stop(&bench);
}

static void test_costs_are_set_by_name(void **state)
{
    struct costs costs;

    (void)state;
    costs_init(&costs);
    assert_true(costs_check(&costs));
    for (unsigned i = 0; i < COST_COUNT; i++) {
        assert_int_equal(costs_set(&costs, cost_name((enum cost)i), 7 + i), 0);
        assert_int_equal(costs.cycles[i], 7 + i);
        assert_true(cost_text((enum cost)i)[0]);
    }
    assert_int_equal(costs_set(&costs, "l9_hit", 1), -ENOENT);
    assert_int_equal(costs_set(&costs, "l2_hit", UINT64_C(1) << 32), -ERANGE);
    costs.cycles[0] = UINT64_MAX;
    assert_false(costs_check(&costs));
}

/* OSTEP ch. 37, Cheetah 15K.5: a random 4 KiB read takes 6 ms and 33 us. */
static void test_costs_of_disk_are_seek_and_sectors(void **state)
{
    struct costs costs;

    (void)state;
    costs_init(&costs);
    assert_int_equal(costs_of_disk(&costs, 0), 0);
    assert_int_equal(costs_of_disk(&costs, 1), 6004096);
    assert_int_equal(costs_of_disk(&costs, 512), 6004096);
    assert_int_equal(costs_of_disk(&costs, 513), 6008192);
    assert_int_equal(costs_of_disk(&costs, 4096), 6032768);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memsys_charges_each_cause_to_the_cycle),
        cmocka_unit_test(test_memsys_writes_through),
        cmocka_unit_test(test_memsys_asks_the_third_level),
        cmocka_unit_test(test_memsys_prefetches_the_next_line),
        cmocka_unit_test(test_memsys_picks_the_set_by_virtual_address),
        cmocka_unit_test(
            test_memsys_keeps_its_invariants_in_every_configuration),
        cmocka_unit_test(test_memsys_refuses_impossible_configurations),
        cmocka_unit_test(test_memsys_reports_each_failed_allocation),
        cmocka_unit_test(test_memsys_check_notices_each_corruption),
        cmocka_unit_test(test_costs_are_set_by_name),
        cmocka_unit_test(test_costs_of_disk_are_seek_and_sectors),
        cmocka_unit_test(test_memsys_many_at_once_are_as_one_by_one),
        cmocka_unit_test(test_memsys_code_that_is_not_all_there_is_let_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
