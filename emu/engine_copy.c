/*
 * emu/engine_copy.c - a copy of the bound address space, to go back to.
 *
 * The segments lie in the copy one behind the other, each from a whole page on.
 *
 * Decisions:
 * - Only pages that differ are written, so that pages nobody touched cost no
 *   host memory.
 * - A large space is mostly pages that nobody ever touched: they are 0 on both
 *   sides and need not be read. The host knows which (/proc/self/pagemap); it
 *   is believed only if it also knows a page that was touched just now. Where
 *   it cannot be asked all pages are read.
 *
 * No Unicorn here.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE    4096u
#define CHUNK   1024u           /* pages asked for at once */
#define ASK_MIN (1024u * 1024u) /* bytes; fewer are read sooner than asked */
#define TOUCHED (UINT64_C(3) << 62) /* a row's bits: in memory, in swap */

/* What the host says of its pages, in rows of 64 bits. */
struct pagemap {
    int fd; /* negative: it says nothing */
};

/* Of @count pages from the one with @at on. False: nothing is known. */
static bool ask(const struct pagemap *map, const uint8_t *at, uint64_t *rows,
                size_t count)
{
    const off_t offset = (off_t)((uintptr_t)at / PAGE * sizeof(*rows));
    const size_t size = count * sizeof(*rows);

    return map->fd >= 0 && pread(map->fd, rows, size, offset) == (ssize_t)size;
}

static struct pagemap open_pagemap(size_t size)
{
    struct pagemap map = {-1};
    uint64_t row = 1; /* its own page is touched */

    if (size < ASK_MIN || sysconf(_SC_PAGESIZE) != PAGE)
        return map;
    map.fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (ask(&map, (const uint8_t *)&row, &row, 1) && row & TOUCHED)
        return map;
    if (map.fd >= 0)
        close(map.fd);
    map.fd = -1;
    return map;
}

/* Copy what differs: untouched pages cost no memory. */
static void copy_page(uint8_t *to, const uint8_t *from, size_t size)
{
    if (memcmp(to, from, size) != 0)
        memcpy(to, from, size);
}

/*
 * At most CHUNK pages. A segment begins at any byte of physical memory, so a
 * page of it lies on up to two of the host's.
 */
static void copy_chunk(const struct pagemap *map, uint8_t *to,
                       const uint8_t *from, size_t size)
{
    const size_t count = (size + PAGE - 1) / PAGE;
    uint64_t to_rows[CHUNK + 1], from_rows[CHUNK + 1];
    const bool known = ask(map, to, to_rows, count + 1) &&
                       ask(map, from, from_rows, count + 1);

    for (size_t i = 0; i < count; i++) {
        const size_t at = i * PAGE;

        if (!known ||
            (to_rows[i] | to_rows[i + 1] | from_rows[i] | from_rows[i + 1]) &
                TOUCHED)
            copy_page(to + at, from + at, size - at < PAGE ? size - at : PAGE);
    }
}

static void copy_pages(const struct pagemap *map, uint8_t *to,
                       const uint8_t *from, size_t size)
{
    const size_t most = (size_t)CHUNK * PAGE;

    for (size_t at = 0; at < size; at += most)
        copy_chunk(map, to + at, from + at,
                   size - at < most ? size - at : most);
}

static size_t segments_size(const struct engine *e)
{
    struct mmu_span span;
    size_t size = 0;

    for (unsigned next = 0; mmu_next_span(e->mmu, &next, &span);)
        size += (span.bounds + PAGE - 1) / PAGE * PAGE;
    return size;
}

/* Between all segments and the copy, either way. */
static void move_segments(const struct engine *e, const struct space_copy *copy,
                          bool back)
{
    const struct pagemap map = open_pagemap(copy->size);
    struct mmu_span span;
    uint8_t *at = copy->bytes;

    for (unsigned next = 0; mmu_next_span(e->mmu, &next, &span);) {
        uint8_t *bytes = e->phys->bytes + span.base;

        if (back)
            copy_pages(&map, bytes, at, span.bounds);
        else
            copy_pages(&map, at, bytes, span.bounds);
        at += (span.bounds + PAGE - 1) / PAGE * PAGE;
    }
    if (map.fd >= 0)
        close(map.fd);
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
