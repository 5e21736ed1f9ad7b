/*
 * os/want.c - who waits for memory, and who goes to the disk for it.
 *
 *      request -> hole? -> compaction? -> victims LEAVE ->   wait
 *                  | yes        | yes                         | written
 *                  v            v                             v
 *                 done         done              begin the request again
 *
 * Decisions of the model:
 * - When memory is short even after a compaction, whole images go to the disk
 *   (os/swap.c) until enough is on its way: first that of a process that waits,
 *   then that of the one that ran longest ago; of equals, the one in the lowest
 *   slot. None goes for a request that would not fit in what all could give.
 * - The process that asked is blocked on memory meanwhile, and others run.
 *   Nothing has happened yet: what it was about to do, a system call, the
 *   growth of a stack, a copy, a signal's frame, is begun again when there may
 *   be more memory: at each trap, and when a transfer is done.
 * - Who is to run and is AWAY waits in the same way for room to come in. It
 *   asks for nobody's call to be made again, so it stays ready or blocked.
 * - All wait in one queue, in the order of asking. While something goes on for
 *   the first of them nobody who asked later has others sent away or comes in;
 *   holes that are there are anybody's who runs. For whom nothing can be done
 *   now is passed over.
 * - Who came in runs before it can be sent away again, or what it waits for is
 *   begun again. So everybody gets on.
 * - A signal that is caught does not end the wait, one that kills does.
 * - When nobody runs, nothing is in flight and nobody waits for a time, nothing
 *   will change: the first of them is refused, which is ENOMEM for a call and
 *   the end for a fault; who is AWAY ends as by SIGKILL. When an image cannot
 *   be written, all who wait at that time are refused in this way, or passed
 *   over until the next trap.
 * - Memory that is short only because the disk has it pinned is waited for in
 *   the same way, also without a swap disk.
 * - Some cannot wait: programs that are loaded, handlers of a library's user, a
 *   call that has begun to change something. For them nobody runs until there
 *   is memory or there can be none.
 */
#include <errno.h>
#include <string.h>

#include "os/abi.h"
#include "os/internal.h"

static struct os_want *want_of(struct os *os, const struct process *process)
{
    return &os->wants[os_slot(os, process)];
}

/* ---- who goes ---- */

/* Whether @process is to go rather than @other. */
static bool goes_before(const struct os *os, const struct process *process,
                        const struct process *other)
{
    const bool waits = os_in_state(os, process, PCB_BLOCKED);

    if (!other)
        return true;
    if (waits != os_in_state(os, other, PCB_BLOCKED))
        return waits;
    return process->ran < other->ran;
}

/* Of those that are not in @tried; *@bytes: what they all would leave free. */
static struct process *choose(struct os *os, const bool tried[OS_PROCESSES],
                              uint64_t *bytes)
{
    struct process *best = NULL;

    *bytes = 0;
    for (unsigned i = 0; i < os->slots; i++) {
        struct process *process = &os->processes[i];
        const uint32_t own = !tried[i] && os_swap_may_leave(os, process)
                                 ? os_swap_bytes(os, process)
                                 : 0;

        *bytes += own;
        if (own > 0 && goes_before(os, process, best))
            best = process;
    }
    return best;
}

bool os_swap_for(struct os *os, uint32_t size)
{
    bool tried[OS_PROCESSES] = {false};
    uint64_t bytes;
    int err;

    for (;;) {
        struct process *best = choose(os, tried, &bytes);

        if (!best || os->place.alloc.free_bytes + bytes < size)
            return false;
        err = os_swap_out(os, best);
        if (err != -ENOSPC)
            return !err;
        tried[os_slot(os, best)] = true;
    }
}

/* Whether @process cannot go before it has run. */
static bool is_to_run(const struct os *os, const struct process *process)
{
    return os_in_state(os, process, PCB_RUNNING) ||
           (os->wants[os_slot(os, process)].fresh &&
            os_in_state(os, process, PCB_READY));
}

/* Whether it wants memory, now that it has come in. */
static bool is_blocked(const struct os *os, const struct process *process)
{
    return os_in_state(os, process, PCB_BLOCKED) &&
           pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT) == PCB_WAIT_MEMORY;
}

/* Whether it has come in for that, and has had no chance to get it yet. */
static bool is_to_ask(const struct os *os, const struct process *process)
{
    return os->wants[os_slot(os, process)].fresh && is_blocked(os, process);
}

/*
 * What all but @who could give, sooner or later; *@later: some of them cannot
 * now.
 */
