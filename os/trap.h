/*
 * os/trap.h - the one record that carries every trap from hardware to the OS.
 *
 * trap = fault | exception | syscall. The hardware side fills all of it before
 * the OS sees it; handlers need nothing else to decide.
 *
 * Layer: os/.
 */
#ifndef OS_TRAP_H
#define OS_TRAP_H

#include "mmu/mmu.h"

/* One vector of the trap table for each cause. */
enum trap_cause {
    TRAP_SYSCALL,    /* int $0x80, svc #0                               */
    TRAP_SEGMENT,    /* the four verdicts of the MMU                    */
    TRAP_ABSENT,     /*                                                 */
    TRAP_BOUNDS,     /*                                                 */
    TRAP_PROTECTION, /*                                                 */
    TRAP_UNDEFINED,  /* no such instruction                             */
    TRAP_PRIVILEGED, /* an instruction or selector of the OS's          */
    TRAP_DIVIDE,     /* integer division by zero or overflow            */
    TRAP_BREAKPOINT, /* int3, bkpt, single step                         */
    TRAP_FLOAT,      /* an unmasked x87 or SSE exception                */
    TRAP_OVERFLOW,   /* into, bound                                     */
    TRAP_ALIGNMENT,  /* an operand that must be aligned and is not      */
    TRAP_TIMER,      /* the time slice is over                          */
    TRAP_DISK,       /* the disk is done with a transfer                */
    TRAP_COUNT,
};

/*
 * The process's registers are in its PCB and show the state before the
 * instruction at `pc` began (a system call: after it; pc is then the
 * instruction behind). A REP string instruction stands before the iteration
 * that faulted.
 */
struct trap {
    enum trap_cause cause;
    vaddr_t pc;
    uint32_t insn_size;       /* bytes; 0 when it could not be fetched */
    uint64_t instructions;    /* completed by the machine before this one */
    cycles_t cycle;           /* of the machine's clock */
    struct mmu_access access; /* the four MMU causes and TRAP_ALIGNMENT; for
                                 others size is 0 */
    uint32_t legal;           /* leading bytes of the access that are legal */
};

/* Stable lower-case name for traces and golden files, e.g. "bounds". */
const char *trap_name(enum trap_cause cause);

/* The cause that a verdict of the MMU raises; @fault is not NONE. */
enum trap_cause trap_of_fault(enum mmu_fault fault);

#endif /* OS_TRAP_H */
