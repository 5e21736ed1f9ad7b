/*
 * os/check.c - the walker over everything the OS keeps: os_check().
 *
 * Decisions of the model:
 * - A process may own less than its block (someone lowered its bounds), never
 *   a byte outside of it.
 * - The mirror of the MMU registers may lag behind the PCB, so it is only
 *   asked to be sound in itself.
 */
#include "os/abi.h"
#include "os/internal.h"
#include "os/signal.h"

static bool vectors_check(const struct os *os)
{
    for (unsigned i = 0; i < TRAP_COUNT; i++) {
        const uint32_t number = phys_read32(os->phys, OS_TRAP_TABLE + 4 * i);

        if (number < 1 || number > TRAP_COUNT || !os->handlers[i])
            return false;
    }
    return true;
}

static unsigned segments_of(const struct process *process)
{
    return process->many ? process->regs.table.count : PCB_SEGMENTS;
}

/* What a register allows lies inside the block that was reserved for it. */
static bool register_check(const struct os *os, const struct process *process,
                           unsigned index)
{
    struct process copy = *process;
    const struct segment s = os_get_segment(os, process, index);
    const struct os_block *block = os_block_of(&copy, index);
    struct place_block used;

    if (block->size == 0 ||
        (s.bounds == 0 && os_image(process) == PCB_IMAGE_ARRIVING))
        return s.bounds == 0;

    const paddr_t first = s.absent       ? block->base
                          : s.grows_down ? s.base - s.bounds
                                         : s.base;

    return place_find(&os->place, block->base, &used) && used.used &&
           used.size >= block->size && s.bounds <= block->size &&
           first >= block->base &&
           first - block->base <= block->size - s.bounds;
}

static bool memory_check(const struct os *os, const struct process *process)
{
    struct place_block table;

    if (process->many &&
        !place_find(&os->place, process->blocks[0].base, &table))
        return false;
    for (unsigned i = 0; i < segments_of(process); i++)
        if (!register_check(os, process, i))
            return false;
    return pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK_MIN) <=
               pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK) &&
           (process->swapped || os_break_check(os, process));
}

/* The mirror is sound in itself and reaches no further than memory does. */
static bool mirror_check(const struct os *os, const struct mmu *mmu)
{
    struct mmu_span span;

    if (!mmu->ops->check(mmu))
        return false;
    for (unsigned next = 0; mmu_next_span(mmu, &next, &span);)
        if (!phys_holds(os->phys, span.base, span.bounds))
            return false;
    return true;
}

/* How many descriptors mean @file, or anything at all. */
static unsigned fds_at(const struct os *os, const struct process *process,
                       unsigned file)
{
    unsigned count = 0;

    for (unsigned fd = 0; fd < PCB_FDS; fd++) {
        const unsigned value = pcb_get_fd(os->phys, process->pcb, fd);

        count += value != 0 &&
                 (file == UINT32_MAX || (value & ~PCB_FD_CLOSE) - 1 == file);
    }
    return count;
}

static bool fds_check(const struct os *os, const struct process *process)
{
    for (unsigned fd = 0; fd < PCB_FDS; fd++) {
        const unsigned value = pcb_get_fd(os->phys, process->pcb, fd);

        if (value != 0 && !os_file_exists(os, (value & ~PCB_FD_CLOSE) - 1))
            return false;
    }
    return true;
}

static bool pipe_check(const struct os *os, unsigned number)
{
    const struct os_pipe *pipe = &os->pipes[number];
    unsigned users[OS_PIPE_ENDS] = {0};
    struct place_block block;

    for (unsigned i = 0; i < os->slots; i++)
        for (unsigned end = 0; end < OS_PIPE_ENDS; end++)
            if (os->processes[i].pid)
                users[end] +=
                    fds_at(os, &os->processes[i],
                           OS_HOST_FILES + OS_PIPE_ENDS * number + end);
    if (users[0] != pipe->users[0] || users[1] != pipe->users[1])
        return false;
    if (users[0] + users[1] == 0)
        return pipe->buffer.size == 0 && pipe->used == 0;
    return pipe->used <= ABI_PIPE_SIZE && pipe->begin < ABI_PIPE_SIZE &&
           pipe->buffer.size == ABI_PIPE_SIZE &&
           place_find(&os->place, pipe->buffer.base, &block) && block.used;
}

/* *@buffers: how many there are. */
static bool pipes_check(const struct os *os, unsigned *buffers)
{
    *buffers = 0;
    for (unsigned i = 0; i < OS_PIPES; i++) {
        if (os->pipes[i].buffer.size == 0 && os->pipes[i].users[0] == 0 &&
            os->pipes[i].users[1] == 0)
            continue;
        if (!pipe_check(os, i))
            return false;
        ++*buffers;
    }
    return true;
}

