/*
 * emu/machine.c - the run loop; see machine.h.
 *
 * Decisions:
 * - A process has an engine of its own, made when it first runs: what is
 *   translated stays. There are ENGINES at most; when it needs one more, the
 *   process that has not run for longest gives up its own. Of the processes of
 *   a slot the next one takes the engine over.
 * - The timer counts from when a process gets the CPU, whatever traps it makes.
 *   A process that is alone needs none, and runs faster without.
 * - While nobody asks for the time nobody need count. Once a process has, all
 *   engines do; if one has not before that, there is no telling.
 * - The instruction limit counts all engines together.
 * - What is to happen at a cycle is a limit, too: nobody has to look for it. So
 *   is the end of what the disk does: its interrupt comes between two
 *   instructions, at exactly that cycle. With a disk, or one to swap to,
 *   everything counts.
 * - The hardware's part of a trap and the registers of a switch cost time, and
 *   so does the memory that handlers copy and clear. What else handlers do
 *   costs none.
 * - Where there is a disk or time costs, the disk's device brings absent
 *   segments in. Elsewhere they are there at once: nobody counts the time.
 * - The clock of the costs follows that of the operating system while nobody
 *   runs: cycles in which the disk is at work on an image or a segment are
 *   swap, all others are idle. While others run, what the disk does costs
 *   nobody anything.
 */
#include "emu/machine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/schedule.h"

#define VECTOR  4u /* bytes, in the trap table */
#define WORD    4u /* bytes that the OS copies at once */
#define ENGINES 256u
#define COUNTED (UINT64_MAX - 1) /* a timer that never fires, but counts */

/* One of the pool. */
struct place {
    struct engine *engine; /* NULL: not made yet */
    const struct isa *isa;
    unsigned slot;  /* of the process that it is for */
    uint64_t stamp; /* when it was last used */
};

/* What is to happen. */
struct due {
    cycles_t cycle;
    machine_event *event;
    void *ctx;
};

struct machine {
    struct machine_config config;
    struct machine_watcher watcher;
    struct phys *phys;
    struct os *os;
    struct place places[ENGINES];
    unsigned last_place[OS_PROCESSES]; /* that the process in a slot had */
    uint64_t stamp;                    /* of the last use of an engine */
    struct due *due; /* by cycle, those of one in order; owned */
    unsigned due_count, due_room;
    uint64_t inject_at;          /* accesses before the one to be refused */
    enum mmu_fault inject_fault; /* NONE: there is none */
    bool stopped;
    struct engine_counts done; /* by all engines, also those that are no more */
    bool exact;                /* all must be counted from now on */
    bool lost;                 /* an engine that is no more did not count */
    bool timed;                /* the timer runs */
    uint64_t slice_end;        /* ticks: then it fires */
    const struct process *running; /* while an engine runs */
    bool handling;                 /* a trap */
    uint64_t traps[TRAP_COUNT];
    uint64_t switches;
    char error[160];
};

/* Word by word, each loaded and stored. */
static void on_moved(void *ctx, paddr_t to, paddr_t from, uint32_t size)
{
    const struct machine *machine = ctx;
    struct charge *charge = machine->config.charge;

    for (uint32_t done = 0; done < size; done += WORD) {
        const uint32_t part = size - done < WORD ? size - done : WORD;

        charge_words(charge, from + done, part, MMU_READ, CLOCK_compact);
        charge_words(charge, to + done, part, MMU_WRITE, CLOCK_compact);
    }
}

/* A copy or a part of one, word by word. */
static void charge_copy(struct charge *charge, const struct os_work *work)
{
    for (uint32_t done = 0; done < work->size; done += WORD) {
        const uint32_t rest = work->size - done;
        const uint32_t part = rest < WORD ? rest : WORD;

        if (work->kind != OS_WORK_STORE)
            charge_words(charge, work->from + done, part, MMU_READ, CLOCK_trap);
        if (work->kind != OS_WORK_LOAD)
            charge_words(charge, work->to + done, part, MMU_WRITE, CLOCK_trap);
    }
}

