/*
 * emu/options.c - what `fencepost run` is asked to do; see options.h.
 *
 * Decisions:
 * - The machine file comes first, wherever --machine stands: so the command
 *   line overrides it. What a process may have for itself, the command line
 *   gives to all.
 * - Programs on the command line are run instead of the machine file's.
 */
#include "emu/options.h"

#include <stddef.h>
#include <string.h>

#include "emu/options_internal.h"
#include "mmu/associative.h"
#include "os/schedule.h"

#define TOP_MAX   100000u
#define SEPARATOR ":::" /* between programs and their arguments */

static bool take_format(const struct cli_command *command, const char *name,
                        enum trace_format *out)
{
    for (unsigned i = 0; i < TRACE_FORMAT_COUNT; i++)
        if (strcmp(name, trace_format_names[i]) == 0) {
            *out = (enum trace_format)i;
            return true;
        }
    cli_complain(command,
                 "--trace-format: unknown format '%.60s': want json, lackey or "
                 "din",
                 name);
    return false;
}

/* "lottery:7" or only a name. */
static bool take_schedule(const struct cli_command *command, const char *text,
                          struct run_options *out)
{
    const char *names[SCHEDULE_POLICIES];
    const size_t length = strlen(OPTIONS_LOTTERY);
    const bool seeded = strncmp(text, OPTIONS_LOTTERY, length) == 0;

    if (seeded) {
        out->schedule = &schedule_lottery;
        return cli_size_value(command, options_of_run[OPT_SCHEDULE].name,
                              text + length, 0, UINT64_MAX,
                              &out->schedule_seed);
    }
    for (size_t i = 0; i < SCHEDULE_POLICIES; i++)
        names[i] = schedule_policies[i]->name;

    const int index = policy_word(command, options_of_run[OPT_SCHEDULE].name,
                                  text, names, SCHEDULE_POLICIES);
    if (index >= 0)
        out->schedule = schedule_policies[index];
    return index >= 0;
}

static bool take_memory(const struct cli_command *command, const char *name,
                        struct run_options *out)
{
    const int index = policy_word(command, options_of_run[OPT_MEMORY].name,
                                  name, run_memory_names, RUN_MEMORIES);

    if (index >= 0)
        out->memory = (enum run_memory)index;
    return index >= 0;
}

static bool take_exec(const struct cli_command *command, const char *file,
                      struct run_options *out)
{
    if (out->exec_count == RUN_EXEC_MAX) {
        cli_complain(command, "--exec %s: more than %u of them", file,
                     RUN_EXEC_MAX);
        return false;
    }
    out->exec[out->exec_count++] = file;
    return true;
}

