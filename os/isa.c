/*
 * os/isa.c - the two instruction sets, as data; see isa.h.
 *
 * Save areas, in bytes:
 *
 *      x86     0  eax ecx edx ebx esp ebp esi edi   in the order the CPU
 *             32  eip eflags                        numbers them
 *             40  cs ss ds es fs gs fs_base gs_base
 *             72  fpcw fpsw fptag fpop fpip fpdp mxcsr
 *            100  0 (12 bytes)
 *            112  st0..st7       10 bytes each, 16 apart
 *            240  xmm0..xmm7     16 bytes each
 *            368  end
 *
 *      arm     0  r0..r12 sp lr pc
 *             64  cpsr tpidruro tpidrurw fpscr
 *             80  d0..d31        8 bytes each
 *            336  end
 *
 * Decisions of the model:
 * - Each register narrower than 4 bytes (selectors, FPU words) has a slot of 4.
 * - fptag is the full tag word of FNSAVE, two bits for each register.
 */
#include "os/isa.h"

#include <assert.h>
#include <string.h>

#define GENERAL(name, offset)                                                  \
    {                                                                          \
        name, offset, 4, ISA_GENERAL                                           \
    }
#define SYSTEM(name, offset)                                                   \
    {                                                                          \
        name, offset, 4, ISA_SYSTEM                                            \
    }
#define FLOAT(name, offset, size)                                              \
    {                                                                          \
        name, offset, size, ISA_FLOAT                                          \
    }

static const struct isa_reg x86_regs[X86_REG_COUNT] = {
    [X86_EAX] = GENERAL("eax", 0),
    [X86_ECX] = GENERAL("ecx", 4),
    [X86_EDX] = GENERAL("edx", 8),
    [X86_EBX] = GENERAL("ebx", 12),
    [X86_ESP] = GENERAL("esp", 16),
    [X86_EBP] = GENERAL("ebp", 20),
    [X86_ESI] = GENERAL("esi", 24),
    [X86_EDI] = GENERAL("edi", 28),
    [X86_EIP] = GENERAL("eip", 32),
    [X86_EFLAGS] = GENERAL("eflags", 36),
    [X86_CS] = SYSTEM("cs", 40),
    [X86_SS] = SYSTEM("ss", 44),
    [X86_DS] = SYSTEM("ds", 48),
    [X86_ES] = SYSTEM("es", 52),
    [X86_FS] = SYSTEM("fs", 56),
    [X86_GS] = SYSTEM("gs", 60),
    [X86_FS_BASE] = SYSTEM("fs_base", 64),
    [X86_GS_BASE] = SYSTEM("gs_base", 68),
    [X86_ST0] = FLOAT("st0", 112, 10),
    [X86_ST0 + 1] = FLOAT("st1", 128, 10),
    [X86_ST0 + 2] = FLOAT("st2", 144, 10),
    [X86_ST0 + 3] = FLOAT("st3", 160, 10),
    [X86_ST0 + 4] = FLOAT("st4", 176, 10),
    [X86_ST0 + 5] = FLOAT("st5", 192, 10),
    [X86_ST0 + 6] = FLOAT("st6", 208, 10),
    [X86_ST0 + 7] = FLOAT("st7", 224, 10),
    [X86_FPCW] = FLOAT("fpcw", 72, 4),
    [X86_FPSW] = FLOAT("fpsw", 76, 4),
    [X86_FPTAG] = FLOAT("fptag", 80, 4),
    [X86_FPOP] = FLOAT("fpop", 84, 4),
    [X86_FPIP] = FLOAT("fpip", 88, 4),
    [X86_FPDP] = FLOAT("fpdp", 92, 4),
    [X86_XMM0] = FLOAT("xmm0", 240, 16),
    [X86_XMM0 + 1] = FLOAT("xmm1", 256, 16),
    [X86_XMM0 + 2] = FLOAT("xmm2", 272, 16),
    [X86_XMM0 + 3] = FLOAT("xmm3", 288, 16),
    [X86_XMM0 + 4] = FLOAT("xmm4", 304, 16),
    [X86_XMM0 + 5] = FLOAT("xmm5", 320, 16),
    [X86_XMM0 + 6] = FLOAT("xmm6", 336, 16),
    [X86_XMM0 + 7] = FLOAT("xmm7", 352, 16),
    [X86_MXCSR] = FLOAT("mxcsr", 96, 4),
};

