/*
 * emu/cache_options.h - options that describe a memory system, for every
 * subcommand that has one.
 *
 *      --l1i G  --l1d G  --l2 G  --ll G  --dram BANKS,ROW
 *      --inclusive  --seed N  --cost NAME=N
 *
 * A subcommand has them in its rows by CACHE_OPTION_ROWS(first), from index
 * @first on, and hands what it gets to cache_options_take(). Which level --ll
 * means is known when all are taken: cache_options_finish().
 *
 * Layer: emu/.
 */
#ifndef EMU_CACHE_OPTIONS_H
#define EMU_CACHE_OPTIONS_H

#include "emu/cli.h"
#include "mmu/memsys.h"

enum cache_option {
    CACHE_OPT_L1I,
    CACHE_OPT_L1D,
    CACHE_OPT_L2,
    CACHE_OPT_LL,
    CACHE_OPT_DRAM,
    CACHE_OPT_INCLUSIVE,
    CACHE_OPT_SEED,
    CACHE_OPT_COST,
    CACHE_OPTS
};

#define CACHE_OPTION_ROWS(first)                                               \
    [(first) +                                                                 \
        CACHE_OPT_L1I] = {"l1i", "G", "first level for fetches (32k,8,64)"},   \
        [(first) + CACHE_OPT_L1D] = {"l1d", "G",                               \
                                     "first level for loads and stores "       \
                                     "(32k,8,64)"},                            \
        [(first) +                                                             \
            CACHE_OPT_L2] = {"l2", "G",                                        \
                             "a level between those and the last (none)"},     \
        [(first) + CACHE_OPT_LL] =                                             \
            {"ll", "G",                                                        \
             "last level, for all; counters and costs call it l2, or l3 "      \
             "where there is --l2 (256k,4,64)"},                               \
        [(first) + CACHE_OPT_DRAM] =                                           \
            {"dram", "BANKS,ROW",                                              \
             "DRAM: its banks, and the size of a row of one (8,8k)"},          \
        [(first) + CACHE_OPT_INCLUSIVE] =                                      \
            {"inclusive", NULL, "what a level drops leaves those above it"},   \
        [(first) + CACHE_OPT_SEED] = {"seed", "N",                             \
                                      "of caches with the policy random (0)"}, \
        [(first) + CACHE_OPT_COST] = {                                         \
            "cost", "NAME=N", "cycles that something costs; repeatable"}

/* What G is, for a help's notes. */
#define CACHE_OPTION_NOTES                                                     \
    "G is a geometry: SIZE,WAYS,LINE such as 32k,8,64, or SETS:WAYS:LINE, "    \
    "then perhaps\nwords, each after a comma: lru (the default), fifo, plru "  \
    "or random; write-through,\nno-allocate, prefetch (the next line), "       \
    "virtual (index; first levels only).\n"

struct cache_options {
    struct memsys_config config; /* one that can be, when finished */
    struct costs costs;
    bool given; /* any of them was */

    struct cache_config levels[CACHE_OPT_LL + 1];
    bool level_given[CACHE_OPT_LL + 1];
};

/* The defaults. */
void cache_options_init(struct cache_options *options);

/* Take one. False after saying what is wrong with its value. */
bool cache_options_take(struct cache_options *options,
                        const struct cli_command *command,
                        enum cache_option option, const char *value);

/* False after saying why there can be no such memory system. */
bool cache_options_finish(struct cache_options *options,
                          const struct cli_command *command);

/* The table of costs, in the form of statistics. */
void cache_options_show_costs(const struct costs *costs, FILE *file);

#endif /* EMU_CACHE_OPTIONS_H */
