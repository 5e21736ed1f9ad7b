/* tests/test_isa.c - the two instruction sets, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/isa.h"

static const struct isa *const rows[] = {&isa_x86, &isa_arm};

static void test_isa_rows_are_sound(void **state)
{
    (void)state;
    assert_true(isa_check(&isa_x86));
    assert_true(isa_check(&isa_arm));
    assert_int_equal(isa_x86.reg_count, X86_REG_COUNT);
    assert_int_equal(isa_arm.reg_count, ARM_REG_COUNT);
}

static void test_isa_find_knows_two_machines(void **state)
{
    (void)state;
    assert_ptr_equal(isa_find(3), &isa_x86);
    assert_ptr_equal(isa_find(40), &isa_arm);
    assert_null(isa_find(0));
    assert_null(isa_find(62));
}

/* The pictures in isa.c. */
static void test_isa_save_areas_are_as_drawn(void **state)
{
    static const struct {
        const struct isa *isa;
        unsigned reg;
        const char *name;
        unsigned offset, size;
    } cases[] = {
        {&isa_x86, X86_EAX, "eax", 0, 4},
        {&isa_x86, X86_ECX, "ecx", 4, 4},
        {&isa_x86, X86_EDX, "edx", 8, 4},
        {&isa_x86, X86_EBX, "ebx", 12, 4},
        {&isa_x86, X86_ESP, "esp", 16, 4},
        {&isa_x86, X86_EBP, "ebp", 20, 4},
        {&isa_x86, X86_ESI, "esi", 24, 4},
        {&isa_x86, X86_EDI, "edi", 28, 4},
        {&isa_x86, X86_EIP, "eip", 32, 4},
        {&isa_x86, X86_EFLAGS, "eflags", 36, 4},
        {&isa_x86, X86_CS, "cs", 40, 4},
        {&isa_x86, X86_SS, "ss", 44, 4},
        {&isa_x86, X86_DS, "ds", 48, 4},
        {&isa_x86, X86_ES, "es", 52, 4},
        {&isa_x86, X86_FS, "fs", 56, 4},
        {&isa_x86, X86_GS, "gs", 60, 4},
        {&isa_x86, X86_FS_BASE, "fs_base", 64, 4},
        {&isa_x86, X86_GS_BASE, "gs_base", 68, 4},
        {&isa_x86, X86_FPCW, "fpcw", 72, 4},
        {&isa_x86, X86_FPSW, "fpsw", 76, 4},
        {&isa_x86, X86_FPTAG, "fptag", 80, 4},
        {&isa_x86, X86_FPOP, "fpop", 84, 4},
        {&isa_x86, X86_FPIP, "fpip", 88, 4},
        {&isa_x86, X86_FPDP, "fpdp", 92, 4},
        {&isa_x86, X86_MXCSR, "mxcsr", 96, 4},
        {&isa_x86, X86_ST0, "st0", 112, 10},
        {&isa_x86, X86_ST0 + 7, "st7", 224, 10},
        {&isa_x86, X86_XMM0, "xmm0", 240, 16},
        {&isa_x86, X86_XMM0 + 7, "xmm7", 352, 16},
        {&isa_arm, ARM_R0, "r0", 0, 4},
        {&isa_arm, ARM_R7, "r7", 28, 4},
        {&isa_arm, ARM_R0 + 12, "r12", 48, 4},
        {&isa_arm, ARM_SP, "sp", 52, 4},
        {&isa_arm, ARM_LR, "lr", 56, 4},
        {&isa_arm, ARM_PC, "pc", 60, 4},
        {&isa_arm, ARM_CPSR, "cpsr", 64, 4},
        {&isa_arm, ARM_TPIDRURO, "tpidruro", 68, 4},
        {&isa_arm, ARM_TPIDRURW, "tpidrurw", 72, 4},
        {&isa_arm, ARM_FPSCR, "fpscr", 76, 4},
        {&isa_arm, ARM_D0, "d0", 80, 8},
        {&isa_arm, ARM_D0 + 31, "d31", 328, 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct isa_reg *reg = &cases[i].isa->regs[cases[i].reg];

        if (strcmp(reg->name, cases[i].name) != 0 ||
            reg->offset != cases[i].offset || reg->size != cases[i].size)
            fail_msg("%s: is %s at %u, %u bytes", cases[i].name, reg->name,
                     reg->offset, reg->size);
    }
    assert_int_equal(isa_x86.save_size, 368);
    assert_int_equal(isa_arm.save_size, 336);
}

static void test_isa_system_call_registers_are_linux(void **state)
{
    static const unsigned x86_args[] = {X86_EBX, X86_ECX, X86_EDX,
                                        X86_ESI, X86_EDI, X86_EBP};
    static const unsigned arm_args[] = {ARM_R0,     ARM_R0 + 1, ARM_R0 + 2,
                                        ARM_R0 + 3, ARM_R0 + 4, ARM_R0 + 5};

    (void)state;
    assert_int_equal(isa_x86.call_number, X86_EAX);
    assert_int_equal(isa_x86.call_result, X86_EAX);
    assert_memory_equal(isa_x86.call_args, x86_args, sizeof(x86_args));
    assert_int_equal(isa_x86.abi, ISA_ABI_X86);
    assert_int_equal(isa_arm.call_number, ARM_R7);
    assert_int_equal(isa_arm.call_result, ARM_R0);
    assert_memory_equal(isa_arm.call_args, arm_args, sizeof(arm_args));
    assert_int_equal(isa_arm.abi, ISA_ABI_ARM);
}

static void test_isa_set_writes_one_slot_only(void **state)
{
    (void)state;
    for (size_t r = 0; r < 2; r++) {
        for (unsigned i = 0; i < rows[r]->reg_count; i++) {
            const struct isa_reg *reg = &rows[r]->regs[i];
            struct cpu_state cpu, want;

            if (reg->size != 4)
                continue;
            memset(&cpu, 0xee, sizeof(cpu));
            want = cpu;
            memcpy(want.bytes + reg->offset, "\x78\x56\x34\x92", 4);
            isa_set(rows[r], &cpu, i, 0x92345678);
            assert_memory_equal(&cpu, &want, sizeof(cpu));
            assert_true(isa_get(rows[r], &cpu, i) == 0x92345678);
        }
    }
}

/* All other bytes of the state are 0. */
static void expect_entry(const struct isa *isa, uint32_t entry,
                         const struct isa_value *want, size_t count)
{
    struct cpu_state cpu, expected = {{0}};

    memset(&cpu, 0xee, sizeof(cpu));
    isa_entry_state(isa, &cpu, entry, 0xff0);
    for (size_t i = 0; i < count; i++)
        isa_set(isa, &expected, want[i].reg, want[i].value);
    assert_memory_equal(&cpu, &expected, sizeof(cpu));
}

static void test_isa_x86_starts_as_linux_starts_it(void **state)
{
    static const struct isa_value want[] = {
        {X86_EIP, 0x1001},   {X86_ESP, 0xff0},  {X86_EFLAGS, 0x202},
        {X86_CS, 0x73},      {X86_SS, 0x7b},    {X86_DS, 0x7b},
        {X86_ES, 0x7b},      {X86_FPCW, 0x37f}, {X86_FPTAG, 0xffff},
        {X86_MXCSR, 0x1f80},
    };

    (void)state;
    expect_entry(&isa_x86, 0x1001, want, sizeof(want) / sizeof(want[0]));
}

static void test_isa_arm_entry_bit_0_selects_thumb(void **state)
{
    static const struct isa_value a32[] = {
        {ARM_PC, 0x1000}, {ARM_SP, 0xff0}, {ARM_CPSR, 0x10}};
    static const struct isa_value thumb[] = {
        {ARM_PC, 0x1000}, {ARM_SP, 0xff0}, {ARM_CPSR, 0x30}};

    (void)state;
    expect_entry(&isa_arm, 0x1000, a32, 3);
    expect_entry(&isa_arm, 0x1001, thumb, 3);
}

static void test_isa_check_notices_a_role_without_a_word(void **state)
{
    struct isa isa = isa_x86;
    unsigned *const roles[] = {&isa.pc,          &isa.sp,
                               &isa.flags,       &isa.call_number,
                               &isa.call_result, &isa.call_args[ISA_ARGS - 1]};

    (void)state;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        const unsigned good = *roles[i];

        *roles[i] = X86_REG_COUNT;
        assert_false(isa_check(&isa));
        *roles[i] = X86_ST0;
        assert_false(isa_check(&isa));
        *roles[i] = good;
        assert_true(isa_check(&isa));
    }
}

