/*
 * strtol.c - text to integers.
 *
 * One scanner yields sign and magnitude in 64 bits; each function then limits
 * that to its type. As everywhere, a minus sign before an unsigned number
 * negates it.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

struct integer {
    unsigned long long magnitude;
    bool negative;
    bool too_large;
};

static unsigned digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return (unsigned)(c - '0');
    if (isalpha((unsigned char)c))
        return (unsigned)(tolower((unsigned char)c) - 'a' + 10);
    return UINT_MAX;
}

static bool has_prefix(const char *at)
{
    return at[0] == '0' && tolower((unsigned char)at[1]) == 'x' &&
           isxdigit((unsigned char)at[2]);
}

static unsigned find_base(const char *at, unsigned base)
{
    if (base != 0)
        return base;
    if (has_prefix(at))
        return 16;
    return *at == '0' ? 8 : 10;
}

static const char *scan_digits(const char *at, unsigned base,
                               struct integer *result)
{
    for (; digit_value(*at) < base; at++)
        if (__builtin_mul_overflow(result->magnitude, base,
                                   &result->magnitude) ||
            __builtin_add_overflow(result->magnitude, digit_value(*at),
                                   &result->magnitude))
            result->too_large = true;
    return at;
}

static struct integer scan(const char *text, char **end, int base)
{
    struct integer result = {0, false, false};
    const char *at = text;

    if (end != NULL)
        *end = (char *)text;
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        return result;
    }
    while (isspace((unsigned char)*at))
        at++;
    if (*at == '-' || *at == '+')
        result.negative = *at++ == '-';
    unsigned radix = find_base(at, (unsigned)base);

    if (radix == 16 && has_prefix(at))
        at += 2;
    const char *stop = scan_digits(at, radix, &result);

    if (end != NULL && stop != at)
        *end = (char *)stop;
    return result;
}

static long long limit_signed(struct integer i, long long least,
                              long long greatest)
{
    unsigned long long most = i.negative ? 0 - (unsigned long long)least
                                         : (unsigned long long)greatest;

    if (i.too_large || i.magnitude > most) {
        errno = ERANGE;
        return i.negative ? least : greatest;
    }
    return (long long)(i.negative ? 0 - i.magnitude : i.magnitude);
}

static unsigned long long limit_unsigned(struct integer i,
                                         unsigned long long greatest)
{
    if (i.too_large || i.magnitude > greatest) {
        errno = ERANGE;
        return greatest;
    }
    return i.negative ? 0 - i.magnitude : i.magnitude;
}

long strtol(const char *text, char **end, int base)
{
    return (long)limit_signed(scan(text, end, base), LONG_MIN, LONG_MAX);
}

unsigned long strtoul(const char *text, char **end, int base)
{
    return (unsigned long)limit_unsigned(scan(text, end, base), ULONG_MAX);
}

long long strtoll(const char *text, char **end, int base)
{
    return limit_signed(scan(text, end, base), LLONG_MIN, LLONG_MAX);
}

unsigned long long strtoull(const char *text, char **end, int base)
{
    return limit_unsigned(scan(text, end, base), ULLONG_MAX);
}

intmax_t strtoimax(const char *text, char **end, int base)
{
    return strtoll(text, end, base);
}

uintmax_t strtoumax(const char *text, char **end, int base)
{
    return strtoull(text, end, base);
}

int atoi(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

long atol(const char *text)
{
    return strtol(text, NULL, 10);
}

long long atoll(const char *text)
{
    return strtoll(text, NULL, 10);
}
