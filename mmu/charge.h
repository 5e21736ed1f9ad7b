/*
 * mmu/charge.h - what a program's acts cost: instructions, translations,
 * accesses.
 *
 *      instruction = its fetch, its execution, its loads and stores
 *      access      = its translation, then the memory system
 *
 * One clock, one table of costs, one memory system and one associative memory
 * for the whole machine. Whoever runs instructions tells charge_access() and
 * charge_execute() of each one that is complete, in program order.
 *
 * What is charged, and what is not, is at the top of mmu/charge.c.
 *
 * Units: cycles, bytes. Layer: mmu/.
 */
#ifndef MMU_CHARGE_H
#define MMU_CHARGE_H

#include "mmu/associative.h"
#include "mmu/memsys.h"

struct charge {
    struct clock clock;
    struct costs costs;
    struct memsys *memsys;          /* owned */
    struct associative associative; /* of the scheme `table` */
};

/*
 * Everything at the beginning of time. @copies descriptors are at hand.
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  as memsys_create() or associative_init()
 *   -ENOMEM  out of host memory
 */
int charge_create(struct charge **out, const struct memsys_config *config,
                  const struct costs *costs, unsigned copies);

/* NULL is a no-op. */
void charge_destroy(struct charge *charge);

/* The cost of one translation through @mmu, if no descriptor is read. */
cycles_t charge_translation(const struct charge *charge, const struct mmu *mmu);

/* Translate a legal access, which lies at @pa, through @mmu; then make it. */
void charge_access(struct charge *charge, const struct mmu *mmu,
                   const struct mmu_access *access, paddr_t pa);

/*
 * A load and then a store of the same bytes as one reference: it is translated
 * once, as the store @access, and counts as a load.
 */
void charge_modify(struct charge *charge, const struct mmu *mmu,
                   const struct mmu_access *access, paddr_t pa);

/*
 * Whether the accesses of a program under @mmu, to @segments segments, may be
 * charged by charge_run(): whether it is enough to know the order of its loads
 * and stores, as long as no fetch misses and charge_is_at_hand() for
 * all that is accessed.
 */
bool charge_may_run(const struct charge *charge, const struct mmu *mmu,
                    unsigned segments);

/* Whether to translate @va reads no descriptor. */
bool charge_is_at_hand(const struct charge *charge, const struct mmu *mmu,
                       vaddr_t va);

/* Instructions that have been executed in `execute` cycles. */
struct charge_run {
    uint64_t instructions;
    cycles_t execute;
    const struct memsys_item *items; /* their loads and stores, borrowed */
    size_t count;
    uint64_t again[2]; /* loads, stores: more of them; memsys_repeats_hit() */
};

/*
 * All fetches of @run have hit, and memsys_touch_code() knows where; whatever
 * was accessed charge_is_at_hand(), and its use has been noted. The same as
 * charge_access() and charge_execute() for each.
 */
void charge_run(struct charge *charge, const struct mmu *mmu,
                const struct charge_run *run);

/* No less than what that would cost. */
cycles_t charge_run_worst(const struct charge *charge, const struct mmu *mmu,
                          const struct charge_run *run);

/* Execute an instruction of the class that @cost is for. */
void charge_execute(struct charge *charge, enum cost cost);

/*
 * The operating system moves @size bytes at @pa in words of 4 bytes,
 * untranslated, because of @cause.
 */
void charge_words(struct charge *charge, paddr_t pa, uint32_t size,
                  enum mmu_prot kind, enum clock_cause cause);

/* Let the time of @cost pass because of @cause. */
void charge_cost(struct charge *charge, enum cost cost, enum clock_cause cause);

/* Walk everything: true iff all parts are in order. */
bool charge_check(const struct charge *charge);

#endif /* MMU_CHARGE_H */
