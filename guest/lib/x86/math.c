/*
 * math.c - what the x87 computes, and logarithms.
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

static long double log2_e(void)
{
    long double r;

    __asm__("fldl2e" : "=t"(r));
    return r;
}

/*
 * log2(m) for m around 1: 2 (s + s^3/3 + ...) / ln 2, s = (m - 1) / (m + 1).
 * Not by fyl2x, which Unicorn 2.0.1 computes to 53 bits, too few for pow.
 */
static long double log2_near_1(long double m)
{
    long double s = (m - 1) / (m + 1);
    long double square = s * s;
    long double sum = 0;

    for (int n = 25; n >= 1; n -= 2)
        sum = sum * square + 2.0L / n;
    return sum * s * log2_e();
}

/* y * log2(x), for x > 0 that is finite. Exact if x is a power of 2. */
static long double y_log2_x(long double y, double x)
{
    int k;
    double m = frexp(x, &k);

    if (m < M_SQRT1_2) {
        m *= 2;
        k--;
    }
    return y * k + y * log2_near_1(m);
}

/* The logarithm of anything, for the base that the factor stands for. */
static double log_of(double x, long double factor)
{
    if (isnan(x) || (isinf(x) && x > 0))
        return x;
    if (x == 0)
        return -HUGE_VAL;
    if (x < 0)
        return (x - x) / (x - x);
    return rounded(y_log2_x(factor, x));
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
    return log_of(x, ln_2());
}

double log2(double x)
{
    return log_of(x, 1);
}

double log10(double x)
{
    return log_of(x, log10_2());
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
