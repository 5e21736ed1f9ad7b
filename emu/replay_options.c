/*
 * emu/replay_options.c - the options of `fencepost replay`; see
 * replay_options.h.
 *
 * Decisions:
 * - --ll is the last level: the second of two, or the third when --l2 is given.
 */
#include "emu/replay_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emu/geometry.h"

#define COST_NAME 32u

enum option {
    OPT_L1I,
    OPT_L1D,
    OPT_L2,
    OPT_LL,
    OPT_INCLUSIVE,
    OPT_SEED,
    OPT_COST,
    OPT_SHOW_COSTS,
    OPT_TRACE_FORMAT,
    OPT_JSON,
    OPT_COUNT
};

const struct cli_option replay_option_rows[] = {
    [OPT_L1I] = {"l1i", "G", "first level for fetches (32k,8,64)"},
    [OPT_L1D] = {"l1d", "G", "first level for loads and stores (32k,8,64)"},
    [OPT_L2] = {"l2", "G", "a level between those and the last (none)"},
    [OPT_LL] = {"ll", "G", "last level, for all (256k,4,64)"},
    [OPT_INCLUSIVE] = {"inclusive", NULL,
                       "what a level drops leaves those above it"},
    [OPT_SEED] = {"seed", "N", "of caches with the policy random (0)"},
    [OPT_COST] = {"cost", "NAME=N", "cycles that something costs; repeatable"},
    [OPT_SHOW_COSTS] = {"show-costs", NULL, "show all costs, and do no more"},
    [OPT_TRACE_FORMAT] = {"trace-format", "NAME",
                          "lackey, din, fencepost or auto (auto)"},
    [OPT_JSON] = {"json", NULL, "totals as one JSON object"},
};

_Static_assert(OPT_COUNT == REPLAY_OPTIONS, "one row for each option");

/* Options while they are parsed: which level --ll means is known at the end. */
struct draft {
    struct replay_options out;
    struct cache_config levels[4]; /* by OPT_L1I ... OPT_LL */
    uint64_t seed;
    int given[4];
};

static bool take_geometry(struct draft *draft,
                          const struct cli_command *command, enum option option,
                          const char *text)
{
    char why[GEOMETRY_ERROR];
    const char *fault = why;

    if (geometry_parse(text, &draft->levels[option], why)) {
        fault = cache_config_fault(&draft->levels[option]);
        draft->given[option] = 1;
    }
    if (!fault)
        return true;
    cli_complain(command, fault == why ? "--%s: %.0s%s" : "--%s: %.60s: %s",
                 replay_option_rows[option].name, text, fault);
    return false;
}

static bool take_cost(struct draft *draft, const struct cli_command *command,
                      const char *text)
{
    const char *equals = strchr(text, '=');
    const char *names[COST_COUNT];
    char name[COST_NAME];
    uint64_t cycles;

    if (!equals || cli_parse_size(equals + 1, &cycles) || cycles > COST_MAX) {
        cli_complain(command,
                     "--cost: '%.60s': want NAME=N, N a number of cycles below "
                     "4g",
                     text);
        return false;
    }
    snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
    if (costs_set(&draft->out.costs, name, cycles) == 0)
        return true;
    for (unsigned i = 0; i < COST_COUNT; i++)
        names[i] = cost_name((enum cost)i);

    const char *near = cli_nearest(name, names, COST_COUNT);
    cli_complain(command, "--cost: there is no cost %s; %s%s%s", name,
                 near ? "did you mean " : "--show-costs shows all",
                 near ? near : "", near ? "?" : "");
    return false;
}

static bool take_format(struct draft *draft, const struct cli_command *command,
                        const char *text)
{
    for (unsigned i = 0; i < REFTRACE_COUNT; i++)
        if (strcmp(text, reftrace_format_names[i]) == 0) {
            draft->out.format = (enum reftrace_format)i;
            return true;
        }
    cli_complain(command,
                 "--trace-format: unknown format '%.60s': want lackey, din, "
                 "fencepost or auto",
                 text);
    return false;
}

/* False after saying what is wrong with the value. */
static bool take(struct draft *draft, const struct cli_command *command,
                 enum option option, const char *value)
{
    switch (option) {
    case OPT_L1I:
    case OPT_L1D:
    case OPT_L2:
    case OPT_LL:
        return take_geometry(draft, command, option, value);
    case OPT_SEED:
        return cli_size_value(command, replay_option_rows[option].name, value,
                              0, UINT32_MAX, &draft->seed);
    case OPT_COST:
        return take_cost(draft, command, value);
    case OPT_TRACE_FORMAT:
        return take_format(draft, command, value);
    case OPT_INCLUSIVE:
        draft->out.config.inclusive = true;
        break;
    case OPT_SHOW_COSTS:
        draft->out.show_costs = true;
        break;
    case OPT_JSON:
        draft->out.json = true;
        break;
    case OPT_COUNT:
        break;
    }
    return true;
}

static void place_levels(struct draft *draft)
{
    struct cache_config *caches = draft->out.config.caches;
    const struct cache_config last =
        draft->given[OPT_LL] ? draft->levels[OPT_LL] : caches[MEMSYS_L2];

    if (draft->given[OPT_L1I])
        caches[MEMSYS_L1I] = draft->levels[OPT_L1I];
    if (draft->given[OPT_L1D])
        caches[MEMSYS_L1D] = draft->levels[OPT_L1D];
    if (draft->given[OPT_L2]) {
        caches[MEMSYS_L2] = draft->levels[OPT_L2];
        caches[MEMSYS_L3] = last;
    } else {
        caches[MEMSYS_L2] = last;
    }
    for (unsigned i = 0; i < MEMSYS_CACHES; i++)
        caches[i].seed = (uint32_t)draft->seed;
}

/* What no single option can know. */
static bool check(const struct draft *draft, const struct cli_command *command,
                  int arguments)
{
    enum memsys_level where;
    const char *why = memsys_config_fault(&draft->out.config, &where);

    if (why)
        cli_complain(command, "%s: %s", memsys_level_name(where), why);
    else if (arguments > 1)
        cli_complain(command, "one trace at a time, not %d files", arguments);
    else
        return true;
    return false;
}

int replay_options_parse(struct replay_options *out,
                         const struct cli_command *command, int argc,
                         char **argv)
{
    struct draft draft = {.out = {.path = "-"}};
    const char *value = NULL;
    struct cli_walk walk;
    int got;

    memsys_config_init(&draft.out.config);
    costs_init(&draft.out.costs);
    cli_walk_init(&walk, command, argc, argv);
    while ((got = cli_next(&walk, &value)) >= 0)
        if (!take(&draft, command, (enum option)got, value))
            return CLI_WRONG;
    if (got != CLI_END)
        return got;
    place_levels(&draft);
    if (!check(&draft, command, argc - walk.rest))
        return CLI_WRONG;
    if (walk.rest < argc)
        draft.out.path = argv[walk.rest];
    *out = draft.out;
    return CLI_END;
}
