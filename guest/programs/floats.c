/*
 * floats.c - floating point: arithmetic, conversion, printing.
 *
 * The answers are the same whether intermediate results have 53 bits or the
 * x87's 64, since what is printed is exact or has few digits.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double harmonic(int n)
{
    double sum = 0;

    for (int i = n; i > 0; i--)
        sum += 1.0 / i;
    return sum;
}

/* Newton's method, for a root without the library. */
static double cube_root(double x)
{
    double guess = x;

    for (int i = 0; i < 60; i++)
        guess -= (guess * guess * guess - x) / (3 * guess * guess);
    return guess;
}

static float polynomial(float x)
{
    static const float factor[] = {1.5f, -2.25f, 0.5f, 3.0f};
    float y = 0;

    for (int i = 0; i < 4; i++)
        y = y * x + factor[i];
    return y;
}

static void print_styles(double x)
{
    printf("%f %.3e %g %.0f %+.2f|%10.3f|%-10.2f|%010.1f\n", x, x, x, x, x, x,
           x, x);
}

int main(void)
{
    volatile double zero = 0;

    printf("harmonic(1000) = %.9f\n", harmonic(1000));
    printf("cube root of 2 = %.9f\n", cube_root(2));
    printf("polynomial = %.4f\n", (double)polynomial(1.25f));
    printf("sqrt(2) = %.9f, floor = %g, ceil = %g, fmod = %g\n", sqrt(2),
           floor(-2.5), ceil(-2.5), fmod(7.5, 2));
    print_styles(0);
    print_styles(1);
    print_styles(-1234.5);
    print_styles(6.02214076e23);
    print_styles(2.5e-7);
    printf("%.20f\n%.30g\n", 0.1, 5e-324);
    printf("%g %g %g\n", 1 / zero, -1 / zero, strtod("-0", NULL));
    printf("%a %.2a %A\n", 1.0 / 3, 1.3, -0.0);
    printf("%.17g %.17g\n", strtod("0.1", NULL), strtod("1e23", NULL));
    printf("%d %d %u\n", (int)-3.99, (int)(float)1e9, (unsigned)3e9);
    printf("%lld %.1f\n", (long long)-1e15, (double)(1ull << 63));
    return 0;
}
