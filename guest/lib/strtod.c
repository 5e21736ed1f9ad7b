/*
 * strtod.c - text to floating point, correctly rounded.
 *
 * Decimal digits become a big decimal number (decimal.h) that is scaled by an
 * exact power of two until its whole part fills 64 bits; those and what lies
 * behind the point decide the rounding. Of very many digits the first DIGITS
 * count and the others only as nonzero: no value halfway between two doubles
 * has more. No floating point instruction is used. Stack: about 800 bytes for
 * 1e300, 100 for short numbers near 1.
 */
#include "decimal.h"
#include "real.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define DIGITS         800
#define EXPONENT_LIMIT 1000000

/* Digits as found: 0.DDDD times 10^scale, without zeros at the front. */
struct digits {
    const char *first;
    int count;
    int scale;
};

/* A format and the scales beyond which all is infinite or zero. */
struct target {
    const struct real_format *format;
    int scale_infinite;
    int scale_zero;
};

static int saturated(int n)
{
    if (n > EXPONENT_LIMIT)
        return EXPONENT_LIMIT;
    return n < -EXPONENT_LIMIT ? -EXPONENT_LIMIT : n;
}

/* Takes e or p, a sign and digits if they are all there. */
static const char *scan_exponent(const char *at, char letter, int *exponent)
{
    const char *p = at + 1;
    int sign = 1;
    int n = 0;

    if (tolower((unsigned char)*at) != letter)
        return at;
    if (*p == '-' || *p == '+')
        sign = *p++ == '-' ? -1 : 1;
    if (!isdigit((unsigned char)*p))
        return at;
    for (; isdigit((unsigned char)*p); p++)
        n = saturated(n * 10 + *p - '0');
    *exponent = saturated(*exponent + sign * n);
    return p;
}

/* Returns the end, or NULL if there is no digit. */
static const char *scan_decimal(const char *at, struct digits *digits)
{
    bool any = false;
    bool point = false;

    *digits = (struct digits){NULL, 0, 0};
    for (; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        any = true;
        if (digits->first == NULL && *at != '0')
            digits->first = at;
        if (digits->first != NULL)
            digits->count = saturated(digits->count + 1);
        if (digits->first != NULL && !point)
            digits->scale = saturated(digits->scale + 1);
        if (digits->first == NULL && point)
            digits->scale = saturated(digits->scale - 1);
    }
    return any ? scan_exponent(at, 'e', &digits->scale) : NULL;
}

static void put_digit(struct decimal *d, int place, unsigned digit)
{
    int i = decimal_word(place);

    for (int n = decimal_column(place); n < DECIMAL_DIGITS - 1; n++)
        digit *= 10;
    d->words[i] += digit;
}

/* Writes the digits from place on; a 1 stands for all beyond DIGITS. */
static void fill_decimal(struct decimal *d, int place,
                         const struct digits *digits)
{
    const char *at = digits->first;

    d->first = decimal_word(place);
    for (int n = 0; n < digits->count; at++) {
        if (*at == '.')
            continue;
        if (n++ < DIGITS) {
            put_digit(d, place++, (unsigned)(*at - '0'));
        } else if (*at != '0') {
            put_digit(d, place++, 1);
            break;
        }
    }
    d->last = decimal_word(place) + 1;
}

static uint64_t whole_part(const struct decimal *d)
{
    uint64_t whole = 0;

    for (int i = d->first; i < d->point && i < d->last; i++)
        whole = whole * DECIMAL_BASE + d->words[i];
    for (int i = d->last; i < d->point; i++)
        whole *= DECIMAL_BASE;
    return whole;
}

static enum real_tail fraction_tail(const struct decimal *d)
{
    bool more = false;

    if (d->last <= d->point)
        return REAL_TAIL_NONE;
    for (int i = d->point + 1; i < d->last; i++)
        more |= d->words[i] != 0;
    uint32_t head = d->point < d->first ? 0 : d->words[d->point];

    if (head == DECIMAL_BASE / 2)
        return more ? REAL_TAIL_ABOVE_HALF : REAL_TAIL_HALF;
    if (head > DECIMAL_BASE / 2)
        return REAL_TAIL_ABOVE_HALF;
    return head > 0 || more ? REAL_TAIL_BELOW_HALF : REAL_TAIL_NONE;
}

/* A power of two that 10^scale does not reach: log2(10) is below 3.32194. */
static int bits_above(int scale)
{
    return (scale * 217706 >> 16) + 2;
}

/* The digits' value as a mantissa of 64 bits, an exponent and a tail. */
static struct real real_of_digits(const struct digits *digits,
                                  enum real_tail *tail)
{
    struct real r = {.exponent = bits_above(digits->scale) - 64};
    int kept = digits->count < DIGITS ? digits->count : DIGITS + 1;
    int point = digits->scale > 27 ? decimal_word(digits->scale) + 2 : 4;
    int after = kept > digits->scale ? kept - digits->scale : 0;
    int halvings = r.exponent > 0 ? r.exponent : 0;
    uint32_t words[point + decimal_word(after) + decimal_word(halvings) + 4];
    struct decimal d = {.words = words, .point = point};

    memset(words, 0, sizeof words);
    fill_decimal(&d, point * DECIMAL_DIGITS - digits->scale, digits);
    __decimal_scale(&d, -r.exponent);
    for (; whole_part(&d) >> 63 == 0; r.exponent--)
        __decimal_scale(&d, 1);
    r.mantissa = whole_part(&d);
    *tail = fraction_tail(&d);
    return r;
}

