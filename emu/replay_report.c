/* emu/replay_report.c - what a replay found; see replay_report.h. */
#include "emu/replay_report.h"

#include "emu/json.h"
#include "emu/stats.h"

static const char *const dram_names[DRAM_RESULT_COUNT] = {
    "dram_hits", "dram_closed", "dram_conflicts"};

static uint64_t references(const struct memsys *memsys)
{
    const uint64_t *l1i = memsys->caches[MEMSYS_L1I]->counts;
    const uint64_t *l1d = memsys->caches[MEMSYS_L1D]->counts;

    return l1i[CACHE_fetches] + l1d[CACHE_loads] + l1d[CACHE_stores];
}

/* A first level sees fetches, or loads and stores. */
static bool applies(enum memsys_level level, enum cache_counter counter)
{
    if (level == MEMSYS_L1I)
        return counter < CACHE_loads || counter > CACHE_store_misses;
    return level != MEMSYS_L1D || counter >= CACHE_loads;
}

static void print_cache(const struct memsys *memsys, enum memsys_level level,
                        FILE *file)
{
    for (unsigned i = 0; i < CACHE_COUNTER_COUNT; i++) {
        const enum cache_counter counter = (enum cache_counter)i;
        char name[40];

        if (!applies(level, counter))
            continue;
        snprintf(name, sizeof(name), "%s_%s", memsys_level_name(level),
                 cache_counter_name(counter));
        stats_line(file, name, memsys->caches[level]->counts[i],
                   cache_counter_text(counter), "count");
    }
}

void replay_report_text(const struct memsys *memsys, FILE *file)
{
    stats_line(file, "references", references(memsys),
               "fetches, loads and stores; a modify is a load", "count");
    stats_line(file, "cycles", memsys->clock->now, "time that all of it took",
               "cycles");
    for (unsigned i = CLOCK_fetch_stall; i <= CLOCK_store_stall; i++)
        stats_line(file, clock_cause_name((enum clock_cause)i),
                   memsys->clock->spent[i],
                   clock_cause_text((enum clock_cause)i), "cycles");
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        if (memsys->caches[i])
            print_cache(memsys, (enum memsys_level)i, file);
    for (unsigned i = 0; i < DRAM_RESULT_COUNT; i++)
        stats_line(file, dram_names[i], memsys->dram.counts[i],
                   cost_text((enum cost)(COST_dram_hit + i)), "count");
}

/* Events and their names as in `man valgrind`'s section on cachegrind. */
static void put_cachegrind(struct json *json, const struct memsys *memsys)
{
    const uint64_t *l1i = memsys->caches[MEMSYS_L1I]->counts;
    const uint64_t *l1d = memsys->caches[MEMSYS_L1D]->counts;
    const uint64_t *ll = memsys->caches[memsys_last(memsys)]->counts;

    json_open(json, "cachegrind");
    json_number(json, "Ir", l1i[CACHE_fetches]);
    json_number(json, "I1mr", l1i[CACHE_fetch_misses]);
    json_number(json, "ILmr", ll[CACHE_fetch_misses]);
    json_number(json, "Dr", l1d[CACHE_loads]);
    json_number(json, "D1mr", l1d[CACHE_load_misses]);
    json_number(json, "DLmr", ll[CACHE_load_misses]);
    json_number(json, "Dw", l1d[CACHE_stores]);
    json_number(json, "D1mw", l1d[CACHE_store_misses]);
    json_number(json, "DLmw", ll[CACHE_store_misses]);
    json_close(json);
}

static void put_cache(struct json *json, const struct memsys *memsys,
                      enum memsys_level level)
{
    json_open(json, memsys_level_name(level));
    for (unsigned i = 0; i < CACHE_COUNTER_COUNT; i++)
        if (applies(level, (enum cache_counter)i))
            json_number(json, cache_counter_name((enum cache_counter)i),
                        memsys->caches[level]->counts[i]);
    json_close(json);
}

void replay_report_json(const struct memsys *memsys, FILE *file)
{
    struct json json;

    json_begin(&json, file);
    json_number(&json, "references", references(memsys));
    json_number(&json, "cycles", memsys->clock->now);
    for (unsigned i = CLOCK_fetch_stall; i <= CLOCK_store_stall; i++)
        json_number(&json, clock_cause_name((enum clock_cause)i),
                    memsys->clock->spent[i]);
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        if (memsys->caches[i])
            put_cache(&json, memsys, (enum memsys_level)i);
    for (unsigned i = 0; i < DRAM_RESULT_COUNT; i++)
        json_number(&json, dram_names[i], memsys->dram.counts[i]);
    put_cachegrind(&json, memsys);
    json_end(&json);
}

void replay_report_costs(const struct costs *costs, FILE *file)
{
    for (unsigned i = 0; i < COST_COUNT; i++)
        stats_line(file, cost_name((enum cost)i), costs->cycles[i],
                   cost_text((enum cost)i), "cycles");
}
