/*
 * mmu/phys.c - physical memory; see phys.h.
 *
 * Decisions:
 * - What costs is what was touched, not what there is: large ranges are cleared
 *   by giving their host pages back, and the code map is looked at only between
 *   the first and the last byte that was ever code.
 */
#include "mmu/phys.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FORGET_MIN (256u * 1024u) /* bytes; fewer are cleared by hand */

/* phys_is_code() reads whole bytes behind the last bit it needs. */
static size_t map_size(uint32_t size)
{
    return size / 8 + 4;
}

/* Zero pages that cost nothing until touched. */
static uint8_t *reserve(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return at == MAP_FAILED ? NULL : at;
}

int phys_create(struct phys **out, uint32_t size)
{
    if (size < PHYS_SIZE_MIN || size > PHYS_SIZE_MAX)
        return -EINVAL;

    struct phys *phys = calloc(1, sizeof(*phys));
    if (!phys)
        return -ENOMEM;

    phys->size = size;
    uint8_t *block = reserve((size_t)size + 2 * PHYS_SLACK);
    phys->code_map = calloc(1, map_size(size));
    phys->open = calloc(size / PHYS_BLOCK + 1, sizeof(*phys->open));
    if (block)
        phys->bytes = block + PHYS_SLACK;
    phys->code_begin = size;
    if (!block || !phys->code_map || !phys->open) {
        phys_destroy(phys);
        return -ENOMEM;
    }
    *out = phys;
    return 0;
}

void phys_destroy(struct phys *phys)
{
    if (!phys)
        return;
    if (phys->bytes)
        munmap(phys->bytes - PHYS_SLACK, (size_t)phys->size + 2 * PHYS_SLACK);
    free(phys->code_map);
    free(phys->open);
    free(phys);
}

void phys_read(const struct phys *phys, paddr_t pa, void *to, uint32_t size)
{
    assert(phys_holds(phys, pa, size));
    memcpy(to, phys->bytes + pa, size);
}

/* Whether the map has a bit in the whole bytes [first, last). */
static bool map_has_bits(const struct phys *phys, uint32_t first, uint32_t last)
{
    uint64_t word;

    for (; first + sizeof(word) <= last; first += sizeof(word)) {
        memcpy(&word, phys->code_map + first, sizeof(word));
        if (word)
            return true;
    }
    for (; first < last; first++)
        if (phys->code_map[first])
            return true;
    return false;
}

/* Whether the map has a bit for a byte of [pa, pa + size). */
static bool holds_code(const struct phys *phys, paddr_t pa, uint32_t size)
{
    const uint32_t head = size < 16 ? size : 16 - pa % 8; /* to a whole byte */
    const uint32_t tail = (size - head) % 8;

    return (head > 0 && phys_is_code(phys, pa, head)) ||
           (tail > 0 && phys_is_code(phys, pa + size - tail, tail)) ||
           map_has_bits(phys, (pa + head) / 8, (pa + size - tail) / 8);
}

/* The part of [*pa, *pa + size) where there may be code; returns its size. */
static uint32_t clip_to_code(const struct phys *phys, paddr_t *pa,
                             uint32_t size)
{
    const paddr_t end =
        *pa + size < phys->code_end ? *pa + size : phys->code_end;

    if (*pa < phys->code_begin)
        *pa = phys->code_begin;
    return *pa < end ? end - *pa : 0;
}

/* Raise the epoch if the range holds translated code. */
static void note_change(struct phys *phys, paddr_t pa, uint32_t size)
{
    assert(phys_holds(phys, pa, size));
    size = clip_to_code(phys, &pa, size);
    if (size > 0 && holds_code(phys, pa, size))
        phys->code_epoch++;
}

void phys_move(struct phys *phys, paddr_t to, paddr_t from, uint32_t size)
{
    assert(phys_holds(phys, from, size));
    note_change(phys, to, size);
    memmove(phys->bytes + to, phys->bytes + from, size);
}

