/* tests/test_engine_copy.c - emu/engine_copy.c: a large space, few pages used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/engine_internal.h"
#include "mmu/base_bounds.h"
#include "tests/rng.h"

#define SIZE   (32u << 20)
#define BASE   0x12345u /* on no page's edge */
#define BOUNDS (24u << 20)

static void set_up(struct engine *e, struct base_bounds *mmu)
{
    memset(e, 0, sizeof(*e));
    assert_int_equal(phys_create(&e->phys, SIZE), 0);
    base_bounds_init(mmu);
    assert_int_equal(base_bounds_set(mmu, BASE, BOUNDS, SIZE), 0);
    e->mmu = &mmu->mmu;
}

/* A few bytes anywhere, or a large piece cleared, or a page made of zeros. */
static void change(struct phys *phys, struct rng *rng)
{
    const paddr_t pa = BASE + rng_below(rng, BOUNDS - (1u << 20));

    switch (rng_below(rng, 8)) {
    case 0:
        phys_fill(phys, pa, 0, 1u << 20);
        break;
    case 1:
        phys->bytes[pa] = 0;
        break;
    default:
        phys_write32(phys, pa, rng_next(rng));
    }
}

static void test_engine_copy_keeps_every_byte(void **state)
{
    struct rng rng = rng_start();
    struct space_copy copy = {0};
    struct base_bounds mmu;
    struct engine e;
    uint8_t *model = malloc(BOUNDS);

    (void)state;
    assert_non_null(model);
    set_up(&e, &mmu);
    assert_int_equal(engine_copy_room(&e, &copy), 0);
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 20; i++)
            change(e.phys, &rng);
        engine_copy_take(&e, &copy);
        memcpy(model, e.phys->bytes + BASE, BOUNDS);
        for (int i = 0; i < 20; i++)
            change(e.phys, &rng);
        engine_copy_restore(&e, &copy);
        assert_memory_equal(model, e.phys->bytes + BASE, BOUNDS);
    }
    engine_copy_free(&copy);
    phys_destroy(e.phys);
    free(model);
}

static long resident_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0, resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

static void test_engine_copy_costs_what_was_touched(void **state)
{
    struct space_copy copy = {0};
    struct base_bounds mmu;
    struct engine e;

    (void)state;
    set_up(&e, &mmu);
    phys_write32(e.phys, BASE, 1);
    assert_int_equal(engine_copy_room(&e, &copy), 0);
    const long before = resident_pages();
    engine_copy_take(&e, &copy);
    engine_copy_restore(&e, &copy);
    assert_in_range(resident_pages(), 0, before + 1024);
    engine_copy_free(&copy);
    phys_destroy(e.phys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_copy_keeps_every_byte),
        cmocka_unit_test(test_engine_copy_costs_what_was_touched),
    };

    return cmocka_run_group_tests_name("engine_copy", tests, NULL, NULL);
}
