/* tests/test_segmented.c - segment registers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mmu/segmented.h"
#include "tests/rng.h"

#define KIB(n) ((uint32_t)(n)*1024u)
#define PHYS   KIB(64)

static struct segmented space(unsigned va_bits, unsigned seg_bits)
{
    struct segmented s;

    assert_int_equal(segmented_init(&s, va_bits, seg_bits), 0);
    return s;
}

/* OSTEP ch. 16, figure 16.3 and 16.4. */
static struct segmented textbook(void)
{
    static const struct segment code = {KIB(32), KIB(2), MMU_READ | MMU_EXEC,
                                        false, false};
    static const struct segment heap = {KIB(34), KIB(3), MMU_READ | MMU_WRITE,
                                        false, false};
    static const struct segment stack = {KIB(28), KIB(2), MMU_READ | MMU_WRITE,
                                         true, false};
    struct segmented s = space(14, 2);

    assert_int_equal(segmented_set(&s, 0, &code, PHYS), 0);
    assert_int_equal(segmented_set(&s, 1, &heap, PHYS), 0);
    assert_int_equal(segmented_set(&s, 3, &stack, PHYS), 0);
    return s;
}

static enum mmu_fault at(const struct segmented *s, vaddr_t va, uint32_t size,
                         enum mmu_prot kind, paddr_t *pa)
{
    const struct mmu_access access = {va, size, kind};

    return mmu_translate(&s->mmu, &access, pa);
}

static void expect_pa(const struct segmented *s, vaddr_t va, uint32_t size,
                      enum mmu_prot kind, paddr_t want)
{
    paddr_t pa = 0;

    assert_int_equal(at(s, va, size, kind, &pa), MMU_FAULT_NONE);
    assert_int_equal(pa, want);
}

static void expect_fault(const struct segmented *s, vaddr_t va, uint32_t size,
                         enum mmu_prot kind, enum mmu_fault want)
{
    paddr_t pa = 0x5a5a;

    assert_int_equal(at(s, va, size, kind, &pa), want);
    assert_int_equal(pa, 0x5a5a);
}

static void test_segmented_textbook_figures(void **state)
{
    const struct segmented s = textbook();

    (void)state;
    expect_pa(&s, 100, 1, MMU_EXEC, KIB(32) + 100);
    expect_pa(&s, 4200, 1, MMU_READ, KIB(34) + 104);
    expect_fault(&s, KIB(7), 1, MMU_READ, MMU_FAULT_BOUNDS);
    expect_pa(&s, KIB(15), 1, MMU_READ, KIB(27));
    expect_pa(&s, KIB(14), 4, MMU_WRITE, KIB(26));
    expect_fault(&s, KIB(14) - 1, 1, MMU_READ, MMU_FAULT_BOUNDS);
    expect_pa(&s, KIB(16) - 1, 1, MMU_READ, KIB(28) - 1);
    expect_fault(&s, KIB(16) - 1, 2, MMU_READ, MMU_FAULT_BOUNDS);
}

static void test_segmented_faults_in_order_of_priority(void **state)
{
    static const struct segment absent = {0, KIB(1), 0, false, true};
    struct segmented s = textbook();

    (void)state;
    expect_fault(&s, KIB(16), 1, MMU_READ, MMU_FAULT_SEGMENT);
    expect_fault(&s, UINT32_MAX, 512, MMU_READ, MMU_FAULT_SEGMENT);
    expect_fault(&s, KIB(8), 1, MMU_READ, MMU_FAULT_BOUNDS); /* never set */
    expect_fault(&s, KIB(2), 1, MMU_WRITE, MMU_FAULT_BOUNDS);
    expect_fault(&s, 0, 1, MMU_WRITE, MMU_FAULT_PROTECTION);
    expect_fault(&s, KIB(4), 1, MMU_EXEC, MMU_FAULT_PROTECTION);
    assert_int_equal(segmented_set(&s, 2, &absent, PHYS), 0);
    expect_fault(&s, KIB(8), 1, MMU_READ, MMU_FAULT_ABSENT);
    expect_fault(&s, KIB(9), 1, MMU_READ, MMU_FAULT_ABSENT);
}

/* Neighbours in the address space and in memory: still two segments. */
static void test_segmented_access_may_not_straddle_segments(void **state)
{
    struct segmented s = space(14, 2);
    const struct segment low = {KIB(16), KIB(4), MMU_RWX, false, false};
    const struct segment high = {KIB(20), KIB(4), MMU_RWX, false, false};

    (void)state;
    assert_int_equal(segmented_set(&s, 0, &low, PHYS), 0);
    assert_int_equal(segmented_set(&s, 1, &high, PHYS), 0);
    expect_pa(&s, KIB(4) - 4, 4, MMU_READ, KIB(20) - 4);
    expect_fault(&s, KIB(4) - 3, 4, MMU_READ, MMU_FAULT_BOUNDS);
    expect_fault(&s, KIB(4) - 1, 2, MMU_READ, MMU_FAULT_BOUNDS);
    expect_pa(&s, KIB(4), 4, MMU_READ, KIB(20));
}