/* Before the first instruction everything is free. */
static void on_worked(void *ctx, const struct os_work *work)
{
    const struct machine *machine = ctx;
    struct charge *charge = machine->config.charge;

    if (!machine->handling)
        return;
    if (work->kind == OS_WORK_DISK)
        clock_advance(&charge->clock, CLOCK_swap,
                      costs_of_disk(&charge->costs, work->size));
    else
        charge_copy(charge, work);
}

static void on_swap(void *ctx, const struct process *process,
                    enum os_swap_what what, uint32_t bytes)
{
    const struct machine *machine = ctx;
    const struct machine_watcher *watcher = &machine->watcher;

    if (watcher->swapped)
        watcher->swapped(watcher->ctx, process, what, bytes,
                         os_clock(machine->os));
}

static int set_swap(struct machine *machine)
{
    const struct machine_config *config = &machine->config;
    int err;

    os_watch_swaps(machine->os, on_swap, machine);
    if (!config->swap)
        return 0;
    err = os_set_swap(machine->os, config->swap, config->swap_size);
    if (err)
        return err;
    machine->config.counting = true;
    if (config->swap_always)
        os_swap_always(machine->os);
    return 0;
}

static int set_disk(struct machine *machine)
{
    const struct machine_config *config = &machine->config;

    if (config->costs)
        os_set_costs(machine->os, config->costs);
    if (config->charge || config->swap || config->disk)
        os_load_by_device(machine->os);
    if (!config->disk)
        return 0;
    machine->config.counting = true;
    return os_set_disk(machine->os, config->disk, config->disk_blocks);
}

/* A level of mlfq gives as much as the timer. */
static int set_schedule(struct machine *machine)
{
    const struct machine_config *config = &machine->config;

    if (!config->schedule)
        return 0;
    machine->config.counting |= config->schedule->clocked;
    return os_set_schedule(machine->os, config->schedule,
                           config->slice ? config->slice : 1,
                           config->schedule_seed);
}

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
    if (!err)
        err = set_schedule(machine);
    if (!err)
        err = set_swap(machine);
    if (!err)
        err = set_disk(machine);
    if (err) {
        machine_destroy(machine);
        return err;
    }
    if (config->charge) {
        os_set_clock(machine->os, &config->charge->clock);
        os_watch_moves(machine->os, on_moved, machine);
        os_watch_work(machine->os, on_worked, machine);
    }
    *out = machine;
    return 0;
}

