/*
 * os/alloc/alloc.h - free space: one interface, the classic allocators.
 *
 *      base                                                    base + size
 *        | used | free | used | used | free      | used | free   |
 *
 * Blocks tile the heap. A block is used (handed out) or free; what a free
 * block is kept in (a list, a tree, lists by size) and which one serves a
 * request is the policy. Blocks are named by a number that is never
 * ALLOC_NONE, and are kept in one of two ways:
 *
 *   beside    each block has a node of ALLOC_NODE_SIZE bytes in memory from a
 *             struct alloc_source. Nothing of the heap is touched, so it may
 *             be simulated or imaginary, and a block may have 1 byte.
 *   embedded  all there is to know lies in the heap itself: a header before
 *             each used block, a node inside each free one. A block's name is
 *             its address. heap.h adds pointers, junk and checks.
 *
 * Units: bytes. A request of n bytes needs n rounded up to `align`, plus
 * `header`; embedded, it is the sum that is rounded up, so that every block is
 * aligned. The first free block that the policy accepts is split if what is
 * left can be a block (beside: any byte; embedded: what a node takes): the low
 * end is handed out, the high end stays free.
 *
 * The policies, and what `searched` counts:
 *
 *   first       the first of the list that is large enough; chunks looked at
 *   best        the smallest that is large enough, of equals the first in the
 *               list; all chunks of the list
 *   worst       the largest, of equals the first in the list; all chunks
 *   next        as first, but from the roving pointer on, once around; chunks
 *               looked at. The pointer follows the chunk that served last:
 *               after a split it points at what is left of it, after an exact
 *               fit at the chunk behind it. Behind the last, and at the start,
 *               it stands for the head. When its chunk is merged it points at
 *               the whole. A failed search leaves it.
 *   slots       first fit over equal slots that are never split or merged; a
 *               rest at the end that is no slot is never used
 *   segregated  32 lists, list k for chunks of 2^k to 2^(k+1) - 1 bytes. First
 *               fit in the need's own list, else the first chunk of the next
 *               list that has one; chunks looked at
 *   slab        needs up to 1 KiB are served by caches of objects of 2^k
 *               bytes, at least 8 (embedded 16), cut eight at a time (a slab)
 *               from a list with first fit that always coalesces; larger ones
 *               by that list. A cache whose slab is at most 1/8 of the heap
 *               has one prepared at boot. A cache gives its newest free object
 *               first. Slabs go back to the list when a request would fail
 *               otherwise. Chunks looked at, plus 1 for a cache
 *   buddy       blocks of 2^k bytes at multiples of 2^k from the base; a heap
 *               that is no power of two is several such blocks. Splits halves,
 *               hands out the low one; merges free halves at once. Of equal
 *               blocks the newest free one. Lists looked at, from the need's
 *               size up
 *   tree        AVL trees by size, then address, one for each list of tlsf: the
 *               smallest that is large enough, of equals the lowest; nodes
 *               looked at, down the tree of the need's size and, if that has
 *               none, down the left side of the next
 *   tlsf        two-level segregated fit: lists by power of two, each divided
 *               into 16; takes the newest chunk of the first list all of whose
 *               chunks are large enough. 1 if that is found in the need's own
 *               power of two, 2 if in a higher one; else 3, and the newest
 *               chunk of the need's own list serves if it is large enough
 *
 * Order is where a freed chunk goes in a list: first, best, worst, next,
 * slots, segregated (in each of its lists) and slab (in its list) obey it. By
 * size, a chunk comes after its equals; what is left by a split keeps its
 * place whatever its size, until the next chunk that is freed sorts the list
 * (stable).
 *
 * Coalescing happens when a block is freed. By address: its free neighbours
 * leave their lists and the whole goes where a freed chunk goes. By list (first
 * to next only): one walk over the list joins each chunk with the one behind
 * it in the list if that begins where it ends. Buddies, TLSF and slab's list
 * always coalesce, slots never.
 *
 * Sources: OSTEP ch. 17; Knuth, TAOCP 1, 2.5; Bonwick 1994 (slab); Masmano et
 * al. 2004 (TLSF).
 * Layer: os/alloc/ stands alone, without a C library: guests link it too.
 */
#ifndef OS_ALLOC_ALLOC_H
#define OS_ALLOC_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOC_NONE       0u          /* no block */
#define ALLOC_SIZE_MAX   0xfffffffeu /* of a heap */
#define ALLOC_HEADER_MAX 4096u
#define ALLOC_NODE_SIZE  32u

/* The magic of a guest's heap: see ALLOC_LEAN in internal.h. */
#define ALLOC_LEAN_MAGIC 0x600dcafdu

/* Words of config.table: what each policy wants (the others: none); enough. */
#define ALLOC_TABLE_SEGREGATED 65u
#define ALLOC_TABLE_SLAB       11u
#define ALLOC_TABLE_BUDDY      32u
#define ALLOC_TABLE_CLASSES    494u /* tree and tlsf */
#define ALLOC_TABLE_WORDS      494u

