/* pow.h - what each instruction set adds to pow. */
#ifndef GUEST_LIB_POW_H
#define GUEST_LIB_POW_H

/* x^y for finite x > 0 and finite y. */
double __pow_positive(double x, double y);

#endif /* GUEST_LIB_POW_H */
