/* tests/alloc_model.c - every placement policy, naively; see alloc_model.h. */
#include "tests/alloc_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

static bool is(const struct alloc_model *m, const struct alloc_policy *policy)
{
    return m->policy == policy;
}

static bool is_list(const struct alloc_model *m)
{
    return is(m, &alloc_first) || is(m, &alloc_best) || is(m, &alloc_worst) ||
           is(m, &alloc_next) || is(m, &alloc_slots);
}

static void insert_at(struct alloc_model *m, unsigned at,
                      struct model_chunk chunk)
{
    assert(m->count < MODEL_MAX);
    memmove(&m->chunks[at + 1], &m->chunks[at],
            (m->count - at) * sizeof(chunk));
    m->chunks[at] = chunk;
    m->count++;
}

static struct model_chunk remove_at(struct alloc_model *m, unsigned at)
{
    const struct model_chunk chunk = m->chunks[at];

    m->count--;
    memmove(&m->chunks[at], &m->chunks[at + 1],
            (m->count - at) * sizeof(chunk));
    return chunk;
}

static enum alloc_order order_of(const struct alloc_model *m)
{
    return is(m, &alloc_buddy) || is(m, &alloc_tlsf) ? ALLOC_FRONT : m->order;
}

static bool wrong_way(enum alloc_order order, struct model_chunk a,
                      struct model_chunk b)
{
    return order == ALLOC_BY_ADDRESS ? a.address > b.address
           : order == ALLOC_SIZE_ASC ? a.size > b.size
                                     : a.size < b.size;
}

/* Insertion sort: stable. */
static void sort(struct alloc_model *m, enum alloc_order order)
{
    for (unsigned i = 1; i < m->count; i++) {
        const struct model_chunk chunk = m->chunks[i];
        unsigned at = i;

        for (; at > 0 && wrong_way(order, m->chunks[at - 1], chunk); at--)
            m->chunks[at] = m->chunks[at - 1];
        m->chunks[at] = chunk;
    }
}

static void insert(struct alloc_model *m, struct model_chunk chunk)
{
    const enum alloc_order order = order_of(m);

    insert_at(m, order == ALLOC_FRONT ? 0 : m->count, chunk);
    if (order != ALLOC_FRONT && order != ALLOC_BACK)
        sort(m, order);
}

/* By list: each chunk and the one behind it, from the front. */
static void join_list(struct alloc_model *m)
{
    for (unsigned i = 0; i + 1 < m->count;) {
        struct model_chunk *here = &m->chunks[i];
        const struct model_chunk behind = m->chunks[i + 1];

        if (here->address + here->size != behind.address) {
            i++;
            continue;
        }
        here->size += behind.size;
        remove_at(m, i + 1);
        if (m->roves && m->rover == behind.address)
            m->rover = here->address;
    }
}

static void give_chunk(struct alloc_model *m, struct model_chunk block)
{
    const bool always = is(m, &alloc_tlsf) || is(m, &alloc_slab);
    bool roves = false;

    for (unsigned i = 0;
         i < m->count && (always || m->coalesce == ALLOC_COALESCE_ADDRESS);) {
        const struct model_chunk c = m->chunks[i];
        const bool below = c.address + c.size == block.address;

        if (!below && block.address + block.size != c.address) {
            i++;
            continue;
        }
        roves |= m->roves && m->rover == c.address;
        block.size += c.size;
        block.address = below ? c.address : block.address;
        remove_at(m, i);
        i = 0;
    }
    insert(m, block);
    if (roves)
        m->rover = block.address;
    if (is_list(m) && m->coalesce == ALLOC_COALESCE_LIST)
        join_list(m);
}

static uint32_t power_above(uint32_t n)
{
    uint32_t power = 1;

    while (power < n)
        power *= 2;
    return power;
}

static uint32_t power_below(uint32_t n)
{
    uint32_t power = 1;

    while (power <= n / 2)
        power *= 2;
    return power;
}

