/* emu/options.c - the options of `fencepost run`; see options.h. */
#include "emu/options.h"

#include <string.h>

#include "mmu/associative.h"
#include "os/schedule.h"

#define TOP_MAX 100000u
#define LOTTERY "lottery:" /* before its seed */

enum option {
    OPT_MMU,
    OPT_BOUNDS,
    OPT_BASE,
    OPT_ASIZE,
    OPT_SEG_BITS,
    OPT_STACK,
    OPT_STACK_MAX,
    OPT_PROT,
    OPT_ASSOCIATIVE,
    OPT_PHYS,
    OPT_PLACEMENT,
    OPT_SLICE,
    OPT_SCHEDULE,
    OPT_TICKETS,
    OPT_TAG,
    OPT_EXEC,
    OPT_TRACE,
    OPT_TRACE_ACCESSES,
    OPT_TRACE_FORMAT,
    OPT_STATS,
    OPT_MAX_INSTRUCTIONS,
    OPT_PARANOID,
    OPT_ROUND_TRIP,
    OPT_JSON,
    OPT_TIMED,
    OPT_TOP,
    OPT_CACHES,
    OPT_SHOW_COSTS = OPT_CACHES + CACHE_OPTS,
    OPT_COUNT
};

const struct cli_option options_of_run[] = {
    [OPT_MMU] = {"mmu", "SCHEME",
                 "base-bounds, segmented, implicit or table: how addresses "
                 "are translated (base-bounds)"},
    [OPT_BOUNDS] = {"bounds", "SIZE",
                    "base-bounds: size of the address space (16k)"},
    [OPT_BASE] = {"base", "ADDR",
                  "base-bounds: where it lies in physical memory (the OS "
                  "finds a place)"},
    [OPT_ASIZE] = {"asize", "SIZE",
                   "segments: size of the address space, a power of two "
                   "(4g)"},
    [OPT_SEG_BITS] = {"seg-bits", "N",
                      "segments: bits of an address that select the segment "
                      "(segmented: 2; table: 8)"},
    [OPT_STACK] = {"stack", "SIZE",
                   "segments: size of the stack segment at first (64k, or "
                   "half a segment)"},
    [OPT_STACK_MAX] = {"stack-max", "SIZE",
                       "segments: and as far as it may grow (8m, or a whole "
                       "segment)"},
    [OPT_PROT] =
        {"prot", "LIST",
         "segmented, implicit: rights, e.g. code=x,data=rw,stack=rwx (code=rx, "
         "others rw)"},
    [OPT_ASSOCIATIVE] = {"associative", "N",
                         "table: descriptors kept at hand, 0 to 64; --stats "
                         "counts their hits and misses (16)"},
    [OPT_PHYS] = {"phys", "SIZE", "size of physical memory (64m)"},
    [OPT_PLACEMENT] = {"placement", "POLICY",
                       "which hole in physical memory it gets (first)"},
    [OPT_SLICE] = {"slice", "N",
                   "several programs: instructions that one may run before "
                   "the next one's turn (10000)"},
    [OPT_SCHEDULE] = {"schedule", "POLICY",
                      "who runs next: rr, mlfq or lottery[:SEED] (rr)"},
    [OPT_TICKETS] = {"tickets", "N", "lottery: of each process (100)"},
    [OPT_TAG] = {"tag", NULL,
                 "begin each line of output with the process it comes from"},
    [OPT_EXEC] = {"exec", "FILE",
                  "a program that processes may run (execve); those that are "
                  "started they may, too. Several: say it again"},
    [OPT_TRACE] = {"trace", "FILE",
                   "write a record for each trap, as JSON "
                   "Lines; - is stdout"},
    [OPT_TRACE_ACCESSES] = {"trace-accesses", NULL,
                            "and one for each fetch, load and store"},
    [OPT_TRACE_FORMAT] = {"trace-format", "NAME",
                          "json, or only accesses: lackey or din (json)"},
    [OPT_STATS] = {"stats", NULL, "show counters at the end, on stderr"},
    [OPT_MAX_INSTRUCTIONS] = {"max-instructions", "N",
                              "stop after so many, with exit code 124"},
    [OPT_PARANOID] = {"paranoid", NULL,
                      "check each loaded value, and all memory around"},
    [OPT_ROUND_TRIP] = {"round-trip", NULL,
                        "save, spoil and restore all registers at every block "
                        "(a self-test)"},
    [OPT_JSON] = {"json", NULL, "with --stats: as one JSON object"},
    [OPT_TIMED] = {"timed", NULL, "charge cycles: the options below imply it"},
    [OPT_TOP] = {"top", "N",
                 "with --stats: the instructions and functions that wait "
                 "longest; implies --timed"},
    CACHE_OPTION_ROWS(OPT_CACHES),
    [OPT_SHOW_COSTS] = {"show-costs", NULL, "show all costs, and do no more"},
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

static bool take_scheme(const struct cli_command *command, const char *name,
                        struct os_program *program)
{
    program->scheme = os_scheme_find(name);
    if (!program->scheme)
        cli_complain(command, "--mmu %s: there is %s", name, os_scheme_names);
    return program->scheme;
}

/* A power of two, as its number of address bits. */
static bool take_asize(const struct cli_command *command, const char *text,
                       struct os_program *program)
{
    uint64_t size;

    if (!cli_size_value(command, "asize", text, 2, UINT64_C(1) << 32, &size))
        return false;
    if (size & (size - 1)) {
        cli_complain(command, "--asize %s: no power of two", text);
        return false;
    }
    program->va_bits = (unsigned)__builtin_ctzll(size);
    return true;
}

static unsigned right_of(char letter)
{
    return letter == 'r'   ? MMU_READ
           : letter == 'w' ? MMU_WRITE
           : letter == 'x' ? MMU_EXEC
                           : 0;
}

/* One "code=rx" of @length bytes. */
static bool take_right(const char *text, size_t length, unsigned prot[OS_ROLES])
{
    static const char *const roles[OS_ROLES] = {
        [OS_CODE] = "code=", [OS_DATA] = "data=", [OS_STACK] = "stack="};

    for (unsigned i = 0; i < OS_ROLES; i++) {
        const size_t name = strlen(roles[i]);
        unsigned rights = 0;

        if (length <= name || strncmp(text, roles[i], name) != 0)
            continue;
        for (size_t k = name; k < length; k++) {
            if (!right_of(text[k]))
                return false;
            rights |= right_of(text[k]);
        }
        prot[i] = rights;
        return true;
    }
    return false;
}

static bool take_prot(const struct cli_command *command, const char *list,
                      unsigned prot[OS_ROLES])
{
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");

        if (!take_right(at, length, prot)) {
            cli_complain(command,
                         "--prot %s: '%.*s' is none of code=, data= or stack= "
                         "with some of r, w and x",
                         list, (int)length, at);
            return false;
        }
        at += length;
        if (!*at)
            return true;
    }
}

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
    const size_t length = strlen(LOTTERY);
    const bool seeded = strncmp(text, LOTTERY, length) == 0;

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