static void test_isa_check_notices_bad_sizes(void **state)
{
    struct isa isa = isa_x86;

    (void)state;
    isa.save_size = 367;
    assert_false(isa_check(&isa));
    isa.save_size = ISA_SAVE_MAX + 1;
    assert_false(isa_check(&isa));
    isa = isa_x86;
    isa.reg_count = ISA_REGS_MAX + 1;
    assert_false(isa_check(&isa));
}

static void test_isa_check_notices_a_bad_slot(void **state)
{
    static const struct {
        const char *what;
        unsigned reg;
        struct isa_reg value;
    } cases[] = {
        {"runs into the slot before", X86_ECX, {"ecx", 3, 4, ISA_GENERAL}},
        {"runs into the slot behind", X86_ECX, {"ecx", 5, 4, ISA_GENERAL}},
        {"leaves the save area", X86_XMM0, {"xmm0", 360, 16, ISA_FLOAT}},
        {"too wide", X86_ST0, {"st0", 112, 17, ISA_FLOAT}},
        {"empty", X86_EAX, {"eax", 0, 0, ISA_GENERAL}},
        {"no name", X86_EBX, {NULL, 12, 4, ISA_GENERAL}},
        {"another's name", X86_EBX, {"eax", 12, 4, ISA_GENERAL}},
    };
    struct isa_reg regs[X86_REG_COUNT];
    struct isa isa = isa_x86;

    (void)state;
    isa.regs = regs;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memcpy(regs, isa_x86.regs, sizeof(regs));
        assert_true(isa_check(&isa));
        regs[cases[i].reg] = cases[i].value;
        if (isa_check(&isa))
            fail_msg("%s", cases[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isa_rows_are_sound),
        cmocka_unit_test(test_isa_find_knows_two_machines),
        cmocka_unit_test(test_isa_save_areas_are_as_drawn),
        cmocka_unit_test(test_isa_system_call_registers_are_linux),
        cmocka_unit_test(test_isa_set_writes_one_slot_only),
        cmocka_unit_test(test_isa_x86_starts_as_linux_starts_it),
        cmocka_unit_test(test_isa_arm_entry_bit_0_selects_thumb),
        cmocka_unit_test(test_isa_check_notices_a_role_without_a_word),
        cmocka_unit_test(test_isa_check_notices_bad_sizes),
        cmocka_unit_test(test_isa_check_notices_a_bad_slot),
    };

    return cmocka_run_group_tests_name("isa", tests, NULL, NULL);
}
