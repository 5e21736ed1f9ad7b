/* tests/test_place.c - placement of images. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/place.h"
#include "tests/failing.h"
#include "tests/rng.h"

#define KIB(n) ((uint32_t)(n)*1024u)
#define START  KIB(16)
#define END    KIB(64)

static struct place empty(void)
{
    struct place place;

    assert_int_equal(place_init(&place, START, END, &alloc_first, 0), 0);
    return place;
}

static paddr_t take(struct place *place, uint32_t size)
{
    paddr_t base = 0;

    assert_int_equal(place_alloc(place, size, &base), 0);
    assert_true(place_check(place));
    return base;
}

/* The holes, in order; returns how many. */
static unsigned holes(const struct place *place, struct place_block *to,
                      unsigned max)
{
    unsigned count = 0;

    struct place_block block;

    for (uint32_t at = ALLOC_NONE; place_next(place, &at, &block);)
        if (!block.used && count < max)
            to[count++] = block;
    return count;
}

static void expect_one_hole(const struct place *place)
{
    uint32_t bytes, largest;

    assert_true(place_check(place));
    place_holes(place, &bytes, &largest);
    assert_int_equal(bytes, END - START);
    assert_int_equal(largest, END - START);
}

/*
 * OSTEP ch. 15, figure 15.2: 64 KiB in slots of 16 KiB, the operating system
 * in the first, the process at 32 KiB. Free are the slots at 16 and 48 KiB.
 */
static void test_place_free_list_is_the_textbooks(void **state)
{
    struct place place = empty();
    struct place_block hole[4];

    (void)state;
    assert_int_equal(place_alloc_at(&place, KIB(32), KIB(16)), 0);
    assert_int_equal(holes(&place, hole, 4), 2);
    assert_int_equal(hole[0].base, 16384);
    assert_int_equal(hole[0].size, 16384);
    assert_int_equal(hole[1].base, 49152);
    assert_int_equal(hole[1].size, 16384);
    assert_int_equal(take(&place, KIB(16)), 16384);
    assert_int_equal(take(&place, KIB(16)), 49152);
    place_reset(&place);
}

static void test_place_takes_the_first_hole_that_fits(void **state)
{
    struct place place = empty();

    (void)state;
    const paddr_t a = take(&place, 1000);
    const paddr_t b = take(&place, 77);
    const paddr_t c = take(&place, 3000);
    const paddr_t d = take(&place, 1);
    assert_int_equal(a, START);
    assert_int_equal(b, START + 1000);
    assert_int_equal(c, START + 1077);
    assert_int_equal(d, START + 4077);
    place_free(&place, a); /* a hole of 1000 */
    place_free(&place, c); /* and one of 3000 */
    assert_int_equal(take(&place, 1001), c);
    assert_int_equal(take(&place, 1000), a);
    assert_int_equal(take(&place, 1999), c + 1001);
    assert_int_equal(take(&place, 1), d + 1);
    place_reset(&place);
}

static void test_place_coalesces_with_both_neighbours(void **state)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct place place = empty();
        paddr_t base[3];

        for (unsigned k = 0; k < 3; k++)
            base[k] = take(&place, KIB(16));
        for (unsigned k = 0; k < 3; k++) {
            place_free(&place, base[orders[i][k]]);
            assert_true(place_check(&place));
        }
        expect_one_hole(&place);
        place_reset(&place);
    }
}

static void test_place_refuses_what_has_no_hole(void **state)
{
    struct place place = empty();
    paddr_t base = 0xdeadbeef;

    (void)state;
    assert_int_equal(place_alloc(&place, END - START + 1, &base), -ENOSPC);
    assert_int_equal(place_alloc(&place, UINT32_MAX, &base), -ENOSPC);
    assert_true(base == 0xdeadbeef);
    expect_one_hole(&place);
    assert_int_equal(take(&place, END - START), START);
    assert_int_equal(place_alloc(&place, 1, &base), -ENOSPC);
    assert_true(base == 0xdeadbeef);
    place_free(&place, START);
    expect_one_hole(&place);
    place_reset(&place);
}

