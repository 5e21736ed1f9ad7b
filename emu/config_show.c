/*
 * emu/config_show.c - write options as a machine file; see options.h.
 *
 * Decisions:
 * - What is not set, and has a default that depends on other options, is left
 *   out. So are caches and costs when nothing is charged: to name them would
 *   be to ask for it.
 * - Of a process only that is written in which it differs from [mmu] and [os].
 */
#include <string.h>

#include "emu/geometry.h"
#include "emu/ini.h"
#include "emu/options_internal.h"
#include "os/schedule.h"

#define VALUE_MAX 128u

/* A value of an option, as the command line would have it; "": it has none. */
struct value {
    char text[VALUE_MAX];
    const char *word; /* what to write, in quotes if need be; or @text */
};

static void set_size(struct value *value, uint64_t size)
{
    cli_size_text(size, value->text);
}

/* The same, if it is not 0. */
static void set_any(struct value *value, uint64_t size)
{
    if (size > 0)
        set_size(value, size);
}

static void set_text(struct value *value, const char *text)
{
    snprintf(value->text, sizeof(value->text), "%s", text);
}

static void set_prot(struct value *value, const unsigned prot[OS_ROLES])
{
    static const char *const roles[OS_ROLES] = {
        [OS_CODE] = "code=", [OS_DATA] = "data=", [OS_STACK] = "stack="};
    char *text = value->text;

    for (unsigned i = 0; i < OS_ROLES; i++) {
        if (!prot[i])
            continue;
        text += sprintf(text, "%s%s%s%s%s", text == value->text ? "" : ",",
                        roles[i], prot[i] & MMU_READ ? "r" : "",
                        prot[i] & MMU_WRITE ? "w" : "",
                        prot[i] & MMU_EXEC ? "x" : "");
    }
}

/* What a process can have for itself. */
static void space_value(const struct os_program *program,
                        enum run_option option, struct value *value)
{
    switch ((int)option) {
    case OPT_MMU:
        set_text(value, program->scheme ? os_scheme_name(program->scheme)
                                        : "base-bounds");
        break;
    case OPT_BOUNDS:
        set_size(value, program->bounds);
        break;
    case OPT_BASE:
        if (program->base != OS_BASE_ANY)
            set_size(value, program->base);
        break;
    case OPT_ASIZE:
        if (program->va_bits > 0)
            set_size(value, UINT64_C(1) << program->va_bits);
        break;
    case OPT_SEG_BITS:
        set_any(value, program->seg_bits);
        break;
    case OPT_STACK:
        set_any(value, program->stack);
        break;
    case OPT_STACK_MAX:
        set_any(value, program->stack_max);
        break;
    case OPT_PROT:
        set_prot(value, program->prot);
        break;
    case OPT_TICKETS:
        set_size(value, program->tickets ? program->tickets : SCHEDULE_TICKETS);
        break;
    default:
        break;
    }
}

static void set_placement(struct value *value,
                          const struct policy_choice *placement)
{
    char size[32];

    cli_size_text(placement->slot_size, size);
    if (placement->policy == &alloc_slots)
        snprintf(value->text, VALUE_MAX, "slots:%s", size);
    else
        set_text(value, alloc_policy_name(placement->policy));
}

static void set_schedule(struct value *value, const struct run_options *options)
{
    if (options->schedule == &schedule_lottery)
        snprintf(value->text, VALUE_MAX, OPTIONS_LOTTERY "%llu",
                 (unsigned long long)options->schedule_seed);
    else
        set_text(value, options->schedule->name);
}

static void cache_value(const struct cache_options *options,
                        enum cache_option option, struct value *value)
{
    const struct cache_config *caches = options->config.caches;
    const bool three = caches[MEMSYS_L3].size > 0;

    switch (option) {
    case CACHE_OPT_L1I:
        geometry_text(&caches[MEMSYS_L1I], value->text, VALUE_MAX);
        break;
    case CACHE_OPT_L1D:
        geometry_text(&caches[MEMSYS_L1D], value->text, VALUE_MAX);
        break;
    case CACHE_OPT_L2:
        if (three)
            geometry_text(&caches[MEMSYS_L2], value->text, VALUE_MAX);
        break;
    case CACHE_OPT_LL:
        geometry_text(&caches[three ? MEMSYS_L3 : MEMSYS_L2], value->text,
                      VALUE_MAX);
        break;
    case CACHE_OPT_DRAM:
        geometry_text_dram(&options->config.dram, value->text, VALUE_MAX);
        break;
    case CACHE_OPT_INCLUSIVE:
        set_text(value, options->config.inclusive ? "yes" : "no");
        break;
    case CACHE_OPT_SEED:
        set_size(value, caches[MEMSYS_L1I].seed);
        break;
    case CACHE_OPT_COST:
    case CACHE_OPTS:
        break;
    }
}