static void give_buddy(struct alloc_model *m, struct model_chunk block)
{
    for (unsigned i = 0; i < m->count;) {
        const struct model_chunk c = m->chunks[i];

        if (c.size != block.size ||
            ((c.address - m->base) ^ (block.address - m->base)) != c.size) {
            i++;
            continue;
        }
        block.address = c.address < block.address ? c.address : block.address;
        block.size *= 2;
        remove_at(m, i);
        i = 0;
    }
    insert(m, block);
}

/* ---- which chunk ---- */

/* The first of the list with @least to @most bytes, from @from on. */
static unsigned first_between(const struct alloc_model *m, unsigned from,
                              uint32_t least, uint32_t most, uint32_t *searched)
{
    for (unsigned i = from; i < m->count; i++) {
        ++*searched;
        if (m->chunks[i].size >= least && m->chunks[i].size <= most)
            return i;
    }
    return NOBODY;
}

static unsigned best_of(const struct alloc_model *m, uint32_t need, bool lowest)
{
    unsigned best = NOBODY;

    for (unsigned i = 0; i < m->count; i++) {
        const struct model_chunk c = m->chunks[i];

        if (c.size < need)
            continue;
        if (best == NOBODY || c.size < m->chunks[best].size ||
            (lowest && c.size == m->chunks[best].size &&
             c.address < m->chunks[best].address))
            best = i;
    }
    return best;
}

static unsigned worst_of(const struct alloc_model *m, uint32_t need)
{
    unsigned worst = NOBODY;

    for (unsigned i = 0; i < m->count; i++)
        if (m->chunks[i].size >= need &&
            (worst == NOBODY || m->chunks[i].size > m->chunks[worst].size))
            worst = i;
    return worst;
}

static unsigned next_of(struct alloc_model *m, uint32_t need,
                        uint32_t *searched)
{
    unsigned start = 0;

    for (unsigned i = 0; i < m->count; i++)
        if (m->roves && m->chunks[i].address == m->rover)
            start = i;
    for (unsigned n = 0; n < m->count; n++) {
        const unsigned i = (start + n) % m->count;

        ++*searched;
        if (m->chunks[i].size >= need)
            return i;
    }
    return NOBODY;
}

static unsigned segregated_of(const struct alloc_model *m, uint32_t need,
                              uint32_t *searched)
{
    const uint64_t power = power_below(need);

    for (unsigned i = 0; i < m->count; i++)
        if (power_below(m->chunks[i].size) == power) {
            ++*searched;
            if (m->chunks[i].size >= need)
                return i;
        }
    for (uint64_t p = 2 * power; p <= m->size; p *= 2)
        for (unsigned i = 0; i < m->count; i++)
            if (power_below(m->chunks[i].size) == p) {
                ++*searched;
                return i;
            }
    return NOBODY;
}

/* Least size of the TLSF list that holds chunks of @size. */
static uint32_t column_start(uint32_t size)
{
    const uint32_t step = size < 16 ? 1 : power_below(size) / 16;

    return size / step * step;
}

static uint32_t column_end(uint32_t size)
{
    return column_start(size) + (size < 16 ? 1 : power_below(size) / 16) - 1;
}

static unsigned tlsf_of(const struct alloc_model *m, uint32_t need,
                        uint32_t *searched)
{
    const uint32_t from =
        column_start(need) == need ? need : column_end(need) + 1;
    const uint32_t row = from < 16 ? 15 : 2 * power_below(from) - 1;
    uint32_t unused = 0, smallest = UINT32_MAX;
    unsigned own = NOBODY;

    for (unsigned i = 0; i < m->count; i++)
        if (m->chunks[i].size >= from && m->chunks[i].size < smallest)
            smallest = m->chunks[i].size;
    if (smallest != UINT32_MAX) {
        *searched = smallest <= row ? 1 : 2;
        return first_between(m, 0, column_start(smallest), column_end(smallest),
                             &unused);
    }
    *searched = 3;
    own = first_between(m, 0, column_start(need), column_end(need), &unused);
    return own != NOBODY && m->chunks[own].size >= need ? own : NOBODY;
}

