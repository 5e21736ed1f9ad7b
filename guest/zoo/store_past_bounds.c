/*
 * store_past_bounds.c - stores one byte at the first address outside.
 *
 * Ends with exit code 139. The store just before it is the last legal one.
 */
#include "zoo.h"

int main(int argc, char **argv)
{
    volatile char *bounds = (volatile char *)zoo_bounds(argc, argv);

    bounds[-1] = 1;
    bounds[0] = 1;
    return zoo_survived("a fault");
}
