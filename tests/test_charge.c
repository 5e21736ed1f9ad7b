/*
 * tests/test_charge.c - mmu/charge.c: each cost, worked out by hand.
 *
 * Costs are chosen so that no two sums of a few can be mistaken.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mmu/base_bounds.h"
#include "mmu/charge.h"
#include "mmu/segmented.h"
#include "tests/failing.h"

#define PHYS  65536u
#define TABLE 4096u

enum { R = MMU_READ, W = MMU_WRITE, X = MMU_EXEC };

struct scene {
    struct phys *phys;
    struct charge *charge;
    struct segment_table table;
};

static struct costs plain_costs(void)
{
    struct costs costs;

    costs_init(&costs);
    costs.cycles[COST_l1i_hit] = 1;
    costs.cycles[COST_l1d_hit] = 2;
    costs.cycles[COST_l2_hit] = 10;
    costs.cycles[COST_dram_hit] = 100;
    costs.cycles[COST_dram_closed] = 1000;
    costs.cycles[COST_dram_conflict] = 10000;
    costs.cycles[COST_translate_base_bounds] = 3;
    costs.cycles[COST_translate_segmented] = 4;
    costs.cycles[COST_translate_table] = 5;
    return costs;
}

static struct charge *make_charge(unsigned copies)
{
    const struct costs costs = plain_costs();
    struct memsys_config config;
    struct charge *charge = NULL;

    memsys_config_init(&config);
    assert_int_equal(charge_create(&charge, &config, &costs, copies), 0);
    return charge;
}

static int setup(void **state)
{
    static struct scene scene;

    scene.charge = make_charge(1);
    assert_int_equal(phys_create(&scene.phys, PHYS), 0);
    assert_int_equal(segment_table_init(&scene.table, scene.phys, 16, 4), 0);
    assert_int_equal(segment_table_set(&scene.table, TABLE, 16), 0);
    for (unsigned i = 0; i < 3; i++) {
        const struct descriptor d = {.segment = {.base = 8192 * (i + 1),
                                                 .bounds = 4096,
                                                 .prot = MMU_RWX}};

        assert_int_equal(segment_table_put(&scene.table, i, &d), 0);
    }
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    assert_true(charge_check(scene->charge));
    charge_destroy(scene->charge);
    phys_destroy(scene->phys);
    return 0;
}

static void expect(const struct charge *charge, enum clock_cause cause,
                   cycles_t cycles)
{
    if (charge->clock.spent[cause] != cycles)
        fail_msg("%s: %llu, not %llu", clock_cause_name(cause),
                 (unsigned long long)charge->clock.spent[cause],
                 (unsigned long long)cycles);
}

static void test_charge_execution_by_class(void **state)
{
    const struct scene *scene = *state;

    charge_execute(scene->charge, COST_execute_simple);
    charge_execute(scene->charge, COST_execute_jump);
    expect(scene->charge, CLOCK_execute, 1 + 1);
    charge_execute(scene->charge, COST_execute_multiply);
    charge_execute(scene->charge, COST_execute_divide);
    expect(scene->charge, CLOCK_execute, 2 + 3 + 26);
    charge_execute(scene->charge, COST_execute_float);
    charge_execute(scene->charge, COST_execute_float_divide);
    expect(scene->charge, CLOCK_execute, 31 + 4 + 14);
    assert_int_equal(scene->charge->clock.now, 49);
}

static void access_at(const struct scene *scene, const struct mmu *mmu,
                      vaddr_t va, unsigned kind, paddr_t pa)
{
    const struct mmu_access access = {va, 4, (enum mmu_prot)kind};

    charge_access(scene->charge, mmu, &access, pa);
}

static void test_charge_registers_cost_an_addition(void **state)
{
    const struct scene *scene = *state;
    struct base_bounds bb;
    struct segmented segmented;

    base_bounds_init(&bb);
    assert_int_equal(segmented_init(&segmented, 16, 2), 0);

    access_at(scene, &bb.mmu, 0, X, 0x8000); /* the row is closed */
    expect(scene->charge, CLOCK_translate, 3);
    expect(scene->charge, CLOCK_fetch_stall, 10 + 1000);
    access_at(scene, &bb.mmu, 4, X, 0x8004);
    expect(scene->charge, CLOCK_fetch_stall, 1010 + 1);
    access_at(scene, &segmented.mmu, 64, R, 0x8040); /* open */
    expect(scene->charge, CLOCK_translate, 3 + 3 + 4);
    expect(scene->charge, CLOCK_load_stall, 10 + 100);
    access_at(scene, &segmented.mmu, 64, W, 0x8040);
    expect(scene->charge, CLOCK_store_stall, 2);
    assert_int_equal(scene->charge->clock.now, 1011 + 110 + 2 + 14);
}

/*
 * One copy at hand. Row 0 of bank 0 has the table; segment i lies in row 0 of
 * bank i + 1. Descriptors 0 to 2 are in one line.
 */
