/* emu/options.c - the options of `fencepost run`; see options.h. */
#include "emu/options.h"

#include "mmu/phys.h"
#include "os/os.h"

enum option {
    OPT_BOUNDS,
    OPT_BASE,
    OPT_PHYS,
    OPT_PLACEMENT,
    OPT_TRACE,
    OPT_TRACE_ACCESSES,
    OPT_STATS,
    OPT_MAX_INSTRUCTIONS,
    OPT_PARANOID,
    OPT_ROUND_TRIP,
    OPT_COUNT
};

const struct cli_option options_of_run[] = {
    [OPT_BOUNDS] = {"bounds", "SIZE", "size of the address space (16k)"},
    [OPT_BASE] = {"base", "ADDR",
                  "where it lies in physical memory (the OS "
                  "finds a place)"},
    [OPT_PHYS] = {"phys", "SIZE", "size of physical memory (64m)"},
    [OPT_PLACEMENT] = {"placement", "POLICY",
                       "which hole in physical memory it gets (first)"},
    [OPT_TRACE] = {"trace", "FILE",
                   "write a record for each trap, as JSON "
                   "Lines; - is stdout"},
    [OPT_TRACE_ACCESSES] = {"trace-accesses", NULL,
                            "and one for each fetch, load and store"},
    [OPT_STATS] = {"stats", NULL, "show counters at the end, on stderr"},
    [OPT_MAX_INSTRUCTIONS] = {"max-instructions", "N",
                              "stop after so many, with exit code 124"},
    [OPT_PARANOID] = {"paranoid", NULL,
                      "check each loaded value, and all memory around"},
    [OPT_ROUND_TRIP] = {"round-trip", NULL,
                        "save, spoil and restore all registers at every block "
                        "(a self-test)"},
};

_Static_assert(OPT_COUNT == RUN_OPTIONS, "one row for each option");

static bool take_u32(const struct cli_command *command, enum option option,
                     const char *text, uint32_t min, uint32_t max,
                     uint32_t *out)
{
    uint64_t value;

    if (!cli_size_value(command, options_of_run[option].name, text, min, max,
                        &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

/* False after saying what is wrong with the value. */
static bool take(struct run_options *out, const struct cli_command *command,
                 enum option option, const char *value)
{
    switch (option) {
    case OPT_BOUNDS:
        return take_u32(command, option, value, 1, PHYS_SIZE_MAX, &out->bounds);
    case OPT_BASE:
        return take_u32(command, option, value, 0, PHYS_SIZE_MAX - 1,
                        &out->base);
    case OPT_PHYS:
        return take_u32(command, option, value, PHYS_SIZE_MIN, PHYS_SIZE_MAX,
                        &out->phys_size);
    case OPT_PLACEMENT:
        return policy_value(command, options_of_run[option].name, value,
                            &out->placement);
    case OPT_MAX_INSTRUCTIONS:
        return cli_size_value(command, options_of_run[option].name, value, 1,
                              UINT64_MAX, &out->max_instructions);
    case OPT_TRACE:
        out->trace = value;
        break;
    case OPT_TRACE_ACCESSES:
        out->trace_accesses = true;
        break;
    case OPT_STATS:
        out->stats = true;
        break;
    case OPT_PARANOID:
        out->paranoid = true;
        break;
    case OPT_ROUND_TRIP:
        out->round_trip = true;
        break;
    case OPT_COUNT:
        break;
    }
    return true;
}

/* What no single option can know. */
static int check(const struct run_options *options,
                 const struct cli_command *command)
{
    if (options->trace_accesses && !options->trace)
        cli_complain(command, "--trace-accesses needs --trace FILE");
    else if (options->trace && !options->trace[0])
        cli_complain(command, "--trace: the file's name is empty");
    else if (options->argc == 0)
        cli_complain(command,
                     "a program to run is missing; see 'fencepost run --help'");
    else
        return CLI_END;
    return CLI_WRONG;
}

int options_parse(struct run_options *out, const struct cli_command *command,
                  int argc, char **argv)
{
    struct run_options options = {
        .bounds = OS_BOUNDS_DEFAULT,
        .base = OS_BASE_ANY,
        .phys_size = PHYS_SIZE_DEFAULT,
        .max_instructions = UINT64_MAX,
        .placement = {.policy = &alloc_first},
    };
    const char *value = NULL;
    struct cli_walk walk;
    int got;

    cli_walk_init(&walk, command, argc, argv);
    while ((got = cli_next(&walk, &value)) >= 0)
        if (!take(&options, command, (enum option)got, value))
            return CLI_WRONG;
    if (got != CLI_END)
        return got;
    if (options.placement.slot_size == 0)
        options.placement.slot_size = POLICY_SLOT_DEFAULT;
    options.argc = argc - walk.rest;
    options.argv = (const char *const *)argv + walk.rest;
    if (check(&options, command) != CLI_END)
        return CLI_WRONG;
    *out = options;
    return CLI_END;
}