enum alloc_order {
    ALLOC_BY_ADDRESS,
    ALLOC_SIZE_ASC,
    ALLOC_SIZE_DESC,
    ALLOC_FRONT,
    ALLOC_BACK,
    ALLOC_ORDERS
};

enum alloc_coalesce {
    ALLOC_COALESCE_NONE,
    ALLOC_COALESCE_ADDRESS,
    ALLOC_COALESCE_LIST,
};

/*
 * Whether lists, beside the heap, have an index: the same answers, but none of
 * them takes a walk. It takes ALLOC_NODE_SIZE bytes more for each block, and
 * makes short walks slower.
 */
enum alloc_index {
    ALLOC_INDEX_LATER, /* once walks have been long for a while */
    ALLOC_INDEX_ALWAYS,
    ALLOC_INDEX_NEVER,
};

enum alloc_result {
    ALLOC_OK,
    ALLOC_FULL,     /* no free block serves the request */
    ALLOC_NO_NODES, /* the source of nodes gave none */
    ALLOC_WRONG,    /* the configuration, or the place, is impossible */
    ALLOC_BUSY,     /* some of these bytes are in use */
};

struct alloc_policy;
extern const struct alloc_policy alloc_first, alloc_best, alloc_worst,
    alloc_next, alloc_slots, alloc_segregated, alloc_slab, alloc_buddy,
    alloc_tree, alloc_tlsf;

/* All of them, in the order above: policies.c, which links them all. */
#define ALLOC_POLICIES 10u
extern const struct alloc_policy *const alloc_policies[ALLOC_POLICIES];

const char *alloc_policy_name(const struct alloc_policy *policy);

/* Words of config.table that the policy wants; 0 for the lists. */
uint32_t alloc_policy_table(const struct alloc_policy *policy);

/* Whether it keeps one list: then it can coalesce by list. */
bool alloc_policy_has_list(const struct alloc_policy *policy);

/*
 * Where nodes, and the index of lists, come from. resize() makes *@memory (NULL
 * at first) @bytes large as realloc() does, perhaps elsewhere, and returns
 * true; or leaves all as it was and returns false. 0 bytes: give it back.
 */
struct alloc_source {
    bool (*resize)(void *ctx, void **memory, size_t bytes);
    void *ctx;
};

struct alloc_config {
    const struct alloc_policy *policy;
    enum alloc_order order;
    enum alloc_coalesce coalesce;
    uint32_t base, size; /* base + size <= 2^32 */
    uint32_t header;     /* at most ALLOC_HEADER_MAX; embedded: 8 */
    uint32_t align;      /* a power of two, at most 64 KiB */
    uint32_t slot_size;  /* for slots */
    uint32_t *table;     /* borrowed; as many words as the policy wants */

    struct alloc_source nodes; /* beside */
    enum alloc_index indexing; /* beside */

    /*
     * Embedded: the byte at address `base`, which is > 0; both are aligned to
     * 4, and so is `size`. `align` is at least 4 (8 with tags), and `magic`
     * is no multiple of 4. With `tags` free neighbours are found at once: a
     * block has at least 16 bytes (in a tree 20), and the last 8 of the heap
     * are kept for an end mark. Only first to next and slots can do without.
     */
    void *memory; /* NULL: beside */
    uint32_t magic;
    bool tags;
};

/* Read these if you like; only os/alloc/ writes them. */
struct alloc {
    const struct alloc_policy *policy;
    enum alloc_order order;
    enum alloc_coalesce coalesce;
    uint32_t base, size; /* what blocks tile: without the end mark */
    uint32_t header, align, slot_size, magic;
    bool beside, tags;
    bool doubly; /* lists have links both ways */
    bool unsorted;

    uint8_t *bytes; /* nodes, or the heap */
    uint32_t bias;  /* block - bias: where its words are in bytes */
    uint32_t flag_mask, size_bias, block_min; /* see internal.h */

    uint32_t head;  /* of the list */
    uint32_t rover; /* of next fit; ALLOC_NONE: the head */
    uint32_t *table;
    uint32_t free_count;       /* free blocks */
    uint32_t free_bytes;       /* in them */
    uint32_t lowest, highest;  /* beside: the blocks at both ends */
    uint32_t spare;            /* beside: nodes to use again, linked */
    uint32_t spare_count;      /* how many */
    uint32_t node_end;         /* beside: nodes from here on are new */
    uint32_t node_size;        /* beside: bytes of all nodes */
    struct alloc_source nodes; /* beside */

    /* The index of lists, if there is one: see index.c. */
    enum alloc_index indexing;
    uint8_t *index;      /* an entry for each node */
    uint32_t order_root; /* of the list at head */
    uint32_t size_root;
    uint32_t effort; /* what walks have cost */
    bool resort;     /* the whole list, when it is sorted next */
};

