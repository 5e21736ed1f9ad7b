/*
 * os/alloc/heap.h - a heap for programs: pointers, junk, checks, growth.
 *
 *      | size | magic | the caller's bytes ... | size | next | free ...... |
 *      ^ a used block ^ what heap_take() gives ^ a free block: size, link
 *
 * An embedded allocator (alloc.h) with what malloc() needs around it. Where
 * the blocks lie and what their words say is alloc.h's; `size` is that of the
 * bytes behind the header. Freed bytes are filled with HEAP_JUNK.
 *
 * heap_give() looks at the pointer before it does anything: a header must lie
 * before it, its size must lead to another sound header or free block. So it
 * notices pointers it never gave, blocks that are free already, and bytes
 * written past the end of a block (a header is overrun) when that block or the
 * next one is freed. A block whose bytes imitate a header can deceive it.
 *
 * Layer: os/alloc/.
 */
#ifndef OS_ALLOC_HEAP_H
#define OS_ALLOC_HEAP_H

#include "os/alloc/alloc.h"

#define HEAP_HEADER 8u
#define HEAP_JUNK   0xdfu

/* What is wrong with a pointer. */
enum heap_fault {
    HEAP_OK,
    HEAP_FOREIGN,  /* outside the heap, or not where a block can begin */
    HEAP_NOT_LIVE, /* no used block begins there: freed, or never given */
    HEAP_OVERRUN,  /* its header, or the next one, has been written over */
};

struct heap {
    struct alloc alloc; /* embedded */

    /*
     * Make @bytes of memory, a multiple of the alignment, follow the heap,
     * which ends at @end. Returns 0, or anything else: there is no more. If
     * somebody else has used bytes from @end on, *@gap is set to a multiple of
     * the alignment, at least 16, and [end + gap - 8, end + gap + bytes) is
     * the heap's. NULL: the heap never grows. With tags only.
     */
    int (*grow)(void *ctx, uint32_t end, uint32_t bytes, uint32_t *gap);
    void *ctx;

    uint32_t used, used_peak; /* bytes handed out, rounding included */
};

/*
 * @config is one for an embedded heap. Its header is HEAP_HEADER. Returns as
 * alloc_init().
 */
enum alloc_result heap_init(struct heap *heap,
                            const struct alloc_config *config);

/* @size > 0 bytes: their address, or 0 when there are none. */
uint32_t heap_take(struct heap *heap, uint32_t size);

/* What heap_give() would say. */
enum heap_fault heap_fault_of(const struct heap *heap, uint32_t address);

/* Free what heap_take() gave. A fault changes nothing. */
enum heap_fault heap_give(struct heap *heap, uint32_t address);

/*
 * Make the block at @address, which is live, hold @size > 0 bytes. Returns
 * its address: the same, or that of a new block that holds the old bytes (the
 * old one is freed); or 0 when there is none: then the old one stays.
 */
uint32_t heap_resize(struct heap *heap, uint32_t address, uint32_t size);

/* How many bytes the live block at @address holds. */
uint32_t heap_size_of(const struct heap *heap, uint32_t address);

/* As alloc_check(). */
bool heap_check(const struct heap *heap);

#endif /* OS_ALLOC_HEAP_H */
