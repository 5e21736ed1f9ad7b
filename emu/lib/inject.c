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
    else
        os_compact(fp->os, OS_COMPACT_DOWN);
    fp->handling = false;
    free(pending);
}

static int add(struct fp_machine *machine, uint64_t cycle, fp_event *event,
               void *context)
{
    struct fp_pending *pending = malloc(sizeof(*pending));

    if (!pending)
        return -ENOMEM;
    *pending = (struct fp_pending){machine, event, context, machine->pending};
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
    return event ? add(machine, cycle, event, context) : -EINVAL;
}

void fp_compact(struct fp_machine *machine)
{
    os_compact(machine->os, OS_COMPACT_DOWN);
}

int fp_compact_at(struct fp_machine *machine, uint64_t cycle)
{
    return add(machine, cycle, NULL, NULL);
}

/* To be a row like compaction, as soon as the operating system swaps. */
int fp_swap_at(struct fp_machine *machine, uint64_t cycle, uint32_t pid)
{
    (void)machine, (void)cycle, (void)pid;
    return -ENOTSUP;
}
