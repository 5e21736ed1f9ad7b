/*
 * os/schedule.h - which process runs next: policies behind one interface.
 *
 *      rr       each in turn (round robin)
 *      mlfq     multi-level feedback queue (OSTEP ch. 8)
 *      lottery  by chance, in proportion to tickets (OSTEP ch. 9)
 *
 * A policy is asked whenever the CPU is free: at the end of a slice, and when
 * the process that had it waits, yields or ends. It sees processes as slots,
 * 0 to SCHEDULE_SLOTS - 1. All are deterministic: the same story and the same
 * seed give the same turns.
 *
 * A new policy is one more struct schedule_policy, and a row in schedule.c.
 *
 * Units: cycles. Layer: os/.
 */
#ifndef OS_SCHEDULE_H
#define OS_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "mmu/mmu.h"

#define SCHEDULE_SLOTS       256u
#define SCHEDULE_LEVELS      4u
#define SCHEDULE_BOOST       50u  /* allotments from one boost to the next */
#define SCHEDULE_TICKETS     100u /* of a process, if nobody says */
#define SCHEDULE_TICKETS_MAX 1000000u

/* What the policies know of the process in one slot. */
struct schedule_slot {
    uint32_t tickets; /* lottery; at least 1 */
    unsigned level;   /* mlfq: 0 is the highest */
    cycles_t used;    /* mlfq: time that it has had on this level */
};

struct schedule_policy;

struct schedule {
    const struct schedule_policy *policy;
    uint64_t random;    /* lottery: the generator's state */
    cycles_t allotment; /* mlfq: time that a level gives; > 0 */
    cycles_t boosted;   /* mlfq: when all were last put on level 0 */
    struct schedule_slot slots[SCHEDULE_SLOTS];
};

/* What a policy may ask when it chooses. */
struct schedule_view {
    unsigned count; /* all processes lie in the first so many slots */
    unsigned last;  /* the slot that had the CPU last */
    cycles_t now;
    bool (*ready)(const void *ctx, unsigned slot);
    const void *ctx;
};

/*
 * name     What the command line calls it.
 * clocked  It asks how long processes ran, so that this must be counted.
 * choose   One of the slots that are ready, or -1 when none is.
 * ran      The process in @slot has had the CPU for @cycles. NULL: no matter.
 */
struct schedule_policy {
    const char *name;
    bool clocked;
    int (*choose)(struct schedule *schedule, const struct schedule_view *view);
    void (*ran)(struct schedule *schedule, unsigned slot, cycles_t cycles);
};

extern const struct schedule_policy schedule_rr;
extern const struct schedule_policy schedule_mlfq;
extern const struct schedule_policy schedule_lottery;

/* All of them, for who goes through their names. */
#define SCHEDULE_POLICIES 3u
extern const struct schedule_policy *const schedule_policies[];

/* @allotment > 0 is for mlfq, @seed for lottery. Every slot is new. */
void schedule_init(struct schedule *schedule,
                   const struct schedule_policy *policy, cycles_t allotment,
                   uint64_t seed);

/* A process begins in @slot, with so many tickets; 0: the usual number. */
void schedule_begin(struct schedule *schedule, unsigned slot, uint32_t tickets);

int schedule_choose(struct schedule *schedule,
                    const struct schedule_view *view);

void schedule_ran(struct schedule *schedule, unsigned slot, cycles_t cycles);

/* Every slot has a level and tickets that it can have. */
bool schedule_check(const struct schedule *schedule);

#endif /* OS_SCHEDULE_H */
