/* emu/stats.c - counters as text and JSON; see stats.h. */
#include "emu/stats.h"

#include "emu/json.h"
#include "emu/timing_report.h"

#define NAME_WIDTH  24
#define VALUE_WIDTH 14
#define THOUSAND    1000u

uint64_t stats_ratio(uint64_t part, uint64_t whole, uint32_t scale)
{
    const uint64_t rest = part % whole;

    if (rest > UINT64_MAX / scale) /* then a few bits do not matter */
        return part / whole * scale + rest / (whole / scale);
    return part / whole * scale + rest * scale / whole;
}

void stats_line(FILE *file, const char *name, uint64_t value,
                const char *description, const char *unit)
{
    fprintf(file, "%-*s %*llu # %s (%s)\n", NAME_WIDTH, name, VALUE_WIDTH,
            (unsigned long long)value, description, unit);
}

void stats_line_decimal(FILE *file, const char *name, uint64_t value,
                        unsigned decimals, const char *description,
                        const char *unit)
{
    uint64_t unit_value = 1;

    for (unsigned i = 0; i < decimals; i++)
        unit_value *= 10;
    fprintf(file, "%-*s %*llu.%0*llu # %s (%s)\n", NAME_WIDTH, name,
            VALUE_WIDTH - (int)decimals - 1,
            (unsigned long long)(value / unit_value), (int)decimals,
            (unsigned long long)(value % unit_value), description, unit);
}

static void print_traps(FILE *file, const uint64_t traps[TRAP_COUNT])
{
    for (unsigned i = 0; i < TRAP_COUNT; i++) {
        const char *cause = trap_name((enum trap_cause)i);
        char name[40], description[64];

        snprintf(name, sizeof(name), "traps_%s", cause);
        snprintf(description, sizeof(description), "traps of cause %s", cause);
        stats_line(file, name, traps[i], description, "count");
    }
}

