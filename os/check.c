/*
 * os/check.c - the walker over everything the OS keeps: os_check().
 *
 * Decisions of the model:
 * - A process may own less than its block (someone lowered its bounds), never
 *   a byte outside of it.
 * - The mirror of the MMU registers may lag behind the PCB, so it is only
 *   asked to be sound in itself.
 */
#include "os/internal.h"

static bool vectors_check(const struct os *os)
{
    for (unsigned i = 0; i < TRAP_COUNT; i++) {
        const uint32_t number = phys_read32(os->phys, OS_TRAP_TABLE + 4 * i);

        if (number < 1 || number > TRAP_COUNT || !os->handlers[i])
            return false;
    }
    return true;
}

/* Its memory: inside the block that was reserved for it, break and all. */
static bool image_check(const struct os *os, const struct process *process)
{
    struct place_block block;
    const uint32_t base = pcb_get(os->phys, process->pcb, PCB_FIELD_BASE);
    const uint32_t bounds = pcb_get(os->phys, process->pcb, PCB_FIELD_BOUNDS);
    const uint32_t brk = pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK);
    const uint32_t brk_min =
        pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK_MIN);

    return place_find(&os->place, process->image, &block) && block.used &&
           block.size >= process->image_size && base >= block.base &&
           bounds <= process->image_size &&
           base - block.base <= process->image_size - bounds &&
           brk_min <= brk && brk <= bounds;
}

static bool process_check(const struct os *os, const struct process *process)
{
    const struct phys *phys = os->phys;
    const paddr_t pcb = process->pcb;

    return pcb_get(phys, pcb, PCB_FIELD_MAGIC) == PCB_MAGIC &&
           pcb_get(phys, pcb, PCB_FIELD_PID) == process->pid &&
           process->pid <= os->last_pid &&
           pcb_get(phys, pcb, PCB_FIELD_STATE) < PCB_STATE_COUNT &&
           process->isa && isa_check(process->isa) &&
           pcb_get(phys, pcb, PCB_FIELD_ISA) == process->isa->elf_machine &&
           process->bb.mmu.ops->check(&process->bb.mmu) &&
           phys_holds(phys, process->bb.base, process->bb.bounds) &&
           image_check(os, process);
}

/* No other slot holds the same process, and no other runs beside it. */
static bool alone(const struct os *os, unsigned slot)
{
    const struct process *p = &os->processes[slot];
    const uint32_t state = pcb_get(os->phys, p->pcb, PCB_FIELD_STATE);

    for (unsigned i = 0; i < slot; i++) {
        const struct process *q = &os->processes[i];

        if (q->pid == 0)
            continue;
        if (q->pid == p->pid || q->image == p->image)
            return false;
        if (state == PCB_RUNNING &&
            pcb_get(os->phys, q->pcb, PCB_FIELD_STATE) == PCB_RUNNING)
            return false;
    }
    return true;
}

static bool slot_check(const struct os *os, unsigned slot)
{
    const struct process *p = &os->processes[slot];

    if (p->pcb != OS_PCBS + slot * PCB_SIZE)
        return false;
    if (p->pid == 0)
        return pcb_get(os->phys, p->pcb, PCB_FIELD_MAGIC) == 0;
    return process_check(os, p) && alone(os, slot);
}

static unsigned used_blocks(const struct os *os)
{
    struct place_block block;
    unsigned count = 0;

    for (uint32_t at = ALLOC_NONE; place_next(&os->place, &at, &block);)
        count += block.used;
    return count;
}

bool os_check(const struct os *os)
{
    unsigned live = 0;

    if (!vectors_check(os) || !place_check(&os->place) ||
        os->place.start != OS_END || os->place.end != os->phys->size)
        return false;
    for (unsigned i = 0; i < OS_PROCESSES; i++) {
        if (!slot_check(os, i))
            return false;
        live += os->processes[i].pid != 0;
    }
    return live == used_blocks(os) && os->current < OS_PROCESSES;
}
