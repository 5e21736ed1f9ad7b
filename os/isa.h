/*
 * os/isa.h - an instruction set, as a table of data.
 *
 * What the operating system must know of a CPU: its registers and where each
 * lies in a save area, which of them carry system calls, how an ELF file names
 * it. Two rows exist: isa_x86 (i386) and isa_arm (A32 and Thumb).
 *
 * A save area is `isa->save_size` bytes, little-endian, one slot for each
 * register (tables in isa.c). It lies inside the PCB in simulated memory.
 *
 * Layer: os/.
 */
#ifndef OS_ISA_H
#define OS_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISA_SAVE_MAX 512u /* bytes: the largest save_size */
#define ISA_REGS_MAX 64u  /* registers: the largest reg_count */
#define ISA_ARGS     6u   /* system-call arguments */

/* What a register is, for those who print or compare them. */
enum isa_reg_class {
    ISA_GENERAL, /* general purpose, program counter, flags */
    ISA_SYSTEM,  /* segment selectors, thread pointers      */
    ISA_FLOAT,   /* x87, SSE, VFP and their control words   */
};

/* Whose system-call numbers a program uses. */
enum isa_abi { ISA_ABI_X86, ISA_ABI_ARM, ISA_ABIS };

struct isa_reg {
    const char *name;
    uint16_t offset; /* in the save area, bytes */
    uint16_t size;   /* bytes: 4, 8, 10 or 16 */
    enum isa_reg_class class;
};

/* A register of 4 bytes and what it holds. */
struct isa_value {
    unsigned reg;
    uint32_t value;
};

struct isa {
    const char *name;     /* "x86" or "arm" */
    uint16_t elf_machine; /* e_machine */
    uint16_t save_size;   /* bytes */
    unsigned reg_count;
    const struct isa_reg *regs;

    /* Indices into regs. */
    unsigned pc, sp, flags;
    unsigned call_number, call_args[ISA_ARGS], call_result;

    enum isa_abi abi;    /* numbers its system calls */
    uint32_t thumb_flag; /* in `flags`; 0 when there is no such mode */

    const struct isa_value *entry; /* registers that do not start as 0 */
    unsigned entry_count;
    uint32_t elf_be8; /* the e_flags bit of big-endian data, or 0 */
    uint32_t hwcap;   /* AT_HWCAP */
};

/* Register indices of the x86 row that others name. */
enum isa_x86_reg {
    X86_EAX,
    X86_ECX,
    X86_EDX,
    X86_EBX,
    X86_ESP,
    X86_EBP,
    X86_ESI,
    X86_EDI,
    X86_EIP,
    X86_EFLAGS,
    X86_CS,
    X86_SS,
    X86_DS,
    X86_ES,
    X86_FS,
    X86_GS,
    X86_FS_BASE,
    X86_GS_BASE,
    X86_ST0,
    X86_FPCW = X86_ST0 + 8,
    X86_FPSW,
    X86_FPTAG,
    X86_FPOP,
    X86_FPIP,
    X86_FPDP,
    X86_XMM0,
    X86_MXCSR = X86_XMM0 + 8,
    X86_REG_COUNT
};

/* Register indices of the ARM row that others name. */
enum isa_arm_reg {
    ARM_R0,
    ARM_R7 = ARM_R0 + 7,
    ARM_SP = ARM_R0 + 13,
    ARM_LR,
    ARM_PC,
    ARM_CPSR,
    ARM_TPIDRURO,
    ARM_TPIDRURW,
    ARM_FPSCR,
    ARM_D0,
    ARM_REG_COUNT = ARM_D0 + 32
};

extern const struct isa isa_x86;
extern const struct isa isa_arm;

/* One process's registers, in the layout of its save area. */
struct cpu_state {
    uint8_t bytes[ISA_SAVE_MAX];
};

/* The row for an ELF machine number, or NULL. */
const struct isa *isa_find(uint16_t elf_machine);

/* A register of 4 bytes. */
uint32_t isa_get(const struct isa *isa, const struct cpu_state *cpu,
                 unsigned reg);
void isa_set(const struct isa *isa, struct cpu_state *cpu, unsigned reg,
             uint32_t value);

/*
 * The state in which a program starts: every register 0 but those that the
 * architecture's user mode and the Linux ABI set otherwise (flags, selectors,
 * FPU control words), @sp, and the program counter @entry, whose bit 0 selects
 * Thumb on ARM.
 */
void isa_entry_state(const struct isa *isa, struct cpu_state *cpu,
                     uint32_t entry, uint32_t sp);

/* Every slot lies inside the save area and overlaps no other. */
bool isa_check(const struct isa *isa);

#endif /* OS_ISA_H */
