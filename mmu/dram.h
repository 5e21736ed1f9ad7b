/*
 * mmu/dram.h - main memory: banks, each with at most one open row.
 *
 *      pa   [ row            | bank      | column     ]
 *                              log2 banks  log2 row_size
 *
 * Neighbouring rows lie in different banks. A bank copies a whole row into its
 * buffer to read or write it, and the row stays open until another one is
 * wanted: an access is to the open row (hit), finds none open (closed), or
 * must close another first (conflict).
 *
 * Contents are not here; see mmu/phys.h. Costs are in mmu/costs.h.
 *
 * Units: bytes. Layer: mmu/.
 */
#ifndef MMU_DRAM_H
#define MMU_DRAM_H

#include "mmu/mmu.h"

#define DRAM_BANKS_MAX 64u
#define DRAM_ROW_MIN   8u
#define DRAM_ROW_MAX   (1u << 30)

/* The order is that of the costs dram_hit, dram_closed, dram_conflict. */
enum dram_result { DRAM_HIT, DRAM_CLOSED, DRAM_CONFLICT, DRAM_RESULT_COUNT };

/* Both powers of two. */
struct dram_config {
    uint32_t banks;    /* 1 to DRAM_BANKS_MAX */
    uint32_t row_size; /* bytes, DRAM_ROW_MIN to DRAM_ROW_MAX */
};

/* 8 banks, rows of 8 KiB: eight DDR3 chips with pages of 1 KiB (JESD79-3). */
#define DRAM_DEFAULT ((struct dram_config){.banks = 8, .row_size = 8192})

struct dram {
    uint32_t bank_bits, row_bits;       /* log2 of the configuration */
    uint64_t open[DRAM_BANKS_MAX];      /* row + 1 of each bank; 0: none */
    uint64_t counts[DRAM_RESULT_COUNT]; /* accesses by what they found */
};

/* Why @config cannot be, or NULL when it can. */
const char *dram_config_fault(const struct dram_config *config);

/*
 * All rows closed, all counts 0.
 *
 * Returns 0, or -EINVAL and leaves @dram alone when dram_config_fault() has a
 * reason.
 */
int dram_init(struct dram *dram, const struct dram_config *config);

/* Access the row of @pa, and leave it open. Counted. */
enum dram_result dram_access(struct dram *dram, uint64_t pa);

/* What dram_access() would find. */
enum dram_result dram_peek(const struct dram *dram, uint64_t pa);

/* True iff the numbers make sense; O(banks). */
bool dram_check(const struct dram *dram);

#endif /* MMU_DRAM_H */
