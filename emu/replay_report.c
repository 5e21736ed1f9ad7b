/* emu/replay_report.c - what a replay found; see replay_report.h. */
#include "emu/replay_report.h"

#include "emu/stats.h"
#include "emu/timing_report.h"

/* The causes that can be: translation only where there is an MMU. */
static enum clock_cause last_cause(const struct replay_result *result)
{
    return result->faults ? CLOCK_translate : CLOCK_store_stall;
}

static void print_faults(const uint64_t faults[MMU_FAULT_COUNT], uint64_t wide,
                         FILE *file)
{
    for (unsigned i = MMU_FAULT_NONE + 1; i < MMU_FAULT_COUNT; i++) {
        const char *fault = mmu_fault_name((enum mmu_fault)i);
        char name[40];

        snprintf(name, sizeof(name), "faults_%s", fault);
        stats_line(file, name, faults[i], "accesses that the MMU refused",
                   "count");
    }
    stats_line(file, "wide_addresses", wide,
               "of faults_segment, addresses of more than 32 bits", "count");
}

void replay_report_text(const struct replay_result *result, FILE *file)
{
    const struct memsys *memsys = result->charge->memsys;

    stats_line(file, "references", timing_report_references(memsys),
               result->has_copies
                   ? "fetches, loads and stores, also of descriptors"
                   : "fetches, loads and stores; a modify is a load",
               "count");
    timing_report_clock(memsys->clock, CLOCK_fetch_stall, last_cause(result),
                        file);
    if (result->faults)
        print_faults(result->faults, result->wide, file);
    if (result->has_copies)
        stats_print_associative(&result->charge->associative.counts, file);
    timing_report_memory(memsys, file);
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

static void put_faults(const uint64_t faults[MMU_FAULT_COUNT], uint64_t wide,
                       struct json *json)
{
    json_open(json, "faults");
    for (unsigned i = MMU_FAULT_NONE + 1; i < MMU_FAULT_COUNT; i++)
        json_number(json, mmu_fault_name((enum mmu_fault)i), faults[i]);
    json_close(json);
    json_number(json, "wide_addresses", wide);
}

void replay_report_json(const struct replay_result *result, FILE *file)
{
    const struct memsys *memsys = result->charge->memsys;
    struct json json;

    json_begin(&json, file);
    json_number(&json, "references", timing_report_references(memsys));
    timing_report_clock_json(memsys->clock, CLOCK_fetch_stall,
                             last_cause(result), &json);
    if (result->faults)
        put_faults(result->faults, result->wide, &json);
    if (result->has_copies)
        stats_put_associative(&result->charge->associative.counts, &json);
    timing_report_memory_json(memsys, &json);
    put_cachegrind(&json, memsys);
    json_end(&json);
}
