/*
 * os/alloc/internal.h - what the files of os/alloc/ know of each other.
 *
 * A block's words, 4 bytes each:
 *
 *      beside (a node)         embedded, used    embedded, free
 *      0  extent               extent - header   extent - header
 *      1  link                 magic             link
 *      2  link                 the caller's ..   link, if doubly linked
 *      3  level (tree)                           level, if a tree
 *      4  address                                ..
 *      5  block below                            last, with tags: extent
 *      6  block above
 *      7  flags
 *
 * With tags the low three bits of word 0 are the flags, and the word at the
 * end of a free block is its extent. The flag BELOW_FREE says that the block
 * below has it. The end mark is the header of a used block without bytes.
 *
 * Layer: os/alloc/, private (tests may look).
 */
#ifndef OS_ALLOC_INTERNAL_H
#define OS_ALLOC_INTERNAL_H

#include "os/alloc/alloc.h"

enum block_word {
    WORD_SIZE,
    WORD_NEXT, /* or the left child, or the magic */
    WORD_PREV, /* or the right child */
    WORD_LEVEL,
    WORD_ADDRESS,
    WORD_BELOW,
    WORD_ABOVE,
    WORD_FLAGS,
};

#define BLOCK_BELOW_FREE 1u /* with tags: the block below is a free chunk */
#define BLOCK_OBJECT     2u /* one of a slab */
#define BLOCK_SLAB       4u /* the first of a slab */
#define BLOCK_USED       8u /* beside only; embedded it is the magic */
#define BLOCK_TAGS       7u

/*
 * Beside: node n begins NODE_SKEW bytes before its number in the memory for
 * nodes, which has none for number 0. Where large memory begins 16 bytes behind
 * a page, as malloc's does, no node then lies in two cache lines.
 */
#define NODE_SKEW 16u

#define BLOCK_HEADER   8u /* embedded: size and magic */
#define BLOCK_TAGGED   16u
#define BLOCK_END_MARK 8u

/* What a policy is. */
struct alloc_policy {
    const char *name;
    uint32_t table; /* words */
    uint32_t flags; /* of blocks that only it knows */
    uint32_t nodes; /* new blocks that take() may make at most */
    uint32_t more;  /* embedded: what a free block has beyond 16 bytes */
    uint32_t lists; /* in freelist.c's order: from a->head, or in the table */
    bool has_list;  /* first to next, slots: one list from a->head */
    bool by_size;   /* its index also finds by size */
    bool merges;    /* it coalesces whatever the configuration says */
    bool whole;     /* its blocks cannot be split at any byte */
    bool (*boot)(struct alloc *a); /* after the first extend(); or NULL */
    /* Serve @need bytes; see alloc_take(). The nodes are there. */
    void (*take)(struct alloc *a, uint32_t need, struct alloc_found *found);
    /* Free a block whose header may be overwritten. */
    uint32_t (*give)(struct alloc *a, uint32_t block);
    /* A new block at the end, taken apart as the policy likes, is free. */
    enum alloc_result (*extend)(struct alloc *a, uint32_t bytes);
    /* The part [@address, @address + @need) of the free @block; or NONE. */
    uint32_t (*carve)(struct alloc *a, uint32_t block, uint32_t address,
                      uint32_t need);
    uint32_t (*missing)(const struct alloc *a, uint32_t need);

    /* For chunk.c: where free chunks are kept. */
    uint32_t (*find)(struct alloc *a, uint32_t need, uint32_t *searched);
    void (*insert)(struct alloc *a, uint32_t chunk);
    void (*remove)(struct alloc *a, uint32_t chunk);
    /* @rest, smaller, stands where @chunk stood; NULL: remove and insert. */
    void (*replace)(struct alloc *a, uint32_t chunk, uint32_t rest);

    /* The structure holds what it should: see count_free(). */
    bool (*check)(const struct alloc *a);
};

/*
 * ---- what a guest's malloc never changes ----
 *
 * With ALLOC_LEAN a library is made for embedded heaps with tags whose lists
 * are kept by front and coalesce by address: what the compiler knows then, it
 * leaves out. Walkers and placement at an address are left out, too.
 */
#ifdef ALLOC_LEAN
#define ALLOC_HOST(function) NULL
extern const struct alloc_policy *const alloc_lean_policy; /* the one linked */
#define ALLOC_LEAN_POLICY alloc_lean_policy
static const bool alloc_is_lean = true;
#else
#define ALLOC_HOST(function) function
#define ALLOC_LEAN_POLICY    NULL
static const bool alloc_is_lean = false;
#endif

static inline const struct alloc_policy *policy_of(const struct alloc *a)
{
    return alloc_is_lean ? ALLOC_LEAN_POLICY : a->policy;
}

