/*
 * twofold.h - numbers with twice the bits of a double: the unevaluated sum of
 * two, after Dekker and Knuth. ARM's arithmetic rounds every operation to
 * double, which is what makes the errors below exact.
 */
#ifndef GUEST_LIB_ARM_TWOFOLD_H
#define GUEST_LIB_ARM_TWOFOLD_H

struct twofold {
    double high;
    double low;
};

/* a + b exactly, where |a| >= |b| or a is 0. */
static inline struct twofold twofold_fast_sum(double a, double b)
{
    double sum = a + b;

    return (struct twofold){sum, b - (sum - a)};
}

/* a + b exactly. */
static inline struct twofold twofold_sum(double a, double b)
{
    double sum = a + b;
    double part = sum - a;

    return (struct twofold){sum, (a - (sum - part)) + (b - part)};
}

/* a * b exactly, far from overflow. */
static inline struct twofold twofold_product(double a, double b)
{
    const double cut = (1 << 27) + 1;
    double a_high = a * cut - (a * cut - a);
    double b_high = b * cut - (b * cut - b);
    double a_low = a - a_high;
    double b_low = b - b_high;
    double product = a * b;

    return (struct twofold){product, ((a_high * b_high - product) +
                                      a_high * b_low + a_low * b_high) +
                                         a_low * b_low};
}

static inline struct twofold twofold_add(struct twofold a, struct twofold b)
{
    struct twofold sum = twofold_sum(a.high, b.high);

    return twofold_fast_sum(sum.high, sum.low + (a.low + b.low));
}

static inline struct twofold twofold_multiply(struct twofold a,
                                              struct twofold b)
{
    struct twofold product = twofold_product(a.high, b.high);

    return twofold_fast_sum(product.high,
                            product.low + (a.high * b.low + a.low * b.high));
}

#endif /* GUEST_LIB_ARM_TWOFOLD_H */