static uint64_t could_free(struct os *os, const struct process *who,
                           bool *later)
{
    uint64_t bytes = 0;

    *later = false;
    for (unsigned i = 0; os->swap.on && i < os->slots; i++) {
        struct process *process = &os->processes[i];
        const uint32_t own =
            process != who && os_lives(os, process) && !process->swapped
                ? os_swap_bytes(os, process)
                : 0;

        bytes += own;
        *later |= own > 0 && is_to_run(os, process);
    }
    return bytes;
}

/* Let images go until @size bytes are free or on their way to be. */
static void send_away(struct os *os, uint32_t size)
{
    bool tried[OS_PROCESSES] = {false};
    bool more = os_disk_frees(os) == 0; /* what is free is in no one hole */
    struct process *best;
    uint64_t bytes;

    for (unsigned i = 0; i < os->slots; i++)
        tried[i] = is_to_run(os, &os->processes[i]) ||
                   is_to_ask(os, &os->processes[i]) ||
                   &os->processes[i] == os->waiter;
    while ((more || os->place.alloc.free_bytes + os_disk_frees(os) < size) &&
           (best = choose(os, tried, &bytes))) {
        tried[os_slot(os, best)] = true;
        if (!os_swap_leave(os, best))
            more = false;
    }
}

/* ---- the queue ---- */

/* The next to be served behind the one that asked at @last. */
static struct process *next_after(struct os *os, uint64_t last)
{
    struct process *first = NULL;

    for (unsigned i = 0; i < os->slots; i++) {
        const uint64_t asked = os->wants[i].asked;

        if (asked > last && (!first || asked < want_of(os, first)->asked))
            first = &os->processes[i];
    }
    return first;
}

/* Whether something goes on for one that asked before @want. */
static bool is_behind(const struct os *os, const struct os_want *want)
{
    for (unsigned i = 0; i < os->slots; i++) {
        const struct os_want *other = &os->wants[i];

        if (other != want && other->asked > 0 && other->promised &&
            (want->asked == 0 || other->asked < want->asked))
            return true;
    }
    return false;
}

static void ask(struct os *os, struct os_want *want)
{
    if (want->asked == 0) {
        want->asked = ++os->asks;
        os->waiting++;
    }
    want->tried = is_behind(os, want) ? 0 : os->changes;
}

void os_want_done(struct os *os, const struct process *process)
{
    struct os_want *want = want_of(os, process);

    os->waiting -= want->asked > 0;
    want->asked = 0;
    want->promised = false;
    want->refused = false;
}

void os_want_forget(struct os *os, const struct process *process)
{
    os_want_done(os, process);
    *want_of(os, process) = (struct os_want){0};
}

/* ---- a request ---- */

/* Whether os->waiter is to wait for @size bytes. */
static bool is_to_wait(struct os *os, uint32_t size)
{
    struct os_want *want = want_of(os, os->waiter);
    bool later;

    want->promised = false;
    if (want->refused)
        return false;
    if (is_behind(os, want))
        return true;
    if (os->place.alloc.free_bytes + os_disk_frees(os) +
            could_free(os, os->waiter, &later) >=
        size)
        send_away(os, size);
    else
        later = false;
    want->promised = os->disk.first || later;
    return want->promised;
}

bool os_make_free(struct os *os, uint32_t size)
{
    if (!os->waiter)
        return os_swap_for(os, size) || os_disk_wait(os);
    if (is_to_wait(os, size))
        os->wanted = size;
    return false;
}

void os_want_pinned(struct os *os)
{
    want_of(os, os->waiter)->promised = true;
    os->wanted = 1;
}

void os_want_wait(struct os *os, struct process *process,
                  const struct os_task *task)
{
    struct os_want *want = want_of(os, process);
    const bool first = want->asked == 0;

    want->task = *task;
    ask(os, want);
    os_block(os, process, PCB_WAIT_MEMORY, os->wanted);
    if (first && os->swap.seen)
        os->swap.seen(os->swap.seen_ctx, process, OS_SWAP_WAIT, os->wanted);
    os->wanted = 0;
}

/* ---- to come in ---- */

/* Nobody goes for an image that would not fit even so. */
static bool could_come(struct os *os, const struct process *process)
{
    bool later;

    return os->place.alloc.free_bytes + os_disk_frees(os) +
               could_free(os, process, &later) >=
           os_swap_size(process);
}

