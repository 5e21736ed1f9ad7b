/*
 * os/fork.c - two processes from one: fork, vfork, clone.
 *
 * Decisions of the model:
 * - Under base and bounds the child's image is a copy. With segments it has the
 *   same memory, and who writes first copies the segment; but what is attached
 *   by a key (os/shm.c) is common on purpose.
 * - What is absent and may be written is brought in by each of them for itself.
 * - All is reserved before anything changes: a fork that finds no room has not
 *   happened.
 * - vfork is fork: the child has its own memory. clone makes processes, not
 *   threads: it takes the flags that C libraries call it with for fork.
 */
#include <assert.h>
#include <errno.h>

#include "os/call.h"
#include "os/signal.h"

/* Reserve what the child's segment needs, or share its parent's. */
static int reserve_segment(struct os *os, struct process *parent,
                           struct process *child, unsigned selector)
{
    const struct segment s = os_get_segment(os, parent, selector);
    const struct os_block *from = os_block_of(parent, selector);
    struct os_block *to = os_block_of(child, selector);

    if (from->size == 0)
        return 0;
    if (parent->scheme->shares && !(s.absent && s.prot & MMU_WRITE))
        return os_share(os, from, to);
    return os_reserve(os, from->size, to) ? -ENOMEM : 0;
}

static int reserve_all(struct os *os, struct process *parent,
                       struct process *child)
{
    if (parent->scheme->fork && parent->scheme->fork(os, parent, child))
        return -ENOMEM;
    for (unsigned i = 0; i < os_segments(os, parent); i++)
        if (reserve_segment(os, parent, child, i))
            return -ENOMEM;
    return 0;
}

/* Give the child's segment its bytes, and both of them what rights they have.
 */
static void begin_segment(struct os *os, struct process *parent,
                          struct process *child, unsigned selector)
{
    const struct os_block *from = os_block_of(parent, selector);
    const struct os_block *to = os_block_of(child, selector);
    struct segment s = os_get_segment(os, parent, selector);

    if (from->size == 0 || s.absent)
        return;
    if (to->base == from->base) { /* it may have moved since the PCB's copy */
        os_set_segment(os, child, selector, &s);
        if (os_shared_at(os, from))
            return;
        os_copy_on_write(os, parent, selector);
        os_copy_on_write(os, child, selector);
        return;
    }
    os_work_copy(os, to->base, from->base, from->size);
    s.base = to->base + (s.base - from->base);
    os_set_segment(os, child, selector, &s);
}

/* Cannot fail: all is reserved. */
static void begin(struct os *os, struct process *parent, struct process *child)
{
    static const struct {
        enum pcb_field field;
        uint32_t value;
    } fields[] = {
        {PCB_FIELD_STATE, PCB_READY},
        {PCB_FIELD_WAIT, PCB_WAIT_NOTHING},
    };
    struct phys *phys = os->phys;

    child->pid = ++os->last_pid;
    os->living++;
    for (unsigned i = 0; i < os_segments(os, parent); i++)
        begin_segment(os, parent, child, i);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pcb_set(phys, child->pcb, fields[i].field, fields[i].value);
    pcb_set(phys, child->pcb, PCB_FIELD_PID, child->pid);
    pcb_set(phys, child->pcb, PCB_FIELD_PARENT, parent->pid);
    pcb_set64(phys, child->pcb, PCB_FIELD_CPU, 0);
    pcb_set64(phys, child->pcb, PCB_FIELD_CHILDREN_CPU, 0);
    pcb_set_reg(phys, child->pcb, child->isa, child->isa->call_result, 0);
    os_files_fork(os, child);
    schedule_begin(&os->schedule, os_slot(os, child),
                   os->schedule.slots[os_slot(os, parent)].tickets);
    os_signal_fork(os, child);
    os_load_registers(os, child);
}

static int fork_in_memory(struct os *os, struct process *parent,
                          struct process **out)
{
    struct process *child = NULL;
    const int err = os_slot_take(os, &child);

    if (err)
        return err;
    child->isa = parent->isa;
    child->scheme = parent->scheme;
    child->program = parent->program;
    os_work_copy(os, child->pcb, parent->pcb, PCB_SIZE);
    if (reserve_all(os, parent, child)) {
        os_forget(os, child);
        os_slot_drop(os, child);
        return -ENOMEM;
    }
    begin(os, parent, child);
    *out = child;
    return 0;
}

int os_fork(struct os *os, struct process *parent, struct process **out)
{
    const struct process *held = os->held;
    int err;

    if (os_swap_in(os, parent))
        return -ENOMEM;
    os->held = parent;
    err = fork_in_memory(os, parent, out);
    os->held = held;
    return err;
}

/* ---- the calls ---- */

/* Returns what the parent is told; *@child is NULL when there is none. */
static uint32_t fork_for(const struct call *call, struct process **child)
{
    const int err = os_fork(call->os, call->process, child);

    if (err)
        *child = NULL;
    return err == -EAGAIN ? call_error(ABI_EAGAIN)
           : err          ? call_error(ABI_ENOMEM)
                          : (*child)->pid;
}

uint32_t sys_fork(const struct call *call)
{
    struct process *child;

    return fork_for(call, &child);
}

/* A pid into memory of @process, if it may be there: else nowhere. */
static void tell_pid(struct os *os, struct process *process, vaddr_t va,
                     uint32_t pid)
{
    const uint8_t bytes[4] = {(uint8_t)pid, (uint8_t)(pid >> 8),
                              (uint8_t)(pid >> 16), (uint8_t)(pid >> 24)};

    if (os_user_ready(os, process, va, 4, MMU_WRITE))
        (void)os_copy_to_user(os, process, va, bytes, 4);
}

/*
 * Of the flags for threads those are taken that mean something for a process,
 * or nothing: what is cleared at the child's end only the child could see.
 */
uint32_t sys_clone(const struct call *call)
{
    const uint32_t flags = call->args[0], known = ABI_CLONE_PARENT_SETTID |
                                                  ABI_CLONE_CHILD_CLEARTID |
                                                  ABI_CLONE_CHILD_SETTID;
    struct process *child;

    if ((flags & ~known) != ABI_SIGCHLD || call->args[1] != 0)
        return call_error(ABI_EINVAL);

    const uint32_t pid = fork_for(call, &child);
    if (child)
        call->os->waiter = NULL; /* it cannot be made again */
    if (child && flags & ABI_CLONE_PARENT_SETTID)
        tell_pid(call->os, call->process, call->args[2], pid);
    if (child && flags & ABI_CLONE_CHILD_SETTID)
        tell_pid(call->os, child, call->args[4], pid);
    return pid;
}
