/*
 * straddle_bounds.c - stores four bytes, the last two of them outside.
 *
 * Ends with exit code 139, and the two bytes inside keep their values.
 */
#include "zoo.h"

int main(int argc, char **argv)
{
    uintptr_t bounds = zoo_bounds(argc, argv);

    *(volatile uint32_t *)(bounds - 4) = 0x11111111;
    *(volatile uint32_t *)(bounds - 2) = 0x22222222;
    return zoo_survived("a fault");
}