static inline uint32_t magic_of(const struct alloc *a)
{
    return alloc_is_lean ? ALLOC_LEAN_MAGIC : a->magic;
}

static inline bool is_beside(const struct alloc *a)
{
    return !alloc_is_lean && a->beside;
}

static inline bool has_tags(const struct alloc *a)
{
    return alloc_is_lean || a->tags;
}

static inline bool is_doubly(const struct alloc *a)
{
    return alloc_is_lean || a->doubly;
}

static inline enum alloc_order order_of(const struct alloc *a)
{
    return alloc_is_lean ? ALLOC_FRONT : a->order;
}

static inline enum alloc_coalesce coalesce_of(const struct alloc *a)
{
    return alloc_is_lean ? ALLOC_COALESCE_ADDRESS : a->coalesce;
}

static inline uint32_t align_of(const struct alloc *a)
{
    return alloc_is_lean ? (uint32_t) _Alignof(max_align_t) : a->align;
}

static inline uint32_t flag_mask(const struct alloc *a)
{
    return alloc_is_lean ? BLOCK_TAGS : a->flag_mask;
}

static inline uint32_t size_bias(const struct alloc *a)
{
    return alloc_is_lean ? BLOCK_HEADER : a->size_bias;
}

/* ---- a block's words (block.c) ---- */

static inline uint32_t *block_words(const struct alloc *a, uint32_t block)
{
    return (uint32_t *)(void *)(a->bytes + (block - a->bias));
}

static inline uint32_t block_word(const struct alloc *a, uint32_t block,
                                  enum block_word word)
{
    return block_words(a, block)[word];
}

static inline void block_set(const struct alloc *a, uint32_t block,
                             enum block_word word, uint32_t value)
{
    block_words(a, block)[word] = value;
}

static inline uint32_t block_extent(const struct alloc *a, uint32_t block)
{
    return (block_word(a, block, WORD_SIZE) & ~flag_mask(a)) + size_bias(a);
}

static inline uint32_t block_address(const struct alloc *a, uint32_t block)
{
    return is_beside(a) ? block_word(a, block, WORD_ADDRESS) : block;
}

static inline uint32_t block_flags(const struct alloc *a, uint32_t block)
{
    return is_beside(a) ? block_word(a, block, WORD_FLAGS)
                        : block_word(a, block, WORD_SIZE) & flag_mask(a);
}

static inline bool block_is_used(const struct alloc *a, uint32_t block)
{
    return is_beside(a) ? block_word(a, block, WORD_FLAGS) & BLOCK_USED
                        : block_word(a, block, WORD_NEXT) == magic_of(a);
}

/* Free, and no object of a slab: it may be merged. */
static inline bool block_is_chunk(const struct alloc *a, uint32_t block)
{
    return !block_is_used(a, block) && !(block_flags(a, block) & BLOCK_OBJECT);
}

/* The block right above @block, or ALLOC_NONE. */
static inline uint32_t block_above(const struct alloc *a, uint32_t block)
{
    if (is_beside(a))
        return block_word(a, block, WORD_ABOVE);

    const uint32_t above = block + block_extent(a, block);
    return above - a->base < a->size ? above : ALLOC_NONE;
}

/* The free chunk right below @block, or ALLOC_NONE. Not without tags. */
uint32_t block_below_chunk(const struct alloc *a, uint32_t block);

void block_set_extent(struct alloc *a, uint32_t block, uint32_t extent);
void block_set_flags(struct alloc *a, uint32_t block, uint32_t flags);

/* Mark @block, and what tells its neighbours; count it. */
void block_use(struct alloc *a, uint32_t block);
void block_free(struct alloc *a, uint32_t block); /* a chunk */

/* Make sure that @count new blocks can be made. False: no memory for them. */
bool block_reserve(struct alloc *a, uint32_t count);

/*
 * @block, which is used, keeps its first @extent bytes. Returns the rest: a
 * used block of its own. Its node is there.
 */
uint32_t block_split(struct alloc *a, uint32_t block, uint32_t extent);

/* Make two used neighbours one; @low stays. */
void block_join(struct alloc *a, uint32_t low, uint32_t high);

/* A used block of @extent bytes at the end of the heap. */
uint32_t block_append(struct alloc *a, uint32_t extent);

/* Whether @block can be a block at all, by its number alone. */
bool block_plausible(const struct alloc *a, uint32_t block);

/* Blocks tile the heap, neighbours know each other, counts are right. */
bool block_check(const struct alloc *a);

/* How many free chunks or, if @objects, free objects of slabs there are. */
uint32_t block_count_free(const struct alloc *a, bool objects);

/* ---- chunks: split and coalesce (chunk.c) ---- */

