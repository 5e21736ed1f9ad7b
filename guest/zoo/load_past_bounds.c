/*
 * load_past_bounds.c - loads one byte from the first address outside.
 *
 * Ends with exit code 139.
 */
#include "zoo.h"

int main(int argc, char **argv)
{
    volatile char *bounds = (volatile char *)zoo_bounds(argc, argv);
    int sum = bounds[-1];

    sum += bounds[0];
    printf("%d\n", sum);
    return zoo_survived("a fault");
}
