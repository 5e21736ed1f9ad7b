/*
 * emu/machine.c - the run loop; see machine.h.
 *
 * Decisions:
 * - One engine for each instruction set, made when its first process runs.
 * - The instruction limit counts all engines together.
 */
#include "emu/machine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ENGINES 2u /* instruction sets */

struct machine {
    struct machine_config config;
    struct machine_watcher watcher;
    struct phys *phys;
    struct os *os;
    struct engine *engines[ENGINES]; /* filled from the front */
    const struct isa *isas[ENGINES]; /* of the engine in the same place */
    const struct process *running;   /* while an engine runs */
    uint64_t traps[TRAP_COUNT];
    paddr_t guard_image; /* what the guard leaves out */
    uint32_t guard_size; /* bytes; 0: nothing is guarded */
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

/* The engine for @isa, or NULL when it cannot be made. */
static struct engine *engine_for(struct machine *machine, const struct isa *isa)
{
    unsigned place = 0;

    while (machine->isas[place] && machine->isas[place] != isa)
        place++;
    assert(place < ENGINES);
    if (!machine->isas[place] && create_engine(machine, place, isa))
        return NULL;
    return machine->engines[place];
}

static uint64_t completed(const struct machine *machine)
{
    uint64_t instructions = 0;

    for (unsigned i = 0; i < ENGINES && machine->isas[i]; i++)
        instructions += engine_counts(machine->engines[i]).instructions;
    return instructions;
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
    stop =
        engine_run(engine, limit == UINT64_MAX ? limit : limit - others, trap);
    machine->running = NULL;
    engine_save(engine, &cpu);
    pcb_save(machine->phys, process->pcb, process->isa, &cpu);
    trap->instructions += others;
    return stop;
}

/* Let the OS act on @trap. Returns the process to run next, or NULL. */
static struct process *deliver(struct machine *machine, struct process *process,
                               const struct trap *trap)
{
    const struct machine_watcher *watcher = &machine->watcher;
    const uint32_t pid = process->pid;
    struct process *next;

    machine->traps[trap->cause]++;
    if (watcher->before_trap)
        watcher->before_trap(watcher->ctx, process, trap);
    next = os_trap(machine->os, process, trap);
    if (watcher->after_trap)
        watcher->after_trap(watcher->ctx, process, trap, process->pid != pid);
    return next;
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

    while (process) {
        struct engine *engine = engine_for(machine, process->isa);
        struct trap trap = {0};

        if (!engine)
            return broken(machine, NULL);
        if (engine_bind(engine, &process->bb.mmu))
            return broken(machine, engine);
        switch (run_process(machine, engine, process, limit, &trap)) {
        case ENGINE_LIMIT:
            return MACHINE_LIMIT;
        case ENGINE_BROKEN:
            return broken(machine, engine);
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
    struct machine_counts counts = {0};

    for (unsigned i = 0; i < ENGINES && machine->isas[i]; i++) {
        const struct engine_counts part = engine_counts(machine->engines[i]);

        counts.engine.instructions += part.instructions;
        counts.engine.loads += part.loads;
        counts.engine.stores += part.stores;
    }
    for (unsigned i = 0; i < TRAP_COUNT; i++)
        counts.traps[i] = machine->traps[i];
    return counts;
}

struct os *machine_os(const struct machine *machine)
{
    return machine->os;
}

/* The guarded memory lies on both sides of the image. */
static void guarded(const struct machine *machine, paddr_t from[2],
                    uint32_t size[2])
{
    const paddr_t behind = machine->guard_image + machine->guard_size;

    from[0] = OS_END;
    size[0] = machine->guard_image - OS_END;
    from[1] = behind;
    size[1] = machine->phys->size - behind;
}

void machine_guard(struct machine *machine, paddr_t image, uint32_t size)
{
    paddr_t from[2];
    uint32_t bytes[2];

    machine->guard_image = image;
    machine->guard_size = size;
    guarded(machine, from, bytes);
    for (unsigned i = 0; i < 2; i++)
        phys_pattern_fill(machine->phys, from[i], bytes[i]);
}

bool machine_guard_broken(const struct machine *machine, paddr_t *pa)
{
    paddr_t from[2];
    uint32_t bytes[2];

    if (machine->guard_size == 0)
        return false;
    guarded(machine, from, bytes);
    for (unsigned i = 0; i < 2; i++) {
        *pa = phys_pattern_find(machine->phys, from[i], bytes[i]);
        if (*pa != from[i] + bytes[i])
            return true;
    }
    return false;
}
