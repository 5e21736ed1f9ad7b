/*
 * malloc.c - first fit over brk, with boundary tags.
 *
 * A block is a head word and what follows it. Sizes are multiples of ALIGN
 * and the low bits of the head say whether the block and the one before it
 * are in use. What the caller gets begins after the head and ends where the
 * next head begins:
 *
 *      in use   | head | the caller's bytes .......................... |
 *      free     | head | next | previous | ................... | size  |
 *
 * so an allocation costs 4 bytes and rounding, and free() finds both
 * neighbours at once and coalesces: no two free blocks are adjacent. Free
 * blocks form a doubly linked list, searched from the newest. The heap ends
 * with a head of size 0 that is always in use. If somebody else moved the
 * break meanwhile, a new piece of heap begins behind theirs.
 *
 * The heap grows by what is missing or, if the system agrees, by an eighth of
 * what it has: few calls for a large heap, no waste in a small space. It
 * never shrinks. A pointer that malloc did not return, or freed twice, ends
 * the program by abort() where it is noticed.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALIGN      _Alignof(max_align_t)
#define HEAD       sizeof(uint32_t)
#define BLOCK_MIN  16u
#define IN_USE     1u
#define PREV_USED  2u
#define FLAGS      (IN_USE | PREV_USED)
#define SIZE_LIMIT 0x7fffffffu

struct block {
    uint32_t head;
    struct block *next; /* these two only while the block is free */
    struct block *previous;
};

static struct block *free_list;
static char *heap_end; /* just after the last head */
static size_t heap_size;

static size_t size_of(const struct block *b)
{
    return b->head & ~FLAGS;
}

static struct block *at_offset(struct block *b, size_t offset)
{
    return (struct block *)((char *)b + offset);
}

static struct block *after(struct block *b)
{
    return at_offset(b, size_of(b));
}

static uint32_t *foot(struct block *b)
{
    return (uint32_t *)after(b) - 1;
}

static struct block *block_of(void *pointer)
{
    struct block *b = (struct block *)((char *)pointer - HEAD);

    if ((uintptr_t)pointer % ALIGN != 0 || !(b->head & IN_USE))
        abort();
    return b;
}

/* The size of a block with room for `size` bytes, or 0 if there is none. */
static size_t block_size(size_t size)
{
    if (size > SIZE_LIMIT)
        return 0;
    size = (size + HEAD + ALIGN - 1) & ~(ALIGN - 1);
    return size < BLOCK_MIN ? BLOCK_MIN : size;
}

static void unlink_block(struct block *b)
{
    if (b->previous != NULL)
        b->previous->next = b->next;
    else
        free_list = b->next;
    if (b->next != NULL)
        b->next->previous = b->previous;
}

static void link_block(struct block *b)
{
    b->previous = NULL;
    b->next = free_list;
    if (free_list != NULL)
        free_list->previous = b;
    free_list = b;
}

/* Frees a block, joins it with free neighbours, returns the whole. */
static struct block *release(struct block *b)
{
    size_t size = size_of(b);
    struct block *behind = after(b);

    if (!(behind->head & IN_USE)) {
        unlink_block(behind);
        size += size_of(behind);
    }
    if (!(b->head & PREV_USED)) {
        size_t before = ((uint32_t *)b)[-1];

        b = at_offset(b, -before);
        unlink_block(b);
        size += before;
    }
    b->head = size | PREV_USED;
    *foot(b) = size;
    after(b)->head &= ~PREV_USED;
    link_block(b);
    return b;
}

/* Gives back what block b, which is in use, has beyond size bytes. */
static void shrink(struct block *b, size_t size)
{
    size_t rest = size_of(b) - size;

    if (rest < BLOCK_MIN)
        return;
    b->head -= rest;
    after(b)->head = rest | IN_USE | PREV_USED;
    release(after(b));
}

/* Takes a free block off the list; what is too much goes back. */
static void *use(struct block *b, size_t size)
{
    unlink_block(b);
    b->head |= IN_USE;
    after(b)->head |= PREV_USED;
    shrink(b, size);
    return (char *)b + HEAD;
}

static struct block *find_first(size_t size)
{
    struct block *b = free_list;

    while (b != NULL && size_of(b) < size)
        b = b->next;
    return b;
}

