/*
 * os/signal_call.c - the system calls about signals: handlers, masks, the
 * alternate stack, and the way back from a handler.
 *
 * Decisions of the model:
 * - What Linux has twice is here twice: with sets of 8 bytes (rt_) and of 4,
 *   which leave signals 33 to 64 as they are.
 * - All is read and written, or nothing: a call with a bad pointer for the old
 *   value has not changed anything. (On Linux it has.)
 */
#include "os/call.h"
#include "os/signal.h"
#include "os/signal_layout.h"

#define ACTION_SIZE    16u /* struct old_sigaction */
#define RT_ACTION_SIZE 20u /* struct sigaction */
#define STACK_SIZE     12u /* stack_t */
#define UNBLOCKABLE                                                            \
    (UINT64_C(1) << (ABI_SIGKILL - 1) | UINT64_C(1) << (ABI_SIGSTOP - 1))

static uint64_t get_mask(const struct call *call, enum pcb_field field)
{
    return pcb_get64(call->os->phys, call->process->pcb, field);
}

/* ---- handlers ---- */

/* How an action lies in memory: the offsets of its words. */
struct action_form {
    uint32_t size, flags, restorer, mask;
    bool wide;
};

static const struct action_form old_action = {ACTION_SIZE, 8, 12, 4, false};
static const struct action_form rt_action = {RT_ACTION_SIZE, 4, 8, 12, true};

static uint32_t get_action(const struct call *call, vaddr_t va,
                           const struct action_form *form,
                           struct pcb_action *action)
{
    uint8_t bytes[RT_ACTION_SIZE];
    const uint32_t err = call_copy_in(call, bytes, va, form->size);

    if (err)
        return err;
    *action = (struct pcb_action){
        .handler = frame_get(bytes),
        .flags = frame_get(bytes + form->flags) & ABI_SA_ALL,
        .restorer = frame_get(bytes + form->restorer),
        .mask = frame_get(bytes + form->mask),
    };
    if (form->wide)
        action->mask |= (uint64_t)frame_get(bytes + form->mask + 4) << 32;
    action->mask &= ~UNBLOCKABLE;
    return 0;
}

static uint32_t put_action(const struct call *call, vaddr_t va,
                           const struct action_form *form,
                           const struct pcb_action *action)
{
    uint8_t bytes[RT_ACTION_SIZE];

    frame_put(bytes, action->handler);
    frame_put(bytes + form->flags, action->flags);
    frame_put(bytes + form->restorer, action->restorer);
    frame_put(bytes + form->mask, (uint32_t)action->mask);
    if (form->wide)
        frame_put(bytes + form->mask + 4, (uint32_t)(action->mask >> 32));
    return call_copy_out(call, va, bytes, form->size);
}

/* What is ignored from now on is no longer pending. */
static void set_action(const struct call *call, uint32_t number,
                       const struct pcb_action *action)
{
    struct os *os = call->os;
    const paddr_t pcb = call->process->pcb;
    const uint64_t pending = get_mask(call, PCB_FIELD_PENDING);

    pcb_set_action(os->phys, pcb, number, action);
    if (os_signal_ignores(os, call->process, number))
        pcb_set64(os->phys, pcb, PCB_FIELD_PENDING,
                  pending & ~(UINT64_C(1) << (number - 1)));
}

static bool may_set(const struct call *call, uint32_t number,
                    const struct pcb_action *action, uint32_t *err)
{
    *err = 0;
    if (number == ABI_SIGKILL || number == ABI_SIGSTOP)
        *err = call_error(ABI_EINVAL);
    else if (action->handler > ABI_SIG_IGN && call->process->scheme->by_use)
        *err = call_error(ABI_ENOSYS);
    return *err == 0;
}