void stats_print_associative(const struct associative_counts *counts,
                             FILE *file)
{
#define PRINT_ASSOCIATIVE(name, what)                                          \
    stats_line(file, "associative_" #name, counts->name, what, "count");
    ASSOCIATIVE_COUNTERS(PRINT_ASSOCIATIVE)
#undef PRINT_ASSOCIATIVE
}

/* Cycles of an instruction, in thousandths. */
static uint64_t cpi(const struct stats *stats)
{
    const cycles_t cycles = stats->charge->clock.now;

    return stats->instructions > 0
               ? stats_ratio(cycles, stats->instructions, THOUSAND)
               : 0;
}

/* The processor's, in hundredths of a percent. */
static uint64_t utilization(const struct stats *stats)
{
    const struct clock *clock = &stats->charge->clock;
    const cycles_t busy =
        clock->now - clock->spent[CLOCK_idle] - clock->spent[CLOCK_swap];

    return clock->now > 0 ? stats_ratio(busy, clock->now, 10000) : 10000;
}

static void print_of_process(uint32_t pid, const char *name, uint64_t value,
                             const char *description, const char *unit,
                             FILE *file)
{
    char whole[40];

    snprintf(whole, sizeof(whole), "%s_pid_%u", name, pid);
    stats_line(file, whole, value, description, unit);
}

/* With others beside it, what its time was spent on. */
static void print_process(const struct stats_process *process,
                          const struct memsys *memsys, bool among, FILE *file)
{
    char who[16];

    print_of_process(process->pid, "cycles", process->clock.now,
                     "time of this process, its traps too", "cycles", file);
    if (!among)
        return;
    print_of_process(process->pid, "instructions", process->instructions,
                     "completed by it", "count", file);
    for (unsigned i = 0; i < CLOCK_idle; i++)
        print_of_process(process->pid, clock_cause_name((enum clock_cause)i),
                         process->clock.spent[i],
                         clock_cause_text((enum clock_cause)i), "cycles", file);
    snprintf(who, sizeof(who), "pid_%u", process->pid);
    timing_report_totals(memsys, process->totals, who, file);
}

static void print_processes(const struct stats *stats, FILE *file)
{
    const struct memsys *memsys = stats->charge->memsys;
    const bool among = stats->process_count > 1;

    for (unsigned i = 0; i < stats->process_count; i++)
        print_process(&stats->processes[i], memsys, among, file);
    if (among)
        timing_report_totals(memsys, stats->nobody, "nobody", file);
}

static void print_timing(const struct stats *stats, FILE *file)
{
    timing_report_clock(&stats->charge->clock, (enum clock_cause)0,
                        (enum clock_cause)(CLOCK_CAUSE_COUNT - 1), file);
    stats_line_decimal(file, "cpi", cpi(stats), 3,
                       "cycles for each instruction, all causes", "ratio");
    stats_line_decimal(file, "utilization", utilization(stats), 2,
                       "of the cycles, neither idle nor waiting for images",
                       "percent");
    print_processes(stats, file);
    timing_report_memory(stats->charge->memsys, file);
}

static double host_mips(const struct stats *stats)
{
    const double seconds = stats->host_seconds;

    return seconds > 0 ? (double)stats->instructions / seconds / 1e6 : 0;
}

void stats_print(const struct stats *stats, FILE *file)
{
#define STATS_LINE(name, description, unit)                                    \
    stats_line(file, #name, stats->name, description, unit);
    STATS_COUNTERS(STATS_LINE)
#undef STATS_LINE
    print_traps(file, stats->traps);
    if (stats->associative)
        stats_print_associative(stats->associative, file);
    if (stats->charge)
        print_timing(stats, file);
    fprintf(file, "%-*s %*.3f # time that the run took on the host (seconds)\n",
            NAME_WIDTH, "host_seconds", VALUE_WIDTH, stats->host_seconds);
    fprintf(file, "%-*s %*.1f # speed on the host (million instructions/s)\n",
            NAME_WIDTH, "host_mips", VALUE_WIDTH, host_mips(stats));
    if (stats->hotspots)
        hotspots_print(stats->hotspots, stats->symbols, stats->symbols_ctx,
                       stats->top, file);
}

static void put_processes(const struct stats *stats, struct json *json)
{
    const struct memsys *memsys = stats->charge->memsys;

    json_open(json, "processes");
    for (unsigned i = 0; i < stats->process_count; i++) {
        const struct stats_process *process = &stats->processes[i];
        char pid[16];

        snprintf(pid, sizeof(pid), "%u", process->pid);
        json_open(json, pid);
        json_number(json, "instructions", process->instructions);
        timing_report_clock_json(&process->clock, (enum clock_cause)0,
                                 (enum clock_cause)(CLOCK_idle - 1), json);
        timing_report_totals_json(memsys, process->totals, json);
        json_close(json);
    }
    json_close(json);
    json_open(json, "nobody");
    timing_report_totals_json(memsys, stats->nobody, json);
    json_close(json);
}

static void put_timing(const struct stats *stats, struct json *json)
{
    timing_report_clock_json(&stats->charge->clock, (enum clock_cause)0,
                             (enum clock_cause)(CLOCK_CAUSE_COUNT - 1), json);
    json_decimal(json, "cpi", cpi(stats), 3);
    json_decimal(json, "utilization", utilization(stats), 2);
    put_processes(stats, json);
    timing_report_memory_json(stats->charge->memsys, json);
}

void stats_put_associative(const struct associative_counts *counts,
                           struct json *json)
{
    json_open(json, "associative");
#define PUT_ASSOCIATIVE(name, what) json_number(json, #name, counts->name);
    ASSOCIATIVE_COUNTERS(PUT_ASSOCIATIVE)
#undef PUT_ASSOCIATIVE
    json_close(json);
}

void stats_print_json(const struct stats *stats, FILE *file)
{
    struct json json;

    json_begin(&json, file);
#define STATS_MEMBER(name, description, unit)                                  \
    json_number(&json, #name, stats->name);
    STATS_COUNTERS(STATS_MEMBER)
#undef STATS_MEMBER
    json_open(&json, "traps");
    for (unsigned i = 0; i < TRAP_COUNT; i++)
        json_number(&json, trap_name((enum trap_cause)i), stats->traps[i]);
    json_close(&json);
    if (stats->associative)
        stats_put_associative(stats->associative, &json);
    if (stats->charge)
        put_timing(stats, &json);
    if (stats->hotspots)
        hotspots_put(stats->hotspots, stats->symbols, stats->symbols_ctx,
                     stats->top, &json);
    json_decimal(&json, "host_seconds", (uint64_t)(stats->host_seconds * 1e6),
                 6);
    json_decimal(&json, "host_mips", (uint64_t)(host_mips(stats) * 10), 1);
    json_end(&json);
}
