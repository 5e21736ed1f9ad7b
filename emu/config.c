/*
 * emu/config.c - read a machine file; see options_internal.h.
 *
 * Decisions:
 * - Each line is looked at as it comes, so that what is wrong first is said
 *   first; then sections are applied from the general to the particular,
 *   whatever their order: all others, then those of processes.
 * - A key is given once, and so is [process.N]; they begin in the order of N,
 *   which may leave numbers out.
 * - Paths mean what they would mean on the command line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/ini.h"
#include "emu/lines.h"
#include "emu/options_internal.h"

#define PLACE_MAX 192u /* bytes of "FILE:LINE: KEY" */

const struct config_key config_keys[CONFIG_KEYS] = {
    {"machine", "phys", OPT_PHYS},
    {"machine", "disk", OPT_DISK},
    {"machine", "timed", OPT_TIMED},
    {"machine", "max-instructions", OPT_MAX_INSTRUCTIONS},
    {"machine", "paranoid", OPT_PARANOID},
    {"machine", "round-trip", OPT_ROUND_TRIP},
    {"mmu", "scheme", OPT_MMU},
    {"mmu", "bounds", OPT_BOUNDS},
    {"mmu", "base", OPT_BASE},
    {"mmu", "asize", OPT_ASIZE},
    {"mmu", "seg-bits", OPT_SEG_BITS},
    {"mmu", "stack", OPT_STACK},
    {"mmu", "stack-max", OPT_STACK_MAX},
    {"mmu", "prot", OPT_PROT},
    {"mmu", "associative", OPT_ASSOCIATIVE},
    {"os", "placement", OPT_PLACEMENT},
    {"os", "memory", OPT_MEMORY},
    {"os", "swap", OPT_SWAP},
    {"os", "swap-size", OPT_SWAP_SIZE},
    {"os", "slice", OPT_SLICE},
    {"os", "schedule", OPT_SCHEDULE},
    {"os", "tickets", OPT_TICKETS},
    {"os", "exec", OPT_EXEC},
    {"watch", "tag", OPT_TAG},
    {"watch", "trace", OPT_TRACE},
    {"watch", "trace-accesses", OPT_TRACE_ACCESSES},
    {"watch", "trace-format", OPT_TRACE_FORMAT},
    {"watch", "stats", OPT_STATS},
    {"watch", "json", OPT_JSON},
    {"watch", "top", OPT_TOP},
    {"caches", "l1i", OPT_CACHES + CACHE_OPT_L1I},
    {"caches", "l1d", OPT_CACHES + CACHE_OPT_L1D},
    {"caches", "l2", OPT_CACHES + CACHE_OPT_L2},
    {"caches", "ll", OPT_CACHES + CACHE_OPT_LL},
    {"caches", "dram", OPT_CACHES + CACHE_OPT_DRAM},
    {"caches", "inclusive", OPT_CACHES + CACHE_OPT_INCLUSIVE},
    {"caches", "seed", OPT_CACHES + CACHE_OPT_SEED},
    {CONFIG_PROCESS, "program", OPT_PROGRAM},
    {CONFIG_PROCESS, "args", OPT_ARGS},
    {CONFIG_PROCESS, "scheme", OPT_MMU},
    {CONFIG_PROCESS, "bounds", OPT_BOUNDS},
    {CONFIG_PROCESS, "base", OPT_BASE},
    {CONFIG_PROCESS, "asize", OPT_ASIZE},
    {CONFIG_PROCESS, "seg-bits", OPT_SEG_BITS},
    {CONFIG_PROCESS, "stack", OPT_STACK},
    {CONFIG_PROCESS, "stack-max", OPT_STACK_MAX},
    {CONFIG_PROCESS, "prot", OPT_PROT},
    {CONFIG_PROCESS, "tickets", OPT_TICKETS},
};

static const char *const sections[] = {"machine", "mmu",   "os",       "watch",
                                       "caches",  "costs", "process.1"};

/* One line of the file; its strings are its own. */
struct pair {
    char *text;       /* the key, then the words, each with its 0 */
    const char *args; /* the words */
    unsigned count;
    unsigned process;    /* 0: none */
    const char *section; /* as config_keys has it */
    unsigned option;     /* OPT_COUNT and above: a key that is none */
    uint64_t line;
};

struct config {
    struct pair *pairs;
    size_t count;
    const char **argvs[OS_PROCESSES]; /* of process N at N - 1 */
    uint64_t lines[OS_PROCESSES];     /* where its section begins; 0: nowhere */
};

