/*
 * os/signal_layout.h - what Linux puts on the stack before a signal handler
 * runs, for each instruction set, as data; and what a trap is as a signal.
 *
 * A handler finds its frame at the stack pointer. Without SA_SIGINFO that is
 * struct sigframe, with it struct rt_sigframe (offsets in bytes):
 *
 *      i386       sigframe                     rt_sigframe
 *            0    return address               return address
 *            4    signal                       signal
 *            8    sigcontext (88)              address of siginfo
 *           12                                 address of ucontext
 *           16                                 siginfo (128)
 *           96    0 (624)
 *          144                                 ucontext: flags, link, stack
 *          164                                 sigcontext (88)
 *          252                                 blocked signals (8)
 *          260                                 code (8)
 *          720    blocked signals 33 to 64
 *          724    code (8)
 *      Above, at its address in sigcontext: the x87's FSAVE image (112), then
 *      FXSAVE's (512).
 *
 *      ARM        sigframe                     rt_sigframe
 *            0    ucontext                     siginfo (128)
 *          128                                 ucontext
 *      In ucontext: flags, link, stack (20), sigcontext (84), blocked signals
 *      (8) at 104, the VFP's registers at 232; behind, at 744, code (16).
 *
 * Source: Linux's arch/x86/include/asm/sigframe.h and uapi/asm/sigcontext.h,
 * arch/arm/kernel/signal.h, arch/arm/include/asm/ucontext.h.
 * Layer: os/, private.
 */
#ifndef OS_SIGNAL_LAYOUT_H
#define OS_SIGNAL_LAYOUT_H

#include "os/isa.h"
#include "os/trap.h"

/* The most bytes that a frame takes, gaps included. */
#define FRAME_MAX 1536u

/* And its floating-point registers. */
#define FRAME_FLOAT 624u

#define FRAME_NONE UINT16_MAX

/* What a word of a frame, or a register at entry, holds. */
enum frame_kind {
    FRAME_REG,         /* a register; `value` has the bits that come back */
    FRAME_SELECTOR,    /* a selector that comes back if it is `value` or 0 */
    FRAME_FIXED,       /* a selector; coming back as another is an error */
    FRAME_VALUE,       /* `value`, whatever else */
    FRAME_NUMBER,      /* the signal */
    FRAME_MASK,        /* what was blocked of signals 1 to 32 */
    FRAME_MASK_HIGH,   /* and of the others */
    FRAME_TRAP_NUMBER, /* of the process's last fault, as the next ones */
    FRAME_TRAP_ERROR,
    FRAME_TRAP_ADDRESS,
    FRAME_POINTER,  /* the address of the frame's byte `value` */
    FRAME_FLOATS,   /* the address of the floating-point registers */
    FRAME_RETURN,   /* where the handler returns to */
    FRAME_ALT_BASE, /* the alternate stack */
    FRAME_ALT_FLAGS,
    FRAME_ALT_SIZE,
};

struct frame_field {
    uint16_t offset; /* in the frame; unused for a register at entry */
    uint8_t kind;    /* enum frame_kind */
    uint8_t reg;
    uint32_t value;
};

/* One of the two structs. */
struct frame_form {
    uint16_t size;
    uint16_t info;      /* offset of siginfo, or FRAME_NONE */
    uint16_t floats;    /* of the floating-point registers; FRAME_NONE: they are
                           above the frame */
    uint16_t code;      /* of the code that returns, if there is no restorer */
    uint16_t return_sp; /* the stack pointer at sigreturn, from the frame on */
    const struct frame_field *fields;
    unsigned field_count;
    const struct frame_field *entry; /* registers when the handler begins */
    unsigned entry_count;
    uint32_t returning[2][2]; /* that code: plain, and in Thumb */
};

/* What a trap is to the process; no signal: it cannot be one. */
struct frame_fault {
    uint8_t signal;
    uint8_t code;    /* si_code; 0: the floating-point unit says which */
    uint8_t number;  /* trap_no */
    uint8_t error;   /* what the architecture calls error code, at least */
    uint8_t address; /* enum frame_fault_address */
};

enum frame_fault_address { FAULT_NO_ADDRESS, FAULT_PC, FAULT_ACCESS };

struct frame_layout {
    struct frame_form forms[2]; /* without and with SA_SIGINFO */
    uint32_t sp_align, sp_bias; /* (sp + bias) is a multiple of align */
    uint32_t float_align;       /* where they are above the frame */
    uint32_t float_head;        /* so many bytes lie before the aligned ones */
    uint32_t float_size;        /* with these */
    uint32_t flags_cleared;     /* when a handler begins */
    bool float_fresh;           /* it begins with registers of its own */
    uint8_t call_size[2];       /* bytes of a system call; in Thumb */
    uint32_t error_write, error_fetch; /* added to a fault's error code */
    bool trap_is_behind; /* a breakpoint shows the next instruction */
    struct frame_fault faults[TRAP_COUNT];

    /* The floating-point registers, as in memory. False: they are not. */
    void (*save_floats)(const struct cpu_state *cpu, uint8_t *bytes);
    bool (*load_floats)(struct cpu_state *cpu, const uint8_t *bytes);
};

/* By enum isa_abi. */
extern const struct frame_layout *const frame_layouts[ISA_ABIS];

/* Little-endian words in a frame. */
static inline void frame_put(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline uint32_t frame_get(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 |
           (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

#endif /* OS_SIGNAL_LAYOUT_H */
