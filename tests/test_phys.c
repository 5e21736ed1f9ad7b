/* tests/test_phys.c - mmu/phys.c through its public interface. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "mmu/phys.h"
#include "tests/failing.h"
#include "tests/rng.h"

#define SIZE PHYS_SIZE_MIN

static int setup(void **state)
{
    return phys_create((struct phys **)state, SIZE);
}

static int teardown(void **state)
{
    phys_destroy(*state);
    return 0;
}

static void test_phys_create_refuses_sizes(void **state)
{
    static const uint32_t sizes[] = {0, 1, PHYS_SIZE_MIN - 1, PHYS_SIZE_MAX + 1,
                                     UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct phys *phys = NULL;

        assert_int_equal(phys_create(&phys, sizes[i]), -EINVAL);
        assert_null(phys);
    }
}

static void test_phys_create_survives_every_failing_allocation(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        struct phys *phys = NULL;

        failing_after(n);
        const int err = phys_create(&phys, SIZE);
        failing_after(-1);
        assert_int_equal(err, -ENOMEM);
        assert_null(phys);
    }
}

static void test_phys_sizes_need_no_alignment(void **state)
{
    struct phys *phys = NULL;

    (void)state;
    assert_int_equal(phys_create(&phys, PHYS_SIZE_MIN + 1), 0);
    assert_true(phys_holds(phys, PHYS_SIZE_MIN, 1));
    assert_false(phys_holds(phys, PHYS_SIZE_MIN, 2));
    phys_fill(phys, PHYS_SIZE_MIN, 0x5a, 1);
    assert_int_equal(phys->bytes[PHYS_SIZE_MIN], 0x5a);
    phys_destroy(phys);
    phys_destroy(NULL);
}

static void test_phys_starts_as_zeros_with_slack_around(void **state)
{
    struct phys *phys = *state;

    for (int64_t i = -(int64_t)PHYS_SLACK; i < SIZE + PHYS_SLACK; i++)
        assert_int_equal(phys->bytes[i], 0);
}

static void test_phys_holds_to_the_byte(void **state)
{
    static const struct {
        paddr_t pa;
        uint32_t size;
        bool holds;
    } cases[] = {
        {0, 0, true},           {0, SIZE, true},      {SIZE, 0, true},
        {SIZE - 1, 1, true},    {0, SIZE + 1, false}, {SIZE, 1, false},
        {SIZE - 1, 2, false},   {SIZE + 1, 0, false}, {UINT32_MAX, 1, false},
        {1, UINT32_MAX, false},
    };
    struct phys *phys = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (phys_holds(phys, cases[i].pa, cases[i].size) != cases[i].holds)
            fail_msg("pa %#x size %#x", cases[i].pa, cases[i].size);
}

static void test_phys_words_are_little_endian(void **state)
{
    static const uint8_t bytes[] = {0x78, 0x56, 0x34, 0x92};
    struct phys *phys = *state;
    uint8_t back[4];

    phys_write32(phys, 101, 0x92345678);
    phys_read(phys, 101, back, 4);
    assert_memory_equal(back, bytes, 4);
    assert_true(phys_read32(phys, 101) == 0x92345678);
    phys_write32(phys, SIZE - 4, 0x01020304);
    assert_int_equal(phys->bytes[SIZE - 1], 1);
    assert_int_equal(phys->bytes[SIZE], 0);
}

/* One mark, all probes around it, against a naive map. */
static void test_phys_is_code_agrees_with_model(void **state)
{
    struct phys *phys = *state;
    struct rng rng = rng_start();

    for (int i = 0; i < 20000; i++) {
        const paddr_t at = rng_below(&rng, SIZE - 64);
        const uint32_t size = 1 + rng_below(&rng, 40);
        const paddr_t probe = at + rng_below(&rng, 60) - 10;
        const uint32_t width = 1 + rng_below(&rng, 16);

        if (probe > SIZE - width)
            continue;
        phys_mark_code(phys, at, size);
        const bool want = probe < at + size && at < probe + width;
        if (phys_is_code(phys, probe, width) != want)
            fail_msg("TEST_SEED=%u: [%u, +%u) probed at [%u, +%u)", rng.seed,
                     at, size, probe, width);
        phys_clear_code(phys, at, size);
        assert_false(phys_is_code(phys, at, 16));
    }
}

static void test_phys_clear_code_keeps_the_neighbours(void **state)
{
    struct phys *phys = *state;

    phys_mark_code(phys, 100, 50);
    phys_clear_code(phys, 110, 20);
    assert_true(phys_is_code(phys, 109, 1));
    assert_false(phys_is_code(phys, 110, 16));
    assert_false(phys_is_code(phys, 129, 1));
    assert_true(phys_is_code(phys, 130, 1));
    assert_true(phys_is_code(phys, 149, 1));
    assert_false(phys_is_code(phys, 150, 1));
}

static void test_phys_change_of_code_raises_epoch(void **state)
{
    static const struct {
        const char *what;
        paddr_t pa;
        uint32_t size;
        bool raises;
    } cases[] = {
        {"the code", 1000, 1, true},
        {"its last byte", 1002, 1, true},
        {"behind it", 1003, 100, false},
        {"before it", 900, 100, false},
        {"across it", 0, 4096, true},
        {"ends in it", 985, 16, true},
        {"in a 2nd group of 16", 983, 18, true},
        {"ends before it", 983, 17, false},
        {"nothing", 1000, 0, false},
    };
    struct phys *phys = *state;
    static const uint8_t zeros[4096];

    phys_mark_code(phys, 1000, 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint64_t start = phys->code_epoch;

        phys_write(phys, cases[i].pa, zeros, cases[i].size);
        if ((phys->code_epoch > start) != cases[i].raises)
            fail_msg("write %s", cases[i].what);
        const uint64_t middle = phys->code_epoch;
        phys_fill(phys, cases[i].pa, 1, cases[i].size);
        if ((phys->code_epoch > middle) != cases[i].raises)
            fail_msg("fill %s", cases[i].what);
    }
}