static void test_segmented_top_of_32_bits(void **state)
{
    struct segmented s = space(32, 2);
    const struct segment stack = {KIB(28), KIB(2), MMU_RWX, true, false};

    (void)state;
    assert_int_equal(segmented_set(&s, 3, &stack, PHYS), 0);
    expect_pa(&s, 0xffffffff, 1, MMU_READ, KIB(28) - 1);
    expect_fault(&s, 0xffffffff, 2, MMU_READ, MMU_FAULT_BOUNDS);
    expect_pa(&s, 0xfffffe00, 512, MMU_READ, KIB(28) - 512);
    expect_pa(&s, 0u - KIB(2), 512, MMU_READ, KIB(26));
    expect_fault(&s, 0u - KIB(2) - 1, 512, MMU_READ, MMU_FAULT_BOUNDS);
}

static void test_segmented_set_refuses_what_cannot_be(void **state)
{
    static const struct {
        unsigned selector;
        struct segment segment;
        int want;
    } rows[] = {
        {4, {0, 1, MMU_RWX, false, false}, -EINVAL},
        {0, {0, KIB(4) + 1, MMU_RWX, false, false}, -ERANGE},
        {0, {PHYS - KIB(2) + 1, KIB(2), MMU_RWX, false, false}, -EFAULT},
        {0, {UINT32_MAX, 1, MMU_RWX, false, false}, -EFAULT},
        {3, {KIB(2) - 1, KIB(2), MMU_RWX, true, false}, -EFAULT},
        {3, {PHYS + 1, 1, MMU_RWX, true, false}, -EFAULT},
    };
    struct segmented s = textbook();
    const uint64_t generation = s.mmu.generation;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            segmented_set(&s, rows[i].selector, &rows[i].segment, PHYS),
            rows[i].want);
    assert_true(s.mmu.generation == generation);
    assert_int_equal(segmented_init(&s, 33, 2), -EINVAL);
    assert_int_equal(segmented_init(&s, 14, 0), -EINVAL);
    assert_int_equal(segmented_init(&s, 14, 5), -EINVAL);
    assert_int_equal(segmented_init(&s, 2, 2), -EINVAL);

    /* The last bytes of memory are as good as any. */
    const struct segment last = {PHYS, KIB(2), MMU_RWX, true, false};
    assert_int_equal(segmented_set(&s, 3, &last, PHYS), 0);
    assert_true(s.mmu.generation > generation);
}

static bool locate(const struct segmented *s, vaddr_t va, struct mmu_span *span)
{
    const struct mmu_access access = {va, 1, MMU_READ};

    return segmented_ops.locate(&s->mmu, &access, span);
}

static void test_segmented_spans_and_locate(void **state)
{
    const struct segmented s = textbook();
    struct mmu_span span;
    unsigned next = 0, numbers = 0;

    (void)state;
    while (mmu_next_span(&s.mmu, &next, &span))
        numbers = 10 * numbers + span.segment + 1;
    assert_int_equal(numbers, 124); /* 2 has no byte */
    assert_true(segmented_ops.span(&s.mmu, 2, &span));
    assert_string_equal(span.name, "stack");
    assert_int_equal(span.va, KIB(14));
    assert_int_equal(span.base, KIB(26));
    assert_int_equal(span.bounds, KIB(2));
    assert_int_equal(span.segment, 3);
    assert_true(span.grows_down);
    assert_int_equal(mmu_span_offset(&span, KIB(15)), KIB(1));
    assert_false(segmented_ops.span(&s.mmu, 4, &span));
    assert_true(locate(&s, KIB(9), &span));
    assert_int_equal(span.segment, 2);
    assert_int_equal(span.bounds, 0);
    assert_true(locate(&s, KIB(7), &span));
    assert_string_equal(span.name, "heap");
    assert_int_equal(mmu_span_offset(&span, KIB(7)), KIB(3));
    assert_false(locate(&s, KIB(16), &span));
}

static void test_segmented_check_notices_corruption(void **state)
{
    const struct segmented good = textbook();
    struct segmented bad[7];

    (void)state;
    assert_true(segmented_ops.check(&good.mmu));
    for (size_t i = 0; i < 7; i++)
        bad[i] = good;
    bad[0].mmu.generation = 0;
    bad[1].layout.va_bits = 33;
    bad[2].layout.seg_bits = 0;
    bad[3].segments[0].bounds = KIB(4) + 1;
    bad[4].segments[1].base = UINT32_MAX;
    bad[5].segments[3].base = KIB(2) - 1;
    bad[6].segments[2].prot = (enum mmu_prot)8;
    for (size_t i = 0; i < 7; i++)
        assert_false(segmented_ops.check(&bad[i].mmu));
}

/* ---- a model that knows bytes only ---- */

struct byte_verdict {
    enum mmu_fault fault;
    uint64_t selector;
    uint64_t pa;
};

static struct byte_verdict judge_byte(const struct segmented *s, uint64_t va,
                                      enum mmu_prot kind)
{
    const uint64_t span = UINT64_C(1)
                          << (s->layout.va_bits - s->layout.seg_bits);
    struct byte_verdict v = {MMU_FAULT_SEGMENT, va / span, 0};

