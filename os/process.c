/*
 * os/process.c - the life of processes: slots, states, who runs next, the end.
 *
 *      os_spawn, fork -> READY -> RUNNING -> ZOMBIE -> gone
 *                          ^       |  |
 *                          | timer |  | a call that has to wait
 *                          +-------+  v
 *                          +------- BLOCKED
 *
 * Decisions of the model:
 * - The state is in the PCB, and a process's number of slots is what a machine
 *   has: whoever wants one more is told to try again.
 * - A zombie has no memory but its PCB, and no children.
 * - Who outlives its parent has the operating system as parent (pid 0), which
 *   waits for everybody at once. So have the programs of os_spawn().
 * - Giving memory back leaves its bytes; who gets it next clears it.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "os/call.h"
#include "os/signal.h"

#define SIGNALED 128u /* a shell's exit code is this plus the signal */

/* ---- slots ---- */

unsigned os_slot(const struct os *os, const struct process *process)
{
    return (unsigned)(process - os->processes);
}

static struct process *unused_slot(struct os *os)
{
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (!os_slot_used(&os->processes[i]))
            return &os->processes[i];
    return NULL;
}

/* A PCB that has no place in the operating system's own memory. */
static int reserve_pcb(struct os *os, struct process *process)
{
    if (os_reserve(os, PCB_SIZE, &process->pcb_block))
        return -ENOMEM;
    process->pcb = process->pcb_block.base;
    return 0;
}

int os_slot_take(struct os *os, struct process **out)
{
    struct process *process = unused_slot(os);

    if (!process || os->last_pid == INT32_MAX)
        return -EAGAIN;

    const unsigned slot = os_slot(os, process);
    if (slot >= OS_PCBS_FIXED && reserve_pcb(os, process))
        return -ENOMEM;
    if (slot >= os->slots)
        os->slots = slot + 1;
    os_work_clear(os, process->pcb, PCB_SIZE);
    schedule_begin(&os->schedule, slot, 0);
    *out = process;
    return 0;
}

/* While a new one gets its memory it has no pid, and others may end. */
static bool is_taken(const struct process *process)
{
    return os_slot_used(process) || process->scheme;
}

void os_slot_drop(struct os *os, struct process *process)
{
    const uint64_t generation = process->regs.mmu.generation;

    phys_fill(os->phys, process->pcb, 0, PCB_SIZE);
    if (process->pcb_block.size > 0) {
        os_release(os, &process->pcb_block);
        process->pcb = 0;
    }
    memset(&process->regs, 0, sizeof(process->regs));
    base_bounds_init(&process->regs.bb);
    process->regs.mmu.generation = generation + 1;
    process->pid = 0;
    process->isa = NULL;
    process->scheme = NULL;
    process->counts = false;
    process->resumed = false;
    process->ran = 0;
    process->stalled = false;
    process->swap_error = 0;
    os_want_forget(os, process);
    while (os->slots > 0 && !is_taken(&os->processes[os->slots - 1]))
        os->slots--;
}

struct process *os_find(struct os *os, uint32_t pid)
{
    for (unsigned i = 0; pid > 0 && i < os->slots; i++)
        if (os->processes[i].pid == pid)
            return &os->processes[i];
    return NULL;
}

/* ---- states ---- */

static enum pcb_state state_of(const struct os *os,
                               const struct process *process)
{
    return (enum pcb_state)pcb_get(os->phys, process->pcb, PCB_FIELD_STATE);
}

bool os_in_state(const struct os *os, const struct process *process,
                 enum pcb_state state)
{
    return os_slot_used(process) && state_of(os, process) == state;
}

bool os_lives(const struct os *os, const struct process *process)
{
    return os_slot_used(process) && state_of(os, process) != PCB_ZOMBIE;
}

unsigned os_living(const struct os *os)
{
    return os->living;
}

bool os_resumed(struct process *process)
{
    const bool resumed = process->resumed;

    process->resumed = false;
    return resumed;
}

