/* spec.c - parses what stands between a % and its conversion letter. */
#include "format.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

static const char *parse_flags(const char *at, struct spec *spec)
{
    static const char letters[] = "-+ #0";
    const char *found;

    while (*at != '\0' && (found = strchr(letters, *at)) != NULL) {
        spec->flags |= 1u << (found - letters);
        at++;
    }
    return at;
}

/* A number or a star; *number is left alone when there is neither. */
static const char *parse_number(const char *at, int *number, va_list *args)
{
    if (*at == '*') {
        *number = va_arg(*args, int);
        return at + 1;
    }
    if (isdigit(*at))
        *number = 0;
    for (; isdigit(*at); at++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, *at - '0', number))
            *number = INT_MAX / 10;
    return at;
}

static const char *parse_width(const char *at, struct spec *spec, va_list *args)
{
    at = parse_number(at, &spec->width, args);
    if (spec->width < 0) {
        spec->flags |= FORMAT_LEFT;
        spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
    }
    if (*at != '.')
        return at;
    spec->precision = 0;
    at = parse_number(at + 1, &spec->precision, args);
    if (spec->precision < 0)
        spec->precision = -1;
    return at;
}

static const char *parse_length(const char *at, struct spec *spec)
{
    if (*at == '\0' || strchr("hljztL", *at) == NULL)
        return at;
    spec->length = *at++;
    if (spec->length == 'h' && *at == 'h') {
        spec->length = 'H';
        at++;
    } else if (spec->length == 'l' && *at == 'l') {
        spec->length = 'q';
        at++;
    }
    return at;
}

const char *__spec_parse(const char *at, struct spec *spec, va_list *args)
{
    *spec = (struct spec){.precision = -1};
    at = parse_flags(at, spec);
    at = parse_width(at, spec, args);
    at = parse_length(at, spec);
    spec->conversion = *at;
    return *at != '\0' ? at + 1 : at;
}
