/* emu/stats.c - counters as text; see stats.h. */
#include "emu/stats.h"

#define NAME_WIDTH  24
#define VALUE_WIDTH 14

void stats_line(FILE *file, const char *name, uint64_t value,
                const char *description, const char *unit)
{
    fprintf(file, "%-*s %*llu # %s (%s)\n", NAME_WIDTH, name, VALUE_WIDTH,
            (unsigned long long)value, description, unit);
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

static void print_associative(const struct associative_counts *counts,
                              FILE *file)
{
#define PRINT_ASSOCIATIVE(name, what)                                          \
    stats_line(file, "associative_" #name, counts->name, what, "count");
    ASSOCIATIVE_COUNTERS(PRINT_ASSOCIATIVE)
#undef PRINT_ASSOCIATIVE
}

void stats_print(const struct stats *stats, FILE *file)
{
    const double seconds = stats->host_seconds;
    const double mips =
        seconds > 0 ? (double)stats->instructions / seconds / 1e6 : 0;

#define STATS_LINE(name, description, unit)                                    \
    stats_line(file, #name, stats->name, description, unit);
    STATS_COUNTERS(STATS_LINE)
#undef STATS_LINE
    print_traps(file, stats->traps);
    if (stats->associative)
        print_associative(stats->associative, file);
    fprintf(file, "%-*s %*.3f # time that the run took on the host (seconds)\n",
            NAME_WIDTH, "host_seconds", VALUE_WIDTH, seconds);
    fprintf(file, "%-*s %*.1f # speed on the host (million instructions/s)\n",
            NAME_WIDTH, "host_mips", VALUE_WIDTH, mips);
}
