/*
 * emu/replay_options.c - the options of `fencepost replay`; see
 * replay_options.h.
 */
#include "emu/replay_options.h"

#include <string.h>

enum option {
    OPT_MMU,
    OPT_CACHES = OPT_MMU + MMU_OPTIONS_COUNT,
    OPT_SHOW_COSTS = OPT_CACHES + CACHE_OPTS,
    OPT_TRACE_FORMAT,
    OPT_JSON,
    OPT_COUNT
};

const struct cli_option replay_option_rows[] = {
    MMU_OPTIONS_ROWS,
    CACHE_OPTION_ROWS(OPT_CACHES),
    [OPT_SHOW_COSTS] = {"show-costs", NULL, "show all costs, and do no more"},
    [OPT_TRACE_FORMAT] = {"trace-format", "NAME",
                          "lackey, din, fencepost or auto (auto)"},
    [OPT_JSON] = {"json", NULL, "totals as one JSON object"},
};

_Static_assert(OPT_COUNT == REPLAY_OPTIONS, "one row for each option");

static bool take_format(struct replay_options *out,
                        const struct cli_command *command, const char *text)
{
    for (unsigned i = 0; i < REFTRACE_COUNT; i++)
        if (strcmp(text, reftrace_format_names[i]) == 0) {
            out->format = (enum reftrace_format)i;
            return true;
        }
    cli_complain(command,
                 "--trace-format: unknown format '%.60s': want lackey, din, "
                 "fencepost or auto",
                 text);
    return false;
}

/* False after saying what is wrong with the value. */
static bool take(struct replay_options *out, const struct cli_command *command,
                 unsigned option, const char *value)
{
    if (option < OPT_MMU + MMU_OPTIONS_COUNT) {
        out->translates = true;
        return mmu_options_take(&out->mmu, command,
                                replay_option_rows[option].name, value);
    }
    if (option < OPT_CACHES + CACHE_OPTS)
        return cache_options_take(&out->caches, command,
                                  (enum cache_option)(option - OPT_CACHES),
                                  value);
    if (option == OPT_TRACE_FORMAT)
        return take_format(out, command, value);
    if (option == OPT_SHOW_COSTS)
        out->show_costs = true;
    else
        out->json = true;
    return true;
}

int replay_options_parse(struct replay_options *out,
                         const struct cli_command *command, int argc,
                         char **argv)
{
    struct replay_options options = {.path = "-", .mmu = MMU_OPTIONS_DEFAULT};
    const char *value = NULL;
    struct cli_walk walk;
    int got;

    cache_options_init(&options.caches);
    cli_walk_init(&walk, command, argc, argv);
    while ((got = cli_next(&walk, &value)) >= 0)
        if (!take(&options, command, (unsigned)got, value))
            return CLI_WRONG;
    if (got != CLI_END)
        return got;
    if (!cache_options_finish(&options.caches, command))
        return CLI_WRONG;
    if (argc - walk.rest > 1) {
        cli_complain(command, "one trace at a time, not %d files",
                     argc - walk.rest);
        return CLI_WRONG;
    }
    if (walk.rest < argc)
        options.path = argv[walk.rest];
    *out = options;
    return CLI_END;
}