/* Zero bytes, the whole host pages by making them untouched. */
static void clear(uint8_t *at, size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t head = -(uintptr_t)at & (page - 1);

    if (size < FORGET_MIN || head > size) {
        memset(at, 0, size);
        return;
    }
    const size_t whole = (size - head) & ~(page - 1);
    if (madvise(at + head, whole, MADV_DONTNEED)) /* locked in memory */
        memset(at + head, 0, whole);
    memset(at, 0, head);
    memset(at + head + whole, 0, size - head - whole);
}

void phys_write(struct phys *phys, paddr_t pa, const void *from, uint32_t size)
{
    note_change(phys, pa, size);
    memcpy(phys->bytes + pa, from, size);
}

void phys_fill(struct phys *phys, paddr_t pa, uint8_t byte, uint32_t size)
{
    note_change(phys, pa, size);
    if (byte == 0)
        clear(phys->bytes + pa, size);
    else
        memset(phys->bytes + pa, byte, size);
}

uint32_t phys_read32(const struct phys *phys, paddr_t pa)
{
    uint8_t b[4];

    phys_read(phys, pa, b, sizeof(b));
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

void phys_write32(struct phys *phys, paddr_t pa, uint32_t value)
{
    const uint8_t b[4] = {(uint8_t)value, (uint8_t)(value >> 8),
                          (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

    phys_write(phys, pa, b, sizeof(b));
}

/* There is code in the block of @pa. */
static void shut(struct phys *phys, paddr_t pa)
{
    if (phys->open[pa / PHYS_BLOCK])
        phys->open_epoch++;
    phys->open[pa / PHYS_BLOCK] = false;
}

bool phys_open(struct phys *phys, paddr_t pa, uint32_t size)
{
    assert(phys_holds(phys, pa, size) && size > 0);
    const paddr_t last = pa + (size - 1);
    paddr_t code = pa;
    const uint32_t code_size = clip_to_code(phys, &code, size);

    if (code_size > 0 && holds_code(phys, code, code_size))
        return false;
    for (uint32_t i = pa / PHYS_BLOCK; i <= last / PHYS_BLOCK; i++)
        phys->open[i] = true;
    return true;
}

void phys_mark_code(struct phys *phys, paddr_t pa, uint32_t size)
{
    assert(phys_holds(phys, pa, size));
    for (uint32_t i = 0; i < size; i++) {
        phys->code_map[(pa + i) / 8] |= (uint8_t)(1u << (pa + i) % 8);
        shut(phys, pa + i);
    }
    if (pa < phys->code_begin)
        phys->code_begin = pa;
    if (pa + size > phys->code_end)
        phys->code_end = pa + size;
}

void phys_clear_code(struct phys *phys, paddr_t pa, uint32_t size)
{
    note_change(phys, pa, size);
    size = clip_to_code(phys, &pa, size);
    const paddr_t end = pa + size;

    for (; pa < end && pa % 8 != 0; pa++)
        phys->code_map[pa / 8] &= (uint8_t) ~(1u << pa % 8);
    memset(phys->code_map + pa / 8, 0, (end - pa) / 8);
    for (pa += (end - pa) / 8 * 8; pa < end; pa++)
        phys->code_map[pa / 8] &= (uint8_t) ~(1u << pa % 8);
}

/* One round of a multiplicative hash: neighbours differ in all bits. */
static uint8_t pattern(paddr_t pa)
{
    return (uint8_t)((pa * UINT32_C(2654435761)) >> 24 ^ pa >> 16);
}

void phys_pattern_fill(struct phys *phys, paddr_t pa, uint32_t size)
{
    note_change(phys, pa, size);
    for (uint32_t i = 0; i < size; i++)
        phys->bytes[pa + i] = pattern(pa + i);
}

paddr_t phys_pattern_find(const struct phys *phys, paddr_t pa, uint32_t size)
{
    assert(phys_holds(phys, pa, size));
    for (uint32_t i = 0; i < size; i++)
        if (phys->bytes[pa + i] != pattern(pa + i))
            return pa + i;
    return pa + size;
}