void machine_destroy(struct machine *machine)
{
    if (!machine)
        return;
    for (unsigned i = 0; i < ENGINES; i++)
        engine_destroy(machine->places[i].engine);
    os_destroy(machine->os);
    free(machine->due);
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

static int create_engine(struct machine *machine, struct place *place,
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
    const int err = engine_create(&place->engine, &config);

    if (err)
        snprintf(machine->error, sizeof(machine->error), "%s engine: %s",
                 isa->name,
                 err == -ENOTSUP ? "this libunicorn lacks what it needs"
                                 : "out of host memory");
    else
        place->isa = isa;
    return err;
}

static void drop_engine(struct machine *machine, struct place *place)
{
    machine->lost |= !engine_is_exact(place->engine);
    engine_destroy(place->engine);
    place->engine = NULL;
}

/* A place that can be given up rather than @other, for a process of @isa. */
static bool is_better(const struct place *place, const struct place *other,
                      const struct isa *isa)
{
    if (!place->engine || !other->engine)
        return !place->engine && other->engine;
    if ((place->isa == isa) != (other->isa == isa))
        return place->isa == isa;
    return place->stamp < other->stamp;
}

/* The place of the process in @slot: its own, or the best of the others. */
static struct place *find_place(struct machine *machine, unsigned slot,
                                const struct isa *isa)
{
    struct place *best = &machine->places[0];
    struct place *last = &machine->places[machine->last_place[slot]];

    if (last->engine && last->slot == slot)
        return last;
    for (unsigned i = 0; i < ENGINES; i++) {
        struct place *place = &machine->places[i];

        if (place->engine && place->slot == slot)
            return place;
        if (is_better(place, best, isa))
            best = place;
    }
    return best;
}

/* The engine for @process, or NULL when it cannot be made. */
static struct engine *engine_for(struct machine *machine,
                                 const struct process *process)
{
    const unsigned slot = os_slot(machine->os, process);
    struct place *place = find_place(machine, slot, process->isa);

    if (place->engine && place->isa != process->isa)
        drop_engine(machine, place);
    if (!place->engine && create_engine(machine, place, process->isa))
        return NULL;
    place->slot = slot;
    machine->last_place[slot] = (unsigned)(place - machine->places);
    place->stamp = ++machine->stamp;
    return place->engine;
}

static uint64_t completed(const struct machine *machine)
{
    return machine->done.instructions;
}

static uint64_t accesses(struct engine_counts counts)
{
    return counts.instructions + counts.loads + counts.stores;
}

/* One engine has gone on. */
static void note_done(struct machine *machine, struct engine_counts from,
                      struct engine_counts to)
{
    machine->done.instructions += to.instructions - from.instructions;
    machine->done.loads += to.loads - from.loads;
    machine->done.stores += to.stores - from.stores;
}

/* What the timer counts: cycles, or instructions where nothing costs any. */
static uint64_t ticks(const struct machine *machine)
{
    return machine->config.charge ? machine->config.charge->clock.now
                                  : completed(machine);
}

/* Ticks when the next thing happens; UINT64_MAX: nothing will. */
static uint64_t next_due(const struct machine *machine)
{
    cycles_t next = os_disk_due(machine->os);

    if (machine->due_count > 0 && machine->due[0].cycle < next)
        next = machine->due[0].cycle;
    return next == OS_NEVER ? UINT64_MAX
                            : ticks(machine) + (next - machine_clock(machine));
}

/* Where the timer rests; but once the time matters, all engines must count. */
static uint64_t no_timer(const struct machine *machine)
{
    return machine->exact && !machine->config.charge ? COUNTED : UINT64_MAX;
}

/* Tell @engine, of which the clock is @behind those ticks. */
static void set_moments(const struct machine *machine, struct engine *engine,
                        uint64_t behind)
{
    const uint64_t due = next_due(machine);

    engine_set_timer(engine, machine->timed ? machine->slice_end - behind
                                            : no_timer(machine));
    engine_set_due(engine, due == UINT64_MAX ? due : due - behind);
}

/* Up to @limit instructions of the engine's. */
static enum engine_stop run_engine(struct machine *machine,
                                   struct engine *engine,
                                   const struct process *process,
                                   uint64_t limit, struct trap *trap)
{
    const struct machine_watcher *watcher = &machine->watcher;
    enum engine_stop stop;

    machine->running = process;
    if (watcher->starts)
        watcher->starts(watcher->ctx, process);
    stop = engine_run(engine, limit, trap);
    if (watcher->stops)
        watcher->stops(watcher->ctx, process);
    machine->running = NULL;
    return stop;
}

/* Run @process to its next trap, its registers from PCB to PCB. */
static enum engine_stop run_process(struct machine *machine,
                                    struct engine *engine,
                                    struct process *process, uint64_t limit,
                                    struct trap *trap)
{
    const struct engine_counts before = engine_counts(engine);
    const uint64_t others = completed(machine) - before.instructions;
    const uint64_t elsewhere = accesses(machine->done) - accesses(before);
    struct cpu_state cpu;
    enum engine_stop stop;

    engine_inject(engine, machine->inject_at - elsewhere,
                  machine->inject_fault);
    pcb_restore(machine->phys, process->pcb, process->isa, &cpu);
    engine_load(engine, &cpu);
    set_moments(machine, engine, machine->config.charge ? 0 : others);
    stop = run_engine(machine, engine, process,
                      limit == UINT64_MAX ? limit : limit - others, trap);
    os_ran(machine->os, process);
    if (engine_injected(engine))
        machine->inject_fault = MMU_FAULT_NONE;
    note_done(machine, before, engine_counts(engine));
    engine_save(engine, &cpu);
    pcb_save(machine->phys, process->pcb, process->isa, &cpu);
    trap->instructions += others;
    trap->cycle = machine_clock(machine);
    return stop;
}

/* Begin a new slice, or let the timer rest. */
static void start_slice(struct machine *machine)
{
    machine->timed =
        machine->config.slice > 0 &&
        (machine->config.slice_alone || os_living(machine->os) > 1);
    machine->slice_end = ticks(machine) + machine->config.slice;
}

/* ---- what traps and switches cost ---- */

/* Who trapped: it may have ended since, or run another program. */
struct saved {
    const struct process *process;
    uint32_t pid;
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
        if (from.process->pid == from.pid)
            charge_registers(charge, from.process->pcb, from.isa, MMU_WRITE);
        charge_registers(charge, next->pcb, next->isa, MMU_READ);
        charge_words(charge, next->pcb + PCB_FIELD_BASE,
                     PCB_SEGMENTS * PCB_SEGMENT_SIZE, MMU_READ,
                     CLOCK_context_switch);
    }
    charge_cost(charge, COST_trap_exit, CLOCK_trap);
    os_clock_back(machine->os);
}

