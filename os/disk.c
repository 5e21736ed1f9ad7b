/*
 * os/disk.c - the disk: a device that takes its time while processes run.
 *
 *      call    -> [       ]                         -> call goes on
 *      segment -> [ queue ] -> transfer -> interrupt -> and what touched it
 *      image   -> [       ]                         -> memory is free, or used
 *
 * Decisions of the model:
 * - The device has one arm: what is asked for is done one after the other, in
 *   the order of asking, blocks for a process (os/disk_call.c) as well as
 *   images (os/swap.c) and segments of a program's file (os/load.c). A transfer
 *   takes what costs_of_disk() says from when the one before it is done, a seek
 *   and its sectors, wherever they lie.
 * - All of it happens at its end, at once: until then no byte has moved, and
 *   with an error of the host's none counts.
 * - The device knows physical addresses. So the memory of a transfer is pinned:
 *   nothing moves it, swaps it or gives it to others until the end, whatever
 *   becomes of the process. Of who is killed the memory is free only then.
 * - Nor does the rest of a process's image go to the swap disk while it waits
 *   for blocks.
 * - A process waits for its own blocks, and no signal that it catches ends
 *   that; one that kills it does.
 * - Who needs memory that is pinned waits until it is not (os/want.c).
 * - Cycles in which nobody can run are those of what the device does then: of
 *   an image or a segment, or of something else.
 * - Before the first trap of all images and segments take no time: programs are
 *   loaded before there is a machine to wait.
 * - The machine does not end before its disk is quiet.
 *
 * OSTEP ch. 36, "I/O Devices", and ch. 37, "Hard Disk Drives".
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/call.h"

int os_set_disk(struct os *os, const struct os_disk *host, uint32_t blocks)
{
    if (blocks == 0 || blocks > OS_DISK_BLOCKS_MAX)
        return -EINVAL;
    if (os->slots > 0)
        return -EBUSY;
    os->disk.host = *host;
    os->disk.blocks = blocks;
    return 0;
}

void os_set_costs(struct os *os, const struct costs *costs)
{
    os->disk.costs = *costs;
}

cycles_t os_disk_due(const struct os *os)
{
    return os->disk.first ? os->disk.first->due : OS_NEVER;
}

static uint32_t size_of(const struct os_transfer *transfer)
{
    return transfer->count * ABI_DISK_BLOCK;
}

/* ---- pins ---- */

bool os_in_flight(const struct os *os, const struct process *process)
{
    for (const struct os_transfer *t = os->disk.first; t; t = t->next)
        if (t->process == process && !t->image)
            return true;
    return false;
}

/* The first piece of @transfer that lies in the block at @base, or NULL. */
static struct os_pin *find_piece(struct os_transfer *transfer, paddr_t base)
{
    for (unsigned i = 0; i < transfer->piece_count; i++)
        if (transfer->pieces[i].block.base == base)
            return &transfer->pieces[i];
    return NULL;
}

bool os_is_pinned(const struct os *os, const struct os_block *block)
{
    for (struct os_transfer *t = os->disk.first; t; t = t->next)
        if (block->size > 0 && find_piece(t, block->base))
            return true;
    return false;
}

/* The last transfer that has it pinned is done last. */
bool os_disk_keep(struct os *os, const struct os_block *block)
{
    struct os_pin *last = NULL;

    for (struct os_transfer *t = os->disk.first; t; t = t->next) {
        struct os_pin *piece = find_piece(t, block->base);

        last = piece ? piece : last;
    }
    if (last)
        last->left = true;
    return last;
}

void os_disk_leave(struct os *os, const struct process *process)
{
    for (struct os_transfer *t = os->disk.first; t; t = t->next)
        if (t->process == process)
            t->process = NULL;
}

/* What an image that goes has, and what the dead have left. */
static uint64_t frees(const struct os_transfer *t)
{
    const bool goes = t->image && t->write && t->process;
    uint64_t bytes = 0;

    for (unsigned i = 0; i < t->piece_count; i++)
        if (goes || t->pieces[i].left)
            bytes += t->pieces[i].block.size;
    return bytes;
}

uint64_t os_disk_frees(const struct os *os)
{
    uint64_t bytes = 0;

    for (const struct os_transfer *t = os->disk.first; t; t = t->next)
        bytes += frees(t);
    return bytes;
}

/* ---- the queue ---- */

struct os_transfer *os_disk_transfer(struct process *process, bool write,
                                     unsigned pieces, uint32_t bytes)
{
    struct os_transfer *t =
        calloc(1, sizeof(*t) + pieces * sizeof(*t->pieces) + bytes);

    if (!t)
        return NULL;
    t->process = process;
    t->write = write;
    t->bytes = (uint8_t *)&t->pieces[pieces];
    t->piece_count = pieces;
    return t;
}

/* No bytes are no work, and images none before the first trap. */
static cycles_t cost_of(const struct os *os, const struct os_transfer *t,
                        uint32_t bytes)
{
    if (bytes == 0 || ((t->image || t->load) && !os->began))
        return 0;
    return costs_of_disk(&os->disk.costs, bytes);
}