static unsigned choose(struct alloc_model *m, uint32_t need, uint32_t *searched)
{
    uint32_t unused = 0;

    if (is(m, &alloc_best) || is(m, &alloc_worst))
        *searched = m->count;
    if (is(m, &alloc_best) || is(m, &alloc_tree))
        return best_of(m, need, is(m, &alloc_tree));
    if (is(m, &alloc_worst))
        return worst_of(m, need);
    if (is(m, &alloc_next))
        return next_of(m, need, searched);
    if (is(m, &alloc_segregated))
        return segregated_of(m, need, searched);
    if (is(m, &alloc_tlsf))
        return tlsf_of(m, need, searched);
    if (is(m, &alloc_slab))
        return first_between(m, 0, need, UINT32_MAX, searched);
    assert(is(m, &alloc_first) || is(m, &alloc_slots));
    return first_between(m, 0, need, UINT32_MAX, searched ? searched : &unused);
}

/* Next fit's pointer, when the chunk at @i is gone from the list. */
static void rove(struct alloc_model *m, unsigned i)
{
    m->roves = i < m->count;
    m->rover = m->roves ? m->chunks[i].address : 0;
}

static bool take_chunk(struct alloc_model *m, uint32_t need,
                       struct model_chunk *block, uint32_t *searched)
{
    const unsigned i = choose(m, need, searched);

    if (i == NOBODY)
        return false;
    *block = (struct model_chunk){m->chunks[i].address, need};
    if (is(m, &alloc_slots))
        block->size = m->chunks[i].size;
    if (block->size == m->chunks[i].size) {
        remove_at(m, i);
        if (is(m, &alloc_next))
            rove(m, i);
        return true;
    }

    const struct model_chunk rest = {m->chunks[i].address + need,
                                     m->chunks[i].size - need};
    if (is_list(m) || is(m, &alloc_slab)) {
        m->chunks[i] = rest;
        if (is(m, &alloc_next))
            rove(m, i);
    } else {
        remove_at(m, i);
        insert(m, rest);
    }
    return true;
}

static bool take_buddy(struct alloc_model *m, uint32_t need,
                       struct model_chunk *block, uint32_t *searched)
{
    uint32_t unused = 0;

    for (uint64_t size = power_above(need); size <= m->size; size *= 2) {
        const unsigned i =
            first_between(m, 0, (uint32_t)size, (uint32_t)size, &unused);

        ++*searched;
        if (i == NOBODY)
            continue;
        *block = remove_at(m, i);
        while (block->size > power_above(need)) {
            block->size /= 2;
            insert(m, (struct model_chunk){block->address + block->size,
                                           block->size});
        }
        return true;
    }
    return false;
}

/* ---- slab: eight objects of 8, 16 .. 1024 bytes ---- */

static uint32_t object_size(uint32_t need)
{
    return need <= 8 ? 8 : power_above(need);
}

static bool make_slab(struct alloc_model *m, uint32_t object,
                      uint32_t *searched)
{
    struct model_chunk slab;

    if (!take_chunk(m, 8 * object, &slab, searched))
        return false;
    for (unsigned i = 8; i-- > 0;)
        m->objects[m->object_count++] =
            (struct model_chunk){slab.address + i * object, object};
    m->slabs[m->slab_count++] = (struct model_chunk){slab.address, object};
    return true;
}

static unsigned newest_object(const struct alloc_model *m, uint32_t size)
{
    for (unsigned i = m->object_count; i-- > 0;)
        if (m->objects[i].size == size)
            return i;
    return NOBODY;
}

static void drop_object(struct alloc_model *m, unsigned i)
{
    m->object_count--;
    memmove(&m->objects[i], &m->objects[i + 1],
            (m->object_count - i) * sizeof(m->objects[0]));
}

static bool in_slab(struct model_chunk slab, struct model_chunk object)
{
    return object.address - slab.address < 8 * slab.size;
}

static int by_address(const void *a, const void *b)
{
    const struct model_chunk *x = a, *y = b;

    return (x->address > y->address) - (x->address < y->address);
}

