/*
 * format_float.c - %f %e %g %a.
 *
 * The value becomes a decimal number with all its digits, and that is rounded
 * once, to even, where the precision says: what is printed is exact whatever
 * the precision. No floating point instruction is used, so it costs the same
 * room with soft floating point. Stack: about 50 bytes for 1.5, 500 for
 * DBL_MIN, in proportion to the exponent for a long double.
 */
#include "decimal.h"
#include "format.h"
#include "real.h"

#include <ctype.h>

/* Words that a 64-bit mantissa needs, and one for the carry of rounding. */
#define MANTISSA_WORDS 4

/* The mantissa's digits, as integers, placed just before the point. */
static void decimal_of_mantissa(struct decimal *d, uint64_t mantissa)
{
    d->first = d->point - MANTISSA_WORDS;
    d->last = d->point;
    for (int i = d->last; mantissa > 0; mantissa /= DECIMAL_BASE)
        d->words[--i] = (uint32_t)(mantissa % DECIMAL_BASE);
}

/* The power of ten of the leading digit; 0 for zero. */
static int decimal_exponent(const struct decimal *d)
{
    int lead = __decimal_lead(d);
    int point = d->point * DECIMAL_DIGITS;

    return d->first == d->last ? 0 : point - 1 - lead;
}

/* Rounds to `digits` digits from place on; past the last word all are 0. */
static void round_after(struct decimal *d, int place, int digits)
{
    int end = d->last * DECIMAL_DIGITS;

    if (place < end && digits < end - place)
        __decimal_round(d, place + digits);
}

static void put_places(struct sink *sink, const struct decimal *d, int place,
                       int count)
{
    for (; count > 0; count--, place++)
        __sink_repeat(sink, (char)('0' + __decimal_digit(d, place)), 1);
}

/* Writes whole.fraction: the first `whole` digits at place, then the rest. */
static void put_pointed(struct sink *sink, const struct spec *spec,
                        const struct decimal *d, int place, int whole)
{
    put_places(sink, d, place, whole);
    if (spec->precision > 0 || (spec->flags & FORMAT_ALTERNATE))
        __sink_put(sink, ".", 1);
    put_places(sink, d, place + whole, spec->precision);
}

static size_t pointed_size(const struct spec *spec, int whole)
{
    bool point = spec->precision > 0 || (spec->flags & FORMAT_ALTERNATE);

    return (size_t)whole + point + (size_t)spec->precision;
}

static void put_fixed(struct sink *sink, const struct spec *spec,
                      const char *sign, const struct decimal *d)
{
    int exponent = decimal_exponent(d);
    int whole = exponent > 0 ? exponent + 1 : 1;
    size_t after = __sink_field(sink, spec, sign, pointed_size(spec, whole));

    put_pointed(sink, spec, d, d->point * DECIMAL_DIGITS - whole, whole);
    __sink_repeat(sink, ' ', after);
}

