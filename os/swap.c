/*
 * os/swap.c - images on the disk: where a process's memory is while it cannot
 * be in memory.
 *
 *      memory   [ OS | PCBs | B | C |      hole       ]
 *      disk     [ A's data | A's stack |     free     ]
 *
 * Decisions of the model:
 * - When memory is short even after a compaction, a whole image goes to the
 *   disk: all blocks that one process has alone. First that of a process that
 *   waits, then that of the one that ran longest ago; of equals, the one in
 *   the lowest slot.
 * - What is shared stays in memory, and so do the PCB and a segment table:
 *   they say where all else is.
 * - A segment that is absent has no bytes to write: its memory is only given
 *   back, and reserved again later.
 * - A process comes back before it is to run, to any place. Until then its
 *   registers or descriptors allow nothing, so that whoever touches its memory
 *   brings it in or is refused.
 * - Who finds no room to come back is passed over until others have given some
 *   back. When nobody else can run it ends as by SIGKILL, and so does a process
 *   whose image cannot be read.
 * - The bytes go through the device of os/disk.c, and nobody runs until they
 *   have: an image is never half here. One that waits for a transfer of its own
 *   stays.
 * - Who has no room on the disk stays, and the next one goes. A write that
 * fails changes nothing: the process stays in memory, and the request for
 * memory is refused.
 *
 * OSTEP ch. 21, "Swap Space".
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "os/abi.h"
#include "os/internal.h"

#define CHUNK 4096u /* bytes read at once */

int os_set_swap(struct os *os, const struct os_disk *disk, uint32_t size)
{
    struct place place;

    if (os->slots > 0)
        return -EBUSY;
    if (place_init(&place, 0, size, &alloc_first, 0))
        return -ENOMEM;
    place_reset(&os->swap.place);
    os->swap.place = place;
    os->swap.disk = *disk;
    os->swap.on = true;
    return 0;
}

void os_swap_always(struct os *os)
{
    os->swap.always = true;
}

void os_watch_swaps(struct os *os, os_swap_seen *seen, void *ctx)
{
    os->swap.seen = seen;
    os->swap.seen_ctx = ctx;
}

bool os_is_swapped(const struct process *process)
{
    return process->swapped;
}

static void note(struct os *os, const struct process *process, bool in,
                 uint32_t bytes)
{
    if (in)
        os->counts.swapped_in++;
    else
        os->counts.swapped_out++;
    os->counts.swap_bytes += bytes;
    os_disk_swap(os, bytes);
    if (os->swap.seen)
        os->swap.seen(os->swap.seen_ctx, process, in, bytes);
}

/* ---- out ---- */

/* Whether the memory of segment @selector goes with its process. */
static bool goes(const struct os *os, struct process *process,
                 unsigned selector)
{
    const struct os_block *block = os_block_of(process, selector);

    return block->size > 0 && os_users(os, block) == 1 &&
           !os_shared_at(os, block) && !os_is_pinned(os, block);
}

/* Bytes that would be free without @process; *@count: segments they are. */
static uint32_t leaving(const struct os *os, struct process *process,
                        unsigned *count)
{
    uint32_t bytes = 0;

    *count = 0;
    for (unsigned i = 0; i < os_segments(os, process); i++)
        if (goes(os, process, i)) {
            bytes += os_block_of(process, i)->size;
            ++*count;
        }
    return bytes;
}

static void free_disk(struct os *os, struct os_swapped *swapped)
{
    for (unsigned i = 0; i < swapped->count; i++)
        if (swapped->segments[i].stored)
            place_free(&os->swap.place, swapped->segments[i].at);
    free(swapped);
}

/* One block to the disk. */
static int store(struct os *os, struct process *process,
                 struct os_swapped_segment *segment)
{
    const struct os_block *block = os_block_of(process, segment->selector);
    uint32_t at;
    int err;

    segment->size = block->size;
    segment->segment = os_get_segment(os, process, segment->selector);
    if (segment->segment.absent)
        return 0;
    segment->segment.base -= block->base;
    err = place_alloc(&os->swap.place, block->size, &at);
    if (err)
        return err;
    segment->at = at;
    segment->stored = true;
    return os->swap.disk.write(os->swap.disk.ctx, at,
                               os->phys->bytes + block->base, block->size)
               ? -EIO
               : 0;
}