/* From the lowest slab up. */
static bool reap(struct alloc_model *m)
{
    bool any = false;

    qsort(m->slabs, m->slab_count, sizeof(m->slabs[0]), by_address);
    for (unsigned s = 0; s < m->slab_count;) {
        const struct model_chunk slab = m->slabs[s];
        unsigned free_objects = 0;

        for (unsigned i = 0; i < m->object_count; i++)
            free_objects += in_slab(slab, m->objects[i]);
        if (free_objects < 8) {
            s++;
            continue;
        }
        for (unsigned i = m->object_count; i-- > 0;)
            if (in_slab(slab, m->objects[i]))
                drop_object(m, i);
        m->slab_count--;
        memmove(&m->slabs[s], &m->slabs[s + 1],
                (m->slab_count - s) * sizeof(slab));
        give_chunk(m, (struct model_chunk){slab.address, 8 * slab.size});
        any = true;
    }
    return any;
}

static bool take_slab(struct alloc_model *m, uint32_t need,
                      struct model_chunk *block, uint32_t *searched)
{
    const uint32_t object = object_size(need);

    if (need <= 1024 && (newest_object(m, object) != NOBODY ||
                         make_slab(m, object, searched))) {
        const unsigned i = newest_object(m, object);

        ++*searched;
        *block = m->objects[i];
        drop_object(m, i);
        return true;
    }
    return take_chunk(m, need, block, searched) ||
           (reap(m) && take_chunk(m, need, block, searched));
}

static void give_slab(struct alloc_model *m, struct model_chunk block)
{
    for (unsigned s = 0; s < m->slab_count; s++)
        if (in_slab(m->slabs[s], block)) {
            assert(m->object_count < MODEL_MAX);
            m->objects[m->object_count++] = block;
            return;
        }
    give_chunk(m, block);
}

/* ---- all of them ---- */

void alloc_model_init(struct alloc_model *m, const struct alloc_config *config)
{
    uint32_t searched = 0, at = 0;

    *m = (struct alloc_model){
        .policy = config->policy,
        .order = config->order,
        .coalesce = config->coalesce,
        .base = config->base,
        .size = config->size,
        .header = config->header,
        .align = config->align,
        .slot_size = config->slot_size,
    };
    while (at < m->size) {
        uint32_t piece = m->size - at;

        if (is(m, &alloc_slots) && piece < m->slot_size)
            break;
        if (is(m, &alloc_slots))
            piece = m->slot_size;
        if (is(m, &alloc_buddy))
            piece = power_below(piece); /* at a multiple of its size */
        m->chunks[m->count] = (struct model_chunk){m->base + at, piece};
        m->count++;
        at += piece;
    }
    if (is(m, &alloc_slab))
        for (uint32_t size = 8; size <= 1024 && 8 * size <= m->size / 8;
             size *= 2)
            make_slab(m, size, &searched);
}

bool alloc_model_take(struct alloc_model *m, uint32_t size,
                      struct model_chunk *block, uint32_t *searched)
{
    const uint32_t need =
        (size + m->align - 1) / m->align * m->align + m->header;

    *searched = 0;
    if (is(m, &alloc_buddy))
        return take_buddy(m, need, block, searched);
    if (is(m, &alloc_slab))
        return take_slab(m, need, block, searched);
    return take_chunk(m, need, block, searched);
}

void alloc_model_give(struct alloc_model *m, struct model_chunk block)
{
    if (is(m, &alloc_buddy))
        give_buddy(m, block);
    else if (is(m, &alloc_slab))
        give_slab(m, block);
    else if (is(m, &alloc_slots))
        insert(m, block);
    else
        give_chunk(m, block);
}

unsigned alloc_model_free(const struct alloc_model *m, struct model_chunk *to)
{
    memcpy(to, m->chunks, m->count * sizeof(*to));
    memcpy(to + m->count, m->objects, m->object_count * sizeof(*to));
    qsort(to, m->count + m->object_count, sizeof(*to), by_address);
    return m->count + m->object_count;
}
