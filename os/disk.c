/*
 * os/disk.c - the disk: a device that takes its time while processes run.
 *
 *      call -> [ queue ] -> arm and transfer -> interrupt -> call goes on
 *
 * Decisions of the model:
 * - The device has one arm: what is asked for is done one after the other, in
 *   the order of asking. A transfer takes what costs_of_disk() says from when
 *   the one before it is done, a seek and its sectors, wherever they lie.
 * - All of it happens at its end, at once: until then no byte has moved, and
 *   with an error of the host's none does.
 * - The device knows physical addresses. So the memory of a transfer is pinned:
 *   nothing moves it, swaps it or gives it to others until the end, whatever
 *   becomes of the process. Of who is killed the memory is free only then.
 * - Nor does the rest of a process's image go to the swap disk meanwhile.
 * - A process waits for its own transfer, and no signal that it catches ends
 *   that; one that kills it does.
 * - Who needs memory that is pinned waits until it is not: the clock moves on
 *   to the end of a transfer, and nobody runs.
 * - Swapped images go through the same device: nobody runs until all that was
 *   asked for before is done, and then the image. Before the first trap of all
 *   that takes no time: programs are loaded before there is a machine to wait.
 * - The machine does not end before its disk is quiet.
 *
 * OSTEP ch. 36, "I/O Devices", and ch. 37, "Hard Disk Drives".
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/call.h"

/* Some of the memory of a transfer, and the block that it lies in. */
struct piece {
    paddr_t pa;
    uint32_t size;
    struct os_block block;
    bool left; /* no process has the block any more: free it at the end */
};

struct os_transfer {
    struct os_transfer *next; /* done after this one; owned */
    struct process *process;  /* NULL: it has ended */
    bool write;
    uint32_t block, count; /* on the disk */
    cycles_t due;
    uint8_t *bytes; /* room for all of them, in the same allocation */
    unsigned piece_count;
    struct piece pieces[];
};

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
        if (t->process == process)
            return true;
    return false;
}

