/*
 * fetch_past_bounds.c - calls a function at the first address outside.
 *
 * Ends with exit code 139.
 */
#include "zoo.h"

int main(int argc, char **argv)
{
    uintptr_t bounds = zoo_bounds(argc, argv);
    void (*volatile outside)(void) = (void (*)(void))bounds;

    outside();
    return zoo_survived("a fault");
}