    if (va >= UINT64_C(1) << s->layout.va_bits)
        return v;

    const struct segment *g = &s->segments[v.selector];
    const uint64_t end = (v.selector + 1) * span;
    const uint64_t begin = g->grows_down ? end - g->bounds : v.selector * span;

    v.pa = va - begin + g->base - (g->grows_down ? g->bounds : 0);
    v.fault = g->absent                               ? MMU_FAULT_ABSENT
              : va < begin || va - begin >= g->bounds ? MMU_FAULT_BOUNDS
              : (g->prot & (unsigned)kind) != (unsigned)kind
                  ? MMU_FAULT_PROTECTION
                  : MMU_FAULT_NONE;
    return v;
}

/* The first rule broken; bytes of another segment are out of bounds. */
static struct byte_verdict judge(const struct segmented *s,
                                 const struct mmu_access *access)
{
    const struct byte_verdict first = judge_byte(s, access->va, access->kind);
    struct byte_verdict worst = first;

    for (uint32_t i = 1; i < access->size; i++) {
        const struct byte_verdict v =
            judge_byte(s, (uint64_t)access->va + i, access->kind);
        const enum mmu_fault fault =
            v.selector != first.selector ? MMU_FAULT_BOUNDS : v.fault;

        if (fault && (!worst.fault || fault < worst.fault))
            worst.fault = fault;
    }
    if (first.fault == MMU_FAULT_SEGMENT || first.fault == MMU_FAULT_ABSENT)
        worst.fault = first.fault;
    return worst;
}

static struct segmented random_space(struct rng *rng)
{
    const unsigned seg_bits = 1 + rng_below(rng, 4);
    const unsigned va_bits =
        rng_below(rng, 3) ? seg_bits + 1 + rng_below(rng, 12) : 32;
    const uint64_t span = UINT64_C(1) << (va_bits - seg_bits);
    struct segmented s = space(va_bits, seg_bits);

    for (unsigned i = 0; i < 1u << seg_bits; i++) {
        const uint32_t most = span < PHYS ? (uint32_t)span : PHYS;
        struct segment g = {
            .bounds = rng_below(rng, 8) == 0 ? 0
                      : rng_below(rng, 3)    ? rng_below(rng, most + 1)
                                             : most,
            .prot = (enum mmu_prot)rng_below(rng, 8),
            .grows_down = rng_below(rng, 2),
            .absent = rng_below(rng, 8) == 0,
        };

        g.base =
            rng_below(rng, PHYS - g.bounds + 1) + (g.grows_down ? g.bounds : 0);
        if (rng_below(rng, 5))
            assert_int_equal(segmented_set(&s, i, &g, PHYS), 0);
    }
    assert_true(segmented_ops.check(&s.mmu));
    return s;
}

/* Near an edge: of a segment's bytes, of its span, of all addresses. */
static vaddr_t random_va(struct rng *rng, const struct segmented *s)
{
    const uint64_t span = UINT64_C(1)
                          << (s->layout.va_bits - s->layout.seg_bits);
    const unsigned i = rng_below(rng, 1u << s->layout.seg_bits);
    const struct segment *g = &s->segments[i];
    const uint64_t edges[] = {i * span, (i + 1) * span, i * span + g->bounds,
                              (i + 1) * span - g->bounds, rng_next(rng)};

    return (vaddr_t)(edges[rng_below(rng, 5)] + rng_below(rng, 40) - 20);
}

static void test_segmented_agrees_with_a_byte_by_byte_model(void **state)
{
    static const enum mmu_prot kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
    struct rng rng = rng_start();
    unsigned legal = 0;

    (void)state;
    for (unsigned n = 0; n < 20000; n++) {
        const struct segmented s = random_space(&rng);

        for (unsigned k = 0; k < 100; k++) {
            const struct mmu_access access = {
                random_va(&rng, &s),
                rng_below(&rng, 20) ? 1 + rng_below(&rng, 16)
                                    : 1 + rng_below(&rng, MMU_ACCESS_MAX),
                kinds[rng_below(&rng, 3)]};
            const struct byte_verdict want = judge(&s, &access);
            paddr_t pa = 0;
            const enum mmu_fault got = mmu_translate(&s.mmu, &access, &pa);

            if (got != want.fault || (!got && pa != want.pa))
                fail_msg("seed %u: va %#x size %u kind %d: want %s, got %s",
                         rng.seed, access.va, access.size, access.kind,
                         mmu_fault_name(want.fault), mmu_fault_name(got));
            legal += !got;
        }
    }
    assert_true(legal > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segmented_textbook_figures),
        cmocka_unit_test(test_segmented_faults_in_order_of_priority),
        cmocka_unit_test(test_segmented_access_may_not_straddle_segments),
        cmocka_unit_test(test_segmented_top_of_32_bits),
        cmocka_unit_test(test_segmented_set_refuses_what_cannot_be),
        cmocka_unit_test(test_segmented_spans_and_locate),
        cmocka_unit_test(test_segmented_check_notices_corruption),
        cmocka_unit_test(test_segmented_agrees_with_a_byte_by_byte_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