/* All is on the disk: memory is given back. */
static void leave(struct os *os, struct process *process,
                  struct os_swapped *swapped)
{
    for (unsigned i = 0; i < swapped->count; i++) {
        const struct os_swapped_segment *s = &swapped->segments[i];
        struct segment none = s->segment;

        none.base = 0;
        none.bounds = 0;
        none.absent = false;
        os_release(os, os_block_of(process, s->selector));
        os_set_segment(os, process, s->selector, &none);
    }
    process->swapped = swapped;
    pcb_set(os->phys, process->pcb, PCB_FIELD_SWAPPED, 1);
    os_load_registers(os, process);
}

/* Bytes that have been written, or are to be read. */
static uint32_t stored_bytes(const struct os_swapped *swapped)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < swapped->count; i++)
        bytes += swapped->segments[i].stored ? swapped->segments[i].size : 0;
    return bytes;
}

static bool may_leave(const struct os *os, const struct process *process)
{
    return os->swap.on && process != os->held && !process->swapped &&
           !os_in_flight(os, process) &&
           (os_in_state(os, process, PCB_READY) ||
            os_in_state(os, process, PCB_BLOCKED));
}

int os_swap_out(struct os *os, struct process *process)
{
    struct os_swapped *swapped;
    unsigned count;

    if (!may_leave(os, process) || leaving(os, process, &count) == 0)
        return -EINVAL;
    swapped = calloc(1, sizeof(*swapped) + count * sizeof(*swapped->segments));
    if (!swapped)
        return -ENOMEM;
    for (unsigned i = 0; i < os_segments(os, process); i++) {
        if (!goes(os, process, i))
            continue;

        struct os_swapped_segment *s = &swapped->segments[swapped->count++];
        s->selector = i;
        const int err = store(os, process, s);
        if (err) {
            free_disk(os, swapped);
            return err;
        }
    }
    leave(os, process, swapped);
    note(os, process, false, stored_bytes(swapped));
    return 0;
}

