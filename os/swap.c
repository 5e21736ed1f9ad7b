/*
 * os/swap.c - images on the disk: where a process's memory is while it cannot
 * be in memory.
 *
 *      memory   [ OS | PCBs | B | C |      hole       ]
 *      disk     [ A's data | A's stack |     free     ]
 *
 *                 another needs memory         written
 *         HERE ---------------------> LEAVING ---------> AWAY
 *           ^                          |  ^               |
 *           +--------------------------+  |               | it is to run, and
 *           |       cannot be written     |               | there is room
 *           |                             |               v
 *           +----------------------------------------- ARRIVING -> killed
 *                            read                           cannot be read
 *
 * Decisions of the model:
 * - An image is all blocks that one process has alone. What is shared stays in
 *   memory, and so do the PCB and a segment table: they say where all else is.
 * - An image goes and comes through the device of os/disk.c, in one transfer,
 *   and others run meanwhile. Its own process does not: it is ready again, or
 *   blocked, but gets the CPU only when it is HERE. It may be woken, or
 *   killed.
 * - LEAVING, it still has its memory, which is pinned, and its registers. All
 *   is written at the end, and then the memory is free.
 * - AWAY, its registers or descriptors allow nothing, so that whoever touches
 *   its memory brings it in or is refused.
 * - ARRIVING, it has memory again, anywhere, which is pinned. Registers say so
 *   at the end, when the bytes are there.
 * - Of who is killed on the way memory and blocks of the disk are free at the
 *   end of the transfer.
 * - A segment that is absent has no bytes to move: only its memory is given
 *   back, and reserved again later.
 * - A write that fails changes nothing: the process stays, and who waits for
 *   memory is refused. A process whose image cannot be read ends as by SIGKILL.
 * - One that waits for blocks of the other disk stays, and who has no room on
 *   the disk, too: the next one goes (os/want.c has the order).
 * - A caller that cannot wait, because there has been no trap, or because it is
 *   not the operating system but a test, a handler or a debugger, begins the
 *   same transfer, and nobody runs until it is done: os_swap_out() and
 *   os_swap_in() of os/swap_now.c. So it is with --memory swap, where nobody
 *   else could run.
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

    if (size == 0 || size > OS_SWAP_SIZE_MAX)
        return -EINVAL;
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

enum pcb_image os_image(const struct process *process)
{
    return process->swapped ? process->swapped->state : PCB_IMAGE_HERE;
}

bool os_is_swapped(const struct process *process)
{
    return os_image(process) == PCB_IMAGE_AWAY ||
           os_image(process) == PCB_IMAGE_ARRIVING;
}

static void set_image(struct os *os, const struct process *process,
                      enum pcb_image image)
{
    if (process->swapped)
        process->swapped->state = image;
    pcb_set(os->phys, process->pcb, PCB_FIELD_SWAPPED, image);
}

/* Bytes that are to be written or read. */
static uint32_t stored_bytes(const struct os_swapped *swapped)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < swapped->count; i++)
        bytes += swapped->segments[i].stored ? swapped->segments[i].size : 0;
    return bytes;
}

static void note(struct os *os, const struct process *process,
                 enum os_swap_what what, uint32_t bytes)
{
    if (what == OS_SWAP_IN)
        os->counts.swapped_in++;
    else
        os->counts.swapped_out++;
    os->counts.swap_bytes += bytes;
    if (os->swap.seen)
        os->swap.seen(os->swap.seen_ctx, process, what, bytes);
}

/* The memory of all its segments is that of @t. */
static void pin(struct process *process, const struct os_swapped *swapped,
                struct os_transfer *t)
{
    for (unsigned i = 0; i < swapped->count; i++) {
        const struct os_swapped_segment *s = &swapped->segments[i];
        const struct os_block *block = os_block_of(process, s->selector);

        t->pieces[i] = (struct os_pin){
            .pa = block->base,
            .size = block->size,
            .block = *block,
            .absent = !s->stored,
            .at = s->at,
        };
    }
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

static unsigned count_going(const struct os *os, struct process *process)
{
    unsigned count = 0;

    for (unsigned i = 0; i < os_segments(os, process); i++)
        count += goes(os, process, i);
    return count;
}

uint32_t os_swap_bytes(const struct os *os, struct process *process)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < os_segments(os, process); i++)
        if (goes(os, process, i))
            bytes += os_block_of(process, i)->size;
    return bytes;
}

bool os_swap_may_leave(const struct os *os, const struct process *process)
{
    return os->swap.on && process != os->held && !process->swapped &&
           !os_in_flight(os, process) &&
           (os_in_state(os, process, PCB_READY) ||
            os_in_state(os, process, PCB_BLOCKED));
}

static void free_disk(struct os *os, struct os_swapped *swapped)
{
    for (unsigned i = 0; i < swapped->count; i++)
        if (swapped->segments[i].stored)
            place_free(&os->swap.place, swapped->segments[i].at);
    free(swapped);
}

/* A place on the disk for one block. */
static int find_place(struct os *os, struct process *process,
                      struct os_swapped_segment *s)
{
    int err;

    s->size = os_block_of(process, s->selector)->size;
    if (os_get_segment(os, process, s->selector).absent)
        return 0;
    err = place_alloc(&os->swap.place, s->size, &s->at);
    s->stored = !err;
    return err;
}

static int find_places(struct os *os, struct process *process,
                       struct os_swapped *swapped)
{
    int err = 0;

    for (unsigned i = 0; !err && i < os_segments(os, process); i++) {
        if (!goes(os, process, i))
            continue;
        swapped->segments[swapped->count].selector = i;
        err = find_place(os, process, &swapped->segments[swapped->count++]);
    }
    return err;
}

