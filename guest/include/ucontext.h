/* ucontext.h - what a handler with SA_SIGINFO has as its third argument. */
#ifndef GUEST_UCONTEXT_H
#define GUEST_UCONTEXT_H

#include <signal.h>

#if defined __i386__

/* Places in gregs. */
enum {
    REG_GS,
    REG_FS,
    REG_ES,
    REG_DS,
    REG_EDI,
    REG_ESI,
    REG_EBP,
    REG_ESP,
    REG_EBX,
    REG_EDX,
    REG_ECX,
    REG_EAX,
    REG_TRAPNO,
    REG_ERR,
    REG_EIP,
    REG_CS,
    REG_EFL,
    REG_UESP,
    REG_SS
};

struct _libc_fpreg {
    unsigned short significand[4];
    unsigned short exponent;
};

/* The x87's registers, and behind them an FXSAVE image. */
struct _libc_fpstate {
    unsigned long cw, sw, tag, ipoff, cssel, dataoff, datasel;
    struct _libc_fpreg _st[8];
    unsigned long status;
};

typedef struct {
    int gregs[19];
    struct _libc_fpstate *fpregs;
    unsigned long oldmask;
    unsigned long cr2;
} mcontext_t;

#else

typedef struct {
    unsigned long trap_no, error_code, oldmask;
    unsigned long arm_r0, arm_r1, arm_r2, arm_r3, arm_r4, arm_r5, arm_r6,
        arm_r7, arm_r8, arm_r9, arm_r10, arm_fp, arm_ip, arm_sp, arm_lr, arm_pc,
        arm_cpsr;
    unsigned long fault_address;
} mcontext_t;

#endif

typedef struct ucontext_t {
    unsigned long uc_flags;
    struct ucontext_t *uc_link;
    stack_t uc_stack;
    mcontext_t uc_mcontext;
    sigset_t uc_sigmask;
#if !defined __i386__
    int unused[30];
    unsigned long long uc_regspace[64]; /* magic, size, then d0 to d31, fpscr */
#endif
} ucontext_t;

#endif /* GUEST_UCONTEXT_H */
