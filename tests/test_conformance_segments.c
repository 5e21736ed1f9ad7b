/*
 * tests/test_conformance_segments.c - every form of access at the edges that
 * only segments have, in every way that the engine can run.
 *
 * The shapes are in conformance.h; the model of conformance_case.c judges by
 * them, byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/conformance_edge.h"

#define TRIES     3u
#define SIDE_EDGE 0x2000u        /* between two of 4 KiB */
#define DOWN_DATA 0x2b00u        /* in the middle of what grows down */
#define TOP_DATA  (0u - 0x1500u) /* and of what ends with 32 bits */
#define USE_DATA  0x2f00u        /* around a page boundary */
#define CODE_EDGE 0x1a40u

static vaddr_t around(struct suite *s, vaddr_t va)
{
    return edge_anchor(&s->plan, va + rng_below(&s->rng, 0x200), 0);
}

/*
 * Where no bounds help, a repair moves the anchor. Left out are operands whose
 * parts are all legal, some at the top and some at 0: the library does not wrap
 * the second part of BOUND.
 */
static void try_beyond(struct suite *s, struct place place)
{
    const struct verdict want = suite_judge(s, &place);

    place.beyond = true;
    if (want.access.size > 0)
        suite_try(s, &place, &want);
}

/* Segments that were never set, and addresses outside of the space. */
static void try_outside(struct suite *s, struct reach reach)
{
    static const vaddr_t ends[] = {0x4400,  0x8000,     0xffff, 0x10000,
                                   0x10200, 0x80000000, 0};

    s->shape = SHAPE_UP;
    for (unsigned n = 0; n < TRIES; n++) {
        const vaddr_t anchor = around(s, CONF_ANCHOR + 0x100);

        edge_try(s, (struct place){.what = "at the bounds of segment 0",
                                   .anchor = anchor,
                                   .bounds = anchor +
                                             (uint32_t)edge_random(s, reach)});
    }
    if (!edge_is_free(&s->plan) || s->plan.absolute || s->plan.absolute16)
        return;
    for (unsigned n = 0; n < TRIES; n++)
        try_beyond(s, (struct place){.what = "outside",
                                     .anchor = edge_anchor(
                                         &s->plan, ends[rng_below(&s->rng, 7)],
                                         edge_random(s, reach)),
                                     .bounds = CONF_BOUNDS});
}

/* Some byte, or behind the last one. */
static int32_t random_edge(struct suite *s, struct reach reach)
{
    return edge_random(s, reach) + (int32_t)rng_below(&s->rng, 2);
}

/* The next segment goes on in physical memory too. */
static void try_side(struct suite *s, struct reach reach)
{
    s->shape = SHAPE_SIDE;
    for (unsigned n = 0; n < TRIES; n++)
        edge_try(s,
                 (struct place){.what = "across two segments",
                                .anchor = edge_anchor(&s->plan, SIDE_EDGE,
                                                      random_edge(s, reach)),
                                .bounds = rng_below(&s->rng, 4) ? CONF_BOUNDS
                                                                : SIDE_EDGE});
}

static void try_low(struct suite *s, struct reach reach, vaddr_t data)
{
    for (unsigned n = 0; n < TRIES; n++) {
        const vaddr_t anchor = around(s, data);

        edge_try(
            s, (struct place){.what = "at the low end",
                              .anchor = anchor,
                              .bounds = CONF_BOUNDS,
                              .low = anchor + (uint32_t)random_edge(s, reach)});
    }
}

/* Not for forms that begin with accesses of another instruction. */
static void try_rights(struct suite *s)
{
    if (s->plan.form->main == 0)
        edge_try(s, (struct place){.what = "not allowed",
                                   .anchor = around(s, DOWN_DATA),
                                   .bounds = CONF_BOUNDS,
                                   .prot = 1u << rng_below(&s->rng, 3)});
}

/* Not for those either: the first of them loads the segment. */
static void try_absent(struct suite *s)
{
    if (s->table && s->plan.form->main == 0)
        edge_try(s, (struct place){.what = "absent",
                                   .anchor = around(s, DOWN_DATA),
                                   .bounds = CONF_BOUNDS,
                                   .absent = true});
}

