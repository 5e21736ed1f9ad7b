/*
 * tests/test_config.c - emu/config.c when the host has no memory; what machine
 * files say is tested from outside (tests/run_config.sh).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/cli.h"
#include "emu/options.h"
#include "tests/failing.h"

static const struct cli_command command = {
    .name = "run",
    .options = options_of_run,
    .option_count = RUN_OPTIONS,
};

static const char text[] = "[machine]\n"
                           "phys = 1m\n"
                           "[mmu]\n"
                           "scheme = segmented\n"
                           "[os]\n"
                           "slice = 500\n"
                           "schedule = lottery:7\n"
                           "exec = a\n"
                           "[costs]\n"
                           "trap_entry = 200\n"
                           "[watch]\n"
                           "tag = yes\n"
                           "[process.1]\n"
                           "program = one\n"
                           "args = two \"and three\"\n"
                           "[process.7]\n"
                           "program = seven\n"
                           "scheme = table\n";

/* Read it; what goes to stderr is in @said. */
static int read_file(struct run_options *out, const char *path, char said[256],
                     int fail)
{
    char *const argv[] = {"run", "--machine", (char *)(uintptr_t)path, NULL};
    FILE *file = tmpfile();
    const int saved = dup(STDERR_FILENO);

    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    failing_after(fail);
    const int got = options_parse(out, &command, 3, (char **)(uintptr_t)argv);
    failing_after(-1);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    said[fread(said, 1, 255, file)] = 0;
    fclose(file);
    return got;
}

static void test_config_survives_every_failing_allocation(void **state)
{
    char path[32], said[256];
    FILE *config = tmpfile();
    struct run_options *options = malloc(sizeof(*options));
    int n = 0, got;

    (void)state;
    assert_non_null(options);
    assert_non_null(config);
    assert_true(fputs(text, config) >= 0 && fflush(config) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(config));
    while ((got = read_file(options, path, said, n)) != CLI_END) {
        /* One line, which says that it is the memory. */
        assert_true(strstr(said, "out of memory") ||
                    strstr(said, "Cannot allocate memory"));
        assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
        options_clear(options);
        assert_true(++n < 200);
    }
    fclose(config);
    assert_true(n > 15); /* some did fail */
    assert_string_equal(said, "");
    assert_int_equal(options->process_count, 2);
    assert_int_equal(options->phys_size, 1024 * 1024);
    assert_int_equal(options->processes[0].argc, 3);
    assert_string_equal(options->processes[0].argv[2], "and three");
    assert_string_equal(options->processes[1].argv[0], "seven");
    options_clear(options);
    free(options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
