/*
 * rep_past_bounds.c - one instruction fills 64 bytes, the last 32 of them
 * outside: it stops at the iteration that faults, with the first 32 done and
 * its registers saying so.
 *
 * Ends with exit code 139.
 */
#include "../zoo.h"

int main(int argc, char **argv)
{
    uintptr_t to = zoo_bounds(argc, argv) - 32;
    unsigned count = 64;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"('x') : "memory");
    return zoo_survived("a fault");
}
