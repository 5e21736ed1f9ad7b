/* tests/test_hotspots.c - emu/hotspots.c: who waits, and for how long. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emu/hotspots.h"
#include "tests/failing.h"

#define MANY 5000u

static const struct symbols *no_symbols(void *ctx, uint32_t program)
{
    (void)ctx, (void)program;
    return NULL;
}

/* Fetch, then let so much time pass. */
static void run(struct hotspots *hotspots, struct charge *charge,
                uint32_t program, vaddr_t pc, enum clock_cause cause,
                cycles_t cycles)
{
    hotspots_fetch(hotspots, program, pc, charge);
    clock_advance(&charge->clock, cause, cycles);
}

/* Nothing has been charged yet. */
static struct charge *new_charge(bool three_levels)
{
    struct memsys_config config;
    struct costs costs;
    struct charge *charge = NULL;

    memsys_config_init(&config);
    costs_init(&costs);
    if (three_levels)
        config.caches[MEMSYS_L3] = config.caches[MEMSYS_L2];
    assert_int_equal(charge_create(&charge, &config, &costs, 1), 0);
    return charge;
}

static void miss(struct charge *charge, enum memsys_level level,
                 enum cache_counter counter, uint64_t times)
{
    charge->memsys->caches[level]->counts[counter] += times;
}

static void test_hotspots_longest_first(void **state)
{
    struct hotspots *hotspots = NULL;
    struct charge *charge = new_charge(false);
    struct hotspot got[8];

    (void)state;
    assert_int_equal(hotspots_create(&hotspots), 0);
    run(hotspots, charge, 1, 0x10, CLOCK_load_stall, 5);
    run(hotspots, charge, 1, 0x20, CLOCK_fetch_stall, 100);
    clock_advance(&charge->clock, CLOCK_store_stall, 20);
    run(hotspots, charge, 2, 0x10, CLOCK_load_stall, 7);
    run(hotspots, charge, 1, 0x10, CLOCK_load_stall, 1);
    clock_advance(&charge->clock, CLOCK_trap, 1000); /* no stall */
    run(hotspots, charge, 1, 0x30, CLOCK_execute, 3);
    run(hotspots, charge, 1, 0x08, CLOCK_translate, 3);
    hotspots_finish(hotspots, charge);

    static const struct hotspot want[] = {{1, 0x20, 1, 120, {0}},
                                          {2, 0x10, 1, 7, {0}},
                                          {1, 0x10, 2, 6, {0}},
                                          {1, 0x08, 1, 0, {0}},
                                          {1, 0x30, 1, 0, {0}}};
    assert_int_equal(hotspots_instructions(hotspots, got, 8), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(got[i].program, want[i].program);
        assert_int_equal(got[i].pc, want[i].pc);
        assert_int_equal(got[i].executed, want[i].executed);
        assert_int_equal(got[i].stall, want[i].stall);
    }
    assert_int_equal(hotspots_instructions(hotspots, got, 2), 2);
    assert_int_equal(hotspots_functions(hotspots, no_symbols, NULL, got, 8), 5);
    assert_int_equal(got[0].pc, 0x20);
    hotspots_destroy(hotspots);
    charge_destroy(charge);
    hotspots_destroy(NULL);
}

/* The last level is the third where there is one. */
static void test_hotspots_count_misses(void **state)
{
    static const uint64_t want[][HOTSPOT_CACHES] = {{1, 14, 4}, {3, 0, 0}};
    struct charge *charge = new_charge(true);
    struct hotspots *hotspots = NULL;
    struct hotspot got[2];

    (void)state;
    assert_int_equal(hotspots_create(&hotspots), 0);
    run(hotspots, charge, 1, 0x10, CLOCK_load_stall, 50);
    miss(charge, MEMSYS_L1I, CACHE_fetch_misses, 1);
    miss(charge, MEMSYS_L1D, CACHE_load_misses, 2);
    miss(charge, MEMSYS_L1D, CACHE_store_misses, 12);
    miss(charge, MEMSYS_L2, CACHE_load_misses, 100);
    miss(charge, MEMSYS_L3, CACHE_load_misses, 4);
    run(hotspots, charge, 1, 0x20, CLOCK_load_stall, 1);
    miss(charge, MEMSYS_L1I, CACHE_fetch_misses, 2);
    hotspots_finish(hotspots, charge);
    miss(charge, MEMSYS_L1D, CACHE_load_misses, 1000); /* the OS's */
    run(hotspots, charge, 1, 0x20, CLOCK_load_stall, 1);
    miss(charge, MEMSYS_L1I, CACHE_fetch_misses, 1);
    hotspots_finish(hotspots, charge);

    assert_int_equal(hotspots_instructions(hotspots, got, 2), 2);
    for (size_t i = 0; i < 2; i++)
        assert_memory_equal(got[i].misses, want[i], sizeof(want[i]));
    assert_int_equal(hotspots_functions(hotspots, no_symbols, NULL, got, 2), 2);
    assert_memory_equal(got[0].misses, want[0], sizeof(want[0]));
    hotspots_destroy(hotspots);
    charge_destroy(charge);
}