/* Writes a letter, a sign and at least `least` digits; returns the size. */
static size_t exponent_text(char *text, char letter, int exponent, int least)
{
    char digits[8];
    int count = 0;
    unsigned rest = exponent < 0 ? 0u - (unsigned)exponent : (unsigned)exponent;
    size_t size = 0;

    for (; rest > 0 || count < least; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    text[size++] = letter;
    text[size++] = exponent < 0 ? '-' : '+';
    while (count > 0)
        text[size++] = digits[--count];
    return size;
}

static void put_scientific(struct sink *sink, const struct spec *spec,
                           const char *sign, const struct decimal *d)
{
    char tail[8];
    char letter = isupper(spec->conversion) ? 'E' : 'e';
    int exponent = decimal_exponent(d);
    int place = d->point * DECIMAL_DIGITS - 1 - exponent;
    size_t tail_size = exponent_text(tail, letter, exponent, 2);
    size_t after =
        __sink_field(sink, spec, sign, pointed_size(spec, 1) + tail_size);

    put_pointed(sink, spec, d, place, 1);
    __sink_put(sink, tail, tail_size);
    __sink_repeat(sink, ' ', after);
}

/* How many of the first `most` digits from the leading one on are needed. */
static int significant_digits(const struct decimal *d, int most)
{
    int lead = __decimal_lead(d);
    int end = d->last * DECIMAL_DIGITS;

    if (lead < end && most > end - lead)
        most = end - lead;
    while (most > 1 && __decimal_digit(d, lead + most - 1) == 0)
        most--;
    return most;
}

/* %g: the shorter style, without the zeros at the end unless # is given. */
static void put_general(struct sink *sink, struct spec *spec, const char *sign,
                        struct decimal *d)
{
    int digits = spec->precision > 0 ? spec->precision : 1;

    round_after(d, __decimal_lead(d), digits);
    int exponent = decimal_exponent(d);
    bool fixed = exponent >= -4 && exponent < digits;

    if (!(spec->flags & FORMAT_ALTERNATE))
        digits = significant_digits(d, digits);
    spec->precision = fixed ? digits - 1 - exponent : digits - 1;
    if (spec->precision < 0)
        spec->precision = 0;
    if (fixed)
        put_fixed(sink, spec, sign, d);
    else
        put_scientific(sink, spec, sign, d);
}

/* One word per 16 doublings and one per 8 halvings is more than needed. */
static void put_decimal(struct sink *sink, struct spec *spec, const char *sign,
                        const struct real *value)
{
    int up = value->exponent > 0 ? value->exponent : 0;
    int down = value->exponent < 0 ? -value->exponent : 0;
    int point = MANTISSA_WORDS + (up >> 4);
    uint32_t words[point + (down >> 3) + 1];
    struct decimal d = {.words = words, .point = point};

    memset(words, 0, sizeof words);
    decimal_of_mantissa(&d, value->mantissa);
    __decimal_scale(&d, value->exponent);
    if (spec->precision < 0)
        spec->precision = 6;
    switch (tolower(spec->conversion)) {
    case 'f':
        round_after(&d, d.point * DECIMAL_DIGITS, spec->precision);
        put_fixed(sink, spec, sign, &d);
        break;
    case 'e':
        round_after(&d, __decimal_lead(&d), spec->precision + 1);
        put_scientific(sink, spec, sign, &d);
        break;
    default:
        put_general(sink, spec, sign, &d);
    }
}

/*
 * Rounds a mantissa whose top bit is set to `digits` hexadecimal digits after
 * that bit, to even. Returns the bits after the leading one, at the top; a
 * carry out of them is added to *exponent, which leaves them 0.
 */
static uint64_t round_hexadecimal(uint64_t mantissa, int digits, int *exponent)
{
    uint64_t fraction = mantissa << 1;

    if (digits >= 16)
        return fraction;
    uint64_t unit = 1ull << (64 - 4 * digits - 1) << 1;
    uint64_t rest = digits == 0 ? fraction : fraction & (unit - 1);
    uint64_t half = 1ull << 63 >> 4 * digits;
    bool odd = digits == 0 ? true : (fraction & unit) != 0;

    fraction -= rest;
    if (rest < half || (rest == half && !odd))
        return fraction;
    if (digits == 0 || (fraction += unit) == 0)
        ++*exponent;
    return fraction;
}

/* Where the leading one of a mantissa is 2^63 afterwards; 0 stays 0. */
static uint64_t normalize(const struct real *value, int *exponent)
{
    uint64_t mantissa = value->mantissa;

    *exponent = 0;
    if (mantissa == 0)
        return 0;
    *exponent = value->exponent + 63;
    for (; mantissa >> 63 == 0; mantissa <<= 1)
        --*exponent;
    return mantissa;
}

/* %a: 0x1.8p+1, the leading digit 1 unless the value is 0. */
static void put_hexadecimal(struct sink *sink, struct spec *spec,
                            const char *sign, const struct real *value)
{
    bool upper = spec->conversion == 'A';
    const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char prefix[4] = "";
    char tail[8];
    int exponent;
    uint64_t mantissa = normalize(value, &exponent);
    uint64_t fraction = mantissa << 1;

    if (spec->precision >= 0 && mantissa != 0)
        fraction = round_hexadecimal(mantissa, spec->precision, &exponent);
    if (spec->precision < 0)
        for (spec->precision = 0; fraction << 4 * spec->precision != 0;)
            if (++spec->precision == 16)
                break;
    strcpy(stpcpy(prefix, sign), upper ? "0X" : "0x");
    size_t tail_size = exponent_text(tail, upper ? 'P' : 'p', exponent, 1);
    size_t after =
        __sink_field(sink, spec, prefix, pointed_size(spec, 1) + tail_size);

    __sink_put(sink, mantissa != 0 ? "1" : "0", 1);
    if (spec->precision > 0 || (spec->flags & FORMAT_ALTERNATE))
        __sink_put(sink, ".", 1);
    for (int i = 0; i < spec->precision; i++, fraction <<= 4)
        __sink_put(sink, &alphabet[fraction >> 60], 1);
    __sink_put(sink, tail, tail_size);
    __sink_repeat(sink, ' ', after);
}

static void put_special(struct sink *sink, struct spec *spec, const char *sign,
                        enum real_kind kind)
{
    const char *lower = kind == REAL_NAN ? "nan" : "inf";
    const char *upper = kind == REAL_NAN ? "NAN" : "INF";

    spec->flags &= ~(unsigned)FORMAT_ZERO;
    size_t after = __sink_field(sink, spec, sign, 3);

    __sink_put(sink, isupper(spec->conversion) ? upper : lower, 3);
    __sink_repeat(sink, ' ', after);
}

void __format_float(struct sink *sink, struct spec *spec, va_list *args)
{
    struct real value = spec->length == 'L'
                            ? real_of_long_double(va_arg(*args, long double))
                            : real_of_double(va_arg(*args, double));
    const char *sign = __format_sign(spec, value.negative);

    if (value.kind != REAL_FINITE)
        put_special(sink, spec, sign, value.kind);
    else if (tolower(spec->conversion) == 'a')
        put_hexadecimal(sink, spec, sign, &value);
    else
        put_decimal(sink, spec, sign, &value);
}
