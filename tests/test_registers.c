/*
 * tests/test_registers.c - emu/engine_registers.c: the place where the library
 * keeps a core's registers is found, in each version of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/engine_internal.h"

#define PHYS 65536u

static const struct isa *const isas[] = {&isa_x86, &isa_arm};

static uint32_t at_place(const struct engine *e, unsigned reg)
{
    return e->fast.regs[reg * (e->isa->thumb_flag ? 1 : 2)];
}

static void check_found(const struct isa *isa)
{
    struct engine_config config = {.isa = isa};
    struct engine *e;

    assert_int_equal(phys_create(&config.phys, PHYS), 0);
    assert_int_equal(engine_create(&e, &config), 0);
    for (unsigned reg = 0; reg < 8; reg++)
        engine_write_reg(e, &e->fast, reg, 0x1000 + reg);
    assert_true(engine_find_registers(e, &e->fast));
    for (unsigned reg = 0; reg < 8; reg++) {
        assert_int_equal(engine_read_reg(e, &e->fast, reg), 0x1000 + reg);
        assert_int_equal(at_place(e, reg), 0x1000 + reg);
        engine_write_reg(e, &e->fast, reg, 0x80000000u + reg);
        assert_int_equal(at_place(e, reg), 0x80000000u + reg);
    }
    engine_destroy(e);
    phys_destroy(config.phys);
}

static void test_registers_are_found_and_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(isas) / sizeof(isas[0]); i++)
        check_found(isas[i]);
}

/* Another core of the same process has them elsewhere. */
static void test_registers_are_those_of_one_core(void **state)
{
    struct engine_config config = {.isa = &isa_arm};
    struct engine *e, *other;

    (void)state;
    assert_int_equal(phys_create(&config.phys, PHYS), 0);
    assert_int_equal(engine_create(&e, &config), 0);
    assert_int_equal(engine_create(&other, &config), 0);
    assert_true(engine_find_registers(e, &e->fast));
    assert_true(engine_find_registers(other, &other->fast));
    assert_ptr_not_equal(e->fast.regs, other->fast.regs);
    engine_write_reg(e, &e->fast, ARM_R0, 1);
    engine_write_reg(other, &other->fast, ARM_R0, 2);
    assert_int_equal(at_place(e, ARM_R0), 1);
    engine_destroy(other);
    engine_destroy(e);
    phys_destroy(config.phys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers_are_found_and_left_alone),
        cmocka_unit_test(test_registers_are_those_of_one_core),
    };

    return cmocka_run_group_tests_name("registers", tests, NULL, NULL);
}
