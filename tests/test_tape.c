/* tests/test_tape.c - what the host has answered, once more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "emu/tape.h"
#include "tests/failing.h"

/* A host whose reads count up, and whose writes take half. */
struct host {
    uint8_t next;
    unsigned reads, writes;
    int error;
};

static int host_read(void *ctx, int fd, void *to, uint32_t size)
{
    struct host *host = ctx;
    const uint32_t n = size < 100 ? size : 100;

    (void)fd;
    host->reads++;
    if (host->error)
        return host->error;
    for (uint32_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = host->next++;
    return (int)n;
}

static int host_write(void *ctx, int fd, const void *from, uint32_t size)
{
    struct host *host = ctx;

    (void)fd, (void)from;
    host->writes++;
    return host->error ? host->error : (int)((size + 1) / 2);
}

static struct os_io io_of(struct host *host)
{
    return (struct os_io){host_read, host_write, host};
}

static void test_tape_answers_the_same_again(void **state)
{
    struct host host = {0};
    const struct os_io io = io_of(&host);
    struct tape tape;
    uint8_t bytes[200];

    (void)state;
    tape_begin(&tape, &io, true);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(tape_read(&tape, 0, bytes, 3), 3);
        assert_memory_equal(bytes, "\0\1\2", 3);
        assert_int_equal(tape_write(&tape, 1, "abc", 3), 2);
        assert_int_equal(tape_read(&tape, 0, bytes, 200), 100);
        assert_int_equal(bytes[99], 102);
        if (round == 0)
            host.error = -5;
        assert_int_equal(tape_read(&tape, 0, bytes, 7), -5);
        assert_int_equal(tape_write(&tape, 2, "abc", 3), -5);
        host.error = 0;
        assert_int_equal(host.reads, 3);
        assert_int_equal(host.writes, 2);
        if (round == 0)
            assert_true(tape_rewind(&tape));
    }

    /* Behind its end the host answers. */
    assert_int_equal(tape_read(&tape, 0, bytes, 1), 1);
    assert_int_equal(bytes[0], 103);
    assert_int_equal(tape_write(&tape, 1, "abc", 3), 2);
    assert_int_equal(host.writes, 3);
    tape_free(&tape);
}

static void test_tape_that_does_not_record_cannot_be_rewound(void **state)
{
    struct host host = {0};
    const struct os_io io = io_of(&host);
    struct tape tape;
    uint8_t bytes[4];

    (void)state;
    tape_begin(&tape, &io, false);
    assert_int_equal(tape_read(&tape, 0, bytes, 4), 4);
    assert_int_equal(tape.used, 0);
    tape_free(&tape);

    tape_begin(&tape, &io, true);
    assert_int_equal(tape_read(&tape, 0, bytes, 4), 4);
    tape_stop(&tape);
    assert_int_equal(tape_read(&tape, 0, bytes, 4), 4);
    assert_int_equal(bytes[0], 8);
    assert_false(tape_rewind(&tape));
    tape_free(&tape);
}

static void test_tape_says_in_time_that_it_ends(void **state)
{
    struct host host = {0};
    const struct os_io io = io_of(&host);
    struct tape tape;
    uint8_t bytes[100];
    unsigned calls = 0;

    (void)state;
    tape_begin(&tape, &io, true);
    for (; !tape_is_ending(&tape); calls++)
        assert_int_equal(tape_read(&tape, 0, bytes, 100), 100);
    assert_int_equal(tape_read(&tape, 0, bytes, 100), 100);
    assert_in_range(calls, 16 * 1024 * 1024 / 104, 16 * 1024 * 1024 / 104 + 1);
    assert_true(tape_rewind(&tape));
    assert_false(tape_is_ending(&tape));
    for (unsigned i = 0; i <= calls; i++) {
        assert_int_equal(tape_read(&tape, 0, bytes, 100), 100);
        assert_int_equal(bytes[0], (uint8_t)(100 * i));
    }
    assert_int_equal(host.reads, calls + 1);
    tape_free(&tape);
}

static void test_tape_without_memory_still_passes_on(void **state)
{
    struct host host = {0};
    const struct os_io io = io_of(&host);
    struct tape tape;
    uint8_t bytes[4];

    (void)state;
    tape_begin(&tape, &io, true);
    failing_after(0);
    assert_int_equal(tape_read(&tape, 0, bytes, 4), 4);
    failing_after(-1);
    assert_int_equal(tape_read(&tape, 0, bytes, 4), 4);
    assert_int_equal(bytes[0], 4);
    assert_false(tape_rewind(&tape));
    tape_free(&tape);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tape_answers_the_same_again),
        cmocka_unit_test(test_tape_that_does_not_record_cannot_be_rewound),
        cmocka_unit_test(test_tape_says_in_time_that_it_ends),
        cmocka_unit_test(test_tape_without_memory_still_passes_on),
    };

    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