/* What alloc_take() and alloc_resize() found. */
struct alloc_found {
    uint32_t block;    /* ALLOC_NONE: nothing */
    uint32_t searched; /* see above */
};

/*
 * A heap that is all free. Returns ALLOC_OK; ALLOC_WRONG if @config asks for
 * what the comments above exclude; ALLOC_NO_NODES.
 */
enum alloc_result alloc_init(struct alloc *a,
                             const struct alloc_config *config);

/* Give the nodes back. An allocator that is all 0 is let be. */
void alloc_reset(struct alloc *a);

/*
 * Serve a request of @size > 0 bytes.
 *
 * Returns ALLOC_OK and the block in *@found; or ALLOC_FULL or ALLOC_NO_NODES:
 * then no block has changed, and only found->searched is set.
 */
enum alloc_result alloc_take(struct alloc *a, uint32_t size,
                             struct alloc_found *found);

/*
 * Take the bytes from @address on that a request of @size > 0 needs. O(blocks).
 *
 * Returns ALLOC_OK and sets *@block, or leaves all as it was and returns
 *   ALLOC_WRONG     they do not lie in the heap or in one free block, or no
 * block of this policy can begin there (slots, buddy); slab: always ALLOC_BUSY
 * one of them is in use ALLOC_NO_NODES
 */
enum alloc_result alloc_take_at(struct alloc *a, uint32_t address,
                                uint32_t size, uint32_t *block);

/*
 * Free @block, which is used, and coalesce. Never fails. Returns the free
 * block that it is now part of.
 */
uint32_t alloc_give(struct alloc *a, uint32_t block);

/*
 * Make @block, which is used, serve @size > 0 bytes. It stays where it is if
 * it is large enough, or is so together with a free block right behind it
 * that coalescing by address would join; what it has too much is freed if the
 * policy splits blocks at any byte. found->searched is 0 then. Else another
 * block is taken, and the caller moves the bytes and frees the old one.
 *
 * Returns as alloc_take(): found->block == @block: it has stayed.
 */
enum alloc_result alloc_resize(struct alloc *a, uint32_t block, uint32_t size,
                               struct alloc_found *found);

/* Whether a block may begin and end at any byte: what alloc_widen() needs. */
bool alloc_cuts_anywhere(const struct alloc *a);

/*
 * Make @block, which is used, larger by @below bytes at its low end and @above
 * at its high end, where free blocks lie. Only beside the heap, with
 * coalescing by address. It keeps its name only if @below is 0: look it up by
 * its new address.
 *
 * Returns ALLOC_OK, or leaves all as it was and returns
 *   ALLOC_BUSY   some of these bytes are not free
 *   ALLOC_WRONG  this policy's blocks are not cut at any byte
 *   ALLOC_NO_NODES
 */
enum alloc_result alloc_widen(struct alloc *a, uint32_t block, uint32_t below,
                              uint32_t above);

/*
 * The heap has grown at its end by @bytes > 0 of free memory. Embedded: a
 * multiple of align. Slots: whole slots.
 *
 * Returns ALLOC_OK; or ALLOC_NO_NODES or ALLOC_WRONG (the heap would be too
 * large) and leaves all as it was.
 */
enum alloc_result alloc_extend(struct alloc *a, uint32_t bytes);

/* As alloc_extend(), but the new bytes are a used block, for good. */
enum alloc_result alloc_extend_used(struct alloc *a, uint32_t bytes);

/* How many bytes of new memory let a request of @size succeed for sure. */
uint32_t alloc_missing(const struct alloc *a, uint32_t size);

/* Blocks in the order of their addresses; ALLOC_NONE behind the last. */
uint32_t alloc_lowest(const struct alloc *a);
uint32_t alloc_above(const struct alloc *a, uint32_t block);

/* The list of a policy that has one, in its order; ALLOC_NONE at the end. */
uint32_t alloc_list_first(const struct alloc *a);
uint32_t alloc_list_next(const struct alloc *a, uint32_t block);

/* A block: its first byte, header included; its size; whether it is used. */
uint32_t alloc_address(const struct alloc *a, uint32_t block);
uint32_t alloc_extent(const struct alloc *a, uint32_t block);
bool alloc_is_used(const struct alloc *a, uint32_t block);

/* Size of the largest free block, 0 if there is none. O(blocks). */
uint32_t alloc_largest(const struct alloc *a);

/*
 * Full walk: blocks tile the heap, counts are right, the policy's structure is
 * sound and holds exactly the free blocks, and none that should have been
 * merged is left. Never follows a broken link out of the nodes or the heap, and
 * always ends.
 */
bool alloc_check(const struct alloc *a);

#endif /* OS_ALLOC_ALLOC_H */