static void test_place_at_takes_exactly_these_bytes(void **state)
{
    static const struct {
        const char *what;
        paddr_t base;
        uint32_t size;
        int err;
    } cases[] = {
        {"touches the image from below", 29999, 1, 0},
        {"touches the image from above", 30777, 1, 0},
        {"the first byte", START, 1, 0},
        {"the last byte", END - 1, 1, 0},
        {"all before the image", START, 30000 - START, 0},
        {"all behind the image", 30777, END - 30777, 0},
        {"the image itself", 30000, 777, -EBUSY},
        {"runs into it", 29999, 2, -EBUSY},
        {"its last byte", 30776, 1, -EBUSY},
        {"around it", START, END - START, -EBUSY},
        {"before the start", START - 1, 1, -EINVAL},
        {"from before the start", START - 1, 100, -EINVAL},
        {"the end", END, 1, -EINVAL},
        {"across the end", END - 1, 2, -EINVAL},
        {"wraps", END - 1, UINT32_MAX, -EINVAL},
        {"the top", UINT32_MAX, 1, -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct place place = empty();

        assert_int_equal(place_alloc_at(&place, 30000, 777), 0);
        const int err = place_alloc_at(&place, cases[i].base, cases[i].size);
        if (err != cases[i].err)
            fail_msg("%s: want %d, got %d", cases[i].what, cases[i].err, err);
        assert_true(place_check(&place));
        if (!err)
            place_free(&place, cases[i].base);
        place_free(&place, 30000);
        expect_one_hole(&place);
        place_reset(&place);
    }
}

static void test_place_survives_every_failing_allocation(void **state)
{
    struct place place = {0};
    paddr_t base = 0xdeadbeef;

    (void)state;
    for (int n = 0; n < 2; n++) { /* the policy's table, the nodes */
        failing_after(n);
        assert_int_equal(place_init(&place, START, END, &alloc_first, 0),
                         -ENOMEM);
        failing_after(-1);
        assert_null(place.table);
    }

    /* Nodes come many at once: until that fails, and then again. */
    place = empty();
    for (unsigned i = 0, failed = 0; failed < 2; i++) {
        uint32_t bytes, largest, after;

        place_holes(&place, &bytes, &largest);
        failing_after(0);
        const int err = i % 2 ? place_alloc(&place, 1, &base)
                              : place_alloc_at(&place, 30000 + 3 * i, 1);
        failing_after(-1);
        place_holes(&place, &after, &largest);
        assert_true(place_check(&place));
        assert_true(i % 2 || base == 0xdeadbeef || base < 30000);
        if (!err) {
            assert_int_equal(after, bytes - 1);
            continue;
        }
        assert_int_equal(err, -ENOMEM);
        assert_int_equal(after, bytes);
        failed++;
        if (failed == 1)
            assert_int_equal(place_alloc_at(&place, 20000, 1), 0);
    }
    place_reset(&place);

    /* An exact fit, and giving back, need no host memory. */
    place = empty();
    failing_after(0);
    assert_int_equal(place_alloc(&place, END - START, &base), 0);
    place_free(&place, base);
    failing_after(-1);
    expect_one_hole(&place);
    place_reset(&place);
    place_reset(&place);
}

/* A byte map of the memory: first fit is the first run of free bytes. */
struct model {
    uint8_t used[END];
};

static paddr_t model_first_fit(const struct model *model, uint32_t size)
{
    uint32_t run = 0;

    for (paddr_t pa = START; pa < END; pa++) {
        run = model->used[pa] ? 0 : run + 1;
        if (run == size)
            return pa + 1 - size;
    }
    return 0;
}

static void test_place_agrees_with_model(void **state)
{
    static struct model model;
    struct rng rng = rng_start();
    struct place place = empty();
    struct {
        paddr_t base;
        uint32_t size;
    } images[24] = {0};

    (void)state;
    memset(&model, 0, sizeof(model));
    for (int step = 0; step < 3000; step++) {
        const uint32_t i = rng_below(&rng, 24);

        if (images[i].size) {
            place_free(&place, images[i].base);
            memset(model.used + images[i].base, 0, images[i].size);
            images[i].size = 0;
        } else {
            const uint32_t size = 1 + rng_below(&rng, 5000);
            const paddr_t want = model_first_fit(&model, size);
            paddr_t base = 0;
            const int err = place_alloc(&place, size, &base);

            if (base != want || err != (want ? 0 : -ENOSPC))
                fail_msg("TEST_SEED=%u: step %d: %u bytes: want %u, got %u",
                         rng.seed, step, size, want, base);
            if (!err) {
                images[i].base = base;
                images[i].size = size;
                memset(model.used + base, 1, size);
            }
        }
        assert_true(place_check(&place));
    }
    place_reset(&place);
}

/* What a policy does is tested in test_alloc.c; here, that it is asked. */
static void test_place_obeys_every_policy(void **state)
{
    static const struct {
        const char *name;
        paddr_t base;
        int err; /* of 1000 bytes at START + 5000 */
    } want[] = {{"first", START, 0},
                {"best", START + 3000, 0},
                {"worst", START + 6001, 0},
                {"next", START, 0},
                {"slots", START, -ENOTSUP},
                {"segregated", START + 3000, 0},
                {"slab", START + 8128, -ENOTSUP},
                {"buddy", START + KIB(32), -ENOTSUP},
                {"tree", START + 3000, 0},
                {"tlsf", START + 3000, 0}};

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct place place;
        paddr_t base = 0;

        assert_string_equal(alloc_policy_name(alloc_policies[i]), want[i].name);
        assert_int_equal(
            place_init(&place, START, END, alloc_policies[i], KIB(16)), 0);
        const int err = place_alloc_at(&place, START + 5000, 1000);
        assert_int_equal(err, want[i].err);
        if (!err) { /* holes of 2900, 1900 and many bytes */
            assert_int_equal(place_alloc_at(&place, START + 2900, 100), 0);
            assert_int_equal(place_alloc_at(&place, START + 6000, 1), 0);
        }
        assert_int_equal(place_alloc(&place, 1800, &base), 0);
        if (base != want[i].base)
            fail_msg("%s: want %u, got %u", want[i].name, want[i].base, base);
        assert_true(place_check(&place));
        place_free(&place, base);
        place_reset(&place);
    }
}