/*
 * Makes the first head of a piece of heap that begins at or after `start`: the
 * caller's bytes must be aligned, the head lies just before them. Returns
 * where that head goes.
 */
static char *aligned_start(char *start)
{
    uintptr_t bytes = ((uintptr_t)start + HEAD + ALIGN - 1) & -ALIGN;

    return (char *)bytes - HEAD;
}

/* Where the heap is now, or where it will begin. */
static bool begin_piece(void)
{
    char *now = sbrk(0);

    if (heap_end != NULL && now == heap_end)
        return true;
    char *start = aligned_start(now);

    if (sbrk(start + HEAD - now) == (void *)-1)
        return false;
    heap_end = start + HEAD;
    ((struct block *)start)->head = IN_USE | PREV_USED;
    return true;
}

/* Moves the break; the last head becomes a free block before a new last. */
static struct block *extend(size_t size)
{
    struct block *b = (struct block *)(heap_end - HEAD);

    if (sbrk((ptrdiff_t)size) == (void *)-1)
        return NULL;
    heap_end += size;
    heap_size += size;
    b->head = size | IN_USE | (b->head & PREV_USED);
    after(b)->head = IN_USE | PREV_USED;
    return release(b);
}

/* How much of `size` a free block at the very end of the heap already has. */
static size_t free_at_end(void)
{
    struct block *last = (struct block *)(heap_end - HEAD);

    return last->head & PREV_USED ? 0 : ((uint32_t *)last)[-1];
}

static struct block *grow(size_t size)
{
    if (!begin_piece())
        return NULL;
    size_t missing = size - free_at_end();
    size_t generous = (heap_size / 8) & ~(ALIGN - 1);
    struct block *b = generous > missing ? extend(generous) : NULL;

    return b != NULL ? b : extend(missing);
}

void *malloc(size_t size)
{
    size_t wanted = block_size(size);
    struct block *b = wanted != 0 ? find_first(wanted) : NULL;

    if (b == NULL && wanted != 0)
        b = grow(wanted);
    if (b == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    return use(b, wanted);
}

void free(void *old)
{
    if (old != NULL)
        release(block_of(old));
}

void *calloc(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        total = (size_t)-1;
    void *p = malloc(total);

    return p != NULL ? memset(p, 0, total) : NULL;
}

/* Takes the free block behind b into b, if there is one and it suffices. */
static bool grow_in_place(struct block *b, size_t size)
{
    struct block *behind = after(b);

    if ((behind->head & IN_USE) || size_of(b) + size_of(behind) < size)
        return false;
    unlink_block(behind);
    b->head += size_of(behind);
    after(b)->head |= PREV_USED;
    return true;
}

void *realloc(void *old, size_t size)
{
    if (old == NULL)
        return malloc(size);
    struct block *b = block_of(old);
    size_t wanted = block_size(size);

    if (wanted != 0 && (size_of(b) >= wanted || grow_in_place(b, wanted))) {
        shrink(b, wanted);
        return old;
    }
    void *p = malloc(size);

    if (p == NULL)
        return NULL;
    memcpy(p, old, size_of(b) - HEAD);
    free(old);
    return p;
}

/* Cuts the front off block b, so that the rest's bytes begin at `at`. */
static struct block *cut_front(struct block *b, uintptr_t at)
{
    size_t front = at - HEAD - (uintptr_t)b;
    struct block *rest = at_offset(b, front);

    rest->head = (size_of(b) - front) | IN_USE | PREV_USED;
    b->head = front | IN_USE | (b->head & PREV_USED);
    release(b);
    return rest;
}

/* Takes enough to move the beginning up, then gives both ends back. */
void *aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= ALIGN)
        return malloc(size);
    size_t wanted = block_size(size);
    bool possible = wanted != 0 && alignment < SIZE_LIMIT - wanted;
    char *p = malloc(possible ? wanted + alignment + BLOCK_MIN : (size_t)-1);

    if (p == NULL)
        return NULL;
    uintptr_t at = ((uintptr_t)p + alignment - 1) & -alignment;

    if (at != (uintptr_t)p && at - (uintptr_t)p < BLOCK_MIN)
        at += alignment;
    struct block *b = block_of(p);

    if (at != (uintptr_t)p)
        b = cut_front(b, at);
    shrink(b, wanted);
    return (void *)at;
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
