/*
 * mmu/clock.h - the machine's clock, and what its cycles were spent on.
 *
 * Time moves in clock_advance() and nowhere else. Each advance names its
 * cause, so that the causes add up to the time, exactly.
 *
 * Units: cycles of a 1 GHz processor, so one is a nanosecond. Layer: mmu/.
 */
#ifndef MMU_CLOCK_H
#define MMU_CLOCK_H

#include "mmu/mmu.h"

/* Every cause: its name in statistics, and what it is. */
#define CLOCK_CAUSES(X)                                                        \
    X(execute, "executing instructions")                                       \
    X(fetch_stall, "waiting for instruction bytes")                            \
    X(load_stall, "waiting for loads")                                         \
    X(store_stall, "waiting for stores")                                       \
    X(translate, "translating addresses")                                      \
    X(trap, "entering, handling and leaving traps")                            \
    X(context_switch, "saving and restoring registers")                        \
    X(compact, "moving processes together")                                    \
    X(swap, "moving segments to and from the disk")                            \
    X(idle, "nobody could run")

enum clock_cause {
#define CLOCK_ENUM(name, description) CLOCK_##name,
    CLOCK_CAUSES(CLOCK_ENUM)
#undef CLOCK_ENUM
        CLOCK_CAUSE_COUNT
};

/* All 0 at power-on. Read it freely; write it with clock_advance() only. */
struct clock {
    cycles_t now;
    cycles_t spent[CLOCK_CAUSE_COUNT];
};

/* Let @cycles pass because of @cause. Hot: once per access. */
static inline void clock_advance(struct clock *clock, enum clock_cause cause,
                                 cycles_t cycles)
{
    clock->now += cycles;
    clock->spent[cause] += cycles;
}

/* The cause that an access of one @kind is charged to; a modify is a load. */
enum clock_cause clock_cause_of(enum mmu_prot kind);

/* "load_stall", and "waiting for loads". */
const char *clock_cause_name(enum clock_cause cause);
const char *clock_cause_text(enum clock_cause cause);

/* True iff the causes add up to the time. */
bool clock_check(const struct clock *clock);

#endif /* MMU_CLOCK_H */
