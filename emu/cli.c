/*
 * emu/cli.c - options and help of all subcommands; see cli.h.
 *
 * Decisions:
 * - Options come before the first argument; what follows the first argument is
 *   the guest's, whatever it looks like.
 * - Help asked for goes to stdout, exit 0; after a mistake one line on stderr
 *   says what it was and how to get help, exit 2.
 */
#include "emu/cli.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "emu/version.h"

#define OPTIONS_MAX 48u
#define WORD_MAX    32u
#define OPTION_BASE 0x100 /* getopt's value of our first option */
#define HELP_COLUMN 26

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct cli_option common[] = {
    {"help", NULL, "show this help"},
    {"version", NULL, "show the version, and those of the libraries"},
};

static size_t smallest(size_t a, size_t b, size_t c)
{
    const size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance of two short words. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    const size_t length = strlen(b);

    for (size_t i = 0; i <= length; i++)
        row[i] = i;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t k = 0; k < length; k++) {
            const size_t replaced = diagonal + (a[i] != b[k]);

            diagonal = row[k + 1];
            row[k + 1] = smallest(replaced, row[k] + 1, row[k + 1] + 1);
        }
    }
    return row[length];
}

const char *cli_nearest(const char *word, const char *const *words,
                        size_t count)
{
    const char *best = NULL;
    size_t best_distance = 0;

    if (strlen(word) > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t apart = distance(word, words[i]);

        if (apart > 1 + strlen(words[i]) / 3)
            continue;
        if (!best || apart < best_distance) {
            best = words[i];
            best_distance = apart;
        }
    }
    return best;
}

/* Names and values come from anywhere: a control character would be obeyed. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

/* @text behind the option that it begins with, if it does. */
static const char *behind_option(const char *text)
{
    return strncmp(text, "--", 2) == 0 ? text + strcspn(text, ": ") : text;
}

void cli_complain(const struct cli_command *command, const char *format, ...)
{
    char *text = NULL;
    va_list list;

    va_start(list, format);
    if (vasprintf(&text, format, list) < 0)
        text = NULL;
    va_end(list);
    if (text)
        make_printable(text);

    const char *said = text ? text : "out of memory";
    const char *place = command && command->place ? command->place : "";
    if (*place)
        said = behind_option(said);
    fprintf(stderr, "fencepost%s%s: %s%s%s\n", command ? " " : "",
            command ? command->name : "", place,
            *place && *said != ':' && *said != ' ' ? ": " : "", said);
    free(text);
}

void cli_size_text(uint64_t size, char text[32])
{
    static const char *const suffixes[] = {"", "k", "m", "g"};
    size_t i = 0;

    while (size > 0 && size % 1024 == 0 && i + 1 < COUNT(suffixes)) {
        size /= 1024;
        i++;
    }
    snprintf(text, 32, "%llu%s", (unsigned long long)size, suffixes[i]);
}

static bool out_of_range(const struct cli_command *command, const char *name,
                         const char *text, const char *what, uint64_t limit)
{
    char limit_text[32];

    cli_size_text(limit, limit_text);
    cli_complain(command, "--%s: %s is too %s %s", name, text, what,
                 limit_text);
    return false;
}

bool cli_size_value(const struct cli_command *command, const char *name,
                    const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    const int err = cli_parse_size(text, &value);

    if (err == -EINVAL) {
        cli_complain(command,
                     "--%s: '%s' is no size: want a decimal or 0x number, "
                     "perhaps with k, m or g",
                     name, text);
        return false;
    }
    if (err || value > max)
        return out_of_range(command, name, text, "large: at most", max);
    if (value < min)
        return out_of_range(command, name, text, "small: at least", min);
    *out = value;
    return true;
}

void cli_walk_init(struct cli_walk *walk, const struct cli_command *command,
                   int argc, char **argv)
{
    assert(command->option_count + COUNT(common) <= OPTIONS_MAX);
    *walk = (struct cli_walk){.command = command, .argc = argc, .argv = argv};
    optind = 0; /* glibc: start again */
    opterr = 0;
}

static const struct cli_option *option_at(const struct cli_command *command,
                                          size_t index)
{
    return index < command->option_count
               ? &command->options[index]
               : &common[index - command->option_count];
}

static size_t option_count(const struct cli_command *command)
{
    return command->option_count + COUNT(common);
}

/* -h, help and the like: too short to be near to anything. */
static bool asks_for_help(const char *name, size_t dashes)
{
    return strcmp(name, "help") == 0 ||
           (dashes > 0 && (strcmp(name, "h") == 0 || strcmp(name, "?") == 0));
}

/* "unknown KIND WORD", and what was meant or where to look. */
static void complain_of_unknown(const struct cli_command *command,
                                const char *kind, const char *word,
                                const char *const *names, size_t count)
{
    const size_t dashes = strspn(word, "-");
    const size_t length = strcspn(word + dashes, "=");
    char name[WORD_MAX + 2];

    snprintf(name, sizeof(name), "%.*s", (int)length, word + dashes);
    const bool help = asks_for_help(name, dashes);
    const char *near = help ? "help" : cli_nearest(name, names, count);
    if (near)
        cli_complain(command, "unknown %s %.*s; did you mean %s%s?", kind,
                     (int)(dashes + length), word, dashes || help ? "--" : "",
                     near);
    else
        cli_complain(command, "unknown %s %.*s; see 'fencepost%s%s --help'",
                     kind, (int)(dashes + length), word, command ? " " : "",
                     command ? command->name : "");
}

