/*
 * os/load.c - demand segmentation: an absent segment gets its bytes, from the
 * program's file, when it is first touched.
 *
 *      touched -> absent -> zeros -> [ queue of the device ] -> present
 *                 | present in another        interrupt
 *                 v process already
 *                present
 *
 * Decisions of the model:
 * - With os_load_by_device() the bytes come through the device of os/disk.c, a
 *   transfer like any other: its process is blocked, others run, the memory is
 *   pinned. At the end the segment is present, and what touched it is begun
 *   again: an instruction, a system call, the delivery of a signal.
 * - The file needs no place on a disk that processes can see, and always can be
 *   read: it lies beside the machine.
 * - Its bounds are what is moved: the zeros behind the file's bytes, too.
 * - Of memory that several processes share one transfer is enough. Others wait
 *   for the same one, and find the segment present in the first one.
 * - Of who is killed meanwhile nothing is loaded: others who wait begin anew.
 * - Who cannot wait (os/want.c) lets nobody run until the segment is there.
 * - Without that, and for a handler that calls os_bring_in(), the bytes come at
 *   once: the processor stands still as long as the disk takes.
 *
 * OSTEP ch. 16, "Segmentation", and ch. 21, "The Page Fault".
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "os/internal.h"

void os_load_by_device(struct os *os)
{
    os->loads = true;
}

/* Whether there is something to bring in, and memory for it. */
static bool is_absent(const struct os *os, struct process *process,
                      unsigned selector)
{
    struct segment segment;

    if (!process->many || process->swapped)
        return false;
    segment = os_get_segment(os, process, selector);
    return segment.absent &&
           os_block_of(process, selector)->size >= segment.bounds;
}

/* Whether no byte need move: another one has had it brought in. */
static bool is_there(struct os *os, struct process *process, unsigned selector)
{
    return os_users(os, os_block_of(process, selector)) > 1 &&
           os_present_elsewhere(os, process, selector);
}

/* The bytes that the file has for it. */
static void copy_loads(struct os *os, struct process *process,
                       unsigned selector)
{
    const struct segment_layout layout = os_layout(os, process);
    const struct os_source *source = process->many->source;
    const paddr_t base = os_block_of(process, selector)->base;

    for (unsigned i = 0; i < source->image.count; i++) {
        const struct elf_segment *s = &source->image.segments[i];

        if (segment_selector(&layout, s->va) == selector && s->filesz > 0)
            phys_write(os->phys,
                       base + (s->va - (selector << segment_shift(&layout))),
                       source->file + s->offset, s->filesz);
    }
}

static void make_present(struct os *os, struct process *process,
                         unsigned selector)
{
    struct segment segment = os_get_segment(os, process, selector);

    segment.base = os_block_of(process, selector)->base;
    segment.absent = false;
    os_set_segment(os, process, selector, &segment);
}

/* ---- at once ---- */

int os_bring_in(struct os *os, struct process *process, unsigned selector)
{
    if (!is_absent(os, process, selector))
        return -EINVAL;
    if (!is_there(os, process, selector)) {
        const paddr_t base = os_block_of(process, selector)->base;
        const uint32_t size = os_get_segment(os, process, selector).bounds;

        os_work_clear(os, base, size);
        copy_loads(os, process, selector);
        os_work_brought(os, base, size);
    }
    make_present(os, process, selector);
    return 0;
}

/* ---- by the device ---- */

/* The load in flight into the block at @base, or NULL. */
static struct os_transfer *find_load(const struct os *os, paddr_t base)
{
    struct os_transfer *t = os->disk.first;

    while (t && !(t->load && t->pieces[0].block.base == base))
        t = t->next;
    return t;
}

/* False: out of host memory. */
static bool begin(struct os *os, struct process *process, unsigned selector)
{
    const struct os_block *block = os_block_of(process, selector);
    const uint32_t size = os_get_segment(os, process, selector).bounds;
    struct os_transfer *t = os_disk_transfer(process, false, 1, 0);

    if (!t)
        return false;
    t->load = true;
    t->selector = selector;
    t->pieces[0] =
        (struct os_pin){.pa = block->base, .size = size, .block = *block};
    os_work_clear(os, block->base, size);
    os_disk_queue(os, t, size);
    return true;
}

int os_load(struct os *os, struct process *process, unsigned selector)
{
    const struct os_block *block;

    if (os->wanted)
        return -EAGAIN;
    if (!is_absent(os, process, selector))
        return -EINVAL;
    block = os_block_of(process, selector);
    if (!os->loads || os_get_segment(os, process, selector).bounds == 0 ||
        is_there(os, process, selector) ||
        (!find_load(os, block->base) && !begin(os, process, selector)))
        return os_bring_in(os, process, selector);
    if (os->waiter) {
        os->loading = block->base;
        os->wanted = os_get_segment(os, process, selector).bounds;
        return -EAGAIN;
    }
    while (find_load(os, block->base))
        (void)os_disk_wait(os);
    return is_absent(os, process, selector) ? os_bring_in(os, process, selector)
                                            : 0;
}

void os_load_wait(struct os *os, struct process *process,
                  const struct os_task *task)
{
    os->wants[os_slot(os, process)].task = *task;
    os_want_done(os, process);
    os_block(os, process, PCB_WAIT_LOAD, os->loading);
    os->loading = 0;
    os->wanted = 0;
}

/* An instruction runs again by itself. */
void os_load_again(struct os *os, struct process *process)
{
    const struct os_task task = os->wants[os_slot(os, process)].task;
    const bool trap = task.kind == OS_TASK_TRAP;

    pcb_set(os->phys, process->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    if (trap && task.cause == TRAP_ABSENT)
        return;
    os_begin(os, process, &task);
    process->resumed =
        (task.kind == OS_TASK_CALL || (trap && task.cause == TRAP_SYSCALL)) &&
        os_in_state(os, process, PCB_RUNNING);
}

/* ---- the end of a transfer ---- */

/* A handler, or who looks from outside, may have given it other memory. */
static bool is_wanted(const struct os *os, const struct os_transfer *t)
{
    const struct os_pin *piece = &t->pieces[0];

    return t->process && t->selector < os_segments(os, t->process) &&
           is_absent(os, t->process, t->selector) &&
           os_block_of(t->process, t->selector)->base == piece->block.base;
}

void os_load_done(struct os *os, const struct os_transfer *t)
{
    if (is_wanted(os, t)) {
        copy_loads(os, t->process, t->selector);
        make_present(os, t->process, t->selector);
        os->counts.loaded++;
        os->counts.load_bytes += t->pieces[0].size;
        if (os->swap.seen)
            os->swap.seen(os->swap.seen_ctx, t->process, OS_SWAP_LOAD,
                          t->pieces[0].size);
    }
    os_wake(os, PCB_WAIT_LOAD, t->pieces[0].block.base);
}

/* ---- the walker ---- */

bool os_load_check(const struct os *os, const struct os_transfer *t)
{
    const struct process *process = t->process;

    return t->piece_count == 1 && !t->write && !t->image &&
           find_load(os, t->pieces[0].block.base) == t &&
           (!process ||
            (!process->swapped && os_in_state(os, process, PCB_BLOCKED) &&
             os_load_waits(os, process)));
}

bool os_load_waits(const struct os *os, const struct process *process)
{
    return pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT) == PCB_WAIT_LOAD &&
           find_load(os, pcb_get(os->phys, process->pcb, PCB_FIELD_WAIT_FOR));
}
