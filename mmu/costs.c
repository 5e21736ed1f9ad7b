/*
 * mmu/costs.c - the table of costs; see costs.h.
 *
 * Decisions:
 * - The disk moves whole sectors of 512 bytes; a transfer of nothing is free,
 *   and any other begins with a seek, wherever the last one ended.
 */
#include "mmu/costs.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define SECTOR 512u

struct cost_row {
    const char *name, *text;
    cycles_t cycles;
};

static const struct cost_row rows[COST_COUNT] = {
#define COST_ROW(name, value, text) {#name, text, value},
    COSTS(COST_ROW)
#undef COST_ROW
};

void costs_init(struct costs *costs)
{
    for (unsigned i = 0; i < COST_COUNT; i++)
        costs->cycles[i] = rows[i].cycles;
}

int costs_set(struct costs *costs, const char *name, cycles_t cycles)
{
    if (cycles > COST_MAX)
        return -ERANGE;
    for (unsigned i = 0; i < COST_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0) {
            costs->cycles[i] = cycles;
            return 0;
        }
    return -ENOENT;
}

const char *cost_name(enum cost cost)
{
    assert(cost < COST_COUNT);
    return rows[cost].name;
}

const char *cost_text(enum cost cost)
{
    assert(cost < COST_COUNT);
    return rows[cost].text;
}

cycles_t costs_of_disk(const struct costs *costs, uint32_t bytes)
{
    const cycles_t sectors = bytes / SECTOR + (bytes % SECTOR > 0);

    if (bytes == 0)
        return 0;
    return costs->cycles[COST_disk_seek] +
           sectors * costs->cycles[COST_disk_sector];
}

bool costs_check(const struct costs *costs)
{
    for (unsigned i = 0; i < COST_COUNT; i++)
        if (costs->cycles[i] > COST_MAX)
            return false;
    return true;
}
