/*
 * os/handlers.c - what happens to a process that traps, until someone installs
 * something better: a fault is a signal to it, which ends it with the exit code
 * that a shell would show, or for which it has a handler of its own.
 * Below the end of its stack segment it gets more stack. A copy for which there
 * is no room ends it, too: nothing else could be said to a store.
 */
#include <errno.h>

#include "os/abi.h"
#include "os/internal.h"
#include "os/signal.h"

static void on_segment(struct os *os, struct process *process,
                       const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_SEGMENT, trap);
}

static void on_undefined(struct os *os, struct process *process,
                         const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_UNDEFINED, trap);
}

static void on_privileged(struct os *os, struct process *process,
                          const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_PRIVILEGED, trap);
}

static void on_divide(struct os *os, struct process *process,
                      const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_DIVIDE, trap);
}

static void on_breakpoint(struct os *os, struct process *process,
                          const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_BREAKPOINT, trap);
}

static void on_float(struct os *os, struct process *process,
                     const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_FLOAT, trap);
}

static void on_overflow(struct os *os, struct process *process,
                        const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_OVERFLOW, trap);
}

static void on_alignment(struct os *os, struct process *process,
                         const struct trap *trap)
{
    os_signal_fault(os, process, TRAP_ALIGNMENT, trap);
}

static void on_bounds(struct os *os, struct process *process,
                      const struct trap *trap)
{
    const struct mmu_access *access = &trap->access;

    if (access->kind == MMU_EXEC || !os_may_be_stack(process, access) ||
        (!os_grow_stack(os, process, access->va + trap->legal) && !os->wanted))
        os_signal_fault(os, process, TRAP_BOUNDS, trap);
}

static void on_absent(struct os *os, struct process *process,
                      const struct trap *trap)
{
    struct mmu_span span;
    const struct mmu *mmu = &process->regs.mmu;

    if (!mmu->ops->locate(mmu, &trap->access, &span) ||
        (os_load(os, process, span.segment) && !os->wanted))
        os_signal_fault(os, process, TRAP_ABSENT, trap);
}

/* A store to what is shared gets a copy, and the instruction runs again. */
static void on_protection(struct os *os, struct process *process,
                          const struct trap *trap)
{
    struct mmu_span span;
    const struct mmu *mmu = &process->regs.mmu;

    if (trap->access.kind != MMU_WRITE ||
        !mmu->ops->locate(mmu, &trap->access, &span)) {
        os_signal_fault(os, process, TRAP_PROTECTION, trap);
        return;
    }

    const int err = os_unshare(os, process, span.segment);
    if (err && os->wanted)
        return; /* it waits for room */
    if (err == -ENOMEM)
        os_exit_signal(os, process, ABI_SIGKILL);
    else if (err)
        os_signal_fault(os, process, TRAP_PROTECTION, trap);
}

/* Somebody else's turn, if there is anybody else. */
static void on_timer(struct os *os, struct process *process,
                     const struct trap *trap)
{
    (void)trap;
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_READY);
}

/* What is done is seen to on the way out, as at every trap. */
static void on_disk(struct os *os, struct process *process,
                    const struct trap *trap)
{
    (void)os, (void)process, (void)trap;
}

os_default_handler *const os_default_handlers[TRAP_COUNT] = {
    [TRAP_SYSCALL] = os_handle_syscall,
    [TRAP_SEGMENT] = on_segment,
    [TRAP_ABSENT] = on_absent,
    [TRAP_BOUNDS] = on_bounds,
    [TRAP_PROTECTION] = on_protection,
    [TRAP_UNDEFINED] = on_undefined,
    [TRAP_PRIVILEGED] = on_privileged,
    [TRAP_DIVIDE] = on_divide,
    [TRAP_BREAKPOINT] = on_breakpoint,
    [TRAP_FLOAT] = on_float,
    [TRAP_OVERFLOW] = on_overflow,
    [TRAP_ALIGNMENT] = on_alignment,
    [TRAP_TIMER] = on_timer,
    [TRAP_DISK] = on_disk,
};
