/*
 * os/share.c - memory that several processes have in common, and the copy that
 * one of them gets when it writes.
 *
 * Decisions of the model:
 * - Only whole blocks are shared, and only by the same segment of a process and
 *   of those forked from it. A block that one segment has alone is in no list.
 * - The right to write is taken from every user of a block. A user that writes
 *   gets it back with a copy of its own; the last one keeps the memory, if the
 *   disk is not about to read it.
 */
#include <errno.h>
#include <stdlib.h>

#include "os/internal.h"

static struct os_share *find(const struct os *os, paddr_t base)
{
    for (unsigned i = 0; i < os->share_count; i++)
        if (os->shares[i].base == base)
            return &os->shares[i];
    return NULL;
}

static struct os_share *add(struct os *os, paddr_t base)
{
    if (os->share_count == os->share_room) {
        const unsigned room = os->share_room ? 2 * os->share_room : 16;
        struct os_share *more = realloc(os->shares, room * sizeof(*os->shares));

        if (!more)
            return NULL;
        os->shares = more;
        os->share_room = room;
    }
    os->shares[os->share_count] = (struct os_share){.base = base, .users = 1};
    return &os->shares[os->share_count++];
}

int os_share(struct os *os, const struct os_block *of, struct os_block *block)
{
    struct os_share *share = find(os, of->base);

    if (!share)
        share = add(os, of->base);
    if (!share)
        return -ENOMEM;
    share->users++;
    *block = *of;
    return 0;
}

unsigned os_users(const struct os *os, const struct os_block *block)
{
    const struct os_share *share =
        block->size > 0 ? find(os, block->base) : NULL;

    return share ? share->users : 1;
}

void os_share_move(struct os *os, paddr_t from, paddr_t to)
{
    struct os_share *share = find(os, from);

    if (share)
        share->base = to;
}

bool os_share_drop(struct os *os, const struct os_block *block)
{
    struct os_share *share = find(os, block->base);

    if (!share)
        return true;
    if (--share->users == 1)
        *share = os->shares[--os->share_count];
    return false;
}

void os_copy_on_write(struct os *os, struct process *process, unsigned selector)
{
    struct segment s = os_get_segment(os, process, selector);

    if (!(s.prot & MMU_WRITE))
        return;
    s.prot &= ~(unsigned)MMU_WRITE;
    os_set_segment(os, process, selector, &s);
    os_set_copy(os, process, selector, true);
}

/* Where the bytes of @s begin. */
static paddr_t first_byte(const struct segment *s)
{
    return s->grows_down ? s->base - s->bounds : s->base;
}

/* As large as the old one; the bytes lie in the same place in it. */
static int copy_block(struct os *os, struct os_block *block, struct segment *s)
{
    const uint32_t first = first_byte(s) - block->base;
    const uint32_t base = s->base - block->base;
    struct os_block copy;

    if (os_reserve(os, block->size, &copy)) { /* may move the old block */
        os->shortage = (struct os_shortage){OS_SHORT_OF_COPY, block->size};
        return -ENOMEM;
    }
    if (s->bounds > 0)
        os_work_copy(os, copy.base + first, block->base + first, s->bounds);
    s->base = copy.base + base;
    os_release(os, block);
    *block = copy;
    return 0;
}

static int unshare(struct os *os, struct process *process, unsigned selector)
{
    struct os_block *block;
    struct segment s;

    if (selector >= os_segments(os, process) ||
        !os_get_copy(os, process, selector))
        return -EINVAL;
    s = os_get_segment(os, process, selector);
    block = os_block_of(process, selector);
    if ((os_users(os, block) > 1 || os_is_pinned(os, block)) &&
        copy_block(os, block, &s))
        return -ENOMEM;
    s.prot |= MMU_WRITE;
    os_set_segment(os, process, selector, &s);
    os_set_copy(os, process, selector, false);
    return 0;
}

int os_unshare(struct os *os, struct process *process, unsigned selector)
{
    const struct process *held = os->held;
    int err;

    if (os_swap_in(os, process))
        return -ENOMEM;
    os->held = process;
    err = unshare(os, process, selector);
    os->held = held;
    return err;
}