static const struct isa_reg arm_regs[ARM_REG_COUNT] = {
    [ARM_R0] = GENERAL("r0", 0),
    [ARM_R0 + 1] = GENERAL("r1", 4),
    [ARM_R0 + 2] = GENERAL("r2", 8),
    [ARM_R0 + 3] = GENERAL("r3", 12),
    [ARM_R0 + 4] = GENERAL("r4", 16),
    [ARM_R0 + 5] = GENERAL("r5", 20),
    [ARM_R0 + 6] = GENERAL("r6", 24),
    [ARM_R7] = GENERAL("r7", 28),
    [ARM_R0 + 8] = GENERAL("r8", 32),
    [ARM_R0 + 9] = GENERAL("r9", 36),
    [ARM_R0 + 10] = GENERAL("r10", 40),
    [ARM_R0 + 11] = GENERAL("r11", 44),
    [ARM_R0 + 12] = GENERAL("r12", 48),
    [ARM_SP] = GENERAL("sp", 52),
    [ARM_LR] = GENERAL("lr", 56),
    [ARM_PC] = GENERAL("pc", 60),
    [ARM_CPSR] = GENERAL("cpsr", 64),
    [ARM_TPIDRURO] = SYSTEM("tpidruro", 68),
    [ARM_TPIDRURW] = SYSTEM("tpidrurw", 72),
    [ARM_FPSCR] = FLOAT("fpscr", 76, 4),
    [ARM_D0] = FLOAT("d0", 80, 8),
    [ARM_D0 + 1] = FLOAT("d1", 88, 8),
    [ARM_D0 + 2] = FLOAT("d2", 96, 8),
    [ARM_D0 + 3] = FLOAT("d3", 104, 8),
    [ARM_D0 + 4] = FLOAT("d4", 112, 8),
    [ARM_D0 + 5] = FLOAT("d5", 120, 8),
    [ARM_D0 + 6] = FLOAT("d6", 128, 8),
    [ARM_D0 + 7] = FLOAT("d7", 136, 8),
    [ARM_D0 + 8] = FLOAT("d8", 144, 8),
    [ARM_D0 + 9] = FLOAT("d9", 152, 8),
    [ARM_D0 + 10] = FLOAT("d10", 160, 8),
    [ARM_D0 + 11] = FLOAT("d11", 168, 8),
    [ARM_D0 + 12] = FLOAT("d12", 176, 8),
    [ARM_D0 + 13] = FLOAT("d13", 184, 8),
    [ARM_D0 + 14] = FLOAT("d14", 192, 8),
    [ARM_D0 + 15] = FLOAT("d15", 200, 8),
    [ARM_D0 + 16] = FLOAT("d16", 208, 8),
    [ARM_D0 + 17] = FLOAT("d17", 216, 8),
    [ARM_D0 + 18] = FLOAT("d18", 224, 8),
    [ARM_D0 + 19] = FLOAT("d19", 232, 8),
    [ARM_D0 + 20] = FLOAT("d20", 240, 8),
    [ARM_D0 + 21] = FLOAT("d21", 248, 8),
    [ARM_D0 + 22] = FLOAT("d22", 256, 8),
    [ARM_D0 + 23] = FLOAT("d23", 264, 8),
    [ARM_D0 + 24] = FLOAT("d24", 272, 8),
    [ARM_D0 + 25] = FLOAT("d25", 280, 8),
    [ARM_D0 + 26] = FLOAT("d26", 288, 8),
    [ARM_D0 + 27] = FLOAT("d27", 296, 8),
    [ARM_D0 + 28] = FLOAT("d28", 304, 8),
    [ARM_D0 + 29] = FLOAT("d29", 312, 8),
    [ARM_D0 + 30] = FLOAT("d30", 320, 8),
    [ARM_D0 + 31] = FLOAT("d31", 328, 8),
};

/* What Linux gives an i386 program: ring 3 selectors, IF, FNINIT's words. */
static const struct isa_value x86_entry[] = {
    {X86_EFLAGS, 0x202}, {X86_CS, 0x73},      {X86_SS, 0x7b},
    {X86_DS, 0x7b},      {X86_ES, 0x7b},      {X86_FPCW, 0x37f},
    {X86_FPTAG, 0xffff}, {X86_MXCSR, 0x1f80},
};

/* User mode, A32, interrupts on. */
static const struct isa_value arm_entry[] = {{ARM_CPSR, 0x10}};

const struct isa isa_x86 = {
    .name = "x86",
    .elf_machine = 3,
    .save_size = 368,
    .reg_count = X86_REG_COUNT,
    .regs = x86_regs,
    .pc = X86_EIP,
    .sp = X86_ESP,
    .flags = X86_EFLAGS,
    .call_number = X86_EAX,
    .call_args = {X86_EBX, X86_ECX, X86_EDX, X86_ESI, X86_EDI, X86_EBP},
    .call_result = X86_EAX,
    .abi = ISA_ABI_X86,
    .entry = x86_entry,
    .entry_count = sizeof(x86_entry) / sizeof(x86_entry[0]),
    .hwcap = 0x07808111, /* fpu tsc cx8 cmov mmx fxsr sse sse2 (CPUID.1:EDX) */
};

