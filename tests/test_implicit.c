/* tests/test_implicit.c - segments that follow from the use of an access. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mmu/implicit.h"
#include "tests/rng.h"

#define KIB(n) ((uint32_t)(n)*1024u)
#define PHYS   KIB(64)

static const struct segment code = {
    .base = KIB(32), .bounds = KIB(2), .prot = MMU_READ | MMU_EXEC};
static const struct segment data = {
    .base = KIB(34), .bounds = KIB(3), .prot = MMU_READ | MMU_WRITE};
static const struct segment stack = {.base = KIB(28),
                                     .bounds = KIB(2),
                                     .prot = MMU_READ | MMU_WRITE,
                                     .grows_down = true};

static struct implicit space(unsigned va_bits)
{
    struct implicit i;

    assert_int_equal(implicit_init(&i, va_bits), 0);
    return i;
}

/* The places of OSTEP ch. 16, figure 16.2; 14 bits of offset. */
static struct implicit textbook(void)
{
    struct implicit i = space(14);

    assert_int_equal(implicit_set(&i, IMPLICIT_CODE, &code, PHYS), 0);
    assert_int_equal(implicit_set(&i, IMPLICIT_DATA, &data, PHYS), 0);
    assert_int_equal(implicit_set(&i, IMPLICIT_STACK, &stack, PHYS), 0);
    return i;
}

static void test_implicit_segment_follows_from_use(void **state)
{
    static const struct {
        const char *what;
        struct mmu_access access;
        enum mmu_fault fault;
        paddr_t pa;
    } cases[] = {
        {"fetch", {100, 4, MMU_EXEC}, MMU_FAULT_NONE, KIB(32) + 100},
        {"load", {100, 4, MMU_READ}, MMU_FAULT_NONE, KIB(34) + 100},
        {"store", {100, 4, MMU_WRITE}, MMU_FAULT_NONE, KIB(34) + 100},
        {"push",
         {KIB(16) - 4, 4, MMU_WRITE, MMU_USE_STACK},
         MMU_FAULT_NONE,
         KIB(28) - 4},
        {"deepest push",
         {KIB(14), 4, MMU_WRITE, MMU_USE_STACK},
         MMU_FAULT_NONE,
         KIB(26)},
        {"push too deep",
         {KIB(14) - 4, 4, MMU_WRITE, MMU_USE_STACK},
         MMU_FAULT_BOUNDS,
         0},
        {"pop past the top",
         {KIB(16) - 2, 4, MMU_READ, MMU_USE_STACK},
         MMU_FAULT_BOUNDS,
         0},
        {"the stack, not by its pointer",
         {KIB(16) - 4, 4, MMU_READ},
         MMU_FAULT_BOUNDS,
         0},
        {"load from code",
         {100, 4, MMU_READ, MMU_USE_CODE},
         MMU_FAULT_NONE,
         KIB(32) + 100},
        {"store to code",
         {100, 4, MMU_WRITE, MMU_USE_CODE},
         MMU_FAULT_PROTECTION,
         0},
        {"data, said so",
         {8, 1, MMU_READ, MMU_USE_DATA},
         MMU_FAULT_NONE,
         KIB(34) + 8},
        {"fetch from data",
         {8, 1, MMU_EXEC, MMU_USE_DATA},
         MMU_FAULT_PROTECTION,
         0},
        {"fetch past code", {KIB(2), 1, MMU_EXEC}, MMU_FAULT_BOUNDS, 0},
        {"outside", {KIB(16), 1, MMU_READ}, MMU_FAULT_SEGMENT, 0},
        {"outside, stack",
         {UINT32_MAX, 512, MMU_READ, MMU_USE_STACK},
         MMU_FAULT_SEGMENT,
         0},
    };
    const struct implicit i = textbook();

    (void)state;
    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        const paddr_t untouched = 0xdeadbeef;
        paddr_t pa = untouched;
        const enum mmu_fault fault =
            mmu_translate(&i.mmu, &cases[n].access, &pa);

        if (fault != cases[n].fault)
            fail_msg("%s: want %s, got %s", cases[n].what,
                     mmu_fault_name(cases[n].fault), mmu_fault_name(fault));
        if (pa != (fault ? untouched : cases[n].pa))
            fail_msg("%s: pa %u", cases[n].what, pa);
    }
}

