/* mmu/clock.c - names of causes, and their sum; see clock.h. */
#include "mmu/clock.h"

#include <assert.h>

struct cause_row {
    const char *name, *text;
};

static const struct cause_row rows[CLOCK_CAUSE_COUNT] = {
#define CLOCK_ROW(name, description) {#name, description},
    CLOCK_CAUSES(CLOCK_ROW)
#undef CLOCK_ROW
};

enum clock_cause clock_cause_of(enum mmu_prot kind)
{
    if (kind & MMU_EXEC)
        return CLOCK_fetch_stall;
    return kind & MMU_READ ? CLOCK_load_stall : CLOCK_store_stall;
}

const char *clock_cause_name(enum clock_cause cause)
{
    assert(cause < CLOCK_CAUSE_COUNT);
    return rows[cause].name;
}

const char *clock_cause_text(enum clock_cause cause)
{
    assert(cause < CLOCK_CAUSE_COUNT);
    return rows[cause].text;
}

bool clock_check(const struct clock *clock)
{
    cycles_t sum = 0;

    for (unsigned i = 0; i < CLOCK_CAUSE_COUNT; i++)
        sum += clock->spent[i];
    return sum == clock->now;
}
