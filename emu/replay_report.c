/* emu/replay_report.c - what a replay found; see replay_report.h. */
#include "emu/replay_report.h"

#include "emu/stats.h"
#include "emu/timing_report.h"

void replay_report_text(const struct memsys *memsys, FILE *file)
{
    stats_line(file, "references", timing_report_references(memsys),
               "fetches, loads and stores; a modify is a load", "count");
    timing_report_clock(memsys->clock, CLOCK_fetch_stall, CLOCK_store_stall,
                        file);
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

void replay_report_json(const struct memsys *memsys, FILE *file)
{
    struct json json;

    json_begin(&json, file);
    json_number(&json, "references", timing_report_references(memsys));
    timing_report_clock_json(memsys->clock, CLOCK_fetch_stall,
                             CLOCK_store_stall, &json);
    timing_report_memory_json(memsys, &json);
    put_cachegrind(&json, memsys);
    json_end(&json);
}
