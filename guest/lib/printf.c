/*
 * printf.c - the printf family without floating point, which is in
 * format_float.c.
 *
 * One loop copies text and hands each conversion to a function; what stands
 * between % and the letter is parsed by spec.c. A wrong conversion is printed
 * as it stands. NULL prints as (null) for %s and (nil)
 * for %p. More than INT_MAX characters is an error, EOVERFLOW.
 */
#include "file.h"
#include "format.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

void __sink_put(struct sink *sink, const char *text, size_t size)
{
    sink->total += size;
    if (sink->stream != NULL) {
        if (__file_put(sink->stream, text, size) != size)
            sink->failed = true;
        if (memchr(text, '\n', size) != NULL)
            sink->newline = true;
        return;
    }
    if (size > sink->room)
        size = sink->room;
    if (size == 0)
        return;
    memcpy(sink->to, text, size);
    sink->to += size;
    sink->room -= size;
}

void __sink_repeat(struct sink *sink, char c, size_t count)
{
    while (count-- > 0)
        __sink_put(sink, &c, 1);
}

size_t __sink_field(struct sink *sink, const struct spec *spec,
                    const char *prefix, size_t size)
{
    size_t used = strlen(prefix) + size;
    size_t width = (size_t)spec->width;
    size_t padding = width > used ? width - used : 0;
    bool left = spec->flags & FORMAT_LEFT;
    bool zeros = !left && (spec->flags & FORMAT_ZERO);

    if (!left && !zeros)
        __sink_repeat(sink, ' ', padding);
    __sink_put(sink, prefix, strlen(prefix));
    if (zeros)
        __sink_repeat(sink, '0', padding);
    return left ? padding : 0;
}

const char *__format_sign(const struct spec *spec, bool negative)
{
    if (negative)
        return "-";
    if (spec->flags & FORMAT_PLUS)
        return "+";
    return spec->flags & FORMAT_SPACE ? " " : "";
}

static void format_text(struct sink *sink, struct spec *spec, const char *text,
                        size_t size)
{
    spec->flags &= ~(unsigned)FORMAT_ZERO;
    size_t after = __sink_field(sink, spec, "", size);

    __sink_put(sink, text, size);
    __sink_repeat(sink, ' ', after);
}

static void format_string(struct sink *sink, struct spec *spec,
                          const char *text)
{
    if (text == NULL)
        text = spec->precision < 0 || spec->precision >= 6 ? "(null)" : "";
    format_text(sink, spec, text,
                spec->precision < 0 ? strlen(text)
                                    : strnlen(text, (size_t)spec->precision));
}

/* Writes value's digits, none for 0, so that they end at end. */
static char *put_digits(char *end, unsigned long long value, unsigned base,
                        const char *alphabet)
{
    for (; value > UINT32_MAX; value /= base)
        *--end = alphabet[value % base];
    for (uint32_t rest = (uint32_t)value; rest > 0; rest /= base)
        *--end = alphabet[rest % base];
    return end;
}

static void format_digits(struct sink *sink, struct spec *spec,
                          const char *prefix, unsigned long long value,
                          unsigned base)
{
    char digits[24];
    char *end = digits + sizeof digits;
    const char *alphabet =
        spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char *start = put_digits(end, value, base, alphabet);
    int count = (int)(end - start);
    int zeros = (spec->precision < 0 ? 1 : spec->precision) - count;

    if (zeros < 0)
        zeros = 0;
    if (zeros == 0 && base == 8 && (spec->flags & FORMAT_ALTERNATE))
        zeros = 1;
    if (spec->precision >= 0)
        spec->flags &= ~(unsigned)FORMAT_ZERO;
    size_t after =
        __sink_field(sink, spec, prefix, (size_t)zeros + (size_t)count);

    __sink_repeat(sink, '0', (size_t)zeros);
    __sink_put(sink, start, (size_t)count);
    __sink_repeat(sink, ' ', after);
}

static long long take_signed(const struct spec *spec, va_list *args)
{
    switch (spec->length) {
    case 'q':
    case 'j':
        return va_arg(*args, long long);
    case 'l':
        return va_arg(*args, long);
    case 'H':
        return (signed char)va_arg(*args, int);
    case 'h':
        return (short)va_arg(*args, int);
    default:
        return va_arg(*args, int); /* also z and t: all have 32 bits */
    }
}

static unsigned long long take_unsigned(const struct spec *spec, va_list *args)
{
    unsigned long long value = (unsigned long long)take_signed(spec, args);

    switch (spec->length) {
    case 'q':
    case 'j':
        return value;
    case 'H':
        return (unsigned char)value;
    case 'h':
        return (unsigned short)value;
    default:
        return (uint32_t)value;
    }
}