/* Behind the last of 2^32 bytes there is none. */
static void try_top(struct suite *s, struct reach reach)
{
    for (unsigned n = 0; n < TRIES; n++)
        try_beyond(s, (struct place){.what = "at the top",
                                     .anchor = edge_anchor(
                                         &s->plan, 0, edge_random(s, reach)),
                                     .bounds = CONF_BOUNDS,
                                     .low = TOP_DATA});
}

/* Either end of the segments that the use selects, and outside of all. */
static void try_use(struct suite *s, struct reach reach)
{
    static const vaddr_t ends[] = {0x4000, 0x10000, 0x40000000, 0x80000000, 0};

    s->shape = SHAPE_USE;
    for (unsigned n = 0; n < TRIES; n++) {
        const vaddr_t anchor = around(s, USE_DATA);

        edge_try(s, (struct place){.what = "at the bounds of data",
                                   .anchor = anchor,
                                   .bounds =
                                       anchor + (uint32_t)random_edge(s, reach),
                                   .low = rng_below(&s->rng, 2) ? 0 : anchor});
    }
    try_low(s, reach, USE_DATA);
    if (!edge_is_free(&s->plan) || s->plan.absolute || s->plan.absolute16)
        return;
    for (unsigned n = 0; n < TRIES; n++)
        try_beyond(s, (struct place){.what = "outside",
                                     .anchor = edge_anchor(
                                         &s->plan, ends[rng_below(&s->rng, 5)],
                                         edge_random(s, reach)),
                                     .bounds = CONF_BOUNDS});
}

static void try_uses(struct suite *s)
{
    const struct reach reach = edge_reach(&s->plan);

    if (!s->plan.pcrel && reach.lo != reach.hi)
        try_use(s, reach);
}

static void try_edges(struct suite *s)
{
    const struct reach reach = edge_reach(&s->plan);

    if (s->plan.pcrel || reach.lo == reach.hi)
        return;
    try_outside(s, reach);
    suite_program(s);
    try_side(s, reach);
    suite_program(s);
    s->shape = SHAPE_DOWN;
    try_low(s, reach, DOWN_DATA);
    try_rights(s);
    try_absent(s);
    if (!edge_is_free(&s->plan) || s->plan.absolute16)
        return;
    suite_program(s);
    s->shape = SHAPE_TOP;
    try_low(s, reach, TOP_DATA);
    if (!s->plan.absolute)
        try_top(s, reach);
}

/* ---- fetches ---- */

/* The program, with the edge of its segment @legal bytes behind @at. */
static void try_cut(struct suite *s, uint32_t at, uint32_t size, uint32_t legal)
{
    const struct place place = {
        .what = legal < size && legal > 0 ? "cut by a segment"
                                          : "on into the next segment",
        .anchor = CODE_EDGE - 0x740 + rng_below(&s->rng, 4) * 16,
        .bounds = CONF_BOUNDS,
        .code = SIDE_EDGE - at - legal,
    };
    const bool x86 = s->set->isa == &isa_x86;
    const struct verdict cut = {
        .cause = TRAP_BOUNDS,
        .access = {place.code + at, x86 ? legal + 1 : 4, MMU_EXEC},
        .legal = legal,
        .at = at,
    };
    const struct verdict through = {.cause = TRAP_COUNT};

    suite_try(s, &place, legal > 0 && legal < size ? &cut : &through);
}

static void try_fetches(struct suite *s)
{
    const struct program *p = &s->program;
    const uint32_t size = p->trail - p->main;
    const uint32_t step = s->set->isa == &isa_x86 ? 1 : s->set->thumb ? 2 : 4;

    if (s->plan.pcrel || s->plan.it || s->plan.trap != TRAP_COUNT)
        return;
    s->shape = SHAPE_SIDE;
    for (unsigned n = 0; n < TRIES; n++) {
        try_cut(s, p->main, size, rng_below(&s->rng, size / step + 1) * step);
        suite_program(s);
    }
}

