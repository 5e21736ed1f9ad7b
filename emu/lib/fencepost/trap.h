/*
 * fencepost/trap.h - traps, and those who handle them.
 *
 * A trap stops a guest before the instruction that caused it: registers and
 * memory are as if it had not begun. (Only a system call is complete: the
 * program counter is behind it.) The registers are in the PCB of the process.
 * Then the handler of its cause acts, and says what else is to be done.
 */
#ifndef FENCEPOST_TRAP_H
#define FENCEPOST_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* One row of the trap table for each cause. */
enum fp_cause {
    FP_TRAP_SYSCALL,    /* int $0x80, svc                            */
    FP_TRAP_SEGMENT,    /* an access: no such segment                */
    FP_TRAP_ABSENT,     /* an access: the segment is not in memory   */
    FP_TRAP_BOUNDS,     /* an access: past the bounds                */
    FP_TRAP_PROTECTION, /* an access: no right to it                 */
    FP_TRAP_UNDEFINED,  /* no such instruction                       */
    FP_TRAP_PRIVILEGED, /* an instruction of the operating system's  */
    FP_TRAP_DIVIDE,     /* division by zero, or the result too large */
    FP_TRAP_BREAKPOINT, /* int3, bkpt                                */
    FP_TRAP_FLOAT,      /* an x87 or SSE exception                   */
    FP_TRAP_OVERFLOW,   /* into, bound                               */
    FP_TRAP_ALIGNMENT,  /* an operand that must be aligned and is not */
    FP_TRAP_TIMER,      /* the time slice is over                    */
    FP_TRAP_DISK,       /* the disk is done, while another runs      */
    FP_TRAPS,           /* how many there are; as a cause: any       */
};

/* Rights, and the kinds of access that need them. */
enum fp_right {
    FP_READ = 1,
    FP_WRITE = 2,
    FP_EXEC = 4,
};

#define FP_NO_SEGMENT (-1)

/* One trap. What does not apply to its cause is 0. */
struct fp_trap {
    enum fp_cause cause;
    uint32_t pid;
    uint32_t pc;
    uint32_t insn_size;    /* bytes; 0: it could not be fetched */
    uint64_t instructions; /* complete before it, of all processes */
    uint64_t cycle;        /* the clock: those, and idle time */

    /* The access, with the four causes of accesses and FP_TRAP_ALIGNMENT. */
    uint32_t va;
    uint32_t size;      /* bytes */
    enum fp_right kind; /* a load, a store or a fetch */
    uint32_t legal;     /* so many of its first bytes were legal */
    int segment;        /* that it selects, or FP_NO_SEGMENT */

    uint32_t call; /* the number of a system call */

    bool ended; /* the process, by this trap; known once it is handled */
};

/*
 * What a handler wants. What cannot be done, and any other value, is FP_KILL. A
 * process that the handler has ended itself stays so.
 */
enum fp_action {
    FP_DEFAULT, /* what the operating system does by itself */
    FP_RETRY,   /* go on as the PCB says: the instruction runs again; behind a
                   system call it goes on */
    FP_SKIP,    /* go on behind the instruction, as if it did nothing */
    FP_SWITCH,  /* another process's turn; then FP_RETRY */
    FP_GROW,    /* FP_TRAP_BOUNDS: let the segment reach to the end of the
                   access, and FP_RETRY */
    FP_DELIVER, /* the fault's signal: the guest's handler, or its end */
    FP_KILL,    /* its end as by that signal, exit code 128 + n; for a system
                   call and the timer SIGKILL */
};

struct fp_machine;

/*
 * A handler. While it runs the machine stands still: it may call everything but
 * fp_run(), fp_load() and fp_destroy(). @trap is borrowed for the call.
 */
typedef enum fp_action fp_handler(struct fp_machine *machine,
                                  const struct fp_trap *trap, void *context);

/*
 * Let @handler handle @cause from now on; NULL: the operating system does
 * again. @context is borrowed.
 *
 * Returns 0, or -EINVAL: there is no such cause.
 */
int fp_set_handler(struct fp_machine *machine, enum fp_cause cause,
                   fp_handler *handler, void *context);

/* "bounds"; NULL: there is no such cause. */
const char *fp_cause_name(enum fp_cause cause);

/* How many traps of @cause there have been; of FP_TRAPS: of all. */
uint64_t fp_trap_count(const struct fp_machine *machine, enum fp_cause cause);

/*
 * Trap number @n, from 0 on. The last fp_config.traps_kept are kept.
 *
 * Returns 0 and fills *@out, or -ENOENT: it is not kept, or has not been.
 */
int fp_trap_at(const struct fp_machine *machine, uint64_t n,
               struct fp_trap *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* FENCEPOST_TRAP_H */
