/*
 * tests/fuzz_trace.c - the parsers of recorded traces against hostile bytes
 * (libFuzzer).
 *
 * An input's first byte names a format, the rest is a trace. It is read twice,
 * as a file in large batches (the fast parser) and line by line (the slow
 * one): both must say the same, and each reference must be one that a memory
 * system takes.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/reftrace.h"

#define BATCH 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ref(const struct memsys_ref *ref)
{
    assert(ref->size >= 1 && ref->size <= MMU_ACCESS_MAX);
    assert(ref->kind == MMU_EXEC || ref->kind == MMU_READ ||
           ref->kind == MMU_WRITE || ref->kind == (MMU_READ | MMU_WRITE));
}

static bool is_same(const struct memsys_ref *a, const struct memsys_ref *b)
{
    return a->va == b->va && a->pa == b->pa && a->size == b->size &&
           a->kind == b->kind;
}

/* The next reference of the slow parser. Returns as reftrace_parse(). */
static int next_slow(enum reftrace_format format, struct lines *lines,
                     struct memsys_ref *out)
{
    const char *why;
    size_t size;
    char *text;

    for (;;) {
        int got = lines_next(lines, &text, &size);

        if (got != 1)
            return got;
        got = reftrace_parse(format, text, size, out, &why);
        if (got < 0)
            assert(why && !strchr(why, '\n'));
        if (got)
            return got;
    }
}

static void compare(struct reftrace *trace, struct lines *lines)
{
    struct memsys_ref refs[BATCH], slow;
    size_t count;
    int got;

    do {
        got = reftrace_read(trace, refs, BATCH, &count);
        for (size_t i = 0; i < count; i++) {
            check_ref(&refs[i]);
            if (trace->format == REFTRACE_AUTO)
                abort();
            assert(next_slow(trace->format, lines, &slow) == 1);
            assert(is_same(&refs[i], &slow));
        }
    } while (got == 1);
    if (trace->format != REFTRACE_AUTO)
        assert(next_slow(trace->format, lines, &slow) == got);
    if (got < 0)
        assert(trace->line == lines->number || trace->format == REFTRACE_AUTO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int fd = memfd_create("trace", 0);
    struct reftrace trace;
    struct lines lines;
    char path[32];

    if (size == 0 || fd < 0)
        return 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (write(fd, data + 1, size - 1) != (ssize_t)size - 1 ||
        reftrace_open(&trace, path,
                      (enum reftrace_format)(data[0] % REFTRACE_COUNT)))
        abort();
    if (lines_open(&lines, path))
        abort();
    compare(&trace, &lines);
    reftrace_close(&trace);
    lines_close(&lines);
    close(fd);
    return 0;
}
