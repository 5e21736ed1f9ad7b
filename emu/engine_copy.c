/*
 * emu/engine_copy.c - a copy of the bound address space, to go back to.
 *
 * The segments lie in the copy one behind the other, each from a whole page on.
 * Only pages that differ are written, so that pages nobody touched cost no host
 * memory. No Unicorn here.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u

/* Copy what differs: untouched pages cost no memory. */
static void copy_pages(uint8_t *to, const uint8_t *from, size_t size)
{
    for (size_t at = 0; at < size; at += PAGE) {
        const size_t n = size - at < PAGE ? size - at : PAGE;

        if (memcmp(to + at, from + at, n) != 0)
            memcpy(to + at, from + at, n);
    }
}

static size_t segments_size(const struct engine *e)
{
    struct mmu_span span;
    size_t size = 0;

    for (unsigned i = 0; e->mmu->ops->span(e->mmu, i, &span); i++)
        size += (span.bounds + PAGE - 1) / PAGE * PAGE;
    return size;
}

/* Between all segments and the copy, either way. */
static void move_segments(const struct engine *e, const struct space_copy *copy,
                          bool back)
{
    struct mmu_span span;
    uint8_t *at = copy->bytes;

    for (unsigned i = 0; e->mmu->ops->span(e->mmu, i, &span); i++) {
        uint8_t *bytes = e->phys->bytes + span.base;

        if (back)
            copy_pages(bytes, at, span.bounds);
        else
            copy_pages(at, bytes, span.bounds);
        at += (span.bounds + PAGE - 1) / PAGE * PAGE;
    }
}

void engine_copy_free(struct space_copy *copy)
{
    if (copy->bytes)
        munmap(copy->bytes, copy->size);
    *copy = (struct space_copy){0};
}

int engine_copy_room(const struct engine *e, struct space_copy *copy)
{
    const size_t size = segments_size(e);

    if (size == copy->size)
        return 0;
    engine_copy_free(copy);

    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return -ENOMEM;
    copy->bytes = bytes;
    copy->size = size;
    return 0;
}

void engine_copy_take(const struct engine *e, struct space_copy *copy)
{
    move_segments(e, copy, false);
}

void engine_copy_restore(const struct engine *e, const struct space_copy *copy)
{
    move_segments(e, copy, true);
}
