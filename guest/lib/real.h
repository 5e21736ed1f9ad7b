/*
 * real.h - floating point numbers taken apart, without floating arithmetic.
 *
 * A finite value is mantissa * 2^exponent. Layouts: IEEE 754 binary64 and,
 * for i386's long double, the x87's 80 bits with an explicit leading one.
 */
#ifndef GUEST_LIB_REAL_H
#define GUEST_LIB_REAL_H

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum real_kind {
    REAL_FINITE,
    REAL_INFINITE,
    REAL_NAN,
};

struct real {
    enum real_kind kind;
    bool negative;
    uint64_t mantissa;
    int exponent;
};

static inline struct real real_of_double(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    int biased = (int)(bits >> 52) & 0x7ff;
    uint64_t fraction = bits & 0xfffffffffffff;
    struct real r = {.negative = bits >> 63, .mantissa = fraction};

    if (biased == 0x7ff)
        r.kind = fraction != 0 ? REAL_NAN : REAL_INFINITE;
    else if (biased > 0)
        r.mantissa |= 1ull << 52;
    r.exponent = (biased > 0 ? biased : 1) - 1075;
    return r;
}

#if LDBL_MANT_DIG == 64

struct x87_bits {
    uint64_t mantissa;
    uint16_t head; /* sign, 15 bits of exponent */
};

static inline struct real real_of_long_double(long double value)
{
    struct x87_bits bits;

    memcpy(&bits, &value, 10);
    int biased = bits.head & 0x7fff;
    struct real r = {.negative = bits.head >> 15, .mantissa = bits.mantissa};

    if (biased == 0x7fff)
        r.kind = bits.mantissa << 1 != 0 ? REAL_NAN : REAL_INFINITE;
    r.exponent = (biased > 0 ? biased : 1) - 16446;
    return r;
}

#else

static inline struct real real_of_long_double(long double value)
{
    return real_of_double(value);
}

#endif

/* What of a value lies below the last bit of its mantissa. */
enum real_tail {
    REAL_TAIL_NONE,
    REAL_TAIL_BELOW_HALF,
    REAL_TAIL_HALF,
    REAL_TAIL_ABOVE_HALF,
};

/* A format: bits of its mantissa, its least and greatest exponent. */
struct real_format {
    int bits;
    int least;
    int greatest;
};

extern const struct real_format __real_float;
extern const struct real_format __real_double;
extern const struct real_format __real_long_double;

/*
 * Rounds to even into a format: the mantissa has its bits, or fewer at the
 * least exponent. Too large a value becomes infinite. *inexact says whether
 * anything was lost.
 */
struct real __real_round(struct real r, enum real_tail tail,
                         const struct real_format *format, bool *inexact);

/* These take what __real_round gave for their format. */
float __real_to_float(struct real r);
double __real_to_double(struct real r);
long double __real_to_long_double(struct real r);

#endif /* GUEST_LIB_REAL_H */
