/*
 * emu/machine.c - the run loop; see machine.h.
 *
 * Decisions:
 * - Each slot for a process has an engine of its own, made when a process first
 *   runs there: what is translated stays. The slot's next process takes it over
 *   if it has the same instruction set.
 * - The timer counts from when a process gets the CPU, whatever traps it makes.
 * - The instruction limit counts all engines together.
 * - The hardware's part of a trap, the registers of a switch, and the disk that
 *   an absent segment comes from cost time. What handlers do costs none so far.
 */
#include "emu/machine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENGINES OS_PROCESSES
#define VECTOR  4u /* bytes, in the trap table */

struct machine {
    struct machine_config config;
    struct machine_watcher watcher;
    struct phys *phys;
    struct os *os;
    struct engine *engines[ENGINES]; /* by the process's slot; NULL: none yet */
    const struct isa *isas[ENGINES]; /* of the engine in the same place */
    struct engine_counts gone;       /* what engines counted that are no more */
    uint64_t slice_end;              /* instructions: the timer */
    const struct process *running;   /* while an engine runs */
    uint64_t traps[TRAP_COUNT];
    uint64_t switches;
    char error[160];
};

int machine_create(struct machine **out, const struct machine_config *config,
                   const struct machine_watcher *watcher)
{
    struct machine *machine = calloc(1, sizeof(*machine));
    int err;

    if (!machine)
        return -ENOMEM;
    machine->config = *config;
    if (watcher)
        machine->watcher = *watcher;
    err = phys_create(&machine->phys, config->phys_size);
    if (!err)
        err = os_create(&machine->os, machine->phys, &config->io);
    if (!err && config->placement)
        err =
            os_set_placement(machine->os, config->placement, config->slot_size);
    if (err) {
        machine_destroy(machine);
        return err;
    }
    *out = machine;
    return 0;
}

void machine_destroy(struct machine *machine)
{
    if (!machine)
        return;
    for (unsigned i = 0; i < ENGINES; i++)
        engine_destroy(machine->engines[i]);
    os_destroy(machine->os);
    phys_destroy(machine->phys);
    free(machine);
}

static void on_access(void *ctx, vaddr_t pc, const struct mmu_access *access,
                      paddr_t pa)
{
    const struct machine *machine = ctx;

    machine->watcher.access(machine->watcher.ctx, machine->running, pc, access,
                            pa);
}

static int create_engine(struct machine *machine, unsigned place,
                         const struct isa *isa)
{
    const struct engine_config config = {
        .isa = isa,
        .phys = machine->phys,
        .observer = machine->watcher.access ? on_access : NULL,
        .observer_ctx = machine,
        .counting = machine->config.counting,
        .charge = machine->config.charge,
        .lean_after = machine->config.lean_after,
        .paranoid = machine->config.paranoid,
        .round_trip = machine->config.round_trip,
    };
    const int err = engine_create(&machine->engines[place], &config);

    if (err)
        snprintf(machine->error, sizeof(machine->error), "%s engine: %s",
                 isa->name,
                 err == -ENOTSUP ? "this libunicorn lacks what it needs"
                                 : "out of host memory");
    else
        machine->isas[place] = isa;
    return err;
}

static void add_counts(struct engine_counts *to,
                       const struct engine_counts *more)
{
    to->instructions += more->instructions;
    to->loads += more->loads;
    to->stores += more->stores;
}

static void drop_engine(struct machine *machine, unsigned place)
{
    const struct engine_counts counts = engine_counts(machine->engines[place]);

    add_counts(&machine->gone, &counts);
    engine_destroy(machine->engines[place]);
    machine->engines[place] = NULL;
}

/* The engine for @process, or NULL when it cannot be made. */
static struct engine *engine_for(struct machine *machine,
                                 const struct process *process)
{
    const unsigned place = os_slot(machine->os, process);

    if (machine->engines[place] && machine->isas[place] != process->isa)
        drop_engine(machine, place);
    if (!machine->engines[place] && create_engine(machine, place, process->isa))
        return NULL;
    return machine->engines[place];
}

static struct engine_counts all_counts(const struct machine *machine)
{
    struct engine_counts counts = machine->gone;

    for (unsigned i = 0; i < ENGINES; i++) {
        if (!machine->engines[i])
            continue;

        const struct engine_counts part = engine_counts(machine->engines[i]);
        add_counts(&counts, &part);
    }
    return counts;
}

static uint64_t completed(const struct machine *machine)
{
    return all_counts(machine).instructions;
}

/* Run @process to its next trap, its registers from PCB to PCB. */
static enum engine_stop run_process(struct machine *machine,
                                    struct engine *engine,
                                    const struct process *process,
                                    uint64_t limit, struct trap *trap)
{
    const uint64_t others =
        completed(machine) - engine_counts(engine).instructions;
    struct cpu_state cpu;
    enum engine_stop stop;

    pcb_restore(machine->phys, process->pcb, process->isa, &cpu);
    engine_load(engine, &cpu);
    machine->running = process;
    if (machine->config.slice)
        engine_set_timer(engine, machine->slice_end - others);
    stop =
        engine_run(engine, limit == UINT64_MAX ? limit : limit - others, trap);
    machine->running = NULL;
    engine_save(engine, &cpu);
    pcb_save(machine->phys, process->pcb, process->isa, &cpu);
    trap->instructions += others;
    return stop;
}

static void start_slice(struct machine *machine)
{
    machine->slice_end = completed(machine) + machine->config.slice;
}

