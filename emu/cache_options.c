/*
 * emu/cache_options.c - options of a memory system; see cache_options.h.
 *
 * Decisions:
 * - --ll is the last level: the second of two, or the third when --l2 is given.
 */
#include "emu/cache_options.h"

#include <string.h>

#include "emu/geometry.h"
#include "emu/stats.h"

#define COST_NAME 32u

void cache_options_init(struct cache_options *options)
{
    *options = (struct cache_options){0};
    memsys_config_init(&options->config);
    costs_init(&options->costs);
}

static bool take_geometry(struct cache_options *options,
                          const struct cli_command *command,
                          enum cache_option option, const char *text)
{
    static const char *const names[] = {"l1i", "l1d", "l2", "ll"};
    char why[GEOMETRY_ERROR];
    const char *fault = why;

    if (geometry_parse(text, &options->levels[option], why)) {
        fault = cache_config_fault(&options->levels[option]);
        if (!fault && option >= CACHE_OPT_L2 &&
            options->levels[option].virtual_index)
            fault = "only a first level can have a virtual index";
        options->level_given[option] = true;
    }
    if (!fault)
        return true;
    cli_complain(command, fault == why ? "--%s: %.0s%s" : "--%s: %.60s: %s",
                 names[option], text, fault);
    return false;
}

static bool take_dram(struct cache_options *options,
                      const struct cli_command *command, const char *text)
{
    char why[GEOMETRY_ERROR];
    struct dram_config config;
    const char *fault;

    if (!geometry_parse_dram(text, &config, why)) {
        cli_complain(command, "--dram: %s", why);
        return false;
    }
    fault = dram_config_fault(&config);
    if (fault)
        cli_complain(command, "--dram: %.60s: %s", text, fault);
    options->config.dram = config;
    return !fault;
}

static void complain_of_name(const struct cli_command *command,
                             const char *name)
{
    const char *names[COST_COUNT];

    for (unsigned i = 0; i < COST_COUNT; i++)
        names[i] = cost_name((enum cost)i);

    const char *near = cli_nearest(name, names, COST_COUNT);
    cli_complain(command, "--cost: there is no cost %s; %s%s%s", name,
                 near ? "did you mean " : "--show-costs shows all",
                 near ? near : "", near ? "?" : "");
}

/* A machine file's name has been looked up, and its '=' is not the user's. */
static bool take_cost(struct cache_options *options,
                      const struct cli_command *command, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[COST_NAME];
    uint64_t cycles;

    if (!equals) {
        cli_complain(command, "--cost: '%.60s': want NAME=N", text);
        return false;
    }
    if (cli_parse_size(equals + 1, &cycles) || cycles > COST_MAX) {
        cli_complain(command,
                     "--cost: '%.60s': want a number of cycles below 4g",
                     equals + 1);
        return false;
    }
    snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
    if (costs_set(&options->costs, name, cycles) == 0)
        return true;
    complain_of_name(command, name);
    return false;
}

static bool take_seed(struct cache_options *options,
                      const struct cli_command *command, const char *text)
{
    uint64_t seed;

    if (!cli_size_value(command, "seed", text, 0, UINT32_MAX, &seed))
        return false;
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        options->config.caches[i].seed = (uint32_t)seed;
    return true;
}

bool cache_options_take(struct cache_options *options,
                        const struct cli_command *command,
                        enum cache_option option, const char *value)
{
    options->given = true;
    switch (option) {
    case CACHE_OPT_L1I:
    case CACHE_OPT_L1D:
    case CACHE_OPT_L2:
    case CACHE_OPT_LL:
        return take_geometry(options, command, option, value);
    case CACHE_OPT_DRAM:
        return take_dram(options, command, value);
    case CACHE_OPT_INCLUSIVE:
        options->config.inclusive = true;
        break;
    case CACHE_OPT_SEED:
        return take_seed(options, command, value);
    case CACHE_OPT_COST:
        return take_cost(options, command, value);
    case CACHE_OPTS:
        break;
    }
    return true;
}

/* The level of --@option, if it was given, in the place of @to. */
static void place_level(const struct cache_options *options,
                        enum cache_option option, struct cache_config *to)
{
    const uint32_t seed = to->seed;

    if (!options->level_given[option])
        return;
    *to = options->levels[option];
    to->seed = seed;
}

bool cache_options_finish(struct cache_options *options,
                          const struct cli_command *command)
{
    struct cache_config *caches = options->config.caches;
    enum memsys_level where;

    if (options->level_given[CACHE_OPT_L2])
        caches[MEMSYS_L3] = caches[MEMSYS_L2];
    place_level(options, CACHE_OPT_L1I, &caches[MEMSYS_L1I]);
    place_level(options, CACHE_OPT_L1D, &caches[MEMSYS_L1D]);
    place_level(options, CACHE_OPT_L2, &caches[MEMSYS_L2]);
    place_level(
        options, CACHE_OPT_LL,
        &caches[options->level_given[CACHE_OPT_L2] ? MEMSYS_L3 : MEMSYS_L2]);

    const char *why = memsys_config_fault(&options->config, &where);
    if (why)
        cli_complain(command, "%s: %s", memsys_level_name(where), why);
    return !why;
}

void cache_options_show_costs(const struct costs *costs, FILE *file)
{
    for (unsigned i = 0; i < COST_COUNT; i++)
        stats_line(file, cost_name((enum cost)i), costs->cycles[i],
                   cost_text((enum cost)i), "cycles");
}