int os_swap_leave(struct os *os, struct process *process)
{
    const unsigned count = count_going(os, process);
    struct os_swapped *swapped;
    struct os_transfer *t;
    int err;

    if (!os_swap_may_leave(os, process) || count == 0)
        return -EINVAL;
    swapped = calloc(1, sizeof(*swapped) + count * sizeof(*swapped->segments));
    t = os_disk_transfer(process, true, count, 0);
    err = swapped && t ? find_places(os, process, swapped) : -ENOMEM;
    if (err) {
        if (swapped)
            free_disk(os, swapped);
        free(t);
        return err;
    }
    pin(process, swapped, t);
    t->image = swapped;
    process->swapped = swapped;
    set_image(os, process, PCB_IMAGE_LEAVING);
    os_disk_queue(os, t, stored_bytes(swapped));
    return 0;
}

/* All is on the disk: memory is given back. */
static void give_up_memory(struct os *os, struct process *process)
{
    struct os_swapped *swapped = process->swapped;

    for (unsigned i = 0; i < swapped->count; i++) {
        struct os_swapped_segment *s = &swapped->segments[i];
        struct os_block *block = os_block_of(process, s->selector);
        struct segment none;

        s->segment = os_get_segment(os, process, s->selector);
        none = s->segment;
        if (!s->segment.absent)
            s->segment.base -= block->base;
        none.base = 0;
        none.bounds = 0;
        none.absent = false;
        os_release(os, block);
        os_set_segment(os, process, s->selector, &none);
    }
    set_image(os, process, PCB_IMAGE_AWAY);
    os_load_registers(os, process);
}

static void has_left(struct os *os, struct process *process, int err)
{
    struct os_swapped *swapped = process->swapped;

    if (!err) {
        give_up_memory(os, process);
        note(os, process, OS_SWAP_OUT, stored_bytes(swapped));
        return;
    }
    process->swapped = NULL;
    set_image(os, process, PCB_IMAGE_HERE);
    free_disk(os, swapped);
    os_want_refuse(os);
}

/* ---- in ---- */

uint32_t os_swap_size(const struct process *process)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < process->swapped->count; i++)
        bytes += process->swapped->segments[i].size;
    return bytes;
}

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
    if (err)
        give_back(os, process);
    return err ? -ENOMEM : 0;
}

int os_swap_come(struct os *os, struct process *process)
{
    struct os_swapped *swapped = process->swapped;
    struct os_transfer *t = os_disk_transfer(process, false, swapped->count, 0);

    if (!t || reserve(os, process)) {
        free(t);
        return -ENOMEM;
    }
    pin(process, swapped, t); /* what was reserved first may have moved */
    t->image = swapped;
    set_image(os, process, PCB_IMAGE_ARRIVING);
    os_disk_queue(os, t, stored_bytes(swapped));
    return 0;
}

/* All is in memory: the registers follow. */
static void has_come(struct os *os, struct process *process)
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
    set_image(os, process, PCB_IMAGE_HERE);
    os_want_came(os, process);
    os_load_registers(os, process);
    note(os, process, OS_SWAP_IN, stored_bytes(swapped));
    free_disk(os, swapped);
}

/* Who asked for it by os_swap_in() is told instead. */
static void has_failed(struct os *os, struct process *process)
{
    give_back(os, process);
    set_image(os, process, PCB_IMAGE_AWAY);
    if (os->swap.awaited == process)
        return;
    process->swap_error = -EIO;
    os_exit_signal(os, process, ABI_SIGKILL);
}

/* ---- the end of a transfer ---- */

static int load(struct os *os, const struct os_pin *piece)
{
    const struct os_disk *disk = &os->swap.disk;
    uint8_t bytes[CHUNK];

    for (uint32_t done = 0; done < piece->size;) {
        const uint32_t rest = piece->size - done;
        const uint32_t part = rest < CHUNK ? rest : CHUNK;

        if (disk->read(disk->ctx, piece->at + done, bytes, part))
            return -EIO;
        phys_write(os->phys, piece->pa + done, bytes, part);
        done += part;
    }
    return 0;
}

static int store(struct os *os, const struct os_pin *piece)
{
    const struct os_disk *disk = &os->swap.disk;

    return disk->write(disk->ctx, piece->at, os->phys->bytes + piece->pa,
                       piece->size)
               ? -EIO
               : 0;
}

int os_swap_move(struct os *os, const struct os_transfer *t)
{
    int err = 0;

    for (unsigned i = 0; !err && i < t->piece_count; i++)
        if (!t->pieces[i].absent)
            err = t->write ? store(os, &t->pieces[i]) : load(os, &t->pieces[i]);
    return err;
}

void os_swap_moved(struct os *os, struct os_transfer *t, int err)
{
    if (!t->process)
        free_disk(os, t->image);
    else if (t->write)
        has_left(os, t->process, err);
    else if (err)
        has_failed(os, t->process);
    else
        has_come(os, t->process);
}

void os_swap_forget(struct os *os, struct process *process)
{
    if (os_image(process) == PCB_IMAGE_AWAY)
        free_disk(os, process->swapped); /* else it is the transfer's */
    process->swapped = NULL;
    pcb_set(os->phys, process->pcb, PCB_FIELD_SWAPPED, PCB_IMAGE_HERE);
}

int os_swap_error(const struct process *process)
{
    return process->swap_error;
}

uint32_t os_swap_used(const struct os *os)
{
    return os->swap.on ? os->swap.place.end - os->swap.place.alloc.free_bytes
                       : 0;
}