/* Who waits for a pipe would be woken: it still has to wait. */
static bool wait_check(const struct os *os, const struct process *process)
{
    const uint32_t wait = pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT);
    const uint32_t number = pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT_FOR);

    switch (wait) {
    case PCB_WAIT_TIME:
        return pcb_get64(os->phys, process->pcb, PCB_FIELD_WAKE) >=
               os->next_wake;
    case PCB_WAIT_CHILD:
        return number == process->pid;
    case PCB_WAIT_READ:
        return number < OS_PIPES && os->pipes[number].used == 0 &&
               os->pipes[number].users[OS_PIPE_WRITE] > 0;
    case PCB_WAIT_SIGNAL:
        return !os_signal_waits(os, process);
    case PCB_WAIT_WRITE:
        return number < OS_PIPES && os->pipes[number].used > 0 &&
               os->pipes[number].users[OS_PIPE_READ] > 0;
    case PCB_WAIT_DISK:
        return os_in_flight(os, process);
    case PCB_WAIT_MEMORY:
        return number > 0;
    case PCB_WAIT_LOAD:
        return os_load_waits(os, process);
    default:
        return false;
    }
}

/* What the PCB says of the process's state, and of what it waits for. */
static bool state_check(const struct os *os, const struct process *process)
{
    const paddr_t pcb = process->pcb;
    const uint32_t state = pcb_get(os->phys, pcb, PCB_FIELD_STATE);
    const uint32_t wait = pcb_get(os->phys, pcb, PCB_FIELD_WAIT);

    switch (state) {
    case PCB_READY: /* it may have a call to go on with */
        return wait < PCB_WAITS;
    case PCB_RUNNING:
        return wait == PCB_WAIT_NOTHING;
    case PCB_BLOCKED:
        return wait_check(os, process);
    case PCB_ZOMBIE:
        return wait == PCB_WAIT_NOTHING && os_reserved(process) == 0 &&
               !process->many && fds_at(os, process, UINT32_MAX) == 0;
    default:
        return false;
    }
}

/* Its parent is a process that has not ended, or the operating system. */
static bool parent_check(const struct os *os, const struct process *process)
{
    const uint32_t parent = pcb_get(os->phys, process->pcb, PCB_FIELD_PARENT);

    if (parent == 0)
        return !os_in_state(os, process, PCB_ZOMBIE);
    for (unsigned i = 0; i < os->slots; i++)
        if (os->processes[i].pid == parent)
            return parent != process->pid && os_lives(os, &os->processes[i]);
    return false;
}

/* What is shared cannot be written, but where that is its purpose. */
static bool rights_check(const struct os *os, const struct process *process)
{
    for (unsigned i = 0; i < os_segments(os, process); i++) {
        const struct segment s = os_get_segment(os, process, i);
        struct process copy = *process;
        const struct os_block *block = os_block_of(&copy, i);
        const bool keyed = os_shared_at(os, block);

        if (s.prot & MMU_WRITE && ((os_users(os, block) > 1 && !keyed) ||
                                   os_get_copy(os, process, i)))
            return false;
        if (keyed && (s.bounds != block->size || s.prot & MMU_EXEC ||
                      s.grows_down || s.absent))
            return false;
    }
    return true;
}

static bool space_check(const struct os *os, const struct process *process)
{
    return process->scheme && mirror_check(os, &process->regs.mmu) &&
           memory_check(os, process) && rights_check(os, process);
}

static bool process_check(const struct os *os, const struct process *process)
{
    const struct phys *phys = os->phys;
    const paddr_t pcb = process->pcb;

    return pcb_get(phys, pcb, PCB_FIELD_MAGIC) == PCB_MAGIC &&
           pcb_get(phys, pcb, PCB_FIELD_PID) == process->pid &&
           process->pid <= os->last_pid && state_check(os, process) &&
           parent_check(os, process) && fds_check(os, process) &&
           os_signal_check(os, process) && process->isa &&
           isa_check(process->isa) &&
           pcb_get(phys, pcb, PCB_FIELD_ISA) == process->isa->elf_machine &&
           (os_in_state(os, process, PCB_ZOMBIE) || space_check(os, process));
}

/* How many of the blocks of @process begin at @base. */
static unsigned blocks_at(const struct process *process, paddr_t base)
{
    unsigned count = 0;

    for (unsigned i = 0; i < PCB_SEGMENTS; i++)
        count += process->blocks[i].size && process->blocks[i].base == base;
    for (unsigned i = 0; process->many && i < SEGMENT_TABLE_MAX; i++)
        count += process->many->blocks[i].size &&
                 process->many->blocks[i].base == base;
    return count;
}

