/* tests/test_base_bounds.c - mmu/base_bounds.c through its interface. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mmu/base_bounds.h"
#include "tests/rng.h"

#define STEPS 1000000

static struct base_bounds registers(paddr_t base, uint32_t bounds)
{
    struct base_bounds bb;

    base_bounds_init(&bb);
    assert_int_equal(base_bounds_set(&bb, base, bounds, UINT32_MAX), 0);
    return bb;
}

/*
 * OSTEP ch. 15: "Example Translations" (4 KiB at 16 KiB), "Dynamic Relocation"
 * (the movl at 128 and its operand at 15 KiB, process at 32 KiB), and the
 * relocation homework's README (base 12418, limit 472). Rows with "edge"
 * follow from the text; they are not printed in it.
 */
static void test_base_bounds_translates_known_answers(void **state)
{
    static const struct {
        const char *what;
        paddr_t base;
        uint32_t bounds;
        vaddr_t va;
        uint32_t size;
        enum mmu_fault fault;
        paddr_t pa;
    } cases[] = {
        {"examples: 0", 16384, 4096, 0, 1, MMU_FAULT_NONE, 16384},
        {"examples: 1 KB", 16384, 4096, 1024, 1, MMU_FAULT_NONE, 17408},
        {"examples: 3000", 16384, 4096, 3000, 1, MMU_FAULT_NONE, 19384},
        {"examples: 4400", 16384, 4096, 4400, 1, MMU_FAULT_BOUNDS, 0},
        {"examples: last, edge", 16384, 4096, 4095, 1, MMU_FAULT_NONE, 20479},
        {"examples: bounds, edge", 16384, 4096, 4096, 1, MMU_FAULT_BOUNDS, 0},
        {"movl: fetch at 128", 32768, 16384, 128, 4, MMU_FAULT_NONE, 32896},
        {"movl: x at 15 KB", 32768, 16384, 15360, 4, MMU_FAULT_NONE, 48128},
        {"movl: addl at 132", 32768, 16384, 132, 3, MMU_FAULT_NONE, 32900},
        {"movl: movl at 135", 32768, 16384, 135, 3, MMU_FAULT_NONE, 32903},
        {"movl: last, edge", 32768, 16384, 16383, 1, MMU_FAULT_NONE, 49151},
        {"movl: bounds, edge", 32768, 16384, 16384, 1, MMU_FAULT_BOUNDS, 0},
        {"readme: 430", 12418, 472, 430, 1, MMU_FAULT_NONE, 12848},
        {"readme: 265", 12418, 472, 265, 1, MMU_FAULT_NONE, 12683},
        {"readme: 523", 12418, 472, 523, 1, MMU_FAULT_BOUNDS, 0},
        {"readme: 414", 12418, 472, 414, 1, MMU_FAULT_NONE, 12832},
        {"readme: 802", 12418, 472, 802, 1, MMU_FAULT_BOUNDS, 0},
        {"straddles by one", 16384, 4096, 4093, 4, MMU_FAULT_BOUNDS, 0},
        {"ends at bounds", 16384, 4096, 4092, 4, MMU_FAULT_NONE, 20476},
        {"widest that fits", 7, 512, 0, 512, MMU_FAULT_NONE, 7},
        {"wider than bounds", 7, 511, 0, 512, MMU_FAULT_BOUNDS, 0},
        {"va + size wraps", 0, 4096, UINT32_MAX, 2, MMU_FAULT_BOUNDS, 0},
        {"bounds 0", 4096, 0, 0, 1, MMU_FAULT_BOUNDS, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct base_bounds bb = registers(cases[i].base, cases[i].bounds);
        const struct mmu_access access = {cases[i].va, cases[i].size, MMU_READ};
        const paddr_t untouched = 0xdeadbeef;
        paddr_t pa = untouched;
        const enum mmu_fault fault = mmu_translate(&bb.mmu, &access, &pa);

        if (fault != cases[i].fault)
            fail_msg("%s: want %s, got %s", cases[i].what,
                     mmu_fault_name(cases[i].fault), mmu_fault_name(fault));
        if (pa != (fault ? untouched : cases[i].pa))
            fail_msg("%s: pa %u", cases[i].what, pa);
    }
}

/* Byte by byte, in numbers that cannot wrap. */
static enum mmu_fault model(const struct base_bounds *bb, struct mmu_access a,
                            uint64_t *pa)
{
    for (uint64_t i = 0; i < a.size; i++)
        if ((uint64_t)a.va + i >= bb->bounds)
            return MMU_FAULT_BOUNDS;
    *pa = (uint64_t)bb->base + a.va;
    return MMU_FAULT_NONE;
}

/* Often next to an edge: 0, @edge or the top. */
static uint32_t pick(struct rng *rng, uint32_t edge)
{
    const uint32_t near = rng_below(rng, 1100) - 550;

    switch (rng_below(rng, 4)) {
    case 0:
        return edge + near;
    case 1:
        return near; /* around 0, and so around 2^32 */
    case 2:
        return edge > 0 ? rng_below(rng, edge) : 0;
    default:
        return rng_next(rng);
    }
}

static void test_base_bounds_agrees_with_model(void **state)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 8, 10, 16, 28, 108, 512};
    static const enum mmu_prot kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
    struct rng rng = rng_start();

    (void)state;
    for (int i = 0; i < STEPS; i++) {
        const uint32_t bounds = pick(&rng, 16384);
        const paddr_t base =
            UINT32_MAX - bounds ? rng_below(&rng, UINT32_MAX - bounds) : 0;
        const struct base_bounds bb = registers(base, bounds);
        const struct mmu_access a = {
            .va = pick(&rng, bounds),
            .size = sizes[rng_below(&rng, 10)],
            .kind = kinds[rng_below(&rng, 3)],
        };
        uint64_t want_pa = 0;
        paddr_t pa = 0;
        const enum mmu_fault want = model(&bb, a, &want_pa);
        const enum mmu_fault got = mmu_translate(&bb.mmu, &a, &pa);

        if (want != got || want_pa != pa)
            fail_msg("replay with TEST_SEED=%u: step %d base=%#x bounds=%#x "
                     "va=%#x size=%u: want %s, got %s, pa %#x",
                     rng.seed, i, base, bounds, a.va, a.size,
                     mmu_fault_name(want), mmu_fault_name(got), pa);
    }
}

