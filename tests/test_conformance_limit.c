/*
 * tests/test_conformance_limit.c - the instruction limit is exact.
 *
 * Every form's program is stopped after n instructions, for some n, or for
 * every n where an instruction has parts (REP) or leaves traces (IT): all ways
 * stop in the same state, and go on to the same end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/conformance_case.h"

#define TRIES 2u

static void try_limits(struct suite *s)
{
    const bool all = s->plan.rep || s->plan.it;
    const struct place place = {.what = "limited",
                                .anchor = CONF_ANCHOR + 0x100,
                                .bounds = CONF_BOUNDS};

    if (s->plan.trap != TRAP_COUNT)
        return;
    suite_limit(s, &place, 0);

    const uint64_t length = suite_length(s);
    if (all && length < 64)
        for (uint64_t n = 1; n < length; n++)
            suite_limit(s, &place, n);
    else
        for (unsigned i = 0; i < TRIES; i++)
            suite_limit(s, &place, rng_below(&s->rng, (uint32_t)length));
}

static void check_set(unsigned set)
{
    struct suite *s = suite_open(set, false);

    suite_each(s, try_limits);
    printf("%s: %u forms, %u cases, in %u ways; %u open\n", s->set->name,
           s->forms, s->cases, CONF_WAYS, s->open);

    const unsigned failures = s->failures;
    suite_close(s);
    assert_int_equal(failures, 0);
}

static void test_conformance_limit_is_exact_on_x86(void **state)
{
    (void)state;
    check_set(CONF_X86);
}

static void test_conformance_limit_is_exact_on_arm(void **state)
{
    (void)state;
    check_set(CONF_ARM);
}

static void test_conformance_limit_is_exact_on_thumb(void **state)
{
    (void)state;
    check_set(CONF_THUMB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_limit_is_exact_on_x86),
        cmocka_unit_test(test_conformance_limit_is_exact_on_arm),
        cmocka_unit_test(test_conformance_limit_is_exact_on_thumb),
    };

    return cmocka_run_group_tests_name("conformance limit", tests, NULL, NULL);
}
