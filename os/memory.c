/*
 * os/memory.c - physical memory for segments: taken, given back, resized.
 *
 * Decisions of the model:
 * - A segment grows in place when the bytes at its open end are a hole; else it
 *   moves to a hole that holds it whole; else all others make way for it. Its
 *   process does not notice.
 * - Who asks for bytes that are there, but in no one hole, has memory
 *   compacted. When that is not enough, others go to the disk and who asks
 *   waits until they have, or until what the disk has pinned may move
 *   (os/want.c).
 * - Memory that is shared is not resized: who needs more gets a copy of its
 *   own; what is shared by a key stays as it is.
 * - Under guard, memory that is given back gets the pattern, and memory that is
 *   taken is looked at first.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "os/internal.h"

/* ---- guard ---- */

static void guard_fill(struct os *os, paddr_t base, uint32_t size)
{
    if (os->guarded)
        phys_pattern_fill(os->phys, base, size);
}

static bool guard_find(const struct os *os, paddr_t base, uint32_t size,
                       paddr_t *pa)
{
    *pa = phys_pattern_find(os->phys, base, size);
    return *pa != base + size;
}

/* [base, base + size) is about to be used. */
static void guard_look(struct os *os, paddr_t base, uint32_t size)
{
    paddr_t pa;

    if (!os->guarded || os->guard_hit || !guard_find(os, base, size, &pa))
        return;
    os->guard_hit = true;
    os->guard_pa = pa;
}

void os_guard_leave(struct os *os)
{
    struct place_block block;
    uint32_t at = ALLOC_NONE;

    while (place_next(&os->place, &at, &block))
        if (!block.used)
            guard_look(os, block.base, block.size);
}

void os_guard_enter(struct os *os)
{
    struct place_block block;
    uint32_t at = ALLOC_NONE;

    while (place_next(&os->place, &at, &block))
        if (!block.used)
            guard_fill(os, block.base, block.size);
}

void os_guard(struct os *os)
{
    os->guarded = true;
    os_guard_enter(os);
}

bool os_guard_broken(const struct os *os, paddr_t *pa)
{
    struct place_block block;
    uint32_t at = ALLOC_NONE;

    *pa = os->guard_pa;
    if (os->guard_hit || !os->guarded)
        return os->guard_hit;
    while (place_next(&os->place, &at, &block))
        if (!block.used && guard_find(os, block.base, block.size, pa))
            return true;
    return false;
}

/* ---- blocks ---- */

static int reserve_hole(struct os *os, uint32_t size, struct os_block *block)
{
    paddr_t base;
    const int err = place_alloc(&os->place, size, &base);

    if (err)
        return err;
    guard_look(os, base, size);
    *block = (struct os_block){base, size};
    return 0;
}

static uint32_t free_bytes(const struct os *os)
{
    return os->place.alloc.free_bytes;
}

void os_fail_allocation(struct os *os, uint64_t kth)
{
    os->fail_in = kth;
}

/* Whether the allocation that is made now is the one to fail. */
static bool is_to_fail(struct os *os)
{
    return os->fail_in > 0 && --os->fail_in == 0;
}

/* A hole that is there, or that a compaction makes. */
static int reserve_any(struct os *os, uint32_t size, struct os_block *block)
{
    int err = reserve_hole(os, size, block);

    if (err == -ENOSPC && free_bytes(os) >= size && !os->still) {
        os_compact(os, OS_COMPACT_DOWN);
        err = reserve_hole(os, size, block);
    }
    return err;
}

int os_reserve(struct os *os, uint32_t size, struct os_block *block)
{
    int err;

    if (os->wanted || is_to_fail(os))
        return -ENOSPC;
    err = reserve_any(os, size, block);
    while (err == -ENOSPC && os_make_free(os, size))
        err = reserve_any(os, size, block);
    return err;
}

int os_reserve_at(struct os *os, paddr_t base, uint32_t size,
                  struct os_block *block)
{
    const int err =
        is_to_fail(os) ? -ENOSPC : place_alloc_at(&os->place, base, size);

    if (err)
        return err;
    guard_look(os, base, size);
    *block = (struct os_block){base, size};
    return 0;
}

void os_free(struct os *os, const struct os_block *block)
{
    struct place_block whole; /* a slot or a buddy is larger */
    const bool found = place_find(&os->place, block->base, &whole);

    assert(found);
    phys_clear_code(os->phys, block->base, block->size);
    place_free(&os->place, block->base);
    guard_fill(os, whole.base, whole.size);
}

void os_release(struct os *os, struct os_block *block)
{
    if (block->size == 0)
        return;
    if (!os_share_drop(os, block)) {
        *block = (struct os_block){0};
        return;
    }

    os_shared_forget(os, block);
    if (!os_disk_keep(os, block))
        os_free(os, block);
    *block = (struct os_block){0};
}

void os_forget(struct os *os, struct process *process)
{
    for (unsigned i = 0; process->many && i < SEGMENT_TABLE_MAX; i++)
        os_release(os, &process->many->blocks[i]);
    for (unsigned i = 0; i < PCB_SEGMENTS; i++)
        os_release(os, &process->blocks[i]);
    os_many_free(process->many);
    process->many = NULL;
    os_swap_forget(os, process);
}

