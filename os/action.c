/*
 * os/action.c - what is done when a handler has returned; see enum os_action.
 *
 * Decisions of the model:
 * - A handler that has ended the process has the last word.
 * - What lacks memory that there may be later, or a segment that is on its way,
 *   is done again from its beginning (os/want.c, os/load.c). The handler is not
 *   asked again: what it wanted stands.
 * - Behind a skipped Thumb instruction in an IT block the next condition holds.
 * - A segment grows by what the access needs and no more, and never over an
 *   address that selects another one.
 */
#include "os/abi.h"
#include "os/internal.h"
#include "os/signal.h"

/* The IT state in CPSR: its low bits are 26-25, the others 15-10. */
#define IT_LOW  (3u << 25)
#define IT_HIGH (0x3fu << 10)

/* CPSR behind one more instruction: condition and mask move on by one. */
static uint32_t pass_it(uint32_t cpsr)
{
    const uint32_t it = (cpsr >> 25 & 3) | (cpsr >> 10 & 0x3f) << 2;
    const uint32_t next = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;

    return (cpsr & ~(IT_LOW | IT_HIGH)) | (next & 3) << 25 | (next >> 2) << 10;
}

static bool skip(struct os *os, struct process *process,
                 const struct trap *trap)
{
    const struct isa *isa = process->isa;
    const uint32_t flags = pcb_get_reg(os->phys, process->pcb, isa, isa->flags);

    if (os_signal_of(process, trap->cause) == 0)
        return true;
    if (trap->insn_size == 0)
        return false;
    pcb_set_reg(os->phys, process->pcb, isa, isa->pc,
                trap->pc + trap->insn_size);
    if (flags & isa->thumb_flag)
        pcb_set_reg(os->phys, process->pcb, isa, isa->flags, pass_it(flags));
    return true;
}

static bool grow(struct os *os, struct process *process,
                 const struct trap *trap)
{
    const struct mmu_access *access = &trap->access;
    const struct segment_layout layout = os_layout(os, process);
    const uint64_t span_size = segment_span_size(&layout);
    const uint64_t most = layout.va_bits && span_size < os->phys->size
                              ? span_size
                              : os->phys->size;
    const union os_mmu regs = os_registers(os, process);
    struct mmu_span span;

    if (trap->cause != TRAP_BOUNDS ||
        !regs.mmu.ops->locate(&regs.mmu, access, &span))
        return false;

    const uint64_t needed = span.grows_down
                                ? (vaddr_t)(span.va + span.bounds - access->va)
                                : (uint64_t)access->va + access->size - span.va;
    return needed > span.bounds && needed <= most &&
           os_resize(os, process, span.segment, (uint32_t)needed) == 0;
}

static bool deliver(struct os *os, struct process *process,
                    const struct trap *trap)
{
    if (os_signal_of(process, trap->cause) == 0)
        return false;
    os_signal_fault(os, process, trap->cause, trap);
    return true;
}

/* False: it cannot be done. */
static bool perform(struct os *os, struct process *process,
                    enum trap_cause cause, const struct trap *trap,
                    enum os_action action)
{
    switch (action) {
    case OS_DEFAULT:
        os_default_handlers[cause](os, process, trap);
        return true;
    case OS_RETRY:
        return true;
    case OS_SKIP:
        return skip(os, process, trap);
    case OS_SWITCH:
        pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_READY);
        return true;
    case OS_GROW:
        return grow(os, process, trap);
    case OS_DELIVER:
        return deliver(os, process, trap);
    case OS_KILL:
        return false;
    }
    return false;
}

static bool do_task(struct os *os, struct process *process,
                    const struct os_task *task)
{
    switch (task->kind) {
    case OS_TASK_TRAP:
        return perform(os, process, task->cause, &task->trap, task->action);
    case OS_TASK_CALL:
        os_call_go_on(os, process);
        break;
    case OS_TASK_SIGNALS:
        os_signal_deliver(os, process);
        break;
    }
    return true;
}

/* With --memory swap nobody is in memory to run meanwhile, so nobody waits. */
void os_begin(struct os *os, struct process *process,
              const struct os_task *task)
{
    const uint32_t pid = process->pid;
    const uint32_t signal = os_signal_of(process, task->trap.cause);
    bool done;

    os->waiter = os->swap.always ? NULL : process;
    os->wanted = 0;
    os->loading = 0;
    done = do_task(os, process, task);
    os->waiter = NULL;
    if (process->pid != pid || !os_lives(os, process))
        return;
    if (os->wanted) {
        (os->loading ? os_load_wait : os_want_wait)(os, process, task);
        return;
    }
    os_want_done(os, process);
    if (!done)
        os_exit_signal(os, process, signal ? signal : ABI_SIGKILL);
}

void os_act(struct os *os, struct process *process, enum trap_cause cause,
            const struct trap *trap)
{
    const uint32_t pid = process->pid;
    const struct os_task task = {
        .kind = OS_TASK_TRAP,
        .cause = cause,
        .action = os->handlers[cause](os, process, trap, os->contexts[cause]),
        .trap = *trap,
    };

    if (process->pid == pid && os_lives(os, process))
        os_begin(os, process, &task);
}