static void test_hotspots_keep_all_of_many(void **state)
{
    struct hotspots *hotspots = NULL;
    struct charge *charge = new_charge(false);
    struct hotspot *got = calloc(MANY + 1, sizeof(*got));
    cycles_t sum = 0;

    (void)state;
    assert_non_null(got);
    assert_int_equal(hotspots_create(&hotspots), 0);
    for (uint32_t i = 0; i < 3 * MANY; i++)
        run(hotspots, charge, 1 + i % 2, i % MANY * 0x1000u, CLOCK_load_stall,
            i);
    hotspots_finish(hotspots, charge);
    assert_int_equal(hotspots_instructions(hotspots, got, MANY + 1), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(got[i].executed, 3);
        sum += got[i].stall;
    }
    assert_int_equal(sum, charge->clock.now);
    assert_false(hotspots_incomplete(hotspots));
    hotspots_destroy(hotspots);
    charge_destroy(charge);
    free(got);
}

static void test_hotspots_say_when_they_lack_memory(void **state)
{
    struct hotspots *hotspots = NULL;
    struct charge *charge = new_charge(false);

    (void)state;
    for (int i = 0; i < 2; i++) {
        failing_after(i);
        assert_int_equal(hotspots_create(&hotspots), -ENOMEM);
    }
    failing_after(-1);
    assert_null(hotspots);
    assert_int_equal(hotspots_create(&hotspots), 0);
    failing_after(0);
    for (uint32_t i = 0; i < MANY; i++)
        run(hotspots, charge, 1, i, CLOCK_load_stall, 1);
    failing_after(-1);
    assert_true(hotspots_incomplete(hotspots));
    hotspots_destroy(hotspots);
    charge_destroy(charge);
}

static void test_hotspots_as_text_and_json(void **state)
{
    struct hotspots *hotspots = NULL;
    struct charge *charge = new_charge(false);
    struct json json;
    char text[1024] = "";
    FILE *file = fmemopen(text, sizeof(text), "w");

    (void)state;
    assert_int_equal(hotspots_create(&hotspots), 0);
    run(hotspots, charge, 1, 0x10, CLOCK_load_stall, 5);
    miss(charge, MEMSYS_L1I, CACHE_fetch_misses, 2);
    miss(charge, MEMSYS_L2, CACHE_fetch_misses, 1);
    hotspots_finish(hotspots, charge);
    hotspots_print(hotspots, no_symbols, NULL, 3, file);
    json_begin(&json, file);
    hotspots_put(hotspots, no_symbols, NULL, 3, &json);
    json_end(&json);
    fclose(file);
    assert_non_null(strstr(text, "instructions l1i misses l1d misses  ll misses"
                                 "  program  where\n"));
    assert_non_null(
        strstr(text, " 2          0          1    1  0x00000010\n"));
    assert_non_null(strstr(
        text, "{\"instructions_by_stall\":{\"1\":{\"program\":1,\"pc\":16,"
              "\"stall\":5,\"executed\":1,\"l1i_misses\":2,\"l1d_misses\":0,"
              "\"ll_misses\":1}},\"functions_by_stall\":"));
    hotspots_destroy(hotspots);
    charge_destroy(charge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hotspots_longest_first),
        cmocka_unit_test(test_hotspots_count_misses),
        cmocka_unit_test(test_hotspots_keep_all_of_many),
        cmocka_unit_test(test_hotspots_say_when_they_lack_memory),
        cmocka_unit_test(test_hotspots_as_text_and_json),
    };

    return cmocka_run_group_tests_name("hotspots", tests, NULL, NULL);
}