/* Whether the timer has to start although nobody's slice ends. */
static bool wants_timer(const struct machine *machine)
{
    return !machine->timed && machine->config.slice > 0 &&
           os_living(machine->os) > 1;
}

/* Let the OS act on @trap. Returns the process to run next, or NULL. */
static struct process *deliver(struct machine *machine, struct process *process,
                               const struct trap *trap)
{
    const struct machine_watcher *watcher = &machine->watcher;
    const uint32_t pid = process->pid;
    const struct saved from = {process, pid, process->isa};
    struct process *next;
    bool switched, resumed;

    machine->traps[trap->cause]++;
    if (watcher->before_trap)
        watcher->before_trap(watcher->ctx, process, trap);
    charge_entry(machine, trap);
    machine->handling = true;
    next = os_trap(machine->os, process, trap);
    machine->handling = false;
    charge_exit(machine, from, next);
    if (watcher->after_trap)
        watcher->after_trap(watcher->ctx, process, trap,
                            process->pid != pid ||
                                !os_lives(machine->os, process));
    switched = next && next->pid != pid;
    resumed = next && os_resumed(next);
    if (trap->cause == TRAP_TIMER || switched || resumed ||
        wants_timer(machine))
        start_slice(machine);
    machine->switches += switched;
    if (switched && watcher->switched)
        watcher->switched(watcher->ctx, pid, next, os_clock(machine->os));
    if (resumed && watcher->resumed)
        watcher->resumed(watcher->ctx, next, os_clock(machine->os));
    return next;
}