/* A block of both, of which nobody knows that it is shared. */
static bool overlaps(const struct os *os, const struct process *p,
                     const struct process *q)
{
    const unsigned many = p->many ? SEGMENT_TABLE_MAX : 0;

    for (unsigned i = 0; i < PCB_SEGMENTS + many; i++) {
        const struct os_block *block = i < PCB_SEGMENTS
                                           ? &p->blocks[i]
                                           : &p->many->blocks[i - PCB_SEGMENTS];

        if (block->size > 0 && os_users(os, block) == 1 &&
            blocks_at(q, block->base) > 0)
            return true;
    }
    return false;
}

/* It is in use by so many segments as it says; *@more: all but one of each. */
static bool shares_check(const struct os *os, unsigned *more)
{
    *more = 0;
    for (unsigned i = 0; i < os->share_count; i++) {
        const struct os_share *share = &os->shares[i];
        unsigned users = 0;

        for (unsigned k = 0; k < os->slots; k++)
            users += blocks_at(&os->processes[k], share->base);
        if (users != share->users || users < 2)
            return false;
        *more += users - 1;
    }
    return true;
}

/* No key means two memories; what a key means, somebody has. */
static bool shared_check(const struct os *os)
{
    for (unsigned i = 0; i < os->shared_count; i++) {
        const struct os_shared *shared = &os->shared[i];
        unsigned users = 0;

        for (unsigned k = 0; k < i; k++)
            if (os->shared[k].key == shared->key ||
                os->shared[k].block.base == shared->block.base)
                return false;
        for (unsigned k = 0; k < os->slots; k++)
            users += blocks_at(&os->processes[k], shared->block.base);
        if (users == 0 || users != os_users(os, &shared->block))
            return false;
    }
    return true;
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
        if (q->pid == p->pid || overlaps(os, p, q))
            return false;
        if (state == PCB_RUNNING &&
            pcb_get(os->phys, q->pcb, PCB_FIELD_STATE) == PCB_RUNNING)
            return false;
    }
    return true;
}

/* The first PCBs have their places; others have a block while they are used. */
static bool pcb_place_check(const struct os *os, unsigned slot)
{
    const struct process *p = &os->processes[slot];
    struct place_block block;

    if (slot < OS_PCBS_FIXED)
        return p->pcb == OS_PCBS + slot * PCB_SIZE && p->pcb_block.size == 0;
    if (p->pid == 0)
        return p->pcb == 0 && p->pcb_block.size == 0;
    return p->pcb == p->pcb_block.base && p->pcb_block.size == PCB_SIZE &&
           place_find(&os->place, p->pcb, &block) && block.used;
}

static bool slot_check(const struct os *os, unsigned slot)
{
    const struct process *p = &os->processes[slot];

    if (!pcb_place_check(os, slot))
        return false;
    if (p->pid == 0)
        return slot >= OS_PCBS_FIXED ||
               pcb_get(os->phys, p->pcb, PCB_FIELD_MAGIC) == 0;
    return slot < os->slots && process_check(os, p) && alone(os, slot);
}

static unsigned used_blocks(const struct os *os)
{
    struct place_block block;
    unsigned count = 0;

    for (uint32_t at = ALLOC_NONE; place_next(&os->place, &at, &block);)
        count += block.used;
    return count;
}

static unsigned block_count(const struct process *process)
{
    unsigned count = process->pcb_block.size > 0;

    for (unsigned i = 0; i < PCB_SEGMENTS; i++)
        count += process->blocks[i].size > 0;
    for (unsigned i = 0; process->many && i < SEGMENT_TABLE_MAX; i++)
        count += process->many->blocks[i].size > 0;
    return count;
}

bool os_check(const struct os *os)
{
    unsigned reserved, more, left, living = 0, waiting = 0;

    if (!vectors_check(os) || !place_check(&os->place) ||
        !pipes_check(os, &reserved) || os->shared_count > OS_SHARED ||
        os->place.start != OS_END || os->place.end != os->phys->size)
        return false;
    for (unsigned i = 0; i < OS_PROCESSES; i++) {
        if (!slot_check(os, i))
            return false;
        reserved += block_count(&os->processes[i]);
        living += os_lives(os, &os->processes[i]);
        waiting += os->wants[i].asked > 0;
        if (!os_want_check(os, i))
            return false;
    }
    return living == os->living && shares_check(os, &more) &&
           os_swap_check(os) && shared_check(os) && os_disk_check(os, &left) &&
           reserved - more + left == used_blocks(os) &&
           os->current < OS_PROCESSES && os->slots <= OS_PROCESSES &&
           os->waiting == waiting && schedule_check(&os->schedule) &&
           os->idle <= os->clock->now && os->since <= os->clock->now;
}