void chunk_take(struct alloc *a, uint32_t need, struct alloc_found *found);
uint32_t chunk_give(struct alloc *a, uint32_t block);
enum alloc_result chunk_extend(struct alloc *a, uint32_t bytes);
uint32_t chunk_carve(struct alloc *a, uint32_t block, uint32_t address,
                     uint32_t need);
uint32_t chunk_missing(const struct alloc *a, uint32_t need);

/* Hand out the low @need bytes of the free @chunk, which has them. */
void chunk_use(struct alloc *a, uint32_t chunk, uint32_t need);

/* Free what @block, which is used, has beyond @need bytes, if it can be. */
void chunk_trim(struct alloc *a, uint32_t block, uint32_t need);

/*
 * ---- lists (freelist.c): from *@head on ----
 *
 * Those that are kept in order, and may have an index:
 */

void freelist_insert(struct alloc *a, uint32_t *head, uint32_t chunk);
void freelist_append(struct alloc *a, uint32_t *head, uint32_t chunk);
void freelist_take_out(struct alloc *a, uint32_t *head, uint32_t chunk);
void freelist_replace(struct alloc *a, uint32_t *head, uint32_t chunk,
                      uint32_t rest);
uint32_t freelist_first_fit(struct alloc *a, uint32_t *head, uint32_t need,
                            uint32_t *searched);

/* All others; and for the index, what happens to the list alone. */
void freelist_push(struct alloc *a, uint32_t *head, uint32_t chunk);
void freelist_remove(struct alloc *a, uint32_t *head, uint32_t chunk);
/* Behind @before; ALLOC_NONE: at the front. */
void freelist_link(struct alloc *a, uint32_t *head, uint32_t before,
                   uint32_t chunk);
/* @next, behind @chunk in the list at a->head and in the heap, joins it. */
void freelist_join(struct alloc *a, uint32_t chunk, uint32_t next);

/*
 * The links are sound, all blocks are free and, if @ordered, they stand as the
 * order says. Returns how many, or UINT32_MAX.
 */
uint32_t freelist_count(const struct alloc *a, uint32_t head, bool ordered);

/* Sort the list by size, stable; join chunks with those behind that touch. */
void freelist_sort(struct alloc *a, uint32_t *head);
void freelist_coalesce(struct alloc *a);

/* ---- the index of lists (index.c): only if is_indexed() ---- */

static inline bool is_indexed(const struct alloc *a)
{
    return !alloc_is_lean && a->index != NULL;
}

/* Searches: as the walks that they stand for. */
uint32_t index_first_fit(struct alloc *a, uint32_t *head, uint32_t need,
                         uint32_t *searched);
uint32_t index_next_fit(struct alloc *a, uint32_t start, uint32_t need,
                        uint32_t *searched);
uint32_t index_worst_fit(struct alloc *a, uint32_t need);
uint32_t index_best_fit(struct alloc *a, uint32_t need);

/* Into list and index. */
void index_insert(struct alloc *a, uint32_t *head, uint32_t chunk);
void index_append(struct alloc *a, uint32_t *head, uint32_t chunk);
void index_coalesce(struct alloc *a);

/* Of the index alone, before the list itself is changed. */
void index_remove(struct alloc *a, uint32_t *head, uint32_t chunk);
void index_replace(struct alloc *a, uint32_t *head, uint32_t chunk,
                   uint32_t rest);

/* From the lists as they are; its memory is there. */
void index_build(struct alloc *a);
bool index_resize(struct alloc *a, uint32_t bytes); /* false: no memory */
void index_drop(struct alloc *a);                   /* there may be none */
bool index_check(const struct alloc *a);            /* also without */

/* A walk took so many steps; between requests, is it time for an index? */
void index_walked(struct alloc *a, uint32_t steps);
void index_consider(struct alloc *a);

/* ---- a policy's one list, a->head (fit.c) ---- */

uint32_t fit_first(struct alloc *a, uint32_t need, uint32_t *searched);
void fit_insert(struct alloc *a, uint32_t chunk);
void fit_remove(struct alloc *a, uint32_t chunk);
void fit_replace(struct alloc *a, uint32_t chunk, uint32_t rest);

/* ---- numbers ---- */

/* The exponent of the largest power of two that is not above @n > 0. */
static inline unsigned log2_floor(uint32_t n)
{
    return 31u - (unsigned)__builtin_clz(n);
}

static inline unsigned log2_ceil(uint32_t n)
{
    return n > 1 ? log2_floor(n - 1) + 1 : 0;
}

/* A bug of ours: as assert(), but without a C library. */
static inline void must(bool condition)
{
    if (!condition)
        __builtin_trap();
}

#endif /* OS_ALLOC_INTERNAL_H */
