/*
 * emu/lib/inject.c - what goes wrong or happens at an exact moment; see
 * fencepost/inject.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "emu/lib/internal.h"

static const enum mmu_fault faults[FP_TRAPS] = {
    [FP_TRAP_SEGMENT] = MMU_FAULT_SEGMENT,
    [FP_TRAP_ABSENT] = MMU_FAULT_ABSENT,
    [FP_TRAP_BOUNDS] = MMU_FAULT_BOUNDS,
    [FP_TRAP_PROTECTION] = MMU_FAULT_PROTECTION,
};

int fp_inject_fault(struct fp_machine *machine, uint64_t nth,
                    enum fp_cause cause)
{
    if ((unsigned)cause >= FP_TRAPS || faults[cause] == MMU_FAULT_NONE)
        return -EINVAL;
    machine_inject(machine->machine, nth, faults[cause]);
    return 0;
}

void fp_inject_failure(struct fp_machine *machine, uint64_t kth)
{
    os_fail_allocation(machine->os, kth);
}

static void take_out(struct fp_machine *fp, const struct fp_pending *pending)
{
    struct fp_pending **at = &fp->pending;

    while (*at != pending)
        at = &(*at)->next;
    *at = pending->next;
}

static void happen(struct machine *machine, void *ctx)
{
    struct fp_pending *pending = ctx;
    struct fp_machine *fp = pending->machine;

    (void)machine;
    take_out(fp, pending);
    fp->handling = true;
    if (pending->event)
        pending->event(fp, pending->context);
    else if (pending->pid)
        (void)fp_swap(fp, pending->pid);
    else
        os_compact(fp->os, OS_COMPACT_DOWN);
    fp->handling = false;
    free(pending);
}

static int add(uint64_t cycle, const struct fp_pending *what)
{
    struct fp_machine *machine = what->machine;
    struct fp_pending *pending = malloc(sizeof(*pending));

    if (!pending)
        return -ENOMEM;
    *pending = *what;
    pending->next = machine->pending;
    if (machine_at(machine->machine, cycle, happen, pending)) {
        free(pending);
        return -ENOMEM;
    }
    machine->pending = pending;
    return 0;
}

int fp_at(struct fp_machine *machine, uint64_t cycle, fp_event *event,
          void *context)
{
    const struct fp_pending what = {
        .machine = machine, .event = event, .context = context};

    return event ? add(cycle, &what) : -EINVAL;
}

void fp_compact(struct fp_machine *machine)
{
    os_compact(machine->os, OS_COMPACT_DOWN);
}

int fp_compact_at(struct fp_machine *machine, uint64_t cycle)
{
    const struct fp_pending what = {.machine = machine};

    return add(cycle, &what);
}

int fp_swap(struct fp_machine *machine, uint32_t pid)
{
    struct process *process = os_process(machine->os, pid);

    if (!machine->config.swap)
        return -ENOTSUP;
    return process ? os_swap_out(machine->os, process) : -ESRCH;
}

/* Pid 0 is nobody's, and would mean something else. */
int fp_swap_at(struct fp_machine *machine, uint64_t cycle, uint32_t pid)
{
    const struct fp_pending what = {.machine = machine, .pid = pid};

    if (!machine->config.swap)
        return -ENOTSUP;
    return pid ? add(cycle, &what) : 0;
}
