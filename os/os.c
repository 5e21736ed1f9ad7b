/*
 * os/os.c - boot, traps, processes and their end; see os.h.
 *
 * Decisions of the model:
 * - A vector in the trap table is a handler's number: 1 + the cause whose
 *   handler it is. Boot gives each cause its own. A cause whose vector names
 *   no handler ends the process as a fault does.
 * - The PCB is the truth. `struct process` mirrors the MMU registers for the
 *   engine and is brought up to date on the way back to the process.
 * - A slot's register set lives as long as the OS, and its generation only
 *   rises: an engine never takes a new process for an old one.
 * - Giving memory back leaves its bytes; os_spawn() clears what it hands out.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/internal.h"

#define VECTOR_SIZE 4u
#define FATAL_EXIT  (128u + 11u)

static paddr_t slot_address(unsigned slot)
{
    return OS_PCBS + slot * PCB_SIZE;
}

unsigned os_slot(const struct os *os, const struct process *process)
{
    return (unsigned)(process - os->processes);
}

static bool is_live(const struct process *process)
{
    return process->pid != 0;
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
    os->io = *io;
    os->current = OS_PROCESSES - 1;
    phys_fill(phys, 0, 0, OS_END);
    for (unsigned i = 0; i < OS_PROCESSES; i++) {
        os->processes[i].pcb = slot_address(i);
        base_bounds_init(&os->processes[i].regs.bb);
    }
    for (unsigned i = 0; i < TRAP_COUNT; i++)
        os_set_handler(os, (enum trap_cause)i, os_default_handlers[i]);
    *out = os;
    return 0;
}

void os_destroy(struct os *os)
{
    if (!os)
        return;
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (is_live(&os->processes[i]))
            os_exit(os, &os->processes[i], 0);
    place_reset(&os->place);
    free(os);
}

int os_set_placement(struct os *os, const struct alloc_policy *policy,
                     uint32_t slot_size)
{
    struct place place;

    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (is_live(&os->processes[i]))
            return -EBUSY;
    if (place_init(&place, OS_END, os->phys->size, policy, slot_size))
        return -ENOMEM;
    place_reset(&os->place);
    os->place = place;
    return 0;
}

void os_set_handler(struct os *os, enum trap_cause cause, os_handler *handler)
{
    assert(cause < TRAP_COUNT && handler);
    os->handlers[cause] = handler;
    phys_write32(os->phys, vector_of(cause), handler_number(cause));
}

struct process *os_slot_find(struct os *os)
{
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (!is_live(&os->processes[i]))
            return &os->processes[i];
    return NULL;
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

static bool in_state(const struct os *os, const struct process *process,
                     enum pcb_state state)
{
    return is_live(process) &&
           pcb_get(os->phys, process->pcb, PCB_FIELD_STATE) == state;
}

/* Who keeps or gets the CPU: the slot that ran last, else the next in turn. */
static struct process *choose(struct os *os)
{
    struct process *last = &os->processes[os->current];

    if (in_state(os, last, PCB_RUNNING))
        return last;
    for (unsigned i = 1; i <= OS_PROCESSES; i++) {
        const unsigned slot = (os->current + i) % OS_PROCESSES;

        if (in_state(os, &os->processes[slot], PCB_READY))
            return &os->processes[slot];
    }
    return NULL;
}

struct process *os_next(struct os *os)
{
    struct process *next = choose(os);

    if (!next)
        return NULL;
    os->current = os_slot(os, next);
    pcb_set(os->phys, next->pcb, PCB_FIELD_STATE, PCB_RUNNING);
    os_load_registers(os, next);
    return next;
}

/* The handler that the vector of @cause names, or NULL. */
static os_handler *handler_of(const struct os *os, enum trap_cause cause)
{
    const uint32_t number = phys_read32(os->phys, vector_of(cause));

    if (number < 1 || number > TRAP_COUNT)
        return NULL;
    return os->handlers[number - 1];
}

struct process *os_trap(struct os *os, struct process *running,
                        const struct trap *trap)
{
    assert(is_live(running) && trap->cause < TRAP_COUNT);

    os_handler *handler = handler_of(os, trap->cause);

    os->current = os_slot(os, running);
    pcb_set(os->phys, running->pcb, PCB_FIELD_STATE, PCB_RUNNING);
    if (handler)
        handler(os, running, trap);
    else
        os_exit(os, running, FATAL_EXIT);
    return os_next(os);
}

void os_exit(struct os *os, struct process *process, uint32_t exit_code)
{
    assert(is_live(process));

    const uint64_t generation = process->regs.mmu.generation;

    os_forget(os, process);
    phys_fill(os->phys, process->pcb, 0, PCB_SIZE);
    memset(&process->regs, 0, sizeof(process->regs));
    base_bounds_init(&process->regs.bb);
    process->regs.mmu.generation = generation + 1;
    process->pid = 0;
    process->isa = NULL;
    process->scheme = NULL;
    os->exit_code = exit_code;
    if (!os->first_failure)
        os->first_failure = exit_code;
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
