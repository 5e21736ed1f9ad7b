/*
 * os/compact.c - compaction: holes become one.
 *
 *      before   [ OS | hole | A | hole | B | hole | C | hole ]
 *      after    [ OS | A | B |         hole         | C ]    below C
 *
 * Decisions of the model:
 * - Blocks keep their order. Those up to a split slide down, the others up, so
 *   that the hole is where it is wanted: behind the last block, or beside the
 *   one that is to grow.
 * - What the disk has pinned stays where it is, and others slide as far as it:
 *   then there is more than one hole.
 * - No process runs meanwhile. Its registers or descriptors are rewritten, and
 *   it finds everything where it was: addresses of its own do not change.
 * - Under a policy whose blocks cannot begin anywhere (slots, buddies) nothing
 *   is moved: holes there have no use for being neighbours.
 *
 * OSTEP ch. 16, "OS Support".
 */
#include "os/internal.h"

/* ---- who follows ---- */

static void follow_segment(struct os *os, struct process *process,
                           unsigned selector, uint32_t by)
{
    struct segment s = os_get_segment(os, process, selector);

    if (s.bounds == 0 || s.absent)
        return;
    s.base += by;
    os_set_segment(os, process, selector, &s);
}

/* The table itself has moved: the register that says where it is. */
static void follow_table(struct os *os, const struct process *process,
                         uint32_t by)
{
    struct pcb_segment reg = pcb_get_segment(os->phys, process->pcb, 0);

    reg.base += by;
    pcb_set_segment(os->phys, process->pcb, 0, &reg);
}

/* Whatever of @process was in the block at @from is in the one at @to. */
static void follow(struct os *os, struct process *process, paddr_t from,
                   paddr_t to)
{
    const unsigned count = process->many ? SEGMENT_TABLE_MAX : PCB_SEGMENTS;
    struct os_block *table = &process->blocks[0];

    if (process->many && table->base == from) {
        table->base = to;
        follow_table(os, process, to - from);
    }
    for (unsigned i = 0; i < count; i++) {
        struct os_block *block = os_block_of(process, i);

        if (block->size == 0 || block->base != from)
            continue;
        block->base = to;
        follow_segment(os, process, i, to - from);
    }
}

/* ---- moving ---- */

/* A PCB beyond the first ones, or the ring of a pipe. */
static void follow_others(struct os *os, paddr_t from, paddr_t to)
{
    for (unsigned i = 0; i < os->slots; i++) {
        struct process *process = &os->processes[i];

        if (process->pcb_block.size > 0 && process->pcb_block.base == from)
            process->pcb = process->pcb_block.base = to;
    }
    for (unsigned i = 0; i < OS_PIPES; i++)
        if (os->pipes[i].buffer.size > 0 && os->pipes[i].buffer.base == from)
            os->pipes[i].buffer.base = to;
}

static void slide(struct os *os, const struct place_block *block, paddr_t to)
{
    if (block->base == to)
        return;
    place_slide(&os->place, block->base, to);
    os_move(os, to, block->base, block->size);
    follow_others(os, block->base, to);
    os_share_move(os, block->base, to);
    os_shared_move(os, block->base, to);
    for (unsigned i = 0; i < os->slots; i++)
        if (os->processes[i].scheme)
            follow(os, &os->processes[i], block->base, to);
    os->counts.moved_bytes += block->size;
}

static bool is_pinned(const struct os *os, const struct place_block *block)
{
    const struct os_block same = {block->base, block->size};

    return os_is_pinned(os, &same);
}

/* The first used block at or above @from, up to @split. */
static bool find_up(const struct os *os, paddr_t from, paddr_t split,
                    struct place_block *block)
{
    uint32_t at = ALLOC_NONE;

    while (place_next(&os->place, &at, block))
        if (block->used && block->base >= from)
            return block->base <= split;
    return false;
}

/* The last used block below @to that is above @split. */
static bool find_down(const struct os *os, paddr_t to, paddr_t split,
                      struct place_block *block)
{
    struct place_block next;
    uint32_t at = ALLOC_NONE;
    bool found = false;

    while (place_next(&os->place, &at, &next) && next.base < to) {
        if (!next.used || next.base <= split)
            continue;
        *block = next;
        found = true;
    }
    return found;
}

static void slide_down(struct os *os, paddr_t split)
{
    paddr_t to = os->place.start, from = to;
    struct place_block block;

    while (find_up(os, from, split, &block)) {
        if (is_pinned(os, &block))
            to = block.base;
        slide(os, &block, to);
        from = block.base + block.size;
        to += block.size;
    }
}

static void slide_up(struct os *os, paddr_t split)
{
    paddr_t to = os->place.end, from = to;
    struct place_block block;

    while (find_down(os, from, split, &block)) {
        to = is_pinned(os, &block) ? block.base : to - block.size;
        slide(os, &block, to);
        from = block.base;
    }
}

/* Of a table that has moved a mirror would read what is there now. */
static void load_all_registers(struct os *os)
{
    for (unsigned i = 0; i < os->slots; i++)
        if (os_lives(os, &os->processes[i]))
            os_load_registers(os, &os->processes[i]);
}

void os_compact(struct os *os, paddr_t split)
{
    const uint64_t moved = os->counts.moved_bytes;

    if (!alloc_cuts_anywhere(&os->place.alloc))
        return;
    os_guard_leave(os);
    slide_down(os, split);
    slide_up(os, split);
    os_guard_enter(os);
    load_all_registers(os);
    os->counts.compactions += os->counts.moved_bytes != moved;
}
