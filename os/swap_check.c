/*
 * os/swap_check.c - the walker over images that are not, or not only, in
 * memory: os_swap_check(). Where they are, the state, the blocks, the transfers
 * and the swap disk must agree.
 */
#include "os/internal.h"

static bool stored_check(const struct os *os,
                         const struct os_swapped_segment *s)
{
    struct place_block block;

    return s->size > 0 &&
           (!s->stored || (place_find(&os->swap.place, s->at, &block) &&
                           block.used && block.size >= s->size));
}

/* Where its memory is, as the state says. */
static bool memory_check(const struct os *os, const struct process *process,
                         const struct os_swapped_segment *s)
{
    struct process copy = *process;
    const struct os_block *block = os_block_of(&copy, s->selector);
    const bool away = os_image(process) == PCB_IMAGE_AWAY;

    return block->size == (away ? 0 : s->size) &&
           os_is_pinned(os, block) == !away &&
           (os_image(process) == PCB_IMAGE_LEAVING ||
            os_get_segment(os, process, s->selector).bounds == 0);
}

/* Transfers in flight that have it. */
static unsigned transfers_of(const struct os *os,
                             const struct os_swapped *swapped)
{
    unsigned count = 0;

    for (const struct os_transfer *t = os->disk.first; t; t = t->next)
        count += t->image == swapped;
    return count;
}

/* *@stored: its blocks on the disk. */
static bool image_check(const struct os *os, const struct os_swapped *swapped,
                        unsigned *stored)
{
    for (unsigned i = 0; i < swapped->count; i++) {
        if (!stored_check(os, &swapped->segments[i]))
            return false;
        *stored += swapped->segments[i].stored;
    }
    return swapped->count > 0 &&
           transfers_of(os, swapped) == (swapped->state != PCB_IMAGE_AWAY);
}

static bool swapped_check(const struct os *os, const struct process *process,
                          unsigned *stored)
{
    const struct os_swapped *swapped = process->swapped;

    if (process->pid && pcb_get(os->phys, process->pcb, PCB_FIELD_SWAPPED) !=
                            (uint32_t)os_image(process))
        return false;
    if (!swapped)
        return true;
    if (!os_in_state(os, process, PCB_READY) &&
        !os_in_state(os, process, PCB_BLOCKED))
        return false;
    for (unsigned i = 0; i < swapped->count; i++)
        if (!memory_check(os, process, &swapped->segments[i]))
            return false;
    return image_check(os, swapped, stored);
}

bool os_swap_check(const struct os *os)
{
    struct place_block block;
    unsigned used = 0;

    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (!swapped_check(os, &os->processes[i], &used))
            return false;
    for (const struct os_transfer *t = os->disk.first; t; t = t->next)
        if (t->image && !t->process && !image_check(os, t->image, &used))
            return false;
    if (!os->swap.on)
        return used == 0 && os->counts.swapped_out == 0;
    for (uint32_t at = ALLOC_NONE; place_next(&os->swap.place, &at, &block);)
        used -= block.used;
    return used == 0 && place_check(&os->swap.place);
}
