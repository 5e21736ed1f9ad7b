/*
 * emu/engine_x86.c - i386 in Unicorn: ring 3, register numbers, exceptions.
 *
 * Decisions:
 * - Programs run in ring 3 over flat segments, as under Linux: CS 73, the
 *   others 7b. Those are the only descriptors that ring 3 may load; any other
 *   selector is a general protection fault. The table lies in a private page
 *   where the address space has none, and its accessed bits are already set.
 * - CPUID gives one fixed answer, whatever the library's version. RDTSC would
 *   let host time in: it is privileged here (CR4.TSD).
 * - IN and OUT are privileged; Unicorn does not check that by itself.
 *
 * Source: Intel SDM volume 3A, 3.4.5 (descriptors), 6.15 (exceptions), 2.5.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

/* Offsets in the private page. */
#define PRIVATE_IRET  0x100u
#define PRIVATE_USER  0x110u /* where the iret arrives */
#define PRIVATE_STACK 0x200u

#define USER_CS 0x73u
#define USER_DS 0x7bu
#define BOOT_CS 0x08u
#define BOOT_DS 0x10u

#define CR0_BITS 0x00000033u /* PE MP ET NE */
#define CR4_BITS 0x00000604u /* TSD OSFXSR OSXMMEXCPT */
#define CR4_PSE  0x00000010u

static const int reg_ids[X86_REG_COUNT] = {
    [X86_EAX] = UC_X86_REG_EAX,         [X86_ECX] = UC_X86_REG_ECX,
    [X86_EDX] = UC_X86_REG_EDX,         [X86_EBX] = UC_X86_REG_EBX,
    [X86_ESP] = UC_X86_REG_ESP,         [X86_EBP] = UC_X86_REG_EBP,
    [X86_ESI] = UC_X86_REG_ESI,         [X86_EDI] = UC_X86_REG_EDI,
    [X86_EIP] = UC_X86_REG_EIP,         [X86_EFLAGS] = UC_X86_REG_EFLAGS,
    [X86_CS] = UC_X86_REG_CS,           [X86_SS] = UC_X86_REG_SS,
    [X86_DS] = UC_X86_REG_DS,           [X86_ES] = UC_X86_REG_ES,
    [X86_FS] = UC_X86_REG_FS,           [X86_GS] = UC_X86_REG_GS,
    [X86_FS_BASE] = UC_X86_REG_FS_BASE, [X86_GS_BASE] = UC_X86_REG_GS_BASE,
    [X86_ST0] = UC_X86_REG_FP0,         [X86_ST0 + 1] = UC_X86_REG_FP1,
    [X86_ST0 + 2] = UC_X86_REG_FP2,     [X86_ST0 + 3] = UC_X86_REG_FP3,
    [X86_ST0 + 4] = UC_X86_REG_FP4,     [X86_ST0 + 5] = UC_X86_REG_FP5,
    [X86_ST0 + 6] = UC_X86_REG_FP6,     [X86_ST0 + 7] = UC_X86_REG_FP7,
    [X86_FPCW] = UC_X86_REG_FPCW,       [X86_FPSW] = UC_X86_REG_FPSW,
    [X86_FPTAG] = UC_X86_REG_FPTAG,     [X86_FPOP] = UC_X86_REG_FOP,
    [X86_FPIP] = UC_X86_REG_FIP,        [X86_FPDP] = UC_X86_REG_FDP,
    [X86_XMM0] = UC_X86_REG_XMM0,       [X86_XMM0 + 1] = UC_X86_REG_XMM1,
    [X86_XMM0 + 2] = UC_X86_REG_XMM2,   [X86_XMM0 + 3] = UC_X86_REG_XMM3,
    [X86_XMM0 + 4] = UC_X86_REG_XMM4,   [X86_XMM0 + 5] = UC_X86_REG_XMM5,
    [X86_XMM0 + 6] = UC_X86_REG_XMM6,   [X86_XMM0 + 7] = UC_X86_REG_XMM7,
    [X86_MXCSR] = UC_X86_REG_MXCSR,
};

static int x86_open(struct uc_struct **uc)
{
    if (uc_open(UC_ARCH_X86, UC_MODE_32, uc)) {
        *uc = NULL;
        return -ENOMEM;
    }
    uc_ctl_set_cpu_model(*uc, UC_CPU_X86_N270);
    return 0;
}

/* A flat 4 GiB segment, accessed: type is 0xb (code) or 3 (data). */
static void put_descriptor(uint8_t *page, uint32_t selector, uint8_t type,
                           uint8_t ring)
{
    uint8_t *at = page + (selector & ~7u);

    memset(at, 0xff, 2); /* limit 0..15 */
    at[5] = (uint8_t)(0x90 | ring << 5 | type);
    at[6] = 0xcf; /* 4 KiB units, 32-bit, limit 16..19 */
}