static void set_flag(struct value *value, bool flag)
{
    set_text(value, flag ? "yes" : "no");
}

static void machine_value(const struct run_options *options,
                          enum run_option option, struct value *value)
{
    const char *at = (const char *)options;

    if (options_flag_at[option])
        set_flag(value, *(const bool *)(at + options_flag_at[option]));
    if (options_file_at[option])
        value->word =
            *(const char *const *)(const void *)(at + options_file_at[option]);
    switch ((int)option) {
    case OPT_PHYS:
        set_size(value, options->phys_size);
        break;
    case OPT_MAX_INSTRUCTIONS:
        if (options->max_instructions != UINT64_MAX)
            set_size(value, options->max_instructions);
        break;
    case OPT_ASSOCIATIVE:
        set_size(value, options->associative);
        break;
    case OPT_PLACEMENT:
        set_placement(value, &options->placement);
        break;
    case OPT_MEMORY:
        set_text(value, run_memory_names[options->memory]);
        break;
    case OPT_SWAP_SIZE:
        if (options->swap)
            set_any(value, options->swap_size);
        break;
    case OPT_SLICE:
        set_any(value, options->slice);
        break;
    case OPT_SCHEDULE:
        set_schedule(value, options);
        break;
    case OPT_TRACE_FORMAT:
        set_text(value, trace_format_names[options->trace_format]);
        break;
    case OPT_TOP:
        set_any(value, options->top);
        break;
    default:
        break;
    }
}

static void value_of(const struct run_options *options, enum run_option option,
                     struct value *value)
{
    *value = (struct value){.text = ""};
    if (options_is_space(option))
        space_value(&options->program, option, value);
    else if (option >= OPT_CACHES && option < OPT_CACHES + CACHE_OPTS)
        cache_value(&options->caches, (enum cache_option)(option - OPT_CACHES),
                    value);
    else
        machine_value(options, option, value);
}

static void put(FILE *file, const char *key, const char *word)
{
    fprintf(file, "%s = ", key);
    ini_put_word(file, word);
    putc('\n', file);
}

static void put_value(FILE *file, const char *key, const struct value *value)
{
    if (value->word || value->text[0])
        put(file, key, value->word ? value->word : value->text);
}

static void show_sections(const struct run_options *options, FILE *file)
{
    const char *section = "";

    for (unsigned i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        struct value value;

        if (strcmp(key->section, CONFIG_PROCESS) == 0 ||
            (key->option >= OPT_CACHES && key->option < OPT_SHOW_COSTS &&
             !options->timed))
            continue;
        if (strcmp(key->section, section) != 0)
            fprintf(file, "%s[%s]\n", *section ? "\n" : "", key->section);
        section = key->section;
        for (unsigned k = 0; key->option == OPT_EXEC && k < options->exec_count;
             k++)
            put(file, key->key, options->exec[k]);
        value_of(options, key->option, &value);
        put_value(file, key->key, &value);
    }
}

static void show_costs(const struct costs *costs, FILE *file)
{
    fprintf(file, "\n[%s]\n", CONFIG_COSTS);
    for (unsigned i = 0; i < COST_COUNT; i++)
        fprintf(file, "%s = %llu\n", cost_name((enum cost)i),
                (unsigned long long)costs->cycles[i]);
}

static void show_process(const struct run_options *options, unsigned i,
                         FILE *file)
{
    const struct run_process *process = &options->processes[i];

    fprintf(file, "\n[%s%u]\n", CONFIG_PROCESS, i + 1);
    put(file, "program", process->argv[0]);
    if (process->argc > 1)
        fputs("args =", file);
    for (int k = 1; k < process->argc; k++) {
        putc(' ', file);
        ini_put_word(file, process->argv[k]);
    }
    if (process->argc > 1)
        putc('\n', file);
    for (unsigned k = 0; k < CONFIG_KEYS; k++) {
        const struct config_key *key = &config_keys[k];
        struct value own = {.text = ""}, common = {.text = ""};

        if (strcmp(key->section, CONFIG_PROCESS) != 0)
            continue;
        space_value(&process->program, key->option, &own);
        space_value(&options->program, key->option, &common);
        if (strcmp(own.text, common.text) != 0)
            put_value(file, key->key, &own);
    }
}

void options_show(const struct run_options *options, FILE *file)
{
    show_sections(options, file);
    if (options->timed)
        show_costs(&options->caches.costs, file);
    for (unsigned i = 0; i < options->process_count; i++)
        show_process(options, i, file);
}