void os_block(struct os *os, struct process *process, enum pcb_wait wait,
              uint32_t wait_for)
{
    pcb_set(os->phys, process->pcb, PCB_FIELD_WAIT, wait);
    pcb_set(os->phys, process->pcb, PCB_FIELD_WAIT_FOR, wait_for);
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_BLOCKED);
}

void os_wake(struct os *os, enum pcb_wait wait, uint32_t wait_for)
{
    for (unsigned i = 0; i < os->slots; i++) {
        const struct process *p = &os->processes[i];

        if (os_in_state(os, p, PCB_BLOCKED) &&
            pcb_get(os->phys, p->pcb, PCB_FIELD_WAIT) == wait &&
            pcb_get(os->phys, p->pcb, PCB_FIELD_WAIT_FOR) == wait_for)
            pcb_set(os->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    }
}

static const char *const waits[PCB_WAITS] = {
    [PCB_WAIT_NOTHING] = "for nothing",
    [PCB_WAIT_TIME] = "for a time that never comes",
    [PCB_WAIT_CHILD] = "for a child",
    [PCB_WAIT_READ] = "to read from a pipe",
    [PCB_WAIT_WRITE] = "to write to a pipe",
    [PCB_WAIT_SIGNAL] = "for a signal",
    [PCB_WAIT_DISK] = "for the disk",
    [PCB_WAIT_MEMORY] = "for memory",
    [PCB_WAIT_LOAD] = "for a segment",
};

bool os_waiting(const struct os *os, struct os_error *who)
{
    size_t used = 0;

    for (unsigned i = 0; i < os->slots; i++) {
        const struct process *p = &os->processes[i];
        struct os_error one;

        if (!os_in_state(os, p, PCB_BLOCKED))
            continue;
        os_error_set(
            &one, "%spid %u waits %s", used ? ", " : "", p->pid,
            waits[pcb_get(os->phys, p->pcb, PCB_FIELD_WAIT) % PCB_WAITS]);
        if (strlen(one.text) >= sizeof(who->text) - used - sizeof("..."))
            strcpy(one.text, "...");
        strcpy(who->text + used, one.text);
        used += strlen(one.text);
        if (one.text[0] == '.')
            break;
    }
    if (used == 0)
        os_error_set(who, "no PCB says that its process is ready, or waits");
    return used > 0;
}

/* ---- who runs ---- */

static bool is_ready(const void *ctx, unsigned slot)
{
    const struct os *os = ctx;

    const struct process *process = &os->processes[slot];
    const enum pcb_image image = os_image(process);

    return os_in_state(os, process, PCB_READY) && !process->stalled &&
           (image == PCB_IMAGE_HERE || image == PCB_IMAGE_AWAY);
}

/* Who keeps or gets the CPU: the slot that ran last, else as the policy says.
 */
static struct process *choose(struct os *os)
{
    struct process *last = &os->processes[os->current];
    const struct schedule_view view = {
        .count = os->slots,
        .last = os->current,
        .now = os->clock->now,
        .ready = is_ready,
        .ctx = os,
    };

    if (os_in_state(os, last, PCB_RUNNING))
        return last;

    const int slot = schedule_choose(&os->schedule, &view);
    return slot < 0 ? NULL : &os->processes[slot];
}

/* What @process has waited for has come, or a signal has. */
static void go_on(struct os *os, struct process *process)
{
    switch (pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT)) {
    case PCB_WAIT_NOTHING:
        break;
    case PCB_WAIT_LOAD:
        os_load_again(os, process);
        break;
    default:
        os_call_again(os, process);
    }
}

/* Give @process the CPU. False: it waits on, or has ended. */
static bool dispatch(struct os *os, struct process *process)
{
    static const struct os_task signals = {.kind = OS_TASK_SIGNALS};

    if (!os_want_ready(os, process))
        return false;
    os->current = os_slot(os, process);
    if (!os_in_state(os, process, PCB_RUNNING))
        os_clock_back(os);
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_RUNNING);
    go_on(os, process);
    if (os_in_state(os, process, PCB_RUNNING))
        os_begin(os, process, &signals);
    return os_in_state(os, process, PCB_RUNNING);
}

