/*
 * os/alloc/alloc.c - what all policies have in common; see alloc.h.
 *
 * Decisions of the model:
 * - Whatever a policy may need is reserved before it is asked, so its own code
 *   cannot fail for want of nodes.
 * - A need that no number of 32 bits holds is cut to 2^32 - 1, which no block
 *   has, so it fails as any other request does: after the same search.
 */
#include "os/alloc/alloc.h"

#include "os/alloc/internal.h"

#define ALIGN_MAX 65536u

/* UINT32_MAX when there is no such number. */
static uint32_t align_up(uint32_t n, uint32_t align)
{
    return n <= UINT32_MAX - align ? (n + align - 1) & ~(align - 1)
                                   : UINT32_MAX;
}

/* Bytes that a request of @size > 0 takes; UINT32_MAX: more than there are. */
static uint32_t need_of(const struct alloc *a, uint32_t size)
{
    const uint32_t header = alloc_is_lean ? BLOCK_HEADER : a->header;
    uint32_t need = align_up(size, is_beside(a) ? a->align : 1);

    if (need > UINT32_MAX - header)
        return UINT32_MAX;
    need += header;
    if (!is_beside(a))
        need = align_up(need, align_of(a));
    return need < a->block_min ? a->block_min : need;
}

static bool is_power_of_two(uint32_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

static bool embedded_is_sound(const struct alloc_config *c)
{
    const uint32_t end_mark = c->tags ? BLOCK_END_MARK : 0;

    return c->header == BLOCK_HEADER && c->base > 0 && c->base % 4 == 0 &&
           (uintptr_t)c->memory % 4 == 0 && c->magic % 4 != 0 &&
           c->align >= (c->tags ? 8 : 4) && c->size >= end_mark &&
           (c->tags || c->policy->has_list);
}

static bool config_is_sound(const struct alloc_config *c)
{
    return is_power_of_two(c->align) && c->align <= ALIGN_MAX &&
           c->header <= ALLOC_HEADER_MAX && c->size <= ALLOC_SIZE_MAX &&
           c->size <= UINT32_MAX - c->base + UINT64_C(1) &&
           c->order < ALLOC_ORDERS &&
           (c->coalesce != ALLOC_COALESCE_LIST || c->policy->has_list) &&
           (c->table || c->policy->table == 0) &&
           (!c->policy->has_list || !c->policy->whole || c->slot_size > 0) &&
           (c->memory ? embedded_is_sound(c) : c->nodes.resize != NULL);
}

static void set_block_min(struct alloc *a, const struct alloc_config *c)
{
    a->block_min =
        align_up(has_tags(a) ? BLOCK_TAGGED + c->policy->more : BLOCK_HEADER,
                 align_of(a));
}

static void fill(struct alloc *a, const struct alloc_config *c)
{
    const bool beside = !c->memory;
    const bool tags = !beside && c->tags;

    *a = (struct alloc){
        .policy = c->policy,
        .order = c->order,
        .coalesce = c->policy->merges ? ALLOC_COALESCE_ADDRESS : c->coalesce,
        .base = c->base,
        .header = c->header,
        .align = c->align,
        .slot_size = c->slot_size,
        .magic = c->magic,
        .beside = beside,
        .tags = tags,
        .doubly = beside || tags,
        .bytes = c->memory,
        .bias = beside ? NODE_SKEW : c->base,
        .flag_mask = tags ? BLOCK_TAGS : 0,
        .size_bias = beside ? 0 : BLOCK_HEADER,
        .block_min = 1,
        .table = c->table,
        .node_end = ALLOC_NODE_SIZE,
        .nodes = c->nodes,
        .indexing = c->indexing,
    };
    if (!beside)
        set_block_min(a, c);
    for (uint32_t i = 0; i < c->policy->table; i++)
        a->table[i] = 0;
}

/* A guest's heap, all 0 and without memory: what is not known already. */
static void fill_lean(struct alloc *a, const struct alloc_config *c)
{
    a->base = c->base;
    a->bias = c->base;
    a->bytes = c->memory;
    a->table = c->table;
    a->slot_size = c->slot_size;
    set_block_min(a, c);
}

static void write_end_mark(struct alloc *a)
{
    block_set(a, a->base, WORD_SIZE, 0);
    block_set(a, a->base, WORD_NEXT, magic_of(a));
}

enum alloc_result alloc_init(struct alloc *a, const struct alloc_config *config)
{
    if (alloc_is_lean) {
        fill_lean(a, config);
        write_end_mark(a);
        return ALLOC_OK;
    }
    if (!config_is_sound(config))
        return ALLOC_WRONG;
    fill(a, config);
    if (a->tags)
        write_end_mark(a);

    uint32_t size = config->size - (has_tags(a) ? BLOCK_END_MARK : 0);
    if (!is_beside(a))
        size &= ~(align_of(a) - 1);
    if (size < a->block_min)
        return ALLOC_OK; /* no block fits: it is full from the start */

    enum alloc_result result = policy_of(a)->extend(a, size);
    if (result == ALLOC_OK && policy_of(a)->boot && !policy_of(a)->boot(a))
        result = ALLOC_NO_NODES;
    if (result != ALLOC_OK)
        alloc_reset(a);
    return result;
}

void alloc_reset(struct alloc *a)
{
    void *memory = a->bytes;

    if (is_beside(a)) {
        if (memory)
            a->nodes.resize(a->nodes.ctx, &memory, 0);
        index_drop(a);
    }
    *a = (struct alloc){0};
}

enum alloc_result alloc_take(struct alloc *a, uint32_t size,
                             struct alloc_found *found)
{
    must(size > 0);
    *found = (struct alloc_found){0};
    if (!block_reserve(a, policy_of(a)->nodes))
        return ALLOC_NO_NODES;
    if (is_beside(a) && policy_of(a)->lists > 0)
        index_consider(a);
    policy_of(a)->take(a, need_of(a, size), found);
    return found->block == ALLOC_NONE ? ALLOC_FULL : ALLOC_OK;
}

/* The block that holds @address, which lies in the heap. */
static uint32_t block_around(const struct alloc *a, uint32_t address)
{
    uint32_t block = alloc_lowest(a);

    while (block != ALLOC_NONE &&
           address - block_address(a, block) >= block_extent(a, block))
        block = block_above(a, block);
    return block;
}

/* Whether the @bytes from where @block begins are all free. */
static bool is_free_up_to(const struct alloc *a, uint32_t block, uint64_t bytes)
{
    for (uint64_t seen = 0; seen < bytes && block != ALLOC_NONE;
         block = block_above(a, block)) {
        if (block_is_used(a, block))
            return false;
        seen += block_extent(a, block);
    }
    return true;
}

enum alloc_result alloc_take_at(struct alloc *a, uint32_t address,
                                uint32_t size, uint32_t *out)
{
    must(size > 0);

    const uint32_t need = need_of(a, size);
    const uint32_t at = address - a->base;
    if (!policy_of(a)->carve || address < a->base || at >= a->size ||
        need > a->size - at || (!is_beside(a) && (at & (align_of(a) - 1)) != 0))
        return ALLOC_WRONG;

    const uint32_t block = block_around(a, address);
    if (block == ALLOC_NONE)
        return ALLOC_WRONG;
    const uint32_t before = address - block_address(a, block);
    if (!is_free_up_to(a, block, before + (uint64_t)need))
        return ALLOC_BUSY;
    if (need > block_extent(a, block) - before)
        return ALLOC_WRONG; /* free, but in pieces */
    if (!block_reserve(a, policy_of(a)->nodes + 1))
        return ALLOC_NO_NODES;

    const uint32_t carved = policy_of(a)->carve(a, block, address, need);
    if (carved == ALLOC_NONE)
        return ALLOC_WRONG;
    *out = carved;
    return ALLOC_OK;
}

uint32_t alloc_give(struct alloc *a, uint32_t block)
{
    must(block_is_used(a, block));
    return policy_of(a)->give(a, block);
}

/* Whether @block and the free chunk above it, which may join, hold @need. */
static bool can_grow(const struct alloc *a, uint32_t block, uint32_t need)
{
    const uint32_t above = block_above(a, block);

    return !policy_of(a)->whole && coalesce_of(a) == ALLOC_COALESCE_ADDRESS &&
           !(block_flags(a, block) & BLOCK_OBJECT) && above != ALLOC_NONE &&
           block_is_chunk(a, above) &&
           need - block_extent(a, block) <= block_extent(a, above);
}

static void grow(struct alloc *a, uint32_t block)
{
    const uint32_t above = block_above(a, block);

    policy_of(a)->remove(a, above);
    block_use(a, above);
    block_join(a, block, above);
}

enum alloc_result alloc_resize(struct alloc *a, uint32_t block, uint32_t size,
                               struct alloc_found *found)
{
    must(size > 0 && block_is_used(a, block));

    const uint32_t need = need_of(a, size);
    const bool holds = need <= block_extent(a, block);
    if (!holds && !can_grow(a, block, need))
        return alloc_take(a, size, found);
    if (!block_reserve(a, 1)) {
        *found = (struct alloc_found){0};
        return ALLOC_NO_NODES;
    }
    if (!holds)
        grow(a, block);
    if (!policy_of(a)->whole && !(block_flags(a, block) & BLOCK_OBJECT))
        chunk_trim(a, block, need);
    *found = (struct alloc_found){.block = block};
    return ALLOC_OK;
}

static bool has_bytes(const struct alloc *a, uint32_t chunk, uint32_t bytes)
{
    return bytes == 0 || (chunk != ALLOC_NONE && block_is_chunk(a, chunk) &&
                          block_extent(a, chunk) >= bytes);
}

bool alloc_cuts_anywhere(const struct alloc *a)
{
    return a->beside && !a->policy->whole && a->policy->carve &&
           a->coalesce == ALLOC_COALESCE_ADDRESS;
}

enum alloc_result alloc_widen(struct alloc *a, uint32_t block, uint32_t below,
                              uint32_t above)
{
    must(block_is_used(a, block));
    if (!alloc_cuts_anywhere(a) || block_flags(a, block) & BLOCK_OBJECT)
        return ALLOC_WRONG;

    const uint32_t low = block_below_chunk(a, block);
    const uint32_t high = block_above(a, block);
    if (!has_bytes(a, low, below) || !has_bytes(a, high, above))
        return ALLOC_BUSY;
    if (!block_reserve(a, 4))
        return ALLOC_NO_NODES;

    const uint32_t address = block_address(a, block);
    const uint32_t end = address + block_extent(a, block);
    if (above > 0)
        block_join(a, block, a->policy->carve(a, high, end, above));
    if (below > 0)
        block_join(a, a->policy->carve(a, low, address - below, below), block);
    return ALLOC_OK;
}

enum alloc_result alloc_extend(struct alloc *a, uint32_t bytes)
{
    if (bytes > ALLOC_SIZE_MAX - a->size ||
        bytes > UINT32_MAX - (a->base + a->size) ||
        (!is_beside(a) && (bytes & (align_of(a) - 1)) != 0))
        return ALLOC_WRONG;
    return policy_of(a)->extend(a, bytes);
}

enum alloc_result alloc_extend_used(struct alloc *a, uint32_t bytes)
{
    if (!block_reserve(a, 1))
        return ALLOC_NO_NODES;
    block_append(a, bytes);
    return ALLOC_OK;
}

uint32_t alloc_missing(const struct alloc *a, uint32_t size)
{
    return policy_of(a)->missing(a, need_of(a, size));
}

uint32_t alloc_lowest(const struct alloc *a)
{
    if (is_beside(a))
        return a->lowest;
    return a->size > 0 ? a->base : ALLOC_NONE;
}

uint32_t alloc_above(const struct alloc *a, uint32_t block)
{
    return block_above(a, block);
}

uint32_t alloc_list_first(const struct alloc *a)
{
    must(policy_of(a)->has_list);
    return a->head;
}

uint32_t alloc_list_next(const struct alloc *a, uint32_t block)
{
    return block_word(a, block, WORD_NEXT);
}

uint32_t alloc_address(const struct alloc *a, uint32_t block)
{
    return block_address(a, block);
}

uint32_t alloc_extent(const struct alloc *a, uint32_t block)
{
    return block_extent(a, block);
}

bool alloc_is_used(const struct alloc *a, uint32_t block)
{
    return block_is_used(a, block);
}

uint32_t alloc_largest(const struct alloc *a)
{
    uint32_t largest = 0;

    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b))
        if (!block_is_used(a, b) && block_extent(a, b) > largest)
            largest = block_extent(a, b);
    return largest;
}

/* No two free chunks touch, where none should. */
static bool is_coalesced(const struct alloc *a)
{
    bool after_chunk = false;

    if (coalesce_of(a) != ALLOC_COALESCE_ADDRESS || policy_of(a)->whole)
        return true;
    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = block_above(a, b)) {
        const bool chunk = block_is_chunk(a, b);

        if (chunk && after_chunk)
            return false;
        after_chunk = chunk;
    }
    return true;
}

bool alloc_check(const struct alloc *a)
{
    return block_check(a) && is_coalesced(a) && policy_of(a)->check(a) &&
           index_check(a);
}

const char *alloc_policy_name(const struct alloc_policy *policy)
{
    return policy->name;
}

uint32_t alloc_policy_table(const struct alloc_policy *policy)
{
    return policy->table;
}

bool alloc_policy_has_list(const struct alloc_policy *policy)
{
    return policy->has_list;
}
