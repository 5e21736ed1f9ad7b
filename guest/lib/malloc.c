/*
 * malloc.c - malloc() over an embedded heap of os/alloc/, in the memory that
 * brk gives.
 *
 *      initial break, rounded up to 16
 *      | struct abi_heap: 16 bytes | 8 | header | the caller's bytes ... |
 *
 * The policy is chosen at link time; see malloc_policy.h. Lists are
 * kept by front, neighbours coalesce. What the caller gets is aligned for any
 * type. The record at the start (os/abi.h) tells the operating system how
 * much of the heap is in use.
 *
 * A pointer that malloc did not return, or freed twice, or a block whose end
 * was written over, ends the program by a message and abort() where it is
 * noticed.
 */
#include "malloc_policy.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/abi.h"
#include "os/alloc/heap.h"

#define ALIGN      ((uint32_t) _Alignof(max_align_t))
#define SIZE_LIMIT 0x7fffffffu
#define END_MARK   8u

/*
 * An aligned block inside a larger one: these words lie before it, where the
 * header of an ordinary block has its size and the magic.
 */
#define INNER_MAGIC 0x1abe11edu

static struct heap heap;
static struct abi_heap *record;

static uint32_t address_of(const void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

static void *pointer_to(uint32_t address)
{
    return (void *)(uintptr_t)address;
}

static uint32_t align_up(uint32_t n, uint32_t align)
{
    return (n + align - 1) & -align;
}

static void tell(void)
{
    record->size = heap.alloc.size;
    record->used = heap.used;
    record->used_peak = heap.used_peak;
}

/* The break moves; if somebody else has moved it, the heap goes on behind. */
static int grow(void *ctx, uint32_t end, uint32_t bytes, uint32_t *gap)
{
    const uint32_t now = address_of(sbrk(0));
    uint32_t from, to;

    (void)ctx;
    *gap = now == end ? 0 : align_up(now - end + END_MARK, 16);
    if (now < end || bytes > SIZE_LIMIT ||
        __builtin_add_overflow(end, *gap, &from) ||
        __builtin_add_overflow(from, bytes, &to) || brk(pointer_to(to)) != 0)
        return -1;
    return 0;
}

/* The record, then an empty heap: its end mark alone. */
static bool begin(void)
{
    const uint32_t now = address_of(sbrk(0));
    const uint32_t start = align_up(now, ABI_HEAP_ALIGN);
    const uint32_t first = start + sizeof(*record) + ALIGN - HEAP_HEADER;
    const struct alloc_config config = {
        .policy = alloc_lean_policy,
        .order = ALLOC_FRONT,
        .coalesce = ALLOC_COALESCE_ADDRESS,
        .base = first,
        .size = END_MARK,
        .align = ALIGN,
        .slot_size = address_of(__malloc_slot_size),
        .table = __malloc_table,
        .memory = pointer_to(first),
        .magic = ALLOC_LEAN_MAGIC,
        .tags = true,
    };

    if (sbrk((ptrdiff_t)(first + END_MARK - now)) == (void *)-1)
        return false;
    heap_init(&heap, &config); /* a lean one cannot fail */
    heap.grow = grow;
    record = pointer_to(start);
    record->magic = ABI_HEAP_MAGIC;
    return true;
}

void *malloc(size_t size)
{
    uint32_t address = 0;

    if (size <= SIZE_LIMIT && (record != NULL || begin()))
        address = heap_take(&heap, size > 0 ? size : 1);
    if (address == 0) {
        errno = ENOMEM;
        return NULL;
    }
    tell();
    return pointer_to(address);
}

static _Noreturn void give_up(enum heap_fault fault)
{
    static const char texts[][22] = {
        [HEAP_FOREIGN - 1] = "malloc: wrong pointer\n",
        [HEAP_NOT_LIVE - 1] = "malloc: freed already\n",
        [HEAP_OVERRUN - 1] = "malloc: overrun block\n",
    };

    write(STDERR_FILENO, texts[fault - 1], sizeof(texts[0]));
    abort();
}

static void must_be_live(uint32_t block)
{
    const enum heap_fault fault = heap_fault_of(&heap, block);

    if (fault != HEAP_OK)
        give_up(fault);
}

/* The block that holds `pointer`: another one if it is an inner block. */
static uint32_t outer(const void *pointer)
{
    const uint32_t *words = pointer;

    if ((uintptr_t)pointer % ALIGN != 0 || record == NULL)
        give_up(HEAP_FOREIGN);
    if (words[-1] == INNER_MAGIC)
        return address_of(pointer) - words[-2];
    return address_of(pointer);
}

void free(void *old)
{
    if (old == NULL)
        return;
    const uint32_t block = outer(old);

    must_be_live(block);
    heap_give(&heap, block);
    tell();
}

void *calloc(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        total = (size_t)-1;
    void *p = malloc(total);

    return p != NULL ? memset(p, 0, total) : NULL;
}

/* An inner block moves into one of its own. */
static void *resize_inner(void *old, uint32_t block, size_t size)
{
    const uint32_t has = heap_size_of(&heap, block) - (address_of(old) - block);
    void *p = malloc(size);

    if (p == NULL)
        return NULL;
    memcpy(p, old, has < size ? has : size);
    free(old);
    return p;
}

void *realloc(void *old, size_t size)
{
    if (old == NULL)
        return malloc(size);

    const uint32_t block = outer(old);
    uint32_t address = 0;

    must_be_live(block);
    if (block != address_of(old))
        return resize_inner(old, block, size);
    if (size <= SIZE_LIMIT)
        address = heap_resize(&heap, block, size > 0 ? size : 1);
    if (address == 0) {
        errno = ENOMEM;
        return NULL;
    }
    tell();
    return pointer_to(address);
}

/* A larger block, and in it the first aligned place behind two words. */
void *aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= ALIGN)
        return malloc(size);
    const bool possible = size <= SIZE_LIMIT && alignment < SIZE_LIMIT - size;
    char *p = malloc(possible ? size + alignment : (size_t)-1);

    if (p == NULL || (uintptr_t)p % alignment == 0)
        return p;
    uint32_t *at = pointer_to(align_up(address_of(p), alignment));

    at[-1] = INNER_MAGIC;
    at[-2] = address_of(at) - address_of(p);
    return at;
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
    int before = errno;
    void *p;

    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    p = aligned_alloc(alignment, size);
    errno = before;
    if (p == NULL)
        return ENOMEM;
    *result = p;
    return 0;
}