/* False after saying what is wrong with the value. */
static bool take(struct run_options *out, const struct cli_command *command,
                 enum option option, const char *value)
{
    struct os_program *program = &out->program;

    switch (option) {
    case OPT_MMU:
        return take_scheme(command, value, program);
    case OPT_BOUNDS:
        return take_u32(command, option, value, 1, PHYS_SIZE_MAX,
                        &program->bounds);
    case OPT_BASE:
        return take_u32(command, option, value, 0, PHYS_SIZE_MAX - 1,
                        &program->base);
    case OPT_ASIZE:
        return take_asize(command, value, program);
    case OPT_SEG_BITS:
        return take_u32(command, option, value, 1, 31, &program->seg_bits);
    case OPT_STACK:
        return take_u32(command, option, value, 1, PHYS_SIZE_MAX,
                        &program->stack);
    case OPT_STACK_MAX:
        return take_u32(command, option, value, 1, PHYS_SIZE_MAX,
                        &program->stack_max);
    case OPT_ASSOCIATIVE:
        return take_u32(command, option, value, 0, ASSOCIATIVE_MAX,
                        &out->associative);
    case OPT_PROT:
        return take_prot(command, value, program->prot);
    case OPT_PHYS:
        return take_u32(command, option, value, PHYS_SIZE_MIN, PHYS_SIZE_MAX,
                        &out->phys_size);
    case OPT_PLACEMENT:
        return policy_value(command, options_of_run[option].name, value,
                            &out->placement);
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
    case OPT_TICKETS:
        return take_u32(command, option, value, 1, SCHEDULE_TICKETS_MAX,
                        &program->tickets);
    case OPT_TAG:
        out->tag = true;
        break;
    case OPT_EXEC:
        return take_exec(command, value, out);
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
    case OPT_JSON:
        out->json = true;
        break;
    case OPT_TIMED:
        out->timed = true;
        break;
    case OPT_TOP:
        out->timed = true;
        return cli_size_value(command, options_of_run[option].name, value, 1,
                              TOP_MAX, &out->top);
    case OPT_SHOW_COSTS:
        out->show_costs = true;
        break;
    case OPT_CACHES:
    case OPT_COUNT:
        break;
    }
    return true;
}

static bool take_any(struct run_options *out, const struct cli_command *command,
                     unsigned option, const char *value)
{
    if (option < OPT_CACHES || option >= OPT_CACHES + CACHE_OPTS)
        return take(out, command, (enum option)option, value);
    return cache_options_take(&out->caches, command,
                              (enum cache_option)(option - OPT_CACHES), value);
}

/* What no single option can know. */
static int check(const struct run_options *options,
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
    else if (options->json && !options->stats)
        cli_complain(command, "--json needs --stats");
    else if (options->top && !options->stats)
        cli_complain(command, "--top needs --stats");
    else if (options->argc == 0 && !options->show_costs)
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
        .program = {.bounds = OS_BOUNDS_DEFAULT, .base = OS_BASE_ANY},
        .phys_size = PHYS_SIZE_DEFAULT,
        .associative = ASSOCIATIVE_DEFAULT,
        .max_instructions = UINT64_MAX,
        .placement = {.policy = &alloc_first},
        .schedule = &schedule_rr,
    };
    const char *value = NULL;
    struct cli_walk walk;
    int got;

    cli_walk_init(&walk, command, argc, argv);
    cache_options_init(&options.caches);
    while ((got = cli_next(&walk, &value)) >= 0)
        if (!take_any(&options, command, (unsigned)got, value))
            return CLI_WRONG;
    if (got != CLI_END)
        return got;
    if (!cache_options_finish(&options.caches, command))
        return CLI_WRONG;
    if (options.caches.given)
        options.timed = true;
    if (options.placement.slot_size == 0)
        options.placement.slot_size = POLICY_SLOT_DEFAULT;
    options.argc = argc - walk.rest;
    options.argv = (const char *const *)argv + walk.rest;
    if (check(&options, command) != CLI_END)
        return CLI_WRONG;
    *out = options;
    return CLI_END;
}
