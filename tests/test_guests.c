/*
 * tests/test_guests.c - whole compiled programs: nothing shows where they lie
 * or who watches. Containment and residue are checked after each run; see
 * guest_run.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest_list.h"
#include "tests/guest_run.h"

#define PHYS  (256u * 1024u)
#define BASE  0x8000u
#define SLICE 100003u
#define TURN  1201u

#define TURNS_BASE 0x9001u
#define TOP(n)     (0x80000000u + (n)) /* a base, counted down from the highest */

static const struct guest_config counting = {.what = "counting",
                                             .counting = true};
static const struct guest_config lean = {.what = "nobody watches"};

/* ---- aids ---- */

static paddr_t place(paddr_t base, uint32_t phys_size, uint32_t bounds)
{
    return base < TOP(0) ? base : phys_size - bounds - (base - TOP(0));
}

static struct guest_end *run_once(const struct guest_config *config,
                                  uint32_t phys_size, const struct guest *guest,
                                  paddr_t base)
{
    struct guest_machine *gm = guest_machine_create(config, phys_size);
    struct guest_end *end = malloc(sizeof(*end));

    assert_non_null(end);
    guest_run(gm, guest, place(base, phys_size, guest->bounds), end);
    guest_machine_destroy(gm);
    return end;
}

static void compare_once(const struct guest_config *config, uint32_t phys_size,
                         const struct guest *guest, paddr_t base,
                         const struct guest_end *want)
{
    struct guest_end *end = run_once(config, phys_size, guest, base);

    guest_assert_same(guest, config->what, end, want);
    free(end);
}

/* ---- relocation ---- */

static void relocate(const struct guest_config *config,
                     const struct guest *guest, const struct guest_end *want)
{
    static const paddr_t bases[] = {
        OS_END,  OS_END + 1, 0x4fff,  0x5000,    0x5a5b,  0x7fff, 0x8000,
        0x8001,  0x8003,     0xabcd,  0x10000,   0x12345, 77777,  0x1fffe,
        0x1ffff, 0x20000,    0x2abcd, TOP(4097), TOP(1),  TOP(0)};
    struct guest_machine *gm = guest_machine_create(config, PHYS);
    struct guest_end *end = malloc(sizeof(*end));

    assert_non_null(end);
    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        const paddr_t base = place(bases[i], PHYS, guest->bounds);
        char what[64];

        snprintf(what, sizeof(what), "%s, at %#x", config->what, base);
        guest_run(gm, guest, base, end);
        guest_assert_same(guest, what, end, want);
    }
    free(end);
    guest_machine_destroy(gm);
}

/* At twenty bases, and in the smallest memory that holds it at all. */
static void test_guests_do_not_see_their_base(void **state)
{
    const struct guest *guest = *state;
    struct guest_end *want = run_once(&counting, PHYS, guest, BASE);
    const uint32_t tight = OS_END + guest->bounds;

    relocate(&counting, guest, want);
    relocate(&lean, guest, want);
    compare_once(&counting, tight, guest, OS_END, want);
    compare_once(&lean, tight, guest, OS_END, want);
    free(want);
}

/* ---- observers ---- */

static void test_guests_do_not_see_who_watches(void **state)
{
    static const struct guest_config configs[] = {
        {.what = "as fencepost run", .lean_after = ENGINE_LEAN_AFTER},
        {.what = "lean at once", .lean_after = 0},
        {.what = "lean after 300", .lean_after = 300},
        {.what = "in slices", .slice = SLICE},
        {.what = "moving", .slice = SLICE, .moving = true},
        {.what = "paranoid", .paranoid = true},
        {.what = "paranoid and counting", .paranoid = true, .counting = true},
        {.what = "round trip", .round_trip = true, .counting = true},
        {.what = "observed", .observed = true},
    };
    const struct guest *guest = *state;
    struct guest_end *want = run_once(&counting, PHYS, guest, BASE);

    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
        compare_once(&configs[i], PHYS, guest, BASE, want);
    free(want);
}

/* Everybody at once tells the same story as a single observer. */
static void test_guests_do_not_see_a_crowd(void **state)
{
    static const struct guest_config observed = {.what = "observed",
                                                 .observed = true};
    static const struct guest_config crowd = {.what = "a crowd",
                                              .observed = true,
                                              .counting = true,
                                              .paranoid = true,
                                              .round_trip = true,
                                              .slice = 10007};
    const struct guest *guest = *state;
    struct guest_end *want = run_once(&observed, PHYS, guest, BASE);

    compare_once(&crowd, PHYS, guest, TOP(77), want);
    free(want);
}

/* ---- neighbours ---- */

