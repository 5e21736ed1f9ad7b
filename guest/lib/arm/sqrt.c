/* sqrt.c - what the VFP computes; without one, the same in integers. */
#include "../real.h"

#include <math.h>

#if __ARM_FP & 8

double sqrt(double x)
{
    __asm__("vsqrt.f64 %P0, %P1" : "=w"(x) : "w"(x));
    return x;
}

#else

/*
 * With an even exponent the root of the mantissa is the root's mantissa: two
 * bits in, one bit out, until there are 55; the rest decides the rounding.
 */
double sqrt(double x)
{
    struct real r = real_of_double(x);
    uint64_t root = 0;
    uint64_t rest = 0;
    bool inexact;

    if (x == 0 || r.kind == REAL_NAN || (r.kind != REAL_FINITE && x > 0))
        return x;
    if (r.negative)
        return (x - x) / (x - x);
    int shift = __builtin_clzll(r.mantissa);

    shift -= (r.exponent - shift) & 1;
    r.mantissa <<= shift;
    r.exponent -= shift;
    for (int i = 0; i < 55; i++) {
        rest = rest << 2 | r.mantissa >> 62;
        r.mantissa <<= 2;
        root <<= 1;
        if (rest > root << 1) {
            rest -= root << 1 | 1;
            root |= 1;
        }
    }
    r.mantissa = root;
    r.exponent = (r.exponent - 46) / 2;
    return __real_to_double(
        __real_round(r, rest != 0 ? REAL_TAIL_BELOW_HALF : REAL_TAIL_NONE,
                     &__real_double, &inexact));
}

#endif