static void test_charge_table_reads_descriptors_through_the_caches(void **state)
{
    const struct scene *scene = *state;
    const struct mmu *mmu = &scene->table.mmu;
    const cycles_t look = 5;
    cycles_t translate = 0;

    /* Read the descriptor, write that it was used. */
    access_at(scene, mmu, 0, R, 8192);
    translate += look + (10 + 1000) + 2;
    expect(scene->charge, CLOCK_translate, translate);
    expect(scene->charge, CLOCK_load_stall, 10 + 1000);
    /* At hand, nothing new. */
    access_at(scene, mmu, 0, R, 8192);
    translate += look;
    expect(scene->charge, CLOCK_translate, translate);
    /* The first store is noted. */
    access_at(scene, mmu, 0, W, 8192);
    translate += look + 2;
    expect(scene->charge, CLOCK_translate, translate);
    /* Another descriptor of that line, in a cache now; its first use. */
    access_at(scene, mmu, 0x1000, R, 16384);
    translate += look + 2 + 2;
    expect(scene->charge, CLOCK_translate, translate);
    /* And the first one again: there was room for one copy only. */
    access_at(scene, mmu, 0, R, 8192);
    translate += look + 2;
    expect(scene->charge, CLOCK_translate, translate);
    assert_int_equal(scene->charge->associative.counts.hits, 2);
    assert_int_equal(scene->charge->associative.counts.misses, 3);
    assert_int_equal(
        scene->charge->memsys->caches[MEMSYS_L1D]->counts[CACHE_loads], 4 + 3);
}

static void test_charge_run_wants_all_copies_at_hand(void **state)
{
    const struct scene *scene = *state;
    const struct mmu *mmu = &scene->table.mmu;
    const struct charge_run run = {.instructions = 3, .again = {2, 0}};

    assert_true(charge_may_run(scene->charge, mmu, 1));
    assert_false(charge_may_run(scene->charge, mmu, 2)); /* for one copy */
    assert_false(charge_is_at_hand(scene->charge, mmu, 0));
    access_at(scene, mmu, 0, R, 8192);
    assert_true(charge_is_at_hand(scene->charge, mmu, 0xfff));
    assert_false(charge_is_at_hand(scene->charge, mmu, 0x1000));
    charge_run(scene->charge, mmu, &run);
    assert_int_equal(scene->charge->associative.counts.hits, 5);
    access_at(scene, mmu, 0x1000, R, 16384);
    assert_false(charge_is_at_hand(scene->charge, mmu, 0));
}

static void test_charge_words_one_by_one(void **state)
{
    const struct scene *scene = *state;

    /* 10 bytes: words of 4, 4 and 2; all in one line. */
    charge_words(scene->charge, 0x100, 10, MMU_WRITE, CLOCK_context_switch);
    expect(scene->charge, CLOCK_context_switch, 10 + 1000 + 2 + 2);
    charge_words(scene->charge, 0x100, 4, MMU_READ, CLOCK_trap);
    expect(scene->charge, CLOCK_trap, 2);
    charge_words(scene->charge, 0x100, 0, MMU_READ, CLOCK_trap);
    expect(scene->charge, CLOCK_trap, 2);
    charge_cost(scene->charge, COST_trap_entry, CLOCK_trap);
    expect(scene->charge, CLOCK_trap, 2 + 70);
}

static void test_charge_create_reports_errors(void **state)
{
    const struct costs costs = plain_costs();
    struct memsys_config config;
    struct charge *charge = NULL;

    (void)state;
    memsys_config_init(&config);
    assert_int_equal(
        charge_create(&charge, &config, &costs, ASSOCIATIVE_MAX + 1), -EINVAL);
    for (int i = 0; i < 3; i++) {
        failing_after(i);
        assert_int_equal(charge_create(&charge, &config, &costs, 1), -ENOMEM);
    }
    failing_after(-1);
    assert_null(charge);
    charge_destroy(NULL);
}

static void test_charge_check_notices_corruption(void **state)
{
    const struct scene *scene = *state;
    struct charge *charge = scene->charge;

    assert_true(charge_check(charge));
    charge->clock.now++;
    assert_false(charge_check(charge));
    charge->clock.now--;
    charge->associative.used = ASSOCIATIVE_MAX;
    assert_false(charge_check(charge));
    charge->associative.used = 0;
    assert_true(charge_check(charge));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(test_charge_execution_by_class),
        SCENE(test_charge_registers_cost_an_addition),
        SCENE(test_charge_table_reads_descriptors_through_the_caches),
        SCENE(test_charge_run_wants_all_copies_at_hand),
        SCENE(test_charge_words_one_by_one),
        SCENE(test_charge_check_notices_corruption),
        cmocka_unit_test(test_charge_create_reports_errors),
    };

    return cmocka_run_group_tests_name("charge", tests, NULL, NULL);
}
