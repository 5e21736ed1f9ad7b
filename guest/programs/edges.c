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
    print_whole_logarithms();
    print_powers();
    return 0;
}