static void test_implicit_top_of_32_bits(void **state)
{
    struct implicit i = space(32);
    struct mmu_access access = {UINT32_MAX, 1, MMU_READ, MMU_USE_STACK};
    paddr_t pa = 0;

    (void)state;
    assert_int_equal(implicit_set(&i, IMPLICIT_STACK, &stack, PHYS), 0);
    assert_int_equal(mmu_translate(&i.mmu, &access, &pa), MMU_FAULT_NONE);
    assert_int_equal(pa, KIB(28) - 1);
    access.size = 2;
    assert_int_equal(mmu_translate(&i.mmu, &access, &pa), MMU_FAULT_BOUNDS);
    access.use = MMU_USE_OF_KIND;
    assert_int_equal(mmu_translate(&i.mmu, &access, &pa), MMU_FAULT_BOUNDS);
}

static void test_implicit_set_refuses_what_cannot_be(void **state)
{
    struct implicit i = textbook();
    const struct implicit before = i;
    struct segment segment = data;

    (void)state;
    assert_int_equal(implicit_set(&i, 3, &segment, PHYS), -EINVAL);
    segment.base = PHYS - KIB(3) + 1;
    assert_int_equal(implicit_set(&i, 1, &segment, PHYS), -EFAULT);
    segment = (struct segment){.bounds = KIB(16) + 1};
    assert_int_equal(implicit_set(&i, 1, &segment, PHYS), -ERANGE);
    assert_int_equal(implicit_init(&i, 0), -EINVAL);
    assert_int_equal(implicit_init(&i, 33), -EINVAL);
    assert_memory_equal(&i, &before, sizeof(i));
    segment.bounds--;
    assert_int_equal(implicit_set(&i, 1, &segment, PHYS), 0);
    assert_true(i.mmu.generation > before.mmu.generation);
}

static void test_implicit_spans_and_locate(void **state)
{
    const struct implicit i = textbook();
    struct mmu_access access = {KIB(15), 4, MMU_READ, MMU_USE_STACK};
    struct mmu_span span;

    (void)state;
    assert_string_equal(implicit_ops.name, "implicit");
    for (unsigned n = 0; n < IMPLICIT_REGISTERS; n++) {
        assert_true(implicit_ops.span(&i.mmu, n, &span));
        assert_int_equal(span.segment, n);
        assert_string_equal(span.name, implicit_name((enum implicit_segment)n));
    }
    assert_int_equal(span.va, KIB(14));
    assert_int_equal(span.base, KIB(26));
    assert_true(span.grows_down);
    assert_false(implicit_ops.span(&i.mmu, 3, &span));

    assert_true(implicit_ops.locate(&i.mmu, &access, &span));
    assert_string_equal(span.name, "stack");
    assert_int_equal(mmu_span_offset(&span, access.va), KIB(1));
    access.use = MMU_USE_OF_KIND;
    assert_true(implicit_ops.locate(&i.mmu, &access, &span));
    assert_string_equal(span.name, "data");
    access.va = KIB(16);
    assert_false(implicit_ops.locate(&i.mmu, &access, &span));
}

static void test_implicit_check_notices_corruption(void **state)
{
    const struct implicit good = textbook();
    struct implicit bad[7];

    (void)state;
    assert_true(implicit_ops.check(&good.mmu));
    for (size_t n = 0; n < 7; n++)
        bad[n] = good;
    bad[0].mmu.generation = 0;
    bad[1].layout.va_bits = 33;
    bad[2].layout.va_bits = 0;
    bad[3].layout.seg_bits = 1;
    bad[4].segments[IMPLICIT_CODE].bounds = KIB(16) + 1;
    bad[5].segments[IMPLICIT_STACK].base = KIB(2) - 1;
    bad[6].segments[IMPLICIT_DATA].prot = (enum mmu_prot)8;
    for (size_t n = 0; n < 7; n++)
        assert_false(implicit_ops.check(&bad[n].mmu));
}

/* ---- a model that knows bytes only ---- */

