/*
 * os/alloc/tlsf.c - two-level segregated fit; see alloc.h.
 *
 * Decisions of the model:
 * - A size of 16 or more is a power of two and the four bits below the highest
 *   one: row and column. Smaller sizes are row 0, one column each.
 * - The search goes by the size rounded up to the next column, so that any
 *   chunk of the list it finds is large enough. Only when there is none, the
 *   need's own column is tried, by its newest chunk.
 * - The table: a map of the rows that have chunks, for each row a map of its
 *   columns, then the heads.
 */
#include "os/alloc/internal.h"

#define COLUMN_BITS 4u
#define COLUMNS     (1u << COLUMN_BITS)
#define ROWS        (32u - COLUMN_BITS + 1)

_Static_assert(ALLOC_TABLE_TLSF == 1 + ROWS + ROWS * COLUMNS, "maps, lists");

struct place {
    unsigned row, column;
};

static struct place place_of(uint32_t size)
{
    if (size < COLUMNS)
        return (struct place){0, size};

    const unsigned shift = log2_floor(size) - COLUMN_BITS;
    return (struct place){shift + 1, (size >> shift) & (COLUMNS - 1)};
}

static uint32_t *columns_of(const struct alloc *a, unsigned row)
{
    return &a->table[1 + row];
}

static uint32_t *head_of(const struct alloc *a, struct place p)
{
    return &a->table[1 + ROWS + p.row * COLUMNS + p.column];
}

static void tlsf_insert(struct alloc *a, uint32_t chunk)
{
    const struct place p = place_of(block_extent(a, chunk));

    freelist_push(a, head_of(a, p), chunk);
    a->table[0] |= 1u << p.row;
    *columns_of(a, p.row) |= 1u << p.column;
}

static void tlsf_remove(struct alloc *a, uint32_t chunk)
{
    const struct place p = place_of(block_extent(a, chunk));
    uint32_t *columns = columns_of(a, p.row);

    freelist_remove(a, head_of(a, p), chunk);
    if (*head_of(a, p) != ALLOC_NONE)
        return;
    *columns &= ~(1u << p.column);
    if (*columns == 0)
        a->table[0] &= ~(1u << p.row);
}

/* The size from which on a column holds only chunks of @need or more. */
static uint32_t round_up(uint32_t need)
{
    if (need < COLUMNS)
        return need;

    const uint32_t step = 1u << (log2_floor(need) - COLUMN_BITS);
    return need <= UINT32_MAX - (step - 1) ? need + (step - 1) : UINT32_MAX;
}

static uint32_t tlsf_find(struct alloc *a, uint32_t need, uint32_t *searched)
{
    const struct place from = place_of(round_up(need));
    uint32_t columns = *columns_of(a, from.row) & (UINT32_MAX << from.column);
    unsigned row = from.row;

    *searched = 1;
    if (columns == 0) {
        const uint32_t rows = a->table[0] & (UINT32_MAX << 1 << row);

        *searched = 2;
        if (rows == 0) {
            const uint32_t own = *head_of(a, place_of(need));

            *searched = 3;
            return own != ALLOC_NONE && block_extent(a, own) >= need
                       ? own
                       : ALLOC_NONE;
        }
        row = (unsigned)__builtin_ctz(rows);
        columns = *columns_of(a, row);
    }
    return *head_of(a, (struct place){row, (unsigned)__builtin_ctz(columns)});
}

/* Chunks of a list and whether the maps know of it, or UINT32_MAX. */
static uint32_t check_list(const struct alloc *a, struct place p)
{
    const uint32_t chunks = freelist_count(a, *head_of(a, p), false);
    uint32_t c = *head_of(a, p);

    if (chunks == UINT32_MAX ||
        (chunks > 0) != (*columns_of(a, p.row) >> p.column & 1))
        return UINT32_MAX;
    for (; c != ALLOC_NONE; c = block_word(a, c, WORD_NEXT)) {
        const struct place want = place_of(block_extent(a, c));

        if (want.row != p.row || want.column != p.column)
            return UINT32_MAX;
    }
    return chunks;
}

static bool tlsf_check(const struct alloc *a)
{
    uint32_t count = 0;

    for (unsigned row = 0; row < ROWS; row++) {
        if ((*columns_of(a, row) != 0) != (a->table[0] >> row & 1))
            return false;
        for (unsigned column = 0; column < COLUMNS; column++) {
            const uint32_t chunks = check_list(a, (struct place){row, column});

            if (chunks == UINT32_MAX)
                return false;
            count += chunks;
        }
    }
    return count == a->free_count;
}

/* Rounded up, as the search is: what joins the end is found for sure. */
static uint32_t tlsf_missing(const struct alloc *a, uint32_t need)
{
    const uint32_t size = round_up(need);

    return size < UINT32_MAX ? chunk_missing(a, size) : UINT32_MAX;
}

const struct alloc_policy alloc_tlsf = {
    .name = "tlsf",
    .table = ALLOC_TABLE_TLSF,
    .nodes = 1,
    .merges = true,
    .take = chunk_take,
    .give = chunk_give,
    .extend = chunk_extend,
    .carve = ALLOC_HOST(chunk_carve),
    .missing = tlsf_missing,
    .find = tlsf_find,
    .insert = tlsf_insert,
    .remove = tlsf_remove,
    .check = ALLOC_HOST(tlsf_check),
};
