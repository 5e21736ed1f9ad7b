/*
 * angle.h - from any angle to one in the first half quadrant.
 */
#ifndef GUEST_LIB_ANGLE_H
#define GUEST_LIB_ANGLE_H

/* What is left of an angle: high + low, where low is below high's last bit. */
struct angle {
    long double high;
    long double low;
};

/*
 * Takes whole quadrants off x until what is left lies within a quarter of pi
 * around 0. Returns how many, modulo 4. Exact to more bits than *rest has, for
 * every finite x, however large. Not a number, or infinite: rest is NaN.
 */
unsigned __angle_reduce(double x, struct angle *rest);

#endif /* GUEST_LIB_ANGLE_H */