#define ROW(option, member)                                                    \
    [OPT_##option] = offsetof(struct run_options, member)

const size_t options_flag_at[OPT_COUNT] = {
    ROW(TAG, tag),
    ROW(TRACE_ACCESSES, trace_accesses),
    ROW(STATS, stats),
    ROW(PARANOID, paranoid),
    ROW(ROUND_TRIP, round_trip),
    ROW(JSON, json),
    ROW(TIMED, timed),
    ROW(SHOW_COSTS, show_costs),
    ROW(SHOW_CONFIG, show_config),
    ROW(SHOW_MAP, show_map),
};

const size_t options_file_at[OPT_COUNT] = {
    ROW(SWAP, swap),
    ROW(DISK, disk),
    ROW(TRACE, trace),
};

/* False after saying what is wrong with the value. */
static bool take(struct run_options *out, const struct cli_command *command,
                 enum run_option option, const char *value)
{
    const size_t flag = options_flag_at[option];
    const size_t file = options_file_at[option];

    if (flag)
        *(bool *)(void *)((char *)out + flag) = true;
    if (file)
        *(const char **)(void *)((char *)out + file) = value;
    switch ((int)option) {
    case OPT_ASSOCIATIVE:
        return options_take_u32(command, option, value, 0, ASSOCIATIVE_MAX,
                                &out->associative);
    case OPT_PHYS:
        return options_take_u32(command, option, value, PHYS_SIZE_MIN,
                                PHYS_SIZE_MAX, &out->phys_size);
    case OPT_PLACEMENT:
        return policy_value(command, options_of_run[option].name, value,
                            &out->placement);
    case OPT_MEMORY:
        return take_memory(command, value, out);
    case OPT_SWAP_SIZE:
        return options_take_u32(command, option, value, 1, OS_SWAP_SIZE_MAX,
                                &out->swap_size);
    case OPT_MAX_INSTRUCTIONS:
        return cli_size_value(command, options_of_run[option].name, value, 1,
                              UINT64_MAX, &out->max_instructions);
    case OPT_TRACE_FORMAT:
        return take_format(command, value, &out->trace_format);
    case OPT_SLICE:
        return cli_size_value(command, options_of_run[option].name, value, 1,
                              UINT32_MAX, &out->slice);
    case OPT_SCHEDULE:
        return take_schedule(command, value, out);
    case OPT_EXEC:
        return take_exec(command, value, out);
    case OPT_TOP:
        out->timed = true;
        return cli_size_value(command, options_of_run[option].name, value, 1,
                              TOP_MAX, &out->top);
    default:
        break;
    }
    return true;
}

/* What one process may have differently, all have that are there. */
static bool take_space(struct run_options *out,
                       const struct cli_command *command,
                       enum run_option option, const char *value)
{
    if (!options_take_space(command, option, value, &out->program))
        return false;
    for (unsigned i = 0; i < out->process_count; i++)
        (void)options_take_space(command, option, value,
                                 &out->processes[i].program);
    return true;
}

bool options_take(struct run_options *out, const struct cli_command *command,
                  enum run_option option, const char *value)
{
    if (options_is_space(option))
        return take_space(out, command, option, value);
    if (option >= OPT_CACHES && option < OPT_CACHES + CACHE_OPTS)
        return cache_options_take(&out->caches, command,
                                  (enum cache_option)(option - OPT_CACHES),
                                  value);
    return take(out, command, option, value);
}

/* What no single option can know. */
static bool check(const struct run_options *options,
                  const struct cli_command *command)
{
    if (options->trace_accesses && !options->trace)
        cli_complain(command, "--trace-accesses needs --trace FILE");
    else if (options->trace_format != TRACE_JSON && !options->trace_accesses)
        cli_complain(command,
                     "--trace-format %s has accesses only: it needs "
                     "--trace-accesses",
                     trace_format_names[options->trace_format]);
    else if (options->trace && !options->trace[0])
        cli_complain(command, "--trace: the file's name is empty");
    else if (options->swap && !options->swap[0])
        cli_complain(command, "--swap: the file's name is empty");
    else if (options->disk && !options->disk[0])
        cli_complain(command, "--disk: the file's name is empty");
    else if (options->memory == RUN_SWAPPED && !options->swap)
        cli_complain(command, "--memory swap needs --swap FILE");
    else if (options->swap_size && !options->swap)
        cli_complain(command, "--swap-size needs --swap FILE");
    else if (options->json && !options->stats)
        cli_complain(command, "--json needs --stats");
    else if (options->top && !options->stats)
        cli_complain(command, "--top needs --stats");
    else if (options->process_count == 0 && !options->show_costs &&
             !options->show_config)
        cli_complain(command,
                     "a program to run is missing; see 'fencepost run --help'");
    else
        return true;
    return false;
}

/* The schemes in which an option means something. */
static const struct {
    enum run_option option;
    const char *schemes[3];
} scheme_options[] = {
    {OPT_BOUNDS, {"base-bounds"}},
    {OPT_BASE, {"base-bounds"}},
    {OPT_ASIZE, {"segmented", "implicit", "table"}},
    {OPT_SEG_BITS, {"segmented", "table"}},
    {OPT_STACK, {"segmented", "implicit", "table"}},
    {OPT_STACK_MAX, {"segmented", "implicit", "table"}},
    {OPT_PROT, {"segmented", "implicit"}},
    {OPT_ASSOCIATIVE, {"table"}},
};

static bool suits(const char *const schemes[3], const struct os_scheme *scheme)
{
    for (unsigned i = 0; i < 3 && schemes[i]; i++)
        if (os_scheme_find(schemes[i]) == scheme)
            return true;
    return false;
}

/* False after naming one of the options @given that means nothing. */
static bool suits_scheme(const struct run_options *options,
                         const struct cli_command *command, uint64_t given)
{
    const struct os_scheme *scheme = options->program.scheme
                                         ? options->program.scheme
                                         : os_scheme_find("base-bounds");

    for (size_t i = 0; i < sizeof(scheme_options) / sizeof(*scheme_options);
         i++) {
        const enum run_option option = scheme_options[i].option;

        if (!(given >> option & 1) || suits(scheme_options[i].schemes, scheme))
            continue;
        cli_complain(command, "--%s means nothing under --mmu %s",
                     options_of_run[option].name, os_scheme_name(scheme));
        return false;
    }
    return true;
}

/* ---- programs ---- */

static bool is_separator(const char *word)
{
    return strcmp(word, SEPARATOR) == 0;
}

/* Divide the arguments into programs. */
static bool split(struct run_options *out, const struct cli_command *command,
                  const char *const *argv, int left)
{
    out->process_count = 0;
    for (;;) {
        int argc = 0;

        while (argc < left && !is_separator(argv[argc]))
            argc++;
        if (argc == 0) {
            cli_complain(command, "a program is missing %s a '%s'",
                         left > 0 ? "before" : "behind", SEPARATOR);
            return false;
        }
        if (out->process_count == OS_PROCESSES) {
            cli_complain(command, "more than %u programs", OS_PROCESSES);
            return false;
        }
        out->processes[out->process_count++] =
            (struct run_process){argv, argc, out->program};
        if (argc == left)
            return true;
        argv += argc + 1;
        left -= argc + 1;
    }
}

/* ---- all together ---- */

static void set_defaults(struct run_options *out)
{
    *out = (struct run_options){
        .program = {.bounds = OS_BOUNDS_DEFAULT, .base = OS_BASE_ANY},
        .phys_size = PHYS_SIZE_DEFAULT,
        .associative = ASSOCIATIVE_DEFAULT,
        .max_instructions = UINT64_MAX,
        .placement = {.policy = &alloc_first},
        .schedule = &schedule_rr,
    };
    cache_options_init(&out->caches);
}

/* Look for --machine, and whether all names of options are right. */
static int find_machine(const struct cli_command *command, int argc,
                        char **argv, const char **path)
{
    const char *value = NULL;
    struct cli_walk walk;
    int got;

    cli_walk_init(&walk, command, argc, argv);
    while ((got = cli_next(&walk, &value)) >= 0) {
        if (got != OPT_MACHINE)
            continue;
        if (*path) {
            cli_complain(command, "--machine is given twice");
            return CLI_WRONG;
        }
        *path = value;
    }
    return got;
}

static bool take_all(struct run_options *out, const struct cli_command *command,
                     int argc, char **argv)
{
    const char *value = NULL;
    struct cli_walk walk;
    uint64_t given = 0;
    int got;

    cli_walk_init(&walk, command, argc, argv);
    while ((got = cli_next(&walk, &value)) >= 0) {
        if (!options_take(out, command, (enum run_option)got, value))
            return false;
        given |= UINT64_C(1) << got;
    }
    /* A file's processes may have schemes of their own. */
    if (!out->config && !out->show_config && !suits_scheme(out, command, given))
        return false;
    return walk.rest == argc ||
           split(out, command, (const char *const *)argv + walk.rest,
                 argc - walk.rest);
}

/* What follows from several options. */
static bool finish(struct run_options *out, const struct cli_command *command)
{
    if (!cache_options_finish(&out->caches, command))
        return false;
    if (out->caches.given)
        out->timed = true;
    if (out->placement.slot_size == 0)
        out->placement.slot_size = POLICY_SLOT_DEFAULT;
    return check(out, command);
}

int options_parse(struct run_options *out, const struct cli_command *command,
                  int argc, char **argv)
{
    const char *path = NULL;
    const int found = find_machine(command, argc, argv, &path);

    set_defaults(out);
    out->machine = path;
    if (found != CLI_END)
        return found;
    if (path && !config_read(out, command, path))
        return CLI_WRONG;
    return take_all(out, command, argc, argv) && finish(out, command)
               ? CLI_END
               : CLI_WRONG;
}

void options_clear(struct run_options *options)
{
    config_destroy(options->config);
    options->config = NULL;
}