/* Forgetting is a change: what was translated there must go. */
static void test_phys_clear_code_raises_epoch(void **state)
{
    struct phys *phys = *state;
    const uint64_t before = phys->code_epoch;

    phys_mark_code(phys, 1000, 3);
    assert_true(phys->code_epoch == before);
    phys_clear_code(phys, 1003, 1000);
    assert_true(phys->code_epoch == before);
    phys_clear_code(phys, 0, SIZE);
    assert_true(phys->code_epoch > before);
}

static void test_phys_opens_only_what_holds_no_code(void **state)
{
    struct phys *phys = *state;

    phys_mark_code(phys, 1500, 3);
    assert_false(phys_open(phys, 1502, 1));
    assert_false(phys_open(phys, 0, 4096));
    assert_true(phys_open(phys, 1503, 2000));
    assert_true(phys_open(phys, 0, 1500));
    phys_clear_code(phys, 1500, 3);
    assert_true(phys_open(phys, 0, 4096));
    assert_true(phys_open(phys, SIZE - 1, 1));
}

/* Code that comes into each byte of it, and only there. */
static void test_phys_code_in_what_is_open_raises_epoch(void **state)
{
    const paddr_t from = 5 * PHYS_BLOCK, size = 2 * PHYS_BLOCK;
    struct phys *phys = *state;

    for (paddr_t pa = from - 1; pa <= from + size; pa += PHYS_BLOCK / 2) {
        const bool inside = pa >= from && pa < from + size;
        uint64_t before;

        assert_true(phys_open(phys, from, size));
        before = phys->open_epoch;
        phys_mark_code(phys, pa, 1);
        assert_int_equal(phys->open_epoch > before, inside);
        before = phys->open_epoch;
        phys_mark_code(phys, pa, 1);
        assert_true(phys->open_epoch == before);
        phys_clear_code(phys, pa, 1);
    }
}

/* Large, at odd places: partly by hand, partly by the host's pages. */
static void test_phys_fill_with_zeros_is_exact(void **state)
{
    const uint32_t size = 1u << 20;
    struct rng rng = rng_start();
    struct phys *phys = NULL;

    (void)state;
    assert_int_equal(phys_create(&phys, size), 0);
    for (int i = 0; i < 40; i++) {
        const paddr_t pa = rng_below(&rng, size / 2);
        const uint32_t n = rng_below(&rng, size / 2);

        phys_fill(phys, 0, 0x5a, size);
        phys_fill(phys, pa, 0, n);
        for (uint32_t at = 0; at < size; at++)
            assert_int_equal(phys->bytes[at], at - pa < n ? 0 : 0x5a);
    }
    phys_destroy(phys);
}

static long resident_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0, resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

static void test_phys_fill_with_zeros_costs_no_memory(void **state)
{
    const uint32_t size = 512u << 20;
    struct phys *phys = NULL;

    (void)state;
    assert_int_equal(phys_create(&phys, size), 0);
    phys_mark_code(phys, 5000, 1);
    const long before = resident_pages();
    phys_fill(phys, 1, 0, size - 2);
    assert_int_equal(phys->code_epoch, 1);
    phys_clear_code(phys, 1, size - 2);
    assert_in_range(resident_pages(), 0, before + 256);
    phys_destroy(phys);
}

static void test_phys_pattern_finds_the_first_change(void **state)
{
    struct phys *phys = *state;

    phys_pattern_fill(phys, 77, 5000);
    assert_int_equal(phys_pattern_find(phys, 77, 5000), 77 + 5000);
    for (paddr_t pa = 77; pa < 77 + 5000; pa += 61) {
        phys->bytes[pa] ^= 1;
        assert_int_equal(phys_pattern_find(phys, 77, 5000), pa);
        phys->bytes[pa] ^= 1;
    }
}

/* A window shifted by any small distance must not look intact. */
static void test_phys_pattern_tells_addresses_apart(void **state)
{
    struct phys *phys = *state;
    uint8_t copy[256];

    for (paddr_t by = 1; by <= 4096; by++) {
        phys_pattern_fill(phys, 0, 8192);
        memcpy(copy, phys->bytes + by, sizeof(copy));
        phys_write(phys, 0, copy, sizeof(copy));
        assert_true(phys_pattern_find(phys, 0, 256) < 256);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phys_create_refuses_sizes),
        cmocka_unit_test(test_phys_create_survives_every_failing_allocation),
        cmocka_unit_test(test_phys_sizes_need_no_alignment),
        cmocka_unit_test_setup_teardown(
            test_phys_starts_as_zeros_with_slack_around, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phys_holds_to_the_byte, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_phys_words_are_little_endian,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_phys_is_code_agrees_with_model,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_phys_clear_code_keeps_the_neighbours, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phys_change_of_code_raises_epoch,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_phys_clear_code_raises_epoch,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_phys_opens_only_what_holds_no_code,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_phys_code_in_what_is_open_raises_epoch, setup, teardown),
        cmocka_unit_test(test_phys_fill_with_zeros_is_exact),
        cmocka_unit_test(test_phys_fill_with_zeros_costs_no_memory),
        cmocka_unit_test_setup_teardown(
            test_phys_pattern_finds_the_first_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phys_pattern_tells_addresses_apart,
                                        setup, teardown),
    };

    return cmocka_run_group_tests_name("phys", tests, NULL, NULL);
}
