/*
 * small/printf.c - printf, puts and putchar for address spaces of a few KiB.
 *
 * Linked before the library for guest-cc --space segmented:14. Knows %d %i %u
 * %x %c %s %p and %%, the flags - and 0, a width, and l; what it does not know
 * it prints as it stands. Output is written at the end of each call.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct sink {
    unsigned used;
    int count; /* bytes so far; -1 after an error */
    char buffer[64];
};

/* One conversion: %-08ld */
struct spec {
    bool left;
    char pad;
    int width;
};

static void flush(struct sink *sink)
{
    if (write(STDOUT_FILENO, sink->buffer, sink->used) != (ssize_t)sink->used)
        sink->count = -1;
    sink->used = 0;
}

static void put(struct sink *sink, char c)
{
    sink->buffer[sink->used++] = c;
    if (sink->count >= 0)
        sink->count++;
    if (sink->used == sizeof sink->buffer)
        flush(sink);
}

static void put_all(struct sink *sink, const char *text, int size)
{
    while (size-- > 0)
        put(sink, *text++);
}

static void put_padding(struct sink *sink, char pad, int size)
{
    while (size-- > 0)
        put(sink, pad);
}

/* The digits stand behind the sign that they have or not. */
static void put_field(struct sink *sink, const struct spec *spec, char sign,
                      const char *text, int size)
{
    const int padding = spec->width - size - (sign != 0);

    if (!spec->left && spec->pad == ' ')
        put_padding(sink, ' ', padding);
    if (sign)
        put(sink, sign);
    if (!spec->left && spec->pad == '0')
        put_padding(sink, '0', padding);
    put_all(sink, text, size);
    if (spec->left)
        put_padding(sink, ' ', padding);
}

static void put_number(struct sink *sink, const struct spec *spec, char sign,
                       unsigned long value, unsigned base)
{
    char digits[3 * sizeof value];
    char *at = digits + sizeof digits;

    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_field(sink, spec, sign, at, (int)(digits + sizeof digits - at));
}

static const char *read_spec(const char *format, struct spec *spec)
{
    *spec = (struct spec){.pad = ' '};
    for (; *format == '-' || *format == '0'; format++) {
        if (*format == '-')
            spec->left = true;
        else
            spec->pad = '0';
    }
    while (*format >= '0' && *format <= '9')
        spec->width = spec->width * 10 + *format++ - '0';
    if (*format == 'l')
        format++;
    return format;
}

int vprintf(const char *format, va_list args)
{
    struct sink sink = {0};
    struct spec spec;

    for (; *format; format++) {
        const char *start = format;
        char one;
        long value;

        if (*format != '%') {
            put(&sink, *format);
            continue;
        }
        format = read_spec(format + 1, &spec);
        switch (*format) {
        case 'd':
        case 'i':
            value = va_arg(args, long);
            put_number(&sink, &spec, value < 0 ? '-' : 0,
                       value < 0 ? -(unsigned long)value : (unsigned long)value,
                       10);
            break;
        case 'u':
        case 'x':
            put_number(&sink, &spec, 0, va_arg(args, unsigned long),
                       *format == 'u' ? 10 : 16);
            break;
        case 'p':
            put_all(&sink, "0x", 2);
            put_number(&sink, &spec, 0, va_arg(args, unsigned long), 16);
            break;
        case 'c':
            one = (char)va_arg(args, int);
            put_field(&sink, &spec, 0, &one, 1);
            break;
        case 's':
            start = va_arg(args, const char *);
            put_field(&sink, &spec, 0, start, (int)strlen(start));
            break;
        case '%':
            put(&sink, '%');
            break;
        default:
            put_all(&sink, start, (int)(format - start));
            format--; /* look at it again: it may be the end */
        }
    }
    flush(&sink);
    return sink.count;
}

int printf(const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = vprintf(format, args);
    va_end(args);
    return count;
}

int puts(const char *text)
{
    return printf("%s\n", text);
}

int putchar(int c)
{
    return printf("%c", c) < 0 ? EOF : (unsigned char)c;
}
