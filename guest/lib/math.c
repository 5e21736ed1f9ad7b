/*
 * math.c - the part of <math.h> that is exact, by bits and integers, the same
 * on every machine.
 */
#include "real.h"

#include <math.h>

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double of_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

#define SIGN (1ull << 63)

double fabs(double x)
{
    return of_bits(bits_of(x) & ~SIGN);
}

double copysign(double x, double y)
{
    return of_bits((bits_of(x) & ~SIGN) | (bits_of(y) & SIGN));
}

double trunc(double x)
{
    uint64_t bits = bits_of(x);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;

    if (exponent >= 52)
        return x;
    if (exponent < 0)
        return of_bits(bits & SIGN);
    return of_bits(bits & ~(0xfffffffffffffull >> exponent));
}

double floor(double x)
{
    double t = trunc(x);

    return t > x ? t - 1 : t;
}

double ceil(double x)
{
    double t = trunc(x);

    return t < x ? copysign(t + 1, x) : t;
}

/* Halves go away from zero. */
double round(double x)
{
    double t = trunc(x);

    return fabs(x - t) >= 0.5 ? t + copysign(1, x) : t;
}

/*
 * Halves go to even: adding a number whose last bit is worth 1 rounds there.
 * It is that of the widest format, in which the machine may compute.
 */
double rint(double x)
{
    const volatile long double big = 1 / LDBL_EPSILON;
    volatile long double sum = fabs(x);

    if (!(sum < 1 / DBL_EPSILON))
        return x;
    sum += big;
    return copysign((double)(sum - big), x);
}

double nearbyint(double x)
{
    return rint(x);
}

long lround(double x)
{
    return (long)round(x);
}

long lrint(double x)
{
    return (long)rint(x);
}

long long llround(double x)
{
    return (long long)round(x);
}

long long llrint(double x)
{
    return (long long)rint(x);
}

double modf(double x, double *whole)
{
    *whole = trunc(x);
    return isinf(x) ? copysign(0, x) : copysign(x - *whole, x);
}

/* Moves the mantissa's leading one to bit 63. */
static struct real normalized(double x)
{
    struct real r = real_of_double(x);

    if (r.kind == REAL_FINITE && r.mantissa != 0) {
        int shift = __builtin_clzll(r.mantissa);

        r.mantissa <<= shift;
        r.exponent -= shift;
    }
    return r;
}

static double rounded(struct real r)
{
    bool inexact;

    return __real_to_double(
        __real_round(r, REAL_TAIL_NONE, &__real_double, &inexact));
}

double scalbn(double x, int exponent)
{
    struct real r = real_of_double(x);

    if (exponent > 5000)
        exponent = 5000;
    if (exponent < -5000)
        exponent = -5000;
    r.exponent += exponent;
    return r.kind == REAL_FINITE ? rounded(r) : x;
}

double ldexp(double x, int exponent)
{
    return scalbn(x, exponent);
}

double frexp(double x, int *exponent)
{
    struct real r = normalized(x);

    *exponent = 0;
    if (r.kind != REAL_FINITE || r.mantissa == 0)
        return x;
    *exponent = r.exponent + 64;
    r.exponent = -64;
    return rounded(r);
}

/* Division with rest, one bit of the quotient at a time. */
double fmod(double x, double y)
{
    struct real a = normalized(x);
    struct real b = normalized(y);

    if (a.kind != REAL_FINITE || b.kind == REAL_NAN || y == 0)
        return (x * y) / (x * y);
    if (b.kind == REAL_INFINITE || fabs(x) < fabs(y))
        return x;
    uint64_t rest = a.mantissa >> 1;
    uint64_t by = b.mantissa >> 1;

    rest = rest >= by ? rest - by : rest;
    for (int n = a.exponent - b.exponent; n > 0; n--) {
        rest <<= 1;
        rest = rest >= by ? rest - by : rest;
    }
    a.mantissa = rest;
    a.exponent = b.exponent + 1;
    return rounded(a);
}

/* As fmod, but by the nearest whole quotient; by the even one of two. */
double remainder(double x, double y)
{
    double a = fabs(x);
    double b = fabs(y);
    double r = fmod(a, b);

    if (isnan(r) || isinf(b))
        return isnan(r) ? r : x;
    bool odd = (b > DBL_MAX / 2 ? a : fmod(a, 2 * b)) >= b;
    double rest = b - r;

    if (r > rest || (r == rest && odd))
        r -= b;
    return signbit(x) ? -r : r;
}

double fdim(double x, double y)
{
    if (isnan(x) || isnan(y))
        return x + y;
    return x > y ? x - y : 0;
}

double fmin(double x, double y)
{
    if (isnan(x))
        return y;
    return x > y ? y : x;
}

double fmax(double x, double y)
{
    if (isnan(x))
        return y;
    return x < y ? y : x;
}

/* Scaled by the larger, so that no square overflows. */
double hypot(double x, double y)
{
    double a = fmax(fabs(x), fabs(y));
    double b = fmin(fabs(x), fabs(y));

    if (isinf(x) || isinf(y))
        return INFINITY;
    if (isnan(x) || isnan(y) || a == 0)
        return fabs(x) + fabs(y);
    return a * sqrt(1 + b / a * (b / a));
}

/* A guess by pow, and a step of Newton's method. */
double cbrt(double x)
{
    int exponent;

    if (x == 0 || !isfinite(x))
        return x;
    double m = frexp(fabs(x), &exponent);

    for (; exponent % 3 != 0; exponent++)
        m /= 2;
    double guess = pow(m, 1.0 / 3);

    guess -= (guess - m / (guess * guess)) / 3;
    return copysign(ldexp(guess, exponent / 3), x);
}

/* By Taylor's series near 0, where the difference of exponentials cancels. */
static double sinh_near_0(double x)
{
    double square = x * x;
    double sum = 0;

    for (int n = 20; n >= 2; n -= 2)
        sum = (sum + 1) * square / (n * (n + 1));
    return x + x * sum;
}

/* exp(x) / 2 for x >= 0, which may fit where exp(x) does not. */
static double half_exp(double x)
{
    if (x < 700)
        return exp(x) / 2;
    double root = exp(x / 2);

    return root / 2 * root;
}

double sinh(double x)
{
    if (fabs(x) < 1)
        return x == 0 ? x : sinh_near_0(x);
    double e = half_exp(fabs(x));

    return copysign(e - 0.25 / e, x);
}

double cosh(double x)
{
    double e = half_exp(fabs(x));

    return e + 0.25 / e;
}

double tanh(double x)
{
    if (fabs(x) < 1)
        return x == 0 ? x : sinh_near_0(x) / cosh(x);
    return copysign(1 - 2 / (exp(2 * fabs(x)) + 1), x);
}
