/*
 * breakpoint.c - runs a breakpoint instruction without a debugger.
 *
 * Ends with exit code 133.
 */
#include "zoo.h"

int main(void)
{
#if defined __i386__
    __asm__ volatile("int3");
#else
    __asm__ volatile("bkpt #0");
#endif
    return zoo_survived("a breakpoint");
}
