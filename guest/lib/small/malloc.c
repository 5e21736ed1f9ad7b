/*
 * small/malloc.c - malloc for address spaces of a few KiB.
 *
 * Linked before the library for guest-cc --space segmented:14, where that of
 * os/alloc/ would fill the code segment. First fit over a free list by address
 * that coalesces; blocks begin with their size, of 8 bytes or a multiple. A
 * wrong or second free() is not noticed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct block {
    size_t size; /* bytes, this header included */
    union {
        struct block *next; /* in the free list; NULL behind the last */
        char bytes[4];
    };
};

#define HEADER offsetof(struct block, bytes)
#define UNIT   8u

static struct block *first;

static struct block *block_of(void *pointer)
{
    return (struct block *)(void *)((char *)pointer - HEADER);
}

static char *end_of(struct block *block)
{
    return (char *)block + block->size;
}

/* Make @low and the free block behind it one, if they touch. */
static void join(struct block *low)
{
    struct block *next = low->next;

    if (next && end_of(low) == (char *)next) {
        low->size += next->size;
        low->next = next->next;
    }
}

static void give(struct block *block)
{
    struct block *before = NULL;
    struct block **link = &first;

    while (*link && *link < block) {
        before = *link;
        link = &before->next;
    }
    block->next = *link;
    *link = block;
    join(block);
    if (before)
        join(before);
}

static int grow(size_t size)
{
    struct block *block = sbrk((intptr_t)size);

    if (block == (void *)-1)
        return 0;
    block->size = size;
    give(block);
    return 1;
}

void *malloc(size_t size)
{
    const size_t need = (size + HEADER + UNIT - 1) & ~(size_t)(UNIT - 1);

    if (need < size || need > INTPTR_MAX)
        return NULL;
    for (;;) {
        struct block **link = &first;

        while (*link && (*link)->size < need)
            link = &(*link)->next;

        struct block *block = *link;
        if (!block) {
            if (!grow(need))
                return NULL;
            continue;
        }
        *link = block->next;
        if (block->size - need >= UNIT) {
            struct block *rest = (struct block *)(void *)((char *)block + need);

            rest->size = block->size - need;
            rest->next = block->next;
            *link = rest;
            block->size = need;
        }
        return block->bytes;
    }
}

void free(void *pointer)
{
    if (pointer)
        give(block_of(pointer));
}

void *calloc(size_t count, size_t size)
{
    void *pointer =
        size && count > SIZE_MAX / size ? NULL : malloc(count * size);

    return pointer ? memset(pointer, 0, count * size) : NULL;
}

void *realloc(void *pointer, size_t size)
{
    void *moved = malloc(size);

    if (pointer && moved) {
        const size_t old = block_of(pointer)->size - HEADER;

        memcpy(moved, pointer, old < size ? old : size);
        free(pointer);
    }
    return moved;
}