/* While it is read. */
struct reader {
    const char *path;
    struct cli_command command; /* its complaints say where */
    char place[PLACE_MAX];
    struct config *config;
    struct run_options *out;
    const char *section; /* NULL: none has begun */
    unsigned process;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Complaints are about this line from now on, and about @key if it has one. */
static void set_place(struct reader *reader, uint64_t line, const char *key)
{
    snprintf(reader->place, sizeof(reader->place), "%.120s:%llu%s%.48s",
             reader->path, (unsigned long long)line, key ? ": " : "",
             key ? key : "");
    reader->command.place = reader->place;
}

/* ---- sections ---- */

/* The N of "process.N", or 0. */
static unsigned process_of(const char *name)
{
    const size_t length = strlen(CONFIG_PROCESS);
    unsigned n = 0;

    if (strncmp(name, CONFIG_PROCESS, length) != 0)
        return 0;
    for (name += length; *name >= '0' && *name <= '9'; name++) {
        n = 10 * n + (unsigned)(*name - '0');
        if (n == 0 || n > OS_PROCESSES)
            return 0;
    }
    return *name ? 0 : n;
}

static bool unknown_section(struct reader *reader, const char *name)
{
    const char *near = cli_nearest(name, sections, COUNT(sections));

    if (strncmp(name, "process", strlen("process")) == 0)
        cli_complain(&reader->command,
                     "[%s]: want [process.N] with N from 1 to %u", name,
                     OS_PROCESSES);
    else
        cli_complain(&reader->command, "unknown section [%s]; %s%s%s", name,
                     near ? "did you mean [" : "there is [machine], [mmu], ",
                     near ? near
                          : "[os], [watch], [caches], [costs] and "
                            "[process.N]",
                     near ? "]?" : "");
    return false;
}

/* What is in it would be another process's: the number was not changed. */
static bool begin_process(struct reader *reader, uint64_t line)
{
    uint64_t *begun = &reader->config->lines[reader->process - 1];

    if (*begun == 0) {
        *begun = line;
        return true;
    }
    cli_complain(&reader->command, "[process.%u]: it begins in line %llu, too",
                 reader->process, (unsigned long long)*begun);
    return false;
}

static bool take_section(struct reader *reader, const char *name, uint64_t line)
{
    reader->process = process_of(name);
    reader->section = reader->process ? CONFIG_PROCESS : NULL;
    for (size_t i = 0; !reader->process && i + 1 < COUNT(sections); i++)
        if (strcmp(name, sections[i]) == 0)
            reader->section = sections[i];
    if (!reader->section)
        return unknown_section(reader, name);
    return !reader->process || begin_process(reader, line);
}

/* ---- keys ---- */

static bool is_costs(const char *section)
{
    return strcmp(section, CONFIG_COSTS) == 0;
}

/* The names of all keys of the section; how many. */
static size_t names_of(const char *section, const char *names[CONFIG_KEYS])
{
    size_t count = 0;

    _Static_assert(COST_COUNT <= CONFIG_KEYS, "room for each");
    for (unsigned i = 0; is_costs(section) && i < COST_COUNT; i++)
        names[count++] = cost_name((enum cost)i);
    for (unsigned i = 0; i < CONFIG_KEYS; i++)
        if (strcmp(section, config_keys[i].section) == 0)
            names[count++] = config_keys[i].key;
    return count;
}

/* What @key of @section means; false: nothing. */
static bool find_key(const char *section, const char *key, unsigned *option)
{
    for (unsigned i = 0; i < CONFIG_KEYS; i++)
        if (strcmp(section, config_keys[i].section) == 0 &&
            strcmp(key, config_keys[i].key) == 0) {
            *option = config_keys[i].option;
            return true;
        }
    *option = OPT_CACHES + CACHE_OPT_COST;
    for (unsigned i = 0; is_costs(section) && i < COST_COUNT; i++)
        if (strcmp(key, cost_name((enum cost)i)) == 0)
            return true;
    return false;
}

/* The first section that has @key, or NULL. */
static const char *home_of(const char *key)
{
    unsigned option;

    for (unsigned i = 0; i < CONFIG_KEYS; i++)
        if (strcmp(key, config_keys[i].key) == 0)
            return config_keys[i].section;
    return find_key(CONFIG_COSTS, key, &option) ? CONFIG_COSTS : NULL;
}

static bool unknown_key(struct reader *reader, const char *key)
{
    const char *names[CONFIG_KEYS];
    const size_t count = names_of(reader->section, names);
    const char *home = home_of(key);
    const char *near = home ? NULL : cli_nearest(key, names, count);
    const bool of_process = home && strcmp(home, CONFIG_PROCESS) == 0;
    char section[32], hint[80] = "--show-config shows all";

    snprintf(section, sizeof(section), reader->process ? "%s%u" : "%s",
             reader->section, reader->process);
    if (home)
        snprintf(hint, sizeof(hint), "it belongs in [%s%s]", home,
                 of_process ? "N" : "");
    else if (near)
        snprintf(hint, sizeof(hint), "did you mean %s?", near);
    cli_complain(&reader->command, "unknown key %.60s in [%s]; %s", key,
                 section, hint);
    return false;
}

static const struct pair *find_pair(const struct reader *reader,
                                    const char *key)
{
    for (size_t i = 0; i < reader->config->count; i++) {
        const struct pair *pair = &reader->config->pairs[i];

        if (pair->section == reader->section &&
            pair->process == reader->process && strcmp(pair->text, key) == 0)
            return pair;
    }
    return NULL;
}

/* How many words the value has must suit the key. */
static bool check_count(struct reader *reader, const struct ini_line *line,
                        unsigned option)
{
    if (line->count == 1 || option == OPT_ARGS)
        return true;
    cli_complain(&reader->command, line->count == 0
                                       ? "the value is missing"
                                       : "want one value; if it has blanks, "
                                         "put it in double quotes");
    return false;
}

static char *copy_pair(const struct ini_line *line)
{
    const size_t name = strlen(line->name) + 1;
    const char *end = line->words;
    char *text;

    for (unsigned i = 0; i < line->count; i++)
        end = ini_next_word(end);
    text = malloc(name + (size_t)(end - line->words));
    if (!text)
        return NULL;
    memcpy(text, line->name, name);
    memcpy(text + name, line->words, (size_t)(end - line->words));
    return text;
}

static bool keep_pair(struct reader *reader, const struct ini_line *line,
                      unsigned option, uint64_t number)
{
    struct config *config = reader->config;
    struct pair *pairs =
        realloc(config->pairs, (config->count + 1) * sizeof(*pairs));
    char *text = pairs ? copy_pair(line) : NULL;

    if (pairs)
        config->pairs = pairs;
    if (!text) {
        cli_complain(&reader->command, "out of memory");
        return false;
    }
    pairs[config->count++] = (struct pair){
        .text = text,
        .args = ini_next_word(text),
        .count = line->count,
        .process = reader->process,
        .section = reader->section,
        .option = option,
        .line = number,
    };
    return true;
}

static bool take_pair(struct reader *reader, const struct ini_line *line,
                      uint64_t number)
{
    const struct pair *before;
    unsigned option;

    if (!reader->section) {
        cli_complain(&reader->command, "a key before the first [section]");
        return false;
    }
    if (!find_key(reader->section, line->name, &option))
        return unknown_key(reader, line->name);
    set_place(reader, number, line->name);
    before = option == OPT_EXEC ? NULL : find_pair(reader, line->name);
    if (before) {
        cli_complain(&reader->command, "it is given in line %llu, too",
                     (unsigned long long)before->line);
        return false;
    }
    return check_count(reader, line, option) &&
           keep_pair(reader, line, option, number);
}

/* ---- the file ---- */

static bool take_line(struct reader *reader, char *text, size_t size,
                      uint64_t number)
{
    struct ini_line line;
    const char *why = ini_line_read(text, size, &line);

    set_place(reader, number, NULL);
    if (why)
        cli_complain(&reader->command, "%s", why);
    else if (line.kind == INI_SECTION)
        return take_section(reader, line.name, number);
    else if (line.kind == INI_PAIR)
        return take_pair(reader, &line, number);
    return !why;
}

static bool read_lines(struct reader *reader, const struct cli_command *command)
{
    struct lines lines;
    bool good = true;
    size_t size;
    char *text;
    int got = lines_open(&lines, reader->path);

    if (got) {
        cli_complain(command, "--machine %s: %s", reader->path, strerror(-got));
        return false;
    }
    while (good && (got = lines_next(&lines, &text, &size)) > 0)
        good = take_line(reader, text, size, lines.number);
    if (got < 0)
        cli_complain(command, "%s:%llu: %s", reader->path,
                     (unsigned long long)lines.number,
                     got == -E2BIG ? "the line is too long" : strerror(-got));
    lines_close(&lines);
    return good && got >= 0;
}

/* ---- what it says ---- */

static bool is_flag(unsigned option)
{
    return !options_of_run[option].value;
}

/* "yes" and "no" for what is an option without a value. */
static bool take_flag(struct reader *reader, unsigned option, const char *word)
{
    if (strcmp(word, "no") == 0)
        return true;
    if (strcmp(word, "yes") == 0)
        return options_take(reader->out, &reader->command,
                            (enum run_option)option, NULL);
    cli_complain(&reader->command, "'%.60s': want yes or no", word);
    return false;
}

static bool take_cost(struct reader *reader, const struct pair *pair)
{
    char *text = NULL;
    bool good;

    if (asprintf(&text, "%s=%s", pair->text, pair->args) < 0) {
        cli_complain(&reader->command, "out of memory");
        return false;
    }
    good = options_take(reader->out, &reader->command,
                        OPT_CACHES + CACHE_OPT_COST, text);
    free(text);
    return good;
}

static bool apply(struct reader *reader, const struct pair *pair)
{
    set_place(reader, pair->line, pair->text);
    if (pair->option == OPT_CACHES + CACHE_OPT_COST)
        return take_cost(reader, pair);
    if (is_flag(pair->option))
        return take_flag(reader, pair->option, pair->args);
    return options_take(reader->out, &reader->command,
                        (enum run_option)pair->option, pair->args);
}

/* One of the pairs of process @n. */
static const struct pair *process_pair(const struct config *config, unsigned n,
                                       unsigned option)
{
    for (size_t i = 0; i < config->count; i++)
        if (config->pairs[i].process == n && config->pairs[i].option == option)
            return &config->pairs[i];
    return NULL;
}

/* Its program, then its arguments. */
static bool take_words(struct reader *reader, unsigned n,
                       struct run_process *process)
{
    struct config *config = reader->config;
    const struct pair *program = process_pair(config, n, OPT_PROGRAM);
    const struct pair *args = process_pair(config, n, OPT_ARGS);
    const unsigned count = 1 + (args ? args->count : 0);
    const char *word = args ? args->args : NULL;

