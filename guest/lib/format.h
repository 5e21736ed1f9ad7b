/*
 * format.h - what the parts of printf share.
 *
 * A sink is where text goes: a stream, or a place in memory with `room` bytes
 * left that is not written past. It counts everything, as snprintf must. A
 * spec is one conversion specification, parsed.
 */
#ifndef GUEST_LIB_FORMAT_H
#define GUEST_LIB_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct sink {
    FILE *stream; /* NULL: to memory */
    char *to;
    size_t room;
    unsigned long long total;
    bool newline; /* one was written */
    bool failed;
};

enum format_flag {
    FORMAT_LEFT = 1,
    FORMAT_PLUS = 2,
    FORMAT_SPACE = 4,
    FORMAT_ALTERNATE = 8,
    FORMAT_ZERO = 16,
};

struct spec {
    unsigned flags;
    int width;
    int precision; /* -1: none given */
    char length;   /* H is hh, q is ll, otherwise the letter; 0: none */
    char conversion;
};

/*
 * Parses the text after a %, up to its conversion letter, and takes from args
 * what stars ask for. Returns the end; the letter is '\0' if the text ended.
 */
const char *__spec_parse(const char *at, struct spec *spec, va_list *args);

void __sink_put(struct sink *sink, const char *text, size_t size);
void __sink_repeat(struct sink *sink, char c, size_t count);

/*
 * Begins a field whose body, written by the caller next, has `size` bytes:
 * padding, prefix (a sign, 0x), zeros. Returns how many spaces must follow.
 */
size_t __sink_field(struct sink *sink, const struct spec *spec,
                    const char *prefix, size_t size);

/* The sign that the flags ask for: "-", "+", " " or "". */
const char *__format_sign(const struct spec *spec, bool negative);

/* %f %e %g %a: takes a double or a long double from args. */
void __format_float(struct sink *sink, struct spec *spec, va_list *args);

#endif /* GUEST_LIB_FORMAT_H */
