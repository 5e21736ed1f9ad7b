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

#include "tests/conformance_edge.h"

#define MIDDLE (CONF_ANCHOR + 0x100u)

static vaddr_t random_anchor(struct suite *s)
{
    return edge_anchor(&s->plan, MIDDLE + rng_below(&s->rng, 0x200), 0);
}

static void try_bounds(struct suite *s, struct reach reach)
{
    for (int32_t i = reach.lo; i <= reach.hi; i = edge_next(s, i, reach)) {
        const vaddr_t anchor = random_anchor(s);

        edge_try(s, (struct place){.what = "at the bounds",
                                   .anchor = anchor,
                                   .bounds = anchor + (uint32_t)i});
    }
}

static void try_page(struct suite *s, struct reach reach)
{
    const vaddr_t page = s->set->isa == &isa_x86 ? 0x2000 : 0x2400;

    for (uint32_t n = 0; n < 3; n++) {
        const vaddr_t anchor =
            edge_anchor(&s->plan, page, edge_random(s, reach));
        const vaddr_t end = anchor + (uint32_t)edge_random(s, reach);

        edge_try(s, (struct place){.what = "across a page",
                                   .anchor = anchor,
                                   .bounds = CONF_BOUNDS});
        edge_try(s, (struct place){.what = "across page and bounds",
                                   .anchor = anchor,
                                   .bounds = end});
        edge_try(s, (struct place){.what = "across a page that bounds end",
                                   .anchor = anchor,
                                   .bounds = page});
    }
}

static void try_beyond(struct suite *s, const char *what, vaddr_t anchor)
{
    edge_try(s, (struct place){.what = what,
                               .anchor = anchor,
                               .bounds = CONF_BOUNDS,
                               .beyond = true});
}

static void try_low(struct suite *s, struct reach reach)
{
    const vaddr_t anchor = edge_anchor(&s->plan, s->plan.align - 1, reach.lo);

    edge_try(s, (struct place){
                    .what = "at 0", .anchor = anchor, .bounds = CONF_BOUNDS});
    for (uint32_t n = 0; n < 3; n++)
        try_beyond(s, "below 0",
                   edge_anchor(&s->plan, 0, edge_random(s, reach) + 1));
}

static void try_high(struct suite *s, struct reach reach)
{
    static const vaddr_t ends[] = {0,          0xffffffff, 0xfffe0200,
                                   0xfffe1000, 0x80000000, 0x4400,
                                   0x6123,     0x10000,    0x7fff};

    for (unsigned n = 0; n < 3; n++) {
        const vaddr_t end = ends[rng_below(&s->rng, 9)];

        try_beyond(s, "far outside", edge_anchor(&s->plan, end, reach.hi));
    }
}

static void try_misaligned(struct suite *s)
{
    for (unsigned n = 0; n < 3; n++)
        try_beyond(s, "misaligned",
                   random_anchor(s) + 1 +
                       rng_below(&s->rng, s->plan.align - 1));
}

static void try_edges(struct suite *s)
{
    const struct reach reach = edge_reach(&s->plan);

    try_bounds(s, reach);
    if (s->plan.pcrel || s->plan.absolute || s->plan.absolute16 ||
        reach.lo == reach.hi)
        return;
    suite_program(s);
    try_page(s, reach);
    if (!edge_is_free(&s->plan))
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
    struct suite *s = suite_open(set, false);

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
