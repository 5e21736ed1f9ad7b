/*
 * os/handlers.c - what happens to a process that traps, until someone installs
 * something better: a fault ends it, with the exit code a shell would show.
 * Below the end of its stack segment it gets more stack. A copy for which there
 * is no room ends it, too: nothing else could be said to a store.
 */
#include <errno.h>

#include "os/internal.h"

/* Linux's numbers, the same on i386 and ARM. */
enum { SIGILL = 4, SIGTRAP = 5, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11 };

static void on_fault(struct os *os, struct process *process,
                     const struct trap *trap)
{
    (void)trap;
    os_exit_signal(os, process, SIGSEGV);
}

static void on_bounds(struct os *os, struct process *process,
                      const struct trap *trap)
{
    const struct mmu_access *access = &trap->access;

    if (access->kind == MMU_EXEC || !os_may_be_stack(process, access) ||
        !os_grow_stack(os, process, access->va + trap->legal))
        on_fault(os, process, trap);
}

static void on_absent(struct os *os, struct process *process,
                      const struct trap *trap)
{
    struct mmu_span span;
    const struct mmu *mmu = &process->regs.mmu;

    if (!mmu->ops->locate(mmu, &trap->access, &span) ||
        os_bring_in(os, process, span.segment))
        on_fault(os, process, trap);
}

/* A store to what is shared gets a copy, and the instruction runs again. */
static void on_protection(struct os *os, struct process *process,
                          const struct trap *trap)
{
    struct mmu_span span;
    const struct mmu *mmu = &process->regs.mmu;

    if (trap->access.kind != MMU_WRITE ||
        !mmu->ops->locate(mmu, &trap->access, &span)) {
        on_fault(os, process, trap);
        return;
    }

    const int err = os_unshare(os, process, span.segment);
    if (err == -ENOMEM)
        os_exit_signal(os, process, SIGKILL);
    else if (err)
        on_fault(os, process, trap);
}

static void on_illegal(struct os *os, struct process *process,
                       const struct trap *trap)
{
    (void)trap;
    os_exit_signal(os, process, SIGILL);
}

static void on_arithmetic(struct os *os, struct process *process,
                          const struct trap *trap)
{
    (void)trap;
    os_exit_signal(os, process, SIGFPE);
}

static void on_breakpoint(struct os *os, struct process *process,
                          const struct trap *trap)
{
    (void)trap;
    os_exit_signal(os, process, SIGTRAP);
}

/* Somebody else's turn, if there is anybody else. */
static void on_timer(struct os *os, struct process *process,
                     const struct trap *trap)
{
    (void)trap;
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_READY);
}

static void on_alignment(struct os *os, struct process *process,
                         const struct trap *trap)
{
    (void)trap;
    os_exit_signal(os, process, process->isa->alignment_signal);
}

os_handler *const os_default_handlers[TRAP_COUNT] = {
    [TRAP_SYSCALL] = os_handle_syscall,
    [TRAP_SEGMENT] = on_fault,
    [TRAP_ABSENT] = on_absent,
    [TRAP_BOUNDS] = on_bounds,
    [TRAP_PROTECTION] = on_protection,
    [TRAP_UNDEFINED] = on_illegal,
    [TRAP_PRIVILEGED] = on_illegal,
    [TRAP_DIVIDE] = on_arithmetic,
    [TRAP_BREAKPOINT] = on_breakpoint,
    [TRAP_FLOAT] = on_arithmetic,
    [TRAP_OVERFLOW] = on_fault,
    [TRAP_ALIGNMENT] = on_alignment,
    [TRAP_TIMER] = on_timer,
};