static uint32_t change_action(const struct call *call,
                              const struct action_form *form)
{
    const uint32_t number = call->args[0];
    const vaddr_t from = call->args[1], to = call->args[2];
    struct pcb_action action, old;
    uint32_t err;

    if (number < 1 || number > PCB_ACTIONS)
        return call_error(ABI_EINVAL);
    if (from) {
        err = get_action(call, from, form, &action);
        if (err || !may_set(call, number, &action, &err))
            return err;
    }
    old = pcb_get_action(call->os->phys, call->process->pcb, number);
    err = to ? put_action(call, to, form, &old) : 0;
    if (!err && from)
        set_action(call, number, &action);
    return err;
}

uint32_t sys_sigaction(const struct call *call)
{
    return change_action(call, &old_action);
}

uint32_t sys_rt_sigaction(const struct call *call)
{
    if (call->args[3] != ABI_SIG_SIZE)
        return call_error(ABI_EINVAL);
    return change_action(call, &rt_action);
}

/* The oldest way: once, and not blocked meanwhile. */
uint32_t sys_signal(const struct call *call)
{
    const uint32_t number = call->args[0];
    const struct pcb_action action = {
        .handler = call->args[1],
        .flags = ABI_SA_RESETHAND | ABI_SA_NODEFER,
    };
    uint32_t err;

    if (number < 1 || number > PCB_ACTIONS)
        return call_error(ABI_EINVAL);
    if (!may_set(call, number, &action, &err))
        return err;

    const vaddr_t old =
        pcb_get_action(call->os->phys, call->process->pcb, number).handler;
    set_action(call, number, &action);
    return old;
}

/* ---- masks ---- */

static uint32_t put_set(const struct call *call, vaddr_t va, uint64_t set,
                        uint32_t size)
{
    uint8_t bytes[ABI_SIG_SIZE];

    frame_put(bytes, (uint32_t)set);
    frame_put(bytes + 4, (uint32_t)(set >> 32));
    return call_copy_out(call, va, bytes, size);
}

/* Of a short set the signals from 33 on are those of @rest. */
static uint32_t get_set(const struct call *call, vaddr_t va, uint32_t size,
                        uint64_t rest, uint64_t *set)
{
    uint8_t bytes[ABI_SIG_SIZE];
    const uint32_t err = call_copy_in(call, bytes, va, size);

    if (err)
        return err;
    *set = frame_get(bytes) | (rest & ~(uint64_t)UINT32_MAX);
    if (size == ABI_SIG_SIZE)
        *set = frame_get(bytes) | (uint64_t)frame_get(bytes + 4) << 32;
    return 0;
}

static void set_mask(const struct call *call, uint64_t mask)
{
    pcb_set64(call->os->phys, call->process->pcb, PCB_FIELD_MASK,
              mask & ~UNBLOCKABLE);
}

static uint32_t change_mask(const struct call *call, uint32_t size)
{
    const uint32_t how = call->args[0];
    const vaddr_t from = call->args[1], to = call->args[2];
    const uint64_t old = get_mask(call, PCB_FIELD_MASK);
    const uint64_t rest = how == ABI_SIG_SETMASK ? old : 0;
    uint64_t set = 0;
    uint32_t err = from ? get_set(call, from, size, rest, &set) : 0;

    if (err)
        return err;
    if (from && how > ABI_SIG_SETMASK)
        return call_error(ABI_EINVAL);
    err = to ? put_set(call, to, old, size) : 0;
    if (err || !from)
        return err;
    set_mask(call, how == ABI_SIG_BLOCK     ? old | set
                   : how == ABI_SIG_UNBLOCK ? old & ~set
                                            : set);
    return 0;
}

uint32_t sys_sigprocmask(const struct call *call)
{
    return change_mask(call, 4);
}

uint32_t sys_rt_sigprocmask(const struct call *call)
{
    if (call->args[3] != ABI_SIG_SIZE)
        return call_error(ABI_EINVAL);
    return change_mask(call, ABI_SIG_SIZE);
}

static uint64_t pending_blocked(const struct call *call)
{
    return get_mask(call, PCB_FIELD_PENDING) & get_mask(call, PCB_FIELD_MASK);
}

uint32_t sys_sigpending(const struct call *call)
{
    return put_set(call, call->args[0], pending_blocked(call), 4);
}

