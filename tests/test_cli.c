/* tests/test_cli.c - emu/cli.c and emu/options.c through their interfaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "emu/cli.h"
#include "emu/options.h"
#include "mmu/phys.h"
#include "os/os.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct cli_command command = {
    .name = "run",
    .options = options_of_run,
    .option_count = RUN_OPTIONS,
};

/* Parse "fencepost run" with @argv; what goes to stderr is in @said. */
static int parse(struct run_options *out, int argc, const char *const *argv,
                 char said[256])
{
    FILE *file = tmpfile();
    const int saved = dup(STDERR_FILENO);

    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    const int got =
        options_parse(out, &command, argc, (char **)(uintptr_t)argv);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    said[fread(said, 1, 255, file)] = 0;
    fclose(file);
    return got;
}

static void test_cli_sizes_are_decimal_hex_or_with_a_suffix(void **state)
{
    static const struct {
        const char *text;
        int err;
        uint64_t value;
    } cases[] = {
        {"0", 0, 0},
        {"1", 0, 1},
        {"16384", 0, 16384},
        {"0x10", 0, 16},
        {"0XfF", 0, 255},
        {"16k", 0, 16384},
        {"16K", 0, 16384},
        {"3m", 0, 3145728},
        {"2G", 0, UINT64_C(2147483648)},
        {"0x10k", 0, 16384},
        {"010", 0, 10},
        {"18446744073709551615", 0, UINT64_MAX},
        {"0xffffffffffffffff", 0, UINT64_MAX},
        {"18446744073709551616", -ERANGE, 0},
        {"0x10000000000000000", -ERANGE, 0},
        {"17179869184g", -ERANGE, 0},
        {"99999999999999999999999", -ERANGE, 0},
        {"", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 ", -EINVAL, 0},
        {"-1", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"k", -EINVAL, 0},
        {"0x", -EINVAL, 0},
        {"0xk", -EINVAL, 0},
        {"16kk", -EINVAL, 0},
        {"16kb", -EINVAL, 0},
        {"1.5k", -EINVAL, 0},
        {"12a", -EINVAL, 0},
        {"0x1g0", -EINVAL, 0},
        {"1e3", -EINVAL, 0},
        {"99999999999999999999999q", -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 77;
        const int err = cli_parse_size(cases[i].text, &value);

        if (err != cases[i].err || value != (err ? 77 : cases[i].value))
            fail_msg("'%s': %d, %llu", cases[i].text, err,
                     (unsigned long long)value);
    }
}

static void test_cli_names_the_nearest_word(void **state)
{
    static const char *const words[] = {"bounds", "base", "trace",
                                        "trace-accesses", "stats"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"bound", "bounds"},
        {"bonds", "bounds"},
        {"basse", "base"},
        {"traec", "trace"},
        {"trace-acceses", "trace-accesses"},
        {"stat", "stats"},
        {"zebra-crossing", NULL},
        {"", NULL},
        {"bounds-that-are-much-too-long-for-a-word", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = cli_nearest(cases[i].word, words, COUNT(words));

        if (!got != !cases[i].nearest ||
            (got && strcmp(got, cases[i].nearest) != 0))
            fail_msg("'%s': %s", cases[i].word, got ? got : "none");
    }
}

static void test_cli_options_have_defaults(void **state)
{
    static const char *const argv[] = {"run", "hello"};
    struct run_options got;
    char said[256];

    (void)state;
    assert_int_equal(parse(&got, 2, argv, said), CLI_END);
    assert_string_equal(said, "");
    assert_int_equal(got.processes[0].argc, 1);
    assert_string_equal(got.processes[0].argv[0], "hello");
    assert_int_equal(got.processes[0].program.bounds, 16384);
    assert_true(got.processes[0].program.base == OS_BASE_ANY);
    assert_int_equal(got.phys_size, PHYS_SIZE_DEFAULT);
    assert_true(got.max_instructions == UINT64_MAX);
    assert_null(got.trace);
    assert_false(got.stats || got.paranoid || got.round_trip);
}

static void test_cli_options_are_taken(void **state)
{
    static const char *const argv[] = {"run",
                                       "--bounds",
                                       "32k",
                                       "--base=0x8000",
                                       "--phys",
                                       "1m",
                                       "--trace",
                                       "file",
                                       "--stats",
                                       "--paranoid",
                                       "--trace-accesses",
                                       "--max-instructions",
                                       "7",
                                       "hello"};
    struct run_options got;
    char said[256];

    (void)state;
    assert_int_equal(parse(&got, COUNT(argv), argv, said), CLI_END);
    assert_int_equal(got.processes[0].program.bounds, 32768);
    assert_int_equal(got.processes[0].program.base, 0x8000);
    assert_int_equal(got.phys_size, 1048576);
    assert_string_equal(got.trace, "file");
    assert_true(got.stats && got.paranoid && got.trace_accesses);
    assert_true(got.max_instructions == 7);
    assert_string_equal(got.processes[0].argv[0], "hello");
}

/* What follows the program is the guest's, whatever it looks like. */
static void test_cli_leaves_the_guest_its_arguments(void **state)
{
    static const char *const plain[] = {"run", "echo", "--stats", "-x", "--"};
    static const char *const dashes[] = {"run", "--", "--odd-name", "--stats"};
    struct run_options got;
    char said[256];

    (void)state;
    assert_int_equal(parse(&got, 5, plain, said), CLI_END);
    assert_int_equal(got.processes[0].argc, 4);
    assert_string_equal(got.processes[0].argv[1], "--stats");
    assert_string_equal(got.processes[0].argv[3], "--");
    assert_false(got.stats);
    assert_int_equal(parse(&got, 4, dashes, said), CLI_END);
    assert_int_equal(got.processes[0].argc, 2);
    assert_string_equal(got.processes[0].argv[0], "--odd-name");
}

static void test_cli_says_what_is_wrong_in_one_line(void **state)
{
    static const struct {
        const char *argv[5];
        const char *said;
    } cases[] = {
        {{"--bounds", "0", "hello"},
         "fencepost run: --bounds: 0 is too small: at least 1\n"},
        {{"--bounds", "16q", "hello"},
         "fencepost run: --bounds: '16q' is no size: want a decimal or 0x "
         "number, perhaps with k, m or g\n"},
        {{"--bounds", "-1", "hello"},
         "fencepost run: --bounds: '-1' is no size: want a decimal or 0x "
         "number, perhaps with k, m or g\n"},
        {{"--bounds", "99999999999999999999", "hello"},
         "fencepost run: --bounds: 99999999999999999999 is too large: at most "
         "2g\n"},
        {{"--phys", "31k", "hello"},
         "fencepost run: --phys: 31k is too small: at least 32k\n"},
        {{"--phys", "3g", "hello"},
         "fencepost run: --phys: 3g is too large: at most 2g\n"},
        {{"--base", "2g", "hello"},
         "fencepost run: --base: 2g is too large: at most 2147483647\n"},
        {{"--max-instructions", "0", "hello"},
         "fencepost run: --max-instructions: 0 is too small: at least 1\n"},
        {{"--bounds"}, "fencepost run: --bounds needs a value\n"},
        {{"--stats=1", "hello"}, "fencepost run: --stats takes no value\n"},
        {{"--bonds", "hello"},
         "fencepost run: unknown option --bonds; did you mean --bounds?\n"},
        {{"--bound=3", "hello"},
         "fencepost run: unknown option --bound; did you mean --bounds?\n"},
        {{"--b", "1", "hello"},
         "fencepost run: unknown option --b; see 'fencepost run --help'\n"},
        {{"--quantum", "hello"},
         "fencepost run: unknown option --quantum; see 'fencepost run "
         "--help'\n"},
        {{"-v", "hello"},
         "fencepost run: unknown option -v; see 'fencepost run --help'\n"},
        {{"--trace-accesses", "hello"},
         "fencepost run: --trace-accesses needs --trace FILE\n"},
        {{"--trace", "", "hello"},
         "fencepost run: --trace: the file's name is empty\n"},
        {{NULL},
         "fencepost run: a program to run is missing; see 'fencepost run "
         "--help'\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *argv[6] = {"run"};
        struct run_options got;
        char said[256];
        int argc = 1;

        while (argc < 6 && cases[i].argv[argc - 1]) {
            argv[argc] = cases[i].argv[argc - 1];
            argc++;
        }
        assert_int_equal(parse(&got, argc, argv, said), CLI_WRONG);
        assert_string_equal(said, cases[i].said);
    }
}

static void test_cli_help_and_version_are_options_of_all(void **state)
{
    static const char *const help[] = {"run", "--help"};
    static const char *const version[] = {"run", "--stats", "--version"};
    struct run_options got;
    char said[256];

    (void)state;
    assert_int_equal(parse(&got, 2, help, said), CLI_HELP);
    assert_int_equal(parse(&got, 3, version, said), CLI_SHOW_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_sizes_are_decimal_hex_or_with_a_suffix),
        cmocka_unit_test(test_cli_names_the_nearest_word),
        cmocka_unit_test(test_cli_options_have_defaults),
        cmocka_unit_test(test_cli_options_are_taken),
        cmocka_unit_test(test_cli_leaves_the_guest_its_arguments),
        cmocka_unit_test(test_cli_says_what_is_wrong_in_one_line),
        cmocka_unit_test(test_cli_help_and_version_are_options_of_all),
    };

    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
