/* tests/test_segment_table.c - segments described in physical memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mmu/segment_table.h"
#include "tests/rng.h"

#define KIB(n) ((uint32_t)(n)*1024u)
#define PHYS   KIB(256)
#define TABLE  KIB(100)

static int setup(void **state)
{
    struct phys *phys;

    assert_int_equal(phys_create(&phys, PHYS), 0);
    *state = phys;
    return 0;
}

static int teardown(void **state)
{
    phys_destroy(*state);
    return 0;
}

static struct segment_table table(struct phys *phys, unsigned va_bits,
                                  unsigned seg_bits, uint32_t count)
{
    struct segment_table t;

    assert_int_equal(segment_table_init(&t, phys, va_bits, seg_bits), 0);
    assert_int_equal(segment_table_set(&t, TABLE, count), 0);
    return t;
}

static enum mmu_fault at(const struct segment_table *t, vaddr_t va,
                         uint32_t size, enum mmu_prot kind, paddr_t *pa)
{
    const struct mmu_access access = {va, size, kind};

    return mmu_translate(&t->mmu, &access, pa);
}

static void test_segment_table_descriptor_is_as_drawn(void **state)
{
    static const uint8_t drawn[DESCRIPTOR_SIZE] = {
        0x78, 0x56, 0x01, 0, 0x34, 0x02, 0, 0, 0x7b, 0, 0, 0, 0xef, 0xbe, 0, 0};
    const struct descriptor d = {
        .segment = {0x15678, 0x234, MMU_READ | MMU_WRITE, true, false},
        .accessed = true,
        .modified = true,
        .os = 0xbeef,
    };
    struct phys *phys = *state;
    struct segment_table t = table(phys, 32, 12, 4096);

    assert_int_equal(segment_table_put(&t, 7, &d), 0);
    assert_memory_equal(phys->bytes + TABLE + 7 * 16, drawn, sizeof(drawn));

    const struct descriptor got = segment_table_get(&t, 7);
    assert_memory_equal(&got.segment.base, &d.segment.base, 8);
    assert_true(got.segment.grows_down && !got.segment.absent);
    assert_true(got.accessed && got.modified && got.os == 0xbeef);
    assert_true(segment_table_ops.check(&t.mmu));
}

static void test_segment_table_changes_take_effect_at_once(void **state)
{
    struct phys *phys = *state;
    struct segment_table t = table(phys, 32, 8, 256);
    struct descriptor d = {.segment = {KIB(8), KIB(1), MMU_RWX, false, false}};
    const uint64_t generation = t.mmu.generation;
    const vaddr_t va = 5u << 24;
    paddr_t pa = 0;

    /* All 0 is not present. */
    assert_int_equal(at(&t, va, 1, MMU_READ, &pa), MMU_FAULT_ABSENT);
    assert_int_equal(segment_table_put(&t, 5, &d), 0);
    assert_true(t.mmu.generation > generation);
    assert_int_equal(at(&t, va + 1023, 1, MMU_READ, &pa), MMU_FAULT_NONE);
    assert_int_equal(pa, KIB(9) - 1);
    d.segment.absent = true;
    assert_int_equal(segment_table_put(&t, 5, &d), 0);
    assert_int_equal(at(&t, va, 1, MMU_READ, &pa), MMU_FAULT_ABSENT);
    d.segment.absent = false;
    d.segment.base += 3;
    assert_int_equal(segment_table_put(&t, 5, &d), 0);
    assert_int_equal(at(&t, va, 1, MMU_READ, &pa), MMU_FAULT_NONE);
    assert_int_equal(pa, KIB(8) + 3);

    /* Another table. */
    assert_int_equal(segment_table_set(&t, TABLE + 16, 5), 0);
    assert_int_equal(at(&t, va, 1, MMU_READ, &pa), MMU_FAULT_SEGMENT);
    assert_int_equal(at(&t, 4u << 24, 1, MMU_READ, &pa), MMU_FAULT_NONE);
}

static uint32_t flags(const struct phys *phys, unsigned selector)
{
    return phys_read32(phys, TABLE + 16 * selector + 8);
}

static void test_segment_table_touch_notes_use(void **state)
{
    struct phys *phys = *state;
    struct segment_table t = table(phys, 32, 8, 4);
    const struct descriptor d = {
        .segment = {KIB(8), KIB(1), MMU_RWX, false, false}};

    assert_int_equal(segment_table_put(&t, 1, &d), 0);

    const uint64_t generation = t.mmu.generation;
    assert_int_equal(flags(phys, 1), 0x17);
    segment_table_ops.touch(&t.mmu, 1u << 24, MMU_READ);
    assert_int_equal(flags(phys, 1), 0x37);
    segment_table_ops.touch(&t.mmu, 1u << 24, MMU_WRITE);
    assert_int_equal(flags(phys, 1), 0x77);
    segment_table_ops.touch(&t.mmu, UINT32_MAX, MMU_WRITE); /* past the table */
    assert_true(t.mmu.generation == generation);
}

