/*
 * math.c - what the x87 computes.
 *
 * The results have 64 bits and are rounded once to double by a store: left in
 * a register they would keep their excess, and (int)pow(10, 2) could be 99.
 */
#include "../angle.h"
#include "../pow.h"

#include <math.h>

static double rounded(long double x)
{
    volatile double y = (double)x;

    return y;
}

double sqrt(double x)
{
    long double y = x;

    __asm__("fsqrt" : "+t"(y));
    return rounded(y);
}

/* y * log2(x), for x > 0. */
static long double y_log2_x(long double y, long double x)
{
    long double r;

    __asm__("fyl2x" : "=t"(r) : "0"(x), "u"(y) : "st(1)");
    return r;
}

/* 2^x, for an x that is finite. */
static long double power_of_two(long double x)
{
    long double whole = x;
    long double r;

    __asm__("frndint" : "+t"(whole));
    r = x - whole;
    __asm__("f2xm1" : "+t"(r));
    r += 1;
    __asm__("fscale" : "+t"(r) : "u"(whole));
    return r;
}

static long double log2_e(void)
{
    long double r;

    __asm__("fldl2e" : "=t"(r));
    return r;
}

static long double log10_2(void)
{
    long double r;

    __asm__("fldlg2" : "=t"(r));
    return r;
}

static long double ln_2(void)
{
    long double r;

    __asm__("fldln2" : "=t"(r));
    return r;
}

double exp(double x)
{
    if (isinf(x))
        return x > 0 ? x : 0;
    return rounded(power_of_two(x * log2_e()));
}

double exp2(double x)
{
    if (isinf(x))
        return x > 0 ? x : 0;
    return rounded(power_of_two(x));
}

double log(double x)
{
    return rounded(y_log2_x(ln_2(), x));
}

double log2(double x)
{
    return rounded(y_log2_x(1, x));
}

double log10(double x)
{
    return rounded(y_log2_x(log10_2(), x));
}

/* Small whole exponents by multiplication, which is exact where it can be. */
static long double whole_power(long double x, unsigned n)
{
    long double r = 1;

    for (; n > 0; n >>= 1, x *= x)
        if (n & 1)
            r *= x;
    return r;
}

double __pow_positive(double x, double y)
{
    if (fabs(y) <= 64 && y == trunc(y)) {
        long double r = whole_power(x, (unsigned)fabs(y));

        return rounded(y < 0 ? 1 / r : r);
    }
    long double exponent = y_log2_x(y, x);

    if (exponent > 20000)
        return INFINITY;
    if (exponent < -20000)
        return 0;
    return rounded(power_of_two(exponent));
}

/*
 * The instructions subtract multiples of a pi of 66 bits, so near its true
 * multiples they are wrong: they only see angles that need no reduction.
 */
static long double sine(struct angle a)
{
    __asm__("fsin" : "+t"(a.high));
    return a.high + a.low;
}

static long double cosine(struct angle a)
{
    long double r = a.high;

    __asm__("fcos" : "+t"(r));
    return r - a.high * a.low;
}

/* The sine `more` quadrants further on. */
static long double sine_of(double x, unsigned more)
{
    struct angle rest;
    unsigned quadrants = __angle_reduce(x, &rest) + more;
    long double r = quadrants & 1 ? cosine(rest) : sine(rest);

    return quadrants & 2 ? -r : r;
}

double sin(double x)
{
    return x == 0 ? x : rounded(sine_of(x, 0));
}

double cos(double x)
{
    return rounded(sine_of(x, 1));
}

double tan(double x)
{
    return x == 0 ? x : rounded(sine_of(x, 0) / sine_of(x, 1));
}

static long double arc_tangent(long double y, long double x)
{
    long double r;

    __asm__("fpatan" : "=t"(r) : "0"(x), "u"(y) : "st(1)");
    return r;
}

static long double square_root(long double x)
{
    __asm__("fsqrt" : "+t"(x));
    return x;
}

double atan(double x)
{
    return rounded(arc_tangent(x, 1));
}

double atan2(double y, double x)
{
    return rounded(arc_tangent(y, x));
}

double asin(double x)
{
    long double w = x;

    return rounded(arc_tangent(w, square_root((1 - w) * (1 + w))));
}

double acos(double x)
{
    long double w = x;

    return rounded(arc_tangent(square_root((1 - w) * (1 + w)), w));
}
