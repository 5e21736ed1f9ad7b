/*
 * os/signal.c - signals: who gets them, and when; see signal.h.
 *
 * Decisions of the model:
 * - A signal that is pending is pending once, also one from 32 on.
 * - Signals 1 to 31 can have handlers; the real-time signals cannot.
 * - SIGSTOP and those that stop or continue a process do nothing.
 * - A fault of a process that blocks or ignores its signal ends it. So does a
 *   frame that cannot be pushed, if there is no other handler for that
 *   SIGSEGV.
 * - Of several signals the one with the lowest number is delivered first, so
 *   its handler runs last.
 * - Where code, data and stack have the same addresses there are no handlers:
 *   they could not read what they are told.
 */
#include <assert.h>

#include "os/call.h"
#include "os/signal.h"
#include "os/signal_layout.h"

_Static_assert(PCB_ACTIONS == ABI_HANDLED, "a place for each handler");

static uint64_t bit(uint32_t number)
{
    return UINT64_C(1) << (number - 1);
}

#define UNBLOCKABLE (bit(ABI_SIGKILL) | bit(ABI_SIGSTOP))

static uint64_t pending_of(const struct os *os, const struct process *process)
{
    return pcb_get64(os->phys, process->pcb, PCB_FIELD_PENDING);
}

static uint64_t mask_of(const struct os *os, const struct process *process)
{
    return pcb_get64(os->phys, process->pcb, PCB_FIELD_MASK);
}

static void set_pending(struct os *os, const struct process *process,
                        uint64_t pending)
{
    pcb_set64(os->phys, process->pcb, PCB_FIELD_PENDING, pending);
}

static void set_mask(struct os *os, const struct process *process,
                     uint64_t mask)
{
    pcb_set64(os->phys, process->pcb, PCB_FIELD_MASK, mask & ~UNBLOCKABLE);
}

/* ---- what a signal does ---- */

/* Linux's numbers of the signals that end nobody by themselves. */
static bool is_harmless(uint32_t number)
{
    static const uint8_t numbers[] = {17, 18, 19, 20, 21, 22, 23, 28};

    for (size_t i = 0; i < sizeof(numbers); i++)
        if (numbers[i] == number)
            return true;
    return false;
}

static struct pcb_action action_of(const struct os *os,
                                   const struct process *process,
                                   uint32_t number)
{
    if (number > PCB_ACTIONS)
        return (struct pcb_action){0};
    return pcb_get_action(os->phys, process->pcb, number);
}

bool os_signal_ignores(const struct os *os, const struct process *process,
                       uint32_t number)
{
    const vaddr_t handler = action_of(os, process, number).handler;

    return handler == ABI_SIG_IGN ||
           (handler == ABI_SIG_DFL && is_harmless(number));
}

static bool is_caught(const struct os *os, const struct process *process,
                      uint32_t number)
{
    return action_of(os, process, number).handler > ABI_SIG_IGN;
}

/* The lowest of @set, or 0. */
static uint32_t lowest(uint64_t set)
{
    uint32_t number = 1;

    if (set == 0)
        return 0;
    while (!(set & bit(number)))
        number++;
    return number;
}

/* The one that is delivered next, of those that are not ignored; or 0. */
static uint32_t next_acting(const struct os *os, const struct process *process)
{
    uint64_t set = pending_of(os, process) & ~mask_of(os, process);

    while (set != 0 && os_signal_ignores(os, process, lowest(set)))
        set &= set - 1;
    return lowest(set);
}

bool os_signal_waits(const struct os *os, const struct process *process)
{
    return next_acting(os, process) != 0;
}

/* ---- sending ---- */

static void make_pending(struct os *os, const struct process *process,
                         uint32_t number, const struct pcb_cause *cause)
{
    const uint64_t pending = pending_of(os, process);

    if (pending & bit(number))
        return;
    set_pending(os, process, pending | bit(number));
    if (number <= PCB_ACTIONS)
        pcb_set_cause(os->phys, process->pcb, number, cause);
}

/* What it was about to do is to be done first. */
static bool waits_for_memory(const struct os *os, const struct process *process)
{
    const uint32_t wait = pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT);

    return wait == PCB_WAIT_MEMORY || wait == PCB_WAIT_LOAD;
}

void os_signal_send(struct os *os, struct process *process, uint32_t number,
                    const struct pcb_cause *cause)
{
    const bool blocked = mask_of(os, process) & bit(number);

    if (!blocked && os_signal_ignores(os, process, number))
        return;
    if (!blocked && !is_caught(os, process, number)) {
        os_exit_signal(os, process, number);
        return;
    }
    make_pending(os, process, number, cause);
    if (!blocked && os_in_state(os, process, PCB_BLOCKED) &&
        !os_in_flight(os, process) && !waits_for_memory(os, process))
        pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_READY);
}

void os_signal_force(struct os *os, struct process *process, uint32_t number,
                     const struct pcb_cause *cause)
{
    if (mask_of(os, process) & bit(number) || !is_caught(os, process, number))
        os_exit_signal(os, process, number);
    else
        make_pending(os, process, number, cause);
}

