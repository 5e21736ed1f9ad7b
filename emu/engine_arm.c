/*
 * emu/engine_arm.c - ARM in Unicorn: user mode, register numbers, exceptions.
 *
 * Decisions:
 * - A Cortex-A15: ARMv7-A with VFPv4 and NEON, which programs may use from the
 *   start, as under Linux. Byte order is little-endian and stays so.
 *
 * Source: ARM DDI 0406C, B1.3 (modes), B1.8 (exceptions), B1.11 (VFP enable).
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <unicorn/unicorn.h>

#define CPACR_VFP  0x00f00000u /* coprocessors 10 and 11 for everybody */
#define FPEXC_EN   0x40000000u
#define CPSR_USER  0x00000010u
#define PAGE_BYTES 1024u /* the smallest page that the architecture knows */

#define D(n) [ARM_D0 + (n)] = UC_ARM_REG_D0 + (n)

static const int reg_ids[ARM_REG_COUNT] = {
    [ARM_R0] = UC_ARM_REG_R0,
    [ARM_R0 + 1] = UC_ARM_REG_R1,
    [ARM_R0 + 2] = UC_ARM_REG_R2,
    [ARM_R0 + 3] = UC_ARM_REG_R3,
    [ARM_R0 + 4] = UC_ARM_REG_R4,
    [ARM_R0 + 5] = UC_ARM_REG_R5,
    [ARM_R0 + 6] = UC_ARM_REG_R6,
    [ARM_R7] = UC_ARM_REG_R7,
    [ARM_R0 + 8] = UC_ARM_REG_R8,
    [ARM_R0 + 9] = UC_ARM_REG_R9,
    [ARM_R0 + 10] = UC_ARM_REG_R10,
    [ARM_R0 + 11] = UC_ARM_REG_R11,
    [ARM_R0 + 12] = UC_ARM_REG_R12,
    [ARM_SP] = UC_ARM_REG_SP,
    [ARM_LR] = UC_ARM_REG_LR,
    [ARM_PC] = UC_ARM_REG_PC,
    [ARM_CPSR] = UC_ARM_REG_CPSR,
    [ARM_TPIDRURO] = UC_ARM_REG_C13_C0_3,
    [ARM_TPIDRURW] = UC_ARM_REG_C13_C0_2,
    [ARM_FPSCR] = UC_ARM_REG_FPSCR,
    D(0),
    D(1),
    D(2),
    D(3),
    D(4),
    D(5),
    D(6),
    D(7),
    D(8),
    D(9),
    D(10),
    D(11),
    D(12),
    D(13),
    D(14),
    D(15),
    D(16),
    D(17),
    D(18),
    D(19),
    D(20),
    D(21),
    D(22),
    D(23),
    D(24),
    D(25),
    D(26),
    D(27),
    D(28),
    D(29),
    D(30),
    D(31),
};

static int arm_open(struct uc_struct **uc)
{
    if (uc_open(UC_ARCH_ARM, UC_MODE_ARM, uc)) {
        *uc = NULL;
        return -ENOMEM;
    }
    uc_ctl_set_cpu_model(*uc, UC_CPU_ARM_CORTEX_A15);
    return 0;
}

static int arm_enter_user(struct engine *e, struct core *core)
{
    const uc_arm_cp_reg cpacr = {
        .cp = 15, .crn = 1, .opc2 = 2, .val = CPACR_VFP};
    uint32_t value = FPEXC_EN;

    (void)e;
    if (uc_reg_write(core->uc, UC_ARM_REG_CP_REG, &cpacr))
        return -ENOTSUP;
    if (uc_reg_write(core->uc, UC_ARM_REG_FPEXC, &value))
        return -ENOTSUP;
    value = CPSR_USER;
    return uc_reg_write(core->uc, UC_ARM_REG_CPSR, &value) ? -ENOTSUP : 0;
}

/* TLBIALL (ARM DDI 0406C, B4.2.2). */
static void arm_flush_tlb(struct core *core)
{
    const uc_arm_cp_reg tlbiall = {.cp = 15, .crn = 8, .crm = 7};

    uc_reg_write(core->uc, UC_ARM_REG_CP_REG, &tlbiall);
}

/*
 * QEMU's numbers: 1 undefined, 2 svc, 7 bkpt; 4 is a data abort, which without
 * an MMU of its own only a misaligned exclusive access raises.
 */
static int arm_cause(uint32_t number)
{
    switch (number) {
    case 1:
        return TRAP_UNDEFINED;
    case 2:
        return TRAP_SYSCALL;
    case 4:
        return TRAP_ALIGNMENT;
    case 7:
        return TRAP_BREAKPOINT;
    default:
        return -1;
    }
}

/* TPIDRURW: the library's own number for it reaches nothing. */
static const uc_arm_cp_reg tpidrurw = {.cp = 15, .crn = 13, .opc2 = 2};

static bool arm_read_odd(struct core *core, unsigned reg, uint32_t *value)
{
    uc_arm_cp_reg cp = tpidrurw;

    if (reg != ARM_TPIDRURW)
        return false;
    uc_reg_read(core->uc, UC_ARM_REG_CP_REG, &cp);
    *value = (uint32_t)cp.val;
    return true;
}

static bool arm_write_odd(struct core *core, unsigned reg, uint32_t value)
{
    uc_arm_cp_reg cp = tpidrurw;

    if (reg != ARM_TPIDRURW)
        return false;
    cp.val = value;
    uc_reg_write(core->uc, UC_ARM_REG_CP_REG, &cp);
    return true;
}

/* N Z C V Q, IT, GE, T; the mode is user. */
#define ARM_MAY 0xfe0ffc20u
#define ARM_IS  0x00000010u

static uint32_t arm_legal(unsigned reg, uint32_t value)
{
    return reg == ARM_CPSR ? (value & ARM_MAY) | ARM_IS : value;
}

const struct engine_arch engine_arch_arm = {
    .reg_ids = reg_ids,
    .page = PAGE_BYTES,
    .open = arm_open,
    .enter_user = arm_enter_user,
    .cause = arm_cause,
    .flush_tlb = arm_flush_tlb,
    .odd = UINT64_C(1) << ARM_TPIDRURW,
    .read_odd = arm_read_odd,
    .write_odd = arm_write_odd,
    .legal = arm_legal,
    .user_flags = 0xf8000000, /* N Z C V Q */
    .lift = lift_arm,
};