uint32_t os_reserved(const struct process *process)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; process->many && i < SEGMENT_TABLE_MAX; i++)
        bytes += process->many->blocks[i].size;
    for (unsigned i = 0; !process->many && i < PCB_SEGMENTS; i++)
        bytes += process->blocks[i].size;
    return bytes;
}

/* ---- moving ---- */

void os_watch_moves(struct os *os, os_moved *moved, void *ctx)
{
    os->moved = moved;
    os->moved_ctx = ctx;
}

void os_move(struct os *os, paddr_t to, paddr_t from, uint32_t size)
{
    phys_move(os->phys, to, from, size);
    if (os->moved)
        os->moved(os->moved_ctx, to, from, size);
}

/* ---- resizing ---- */

/* Where the @bounds bytes of a segment begin in its block. */
static paddr_t first_byte(const struct os_block *block, uint32_t bounds,
                          bool down)
{
    return down ? block->base + (block->size - bounds) : block->base;
}

static int extend_in_place(struct os *os, struct os_block *block, uint32_t more,
                           bool down)
{
    const paddr_t fresh = down ? block->base - more : block->base + block->size;
    const int err =
        place_extend(&os->place, block->base, down ? more : 0, down ? 0 : more);

    if (err)
        return err;
    guard_look(os, fresh, more);
    if (down)
        block->base = fresh;
    block->size += more;
    return 0;
}

/* Into a block of @size bytes, the @bounds bytes that are in use. */
static int move(struct os *os, struct os_block *block, uint32_t size,
                uint32_t bounds, bool down)
{
    struct os_block to;
    const int err = reserve_hole(os, size, &to);

    if (err)
        return err;
    if (bounds > 0)
        os_move(os, first_byte(&to, bounds, down),
                first_byte(block, bounds, down), bounds);
    os_release(os, block);
    *block = to;
    return 0;
}

static int try_room(struct os *os, struct os_block *block, uint32_t size,
                    uint32_t bounds, bool down)
{
    const uint32_t more = size - block->size;
    int err;

    if (size > bounds && os_users(os, block) > 1)
        return move(os, block, size, bounds, down);
    if (size <= block->size)
        return 0;
    if (extend_in_place(os, block, more, down) == 0 ||
        move(os, block, size, bounds, down) == 0)
        return 0;
    if (free_bytes(os) < more)
        return -ENOSPC;
    os_compact(os, down ? block->base - 1 : block->base);
    err = extend_in_place(os, block, more, down);
    return err == -EBUSY ? -ENOSPC : err; /* something pinned is in the way */
}

static int make_room(struct os *os, struct os_block *block, uint32_t size,
                     uint32_t bounds, bool down)
{
    int err;

    if (size > 0 && block->size == 0)
        return os_reserve(os, size, block);
    if (os->wanted || (size > block->size && is_to_fail(os)))
        return -ENOSPC;
    err = try_room(os, block, size, bounds, down);
    while (err == -ENOSPC &&
           os_make_free(os, size > block->size ? size - block->size : size))
        err = try_room(os, block, size, bounds, down);
    return err;
}

/* What is absent gets its bytes, zeros too, when it is brought in. */
static void fill_fresh(struct os *os, const struct segment *s,
                       const struct os_block *block, uint32_t bounds)
{
    if (s->absent || bounds <= s->bounds)
        return;
    os_work_clear(os,
                  first_byte(block, bounds, s->grows_down) +
                      (s->grows_down ? 0 : s->bounds),
                  bounds - s->bounds);
}

static int resize(struct os *os, struct process *process, unsigned selector,
                  uint32_t bounds)
{
    struct segment s = os_get_segment(os, process, selector);
    struct os_block *block = os_block_of(process, selector);

    if (s.bounds > block->size || os_shared_at(os, block))
        return -ENOMEM; /* shared, or a handler has changed the bounds */
    while (os_users(os, block) == 1 && os_is_pinned(os, block)) {
        if (os->waiter) {
            os_want_pinned(os);
            return -ENOMEM;
        }
        (void)os_disk_wait(os);
    }
    if (make_room(os, block, bounds, s.absent ? 0 : s.bounds, s.grows_down))
        return -ENOMEM;
    if (os_get_copy(os, process, selector) && os_users(os, block) == 1) {
        s.prot |= MMU_WRITE;
        os_set_copy(os, process, selector, false);
    }
    fill_fresh(os, &s, block, bounds);
    if (!s.absent)
        s.base = s.grows_down ? block->base + block->size : block->base;
    s.bounds = bounds;
    os_set_segment(os, process, selector, &s);
    os_break_follow(os, process, selector, bounds);
    return 0;
}

int os_resize(struct os *os, struct process *process, unsigned selector,
              uint32_t bounds)
{
    const struct process *held = os->held;
    int err;

    if (os_swap_in(os, process))
        return -ENOMEM;
    os->held = process;
    err = resize(os, process, selector, bounds);
    os->held = held;
    return err;
}