static void test_base_bounds_set_refuses_what_memory_lacks(void **state)
{
    static const struct {
        const char *what;
        paddr_t base;
        uint32_t bounds, phys_size;
        int err;
    } cases[] = {
        {"all of memory", 0, 65536, 65536, 0},
        {"empty at the end", 65536, 0, 65536, 0},
        {"last byte", 65535, 1, 65536, 0},
        {"odd base and bounds", 12345, 777, 65536, 0},
        {"one too many", 0, 65537, 65536, -EINVAL},
        {"one past the end", 65535, 2, 65536, -EINVAL},
        {"empty past the end", 65537, 0, 65536, -EINVAL},
        {"sum wraps", UINT32_MAX, 2, 65536, -EINVAL},
        {"both huge", UINT32_MAX, UINT32_MAX, 65536, -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct base_bounds bb = registers(100, 200);
        const struct base_bounds before = bb;
        const int err = base_bounds_set(&bb, cases[i].base, cases[i].bounds,
                                        cases[i].phys_size);

        if (err != cases[i].err)
            fail_msg("%s: %d", cases[i].what, err);
        if (err)
            assert_memory_equal(&bb, &before, sizeof(bb));
        else
            assert_true(bb.base == cases[i].base &&
                        bb.bounds == cases[i].bounds);
    }
}

static void test_base_bounds_write_raises_generation(void **state)
{
    struct base_bounds bb;

    (void)state;
    base_bounds_init(&bb);
    assert_true(bb.mmu.generation > 0);
    for (int i = 0; i < 3; i++) {
        const uint64_t before = bb.mmu.generation;

        assert_int_equal(base_bounds_set(&bb, 0, 16, 65536), 0);
        assert_true(bb.mmu.generation > before);
    }
}

static void test_base_bounds_starts_with_nothing_legal(void **state)
{
    const struct mmu_access access = {0, 1, MMU_READ};
    struct base_bounds bb;
    paddr_t pa;

    (void)state;
    base_bounds_init(&bb);
    assert_int_equal(mmu_translate(&bb.mmu, &access, &pa), MMU_FAULT_BOUNDS);
    assert_true(bb.mmu.ops->check(&bb.mmu));
}

static void test_base_bounds_has_one_span(void **state)
{
    const struct base_bounds bb = registers(32768, 16384);
    struct mmu_span span;

    (void)state;
    assert_string_equal(bb.mmu.ops->name, "base-bounds");
    assert_true(bb.mmu.ops->span(&bb.mmu, 0, &span));
    assert_string_equal(span.name, "image");
    assert_int_equal(span.va, 0);
    assert_int_equal(span.base, 32768);
    assert_int_equal(span.bounds, 16384);
    assert_int_equal(span.prot, MMU_RWX);
    assert_false(bb.mmu.ops->span(&bb.mmu, 1, &span));
}

static void test_base_bounds_check_notices_corruption(void **state)
{
    struct base_bounds bb = registers(32768, 16384);

    (void)state;
    assert_true(bb.mmu.ops->check(&bb.mmu));
    bb.mmu.generation = 0;
    assert_false(bb.mmu.ops->check(&bb.mmu));
    bb.mmu.generation = 1;
    bb.bounds = UINT32_MAX - 32767;
    assert_false(bb.mmu.ops->check(&bb.mmu));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_bounds_translates_known_answers),
        cmocka_unit_test(test_base_bounds_agrees_with_model),
        cmocka_unit_test(test_base_bounds_set_refuses_what_memory_lacks),
        cmocka_unit_test(test_base_bounds_write_raises_generation),
        cmocka_unit_test(test_base_bounds_starts_with_nothing_legal),
        cmocka_unit_test(test_base_bounds_has_one_span),
        cmocka_unit_test(test_base_bounds_check_notices_corruption),
    };

    return cmocka_run_group_tests_name("base_bounds", tests, NULL, NULL);
}
