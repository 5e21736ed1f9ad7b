/*
 * tests/test_conformance_fetch.c - the bounds cut the program itself.
 *
 * Every form is put where the bounds cut it: the instructions before run, none
 * of those behind, whatever bytes a neighbour has there. Cut at its end it runs
 * to the last byte, and the next fetch traps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/conformance_case.h"

#define CODE 0x1a40u /* behind all data */
#define DATA 0x1300u

/* The bytes that are fetched at once: all, a word, or halfwords. */
static struct mmu_access fetch_of(const struct suite *s, uint32_t at,
                                  uint32_t size, uint32_t legal)
{
    const vaddr_t va = CODE + at;
    uint32_t fetched = 4;

    if (s->set->isa == &isa_x86)
        fetched = legal + 1;
    else if (s->set->thumb)
        fetched = size == 4 && legal >= 2 ? 4 : 2;
    return (struct mmu_access){va, fetched, MMU_EXEC};
}

/* Cut what begins at @at and has @size bytes behind @legal of them. */
static void try_cut(struct suite *s, const char *what, uint32_t at,
                    uint32_t size, uint32_t legal)
{
    const struct place place = {
        .what = what,
        .anchor = DATA + rng_below(&s->rng, 4) * 16,
        .bounds = CODE + at + legal,
        .code = CODE,
        .outside = rng_below(&s->rng, 4) != 0,
    };
    const struct verdict want = {
        .cause = TRAP_BOUNDS,
        .access = fetch_of(s, at, size, legal),
        .legal = legal,
        .at = at,
    };

    suite_try(s, &place, &want);
}

static void try_cuts(struct suite *s)
{
    const struct program *p = &s->program;
    const uint32_t size = p->trail - p->main;

    if (s->plan.pcrel || s->plan.it || s->plan.trap != TRAP_COUNT)
        return;
    for (uint32_t legal = 0; legal < size; legal++) {
        try_cut(s, "cut", p->main, size, legal);
        suite_program(s);
    }
    try_cut(s, "cut behind", p->trail, 0, 0);
}

static void check_set(unsigned set)
{
    struct suite *s = suite_open(set, false);

    suite_each(s, try_cuts);
    printf("%s: %u forms, %u cases, in %u ways; %u open\n", s->set->name,
           s->forms, s->cases, CONF_WAYS, s->open);

    const unsigned failures = s->failures;
    suite_close(s);
    assert_int_equal(failures, 0);
}

static void test_conformance_fetch_x86_stops_at_the_bounds(void **state)
{
    (void)state;
    check_set(CONF_X86);
}

static void test_conformance_fetch_arm_stops_at_the_bounds(void **state)
{
    (void)state;
    check_set(CONF_ARM);
}

static void test_conformance_fetch_thumb_stops_at_the_bounds(void **state)
{
    (void)state;
    check_set(CONF_THUMB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_fetch_x86_stops_at_the_bounds),
        cmocka_unit_test(test_conformance_fetch_arm_stops_at_the_bounds),
        cmocka_unit_test(test_conformance_fetch_thumb_stops_at_the_bounds),
    };

    return cmocka_run_group_tests_name("conformance fetch", tests, NULL, NULL);
}