    if (!program) {
        cli_complain(&reader->command, "[process.%u]: it has no program", n);
        return false;
    }
    config->argvs[n - 1] = calloc(count, sizeof(char *));
    if (!config->argvs[n - 1]) {
        cli_complain(&reader->command, "out of memory");
        return false;
    }
    config->argvs[n - 1][0] = program->args;
    for (unsigned i = 1; i < count; i++, word = ini_next_word(word))
        config->argvs[n - 1][i] = word;
    process->argv = config->argvs[n - 1];
    process->argc = (int)count;
    return true;
}

static bool take_process(struct reader *reader, unsigned n)
{
    struct config *config = reader->config;
    struct run_process process = {.program = reader->out->program};

    set_place(reader, config->lines[n - 1], NULL);
    if (!take_words(reader, n, &process))
        return false;
    for (size_t i = 0; i < config->count; i++) {
        const struct pair *pair = &config->pairs[i];

        if (pair->process != n || pair->option >= OPT_COUNT)
            continue;
        set_place(reader, pair->line, pair->text);
        if (!options_take_space(&reader->command, (enum run_option)pair->option,
                                pair->args, &process.program))
            return false;
    }
    reader->out->processes[reader->out->process_count++] = process;
    return true;
}

static bool apply_all(struct reader *reader)
{
    const struct config *config = reader->config;

    for (size_t i = 0; i < config->count; i++)
        if (!config->pairs[i].process && !apply(reader, &config->pairs[i]))
            return false;
    for (unsigned n = 1; n <= OS_PROCESSES; n++)
        if (config->lines[n - 1] && !take_process(reader, n))
            return false;
    return true;
}

bool config_read(struct run_options *out, const struct cli_command *command,
                 const char *path)
{
    struct reader reader = {.path = path, .command = *command, .out = out};

    out->config = reader.config = calloc(1, sizeof(*out->config));
    if (!out->config) {
        cli_complain(command, "out of memory");
        return false;
    }
    return read_lines(&reader, command) && apply_all(&reader);
}

void config_destroy(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->count; i++)
        free(config->pairs[i].text);
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        free(config->argvs[i]);
    free(config->pairs);
    free(config);
}
