/*
 * angle.c - reduction of angles, in integers.
 *
 * x is mantissa * 2^exponent and two_over_pi holds that number's bits. Of
 * their product only what is below 4 matters, so the multiplication starts at
 * the bit that is worth 2 at most, as Payne and Hanek showed, and goes on for
 * 192 bits: the nearest that a double comes to a whole quadrant is about
 * 2^-62, which leaves 75 good bits.
 *
 *      product   | 2 bits: quadrants | 190 bits: fraction of a quadrant |
 */
#include "angle.h"
#include "real.h"

#include <float.h>
#include <math.h>

#define WINDOW_WORDS  6
#define LEADING_ZEROS 64

/* Two words of zeros before the point, then the fraction's bits. */
static const uint32_t two_over_pi[] = {
    0,          0,          0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
    0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0,
    0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b,
    0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7,
    0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea,
    0x6bfb5fb1, 0x1f8d5d08, 0x56033046,
};

/* Half of pi, in two pieces. */
#if LDBL_MANT_DIG == 64
#define HALF_PI_HIGH 0xc90fdaa22168c235p-63L
#define HALF_PI_LOW  -0x1.d9cceba3f91f2p-66L
#else
#define HALF_PI_HIGH 0x1.921fb54442d18p+0L
#define HALF_PI_LOW  0x1.1a62633145c07p-54L
#endif

/* 32 bits that begin at bit `at` of two_over_pi. */
static uint32_t bits_at(unsigned at)
{
    const uint32_t *word = two_over_pi + at / 32;

    return at % 32 == 0 ? *word
                        : word[0] << at % 32 | word[1] >> (32 - at % 32);
}

/* product[0..5], most significant first, = mantissa * window, modulo 2^192. */
static void multiply(uint32_t *product, uint64_t mantissa, unsigned at)
{
    uint32_t low = (uint32_t)mantissa;
    uint32_t high = (uint32_t)(mantissa >> 32);
    uint64_t carry = 0;
    uint32_t below = 0;

    for (int i = WINDOW_WORDS - 1; i >= 0; i--) {
        uint32_t word = bits_at(at + 32 * (unsigned)i);
        uint64_t sum = (uint64_t)word * low + (uint32_t)carry;
        uint64_t more = (uint64_t)below * high + (uint32_t)sum;

        product[i] = (uint32_t)more;
        carry = (carry >> 32) + (sum >> 32) + (more >> 32);
        below = word;
    }
}

static void negate(uint32_t *product)
{
    uint32_t carry = 1;

    for (int i = WINDOW_WORDS - 1; i >= 0; i--) {
        product[i] = ~product[i] + carry;
        carry &= product[i] == 0;
    }
}

static void shift_left(uint32_t *product)
{
    for (int i = 0; i < WINDOW_WORDS - 1; i++)
        product[i] = product[i] << 1 | product[i + 1] >> 31;
    product[WINDOW_WORDS - 1] <<= 1;
}

/* The first LDBL_MANT_DIG bits, as a fraction of 1. */
static long double take_bits(uint32_t *product)
{
    uint64_t bits = (uint64_t)product[0] << 32 | product[1];

    bits >>= 64 - LDBL_MANT_DIG;
    for (int i = 0; i < LDBL_MANT_DIG; i++)
        shift_left(product);
    return (long double)bits / 2 / (1ull << (LDBL_MANT_DIG - 1));
}

/* fraction * 2^exponent of a quadrant, in radians. */
static struct angle radians(uint32_t *fraction, int exponent)
{
    long double scale = 1;

    for (; exponent < 0; exponent++)
        scale /= 2;
    long double high = take_bits(fraction) * scale;
    long double low = take_bits(fraction) * scale * (LDBL_EPSILON / 2);
    long double product = high * HALF_PI_HIGH;

    /* The product's own error, from halves whose products are exact. */
    const long double cut = (1ull << (LDBL_MANT_DIG + 1) / 2) + 1;
    long double a = high * cut - (high * cut - high);
    long double b = HALF_PI_HIGH * cut - (HALF_PI_HIGH * cut - HALF_PI_HIGH);
    long double error = a * b - product + a * (HALF_PI_HIGH - b) +
                        (high - a) * b + (high - a) * (HALF_PI_HIGH - b);
    long double rest = error + high * HALF_PI_LOW + low * HALF_PI_HIGH;
    long double sum = product + rest;

    return (struct angle){sum, rest - (sum - product)};
}

unsigned __angle_reduce(double x, struct angle *rest)
{
    struct real r = real_of_double(x);
    uint32_t product[WINDOW_WORDS];
    int exponent = 0;

    *rest = (struct angle){x, 0};
    if (fabs(x) <= 0.78539816339744828)
        return 0;
    if (r.kind != REAL_FINITE) {
        rest->high = x - x;
        return 0;
    }
    multiply(product, r.mantissa, (unsigned)(r.exponent + LEADING_ZEROS - 2));
    unsigned quadrants = product[0] >> 30;
    bool negative = product[0] >> 29 & 1;

    if (negative) {
        negate(product);
        quadrants++;
    }
    shift_left(product);
    shift_left(product);
    for (; product[0] >> 31 == 0; exponent--)
        shift_left(product);
    *rest = radians(product, exponent);
    if (negative != r.negative) {
        rest->high = -rest->high;
        rest->low = -rest->low;
    }
    return (r.negative ? 0 - quadrants : quadrants) & 3;
}