static void test_place_check_notices_corruption(void **state)
{
    struct place place = empty();

    (void)state;
    take(&place, 100);
    place.end--; /* the heap reaches beyond it */
    assert_false(place_check(&place));
    place.end++;
    place.start++;
    assert_false(place_check(&place));
    place.start--;
    place.alloc.free_bytes--; /* see test_alloc.c for all else */
    assert_false(place_check(&place));
    place.alloc.free_bytes++;
    assert_true(place_check(&place));
    place_reset(&place);
}

/* The @index-th hole. */
static bool hole_at(const struct place *place, unsigned index, paddr_t *base,
                    uint32_t *size)
{
    struct place_block block;
    uint32_t at = ALLOC_NONE;

    while (place_next(place, &at, &block)) {
        if (block.used || index-- > 0)
            continue;
        *base = block.base;
        *size = block.size;
        return true;
    }
    return false;
}

static void test_place_extend_takes_the_holes_beside_a_block(void **state)
{
    struct place place = empty();
    uint32_t size;
    paddr_t base;

    (void)state;
    assert_int_equal(place_alloc_at(&place, START + 100, 50), 0);
    assert_int_equal(place_extend(&place, START + 100, 40, 30), 0);
    assert_true(place_check(&place));
    assert_true(hole_at(&place, 0, &base, &size));
    assert_int_equal(base, START);
    assert_int_equal(size, 60);
    assert_true(hole_at(&place, 1, &base, &size));
    assert_int_equal(base, START + 180);
    assert_int_equal(size, END - START - 180);
    assert_false(hole_at(&place, 2, &base, &size));

    /* To the last byte of both holes, which are then gone. */
    assert_int_equal(place_extend(&place, START + 60, 60, END - START - 180),
                     0);
    assert_true(place_check(&place));
    assert_false(hole_at(&place, 0, &base, &size));
    place_free(&place, START);
    expect_one_hole(&place);
    place_reset(&place);
}

static void test_place_extend_refuses_what_is_in_use(void **state)
{
    struct place place = empty();
    const paddr_t a = take(&place, 100);
    const paddr_t b = take(&place, 100);

    (void)state;
    assert_int_equal(place_extend(&place, a, 0, 1), -EBUSY);
    assert_int_equal(place_extend(&place, a, 1, 0), -EBUSY);
    assert_int_equal(place_extend(&place, b, 1, 0), -EBUSY);
    assert_int_equal(place_extend(&place, b, 0, END - START - 199), -EBUSY);
    assert_true(place_check(&place));
    assert_int_equal(place_extend(&place, b, 0, END - START - 200), 0);
    assert_int_equal(place_extend(&place, b, 0, 1), -EBUSY);
    place_free(&place, a);
    place_free(&place, b);
    expect_one_hole(&place);
    place_reset(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place_free_list_is_the_textbooks),
        cmocka_unit_test(test_place_takes_the_first_hole_that_fits),
        cmocka_unit_test(test_place_coalesces_with_both_neighbours),
        cmocka_unit_test(test_place_refuses_what_has_no_hole),
        cmocka_unit_test(test_place_at_takes_exactly_these_bytes),
        cmocka_unit_test(test_place_survives_every_failing_allocation),
        cmocka_unit_test(test_place_agrees_with_model),
        cmocka_unit_test(test_place_obeys_every_policy),
        cmocka_unit_test(test_place_check_notices_corruption),
        cmocka_unit_test(test_place_extend_takes_the_holes_beside_a_block),
        cmocka_unit_test(test_place_extend_refuses_what_is_in_use),
    };

    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