static void put_word(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void lay_out(uint8_t *page)
{
    put_descriptor(page, BOOT_CS, 0xb, 0);
    put_descriptor(page, BOOT_DS, 0x3, 0);
    put_descriptor(page, USER_CS, 0xb, 3);
    put_descriptor(page, USER_DS, 0x3, 3);
    page[PRIVATE_IRET] = 0xcf;
    put_word(page + PRIVATE_STACK, ENGINE_PRIVATE + PRIVATE_USER);
    put_word(page + PRIVATE_STACK + 4, USER_CS);
    put_word(page + PRIVATE_STACK + 8, 0x202); /* flags: interrupts on */
    put_word(page + PRIVATE_STACK + 12, 0);    /* stack pointer */
    put_word(page + PRIVATE_STACK + 16, USER_DS);
}

static int write_reg(struct uc_struct *uc, int reg, uint32_t value)
{
    return uc_reg_write(uc, reg, &value) ? -ENOTSUP : 0;
}

static int write_boot_state(struct uc_struct *uc)
{
    const uc_x86_mmr gdtr = {.base = ENGINE_PRIVATE, .limit = 0x7f};
    int err = uc_reg_write(uc, UC_X86_REG_GDTR, &gdtr) ? -ENOTSUP : 0;

    err |= write_reg(uc, UC_X86_REG_CR0, CR0_BITS);
    err |= write_reg(uc, UC_X86_REG_CR4, CR4_BITS);
    err |= write_reg(uc, UC_X86_REG_CS, BOOT_CS);
    err |= write_reg(uc, UC_X86_REG_SS, BOOT_DS);
    err |= write_reg(uc, UC_X86_REG_DS, USER_DS);
    err |= write_reg(uc, UC_X86_REG_ES, USER_DS);
    err |= write_reg(uc, UC_X86_REG_FS, 0);
    err |= write_reg(uc, UC_X86_REG_GS, 0);
    err |= write_reg(uc, UC_X86_REG_ESP, ENGINE_PRIVATE + PRIVATE_STACK);
    return err ? -ENOTSUP : 0;
}

/* CPUID: the same CPU for everybody (leaf 0 and 1; 0 elsewhere). */
static int on_cpuid(uc_engine *uc, void *user)
{
    static const uint32_t leaves[2][4] = {
        {1, 0x636e6546, 0x20312074, 0x736f7065}, /* "Fencepost 1 " */
        {0x000106c2, 0, 0x00000201, 0x07808111},
    };
    static const int regs[4] = {UC_X86_REG_EAX, UC_X86_REG_EBX, UC_X86_REG_ECX,
                                UC_X86_REG_EDX};
    uint32_t leaf = 0;

    (void)user;
    uc_reg_read(uc, UC_X86_REG_EAX, &leaf);
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t value = leaf < 2 ? leaves[leaf][i] : 0;
        uc_reg_write(uc, regs[i], &value);
    }
    return 1; /* do not run the engine's own */
}

static void refuse_port(struct engine *e)
{
    if (e->event)
        return;
    if (e->current != &e->exact) {
        engine_stop(e, e->current, EVENT_SUSPECT);
        return;
    }
    engine_trap(e, TRAP_PRIVILEGED, e->insn.pc, e->insn.size);
    engine_stop(e, &e->exact, EVENT_TRAP);
}

static uint32_t on_in(uc_engine *uc, uint32_t port, int size, void *user)
{
    (void)uc, (void)port, (void)size;
    refuse_port(user);
    return 0;
}

static void on_out(uc_engine *uc, uint32_t port, int size, uint32_t value,
                   void *user)
{
    (void)uc, (void)port, (void)size, (void)value;
    refuse_port(user);
}

static int hook_insn(struct engine *e, struct core *core, void *callback,
                     int insn)
{
    uc_hook hook;

    return uc_hook_add(core->uc, &hook, UC_HOOK_INSN, callback, e, 1, 0, insn)
               ? -ENOTSUP
               : 0;
}

/* In ring 3 both are undefined or protected; Unicorn would run past them. */
static void on_fast_call(uc_engine *uc, void *user)
{
    (void)uc;
    refuse_port(user);
}

/* A change of CR4.PSE does it (Intel SDM 3A, 4.10.4.1). */
static void x86_flush_tlb(struct core *core)
{
    write_reg(core->uc, UC_X86_REG_CR4, CR4_BITS | CR4_PSE);
    write_reg(core->uc, UC_X86_REG_CR4, CR4_BITS);
}

static void x86_place_private(struct engine *e, struct core *core)
{
    const uc_x86_mmr gdtr = {.base = e->private_va, .limit = 0x7f};

    uc_reg_write(core->uc, UC_X86_REG_GDTR, &gdtr);
}