static void test_segment_table_refuses_what_cannot_be(void **state)
{
    struct phys *phys = *state;
    struct segment_table t = table(phys, 14, 2, 4);
    const struct segment_table before = t;
    struct descriptor d = {.segment = {KIB(8), KIB(1), MMU_RWX, false, false}};

    assert_int_equal(segment_table_set(&t, 0, 5), -EINVAL);
    assert_int_equal(segment_table_set(&t, PHYS - 63, 4), -EFAULT);
    assert_int_equal(segment_table_put(&t, 4, &d), -EINVAL);
    d.segment.bounds = KIB(4) + 1;
    assert_int_equal(segment_table_put(&t, 0, &d), -ERANGE);
    d.segment.bounds = KIB(4);
    d.segment.base = PHYS - KIB(4) + 1;
    assert_int_equal(segment_table_put(&t, 0, &d), -EFAULT);
    assert_memory_equal(&t, &before, sizeof(t));
    assert_int_equal(segment_table_set(&t, PHYS - 64, 4), 0);
    assert_int_equal(segment_table_init(&t, phys, 32, 13), -EINVAL);
    assert_int_equal(segment_table_init(&t, phys, 33, 4), -EINVAL);
    assert_int_equal(segment_table_init(&t, phys, 12, 12), -EINVAL);
}

/* Whatever stands in the table: no byte outside of memory is reached. */
static void test_segment_table_survives_garbage(void **state)
{
    struct rng rng = rng_start();
    struct phys *phys = *state;
    struct segment_table t = table(phys, 32, 12, 4096);
    unsigned legal = 0;

    for (uint32_t i = 0; i < KIB(64); i += 4)
        phys_write32(phys, TABLE + i,
                     rng_below(&rng, 4) ? rng_below(&rng, KIB(256))
                                        : rng_next(&rng));
    for (unsigned n = 0; n < 1000000; n++) {
        const struct mmu_access access = {(rng_below(&rng, 4096) << 20) +
                                              rng_below(&rng, KIB(1024)),
                                          1 + rng_below(&rng, 512), MMU_READ};
        paddr_t pa;

        if (mmu_translate(&t.mmu, &access, &pa))
            continue;
        assert_true(phys_holds(phys, pa, access.size));
        legal++;
    }
    assert_true(legal > 1000);
    assert_false(segment_table_ops.check(&t.mmu));
}

/* The same segments in registers and in a table: the same answers. */
static void test_segment_table_agrees_with_a_byte_by_byte_model(void **state)
{
    struct rng rng = rng_start();
    struct phys *phys = *state;

    for (unsigned n = 0; n < 2000; n++) {
        struct segment_table t = table(phys, 18, 4, 1 + rng_below(&rng, 16));
        struct segment segments[16] = {{0}};

        for (unsigned i = 0; i < t.count; i++) {
            struct segment *g = &segments[i];

            *g = (struct segment){
                .bounds = rng_below(&rng, 4) ? rng_below(&rng, KIB(16) + 1) : 0,
                .prot = (enum mmu_prot)rng_below(&rng, 8),
                .grows_down = rng_below(&rng, 2),
                .absent = rng_below(&rng, 6) == 0};
            g->base = rng_below(&rng, PHYS - g->bounds + 1) +
                      (g->grows_down ? g->bounds : 0);
            const struct descriptor d = {.segment = *g};
            assert_int_equal(segment_table_put(&t, i, &d), 0);
        }
        for (unsigned k = 0; k < 500; k++) {
            const vaddr_t va = rng_below(&rng, KIB(280));
            const uint32_t selector = va / KIB(16);
            const struct segment *g = &segments[selector % 16];
            const uint32_t offset = va % KIB(16);
            const uint32_t first = g->grows_down ? KIB(16) - g->bounds : 0;
            const bool in = offset >= first && offset - first < g->bounds;
            const enum mmu_fault want = selector >= t.count ? MMU_FAULT_SEGMENT
                                        : g->absent         ? MMU_FAULT_ABSENT
                                        : !in               ? MMU_FAULT_BOUNDS
                                        : (g->prot & MMU_WRITE) == 0
                                            ? MMU_FAULT_PROTECTION
                                            : MMU_FAULT_NONE;
            paddr_t pa = 0;

            assert_int_equal(at(&t, va, 1, MMU_WRITE, &pa), want);
            if (!want)
                assert_int_equal(pa, g->base + (offset - first) -
                                         (g->grows_down ? g->bounds : 0));
        }
    }
}

#define ON_MEMORY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_MEMORY(test_segment_table_descriptor_is_as_drawn),
        ON_MEMORY(test_segment_table_changes_take_effect_at_once),
        ON_MEMORY(test_segment_table_touch_notes_use),
        ON_MEMORY(test_segment_table_refuses_what_cannot_be),
        ON_MEMORY(test_segment_table_survives_garbage),
        ON_MEMORY(test_segment_table_agrees_with_a_byte_by_byte_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