/* The first piece of @transfer that lies in the block at @base, or NULL. */
static struct piece *find_piece(struct os_transfer *transfer, paddr_t base)
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
    struct piece *last = NULL;

    for (struct os_transfer *t = os->disk.first; t; t = t->next) {
        struct piece *piece = find_piece(t, block->base);

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
        const struct piece *piece = &t->pieces[i];

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

static void finish(struct os *os)
{
    struct os_transfer *t = os->disk.first;
    const int err = move_bytes(os, t);

    if (!err)
        *(t->write ? &os->counts.disk_written : &os->counts.disk_read) +=
            t->count;
    os->disk.first = t->next;
    tell_process(os, t, err);
    for (unsigned i = 0; i < t->piece_count; i++)
        if (t->pieces[i].left)
            os_free(os, &t->pieces[i].block);
    free(t);
}

void os_disk_finish(struct os *os)
{
    while (os_disk_due(os) <= os->clock->now)
        finish(os);
}

bool os_disk_wait(struct os *os)
{
    if (!os->disk.first)
        return false;
    os_clock_pass(os, os_disk_due(os), CLOCK_idle);
    os_disk_finish(os);
    return true;
}

/* When the arm has moved @bytes more, which it is asked for now. */
static cycles_t reserve_arm(struct os *os, uint32_t bytes)
{
    if (os->disk.busy_until < os->clock->now)
        os->disk.busy_until = os->clock->now;
    return os->disk.busy_until += costs_of_disk(&os->disk.costs, bytes);
}

void os_disk_swap(struct os *os, uint32_t bytes)
{
    if (!os->began || bytes == 0)
        return;

    const cycles_t done = reserve_arm(os, bytes);

    os_clock_pass(os, done - costs_of_disk(&os->disk.costs, bytes), CLOCK_idle);
    os_clock_pass(os, done, CLOCK_swap);
    os_disk_finish(os);
}

void os_disk_reset(struct os *os)
{
    while (os->disk.first) {
        struct os_transfer *t = os->disk.first;

        os->disk.first = t->next;
        free(t);
    }
}

/* ---- the calls ---- */

/* The block of the process's that has all of @piece; false: none has. */
static bool find_block(const struct call *call, struct piece *piece)
{
    for (unsigned i = 0; i < os_segments(call->os, call->process); i++) {
        const struct os_block *block = os_block_of(call->process, i);
        const uint32_t offset = piece->pa - block->base;

        if (piece->pa >= block->base && offset < block->size &&
            piece->size <= block->size - offset) {
            piece->block = *block;
            return true;
        }
    }
    return false;
}

/* Whether @next goes on where @piece ends. */
static bool goes_on(const struct piece *piece, const struct piece *next)
{
    return piece->block.base == next->block.base &&
           piece->pa + piece->size == next->pa;
}

/*
 * Where @size bytes at @va, which are legal, lie: as few pieces as will do, in
 * @pieces, which is NULL when they are only counted. Returns how many; 0: a
 * handler has let the process see memory that is not its own.
 */
static unsigned find_pieces(const struct call *call, vaddr_t va, uint32_t size,
                            enum mmu_prot kind, struct piece *pieces)
{
    struct piece last = {.size = 0};
    unsigned count = 0;

    for (uint32_t done = 0; done < size;) {
        struct piece next = {.size = 0};

        next.size = os_user_piece(call->os, call->process, va + done,
                                  size - done, kind, &next.pa);
        assert(next.size > 0); /* the caller has looked */
        if (!find_block(call, &next))
            return 0;
        done += next.size;
        if (count > 0 && goes_on(&last, &next)) {
            next.pa = last.pa;
            next.size += last.size;
            count--;
        }
        last = next;
        if (pieces)
            pieces[count] = last;
        count++;
    }
    return count;
}

/* Returns 0 and sets *@out, or an error of the call's. */
static uint32_t create(const struct call *call, bool write,
                       struct os_transfer **out)
{
    const uint32_t size = call->args[2] * ABI_DISK_BLOCK;
    const enum mmu_prot kind = write ? MMU_READ : MMU_WRITE;
    const unsigned count = find_pieces(call, call->args[1], size, kind, NULL);
    struct os_transfer *t;

    if (count == 0)
        return call_error(ABI_EFAULT);
    t = calloc(1, sizeof(*t) + count * sizeof(*t->pieces) + size);
    if (!t)
        return call_error(ABI_ENOMEM);
    t->process = call->process;
    t->write = write;
    t->block = call->args[0];
    t->count = call->args[2];
    t->bytes = (uint8_t *)&t->pieces[count];
    t->piece_count = count;
    find_pieces(call, call->args[1], size, kind, t->pieces);
    *out = t;
    return 0;
}

static void append(struct os *os, struct os_transfer *t)
{
    struct os_transfer **at = &os->disk.first;

    while (*at)
        at = &(*at)->next;
    t->due = reserve_arm(os, size_of(t));
    *at = t;
}

/* All that can go wrong, before anything changes. */
static uint32_t check(const struct call *call, bool write)
{
    const uint32_t block = call->args[0], count = call->args[2];
    const struct os_device *disk = &call->os->disk;

    if (disk->blocks == 0)
        return call_error(ABI_ENXIO);
    if (count == 0 || count > ABI_DISK_COUNT_MAX)
        return call_error(ABI_EINVAL);
    if (block >= disk->blocks || count > disk->blocks - block)
        return call_error(ABI_ENXIO);
    if (!call_may(call, call->args[1], count * ABI_DISK_BLOCK,
                  write ? MMU_READ : MMU_WRITE))
        return call_error(ABI_EFAULT);
    return 0;
}

static uint32_t transfer(const struct call *call, bool write)
{
    struct os *os = call->os;
    struct os_transfer *t;
    uint32_t err;

    if (call->again)
        return pcb_get(os->phys, call->process->pcb, PCB_FIELD_MOVED);
    err = check(call, write);
    if (!err)
        err = create(call, write, &t);
    if (err)
        return err;
    append(os, t);
    os_block(os, call->process, PCB_WAIT_DISK, call->args[0]);
    return 0;
}

uint32_t sys_disk_read(const struct call *call)
{
    return transfer(call, false);
}

uint32_t sys_disk_write(const struct call *call)
{
    return transfer(call, true);
}

uint32_t sys_disk_blocks(const struct call *call)
{
    const uint32_t blocks = call->os->disk.blocks;

    return blocks ? blocks : call_error(ABI_ENXIO);
}

/* ---- the walker ---- */

static bool piece_check(const struct os *os, const struct piece *piece)
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
        if (size != size_of(t) || t->due < last || !owner_check(os, t) ||
            t->due > os->disk.busy_until || t->block >= os->disk.blocks ||
            t->count > os->disk.blocks - t->block)
            return false;
        last = t->due;
    }
    return true;
}