static int x86_enter_user(struct engine *e, struct core *core)
{
    int err = 0;

    core->private = aligned_alloc(ENGINE_PRIVATE_SIZE, ENGINE_PRIVATE_SIZE);
    if (!core->private)
        return -ENOMEM;
    core->private_va = ENGINE_PRIVATE;
    memset(core->private, 0, ENGINE_PRIVATE_SIZE);
    lay_out(core->private);
    if (uc_mem_map_ptr(core->uc, ENGINE_PRIVATE, ENGINE_PRIVATE_SIZE,
                       UC_PROT_ALL, core->private))
        return -ENOMEM;
    if (write_boot_state(core->uc) ||
        uc_emu_start(core->uc, ENGINE_PRIVATE + PRIVATE_IRET,
                     ENGINE_PRIVATE + PRIVATE_USER, 0, 0) ||
        uc_mem_protect(core->uc, ENGINE_PRIVATE, ENGINE_PRIVATE_SIZE,
                       UC_PROT_NONE))
        return -ENOTSUP;
    x86_flush_tlb(core); /* 2.1 remembers the rights of what was just run */
    err |= hook_insn(e, core, (void *)on_cpuid, UC_X86_INS_CPUID);
    err |= hook_insn(e, core, (void *)on_in, UC_X86_INS_IN);
    err |= hook_insn(e, core, (void *)on_out, UC_X86_INS_OUT);
    err |= hook_insn(e, core, (void *)on_fast_call, UC_X86_INS_SYSENTER);
    err |= hook_insn(e, core, (void *)on_fast_call, UC_X86_INS_SYSCALL);
    return err ? -ENOTSUP : 0;
}

/* In 32-bit mode the library takes the bases in no other way. */
static uint32_t x86_msr(unsigned reg)
{
    if (reg == X86_FS_BASE)
        return 0xc0000100;
    return reg == X86_GS_BASE ? 0xc0000101 : 0;
}

/* Of the x87's pointers the library copies 8 bytes, where a PCB has 4. */
static bool is_pointer(unsigned reg)
{
    return reg == X86_FPIP || reg == X86_FPDP;
}

static uint32_t read_pointer(struct core *core, int id)
{
    uint64_t pointer = 0;

    uc_reg_read(core->uc, id, &pointer);
    return (uint32_t)pointer;
}

static bool x86_read_odd(struct core *core, unsigned reg, uint32_t *value)
{
    uc_x86_msr msr = {.rid = x86_msr(reg)};

    if (is_pointer(reg)) {
        *value = read_pointer(core, reg_ids[reg]);
        return true;
    }
    if (!msr.rid)
        return false;
    uc_reg_read(core->uc, UC_X86_REG_MSR, &msr);
    *value = (uint32_t)msr.value;
    return true;
}

/* FNSTENV and FNSAVE store the CS of the last x87 instruction, too. */
static void write_pointer(struct core *core, unsigned reg, uint32_t value)
{
    const uint64_t pointer = value;
    const uint32_t cs = value ? USER_CS : 0;

    uc_reg_write(core->uc, reg_ids[reg], &pointer);
    if (reg == X86_FPIP)
        uc_reg_write(core->uc, UC_X86_REG_FCS, &cs);
}

static bool x86_write_odd(struct core *core, unsigned reg, uint32_t value)
{
    const uc_x86_msr msr = {.rid = x86_msr(reg), .value = value};

    if (is_pointer(reg)) {
        write_pointer(core, reg, value);
        return true;
    }
    if (!msr.rid)
        return false;
    uc_reg_write(core->uc, UC_X86_REG_MSR, &msr);
    return true;
}

/* CF PF AF ZF SF TF DF OF, NT, RF, AC, ID: what POPF of ring 3 changes. */
#define X86_MAY 0x00254dd5u
#define X86_IS  0x00000202u

static uint32_t x86_legal(unsigned reg, uint32_t value)
{
    const uint32_t segment = value & 0xfffc;

    switch (reg) {
    case X86_EFLAGS:
        return (value & X86_MAY) | X86_IS;
    case X86_CS:
        return USER_CS;
    case X86_SS:
        return USER_DS;
    case X86_DS:
    case X86_ES:
    case X86_FS:
    case X86_GS:
        return segment == (USER_DS & ~3u) || segment == (USER_CS & ~3u)
                   ? value & 0xffff
                   : value & 3;
    default:
        return value;
    }
}

/* Intel SDM 3A, table 6-1. An INT n that ring 3 may not use is protected. */
static int x86_cause(uint32_t number)
{
    switch (number) {
    case 0:
        return TRAP_DIVIDE;
    case 1:
    case 3:
        return TRAP_BREAKPOINT;
    case 4:
    case 5:
        return TRAP_OVERFLOW;
    case 6:
    case 7:
        return TRAP_UNDEFINED;
    case 16:
    case 19:
        return TRAP_FLOAT;
    case 17:
        return TRAP_ALIGNMENT;
    case 0x80:
        return TRAP_SYSCALL;
    default:
        return number < 256 ? TRAP_PRIVILEGED : -1;
    }
}

const struct engine_arch engine_arch_x86 = {
    .reg_ids = reg_ids,
    .page = 4096,
    .open = x86_open,
    .enter_user = x86_enter_user,
    .cause = x86_cause,
    .place_private = x86_place_private,
    .flush_tlb = x86_flush_tlb,
    .odd = UINT64_C(1) << X86_FS_BASE | UINT64_C(1) << X86_GS_BASE |
           UINT64_C(1) << X86_FPIP | UINT64_C(1) << X86_FPDP,
    .read_odd = x86_read_odd,
    .write_odd = x86_write_odd,
    .legal = x86_legal,
    .user_flags = 0x000008d5, /* CF PF AF ZF SF OF */
    .watch_fetch = true,
    .lift = lift_x86,
};
