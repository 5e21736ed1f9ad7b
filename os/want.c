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
 * - All wait in one queue, in the order of asking, and keep their place in it
 *   until they have what they asked for, also while they are AWAY. While
 *   something goes on for the first of them nobody who asked later has others
 *   sent away or comes in; holes that are there are anybody's who runs. For
 *   whom nothing can be done now is passed over.
 * - Nobody sends away one that asked before, and has to wait for it instead;
 *   one that asked later may go.
 * - Who came in, or has what it waited for, runs before it can be sent away; of
 *   who came in and still waits the request is begun again before. Also who
 *   asked earlier waits for that.
 * - So everybody gets on. Of those for whom all others' images are enough, take
 *   the one that asked first. Nobody sends it away: who asked before it holds
 *   nothing any more, being AWAY or refused, and who asked later may not. Each
 *   other one can go, at once, or when it has run, or when it has asked; who
 *   has gone does not come back before. So it is served, and then another one
 *   is the first.
 * - So, too, nobody is refused for whom all others' images are enough, unless
 *   the disk has no room for them or cannot be written, or the policy cannot
 *   use the holes.
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

/* Whether it has asked before @other, which may be about to ask. */
static bool is_before(const struct os_want *want, const struct os_want *other)
{
    return want->asked > 0 && (other->asked == 0 || want->asked < other->asked);
}

/* When another one can go for who asks. */
enum leave {
    LEAVE_NOW,
    LEAVE_RUN,    /* when it has run */
    LEAVE_SERVED, /* when it has asked, or has what it asked for */
    LEAVES
};

static enum leave when_leaves(struct os *os, const struct process *process,
                              const struct process *who)
{
    const struct os_want *want = want_of(os, process);

    if (is_to_run(os, process))
        return LEAVE_RUN;
    if (is_blocked(os, process) &&
        (want->fresh || is_before(want, want_of(os, who))))
        return LEAVE_SERVED;
    return LEAVE_NOW;
}

/* What all but @who could give; @any: whether one of them at such a time. */
static uint64_t could_free(struct os *os, const struct process *who,
                           bool any[LEAVES])
{
    uint64_t bytes = 0;

    memset(any, 0, LEAVES * sizeof(any[0]));
    for (unsigned i = 0; os->swap.on && i < os->slots; i++) {
        struct process *process = &os->processes[i];
        const uint32_t own =
            process != who && os_lives(os, process) && !process->swapped
                ? os_swap_bytes(os, process)
                : 0;

        bytes += own;
        if (own > 0)
            any[when_leaves(os, process, who)] = true;
    }
    return bytes;
}

/* Whether @size bytes can be free for @who, and who has to be waited for. */
static bool is_enough(struct os *os, const struct process *who, uint32_t size,
                      bool any[LEAVES])
{
    return os->place.alloc.free_bytes + os_disk_frees(os) +
               could_free(os, who, any) >=
           size;
}

/* Let images go until @size bytes are free or on their way to be. */
static void send_away(struct os *os, uint32_t size)
{
    bool tried[OS_PROCESSES] = {false};
    bool more = os_disk_frees(os) == 0; /* what is free is in no one hole */
    struct process *best;
    uint64_t bytes;

    for (unsigned i = 0; i < os->slots; i++)
        tried[i] = &os->processes[i] == os->waiter ||
                   when_leaves(os, &os->processes[i], os->waiter) != LEAVE_NOW;
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

        if (other != want && other->promised && is_before(other, want))
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

    if (want->asked > 0) {
        os->waiting--;
        os->changes++; /* it can be sent away now */
    }
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
    bool any[LEAVES];

    want->promised = false;
    if (want->refused)
        return false;
    if (is_behind(os, want))
        return true;
    if (!is_enough(os, os->waiter, size, any)) {
        want->promised = os->disk.first;
        return want->promised;
    }
    send_away(os, size);
    want->promised = os->disk.first || any[LEAVE_RUN];
    return want->promised || any[LEAVE_SERVED];
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
static bool try_to_come(struct os *os, struct process *process)
{
    struct os_want *want = want_of(os, process);
    bool any[LEAVES];
    int err;

    if (is_behind(os, want))
        return false;
    want->promised = os->disk.first;
    if (!is_enough(os, process, os_swap_size(process), any))
        return false;
    want->promised = false;
    os->waiter = process;
    err = os_swap_come(os, process);
    os->waiter = NULL;
    os->wanted = 0;
    if (!err)
        want->promised = is_blocked(os, process); /* it has yet to ask */
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

    if (want_of(os, process)->fresh)
        os->changes++; /* it can be sent away now */
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
    want_of(os, process)->fresh = true;
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