void os_disk_queue(struct os *os, struct os_transfer *t, uint32_t bytes)
{
    struct os_transfer **at = &os->disk.first;

    while (*at)
        at = &(*at)->next;
    if (os->disk.busy_until < os->clock->now)
        os->disk.busy_until = os->clock->now;
    os->disk.busy_until += cost_of(os, t, bytes);
    t->due = os->disk.busy_until;
    *at = t;
}

bool os_disk_has_segments(const struct os *os)
{
    return os->disk.first && (os->disk.first->image || os->disk.first->load);
}

/* ---- the end of a transfer ---- */

/* Between memory and the host. 0, or a negative errno: nothing has moved. */
static int move_bytes(struct os *os, const struct os_transfer *t)
{
    const struct os_disk *host = &os->disk.host;
    const uint32_t at = t->block * ABI_DISK_BLOCK;
    uint8_t *bytes = t->bytes;

    if (!t->write) {
        const int err = host->read(host->ctx, at, bytes, size_of(t));

        if (err)
            return err;
    }
    for (unsigned i = 0; i < t->piece_count; i++) {
        const struct os_pin *piece = &t->pieces[i];

        if (t->write)
            phys_read(os->phys, piece->pa, bytes, piece->size);
        else
            phys_write(os->phys, piece->pa, bytes, piece->size);
        bytes += piece->size;
    }
    return t->write ? host->write(host->ctx, at, t->bytes, size_of(t)) : 0;
}

/* Its call will be made again, and finds what it returns. */
static void tell_process(struct os *os, const struct os_transfer *t, int err)
{
    const struct process *process = t->process;
    const uint32_t result = err ? call_error(ABI_EIO) : t->count;

    if (!process || !os_in_state(os, process, PCB_BLOCKED) ||
        pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT) != PCB_WAIT_DISK)
        return;
    pcb_set(os->phys, process->pcb, PCB_FIELD_MOVED, result);
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_READY);
}

static void finish_call(struct os *os, const struct os_transfer *t, int err)
{
    if (!err)
        *(t->write ? &os->counts.disk_written : &os->counts.disk_read) +=
            t->count;
    tell_process(os, t, err);
}

static void finish(struct os *os)
{
    struct os_transfer *t = os->disk.first;
    const int err = t->load    ? 0
                    : t->image ? os_swap_move(os, t)
                               : move_bytes(os, t);

    os->disk.first = t->next;
    os->changes++;
    if (t->load)
        os_load_done(os, t);
    else if (t->image)
        os_swap_moved(os, t, err);
    else
        finish_call(os, t, err);
    for (unsigned i = 0; i < t->piece_count; i++)
        if (t->pieces[i].left)
            os_free(os, &t->pieces[i].block);
    free(t);
}

void os_disk_finish(struct os *os)
{
    while (os->disk.first && os_disk_due(os) <= os->clock->now)
        finish(os);
}

bool os_disk_wait(struct os *os)
{
    if (!os->disk.first)
        return false;
    os_clock_pass(os, os_disk_due(os));
    os_disk_finish(os);
    return true;
}

void os_disk_reset(struct os *os)
{
    while (os->disk.first) {
        struct os_transfer *t = os->disk.first;

        os->disk.first = t->next;
        if (!t->process)
            free(t->image);
        free(t);
    }
}

/* ---- the walker ---- */

static bool piece_check(const struct os *os, const struct os_pin *piece)
{
    struct place_block used;

    return place_find(&os->place, piece->block.base, &used) && used.used &&
           used.size >= piece->block.size && piece->size > 0 &&
           piece->pa >= piece->block.base &&
           piece->pa - piece->block.base <= piece->block.size - piece->size;
}

/* Who waits for it waits for nothing else. */
static bool owner_check(const struct os *os, const struct os_transfer *t)
{
    const struct process *process = t->process;

    for (const struct os_transfer *u = t->next; process && u; u = u->next)
        if (u->process == process)
            return false;
    return !process ||
           (!process->swapped && os_in_state(os, process, PCB_BLOCKED) &&
            pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT) == PCB_WAIT_DISK);
}

static bool call_check(const struct os *os, const struct os_transfer *t,
                       uint32_t size)
{
    return size == size_of(t) && owner_check(os, t) &&
           t->block < os->disk.blocks && t->count <= os->disk.blocks - t->block;
}

/* The process knows of it; that all is in one transfer, os_swap_check() sees.
 */
static bool image_check(const struct os_transfer *t)
{
    return t->piece_count == t->image->count &&
           (!t->process || t->process->swapped == t->image) &&
           t->image->state ==
               (t->write ? PCB_IMAGE_LEAVING : PCB_IMAGE_ARRIVING);
}

bool os_disk_check(const struct os *os, unsigned *left)
{
    cycles_t last = 0;

    *left = 0;
    for (const struct os_transfer *t = os->disk.first; t; t = t->next) {
        uint32_t size = 0;

        for (unsigned i = 0; i < t->piece_count; i++) {
            if (!piece_check(os, &t->pieces[i]))
                return false;
            size += t->pieces[i].size;
            *left += t->pieces[i].left;
        }
        if (t->due < last || t->due > os->disk.busy_until ||
            !(t->load    ? os_load_check(os, t)
              : t->image ? image_check(t)
                         : call_check(os, t, size)))
            return false;
        last = t->due;
    }
    return true;
}
