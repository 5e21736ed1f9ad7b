/* tests/test_trap.c - names and vectors of traps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/trap.h"

static void test_trap_names_are_stable(void **state)
{
    static const char *const names[] = {
        "syscall",   "segment",    "absent", "bounds",     "protection",
        "undefined", "privileged", "divide", "breakpoint", "float",
        "overflow",  "alignment",  "timer",  "disk",
    };

    (void)state;
    assert_int_equal(sizeof(names) / sizeof(names[0]), TRAP_COUNT);
    for (unsigned i = 0; i < TRAP_COUNT; i++)
        assert_string_equal(trap_name((enum trap_cause)i), names[i]);
}

/* The trap of a verdict has the verdict's name. */
static void test_trap_of_fault_keeps_the_name(void **state)
{
    (void)state;
    for (unsigned i = MMU_FAULT_NONE + 1; i < MMU_FAULT_COUNT; i++) {
        const enum mmu_fault fault = (enum mmu_fault)i;

        assert_string_equal(trap_name(trap_of_fault(fault)),
                            mmu_fault_name(fault));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trap_names_are_stable),
        cmocka_unit_test(test_trap_of_fault_keeps_the_name),
    };

    return cmocka_run_group_tests_name("trap", tests, NULL, NULL);
}
