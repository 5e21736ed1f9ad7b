/* tests/test_usercopy.c - the OS touches a process's memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/rig.h"

#define BASE   0x7777u
#define BOUNDS 5001u

static const struct {
    const char *what;
    vaddr_t va;
    uint32_t size;
    int err;
} ranges[] = {
    {"first byte", 0, 1, 0},
    {"last byte", BOUNDS - 1, 1, 0},
    {"everything", 0, BOUNDS, 0},
    {"more than one access", 100, 513, 0},
    {"nothing, inside", 100, 0, 0},
    {"nothing, at bounds", BOUNDS, 0, 0},
    {"nothing, at the top", UINT32_MAX, 0, 0},
    {"at bounds", BOUNDS, 1, -EFAULT},
    {"straddles bounds", BOUNDS - 3, 4, -EFAULT},
    {"one byte too many", 0, BOUNDS + 1, -EFAULT},
    {"straddles, in the last access", 1000, BOUNDS - 999, -EFAULT},
    {"the top", UINT32_MAX, 1, -EFAULT},
    {"wraps to 0", UINT32_MAX, 2, -EFAULT},
    {"wraps around everything", 1, UINT32_MAX, -EFAULT},
};

static void test_usercopy_reads_all_or_nothing(void **state)
{
    struct rig *rig = *state;
    const struct process *p = rig_spawn(rig, ELF_X86, BASE, BOUNDS);
    uint8_t got[BOUNDS], untouched[BOUNDS];

    phys_pattern_fill(rig->phys, BASE, BOUNDS);
    memset(untouched, 0xee, sizeof(untouched));
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        memset(got, 0xee, sizeof(got));
        const int err =
            os_copy_from_user(rig->os, p, got, ranges[i].va, ranges[i].size);
        if (err != ranges[i].err)
            fail_msg("%s: %d", ranges[i].what, err);
        if (err || ranges[i].size == 0)
            assert_memory_equal(got, untouched, sizeof(got));
        else
            assert_memory_equal(got, rig->phys->bytes + BASE + ranges[i].va,
                                ranges[i].size);
    }
}

static void test_usercopy_writes_all_or_nothing(void **state)
{
    struct rig *rig = *state;
    const struct process *p = rig_spawn(rig, ELF_X86, BASE, BOUNDS);
    uint8_t data[BOUNDS];

    memset(data, 0x5a, sizeof(data));
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const vaddr_t va = ranges[i].va;
        const uint32_t size = ranges[i].size;

        phys_pattern_fill(rig->phys, OS_END, RIG_PHYS - OS_END);
        const int err = os_copy_to_user(rig->os, p, va, data, size);
        if (err != ranges[i].err)
            fail_msg("%s: %d", ranges[i].what, err);
        const uint32_t moved = err ? 0 : size;
        const paddr_t from = BASE + (moved ? va : 0);
        assert_int_equal(phys_pattern_find(rig->phys, OS_END, from - OS_END),
                         from);
        assert_memory_equal(rig->phys->bytes + from, data, moved);
        assert_int_equal(
            phys_pattern_find(rig->phys, from + moved, RIG_PHYS - from - moved),
            RIG_PHYS);
    }
}

static void test_usercopy_into_code_raises_epoch(void **state)
{
    struct rig *rig = *state;
    const struct process *p = rig_spawn(rig, ELF_X86, BASE, BOUNDS);
    const uint64_t before = rig->phys->code_epoch;

    phys_mark_code(rig->phys, BASE + 600, 4);
    assert_int_equal(os_copy_to_user(rig->os, p, 0, "xxxx", 4), 0);
    assert_true(rig->phys->code_epoch == before);
    assert_int_equal(os_copy_to_user(rig->os, p, 602, "xxxx", 4), 0);
    assert_true(rig->phys->code_epoch > before);
}

/* What is in the PCB counts, at once. */
static void test_usercopy_obeys_the_registers_in_the_pcb(void **state)
{
    struct rig *rig = *state;
    const struct process *p = rig_spawn(rig, ELF_X86, BASE, BOUNDS);
    uint8_t byte;

    pcb_set(rig->phys, p->pcb, PCB_FIELD_BASE, BASE + 1);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BOUNDS, 10);
    rig->phys->bytes[BASE + 10] = 42;
    assert_int_equal(os_copy_from_user(rig->os, p, &byte, 9, 1), 0);
    assert_int_equal(byte, 42);
    assert_int_equal(os_copy_from_user(rig->os, p, &byte, 10, 1), -EFAULT);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BASE, UINT32_MAX);
    assert_int_equal(os_copy_from_user(rig->os, p, &byte, 0, 1), -EFAULT);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BASE, BASE);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BOUNDS, BOUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_usercopy_reads_all_or_nothing,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_usercopy_writes_all_or_nothing,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_usercopy_into_code_raises_epoch,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_usercopy_obeys_the_registers_in_the_pcb, rig_setup,
            rig_teardown),
    };

    return cmocka_run_group_tests_name("usercopy", tests, NULL, NULL);
}
