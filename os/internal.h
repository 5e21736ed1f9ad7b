/*
 * os/internal.h - what the files of os/ know of each other, and nobody else.
 *
 * Layer: os/, private (tests may look).
 */
#ifndef OS_INTERNAL_H
#define OS_INTERNAL_H

#include "os/os.h"
#include "os/place.h"

struct os {
    struct phys *phys; /* borrowed */
    struct os_io io;
    struct place place; /* images lie in [OS_END, phys->size) */
    os_handler *handlers[TRAP_COUNT];
    struct process processes[OS_PROCESSES]; /* beside the PCB in each slot */
    unsigned current;                       /* the slot that ran last */
    uint32_t last_pid;                      /* pids are never used twice */
    uint32_t exit_code;
};

/* The handlers that boot installs: one for each cause. */
extern os_handler *const os_default_handlers[TRAP_COUNT];

/* The handler of TRAP_SYSCALL: os/syscall.c. */
void os_handle_syscall(struct os *os, struct process *process,
                       const struct trap *trap);

/*
 * Whether every byte of [@va, @va + @size) may be accessed so by @process, as
 * the MMU registers in its PCB say. An empty range always may.
 */
bool os_user_holds(const struct os *os, const struct process *process,
                   vaddr_t va, uint32_t size, enum mmu_prot kind);

/* A slot without a process, or NULL. */
struct process *os_slot_find(struct os *os);

/*
 * The MMU registers in @process's PCB, in a register set of their own. Values
 * that describe no physical memory make an empty address space.
 */
struct base_bounds os_registers(const struct os *os,
                                const struct process *process);

#endif /* OS_INTERNAL_H */