/* In numbers that cannot wrap; the byte at @va of a segment of its own. */
static enum mmu_fault judge_byte(const struct segment *segment, uint64_t space,
                                 uint64_t va, enum mmu_prot kind, int64_t *pa)
{
    const int64_t from =
        segment->grows_down ? (int64_t)space - (int64_t)segment->bounds : 0;
    const int64_t at = (int64_t)va - from;

    *pa = (int64_t)segment->base + at -
          (segment->grows_down ? (int64_t)segment->bounds : 0);
    if (segment->absent)
        return MMU_FAULT_ABSENT;
    if (va >= space || at < 0 || at >= (int64_t)segment->bounds)
        return MMU_FAULT_BOUNDS;
    return (segment->prot & (unsigned)kind) == (unsigned)kind
               ? MMU_FAULT_NONE
               : MMU_FAULT_PROTECTION;
}

static enum mmu_fault judge(const struct implicit *i,
                            const struct mmu_access *access, int64_t *pa)
{
    static const unsigned by_use[] = {9, 0, 1, 2};
    const uint64_t space = UINT64_C(1) << i->layout.va_bits;
    const unsigned number = access->use                ? by_use[access->use]
                            : access->kind == MMU_EXEC ? 0
                                                       : 1;
    enum mmu_fault worst = MMU_FAULT_NONE;
    int64_t other;

    if (access->va >= space)
        return MMU_FAULT_SEGMENT;
    judge_byte(&i->segments[number], space, access->va, access->kind, pa);
    for (uint64_t n = 0; n < access->size; n++) {
        const enum mmu_fault fault = judge_byte(
            &i->segments[number], space, access->va + n, access->kind, &other);

        if (fault && (!worst || fault < worst))
            worst = fault;
    }
    return worst;
}

static struct implicit random_space(struct rng *rng)
{
    const unsigned va_bits = rng_below(rng, 3) ? 1 + rng_below(rng, 15) : 32;
    const uint64_t span = UINT64_C(1) << va_bits;
    const uint32_t most = span < PHYS ? (uint32_t)span : PHYS;
    struct implicit i = space(va_bits);

    for (unsigned n = 0; n < IMPLICIT_REGISTERS; n++) {
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
            assert_int_equal(implicit_set(&i, n, &g, PHYS), 0);
    }
    assert_true(implicit_ops.check(&i.mmu));
    return i;
}

/* Near an edge: of a segment's bytes, of the space, of all addresses. */
static vaddr_t random_va(struct rng *rng, const struct implicit *i)
{
    const uint64_t space = UINT64_C(1) << i->layout.va_bits;
    const struct segment *g = &i->segments[rng_below(rng, IMPLICIT_REGISTERS)];
    const uint64_t edges[] = {0, space, g->bounds, space - g->bounds,
                              rng_next(rng)};

    return (vaddr_t)(edges[rng_below(rng, 5)] + rng_below(rng, 40) - 20);
}

static void test_implicit_agrees_with_a_byte_by_byte_model(void **state)
{
    static const enum mmu_prot kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
    struct rng rng = rng_start();
    unsigned legal = 0;

    (void)state;
    for (unsigned n = 0; n < 20000; n++) {
        const struct implicit i = random_space(&rng);

        for (unsigned k = 0; k < 100; k++) {
            const struct mmu_access access = {
                random_va(&rng, &i),
                rng_below(&rng, 20) ? 1 + rng_below(&rng, 16)
                                    : 1 + rng_below(&rng, MMU_ACCESS_MAX),
                kinds[rng_below(&rng, 3)], (enum mmu_use)rng_below(&rng, 4)};
            int64_t want_pa = 0;
            paddr_t pa = 0;
            const enum mmu_fault want = judge(&i, &access, &want_pa);
            const enum mmu_fault got = mmu_translate(&i.mmu, &access, &pa);

            if (got != want || (!got && pa != want_pa))
                fail_msg("seed %u: va %#x size %u kind %d use %d: want %s, "
                         "got %s",
                         rng.seed, access.va, access.size, access.kind,
                         access.use, mmu_fault_name(want), mmu_fault_name(got));
            legal += !got;
        }
    }
    assert_true(legal > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_implicit_segment_follows_from_use),
        cmocka_unit_test(test_implicit_top_of_32_bits),
        cmocka_unit_test(test_implicit_set_refuses_what_cannot_be),
        cmocka_unit_test(test_implicit_spans_and_locate),
        cmocka_unit_test(test_implicit_check_notices_corruption),
        cmocka_unit_test(test_implicit_agrees_with_a_byte_by_byte_model),
    };

    return cmocka_run_group_tests_name("implicit", tests, NULL, NULL);
}