/* A device's trap: before the instruction that the process stands at. */
static struct trap interrupt(const struct machine *machine,
                             const struct process *process,
                             enum trap_cause cause)
{
    return (struct trap){
        .cause = cause,
        .pc = pcb_get_reg(machine->phys, process->pcb, process->isa,
                          process->isa->pc),
        .instructions = completed(machine),
        .cycle = machine_clock(machine),
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

static bool is_exact(const struct machine *machine)
{
    for (unsigned i = 0; i < ENGINES; i++)
        if (machine->places[i].engine &&
            !engine_is_exact(machine->places[i].engine))
            return false;
    return !machine->lost;
}

/* Whether a process was just told a time that is not known. */
static bool has_lost_count(struct machine *machine)
{
    if (machine->exact || !os_clock_told(machine->os))
        return false;
    machine->exact = is_exact(machine);
    return !machine->exact;
}

/* ---- what is to happen ---- */

cycles_t machine_clock(const struct machine *machine)
{
    return machine->config.charge ? machine->config.charge->clock.now
                                  : completed(machine) + os_idle(machine->os);
}

int machine_at(struct machine *machine, cycles_t cycle, machine_event *event,
               void *ctx)
{
    unsigned at = machine->due_count;

    if (at == machine->due_room) {
        const unsigned room = at ? 2 * at : 8;
        struct due *due = realloc(machine->due, room * sizeof(*machine->due));

        if (!due)
            return -ENOMEM;
        machine->due = due;
        machine->due_room = room;
    }
    for (; at > 0 && machine->due[at - 1].cycle > cycle; at--)
        machine->due[at] = machine->due[at - 1];
    machine->due[at] = (struct due){cycle, event, ctx};
    machine->due_count++;
    return 0;
}

/* Let happen what is due. False: nothing is. */
static bool let_happen(struct machine *machine)
{
    const cycles_t now = machine_clock(machine);
    unsigned happened = 0;

    while (machine->due_count > 0 && machine->due[0].cycle <= now) {
        const struct due due = machine->due[0];

        machine->due_count--;
        memmove(machine->due, machine->due + 1,
                machine->due_count * sizeof(due));
        due.event(machine, due.ctx);
        happened++;
    }
    return happened > 0;
}

static bool disk_is_done(const struct machine *machine)
{
    const cycles_t due = os_disk_due(machine->os);

    return due != OS_NEVER && due <= machine_clock(machine);
}

void machine_inject(struct machine *machine, uint64_t nth, enum mmu_fault fault)
{
    machine->inject_fault = nth ? fault : MMU_FAULT_NONE;
    machine->inject_at = accesses(machine->done) + nth - 1;
}

void machine_stop(struct machine *machine)
{
    machine->stopped = true;
}

/* ---- the run ---- */

/* No process can run. */
static enum machine_end finished(const struct machine *machine)
{
    return os_living(machine->os) > 0 ? MACHINE_STUCK : MACHINE_DONE;
}

enum machine_end machine_run(struct machine *machine, uint64_t limit)
{
    struct process *process = os_next(machine->os);

    machine->stopped = false;
    if (!machine->slice_end)
        start_slice(machine);
    while (process) {
        struct engine *engine;
        struct trap trap = {0};

        if (completed(machine) < limit && let_happen(machine)) {
            process = os_next(machine->os);
            continue;
        }
        if (machine->stopped)
            return MACHINE_STOPPED;
        if (completed(machine) < limit && disk_is_done(machine)) {
            trap = interrupt(machine, process, TRAP_DISK);
            process = deliver(machine, process, &trap);
            continue;
        }
        engine = engine_for(machine, process);
        if (!engine)
            return broken(machine, NULL);
        if (engine_bind(engine, &process->regs.mmu))
            return broken(machine, engine);
        switch (run_process(machine, engine, process, limit, &trap)) {
        case ENGINE_LIMIT:
            if (completed(machine) < limit)
                break;
            return MACHINE_LIMIT;
        case ENGINE_BROKEN:
            return broken(machine, engine);
        case ENGINE_TIMER:
            trap = interrupt(machine, process, TRAP_TIMER);
            process = deliver(machine, process, &trap);
            break;
        case ENGINE_TRAP:
            process = deliver(machine, process, &trap);
        }
        if (has_lost_count(machine))
            return MACHINE_UNCOUNTED;
    }
    return finished(machine);
}

const char *machine_error(const struct machine *machine)
{
    return machine->error;
}

struct machine_counts machine_counts(const struct machine *machine)
{
    struct machine_counts counts = {.engine = machine->done,
                                    .switches = machine->switches};

    memcpy(counts.traps, machine->traps, sizeof(counts.traps));
    return counts;
}

struct os *machine_os(const struct machine *machine)
{
    return machine->os;
}
