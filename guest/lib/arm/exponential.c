/*
 * exponential.c - exp, log and pow for a processor that only adds, multiplies
 * and divides.
 *
 * Both directions go through powers of two: exp(x) = 2^k exp(r) with |r| at
 * most half of ln 2, log(2^k m) = k ln 2 + log(m) with m around 1, where the
 * series of exp and of the area tangent converge fast. Logarithms carry twice
 * the bits of a double, because pow multiplies their error by as much as 700.
 */
#include "../pow.h"
#include "twofold.h"

#include <math.h>

static const struct twofold ln_2 = {0x1.62e42fefa39efp-1,
                                    0x1.abc9e3b39803fp-56};
static const struct twofold one_over_ln_2 = {0x1.71547652b82fep+0,
                                             0x1.777d0ffda0d24p-56};
static const struct twofold one_over_ln_10 = {0x1.bcb7b1526e50ep-2,
                                              0x1.95355baaafad3p-57};
static const struct twofold third = {0x1.5555555555555p-2,
                                     0x1.5555555555555p-56};

/* ln 2 again, its first part short enough to be multiplied by 2000 exactly. */
#define LN_2_SHORT 0x1.62e42fee00000p-1
#define LN_2_REST  0x1.a39ef35793c76p-33

/* exp(r) - 1 - r by Taylor's series, |r| <= 0.35. */
static double exp_tail(double r)
{
    double sum = 0;

    for (int n = 14; n >= 2; n--)
        sum = (sum + 1) * r / n;
    return sum * r;
}

static double exp_twofold(struct twofold x)
{
    if (!(x.high < 710))
        return x.high > 0 ? INFINITY : x.high;
    if (x.high < -746)
        return 0;
    double k = rint(x.high * one_over_ln_2.high);
    double high = x.high - k * LN_2_SHORT;
    double low = x.low - k * LN_2_REST;
    struct twofold sum = twofold_fast_sum(1, high);

    return scalbn(sum.high + (sum.low + (exp_tail(high + low) + low)), (int)k);
}

/* 2 (s^5/5 + s^7/7 + ...), |s| <= 0.172. */
static double log_tail(double s)
{
    double square = s * s;
    double sum = 0;

    for (int n = 23; n >= 5; n -= 2)
        sum = sum * square + 2.0 / n;
    return sum * square * square * s;
}

/* log(m) = 2 (s + s^3/3 + ...), s = (m - 1) / (m + 1). */
static struct twofold log_near_1(double m)
{
    double over = m - 1; /* exact, as m lies between 1/2 and 2 */
    struct twofold under = twofold_sum(m, 1);
    double quotient = over / under.high;
    struct twofold back = twofold_product(quotient, under.high);
    double rest = (over - back.high) - back.low - quotient * under.low;
    struct twofold s = twofold_fast_sum(quotient, rest / under.high);
    struct twofold cube = twofold_multiply(twofold_multiply(s, s), s);
    struct twofold sum = twofold_add(s, twofold_multiply(cube, third));

    return twofold_add((struct twofold){2 * sum.high, 2 * sum.low},
                       (struct twofold){log_tail(s.high), 0});
}

/* For finite x > 0. */
static struct twofold log_twofold(double x)
{
    int k;
    double m = frexp(x, &k);

    if (m < M_SQRT1_2) {
        m *= 2;
        k--;
    }
    struct twofold whole = {k, 0};

    return twofold_add(twofold_multiply(whole, ln_2), log_near_1(m));
}

/* The logarithm of anything, for the base that the factor stands for. */
static double log_of(double x, struct twofold factor)
{
    if (isnan(x) || (isinf(x) && x > 0))
        return x;
    if (x == 0)
        return -HUGE_VAL;
    if (x < 0)
        return (x - x) / (x - x);
    struct twofold r = twofold_multiply(log_twofold(x), factor);

    return r.high + r.low;
}

double exp(double x)
{
    return exp_twofold((struct twofold){x, 0});
}

double exp2(double x)
{
    return pow(2, x);
}

double log(double x)
{
    return log_of(x, (struct twofold){1, 0});
}

double log2(double x)
{
    return log_of(x, one_over_ln_2);
}

double log10(double x)
{
    return log_of(x, one_over_ln_10);
}

/* The limits keep the product far from overflow; beyond, all is decided. */
double __pow_positive(double x, double y)
{
    if (x == 1 || fabs(y) < 0x1p-70)
        return 1;
    if (fabs(y) > 0x1p70)
        return (x > 1) == (y > 0) ? INFINITY : 0;
    return exp_twofold(
        twofold_multiply(log_twofold(x), (struct twofold){y, 0}));
}
