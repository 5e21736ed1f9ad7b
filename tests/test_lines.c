/* tests/test_lines.c - reading lines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/lines.h"
#include "tests/failing.h"

/* A file with these bytes, open; it has no name any more. */
static struct lines open_bytes(const void *bytes, size_t size)
{
    char path[] = "/tmp/test_linesXXXXXX";
    const int fd = mkstemp(path);
    struct lines lines;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    assert_int_equal(lines_open(&lines, path), 0);
    unlink(path);
    return lines;
}

static void expect(struct lines *lines, const char *want, uint64_t number)
{
    char *text;
    size_t size;

    assert_int_equal(lines_next(lines, &text, &size), 1);
    assert_int_equal(size, strlen(want));
    assert_string_equal(text, want);
    assert_int_equal(lines->number, number);
}

static void expect_end(struct lines *lines, int want)
{
    char *text;
    size_t size;

    assert_int_equal(lines_next(lines, &text, &size), want);
    lines_close(lines);
}

static void test_lines_splits_at_newlines(void **state)
{
    static const char bytes[] = "one\n\ntwo\r\n\r\nthree";
    struct lines lines = open_bytes(bytes, sizeof(bytes) - 1);

    (void)state;
    expect(&lines, "one", 1);
    expect(&lines, "", 2);
    expect(&lines, "two", 3);
    expect(&lines, "", 4);
    expect(&lines, "three", 5);
    expect_end(&lines, 0);
}

static void test_lines_of_an_empty_file(void **state)
{
    struct lines lines = open_bytes("", 0);

    (void)state;
    expect_end(&lines, 0);
}

static void test_lines_keeps_zero_bytes(void **state)
{
    struct lines lines = open_bytes("a\0b\n", 4);
    char *text;
    size_t size;

    (void)state;
    assert_int_equal(lines_next(&lines, &text, &size), 1);
    assert_int_equal(size, 3);
    assert_memory_equal(text, "a\0b", 4);
    expect_end(&lines, 0);
}

/* Lines of every length around the ends of the buffer's fillings. */
static void test_lines_survives_every_cut(void **state)
{
    const size_t size = 3u << 20;
    char *bytes = malloc(size);
    size_t at = 0;
    unsigned count = 0;

    (void)state;
    assert_non_null(bytes);
    for (; at + count * 37 % 5000 + 1 <= size; count++) {
        const size_t length = count * 37 % 5000;

        memset(bytes + at, 'a' + (int)(count % 26), length);
        at += length;
        bytes[at++] = '\n';
    }

    struct lines lines = open_bytes(bytes, at);
    for (unsigned i = 0; i < count; i++) {
        char *text;
        size_t got;

        assert_int_equal(lines_next(&lines, &text, &got), 1);
        assert_int_equal(got, i * 37 % 5000);
        for (size_t k = 0; k < got; k++)
            assert_int_equal(text[k], 'a' + (int)(i % 26));
    }
    expect_end(&lines, 0);
    free(bytes);
}

static void test_lines_refuses_what_is_too_long(void **state)
{
    const size_t size = 1u << 20;
    char *bytes = malloc(size);

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', size);
    bytes[LINES_MAX] = '\n';

    struct lines lines = open_bytes(bytes, size);
    char *text;
    size_t got;
    assert_int_equal(lines_next(&lines, &text, &got), 1);
    assert_int_equal(got, LINES_MAX);
    expect_end(&lines, -E2BIG);

    bytes[LINES_MAX] = 'x';
    lines = open_bytes(bytes, size);
    expect_end(&lines, -E2BIG);
    free(bytes);
}

/* Chunks are whole lines, and together the file. */
static void test_lines_chunk_gives_whole_lines(void **state)
{
    const size_t size = 1u << 20;
    char *bytes = malloc(size), *text;
    size_t at = 0, got;

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = i % 977 == 13 ? '\n' : (char)('a' + i % 26);
    bytes[size - 1] = 'z';

    struct lines lines = open_bytes(bytes, size);
    while (lines_chunk(&lines, &text, &got) == 1) {
        assert_true(got > 0 && got <= size - at);
        assert_memory_equal(text, bytes + at, got);
        at += got;
        if (text[got - 1] != '\n')
            assert_true(text[got] == 0 && at == size);
    }
    assert_int_equal(at, size);
    lines_close(&lines);
    memset(bytes, 'x', size);
    lines = open_bytes(bytes, size);
    assert_int_equal(lines_chunk(&lines, &text, &got), -E2BIG);
    lines_close(&lines);
    free(bytes);
}

static void test_lines_says_what_cannot_be_read(void **state)
{
    struct lines lines;

    (void)state;
    assert_int_equal(lines_open(&lines, "/nonexistent/file"), -ENOENT);
    assert_int_equal(lines_open(&lines, "/"), -EISDIR);
    failing_after(0);
    assert_int_equal(lines_open(&lines, "/dev/null"), -ENOMEM);
    failing_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_splits_at_newlines),
        cmocka_unit_test(test_lines_of_an_empty_file),
        cmocka_unit_test(test_lines_keeps_zero_bytes),
        cmocka_unit_test(test_lines_survives_every_cut),
        cmocka_unit_test(test_lines_refuses_what_is_too_long),
        cmocka_unit_test(test_lines_chunk_gives_whole_lines),
        cmocka_unit_test(test_lines_says_what_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