/* ---- the sets ---- */

static void check_set(unsigned set, bool table, void (*try)(struct suite *s))
{
    struct suite *s = suite_open(set, table);

    suite_each(s, try);
    printf("%s: %u forms, %u cases, %u of them trap, in %u ways; %u open\n",
           s->set->name, s->forms, s->cases, s->traps, CONF_WAYS, s->open);

    const unsigned failures = s->failures;
    suite_close(s);
    assert_int_equal(failures, 0);
}

static void test_conformance_segments_hold_for_x86_accesses(void **state)
{
    (void)state;
    check_set(CONF_X86, false, try_edges);
}

static void test_conformance_segments_hold_for_arm_accesses(void **state)
{
    (void)state;
    check_set(CONF_ARM, false, try_edges);
}

static void test_conformance_segments_hold_for_thumb_accesses(void **state)
{
    (void)state;
    check_set(CONF_THUMB, false, try_edges);
}

static void test_conformance_segments_hold_by_use_for_x86(void **state)
{
    (void)state;
    check_set(CONF_X86, false, try_uses);
}

static void test_conformance_segments_hold_by_use_for_arm(void **state)
{
    (void)state;
    check_set(CONF_ARM, false, try_uses);
}

static void test_conformance_segments_hold_by_use_for_thumb(void **state)
{
    (void)state;
    check_set(CONF_THUMB, false, try_uses);
}

static void test_conformance_segments_hold_for_x86_fetches(void **state)
{
    (void)state;
    check_set(CONF_X86, false, try_fetches);
}

static void test_conformance_segments_hold_for_arm_fetches(void **state)
{
    (void)state;
    check_set(CONF_ARM, false, try_fetches);
}

static void test_conformance_segments_hold_for_thumb_fetches(void **state)
{
    (void)state;
    check_set(CONF_THUMB, false, try_fetches);
}

static void test_conformance_table_holds_for_x86_accesses(void **state)
{
    (void)state;
    check_set(CONF_X86, true, try_edges);
}

static void test_conformance_table_holds_for_arm_accesses(void **state)
{
    (void)state;
    check_set(CONF_ARM, true, try_edges);
}

static void test_conformance_table_holds_for_thumb_accesses(void **state)
{
    (void)state;
    check_set(CONF_THUMB, true, try_edges);
}

static void test_conformance_table_holds_for_x86_fetches(void **state)
{
    (void)state;
    check_set(CONF_X86, true, try_fetches);
}

static void test_conformance_table_holds_for_arm_fetches(void **state)
{
    (void)state;
    check_set(CONF_ARM, true, try_fetches);
}

static void test_conformance_table_holds_for_thumb_fetches(void **state)
{
    (void)state;
    check_set(CONF_THUMB, true, try_fetches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_segments_hold_for_x86_accesses),
        cmocka_unit_test(test_conformance_segments_hold_for_arm_accesses),
        cmocka_unit_test(test_conformance_segments_hold_for_thumb_accesses),
        cmocka_unit_test(test_conformance_segments_hold_by_use_for_x86),
        cmocka_unit_test(test_conformance_segments_hold_by_use_for_arm),
        cmocka_unit_test(test_conformance_segments_hold_by_use_for_thumb),
        cmocka_unit_test(test_conformance_segments_hold_for_x86_fetches),
        cmocka_unit_test(test_conformance_segments_hold_for_arm_fetches),
        cmocka_unit_test(test_conformance_segments_hold_for_thumb_fetches),
        cmocka_unit_test(test_conformance_table_holds_for_x86_accesses),
        cmocka_unit_test(test_conformance_table_holds_for_arm_accesses),
        cmocka_unit_test(test_conformance_table_holds_for_thumb_accesses),
        cmocka_unit_test(test_conformance_table_holds_for_x86_fetches),
        cmocka_unit_test(test_conformance_table_holds_for_arm_fetches),
        cmocka_unit_test(test_conformance_table_holds_for_thumb_fetches),
    };

    return cmocka_run_group_tests_name("conformance segments", tests, NULL,
                                       NULL);
}