/* ---- what traps and switches cost ---- */

/* A process as it was when it trapped: it may have ended since. */
struct saved {
    uint32_t pid;
    paddr_t pcb;
    const struct isa *isa;
};

/* The hardware saves what it must, and finds the handler in the trap table. */
static void charge_entry(struct machine *machine, const struct trap *trap)
{
    struct charge *charge = machine->config.charge;

    if (!charge)
        return;
    charge_cost(charge, COST_trap_entry, CLOCK_trap);
    charge_words(charge, OS_TRAP_TABLE + VECTOR * (paddr_t)trap->cause, VECTOR,
                 MMU_READ, CLOCK_trap);
}

/* All registers of @isa, between the CPU and @pcb. */
static void charge_registers(struct charge *charge, paddr_t pcb,
                             const struct isa *isa, enum mmu_prot kind)
{
    for (unsigned i = 0; i < isa->reg_count; i++)
        charge_words(charge, pcb + PCB_SAVE + isa->regs[i].offset,
                     isa->regs[i].size, kind, CLOCK_context_switch);
}

/*
 * Back to a process. Another one's registers come from its PCB, those of the
 * MMU too, after the first one's have gone to its own; the registers of a
 * process that has ended are not saved.
 */
static void charge_exit(struct machine *machine, struct saved from,
                        const struct process *next)
{
    struct charge *charge = machine->config.charge;

    if (!charge || !next)
        return;
    if (next->pid != from.pid) {
        if (pcb_get(machine->phys, from.pcb, PCB_FIELD_PID) == from.pid)
            charge_registers(charge, from.pcb, from.isa, MMU_WRITE);
        charge_registers(charge, next->pcb, next->isa, MMU_READ);
        charge_words(charge, next->pcb + PCB_FIELD_BASE,
                     PCB_SEGMENTS * PCB_SEGMENT_SIZE, MMU_READ,
                     CLOCK_context_switch);
    }
    charge_cost(charge, COST_trap_exit, CLOCK_trap);
}

/* The segment that @trap found absent has come from the disk, by itself. */
static void charge_bring_in(struct machine *machine,
                            const struct process *process,
                            const struct trap *trap)
{
    struct charge *charge = machine->config.charge;
    const struct mmu *mmu = &process->regs.mmu;
    struct mmu_span span;

    if (charge && trap->cause == TRAP_ABSENT &&
        mmu->ops->locate(mmu, &trap->access, &span))
        clock_advance(&charge->clock, CLOCK_swap,
                      costs_of_disk(&charge->costs, span.bounds));
}

/* Let the OS act on @trap. Returns the process to run next, or NULL. */
static struct process *deliver(struct machine *machine, struct process *process,
                               const struct trap *trap)
{
    const struct machine_watcher *watcher = &machine->watcher;
    const uint32_t pid = process->pid;
    const struct saved from = {pid, process->pcb, process->isa};
    struct process *next;

    machine->traps[trap->cause]++;
    if (watcher->before_trap)
        watcher->before_trap(watcher->ctx, process, trap);
    charge_entry(machine, trap);
    next = os_trap(machine->os, process, trap);
    if (next == process && next->pid == pid)
        charge_bring_in(machine, process, trap);
    charge_exit(machine, from, next);
    if (watcher->after_trap)
        watcher->after_trap(watcher->ctx, process, trap, process->pid != pid);
    if (trap->cause == TRAP_TIMER || (next && next->pid != pid))
        start_slice(machine);
    if (next && next->pid != pid) {
        machine->switches++;
        if (watcher->switched)
            watcher->switched(watcher->ctx, pid, next, trap->instructions);
    }
    return next;
}

/* The timer's own trap: before the instruction that the process stands at. */
static struct trap timer_trap(const struct machine *machine,
                              const struct process *process)
{
    return (struct trap){
        .cause = TRAP_TIMER,
        .pc = pcb_get_reg(machine->phys, process->pcb, process->isa,
                          process->isa->pc),
        .instructions = completed(machine),
    };
}

static enum machine_end broken(struct machine *machine,
                               const struct engine *engine)
{
    if (engine)
        snprintf(machine->error, sizeof(machine->error), "%s",
                 engine_error(engine));
    return MACHINE_BROKEN;
}

enum machine_end machine_run(struct machine *machine, uint64_t limit)
{
    struct process *process = os_next(machine->os);

    if (!machine->slice_end)
        start_slice(machine);
    while (process) {
        struct engine *engine = engine_for(machine, process);
        struct trap trap = {0};

        if (!engine)
            return broken(machine, NULL);
        if (engine_bind(engine, &process->regs.mmu))
            return broken(machine, engine);
        switch (run_process(machine, engine, process, limit, &trap)) {
        case ENGINE_LIMIT:
            return MACHINE_LIMIT;
        case ENGINE_BROKEN:
            return broken(machine, engine);
        case ENGINE_TIMER:
            trap = timer_trap(machine, process);
            process = deliver(machine, process, &trap);
            break;
        case ENGINE_TRAP:
            process = deliver(machine, process, &trap);
        }
    }
    return MACHINE_DONE;
}

const char *machine_error(const struct machine *machine)
{
    return machine->error;
}

struct machine_counts machine_counts(const struct machine *machine)
{
    struct machine_counts counts = {.engine = all_counts(machine),
                                    .switches = machine->switches};

    memcpy(counts.traps, machine->traps, sizeof(counts.traps));
    return counts;
}

struct os *machine_os(const struct machine *machine)
{
    return machine->os;
}
