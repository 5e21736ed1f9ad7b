/*
 * sse_straddle.c - one store of 16 bytes, the last of them outside. The 15
 * before it must not change.
 *
 * Ends with exit code 139.
 */
#include "../zoo.h"

int main(int argc, char **argv)
{
    char *to = (char *)zoo_bounds(argc, argv) - 15;

    __asm__ volatile("movups %%xmm0, (%0)" : : "r"(to) : "memory");
    return zoo_survived("a fault");
}
