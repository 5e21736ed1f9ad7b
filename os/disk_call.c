/*
 * os/disk_call.c - the system calls that read and write blocks of the disk.
 *
 * Decisions of the model:
 * - A call asks the device of os/disk.c for a transfer, and its process waits
 *   for that. All that can go wrong with the arguments is found before.
 * - The memory is that of the process's own blocks, whatever its registers say:
 *   a device must not write to what is another's.
 */
#include <assert.h>
#include <stdlib.h>

#include "os/call.h"

/* The block of the process's that has all of @piece; false: none has. */
static bool find_block(const struct call *call, struct os_pin *piece)
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
static bool goes_on(const struct os_pin *piece, const struct os_pin *next)
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
                            enum mmu_prot kind, struct os_pin *pieces)
{
    struct os_pin last = {.size = 0};
    unsigned count = 0;

    for (uint32_t done = 0; done < size;) {
        struct os_pin next = {.size = 0};

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
    t = os_disk_transfer(call->process, write, count, size);
    if (!t)
        return call_error(ABI_ENOMEM);
    t->block = call->args[0];
    t->count = call->args[2];
    find_pieces(call, call->args[1], size, kind, t->pieces);
    *out = t;
    return 0;
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
    os_disk_queue(os, t, t->count * ABI_DISK_BLOCK);
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