static bool try_to_come(struct os *os, struct process *process)
{
    int err;

    if (is_behind(os, want_of(os, process)))
        return false;
    want_of(os, process)->promised = os->disk.first != NULL;
    if (!could_come(os, process))
        return false;
    want_of(os, process)->promised = false;
    os->waiter = process;
    err = os_swap_come(os, process);
    os->waiter = NULL;
    os->wanted = 0;
    return !err;
}

static void come_in(struct os *os, struct process *process)
{
    if (!try_to_come(os, process)) {
        process->stalled = true;
        ask(os, want_of(os, process));
        return;
    }
    process->stalled = false;
    if (!is_blocked(os, process))
        os_want_done(os, process);
}

void os_want_came(struct os *os, struct process *process)
{
    process->stalled = false;
    want_of(os, process)->fresh = true;
    if (!is_blocked(os, process))
        os_want_done(os, process);
}

bool os_want_ready(struct os *os, struct process *process)
{
    if (os_in_state(os, process, PCB_RUNNING))
        return true;
    process->ran = ++os->swap.stamp;
    if (os->swap.always && !os_swap_turn(os, process))
        return false;
    if (process->swapped)
        come_in(os, process);
    else
        want_of(os, process)->fresh = false;
    return !process->swapped;
}

/* ---- again ---- */

/* The CPU is not its own meanwhile: when it is done, it is ready. */
static void begin_again(struct os *os, struct process *process)
{
    const struct os_task task = want_of(os, process)->task;
    const unsigned current = os->current;
    const uint32_t pid = process->pid;

    want_of(os, process)->fresh = false;
    os->current = os_slot(os, process);
    pcb_set(os->phys, process->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_RUNNING);
    os_load_registers(os, process);
    os_begin(os, process, &task);
    os->current = current;
    if (process->pid != pid || !os_in_state(os, process, PCB_RUNNING))
        return;
    process->resumed |=
        task.kind == OS_TASK_CALL ||
        (task.kind == OS_TASK_TRAP && task.cause == TRAP_SYSCALL);
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_READY);
}

static void try_again(struct os *os, struct process *process)
{
    if (process->swapped)
        come_in(os, process);
    else
        begin_again(os, process);
    if (want_of(os, process)->asked)
        want_of(os, process)->tried = os->changes;
}

bool os_want_retry(struct os *os)
{
    struct process *next;
    bool any = false;

    for (uint64_t last = 0; os->waiting > 0 && (next = next_after(os, last));) {
        const struct os_want *want = want_of(os, next);

        last = want->asked;
        if (os_image(next) == PCB_IMAGE_ARRIVING)
            break;
        if (os_image(next) == PCB_IMAGE_LEAVING)
            continue;
        if (want->tried != os->changes) {
            any = true;
            try_again(os, next);
        }
        if (want->asked == last && want->promised)
            break;
    }
    return any;
}

void os_want_trap(struct os *os)
{
    os->changes++;
    for (unsigned i = 0; os->waiting > 0 && i < os->slots; i++)
        os->wants[i].refused = false;
}

void os_want_refuse(struct os *os)
{
    for (unsigned i = 0; i < os->slots; i++)
        os->wants[i].refused = os->wants[i].asked > 0;
}

/* Who cannot come back. Then others may. */
static void end(struct os *os, struct process *process)
{
    for (unsigned i = 0; os->swap.always && i < os->slots; i++)
        os->processes[i].stalled = false;
    process->swap_error = -ENOMEM;
    os_exit_signal(os, process, ABI_SIGKILL);
}

/* --memory swap: there is no queue. */
static struct process *find_stalled(struct os *os)
{
    for (unsigned i = 0; i < os->slots; i++)
        if (os->processes[i].stalled)
            return &os->processes[i];
    return NULL;
}

bool os_want_give_up(struct os *os)
{
    struct process *first = next_after(os, 0);

    if (!first)
        first = find_stalled(os);
    if (!first)
        return false;
    if (first->swapped) {
        end(os, first);
        return true;
    }
    want_of(os, first)->refused = true;
    try_again(os, first);
    return true;
}

/* ---- the walker ---- */

bool os_want_check(const struct os *os, unsigned slot)
{
    const struct process *process = &os->processes[slot];
    const struct os_want *want = &os->wants[slot];

    if (want->asked == 0)
        return !want->promised && !is_blocked(os, process) &&
               (!process->stalled || os->swap.always);
    return want->asked <= os->asks && want->tried <= os->changes &&
           os_lives(os, process) &&
           (process->stalled || is_blocked(os, process));
}
