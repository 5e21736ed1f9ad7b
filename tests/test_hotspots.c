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
static void run(struct hotspots *hotspots, struct clock *clock,
                uint32_t program, vaddr_t pc, enum clock_cause cause,
                cycles_t cycles)
{
    hotspots_fetch(hotspots, program, pc, clock);
    clock_advance(clock, cause, cycles);
}

static void test_hotspots_longest_first(void **state)
{
    struct hotspots *hotspots = NULL;
    struct clock clock = {0};
    struct hotspot got[8];

    (void)state;
    assert_int_equal(hotspots_create(&hotspots), 0);
    run(hotspots, &clock, 1, 0x10, CLOCK_load_stall, 5);
    run(hotspots, &clock, 1, 0x20, CLOCK_fetch_stall, 100);
    clock_advance(&clock, CLOCK_store_stall, 20);
    run(hotspots, &clock, 2, 0x10, CLOCK_load_stall, 7);
    run(hotspots, &clock, 1, 0x10, CLOCK_load_stall, 1);
    clock_advance(&clock, CLOCK_trap, 1000); /* no stall */
    run(hotspots, &clock, 1, 0x30, CLOCK_execute, 3);
    run(hotspots, &clock, 1, 0x08, CLOCK_translate, 3);
    hotspots_finish(hotspots, &clock);

    static const struct hotspot want[] = {{1, 0x20, 1, 120},
                                          {2, 0x10, 1, 7},
                                          {1, 0x10, 2, 6},
                                          {1, 0x08, 1, 0},
                                          {1, 0x30, 1, 0}};
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
    hotspots_destroy(NULL);
}

static void test_hotspots_keep_all_of_many(void **state)
{
    struct hotspots *hotspots = NULL;
    struct clock clock = {0};
    struct hotspot *got = calloc(MANY + 1, sizeof(*got));
    cycles_t sum = 0;

    (void)state;
    assert_non_null(got);
    assert_int_equal(hotspots_create(&hotspots), 0);
    for (uint32_t i = 0; i < 3 * MANY; i++)
        run(hotspots, &clock, 1 + i % 2, i % MANY * 0x1000u, CLOCK_load_stall,
            i);
    hotspots_finish(hotspots, &clock);
    assert_int_equal(hotspots_instructions(hotspots, got, MANY + 1), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(got[i].executed, 3);
        sum += got[i].stall;
    }
    assert_int_equal(sum, clock.now);
    assert_false(hotspots_incomplete(hotspots));
    hotspots_destroy(hotspots);
    free(got);
}

static void test_hotspots_say_when_they_lack_memory(void **state)
{
    struct hotspots *hotspots = NULL;
    struct clock clock = {0};

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
        run(hotspots, &clock, 1, i, CLOCK_load_stall, 1);
    failing_after(-1);
    assert_true(hotspots_incomplete(hotspots));
    hotspots_destroy(hotspots);
}

static void test_hotspots_as_text_and_json(void **state)
{
    struct hotspots *hotspots = NULL;
    struct clock clock = {0};
    struct json json;
    char text[1024] = "";
    FILE *file = fmemopen(text, sizeof(text), "w");

    (void)state;
    assert_int_equal(hotspots_create(&hotspots), 0);
    run(hotspots, &clock, 1, 0x10, CLOCK_load_stall, 5);
    hotspots_finish(hotspots, &clock);
    hotspots_print(hotspots, no_symbols, NULL, 3, file);
    json_begin(&json, file);
    hotspots_put(hotspots, no_symbols, NULL, 3, &json);
    json_end(&json);
    fclose(file);
    assert_non_null(strstr(text, "  1  0x00000010\n"));
    assert_non_null(strstr(
        text, "{\"instructions_by_stall\":{\"1\":{\"program\":1,\"pc\":16,"
              "\"stall\":5,\"executed\":1}},\"functions_by_stall\":"));
    hotspots_destroy(hotspots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hotspots_longest_first),
        cmocka_unit_test(test_hotspots_keep_all_of_many),
        cmocka_unit_test(test_hotspots_say_when_they_lack_memory),
        cmocka_unit_test(test_hotspots_as_text_and_json),
    };

    return cmocka_run_group_tests_name("hotspots", tests, NULL, NULL);
}
