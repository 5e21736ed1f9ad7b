/* tests/test_json.c - emu/json.c against plain printf. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emu/json.h"

/* One object with what @write puts in it; the caller frees it. */
static char *written(void (*write)(struct json *json, const void *arg),
                     const void *arg)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct json json;

    assert_non_null(file);
    json_begin(&json, file);
    write(&json, arg);
    json_end(&json);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(strlen(text), size);
    return text;
}

static void put_number(struct json *json, const void *arg)
{
    json_number(json, "n", *(const uint64_t *)arg);
}

static void put_signed(struct json *json, const void *arg)
{
    json_signed(json, "n", *(const int64_t *)arg);
}

static void expect_number(uint64_t value)
{
    const int64_t negative = (int64_t)value;
    char want[64];
    char *got = written(put_number, &value);

    snprintf(want, sizeof(want), "{\"n\":%" PRIu64 "}\n", value);
    assert_string_equal(got, want);
    free(got);
    got = written(put_signed, &negative);
    snprintf(want, sizeof(want), "{\"n\":%" PRId64 "}\n", negative);
    assert_string_equal(got, want);
    free(got);
}

/* Around each power of ten and of two. */
static void test_json_writes_numbers_of_every_length(void **state)
{
    uint64_t ten = 1;

    (void)state;
    for (unsigned digits = 1; digits <= 20; digits++) {
        for (uint64_t near = 0; near < 3; near++)
            expect_number(ten - 1 + near);
        ten *= 10;
    }
    for (unsigned bit = 0; bit < 64; bit++)
        for (uint64_t near = 0; near < 3; near++)
            expect_number((UINT64_C(1) << bit) - 1 + near);
}

static void put_after(struct json *json, const void *arg)
{
    const uint32_t numbers[] = {0, 4294967295, 10};

    json_string(json, "pad", arg);
    json_number(json, "number", UINT64_MAX);
    json_signed(json, "signed", INT64_MIN);
    json_bool(json, "yes", true);
    json_bool(json, "no", false);
    json_string(json, "text", "\"\\\n\x01\xff\xc3\xa9 plain");
    json_numbers(json, "numbers", numbers, 3);
    json_numbers(json, "none", numbers, 0);
}

/* Every member falls on the buffer's end for some length of the first. */
static void test_json_line_is_whole_wherever_the_buffer_ends(void **state)
{
    static const char rest[] =
        "\",\"number\":18446744073709551615,\"signed\":-9223372036854775808,"
        "\"yes\":true,\"no\":false,"
        "\"text\":\"\\\"\\\\\\u000a\\u0001\\ufffd\xc3\xa9 plain\","
        "\"numbers\":[0,4294967295,10],\"none\":[]}\n";
    char pad[2 * JSON_BUFFER + 1];
    char want[sizeof(pad) + sizeof(rest) + 16];

    (void)state;
    for (size_t length = 0; length < sizeof(pad); length++) {
        char *got;

        memset(pad, 'x', length);
        pad[length] = '\0';
        snprintf(want, sizeof(want), "{\"pad\":\"%s%s", pad, rest);
        got = written(put_after, pad);
        assert_string_equal(got, want);
        free(got);
    }
}

static void put_string(struct json *json, const void *arg)
{
    json_string(json, "s", arg);
}

static void test_json_strings_are_valid_whatever_they_hold(void **state)
{
    static const struct {
        const char *what, *value, *want;
    } cases[] = {
        {"empty", "", ""},
        {"space to tilde", " ~", " ~"},
        {"delete", "\x7f", "\x7f"},
        {"below space", "\x1f", "\\u001f"},
        {"quote, backslash", "a\"b\\c", "a\\\"b\\\\c"},
        {"two, three, four bytes", "\xc2\x80\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xc2\x80\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"overlong", "\xc0\x80", "\\ufffd\\ufffd"},
        {"surrogate", "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"cut short", "\xe2\x82", "\\ufffd\\ufffd"},
        {"past the last", "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char want[128];
        char *got = written(put_string, cases[i].value);

        snprintf(want, sizeof(want), "{\"s\":\"%s\"}\n", cases[i].want);
        if (strcmp(got, want) != 0)
            fail_msg("%s: %s", cases[i].what, got);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_writes_numbers_of_every_length),
        cmocka_unit_test(test_json_line_is_whole_wherever_the_buffer_ends),
        cmocka_unit_test(test_json_strings_are_valid_whatever_they_hold),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