/* --memory swap: who found no room may try again. */
static void retry_stalled(struct os *os)
{
    for (unsigned i = 0; os->swap.always && i < os->slots; i++)
        os->processes[i].stalled = false;
}

struct process *os_next(struct os *os)
{
    retry_stalled(os);
    for (;;) {
        os_clock_wake(os);
        if (os_want_retry(os))
            continue;

        struct process *next = choose(os);
        if (!next && !os_clock_idle(os) && !os_want_give_up(os))
            return NULL;
        if (next && dispatch(os, next)) {
            os_load_registers(os, next);
            return next;
        }
    }
}

/* ---- the end ---- */

/* Whoever has @process as parent is the operating system's from now on. */
static void leave_children(struct os *os, const struct process *process)
{
    for (unsigned i = 0; i < os->slots; i++) {
        struct process *child = &os->processes[i];

        if (!os_slot_used(child) ||
            pcb_get(os->phys, child->pcb, PCB_FIELD_PARENT) != process->pid)
            continue;
        pcb_set(os->phys, child->pcb, PCB_FIELD_PARENT, 0);
        if (os_in_state(os, child, PCB_ZOMBIE))
            os_slot_drop(os, child);
    }
}

/* What a shell would say of @status, which is one of wait4(). */
static uint32_t exit_code_of(uint32_t status)
{
    return status & 0x7f ? SIGNALED + (status & 0x7f) : status >> 8;
}

static void note_end(struct os *os, const struct process *process,
                     uint32_t status)
{
    os->exit_code = exit_code_of(status);
    if (process->counts && !os->first_failure)
        os->first_failure = os->exit_code;
    if (os->ended)
        os->ended(os->ended_ctx, process, status & 0x7f);
}

void os_watch_ends(struct os *os, os_ended *ended, void *ctx)
{
    os->ended = ended;
    os->ended_ctx = ctx;
}

/* Tell @parent that its child @pid has ended. */
static void tell_parent(struct os *os, struct process *parent, uint32_t pid,
                        uint32_t status)
{
    const bool killed = status & 0x7f;
    const struct pcb_cause cause = {
        .code = killed ? ABI_CLD_KILLED : ABI_CLD_EXITED,
        .value = pid,
        .status = killed ? status : status >> 8,
    };

    os_wake(os, PCB_WAIT_CHILD, parent->pid);
    os_signal_send(os, parent, ABI_SIGCHLD, &cause);
}

static void end(struct os *os, struct process *process, uint32_t status)
{
    struct process *parent =
        os_find(os, pcb_get(os->phys, process->pcb, PCB_FIELD_PARENT));
    const uint32_t pid = process->pid;

    os->living--;
    os->changes++;
    note_end(os, process, status);
    os_files_end(os, process);
    os_disk_leave(os, process);
    os_want_forget(os, process);
    process->stalled = false;
    os_forget(os, process);
    leave_children(os, process);
    if (!parent || os_signal_reaps(os, parent)) {
        os_slot_drop(os, process);
        if (parent)
            tell_parent(os, parent, pid, status);
        return;
    }
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATUS, status);
    pcb_set(os->phys, process->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_ZOMBIE);
    tell_parent(os, parent, pid, status);
}

void os_exit(struct os *os, struct process *process, uint32_t exit_code)
{
    assert(os_slot_used(process));
    if (os_in_state(os, process, PCB_ZOMBIE))
        os_slot_drop(os, process);
    else
        end(os, process, (exit_code & 0xff) << 8);
}

void os_exit_signal(struct os *os, struct process *process, uint32_t signal)
{
    assert(os_lives(os, process) && signal > 0 && signal < 0x7f);
    end(os, process, signal);
}
