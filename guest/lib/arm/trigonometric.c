/*
 * trigonometric.c - sines and tangents and their inverses for a processor that
 * only adds, multiplies and divides.
 *
 * Angles are reduced by angle.c to a quarter of pi around 0, where Taylor's
 * series take eight terms. Arc tangents are reduced by those of the nearest
 * eighth, which are in a table.
 */
#include "../angle.h"
#include "twofold.h"

#include <math.h>
#include <stdbool.h>

static const struct twofold half_pi = {0x1.921fb54442d18p+0,
                                       0x1.1a62633145c07p-54};

/* The arc tangents of 0/8 to 8/8. */
static const struct twofold arc_tangents[] = {
    {0, 0},
    {0x1.fd5ba9aac2f6ep-4, -0x1.cd37686760c17p-59},
    {0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57},
    {0x1.6f61941e4def1p-2, -0x1.c63aae6f6e918p-56},
    {0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56},
    {0x1.1e00babdefeb4p-1, -0x1.928df287a668fp-58},
    {0x1.4978fa3269ee1p-1, 0x1.2419a87f2a458p-56},
    {0x1.700a7c5784634p-1, -0x1.8c34d25aadef6p-56},
    {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55},
};

static double sine(struct angle a)
{
    double square = a.high * a.high;
    double sum = 0;

    for (int n = 18; n >= 2; n -= 2)
        sum = (sum + 1) * -square / (n * (n + 1));
    return a.high + (a.high * sum + a.low * (1 - square / 2));
}

static double cosine(struct angle a)
{
    double square = a.high * a.high;
    double half = square / 2;
    double start = 1 - half;
    double sum = 0;

    for (int n = 18; n >= 4; n -= 2)
        sum = (sum + 1) * -square / (n * (n - 1));
    return start + ((1 - start - half) - half * sum - a.high * a.low);
}

/* The sine `more` quadrants further on. */
static double sine_of(double x, unsigned more)
{
    struct angle rest;
    unsigned quadrants = __angle_reduce(x, &rest) + more;
    double r = quadrants & 1 ? cosine(rest) : sine(rest);

    return quadrants & 2 ? -r : r;
}

double sin(double x)
{
    return x == 0 ? x : sine_of(x, 0);
}

double cos(double x)
{
    return sine_of(x, 1);
}

double tan(double x)
{
    return x == 0 ? x : sine_of(x, 0) / sine_of(x, 1);
}

/* The arc tangent of a ratio in [0, 1]. */
static struct twofold arc_tangent(double x)
{
    int eighths = (int)(x * 8 + 0.5);
    double near = eighths / 8.0;
    double t = (x - near) / (1 + x * near);
    double square = t * t;
    double sum = 0;

    for (int n = 17; n >= 3; n -= 2)
        sum = (1.0 / n - sum) * square;
    struct twofold r = twofold_fast_sum(arc_tangents[eighths].high, t);

    r.low += arc_tangents[eighths].low - t * sum;
    return twofold_fast_sum(r.high, r.low);
}

/* The angle of the direction (x, y), both at least 0 and not both 0. */
static struct twofold direction(double y, double x)
{
    if (y <= x)
        return arc_tangent(isinf(x) ? isinf(y) : y / x);
    struct twofold a = arc_tangent(isinf(y) ? 0 : x / y);

    return twofold_add(half_pi, (struct twofold){-a.high, -a.low});
}

double atan2(double y, double x)
{
    struct twofold a = {0, 0};

    if (isnan(x) || isnan(y))
        return x + y;
    if (x != 0 || y != 0)
        a = direction(fabs(y), fabs(x));
    if (signbit(x))
        a = twofold_add((struct twofold){2 * half_pi.high, 2 * half_pi.low},
                        (struct twofold){-a.high, -a.low});
    return copysign(a.high + a.low, y);
}

double atan(double x)
{
    return atan2(x, 1);
}

double asin(double x)
{
    return x == 0 ? x : atan2(x, sqrt((1 - x) * (1 + x)));
}

double acos(double x)
{
    return atan2(sqrt((1 - x) * (1 + x)), x);
}
