/*
 * edges.c - functions of real numbers where they are infinite, undefined or
 * exact.
 */
#include <math.h>
#include <stdio.h>

/* A NaN's sign means nothing. */
static void print(double x)
{
    if (isnan(x))
        printf(" nan");
    else
        printf(" %.9g", x);
}

static void print_all(const char *name, double f(double))
{
    static const double values[] = {0.0,  -0.0, 5e-324,   -5e-324,   1,    -1,
                                    2,    -2,   INFINITY, -INFINITY, NAN,  0.5,
                                    1e-9, 1e9,  800,      -800,      1e300};

    printf("%s:", name);
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++)
        print(f(values[i]));
    putchar('\n');
}

static double log_float(double x)
{
    return logf((float)x);
}

/* Stored, since a result in an i386 register has more bits than its type. */
static double sqrt_float(double x)
{
    volatile float y = sqrtf((float)x);

    return y;
}

static int is_other(double x, int whole)
{
    volatile double y = x;

    return y != whole;
}

static double exp_float(double x)
{
    return expf((float)x);
}

/* 2^n and 10^n have logarithms that are whole. */
static void print_whole_logarithms(void)
{
    int wrong = 0;
    double x = 1;

    for (int n = -1074; n < 1024; n++)
        wrong += is_other(log2(ldexp(1, n)), n);
    for (int n = 0; n <= 22; n++, x *= 10)
        wrong += is_other(log10(x), n);
    printf("not whole: %d\n", wrong);
}

static void print_powers(void)
{
    static const double values[] = {0.0, -0.0, 1,        -1,        2,  -3,
                                    0.5, -0.5, INFINITY, -INFINITY, NAN};
    const unsigned count = sizeof values / sizeof values[0];

    for (unsigned i = 0; i < count; i++) {
        printf("pow(%g):", isnan(values[i]) ? 99 : values[i]);
        for (unsigned k = 0; k < count; k++)
            print(pow(values[i], values[k]));
        putchar('\n');
    }
    printf("%.17g %.17g\n", pow(1.0000001, 4e9), pow(0.3, 500.5));
}

static void print_pairs(const char *name, double f(double, double))
{
    static const double values[] = {0.0,       -0.0, 1.5,   -2.5,
                                    2.5,       7.5,  1e300, INFINITY,
                                    -INFINITY, NAN,  5e-324};
    const unsigned count = sizeof values / sizeof values[0];

    printf("%s:", name);
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < count; k++)
            print(f(values[i], values[k]));
    putchar('\n');
}

static double by_float(double x, double y)
{
    volatile float length = hypotf((float)x, (float)y);

    return length;
}

static void print_floats(float x)
{
    volatile float values[] = {log2f(x), log10f(x), exp2f(x)};

    printf("%.6g %.6g %.6g %ld %ld %lld %lld\n", (double)values[0],
           (double)values[1], (double)values[2], lrintf(x), lroundf(x),
           llround(x), llrint(x * 1e9));
}

static void print_hexadecimal(double x)
{
    printf("%.0a %.12a %.15a %.16a %.20a\n", x, x, x, x, x);
}

int main(void)
{
    print_all("log", log);
    print_all("log2", log2);
    print_all("log10", log10);
    print_all("logf", log_float);
    print_all("sqrt", sqrt);
    print_all("sqrtf", sqrt_float);
    print_all("exp", exp);
    print_all("exp2", exp2);
    print_all("expf", exp_float);
    print_all("sin", sin);
    print_all("cos", cos);
    print_all("tan", tan);
    print_all("asin", asin);
    print_all("acos", acos);
    print_all("atan", atan);
    print_all("sinh", sinh);
    print_all("cosh", cosh);
    print_all("tanh", tanh);
    print_all("cbrt", cbrt);
    print_pairs("fdim", fdim);
    print_pairs("remainder", remainder);
    print_pairs("fmod", fmod);
    print_pairs("hypotf", by_float);
    print_floats(2.5f);
    print_floats(7.5f);
    print_hexadecimal(1.3);
    print_whole_logarithms();
    print_powers();
    return 0;
}
