/*
 * emu/alloc_options.c - the options of `fencepost alloc`; see alloc_options.h.
 *
 * Decisions:
 * - The defaults are those of the textbook's simulator: 100 bytes at 1000, best
 *   fit, by address, no header, nothing aligned, nothing merged.
 * - A policy that keeps no list obeys no order, and says so in the help rather
 *   than refusing: a loop over policies and orders should run.
 */
#include "emu/alloc_options.h"

#include "emu/policy.h"

#define ALIGN_MAX 65536u

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum option {
    OPT_HEAP_BASE,
    OPT_HEAP_SIZE,
    OPT_HEADER,
    OPT_ALIGN,
    OPT_POLICY,
    OPT_ORDER,
    OPT_COALESCE,
    OPT_COALESCE_SCOPE,
    OPT_FREELIST,
    OPT_STATS,
    OPT_PLOT,
    OPT_COMPARE,
    OPT_COUNT
};

const struct cli_option options_of_alloc[] = {
    [OPT_HEAP_BASE] = {"heap-base", "ADDR", "first address of the heap (1000)"},
    [OPT_HEAP_SIZE] = {"heap-size", "SIZE", "bytes of the heap (100)"},
    [OPT_HEADER] = {"header", "SIZE", "bytes before each block (0)"},
    [OPT_ALIGN] = {"align", "SIZE", "sizes are rounded up to this (1)"},
    [OPT_POLICY] = {"policy", "POLICY", "which free chunk serves (best)"},
    [OPT_ORDER] = {"order", "ORDER", "how the free list is kept (address)"},
    [OPT_COALESCE] = {"coalesce", NULL, "merge free neighbours on free"},
    [OPT_COALESCE_SCOPE] = {"coalesce-scope", "SCOPE",
                            "which neighbours (address)"},
    [OPT_FREELIST] = {"freelist", "WHEN",
                      "which answers show the free list (every)"},
    [OPT_STATS] = {"stats", NULL, "show counters at the end, on stderr"},
    [OPT_PLOT] = {"plot", "FILE.svg", "draw the heap over time"},
    [OPT_COMPARE] = {"compare", NULL,
                     "run all policies, print a table instead"},
};

_Static_assert(OPT_COUNT == ALLOC_OPTIONS, "one row for each option");

/* What only the whole command line can tell. */
struct parsed {
    struct alloc_options options;
    struct policy_choice choice;
    bool has_policy, has_freelist, coalesces;
    enum alloc_coalesce scope; /* ALLOC_COALESCE_NONE: not said */
};

