/* real.c - rounding into a floating point format, and putting together. */
#include "real.h"

const struct real_format __real_float = {24, -149, 104};
const struct real_format __real_double = {53, -1074, 971};

#if LDBL_MANT_DIG == 64
const struct real_format __real_long_double = {64, -16445, 16320};
#else
const struct real_format __real_long_double = {53, -1074, 971};
#endif

/* How many bits must go: below the last bit that the format keeps. */
static int bits_too_many(const struct real *r, const struct real_format *format)
{
    int excess = 64 - __builtin_clzll(r->mantissa) - format->bits;
    int below = format->least - r->exponent;

    return excess > below ? excess : below;
}

/* What the lowest `count` bits, followed by tail, amount to. */
static enum real_tail tail_of(uint64_t mantissa, int count, enum real_tail tail)
{
    if (count > 64)
        return REAL_TAIL_BELOW_HALF;
    uint64_t half = 1ull << (count - 1);
    uint64_t low = mantissa & (half | (half - 1));

    if (low == half)
        return tail == REAL_TAIL_NONE ? REAL_TAIL_HALF : REAL_TAIL_ABOVE_HALF;
    if (low > half)
        return REAL_TAIL_ABOVE_HALF;
    return low == 0 && tail == REAL_TAIL_NONE ? REAL_TAIL_NONE
                                              : REAL_TAIL_BELOW_HALF;
}

/* Adds one to the last bit; a carry out of the mantissa moves the exponent. */
static void round_up(struct real *r, const struct real_format *format)
{
    r->mantissa++;
    if (r->mantissa == 0 || r->mantissa >> (format->bits - 1) > 1) {
        r->mantissa = 1ull << (format->bits - 1);
        r->exponent++;
    }
}

/* A mantissa that is too short for its exponent gets zeros at its end. */
static void fill(struct real *r, const struct real_format *format)
{
    int room = format->bits - (64 - __builtin_clzll(r->mantissa));
    int above = r->exponent - format->least;
    int shift = room < above ? room : above;

    r->mantissa <<= shift;
    r->exponent -= shift;
}

struct real __real_round(struct real r, enum real_tail tail,
                         const struct real_format *format, bool *inexact)
{
    *inexact = tail != REAL_TAIL_NONE;
    if (r.kind != REAL_FINITE || r.mantissa == 0)
        return r;
    int drop = bits_too_many(&r, format);

    if (drop > 0) {
        tail = tail_of(r.mantissa, drop, tail);
        r.mantissa = drop < 64 ? r.mantissa >> drop : 0;
        r.exponent += drop;
    } else if (drop < 0) {
        fill(&r, format);
    }
    *inexact = tail != REAL_TAIL_NONE;
    if (tail == REAL_TAIL_ABOVE_HALF ||
        (tail == REAL_TAIL_HALF && (r.mantissa & 1)))
        round_up(&r, format);
    if (r.exponent > format->greatest)
        r.kind = REAL_INFINITE;
    return r;
}

/* Biased exponent and fraction for a format without an explicit leading one. */
static uint64_t packed(const struct real *r, const struct real_format *format)
{
    uint64_t one = 1ull << (format->bits - 1);
    uint64_t top = (uint64_t)(format->greatest - format->least + 2) * one;

    if (r->kind == REAL_INFINITE)
        return top;
    if (r->kind == REAL_NAN)
        return top + one / 2;
    if (r->mantissa < one)
        return r->mantissa;
    return (uint64_t)(r->exponent - format->least) * one + r->mantissa;
}

float __real_to_float(struct real r)
{
    uint32_t bits = (uint32_t)packed(&r, &__real_float);
    float value;

    bits |= (uint32_t)r.negative << 31;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double __real_to_double(struct real r)
{
    uint64_t bits = packed(&r, &__real_double) | (uint64_t)r.negative << 63;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

#if LDBL_MANT_DIG == 64

long double __real_to_long_double(struct real r)
{
    struct x87_bits bits = {r.mantissa, 0};
    long double value = 0;

    if (r.kind != REAL_FINITE)
        bits = (struct x87_bits){r.kind == REAL_NAN ? 3ull << 62 : 1ull << 63,
                                 0x7fff};
    else if (r.mantissa >> 63)
        bits.head = (uint16_t)(r.exponent + 16446);
    bits.head |= (uint16_t)(r.negative << 15);
    memcpy(&value, &bits, 10);
    return value;
}

#else

long double __real_to_long_double(struct real r)
{
    return __real_to_double(r);
}

#endif