/* ---- who ---- */

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
    unsigned count;

    *bytes = 0;
    for (unsigned i = 0; i < os->slots; i++) {
        struct process *process = &os->processes[i];
        const uint32_t own = !tried[i] && may_leave(os, process)
                                 ? leaving(os, process, &count)
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

/* ---- in ---- */

/* Give back what has been reserved so far. */
static void give_back(struct os *os, struct process *process)
{
    for (unsigned i = 0; i < process->swapped->count; i++)
        os_release(
            os, os_block_of(process, process->swapped->segments[i].selector));
}

static int reserve(struct os *os, struct process *process)
{
    const struct process *held = os->held;
    int err = 0;

    os->held = process;
    for (unsigned i = 0; !err && i < process->swapped->count; i++) {
        const struct os_swapped_segment *s = &process->swapped->segments[i];

        err = os_reserve(os, s->size, os_block_of(process, s->selector));
    }
    os->held = held;
    return err ? -ENOMEM : 0;
}

static int load(struct os *os, struct process *process,
                const struct os_swapped_segment *s)
{
    const paddr_t base = os_block_of(process, s->selector)->base;
    uint8_t bytes[CHUNK];

    for (uint32_t done = 0; s->stored && done < s->size;) {
        const uint32_t part = s->size - done < CHUNK ? s->size - done : CHUNK;

        if (os->swap.disk.read(os->swap.disk.ctx, s->at + done, bytes, part))
            return -EIO;
        phys_write(os->phys, base + done, bytes, part);
        done += part;
    }
    return 0;
}

/* All is in memory: the registers follow. */
static void arrive(struct os *os, struct process *process)
{
    struct os_swapped *swapped = process->swapped;

    for (unsigned i = 0; i < swapped->count; i++) {
        struct segment s = swapped->segments[i].segment;
        const unsigned selector = swapped->segments[i].selector;

        if (!s.absent)
            s.base += os_block_of(process, selector)->base;
        os_set_segment(os, process, selector, &s);
    }
    process->swapped = NULL;
    free_disk(os, swapped);
    pcb_set(os->phys, process->pcb, PCB_FIELD_SWAPPED, 0);
    os_load_registers(os, process);
}

int os_swap_in(struct os *os, struct process *process)
{
    uint32_t bytes;
    int err;

    if (!process->swapped)
        return 0;
    bytes = stored_bytes(process->swapped);
    err = reserve(os, process);
    for (unsigned i = 0; !err && i < process->swapped->count; i++)
        err = load(os, process, &process->swapped->segments[i]);
    if (err) {
        give_back(os, process);
        return err;
    }
    arrive(os, process);
    note(os, process, true, bytes);
    return 0;
}

/* ---- before it runs ---- */

/* --memory swap: nobody but who runs is in memory. */
static void clear_memory(struct os *os, const struct process *next)
{
    for (unsigned i = 0; i < os->slots; i++)
        if (&os->processes[i] != next)
            (void)os_swap_out(os, &os->processes[i]);
}

bool os_swap_ready(struct os *os, struct process *process)
{
    int err;

    if (os_in_state(os, process, PCB_RUNNING))
        return true;
    process->ran = ++os->swap.stamp;
    if (os->swap.always)
        clear_memory(os, process);
    err = os_swap_in(os, process);
    if (err == -EIO) {
        process->swap_error = err;
        os_exit_signal(os, process, ABI_SIGKILL);
        return false;
    }
    process->stalled = err;
    return !err;
}

void os_swap_retry(struct os *os)
{
    for (unsigned i = 0; os->swap.on && i < os->slots; i++)
        os->processes[i].stalled = false;
}

bool os_swap_give_up(struct os *os)
{
    for (unsigned i = 0; i < os->slots; i++) {
        struct process *process = &os->processes[i];

        if (!process->stalled)
            continue;
        os_swap_retry(os);
        process->swap_error = -ENOMEM;
        os_exit_signal(os, process, ABI_SIGKILL);
        return true;
    }
    return false;
}

int os_swap_error(const struct process *process)
{
    return process->swap_error;
}

void os_swap_forget(struct os *os, struct process *process)
{
    if (process->swapped)
        free_disk(os, process->swapped);
    process->swapped = NULL;
}

/* ---- the walker ---- */

static bool stored_check(const struct os *os, const struct process *process,
                         const struct os_swapped_segment *s)
{
    struct process copy = *process;
    struct place_block block;

    return s->size > 0 && os_block_of(&copy, s->selector)->size == 0 &&
           os_get_segment(os, process, s->selector).bounds == 0 &&
           (!s->stored || (place_find(&os->swap.place, s->at, &block) &&
                           block.used && block.size >= s->size));
}

/* *@stored: its blocks on the disk. */
static bool swapped_check(const struct os *os, const struct process *process,
                          unsigned *stored)
{
    const struct os_swapped *swapped = process->swapped;

    *stored = 0;
    if (process->pid &&
        pcb_get(os->phys, process->pcb, PCB_FIELD_SWAPPED) != (swapped != NULL))
        return false;
    if (!swapped)
        return true;
    if (!os_in_state(os, process, PCB_READY) &&
        !os_in_state(os, process, PCB_BLOCKED))
        return false;
    for (unsigned i = 0; i < swapped->count; i++) {
        if (!stored_check(os, process, &swapped->segments[i]))
            return false;
        *stored += swapped->segments[i].stored;
    }
    return swapped->count > 0;
}

bool os_swap_check(const struct os *os)
{
    struct place_block block;
    unsigned used = 0, stored;

    for (unsigned i = 0; i < OS_PROCESSES; i++) {
        if (!swapped_check(os, &os->processes[i], &stored))
            return false;
        used += stored;
    }
    if (!os->swap.on)
        return used == 0 && os->counts.swapped_out == 0;
    for (uint32_t at = ALLOC_NONE; place_next(&os->swap.place, &at, &block);)
        used -= block.used;
    return used == 0 && place_check(&os->swap.place);
}

uint32_t os_swap_used(const struct os *os)
{
    return os->swap.on ? os->swap.place.end - os->swap.place.alloc.free_bytes
                       : 0;
}
