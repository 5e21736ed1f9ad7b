/*
 * mmu/dram.c - banks and open rows; see dram.h.
 *
 * Decisions:
 * - A row stays open after an access ("open page"); nothing closes it but
 *   another row of its bank. There is no refresh.
 * - Reads and writes are alike, and nothing queues: an access waits for the
 *   one before it.
 */
#include "mmu/dram.h"

#include <errno.h>

static bool is_power_of_two(uint32_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

static uint32_t log2_of(uint32_t n)
{
    uint32_t bits = 0;

    while (n > 1) {
        n /= 2;
        bits++;
    }
    return bits;
}

const char *dram_config_fault(const struct dram_config *config)
{
    if (config->banks < 1 || config->banks > DRAM_BANKS_MAX)
        return "there must be 1 to 64 banks";
    if (!is_power_of_two(config->banks))
        return "the number of banks must be a power of two";
    if (config->row_size < DRAM_ROW_MIN || config->row_size > DRAM_ROW_MAX)
        return "a row must have 8 bytes to 1g";
    if (!is_power_of_two(config->row_size))
        return "the row's size must be a power of two";
    return NULL;
}

int dram_init(struct dram *dram, const struct dram_config *config)
{
    if (dram_config_fault(config))
        return -EINVAL;
    *dram = (struct dram){
        .bank_bits = log2_of(config->banks),
        .row_bits = log2_of(config->row_size),
    };
    return 0;
}

static uint32_t bank_of(const struct dram *dram, uint64_t pa)
{
    return (uint32_t)(pa >> dram->row_bits) & ((1u << dram->bank_bits) - 1);
}

static uint64_t row_of(const struct dram *dram, uint64_t pa)
{
    return pa >> dram->row_bits >> dram->bank_bits;
}

enum dram_result dram_peek(const struct dram *dram, uint64_t pa)
{
    const uint64_t open = dram->open[bank_of(dram, pa)];

    if (open == 0)
        return DRAM_CLOSED;
    return open == row_of(dram, pa) + 1 ? DRAM_HIT : DRAM_CONFLICT;
}

enum dram_result dram_access(struct dram *dram, uint64_t pa)
{
    const enum dram_result result = dram_peek(dram, pa);

    dram->open[bank_of(dram, pa)] = row_of(dram, pa) + 1;
    dram->counts[result]++;
    return result;
}

bool dram_check(const struct dram *dram)
{
    const uint32_t banks = 1u << dram->bank_bits;

    if (dram->bank_bits > 6 || dram->row_bits < 3 || dram->row_bits > 30)
        return false;
    for (uint32_t i = 0; i < DRAM_BANKS_MAX; i++) {
        if (i >= banks && dram->open[i] != 0)
            return false;
        if (dram->open[i] > row_of(dram, UINT64_MAX) + 1)
            return false;
    }
    return true;
}
