/*
 * os/alloc/classes.h - sizes in two levels, and a table with a map of which
 * classes hold something.
 *
 * A size of 16 or more is a power of two and the four bits below the highest
 * one: row and column. Smaller sizes are row 0, one column each. The table: a
 * map of the rows that have something, for each row a map of its columns, then
 * the heads.
 *
 * Layer: os/alloc/, private.
 */
#ifndef OS_ALLOC_CLASSES_H
#define OS_ALLOC_CLASSES_H

#include "os/alloc/internal.h"

#define COLUMN_BITS 4u
#define COLUMNS     (1u << COLUMN_BITS)
#define ROWS        (32u - COLUMN_BITS + 1)

_Static_assert(ALLOC_TABLE_CLASSES == 1 + ROWS + ROWS * COLUMNS, "maps, heads");

struct class
{
    unsigned row, column;
};

static inline struct class class_of(uint32_t size)
{
    if (size < COLUMNS)
        return (struct class){0, size};

    const unsigned shift = log2_floor(size) - COLUMN_BITS;
    return (struct class){shift + 1, (size >> shift) & (COLUMNS - 1)};
}

static inline uint32_t *columns_of(const struct alloc *a, unsigned row)
{
    return &a->table[1 + row];
}

static inline uint32_t *head_of(const struct alloc *a, struct class c)
{
    return &a->table[1 + ROWS + c.row * COLUMNS + c.column];
}

/* The class holds something now. */
static inline void class_mark(struct alloc *a, struct class c)
{
    a->table[0] |= 1u << c.row;
    *columns_of(a, c.row) |= 1u << c.column;
}

static inline void class_unmark(struct alloc *a, struct class c)
{
    uint32_t *columns = columns_of(a, c.row);

    *columns &= ~(1u << c.column);
    if (*columns == 0)
        a->table[0] &= ~(1u << c.row);
}

/* The first class from *@c on that holds something. False: there is none. */
static inline bool class_next(const struct alloc *a, struct class *c)
{
    const uint32_t columns =
        *columns_of(a, c->row) & (uint32_t)(UINT64_C(0xffffffff) << c->column);
    const uint32_t rows = a->table[0] & (UINT32_MAX << 1 << c->row);

    if (columns != 0) {
        c->column = (unsigned)__builtin_ctz(columns);
        return true;
    }
    if (rows == 0)
        return false;
    c->row = (unsigned)__builtin_ctz(rows);
    c->column = (unsigned)__builtin_ctz(*columns_of(a, c->row));
    return true;
}

/* The maps of rows and columns agree. */
static inline bool class_maps_check(const struct alloc *a)
{
    for (unsigned row = 0; row < ROWS; row++)
        if ((*columns_of(a, row) != 0) != (a->table[0] >> row & 1))
            return false;
    return true;
}

#endif /* OS_ALLOC_CLASSES_H */
