/*
 * mmu/charge.c - what instructions and their accesses cost; see charge.h.
 *
 * Decisions:
 * - One instruction at a time, nothing overlaps: an instruction costs the sum
 *   of its fetch, its execution, its loads and its stores. A hit in a first
 *   level is part of the stall, so a fetch that hits "stalls" for one cycle.
 * - Only what is complete is charged. An instruction that faults has cost
 *   nothing but the trap; when it runs again it is charged once.
 * - An instruction is charged for what it is, not for what it does: also when a
 *   condition makes it do nothing, or a jump is not taken. Each pass of a REP
 *   is an instruction.
 * - Base and bounds, and segments in registers: each access waits for one
 *   addition and comparison. A table: for the look at the copies; if the
 *   descriptor is not among them its 12 bytes are read, as a load that nobody
 *   translates; and if a use must be noted that a copy does not show yet, its
 *   flags are written, as a store of 4. These go through the caches and count
 *   there, but all of their time is translation.
 */
#include "mmu/charge.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "mmu/base_bounds.h"
#include "mmu/implicit.h"
#include "mmu/segmented.h"

#define DESCRIPTOR_USED  12u /* bytes that the hardware reads */
#define DESCRIPTOR_FLAGS 8u  /* offset */
#define WORD             4u

int charge_create(struct charge **out, const struct memsys_config *config,
                  const struct costs *costs, unsigned copies)
{
    struct charge *charge = calloc(1, sizeof(*charge));
    int err;

    if (!charge)
        return -ENOMEM;
    charge->costs = *costs;
    err = associative_init(&charge->associative, copies);
    if (!err)
        err = memsys_create(&charge->memsys, config, costs, &charge->clock);
    if (err) {
        charge_destroy(charge);
        return err;
    }
    *out = charge;
    return 0;
}

void charge_destroy(struct charge *charge)
{
    if (!charge)
        return;
    memsys_destroy(charge->memsys);
    free(charge);
}

void charge_cost(struct charge *charge, enum cost cost, enum clock_cause cause)
{
    clock_advance(&charge->clock, cause, charge->costs.cycles[cost]);
}

void charge_execute(struct charge *charge, enum cost cost)
{
    charge_cost(charge, cost, CLOCK_execute);
}

cycles_t charge_translation(const struct charge *charge, const struct mmu *mmu)
{
    static const struct {
        const struct mmu_ops *ops;
        enum cost cost;
    } rows[] = {
        {&base_bounds_ops, COST_translate_base_bounds},
        {&segmented_ops, COST_translate_segmented},
        {&implicit_ops, COST_translate_segmented},
        {&segment_table_ops, COST_translate_table},
    };

    size_t i = 0;

    while (rows[i].ops != mmu->ops) {
        i++;
        assert(i < sizeof(rows) / sizeof(rows[0])); /* every scheme has one */
    }
    return charge->costs.cycles[rows[i].cost];
}

static void access_untranslated(struct charge *charge, paddr_t pa,
                                uint32_t size, enum mmu_prot kind,
                                enum clock_cause cause)
{
    const struct memsys_ref ref = {pa, pa, size, kind};

    memsys_access_for(charge->memsys, &ref, cause);
}

static void find_descriptor(struct charge *charge, const struct mmu *mmu,
                            const struct mmu_access *access)
{
    const struct segment_table *table = (const struct segment_table *)mmu;
    struct associative_walk walk;
    paddr_t same;

    (void)associative_translate(&charge->associative, table, access, &same,
                                &walk);
    if (walk.read)
        access_untranslated(charge, walk.descriptor, DESCRIPTOR_USED, MMU_READ,
                            CLOCK_translate);
    if (walk.noted)
        access_untranslated(charge, walk.descriptor + DESCRIPTOR_FLAGS, WORD,
                            MMU_WRITE, CLOCK_translate);
}

/* Translate @access, then make it as one of @kind. */
static void access_as(struct charge *charge, const struct mmu *mmu,
                      const struct mmu_access *access, paddr_t pa,
                      enum mmu_prot kind)
{
    const struct memsys_ref ref = {access->va, pa, access->size, kind};

    clock_advance(&charge->clock, CLOCK_translate,
                  charge_translation(charge, mmu));
    if (mmu->ops == &segment_table_ops)
        find_descriptor(charge, mmu, access);
    memsys_access(charge->memsys, &ref);
}

void charge_access(struct charge *charge, const struct mmu *mmu,
                   const struct mmu_access *access, paddr_t pa)
{
    access_as(charge, mmu, access, pa, access->kind);
}

void charge_modify(struct charge *charge, const struct mmu *mmu,
                   const struct mmu_access *access, paddr_t pa)
{
    access_as(charge, mmu, access, pa, (enum mmu_prot)(MMU_READ | MMU_WRITE));
}

/*
 * Inclusive levels: a load may drop a line of code. A virtual index: items do
 * not have it. A table: its copies are used by fetches and loads in turn, which
 * matters only where one may have to make room.
 */
bool charge_may_run(const struct charge *charge, const struct mmu *mmu,
                    unsigned segments)
{
    const struct memsys_config *config = &charge->memsys->config;

    return !config->inclusive &&
           (mmu->ops != &segment_table_ops ||
            segments <= charge->associative.size) &&
           !config->caches[MEMSYS_L1I].virtual_index &&
           !config->caches[MEMSYS_L1D].virtual_index;
}

bool charge_is_at_hand(const struct charge *charge, const struct mmu *mmu,
                       vaddr_t va)
{
    return mmu->ops != &segment_table_ops ||
           associative_has(&charge->associative,
                           (const struct segment_table *)mmu, va);
}

void charge_run(struct charge *charge, const struct mmu *mmu,
                const struct charge_run *run)
{
    const uint64_t translated =
        run->instructions + run->count + run->again[0] + run->again[1];

    clock_advance(&charge->clock, CLOCK_translate,
                  charge_translation(charge, mmu) * translated);
    if (mmu->ops == &segment_table_ops)
        associative_hit(&charge->associative, translated);
    clock_advance(&charge->clock, CLOCK_execute, run->execute);
    memsys_fetched(charge->memsys, run->instructions);
    memsys_batch(charge->memsys, run->items, run->count);
    memsys_repeated(charge->memsys, run->again);
}

cycles_t charge_run_worst(const struct charge *charge, const struct mmu *mmu,
                          const struct charge_run *run)
{
    const uint64_t again = run->again[0] + run->again[1];
    const uint64_t translated = run->instructions + run->count + again;
    const struct memsys *memsys = charge->memsys;
    cycles_t worst = run->execute + again * memsys->latency[MEMSYS_L1D] +
                     run->instructions * memsys->latency[MEMSYS_L1I] +
                     translated * charge_translation(charge, mmu);

    for (size_t i = 0; i < run->count; i++)
        worst += memsys_worst(memsys, run->items[i].size);
    return worst;
}

void charge_words(struct charge *charge, paddr_t pa, uint32_t size,
                  enum mmu_prot kind, enum clock_cause cause)
{
    for (uint32_t done = 0; done < size; done += WORD)
        access_untranslated(charge, pa + done,
                            size - done < WORD ? size - done : WORD, kind,
                            cause);
}

bool charge_check(const struct charge *charge)
{
    return costs_check(&charge->costs) && memsys_check(charge->memsys) &&
           associative_check(&charge->associative);
}
