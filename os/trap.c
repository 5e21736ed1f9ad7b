/* os/trap.c - names of traps; see trap.h. */
#include "os/trap.h"

#include <assert.h>

static const char *const names[TRAP_COUNT] = {
    [TRAP_SYSCALL] = "syscall",       [TRAP_SEGMENT] = "segment",
    [TRAP_ABSENT] = "absent",         [TRAP_BOUNDS] = "bounds",
    [TRAP_PROTECTION] = "protection", [TRAP_UNDEFINED] = "undefined",
    [TRAP_PRIVILEGED] = "privileged", [TRAP_DIVIDE] = "divide",
    [TRAP_BREAKPOINT] = "breakpoint", [TRAP_FLOAT] = "float",
    [TRAP_OVERFLOW] = "overflow",     [TRAP_ALIGNMENT] = "alignment",
    [TRAP_TIMER] = "timer",           [TRAP_DISK] = "disk",
};

static const enum trap_cause causes[MMU_FAULT_COUNT] = {
    [MMU_FAULT_SEGMENT] = TRAP_SEGMENT,
    [MMU_FAULT_ABSENT] = TRAP_ABSENT,
    [MMU_FAULT_BOUNDS] = TRAP_BOUNDS,
    [MMU_FAULT_PROTECTION] = TRAP_PROTECTION,
};

const char *trap_name(enum trap_cause cause)
{
    assert(cause < TRAP_COUNT);
    return names[cause];
}

enum trap_cause trap_of_fault(enum mmu_fault fault)
{
    assert(fault > MMU_FAULT_NONE && fault < MMU_FAULT_COUNT);
    return causes[fault];
}
