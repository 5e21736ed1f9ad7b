/*
 * emu/timing_report.c - cycles and caches as text and JSON; see
 * timing_report.h.
 *
 * Decisions:
 * - Rates have a fixed number of decimals and are cut, not rounded, so that
 *   they are the same everywhere and 100 means all.
 */
#include "emu/timing_report.h"

#include "emu/stats.h"

#define PERCENT 10000u /* in hundredths */

static const char *const dram_names[DRAM_RESULT_COUNT] = {
    "dram_hits", "dram_closed", "dram_conflicts"};

uint64_t timing_report_references(const struct memsys *memsys)
{
    const uint64_t *l1i = memsys->caches[MEMSYS_L1I]->counts;
    const uint64_t *l1d = memsys->caches[MEMSYS_L1D]->counts;

    return l1i[CACHE_fetches] + l1d[CACHE_loads] + l1d[CACHE_stores];
}

void timing_report_clock(const struct clock *clock, enum clock_cause first,
                         enum clock_cause last, FILE *file)
{
    stats_line(file, "cycles", clock->now, "time that all of it took",
               "cycles");
    for (unsigned i = first; i <= last; i++)
        stats_line(file, clock_cause_name((enum clock_cause)i), clock->spent[i],
                   clock_cause_text((enum clock_cause)i), "cycles");
}

void timing_report_clock_json(const struct clock *clock, enum clock_cause first,
                              enum clock_cause last, struct json *json)
{
    json_number(json, "cycles", clock->now);
    for (unsigned i = first; i <= last; i++)
        json_number(json, clock_cause_name((enum clock_cause)i),
                    clock->spent[i]);
}

/* A first level sees fetches, or loads and stores. */
static bool applies(enum memsys_level level, enum cache_counter counter)
{
    if (level == MEMSYS_L1I)
        return counter < CACHE_loads || counter > CACHE_store_misses;
    return level != MEMSYS_L1D || counter >= CACHE_loads;
}

/* In hundredths of a percent; all of nothing. */
static uint64_t hit_rate(struct cache_total total)
{
    return total.references > 0 ? stats_ratio(total.references - total.misses,
                                              total.references, PERCENT)
                                : PERCENT;
}

static void print_cache(const struct memsys *memsys, enum memsys_level level,
                        FILE *file)
{
    const struct cache *cache = memsys->caches[level];
    char name[40];

    for (unsigned i = 0; i < CACHE_COUNTER_COUNT; i++) {
        const enum cache_counter counter = (enum cache_counter)i;

        if (!applies(level, counter))
            continue;
        snprintf(name, sizeof(name), "%s_%s", memsys_level_name(level),
                 cache_counter_name(counter));
        stats_line(file, name, cache->counts[i], cache_counter_text(counter),
                   "count");
    }
    snprintf(name, sizeof(name), "%s_hit_rate", memsys_level_name(level));
    stats_line_decimal(file, name, hit_rate(cache_total(cache)), 2,
                       "references that found all here", "percent");
}

void timing_report_memory(const struct memsys *memsys, FILE *file)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        if (memsys->caches[i])
            print_cache(memsys, (enum memsys_level)i, file);
    for (unsigned i = 0; i < DRAM_RESULT_COUNT; i++)
        stats_line(file, dram_names[i], memsys->dram.counts[i],
                   cost_text((enum cost)(COST_dram_hit + i)), "count");
}

static void put_cache(struct json *json, const struct memsys *memsys,
                      enum memsys_level level)
{
    const struct cache *cache = memsys->caches[level];

    json_open(json, memsys_level_name(level));
    for (unsigned i = 0; i < CACHE_COUNTER_COUNT; i++)
        if (applies(level, (enum cache_counter)i))
            json_number(json, cache_counter_name((enum cache_counter)i),
                        cache->counts[i]);
    json_decimal(json, "hit_rate", hit_rate(cache_total(cache)), 2);
    json_close(json);
}

void timing_report_memory_json(const struct memsys *memsys, struct json *json)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        if (memsys->caches[i])
            put_cache(json, memsys, (enum memsys_level)i);
    for (unsigned i = 0; i < DRAM_RESULT_COUNT; i++)
        json_number(json, dram_names[i], memsys->dram.counts[i]);
}

static void print_total(const char *level, struct cache_total total,
                        const char *who, FILE *file)
{
    char name[48];

    snprintf(name, sizeof(name), "%s_references_%s", level, who);
    stats_line(file, name, total.references, "references that looked here",
               "count");
    snprintf(name, sizeof(name), "%s_misses_%s", level, who);
    stats_line(file, name, total.misses, "of them, not all here", "count");
    snprintf(name, sizeof(name), "%s_hit_rate_%s", level, who);
    stats_line_decimal(file, name, hit_rate(total), 2,
                       "references that found all here", "percent");
}

void timing_report_totals(const struct memsys *memsys,
                          const struct cache_total *totals, const char *who,
                          FILE *file)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        if (memsys->caches[i])
            print_total(memsys_level_name((enum memsys_level)i), totals[i], who,
                        file);
}

void timing_report_totals_json(const struct memsys *memsys,
                               const struct cache_total *totals,
                               struct json *json)
{
    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        if (!memsys->caches[i])
            continue;
        json_open(json, memsys_level_name((enum memsys_level)i));
        json_number(json, "references", totals[i].references);
        json_number(json, "misses", totals[i].misses);
        json_decimal(json, "hit_rate", hit_rate(totals[i]), 2);
        json_close(json);
    }
}