/* ---- faults ---- */

/* The exceptions of the x87 that are not masked, or of SSE. */
static uint32_t float_exceptions(const struct os *os,
                                 const struct process *process)
{
    const struct phys *phys = os->phys;
    const paddr_t pcb = process->pcb;
    const uint32_t x87 = pcb_get_reg(phys, pcb, &isa_x86, X86_FPSW) &
                         ~pcb_get_reg(phys, pcb, &isa_x86, X86_FPCW) & 0x3f;
    const uint32_t mxcsr = pcb_get_reg(phys, pcb, &isa_x86, X86_MXCSR);

    return x87 ? x87 : mxcsr & ~(mxcsr >> 7) & 0x3f;
}

/* si_code for exceptions of the floating-point unit. Source: Linux's
 * fpu__exception_code(). */
static uint32_t float_code(uint32_t exceptions)
{
    static const struct {
        uint8_t mask, code;
    } codes[] = {
        {0x01, ABI_FPE_FLTINV}, {0x04, ABI_FPE_FLTDIV}, {0x08, ABI_FPE_FLTOVF},
        {0x12, ABI_FPE_FLTUND}, {0x20, ABI_FPE_FLTRES},
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (exceptions & codes[i].mask)
            return codes[i].code;
    return ABI_FPE_FLTINV;
}

/*
 * Of an access the first byte that is not legal; the first of all, where they
 * are and only lie wrongly.
 */
static uint32_t fault_address(const struct frame_fault *fault,
                              const struct trap *trap)
{
    switch ((enum frame_fault_address)fault->address) {
    case FAULT_PC:
        return trap->pc;
    case FAULT_ACCESS:
        return trap->access.va +
               (trap->legal < trap->access.size ? trap->legal : 0);
    case FAULT_NO_ADDRESS:
        break;
    }
    return 0;
}

static uint32_t fault_error(const struct frame_layout *layout,
                            const struct frame_fault *fault,
                            const struct trap *trap)
{
    if (fault->address != FAULT_ACCESS)
        return fault->error;
    return fault->error | (trap->access.kind == MMU_WRITE  ? layout->error_write
                           : trap->access.kind == MMU_EXEC ? layout->error_fetch
                                                           : 0);
}

/* int3 and into have happened: the handler returns behind them. */
static bool is_behind(const struct frame_layout *layout, enum trap_cause cause,
                      const struct trap *trap)
{
    return layout->trap_is_behind &&
           (cause == TRAP_BREAKPOINT ||
            (cause == TRAP_OVERFLOW && trap->insn_size == 1));
}

uint32_t os_signal_of(const struct process *process, enum trap_cause cause)
{
    return frame_layouts[process->isa->abi]->faults[cause].signal;
}

void os_signal_fault(struct os *os, struct process *process,
                     enum trap_cause cause, const struct trap *trap)
{
    const struct isa *isa = process->isa;
    const paddr_t pcb = process->pcb;
    const struct frame_layout *layout = frame_layouts[isa->abi];
    const struct frame_fault *fault = &layout->faults[cause];
    const uint32_t address = fault_address(fault, trap);
    const struct pcb_cause why = {
        .code = fault->code ? fault->code
                            : float_code(float_exceptions(os, process)),
        .value = address,
    };

    assert(fault->signal > 0);
    pcb_set(os->phys, pcb, PCB_FIELD_TRAP, fault->number);
    pcb_set(os->phys, pcb, PCB_FIELD_ERROR, fault_error(layout, fault, trap));
    if (fault->address == FAULT_ACCESS)
        pcb_set(os->phys, pcb, PCB_FIELD_ADDRESS, address);
    if (is_behind(layout, cause, trap) && is_caught(os, process, fault->signal))
        pcb_set_reg(os->phys, pcb, isa, isa->pc, trap->pc + trap->insn_size);
    os_signal_force(os, process, fault->signal, &why);
}

/* ---- delivery ---- */

/* What is blocked again after a handler: sigsuspend() has its own. */
static uint64_t old_mask(const struct os *os, const struct process *process)
{
    if (pcb_get(os->phys, process->pcb, PCB_FIELD_SUSPENDED) == 0)
        return mask_of(os, process);
    return pcb_get64(os->phys, process->pcb, PCB_FIELD_OLD_MASK) & ~UNBLOCKABLE;
}

static void reset_action(struct os *os, const struct process *process,
                         uint32_t number)
{
    struct pcb_action action = action_of(os, process, number);

    action.handler = ABI_SIG_DFL;
    pcb_set_action(os->phys, process->pcb, number, &action);
}

/* Let the handler of @number begin, or end the process. */
static void run_handler(struct os *os, struct process *process, uint32_t number)
{
    static const struct pcb_cause kernel = {.code = ABI_SI_KERNEL};
    const struct pcb_action action = action_of(os, process, number);
    const uint64_t mask = mask_of(os, process);

    if (os_frame_push(os, process, number, &action, old_mask(os, process))) {
        if (action.flags & ABI_SA_RESETHAND)
            reset_action(os, process, number);
        pcb_set(os->phys, process->pcb, PCB_FIELD_SUSPENDED, 0);
        set_mask(os, process,
                 mask | action.mask |
                     (action.flags & ABI_SA_NODEFER ? 0 : bit(number)));
        return;
    }
    if (os->wanted) { /* when there is room it is delivered */
        set_pending(os, process, pending_of(os, process) | bit(number));
        return;
    }
    if (action.flags & ABI_SA_RESETHAND)
        reset_action(os, process, number);
    if (number == ABI_SIGSEGV)
        os_exit_signal(os, process, ABI_SIGSEGV);
    else
        os_signal_force(os, process, ABI_SIGSEGV, &kernel);
}

void os_signal_deliver(struct os *os, struct process *process)
{
    while (os_in_state(os, process, PCB_RUNNING) && !os->wanted) {
        const uint32_t number =
            lowest(pending_of(os, process) & ~mask_of(os, process));

        if (number == 0)
            break;
        set_pending(os, process, pending_of(os, process) & ~bit(number));
        if (os_signal_ignores(os, process, number))
            continue;
        if (is_caught(os, process, number))
            run_handler(os, process, number);
        else
            os_exit_signal(os, process, number);
    }
}

/* Back to the instruction that makes the call; its registers are still so. */
static void step_back(struct os *os, const struct process *process)
{
    const struct isa *isa = process->isa;
    const uint32_t flags = pcb_get_reg(os->phys, process->pcb, isa, isa->flags);
    const uint32_t pc = pcb_get_reg(os->phys, process->pcb, isa, isa->pc);
    const bool thumb = flags & isa->thumb_flag;

    pcb_set_reg(os->phys, process->pcb, isa, isa->pc,
                pc - frame_layouts[isa->abi]->call_size[thumb]);
}

uint32_t os_signal_interrupt(struct os *os, struct process *process)
{
    const paddr_t pcb = process->pcb;
    const uint32_t wait = pcb_get(os->phys, pcb, PCB_FIELD_WAIT);
    const uint32_t number = next_acting(os, process);

    pcb_set(os->phys, pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    pcb_set(os->phys, pcb, PCB_FIELD_STATE, PCB_RUNNING);
    if (wait == PCB_WAIT_SIGNAL ||
        !(action_of(os, process, number).flags & ABI_SA_RESTART))
        return call_error(ABI_EINTR);
    step_back(os, process);
    return OS_RESTARTED;
}

/* ---- the lives of processes ---- */

void os_signal_exec(struct os *os, const struct process *process)
{
    const paddr_t pcb = process->pcb;

    for (unsigned n = 1; n <= PCB_ACTIONS; n++) {
        struct pcb_action action = {0};

        if (action_of(os, process, n).handler == ABI_SIG_IGN)
            action.handler = ABI_SIG_IGN;
        pcb_set_action(os->phys, pcb, n, &action);
    }
    pcb_set(os->phys, pcb, PCB_FIELD_ALT_BASE, 0);
    pcb_set(os->phys, pcb, PCB_FIELD_ALT_SIZE, 0);
    pcb_set(os->phys, pcb, PCB_FIELD_TRAP, 0);
    pcb_set(os->phys, pcb, PCB_FIELD_ERROR, 0);
    pcb_set(os->phys, pcb, PCB_FIELD_ADDRESS, 0);
}

void os_signal_fork(struct os *os, const struct process *child)
{
    set_pending(os, child, 0);
    pcb_set(os->phys, child->pcb, PCB_FIELD_SUSPENDED, 0);
}

bool os_signal_reaps(const struct os *os, const struct process *parent)
{
    const struct pcb_action action = action_of(os, parent, ABI_SIGCHLD);

    return action.handler == ABI_SIG_IGN || action.flags & ABI_SA_NOCLDWAIT;
}

bool os_signal_check(const struct os *os, const struct process *process)
{
    return (mask_of(os, process) & UNBLOCKABLE) == 0 &&
           pcb_get(os->phys, process->pcb, PCB_FIELD_SUSPENDED) <= 1 &&
           action_of(os, process, ABI_SIGKILL).handler == ABI_SIG_DFL &&
           action_of(os, process, ABI_SIGSTOP).handler == ABI_SIG_DFL;
}

uint32_t os_signal_set_alt(struct os *os, const struct process *process,
                           vaddr_t base, uint32_t flags, uint32_t size)
{
    const struct isa *isa = process->isa;
    const uint32_t sp = pcb_get_reg(os->phys, process->pcb, isa, isa->sp);
    const bool disable = flags == ABI_SS_DISABLE;

    if (os_frame_on_alt(os, process, sp))
        return call_error(ABI_EPERM);
    if (!disable && flags != 0 && flags != ABI_SS_ONSTACK)
        return call_error(ABI_EINVAL);
    if (!disable && size < ABI_MINSIGSTKSZ)
        return call_error(ABI_ENOMEM);
    pcb_set(os->phys, process->pcb, PCB_FIELD_ALT_BASE, disable ? 0 : base);
    pcb_set(os->phys, process->pcb, PCB_FIELD_ALT_SIZE, disable ? 0 : size);
    return 0;
}
