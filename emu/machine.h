/*
 * emu/machine.h - one simulated computer: memory, operating system, engines.
 *
 * It carries traps from the engine to the OS and processes from the OS to the
 * engine:
 *
 *      PCB -> engine_load -> engine_run -> engine_save -> PCB -> os_trap
 *
 * Between traps the registers in the PCB are the only ones.
 *
 * Layer: emu/.
 */
#ifndef EMU_MACHINE_H
#define EMU_MACHINE_H

#include "emu/engine.h"
#include "os/os.h"

struct machine_config {
    uint32_t phys_size; /* bytes */
    struct os_io io;
    bool counting;   /* machine_counts() or trap->instructions are wanted, or
                        the run has a limit; see engine_config */
    bool paranoid;   /* see engine_config */
    bool round_trip; /* see engine_config */
    uint64_t lean_after; /* see engine_config */
    uint64_t slice;      /* what a process may run before the timer fires, if
                            there is another: cycles with a charge, instructions
                            without; 0: there is no timer */
    bool slice_alone;    /* also if there is not */
    const struct schedule_policy *schedule; /* who runs next; NULL: boot's */
    uint64_t schedule_seed;                 /* for lottery */
    const struct alloc_policy *placement;   /* of images; NULL: boot's */
    uint32_t slot_size;                     /* for slots */
    const struct os_disk *disk; /* of processes, copied; NULL: there is none */
    uint32_t disk_blocks;       /* of it */
    const struct costs *costs;  /* of both disks, copied; NULL: the defaults */
    const struct os_disk *swap; /* to swap to, copied; NULL: there is none */
    uint32_t swap_size;         /* bytes of it */
    bool swap_always;           /* see os_swap_always() */
    struct charge *charge; /* borrowed: what all costs; NULL: nothing does */
};

/*
 * Somebody who watches a run and changes nothing. NULL entries are skipped.
 *
 * access       See engine_observer; an engine that nobody watches is faster.
 * starts       @process runs from now on, and
 * stops        has run: what is charged in between is its own doing.
 * before_trap  The registers are in the PCB; the OS has not seen the trap.
 * after_trap   The OS has acted. When @ended, the process of the trap is gone
 *              and nothing of @process but its address means anything.
 * switched     Another process than that of the last trap runs next, at @cycle.
 * swapped      What os_watch_swaps() tells, at @cycle. A trap may be in the
 *              middle of being handled.
 * resumed      The process that runs next had to wait in its last system call,
 *              which is complete now: the registers are in the PCB.
 */
struct machine_watcher {
    void *ctx;
    void (*access)(void *ctx, const struct process *process, vaddr_t pc,
                   const struct mmu_access *access, paddr_t pa);
    void (*starts)(void *ctx, const struct process *process);
    void (*stops)(void *ctx, const struct process *process);
    void (*before_trap)(void *ctx, const struct process *process,
                        const struct trap *trap);
    void (*switched)(void *ctx, uint32_t from_pid, const struct process *to,
                     cycles_t cycle);
    void (*swapped)(void *ctx, const struct process *process,
                    enum os_swap_what what, uint32_t bytes, cycles_t cycle);
    void (*resumed)(void *ctx, const struct process *process, cycles_t cycle);
    void (*after_trap)(void *ctx, const struct process *process,
                       const struct trap *trap, bool ended);
};

enum machine_end {
    MACHINE_DONE,      /* no process is left */
    MACHINE_UNCOUNTED, /* a process has asked for the time, and what ran has
                          not been counted: all must run again, with counting */
    MACHINE_STUCK,     /* some are, but all wait and none will ever run */
    MACHINE_LIMIT,     /* the instruction limit was reached exactly */
    MACHINE_STOPPED,   /* machine_stop() was called */
    MACHINE_BROKEN,    /* machine_error() says why */
};

struct machine_counts {
    struct engine_counts engine; /* of all engines together */
    uint64_t traps[TRAP_COUNT];
    uint64_t switches; /* from one process to another */
};

struct machine;

/*
 * Boot a machine without processes. @watcher is copied; NULL: nobody.
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  phys_size is not a size that physical memory can have, or
 *            swap_size none that a swap disk can
 *   -ENOMEM  out of host memory
 */
int machine_create(struct machine **out, const struct machine_config *config,
                   const struct machine_watcher *watcher);

/* NULL is a no-op. */
void machine_destroy(struct machine *machine);

/*
 * Run until no process is left that can run, or @limit instructions are
 * complete. After MACHINE_LIMIT it goes on with a higher limit as if it had not
 * stopped.
 */
enum machine_end machine_run(struct machine *machine, uint64_t limit);

/* From within a run: let it end before the next instruction. */
void machine_stop(struct machine *machine);

/*
 * Cycles since boot: the charge's clock, or without one the instructions, and
 * cycles in which nobody could run.
 */
cycles_t machine_clock(const struct machine *machine);

/* Something that happens to a machine between two instructions. */
typedef void machine_event(struct machine *machine, void *ctx);

/*
 * Call @event once, before the first instruction of which the clock says @cycle
 * or later; several in the order of their cycles. The machine must count. @ctx
 * is borrowed.
 *
 * Returns 0, or -ENOMEM: out of host memory.
 */
int machine_at(struct machine *machine, cycles_t cycle, machine_event *event,
               void *ctx);

/*
 * Let the @nth access of any process from now on, 1 is the next, be refused
 * with @fault: a fetch, load or store of the guest's, in program order. 0: none
 * any more. The machine must count.
 */
void machine_inject(struct machine *machine, uint64_t nth,
                    enum mmu_fault fault);

/* One line about the last MACHINE_BROKEN. */
const char *machine_error(const struct machine *machine);

/* What ran; the engines' part is meaningful if the machine counts. */
struct machine_counts machine_counts(const struct machine *machine);

/* The OS, to spawn processes and to ask (borrowed). */
struct os *machine_os(const struct machine *machine);

#endif /* EMU_MACHINE_H */