static bool take_u32(const struct cli_command *command, enum option option,
                     const char *text, uint32_t min, uint32_t max,
                     uint32_t *out)
{
    uint64_t value;

    if (!cli_size_value(command, options_of_alloc[option].name, text, min, max,
                        &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool take_align(const struct cli_command *command, const char *text,
                       uint32_t *out)
{
    uint32_t align;

    if (!take_u32(command, OPT_ALIGN, text, 1, ALIGN_MAX, &align))
        return false;
    if (align & (align - 1)) {
        cli_complain(command, "--align: %s is no power of two", text);
        return false;
    }
    *out = align;
    return true;
}

/* The value is one of some words; *@out is which. */
static bool take_word(const struct cli_command *command, enum option option,
                      const char *text, int *out)
{
    static const char *const orders[] = {
        [ALLOC_BY_ADDRESS] = "address",  [ALLOC_SIZE_ASC] = "size-asc",
        [ALLOC_SIZE_DESC] = "size-desc", [ALLOC_FRONT] = "front",
        [ALLOC_BACK] = "back",
    };
    static const char *const scopes[] = {"address", "list"};
    static const char *const lists[] = {[ANSWERS_EVERY] = "every",
                                        [ANSWERS_LAST] = "last",
                                        [ANSWERS_NONE] = "none"};
    const char *const *words = option == OPT_ORDER            ? orders
                               : option == OPT_COALESCE_SCOPE ? scopes
                                                              : lists;
    const size_t count = option == OPT_ORDER            ? COUNT(orders)
                         : option == OPT_COALESCE_SCOPE ? COUNT(scopes)
                                                        : COUNT(lists);

    *out =
        policy_word(command, options_of_alloc[option].name, text, words, count);
    return *out >= 0;
}

/* False after saying what is wrong with the value. */
static bool take(struct parsed *out, const struct cli_command *command,
                 enum option option, const char *value)
{
    struct alloc_config *config = &out->options.config;
    int word = 0;

    switch (option) {
    case OPT_HEAP_BASE:
        return take_u32(command, option, value, 0, UINT32_MAX, &config->base);
    case OPT_HEAP_SIZE:
        return take_u32(command, option, value, 1, ALLOC_SIZE_MAX,
                        &config->size);
    case OPT_HEADER:
        return take_u32(command, option, value, 0, ALLOC_HEADER_MAX,
                        &config->header);
    case OPT_ALIGN:
        return take_align(command, value, &config->align);
    case OPT_POLICY:
        out->has_policy = true;
        return policy_value(command, options_of_alloc[option].name, value,
                            &out->choice);
    case OPT_ORDER:
        if (!take_word(command, option, value, &word))
            return false;
        config->order = (enum alloc_order)word;
        break;
    case OPT_COALESCE:
        out->coalesces = true;
        break;
    case OPT_COALESCE_SCOPE:
        if (!take_word(command, option, value, &word))
            return false;
        out->scope = word ? ALLOC_COALESCE_LIST : ALLOC_COALESCE_ADDRESS;
        break;
    case OPT_FREELIST:
        if (!take_word(command, option, value, &word))
            return false;
        out->options.list = (enum answers_list)word;
        out->has_freelist = true;
        break;
    case OPT_STATS:
        out->options.stats = true;
        break;
    case OPT_PLOT:
        out->options.plot = value;
        break;
    case OPT_COMPARE:
        out->options.compare = true;
        break;
    case OPT_COUNT:
        break;
    }
    return true;
}

/* What no single option can know. */
static int check(const struct parsed *parsed, const struct cli_command *command)
{
    const struct alloc_options *options = &parsed->options;
    const struct alloc_config *config = &options->config;

    if (config->size < config->header)
        cli_complain(command,
                     "--heap-size: %u bytes are less than one header (%u)",
                     config->size, config->header);
    else if (config->size > UINT32_MAX - config->base + UINT64_C(1))
        cli_complain(command,
                     "--heap-size: from %u on there are only %llu addresses",
                     config->base, (1ULL << 32) - config->base);
    else if (parsed->scope != ALLOC_COALESCE_NONE && !parsed->coalesces)
        cli_complain(command, "--coalesce-scope needs --coalesce");
    else if (parsed->scope == ALLOC_COALESCE_LIST && !options->compare &&
             !alloc_policy_has_list(config->policy))
        cli_complain(command,
                     "--coalesce-scope list: policy %s keeps no single list",
                     alloc_policy_name(config->policy));
    else if (options->compare && (parsed->has_policy || parsed->has_freelist ||
                                  options->stats || options->plot))
        cli_complain(command, "--compare runs all policies and prints a table: "
                              "not with --policy, --freelist, --stats or "
                              "--plot");
    else if (options->plot && !options->plot[0])
        cli_complain(command, "--plot: the file's name is empty");
    else
        return CLI_END;
    return CLI_WRONG;
}

uint32_t alloc_options_slot(uint32_t size)
{
    const uint32_t quarter = size / 4 > 0 ? size / 4 : 1;

    return quarter < POLICY_SLOT_DEFAULT ? quarter : POLICY_SLOT_DEFAULT;
}

/* The configuration that all options together mean. */
static void settle(struct parsed *parsed)
{
    struct alloc_config *config = &parsed->options.config;

    config->policy = parsed->choice.policy;
    config->slot_size = parsed->choice.slot_size
                            ? parsed->choice.slot_size
                            : alloc_options_slot(config->size);
    if (parsed->coalesces)
        config->coalesce = parsed->scope == ALLOC_COALESCE_LIST
                               ? ALLOC_COALESCE_LIST
                               : ALLOC_COALESCE_ADDRESS;
}

int alloc_options_parse(struct alloc_options *out,
                        const struct cli_command *command, int argc,
                        char **argv)
{
    struct parsed parsed = {
        .options = {.config = {.base = 1000, .size = 100, .align = 1},
                    .path = "-"},
        .choice = {.policy = &alloc_best},
    };
    const char *value = NULL;
    struct cli_walk walk;
    int got;

    cli_walk_init(&walk, command, argc, argv);
    while ((got = cli_next(&walk, &value)) >= 0)
        if (!take(&parsed, command, (enum option)got, value))
            return CLI_WRONG;
    if (got != CLI_END)
        return got;
    if (argc - walk.rest > 1) {
        cli_complain(command, "'%s': one file of requests is enough",
                     argv[walk.rest + 1]);
        return CLI_WRONG;
    }
    if (argc > walk.rest)
        parsed.options.path = argv[walk.rest];
    settle(&parsed);
    if (check(&parsed, command) != CLI_END)
        return CLI_WRONG;
    *out = parsed.options;
    return CLI_END;
}