static const char *parse_decimal(const char *at, const struct target *target,
                                 struct real *r, enum real_tail *tail)
{
    struct digits digits;
    const char *end = scan_decimal(at, &digits);

    *r = (struct real){.kind = REAL_FINITE};
    *tail = REAL_TAIL_NONE;
    if (end == NULL || digits.count == 0)
        return end;
    if (digits.scale >= target->scale_infinite)
        *r = (struct real){.mantissa = 1, .exponent = EXPONENT_LIMIT};
    else if (digits.scale <= target->scale_zero)
        *r = (struct real){.mantissa = 1, .exponent = -EXPONENT_LIMIT};
    else
        *r = real_of_digits(&digits, tail);
    return end;
}

static unsigned hexadecimal_value(char c)
{
    return isdigit((unsigned char)c)
               ? (unsigned)(c - '0')
               : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
}

/* 128 bits of hexadecimal digits; what comes after them is only `more`. */
struct hexadecimal {
    uint64_t high;
    uint64_t low;
    int exponent;
    bool more;
};

static void shift(struct hexadecimal *h, int bits)
{
    h->high = h->high << bits | h->low >> (64 - bits);
    h->low <<= bits;
    h->exponent -= bits;
}

static void take_digit(struct hexadecimal *h, unsigned digit)
{
    if (h->high >> 60 != 0) {
        h->more |= digit != 0;
        h->exponent = saturated(h->exponent + 4);
        return;
    }
    shift(h, 4);
    h->exponent += 4;
    h->low |= digit;
}

static struct real real_of_hexadecimal(struct hexadecimal *h,
                                       enum real_tail *tail)
{
    uint64_t half = 1ull << 63;

    if ((h->high | h->low) != 0)
        while (h->high >> 63 == 0)
            shift(h, 1);
    if (h->low == half)
        *tail = h->more ? REAL_TAIL_ABOVE_HALF : REAL_TAIL_HALF;
    else if (h->low > half)
        *tail = REAL_TAIL_ABOVE_HALF;
    else
        *tail = h->low != 0 || h->more ? REAL_TAIL_BELOW_HALF : REAL_TAIL_NONE;
    return (struct real){.mantissa = h->high, .exponent = h->exponent + 64};
}

/* The digits after 0x. Returns the end, or NULL if there is no digit. */
static const char *parse_hexadecimal(const char *at, struct real *r,
                                     enum real_tail *tail)
{
    struct hexadecimal h = {0, 0, 0, false};
    bool any = false;
    bool point = false;

    for (; isxdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        any = true;
        take_digit(&h, hexadecimal_value(*at));
        if (point)
            h.exponent = saturated(h.exponent - 4);
    }
    if (!any)
        return NULL;
    at = scan_exponent(at, 'p', &h.exponent);
    *r = real_of_hexadecimal(&h, tail);
    return at;
}

/* inf, infinity, nan, nan(...): returns the end, or NULL. */
static const char *parse_word(const char *at, struct real *r)
{
    if (strncasecmp(at, "inf", 3) == 0) {
        r->kind = REAL_INFINITE;
        return at + (strncasecmp(at, "infinity", 8) == 0 ? 8 : 3);
    }
    if (strncasecmp(at, "nan", 3) != 0)
        return NULL;
    r->kind = REAL_NAN;
    const char *p = at + 3;

    if (*p++ != '(')
        return at + 3;
    while (isalnum((unsigned char)*p) || *p == '_')
        p++;
    return *p == ')' ? p + 1 : at + 3;
}

/* Without 0x digits "0x" is the number 0, and the x is not taken. */
static const char *parse_any(const char *at, const struct target *target,
                             struct real *r, enum real_tail *tail)
{
    const char *end = NULL;

    *r = (struct real){.kind = REAL_FINITE};
    *tail = REAL_TAIL_NONE;
    if (*at == '0' && tolower((unsigned char)at[1]) == 'x')
        end = parse_hexadecimal(at + 2, r, tail);
    if (end == NULL)
        end = parse_decimal(at, target, r, tail);
    return end != NULL ? end : parse_word(at, r);
}

static struct real parse(const char *text, char **end,
                         const struct target *target)
{
    const char *at = text;
    bool negative = false;
    bool inexact;
    enum real_tail tail;
    struct real r;

    while (isspace((unsigned char)*at))
        at++;
    if (*at == '-' || *at == '+')
        negative = *at++ == '-';
    at = parse_any(at, target, &r, &tail);
    if (end != NULL)
        *end = (char *)(at != NULL ? at : text);
    if (at == NULL)
        return (struct real){.kind = REAL_FINITE};
    enum real_kind kind = r.kind;

    r.negative = negative;
    r = __real_round(r, tail, target->format, &inexact);
    bool tiny = r.mantissa >> (target->format->bits - 1) == 0;

    if (r.kind != kind || (r.kind == REAL_FINITE && tiny && inexact))
        errno = ERANGE;
    return r;
}

float strtof(const char *text, char **end)
{
    static const struct target target = {&__real_float, 40, -46};

    return __real_to_float(parse(text, end, &target));
}

double strtod(const char *text, char **end)
{
    static const struct target target = {&__real_double, 310, -324};

    return __real_to_double(parse(text, end, &target));
}

long double strtold(const char *text, char **end)
{
#if LDBL_MANT_DIG == 64
    static const struct target target = {&__real_long_double, 4934, -4951};

    return __real_to_long_double(parse(text, end, &target));
#else
    return strtod(text, end);
#endif
}

double atof(const char *text)
{
    return strtod(text, NULL);
}