static void format_signed(struct sink *sink, struct spec *spec, va_list *args)
{
    long long value = take_signed(spec, args);
    unsigned long long magnitude = (unsigned long long)value;

    if (value < 0)
        magnitude = -magnitude;
    format_digits(sink, spec, __format_sign(spec, value < 0), magnitude, 10);
}

static void format_hexadecimal(struct sink *sink, struct spec *spec,
                               unsigned long long value)
{
    const char *prefix = "";

    if (value != 0 && (spec->flags & FORMAT_ALTERNATE))
        prefix = spec->conversion == 'X' ? "0X" : "0x";
    format_digits(sink, spec, prefix, value, 16);
}

static void format_pointer(struct sink *sink, struct spec *spec, void *pointer)
{
    if (pointer == NULL) {
        format_text(sink, spec, "(nil)", 5);
        return;
    }
    spec->flags |= FORMAT_ALTERNATE;
    format_hexadecimal(sink, spec, (uintptr_t)pointer);
}

/* %n: how much was written so far. */
static void store_count(const struct sink *sink, const struct spec *spec,
                        void *to)
{
    switch (spec->length) {
    case 'q':
    case 'j':
        *(long long *)to = (long long)sink->total;
        break;
    case 'l':
        *(long *)to = (long)sink->total;
        break;
    case 'H':
        *(signed char *)to = (signed char)sink->total;
        break;
    case 'h':
        *(short *)to = (short)sink->total;
        break;
    default:
        *(int *)to = (int)sink->total;
    }
}

/* Returns false if there is no such conversion. */
static bool convert(struct sink *sink, struct spec *spec, va_list *args)
{
    char c;

    switch (spec->conversion) {
    case 'd':
    case 'i':
        format_signed(sink, spec, args);
        return true;
    case 'u':
        format_digits(sink, spec, "", take_unsigned(spec, args), 10);
        return true;
    case 'o':
        format_digits(sink, spec, "", take_unsigned(spec, args), 8);
        return true;
    case 'x':
    case 'X':
        format_hexadecimal(sink, spec, take_unsigned(spec, args));
        return true;
    case 'c':
        c = (char)va_arg(*args, int);
        format_text(sink, spec, &c, 1);
        return true;
    case 's':
        format_string(sink, spec, va_arg(*args, const char *));
        return true;
    case 'p':
        format_pointer(sink, spec, va_arg(*args, void *));
        return true;
    case 'n':
        store_count(sink, spec, va_arg(*args, void *));
        return true;
    case '%':
        __sink_put(sink, "%", 1);
        return true;
    }
    if (spec->conversion == '\0' || !strchr("fFeEgGaA", spec->conversion))
        return false;
    __format_float(sink, spec, args);
    return true;
}

/* Takes the specification that begins with the % at `at`; returns its end. */
static const char *format_one(struct sink *sink, const char *at, va_list *args)
{
    struct spec spec;
    const char *end = __spec_parse(at + 1, &spec, args);

    if (!convert(sink, &spec, args))
        __sink_put(sink, at, (size_t)(end - at));
    return end;
}

static int format(struct sink *sink, const char *at, va_list args)
{
    va_list rest;

    va_copy(rest, args);
    while (*at != '\0') {
        size_t plain = strcspn(at, "%");

        __sink_put(sink, at, plain);
        at += plain;
        if (*at == '%')
            at = format_one(sink, at, &rest);
    }
    va_end(rest);
    if (sink->failed)
        return -1;
    if (sink->total > INT_MAX) {
        errno = EOVERFLOW;
        return -1;
    }
    return (int)sink->total;
}

/* An unbuffered stream borrows a buffer for the length of the call. */
static int format_unbuffered(struct sink *sink, const char *at, va_list args)
{
    unsigned char buffer[64];
    FILE *stream = sink->stream;

    stream->buffer = buffer;
    stream->size = sizeof buffer;
    int result = format(sink, at, args);

    if (fflush(stream) != 0)
        result = -1;
    stream->buffer = NULL;
    stream->size = 0;
    return result;
}

int vfprintf(FILE *stream, const char *at, va_list args)
{
    struct sink sink = {.stream = stream};

    if (stream->size == 0)
        return format_unbuffered(&sink, at, args);
    int result = format(&sink, at, args);

    if (stream->mode == _IOLBF && sink.newline && fflush(stream) != 0)
        return -1;
    return result;
}

int vsnprintf(char *to, size_t size, const char *at, va_list args)
{
    struct sink sink = {.to = to, .room = size > 0 ? size - 1 : 0};
    int result = format(&sink, at, args);

    if (size > 0)
        *sink.to = '\0';
    return result;
}

int vsprintf(char *to, const char *at, va_list args)
{
    return vsnprintf(to, (size_t)INT_MAX + 1, at, args);
}

int vprintf(const char *at, va_list args)
{
    return vfprintf(stdout, at, args);
}
