/*
 * tests/test_conformance.c - every form of access at every edge, against a
 * byte-by-byte model, in every way that the engine can run.
 *
 * The model knows no instruction, only the list of accesses that the form's
 * line in tests/conformance_*.S names, and judges those byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/conformance_case.h"

#define MIDDLE (CONF_ANCHOR + 0x100u)

static void try_place(struct suite *s, struct place place)
{
    const struct verdict want = suite_judge(s, &place);

    suite_try(s, &place, &want);
}

/* The bytes around the anchor that the form touches: [lo, hi). */
struct reach {
    int32_t lo, hi;
};

static struct reach reach_of(const struct plan *plan)
{
    const uint32_t passes = plan->rep ? plan->passes : 1;
    struct reach reach = {INT32_MAX, INT32_MIN};

    for (uint32_t pass = 0; pass < passes; pass++) {
        for (unsigned i = 0; i < plan->access_count; i++) {
            const struct plan_access *a = &plan->accesses[i];
            const int32_t lo = (int32_t)(a->offset + pass * plan->step);
            const int32_t hi = lo + (int32_t)a->size;

            if (a->safe)
                continue;
            reach.lo = lo < reach.lo ? lo : reach.lo;
            reach.hi = hi > reach.hi ? hi : reach.hi;
        }
    }
    return reach.lo > reach.hi ? (struct reach){0, 0} : reach;
}

/* An anchor at which byte @byte of the form lies at @va, or a little before. */
static vaddr_t anchor_for(const struct plan *plan, vaddr_t va, int32_t byte)
{
    return (va - (uint32_t)byte) / plan->align * plan->align;
}

static vaddr_t random_anchor(struct suite *s)
{
    return anchor_for(&s->plan, MIDDLE + rng_below(&s->rng, 0x200), 0);
}

/* Some byte that the form touches. */
static int32_t random_byte(struct suite *s, struct reach reach)
{
    return reach.lo +
           (int32_t)rng_below(&s->rng, (uint32_t)(reach.hi - reach.lo));
}

/* All of a small operand's bytes; of a large one both ends and some. */
static int32_t next_byte(struct suite *s, int32_t byte, struct reach reach)
{
    const int32_t size = reach.hi - reach.lo;

    if (size <= 20 || byte < reach.lo + 4 || byte >= reach.hi - 4)
        return byte + 1;
    byte += 1 + (int32_t)rng_below(&s->rng, (uint32_t)size / 4);
    return byte < reach.hi - 4 ? byte : reach.hi - 4;
}

static void try_bounds(struct suite *s, struct reach reach)
{
    for (int32_t i = reach.lo; i <= reach.hi; i = next_byte(s, i, reach)) {
        const vaddr_t anchor = random_anchor(s);

        try_place(s, (struct place){.what = "at the bounds",
                                    .anchor = anchor,
                                    .bounds = anchor + (uint32_t)i});
    }
}

static void try_page(struct suite *s, struct reach reach)
{
    const vaddr_t page = s->set->isa == &isa_x86 ? 0x2000 : 0x2400;

    for (uint32_t n = 0; n < 3; n++) {
        const vaddr_t anchor =
            anchor_for(&s->plan, page, random_byte(s, reach));
        const vaddr_t end = anchor + (uint32_t)random_byte(s, reach);

        try_place(s, (struct place){.what = "across a page",
                                    .anchor = anchor,
                                    .bounds = CONF_BOUNDS});
        try_place(s, (struct place){.what = "across page and bounds",
                                    .anchor = anchor,
                                    .bounds = end});
        try_place(s, (struct place){.what = "across a page that bounds end",
                                    .anchor = anchor,
                                    .bounds = page});
    }
}

static void try_beyond(struct suite *s, const char *what, vaddr_t anchor)
{
    try_place(s, (struct place){.what = what,
                                .anchor = anchor,
                                .bounds = CONF_BOUNDS,
                                .beyond = true});
}

static void try_low(struct suite *s, struct reach reach)
{
    const vaddr_t anchor = anchor_for(&s->plan, s->plan.align - 1, reach.lo);

    try_place(s, (struct place){
                     .what = "at 0", .anchor = anchor, .bounds = CONF_BOUNDS});
    for (uint32_t n = 0; n < 3; n++)
        try_beyond(s, "below 0",
                   anchor_for(&s->plan, 0, random_byte(s, reach) + 1));
}

static void try_high(struct suite *s, struct reach reach)
{
    static const vaddr_t ends[] = {0,          0xffffffff, 0xfffe0200,
                                   0xfffe1000, 0x80000000, 0x4400,
                                   0x6123,     0x10000,    0x7fff};

    for (unsigned n = 0; n < 3; n++) {
        const vaddr_t end = ends[rng_below(&s->rng, 9)];

        try_beyond(s, "far outside", anchor_for(&s->plan, end, reach.hi));
    }
}

static void try_misaligned(struct suite *s)
{
    for (unsigned n = 0; n < 3; n++)
        try_beyond(s, "misaligned",
                   random_anchor(s) + 1 +
                       rng_below(&s->rng, s->plan.align - 1));
}

/* Whether the anchor can be anywhere, moved by its registers. */
static bool is_free(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->set_count; i++)
        if (plan->sets[i].value.kind == V_LOW16 ||
            plan->sets[i].value.kind == V_HALF)
            return false;
    return true;
}

static void try_edges(struct suite *s)
{
    const struct reach reach = reach_of(&s->plan);

    try_bounds(s, reach);
    if (s->plan.pcrel || s->plan.absolute || s->plan.absolute16 ||
        reach.lo == reach.hi)
        return;
    suite_program(s);
    try_page(s, reach);
    if (!is_free(&s->plan))
        return;
    suite_program(s);
    if (s->plan.align == 1)
        try_low(s, reach);
    try_high(s, reach);
    if (s->plan.strict && s->set->isa == &isa_x86)
        try_misaligned(s); /* open: ARM raises nothing */
}

static void check_set(unsigned set)
{
    struct suite *s = suite_open(set);

    suite_each(s, try_edges);
    printf("%s: %u forms, %u cases, %u of them trap, in %u ways; %u open\n",
           s->set->name, s->forms, s->cases, s->traps, CONF_WAYS, s->open);

    const unsigned failures = s->failures;
    suite_close(s);
    assert_int_equal(failures, 0);
}

static void test_conformance_x86_forms_are_precise(void **state)
{
    (void)state;
    check_set(CONF_X86);
}

static void test_conformance_arm_forms_are_precise(void **state)
{
    (void)state;
    check_set(CONF_ARM);
}

static void test_conformance_thumb_forms_are_precise(void **state)
{
    (void)state;
    check_set(CONF_THUMB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_x86_forms_are_precise),
        cmocka_unit_test(test_conformance_arm_forms_are_precise),
        cmocka_unit_test(test_conformance_thumb_forms_are_precise),
    };

    return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