/* Programs that are short; the others would take long if watched closely. */
static bool is_short(const struct guest *guest)
{
    return !strstr(guest->name, "/pi") && !strstr(guest->name, "/sha256");
}

/* Two programs that take turns: each as if it were alone. */
static void test_guests_do_not_see_each_other(void **state)
{
    const struct guest *guest = *state;
    const bool quick = is_short(guest) && is_short(guest->partner);
    const struct guest_config turns = {.what = "in turns",
                                       .slice = quick ? TURN : SLICE};
    struct guest_end *want = run_once(&lean, PHYS, guest, BASE);
    struct guest_end *end = malloc(sizeof(*end));
    struct guest_end *partner_end = malloc(sizeof(*end));
    struct guest_machine *gm = guest_machine_create(&turns, PHYS);

    assert_non_null(end);
    assert_non_null(partner_end);
    guest_run_pair(gm, guest, TURNS_BASE, end, partner_end);
    guest_assert_same(guest, "before its partner", end, want);
    free(want);
    want = run_once(&lean, PHYS, guest->partner, BASE);
    guest_assert_same(guest->partner, "behind its partner", partner_end, want);
    guest_machine_destroy(gm);
    free(partner_end);
    free(end);
    free(want);
}

/* ---- odd bounds ---- */

/* The zoo strays past bounds that are on no page's edge. */
static void test_guests_do_not_see_who_watches_odd_bounds(void **state)
{
    struct guest odd = *(const struct guest *)*state;
    char text[16];

    odd.bounds = OS_BOUNDS_DEFAULT + 3 * 1024 + 517;
    snprintf(text, sizeof(text), "%u", odd.bounds);
    odd.argv[1] = text;

    void *guest = &odd;
    test_guests_do_not_see_who_watches(&guest);
}

/* ---- the memory that the machine has by default ---- */

static void test_guests_stay_inside_by_default(void **state)
{
    static const struct guest_config config = {.what = "as fencepost run",
                                               .lean_after = ENGINE_LEAN_AFTER};
    const struct guest *guest = *state;
    struct guest_end *want = run_once(&counting, PHYS, guest, BASE);

    compare_once(&config, PHYS_SIZE_DEFAULT, guest, 12345677, want);
    compare_once(&config, PHYS_SIZE_DEFAULT, guest, TOP(0), want);
    free(want);
}

/* ---- each claim for each program it is about ---- */

static bool every(const struct guest *guest)
{
    (void)guest;
    return true;
}

static bool is_hello(const struct guest *guest)
{
    return strstr(guest->name, "/hello") != NULL;
}

static const struct claim {
    const char *name;
    CMUnitTestFunction test;
    bool (*is_about)(const struct guest *guest);
} claims[] = {
#define CLAIM(test, is_about)                                                  \
    {                                                                          \
#test, test, is_about                                                  \
    }
    CLAIM(test_guests_do_not_see_their_base, every),
    CLAIM(test_guests_do_not_see_who_watches, every),
    CLAIM(test_guests_do_not_see_who_watches_odd_bounds, guest_is_zoo),
    CLAIM(test_guests_do_not_see_a_crowd, is_short),
    CLAIM(test_guests_do_not_see_each_other, every),
    CLAIM(test_guests_stay_inside_by_default, is_hello),
};
#define CLAIMS (sizeof(claims) / sizeof(claims[0]))

struct row {
    char name[160];
};

/* Fills @tests and the names they borrow. Returns how many. */
static size_t make_tests(struct CMUnitTest *tests, struct row *rows,
                         struct guest *guests, size_t count)
{
    size_t used = 0;

    for (size_t i = 0; i < CLAIMS; i++)
        for (size_t j = 0; j < count; j++) {
            if (!claims[i].is_about(&guests[j]))
                continue;
            snprintf(rows[used].name, sizeof(rows[used].name), "%s: %s",
                     claims[i].name, guests[j].name);
            tests[used] = (struct CMUnitTest){.name = rows[used].name,
                                              .test_func = claims[i].test,
                                              .initial_state = &guests[j]};
            used++;
        }
    return used;
}

/* With an argument, only the tests whose names match it, as "*who*: arm/pi". */
int main(int argc, char **argv)
{
    size_t count = 0;
    struct guest *guests = guest_list(&count);
    struct CMUnitTest *tests = calloc(CLAIMS * count, sizeof(*tests));
    struct row *rows = calloc(CLAIMS * count, sizeof(*rows));
    int failed = 1;

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    if (guests && tests && rows) {
        const size_t used = make_tests(tests, rows, guests, count);

        failed = _cmocka_run_group_tests("guests", tests, used, NULL, NULL);
        guest_list_free(guests, count);
    }
    free(rows);
    free(tests);
    return failed;
}