static void complain_of_option(const struct cli_command *command,
                               const char *word)
{
    const char *names[OPTIONS_MAX];

    for (size_t i = 0; i < option_count(command); i++)
        names[i] = option_at(command, i)->name;
    complain_of_unknown(command, "option", word, names, option_count(command));
}

/* getopt takes any prefix of a name; we want all of it. */
static bool is_abbreviated(const char *word, const char *name)
{
    return strcspn(word + 2, "=") != strlen(name);
}

static int wrong_option(const struct cli_walk *walk, int got, const char *word)
{
    const size_t index = (size_t)(optopt - OPTION_BASE);

    if (optopt >= OPTION_BASE && index < option_count(walk->command)) {
        const struct cli_option *option = option_at(walk->command, index);

        if (is_abbreviated(word, option->name))
            complain_of_option(walk->command, word);
        else
            cli_complain(walk->command, "--%s %s", option->name,
                         got == ':' ? "needs a value" : "takes no value");
        return CLI_WRONG;
    }
    complain_of_option(walk->command, word);
    return CLI_WRONG;
}

int cli_next(struct cli_walk *walk, const char **value)
{
    const struct cli_command *command = walk->command;
    struct option longs[OPTIONS_MAX + 1] = {{0}};
    const int at = optind > 0 ? optind : 1;

    for (size_t i = 0; i < option_count(command); i++) {
        const struct cli_option *option = option_at(command, i);

        longs[i].name = option->name;
        longs[i].has_arg = option->value ? required_argument : no_argument;
        longs[i].val = OPTION_BASE + (int)i;
    }

    const int got = getopt_long(walk->argc, walk->argv, "+:", longs, NULL);
    if (got == -1) {
        walk->rest = optind;
        return CLI_END;
    }
    if (got < OPTION_BASE)
        return wrong_option(walk, got, walk->argv[at]);

    const size_t index = (size_t)(got - OPTION_BASE);
    if (is_abbreviated(walk->argv[at], option_at(command, index)->name)) {
        complain_of_option(command, walk->argv[at]);
        return CLI_WRONG;
    }
    if (index >= command->option_count)
        return index == command->option_count ? CLI_HELP : CLI_SHOW_VERSION;
    *value = optarg;
    return (int)index;
}

static void print_option(const struct cli_option *option)
{
    const int used =
        printf("  --%s%s%s", option->name, option->value ? " " : "",
               option->value ? option->value : "");

    printf("%*s%s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "",
           option->help);
}

static void print_command_help(const struct cli_command *command)
{
    printf("usage: fencepost %s %s\n\n%s\n\n", command->name,
           command->arguments, command->summary);
    for (size_t i = 0; i < option_count(command); i++)
        print_option(option_at(command, i));
    if (command->notes)
        printf("\n%s", command->notes);
}

static void print_version(void)
{
    char libraries[128];

    version_libraries(libraries, sizeof(libraries));
    printf("fencepost %s (%s)\n", CLI_VERSION, libraries);
}

/* What was asked for must reach its reader. */
static int flushed(void)
{
    if (fflush(stdout) == 0)
        return CLI_OK;
    cli_complain(NULL, "stdout: %s", strerror(errno));
    return CLI_COULD_NOT;
}

int cli_leave(const struct cli_command *command, int what)
{
    if (what == CLI_WRONG)
        return CLI_BAD_USAGE;
    if (what == CLI_HELP)
        print_command_help(command);
    else
        print_version();
    return flushed();
}

static int print_help(const struct cli_command *const *commands, size_t count)
{
    printf("usage: fencepost SUBCOMMAND [options] [--] ...\n\n"
           "Runs compiled i386 and ARM programs on a machine whose memory is "
           "checked\nto the byte, and shows what it sees.\n\n");
    for (size_t i = 0; i < count; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("\n'fencepost SUBCOMMAND --help' explains one of them; --version "
           "shows versions.\n");
    return flushed();
}

static int unknown_command(const struct cli_command *const *commands,
                           size_t count, const char *word)
{
    static const char *const options[] = {"help", "version"};
    const char *names[OPTIONS_MAX];

    assert(count <= OPTIONS_MAX);
    for (size_t i = 0; i < count; i++)
        names[i] = commands[i]->name;
    if (word[0] == '-')
        complain_of_unknown(NULL, "option", word, options, COUNT(options));
    else
        complain_of_unknown(NULL, "subcommand", word, names, count);
    return CLI_BAD_USAGE;
}

int cli_main(const struct cli_command *const *commands, size_t count, int argc,
             char **argv)
{
    if (argc < 2) {
        cli_complain(NULL, "a subcommand is missing; see 'fencepost --help'");
        return CLI_BAD_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0)
        return print_help(commands, count);
    if (strcmp(argv[1], "--version") == 0)
        return cli_leave(NULL, CLI_SHOW_VERSION);
    for (size_t i = 0; i < count; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    return unknown_command(commands, count, argv[1]);
}