uint32_t sys_rt_sigpending(const struct call *call)
{
    if (call->args[1] > ABI_SIG_SIZE)
        return call_error(ABI_EINVAL);
    return put_set(call, call->args[0], pending_blocked(call), call->args[1]);
}

/* ---- waiting for a signal ---- */

static uint32_t wait_for_signal(const struct call *call)
{
    os_block(call->os, call->process, PCB_WAIT_SIGNAL, 0);
    return 0;
}

uint32_t sys_pause(const struct call *call)
{
    return wait_for_signal(call);
}

static uint32_t suspend(const struct call *call, uint64_t mask)
{
    struct phys *phys = call->os->phys;
    const paddr_t pcb = call->process->pcb;

    if (!call->again) {
        pcb_set64(phys, pcb, PCB_FIELD_OLD_MASK,
                  get_mask(call, PCB_FIELD_MASK));
        pcb_set(phys, pcb, PCB_FIELD_SUSPENDED, 1);
        set_mask(call, mask);
    }
    return wait_for_signal(call);
}

/* The first two arguments mean nothing. */
uint32_t sys_sigsuspend(const struct call *call)
{
    return suspend(call, call->args[2]);
}

uint32_t sys_rt_sigsuspend(const struct call *call)
{
    uint64_t mask = 0;

    if (call->args[1] != ABI_SIG_SIZE)
        return call_error(ABI_EINVAL);
    if (!call->again &&
        get_set(call, call->args[0], ABI_SIG_SIZE, 0, &mask) != 0)
        return call_error(ABI_EFAULT);
    return suspend(call, mask);
}

/* ---- the alternate stack, and the way back ---- */

static void fill_stack(const struct call *call, uint8_t bytes[STACK_SIZE])
{
    const struct phys *phys = call->os->phys;
    const struct isa *isa = call->process->isa;
    const paddr_t pcb = call->process->pcb;
    const uint32_t sp = pcb_get_reg(phys, pcb, isa, isa->sp);
    const uint32_t size = pcb_get(phys, pcb, PCB_FIELD_ALT_SIZE);

    frame_put(bytes, pcb_get(phys, pcb, PCB_FIELD_ALT_BASE));
    frame_put(bytes + 4, size == 0 ? ABI_SS_DISABLE
                         : os_frame_on_alt(call->os, call->process, sp)
                             ? ABI_SS_ONSTACK
                             : 0);
    frame_put(bytes + 8, size);
}

uint32_t sys_sigaltstack(const struct call *call)
{
    const vaddr_t from = call->args[0], to = call->args[1];
    uint8_t bytes[STACK_SIZE], old[STACK_SIZE];
    uint32_t err = 0;

    fill_stack(call, old);
    if ((from && call_copy_in(call, bytes, from, STACK_SIZE)) ||
        (to && !call_may(call, to, STACK_SIZE, MMU_WRITE)))
        return call_error(ABI_EFAULT);
    if (from)
        err = os_signal_set_alt(call->os, call->process, frame_get(bytes),
                                frame_get(bytes + 4), frame_get(bytes + 8));
    return err || !to ? err : call_copy_out(call, to, old, STACK_SIZE);
}

/* Returns what the call that was interrupted returns: its register, again. */
static uint32_t return_from(const struct call *call, bool info)
{
    static const struct pcb_cause kernel = {.code = ABI_SI_KERNEL};
    const struct isa *isa = call->process->isa;
    uint64_t mask;

    if (!os_frame_pop(call->os, call->process, info, &mask)) {
        if (!call->os->wanted)
            os_signal_force(call->os, call->process, ABI_SIGSEGV, &kernel);
        return 0;
    }
    set_mask(call, mask);
    return pcb_get_reg(call->os->phys, call->process->pcb, isa,
                       isa->call_result);
}

uint32_t sys_sigreturn(const struct call *call)
{
    return return_from(call, false);
}

uint32_t sys_rt_sigreturn(const struct call *call)
{
    return return_from(call, true);
}
