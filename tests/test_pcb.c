/* tests/test_pcb.c - the picture in os/pcb.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/pcb.h"
#include "tests/rig.h"

static void test_pcb_of_a_new_process_is_as_drawn(void **state)
{
    static const uint8_t head[PCB_SAVE] = {
        'P',         'C',  'B', 0, /* magic */
        1,           0,    0,   0, /* pid */
        0,           0,    0,   0, /* ready */
        40,          0,    0,   0, /* ARM */
        0,           0,    0,   0, /* no selectors */
        0x30,        0x02, 0,   0, /* break */
        0x30,        0x02, 0,   0, /* lowest break */
        0,           0,    0,   0, /* no stack segment */
        [64] = 0x39, 0x50, 0,   0, /* base 0x5039 */
        0x01,        0x10, 0,   0, /* bounds 0x1001 */
        0x17,        0,    0,   0, /* present, rwx */
    };
    struct rig *rig = *state;
    const struct process *p = rig_spawn(rig, ELF_ARM, 0x5039, 0x1001);
    const uint8_t *bytes = rig->phys->bytes + OS_PCBS;
    struct cpu_state cpu;

    assert_int_equal(p->pcb, OS_PCBS);
    assert_memory_equal(bytes, head, sizeof(head));
    isa_entry_state(&isa_arm, &cpu, ELF_BUILD_ENTRY, 0xf50);
    assert_memory_equal(bytes + 192, cpu.bytes, isa_arm.save_size);
    for (uint32_t i = 192u + isa_arm.save_size; i < 704; i++)
        assert_int_equal(bytes[i], 0);
    for (uint32_t i = 704; i < PCB_SIZE; i++) /* 0, 1 and 2 are open */
        assert_int_equal(bytes[i], i < 710 && i % 2 == 0 ? (i - 702) / 2 : 0);
    assert_int_equal(192 + ISA_SAVE_MAX, 704);
    assert_int_equal(704 + 2 * PCB_FDS, 768);
    assert_int_equal(768 + 20 * PCB_ACTIONS, 1388);
    assert_int_equal(1408 + 12 * PCB_ACTIONS, 1780);
    assert_int_equal(1780 + 12, PCB_SIZE);
}

static void test_pcb_save_and_restore_move_the_save_area_only(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 4096);
    uint8_t head[PCB_SAVE];
    struct cpu_state in, out;

    phys_read(rig->phys, p->pcb, head, sizeof(head));
    for (unsigned i = 0; i < sizeof(in.bytes); i++)
        in.bytes[i] = (uint8_t)(i * 7 + 1);
    memset(&out, 0, sizeof(out));
    pcb_save(rig->phys, p->pcb, &isa_x86, &in);
    pcb_restore(rig->phys, p->pcb, &isa_x86, &out);
    assert_memory_equal(in.bytes, out.bytes, isa_x86.save_size);
    assert_memory_equal(rig->phys->bytes + p->pcb + PCB_SAVE, in.bytes,
                        isa_x86.save_size);
    assert_memory_equal(rig->phys->bytes + p->pcb, head, sizeof(head));
    assert_int_equal(rig->phys->bytes[p->pcb + PCB_SAVE + isa_x86.save_size],
                     0);
}

static void test_pcb_reg_is_the_register_of_the_save_area(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 4096);
    struct cpu_state cpu;

    pcb_set_reg(rig->phys, p->pcb, &isa_x86, X86_EDI, 0xcafebabe);
    pcb_restore(rig->phys, p->pcb, &isa_x86, &cpu);
    assert_true(isa_get(&isa_x86, &cpu, X86_EDI) == 0xcafebabe);
    assert_true(phys_read32(rig->phys, p->pcb + 192 + 28) == 0xcafebabe);
    assert_true(pcb_get_reg(rig->phys, p->pcb, &isa_x86, X86_EDI) ==
                0xcafebabe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pcb_of_a_new_process_is_as_drawn,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_pcb_save_and_restore_move_the_save_area_only, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_pcb_reg_is_the_register_of_the_save_area, rig_setup,
            rig_teardown),
    };

    return cmocka_run_group_tests_name("pcb", tests, NULL, NULL);
}
