/* pow.c - the special cases of pow; the rest is the instruction set's. */
#include "pow.h"

#include <math.h>
#include <stdbool.h>

static double power_of_limit(double x, double y, bool odd)
{
    double r = (x == 0) == (y > 0) ? 0 : INFINITY;

    return odd ? copysign(r, x) : r;
}

static double power_to_infinity(double x, double y)
{
    if (fabs(x) == 1)
        return 1;
    return (fabs(x) > 1) == (y > 0) ? INFINITY : 0;
}

double pow(double x, double y)
{
    bool whole = trunc(y) == y;
    bool odd = whole && fabs(fmod(y, 2)) == 1;

    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y))
        return x + y;
    if (isinf(y))
        return power_to_infinity(x, y);
    if (x == 0 || isinf(x))
        return power_of_limit(x, y, odd);
    if (x < 0 && !whole)
        return (x - x) / (x - x);
    double r = __pow_positive(fabs(x), y);

    return x < 0 && odd ? -r : r;
}
