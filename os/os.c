/*
 * os/os.c - boot, traps, shutdown; see os.h.
 *
 * Decisions of the model:
 * - A vector in the trap table is a handler's number: 1 + the cause whose
 *   handler it is. Boot gives each cause its own. A cause whose vector names
 *   no handler ends the process as a fault does.
 * - The PCB is the truth. `struct process` mirrors the MMU registers for the
 *   engine and is brought up to date on the way back to the process.
 * - A slot's register set lives as long as the OS, and its generation only
 *   rises: an engine never takes a new process for an old one.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/internal.h"

#define VECTOR_SIZE  4u
#define FATAL_SIGNAL 11u

static paddr_t slot_address(unsigned slot)
{
    return OS_PCBS + slot * PCB_SIZE;
}

static paddr_t vector_of(enum trap_cause cause)
{
    return OS_TRAP_TABLE + (paddr_t)cause * VECTOR_SIZE;
}

/* The number that names the handler of @cause. */
static uint32_t handler_number(enum trap_cause cause)
{
    return (uint32_t)cause + 1;
}

int os_create(struct os **out, struct phys *phys, const struct os_io *io)
{
    assert(io && io->read && io->write);

    if (phys->size < PHYS_SIZE_MIN)
        return -EINVAL;

    struct os *os = calloc(1, sizeof(*os));
    if (!os)
        return -ENOMEM;
    if (place_init(&os->place, OS_END, phys->size, &alloc_first, 0)) {
        free(os);
        return -ENOMEM;
    }

    os->phys = phys;
    os->clock = &os->own_clock;
    os->io = *io;
    os->current = OS_PROCESSES - 1;
    schedule_init(&os->schedule, &schedule_rr, 1, 0);
    costs_init(&os->disk.costs);
    phys_fill(phys, 0, 0, OS_END);
    for (unsigned i = 0; i < OS_PCBS_FIXED; i++)
        os->processes[i].pcb = slot_address(i);
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        base_bounds_init(&os->processes[i].regs.bb);
    for (unsigned i = 0; i < TRAP_COUNT; i++)
        os_set_handler(os, (enum trap_cause)i, NULL, NULL);
    *out = os;
    return 0;
}

void os_destroy(struct os *os)
{
    if (!os)
        return;
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (os_slot_used(&os->processes[i]))
            os_exit(os, &os->processes[i], 0);
    os_disk_reset(os);
    place_reset(&os->place);
    place_reset(&os->swap.place);
    free(os->shares);
    free(os);
}

int os_set_placement(struct os *os, const struct alloc_policy *policy,
                     uint32_t slot_size)
{
    struct place place;

    if (os->slots > 0)
        return -EBUSY;
    if (place_init(&place, OS_END, os->phys->size, policy, slot_size))
        return -ENOMEM;
    place_reset(&os->place);
    os->place = place;
    return 0;
}

int os_set_schedule(struct os *os, const struct schedule_policy *policy,
                    cycles_t allotment, uint64_t seed)
{
    if (os->slots > 0)
        return -EBUSY;
    schedule_init(&os->schedule, policy, allotment, seed);
    return 0;
}

static enum os_action by_default(struct os *os, struct process *process,
                                 const struct trap *trap, void *context)
{
    (void)os, (void)process, (void)trap, (void)context;
    return OS_DEFAULT;
}

void os_set_handler(struct os *os, enum trap_cause cause, os_handler *handler,
                    void *context)
{
    assert(cause < TRAP_COUNT);
    os->handlers[cause] = handler ? handler : by_default;
    os->contexts[cause] = context;
    phys_write32(os->phys, vector_of(cause), handler_number(cause));
}

union os_mmu os_registers(const struct os *os, const struct process *process)
{
    union os_mmu regs;

    memset(&regs, 0, sizeof(regs)); /* padding too: they are compared whole */
    process->scheme->registers(os, process, &regs);
    return regs;
}

/* The mirror follows the PCB; unchanged registers keep their generation. */
void os_load_registers(const struct os *os, struct process *process)
{
    const uint64_t generation = process->regs.mmu.generation;
    union os_mmu now = os_registers(os, process);

    now.mmu.generation = generation;
    if (memcmp(&now, &process->regs, sizeof(now)) == 0)
        return;
    now.mmu.generation = generation + 1;
    memcpy(&process->regs, &now, sizeof(now));
}

void os_ran(const struct os *os, struct process *process)
{
    const uint64_t generation = process->regs.mmu.generation;

    if (!process->regs.mmu.ops->touch)
        return;
    process->regs = os_registers(os, process);
    process->regs.mmu.generation = generation;
}

/* Whose handler the vector of @cause names; TRAP_COUNT: nobody's. */
static enum trap_cause handled_as(const struct os *os, enum trap_cause cause)
{
    const uint32_t number = phys_read32(os->phys, vector_of(cause));

    if (number < 1 || number > TRAP_COUNT)
        return TRAP_COUNT;
    return (enum trap_cause)(number - 1);
}

struct process *os_trap(struct os *os, struct process *running,
                        const struct trap *trap)
{
    assert(os_lives(os, running) && trap->cause < TRAP_COUNT);

    const enum trap_cause cause = handled_as(os, trap->cause);

    os->shortage = (struct os_shortage){OS_SHORT_OF_NOTHING, 0};
    os->current = os_slot(os, running);
    os->began = true;
    os_clock_run(os, running, trap->cycle);
    os_want_trap(os);
    pcb_set(os->phys, running->pcb, PCB_FIELD_STATE, PCB_RUNNING);
    if (cause < TRAP_COUNT)
        os_act(os, running, cause, trap);
    else
        os_exit_signal(os, running, FATAL_SIGNAL);
    return os_next(os);
}

struct os_shortage os_shortage(const struct os *os)
{
    return os->shortage;
}

uint32_t os_exit_code(const struct os *os)
{
    return os->exit_code;
}

uint32_t os_running_pid(const struct os *os)
{
    return os->processes[os->current].pid;
}

struct os_counts os_counts(const struct os *os)
{
    return os->counts;
}

uint32_t os_first_failure(const struct os *os)
{
    return os->first_failure;
}

struct phys *os_phys(const struct os *os)
{
    return os->phys;
}

void os_memory(const struct os *os, uint32_t *free_bytes, uint32_t *largest)
{
    place_holes(&os->place, free_bytes, largest);
}
