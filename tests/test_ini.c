/* tests/test_ini.c - lines of an INI file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emu/ini.h"

/* Words with a '|' behind each. */
static void check_words(const char *what, const struct ini_line *line,
                        const char *want)
{
    const char *word = line->words;
    char got[256] = "";

    for (unsigned i = 0; i < line->count; i++) {
        strcat(strcat(got, word), "|");
        word = ini_next_word(word);
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s", what, got);
}

static void test_ini_reads_lines(void **state)
{
    static const struct {
        const char *text;
        enum ini_kind kind;
        const char *name, *words;
    } rows[] = {
        {"", INI_NOTHING, "", ""},
        {" \t", INI_NOTHING, "", ""},
        {"# a = b", INI_NOTHING, NULL, ""},
        {"  ;", INI_NOTHING, NULL, ""},
        {"[os]", INI_SECTION, "os", ""},
        {" [ process.12 ] ; the last", INI_SECTION, "process.12", ""},
        {"a=b", INI_PAIR, "a", "b|"},
        {"\ta-b_c.1\t = \tb  c\t", INI_PAIR, "a-b_c.1", "b|c|"},
        {"a =", INI_PAIR, "a", ""},
        {"a = ; nothing", INI_PAIR, "a", ""},
        {"a = b # c", INI_PAIR, "a", "b|"},
        {"a = b#c;d", INI_PAIR, "a", "b#c;d|"},
        {"a = code=rx,data=rw", INI_PAIR, "a", "code=rx,data=rw|"},
        {"a = \"\"", INI_PAIR, "a", "|"},
        {"a = \"\" \"\"", INI_PAIR, "a", "||"},
        {"a = \"b  c\" d", INI_PAIR, "a", "b  c|d|"},
        {"a = b\"c d\"e", INI_PAIR, "a", "bc de|"},
        {"a = \"# ; \\\" \\\\ \\n\"", INI_PAIR, "a", "# ; \" \\ \n|"},
        {"a = b\\c", INI_PAIR, "a", "b\\c|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = strdup(rows[i].text);
        struct ini_line line;

        assert_non_null(text);
        const char *why = ini_line_read(text, strlen(text), &line);
        if (why)
            fail_msg("'%s': %s", rows[i].text, why);
        assert_int_equal(line.kind, rows[i].kind);
        if (rows[i].name)
            assert_string_equal(line.name, rows[i].name);
        check_words(rows[i].text, &line, rows[i].words);
        free(text);
    }
}

static void test_ini_says_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"word", "want KEY = VALUE or [SECTION]"},
        {"= b", "want KEY = VALUE or [SECTION]"},
        {"a b = c", "want KEY = VALUE or [SECTION]"},
        {"\"a\" = c", "want KEY = VALUE or [SECTION]"},
        {"[", "want [SECTION]"},
        {"[]", "want [SECTION]"},
        {"[a b]", "want [SECTION]"},
        {"[a] b", "something follows the [SECTION]"},
        {"a = \"b", "a quote is not closed"},
        {"a = \"b\\", "a backslash is followed by none of \", \\ and n"},
        {"a = \"b\\t\"", "a backslash is followed by none of \", \\ and n"},
    };
    char zero[] = "a\0= b";
    struct ini_line line;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = strdup(rows[i].text);

        assert_non_null(text);
        const char *why = ini_line_read(text, strlen(text), &line);
        if (!why || strcmp(why, rows[i].why) != 0)
            fail_msg("'%s': %s", rows[i].text, why ? why : "nothing");
        free(text);
    }
    assert_string_equal(ini_line_read(zero, sizeof(zero) - 1, &line),
                        "the line has a byte 0");
}

static void test_ini_quotes_what_needs_it(void **state)
{
    static const char *const rows[][2] = {
        {"plain", "plain"}, {"", "\"\""},         {"a b", "\"a b\""},
        {"a#", "\"a#\""},   {"q\"", "\"q\\\"\""}, {"a\nb", "\"a\\nb\""},
        {"a;b", "\"a;b\""}, {"\\", "\"\\\\\""},   {"k=v,[x]", "k=v,[x]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&text, &size);

        assert_non_null(file);
        ini_put_word(file, rows[i][0]);
        fclose(file);
        assert_string_equal(text, rows[i][1]);
        free(text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ini_reads_lines),
        cmocka_unit_test(test_ini_says_what_is_wrong),
        cmocka_unit_test(test_ini_quotes_what_needs_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
