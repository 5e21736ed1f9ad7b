/*
 * emu/cli.h - the command line: subcommands, options, sizes.
 *
 *      fencepost SUBCOMMAND [options] [--] ...
 *
 * Each subcommand is a row of data; its help is made from that row. What is
 * wrong with a command line is said in one line on stderr, by cli_next() for
 * options and by the cli_*_value() functions for their values.
 *
 * Layer: emu/.
 */
#ifndef EMU_CLI_H
#define EMU_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CLI_VERSION "0.1.0"

/* Exit codes (a shell's conventions, and env(1)'s and timeout(1)'s). */
enum cli_exit {
    CLI_OK = 0,
    CLI_COULD_NOT = 1,
    CLI_BAD_USAGE = 2,
    CLI_LIMIT = 124,
    CLI_BROKEN = 125,
    CLI_CANNOT_LOAD = 126,
    CLI_NOT_FOUND = 127,
};

struct cli_option {
    const char *name;  /* without the dashes */
    const char *value; /* what the help calls its value; NULL: has none */
    const char *help;
};

struct cli_command {
    const char *name;
    const char *summary;   /* one line */
    const char *arguments; /* what follows the name in the usage line */
    const struct cli_option *options;
    size_t option_count;
    const char *notes; /* the end of its help: whole lines */
    const char *place; /* NULL; or what its complaints are about: see there */
    /* @argv[0] is the subcommand's name. Returns the exit code. */
    int (*run)(const struct cli_command *command, int argc, char **argv);
};

/* The walk over one subcommand's options. */
struct cli_walk {
    const struct cli_command *command;
    int argc;
    char **argv;
    int rest; /* after CLI_END: index of the first argument */
};

/* What cli_next() returns besides an option's index. */
enum { CLI_END = -1, CLI_HELP = -2, CLI_SHOW_VERSION = -3, CLI_WRONG = -4 };

/* Look up argv[1] and run it. Returns the exit code. */
int cli_main(const struct cli_command *const *commands, size_t count, int argc,
             char **argv);

void cli_walk_init(struct cli_walk *walk, const struct cli_command *command,
                   int argc, char **argv);

/*
 * The next option: its index in command->options, *@value set when it has a
 * value; CLI_END at the first argument or behind "--"; CLI_HELP,
 * CLI_SHOW_VERSION; CLI_WRONG after saying what is wrong. Names are given in
 * full: an abbreviation would break when an option is added.
 */
int cli_next(struct cli_walk *walk, const char **value);

/*
 * What to do for CLI_HELP, CLI_SHOW_VERSION and CLI_WRONG: print. Returns the
 * exit code.
 */
int cli_leave(const struct cli_command *command, int what);

/*
 * A number: decimal, or hexadecimal after 0x, then perhaps k, m or g in either
 * case (1024, its square and cube).
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  @text is no such number, or something follows it
 *   -ERANGE  it does not fit
 */
int cli_parse_size(const char *text, uint64_t *out);

/*
 * The value of option @name, in [@min, @max].
 *
 * Returns true and sets *@out, or says what is wrong and returns false.
 */
bool cli_size_value(const struct cli_command *command, const char *name,
                    const char *text, uint64_t min, uint64_t max,
                    uint64_t *out);

/* @size as short as a person would write it: "2g", "1536". */
void cli_size_text(uint64_t size, char text[32]);

/*
 * One line on stderr: "fencepost COMMAND: ...". What cannot be printed in it is
 * shown as '?'. With command->place, which is a line of a file and a key there,
 * that is said instead of the option that @format begins with, if any.
 */
void cli_complain(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Like @word enough to be meant: of @count words, or NULL when none is. */
const char *cli_nearest(const char *word, const char *const *words,
                        size_t count);

#endif /* EMU_CLI_H */