const struct isa isa_arm = {
    .name = "arm",
    .elf_machine = 40,
    .save_size = 336,
    .reg_count = ARM_REG_COUNT,
    .regs = arm_regs,
    .pc = ARM_PC,
    .sp = ARM_SP,
    .flags = ARM_CPSR,
    .call_number = ARM_R7,
    .call_args = {ARM_R0, ARM_R0 + 1, ARM_R0 + 2, ARM_R0 + 3, ARM_R0 + 4,
                  ARM_R0 + 5},
    .call_result = ARM_R0,
    .abi = ISA_ABI_ARM,
    .thumb_flag = 0x20,
    .entry = arm_entry,
    .entry_count = sizeof(arm_entry) / sizeof(arm_entry[0]),
    .elf_be8 = 0x00800000,
    .hwcap = 0x000fb0d6, /* half thumb fastmult vfp edsp neon vfpv3 tls vfpv4
                            idiva idivt vfpd32 (Linux's asm/hwcap.h) */
};

const struct isa *isa_find(uint16_t elf_machine)
{
    static const struct isa *const rows[] = {&isa_x86, &isa_arm};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i]->elf_machine == elf_machine)
            return rows[i];
    return NULL;
}

static size_t word_at(const struct isa *isa, unsigned reg)
{
    assert(reg < isa->reg_count && isa->regs[reg].size == 4);
    return isa->regs[reg].offset;
}

uint32_t isa_get(const struct isa *isa, const struct cpu_state *cpu,
                 unsigned reg)
{
    const uint8_t *b = cpu->bytes + word_at(isa, reg);

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

void isa_set(const struct isa *isa, struct cpu_state *cpu, unsigned reg,
             uint32_t value)
{
    uint8_t *b = cpu->bytes + word_at(isa, reg);

    b[0] = (uint8_t)value;
    b[1] = (uint8_t)(value >> 8);
    b[2] = (uint8_t)(value >> 16);
    b[3] = (uint8_t)(value >> 24);
}

void isa_entry_state(const struct isa *isa, struct cpu_state *cpu,
                     uint32_t entry, uint32_t sp)
{
    memset(cpu, 0, sizeof(*cpu));
    for (unsigned i = 0; i < isa->entry_count; i++)
        isa_set(isa, cpu, isa->entry[i].reg, isa->entry[i].value);

    if (isa->thumb_flag && (entry & 1)) {
        const uint32_t flags = isa_get(isa, cpu, isa->flags);

        isa_set(isa, cpu, isa->flags, flags | isa->thumb_flag);
        entry &= ~UINT32_C(1);
    }
    isa_set(isa, cpu, isa->pc, entry);
    isa_set(isa, cpu, isa->sp, sp);
}

static bool is_word(const struct isa *isa, unsigned reg)
{
    return reg < isa->reg_count && isa->regs[reg].size == 4;
}

static bool roles_check(const struct isa *isa)
{
    for (unsigned i = 0; i < ISA_ARGS; i++)
        if (!is_word(isa, isa->call_args[i]))
            return false;
    for (unsigned i = 0; i < isa->entry_count; i++)
        if (!is_word(isa, isa->entry[i].reg))
            return false;
    return is_word(isa, isa->pc) && is_word(isa, isa->sp) &&
           is_word(isa, isa->flags) && is_word(isa, isa->call_number) &&
           is_word(isa, isa->call_result);
}

/* A slot that begins where no earlier one lies, and ends inside. */
static bool slot_check(const struct isa *isa, unsigned reg)
{
    const struct isa_reg *a = &isa->regs[reg];

    if (!a->name || a->size == 0 || a->size > isa->save_size ||
        a->offset > isa->save_size - a->size)
        return false;
    for (unsigned i = 0; i < reg; i++) {
        const struct isa_reg *b = &isa->regs[i];

        if (a->offset < b->offset + b->size && b->offset < a->offset + a->size)
            return false;
        if (strcmp(a->name, b->name) == 0)
            return false;
    }
    return true;
}

bool isa_check(const struct isa *isa)
{
    if (isa->save_size > ISA_SAVE_MAX || isa->reg_count > ISA_REGS_MAX)
        return false;
    for (unsigned i = 0; i < isa->reg_count; i++)
        if (!slot_check(isa, i))
            return false;
    return roles_check(isa);
}
