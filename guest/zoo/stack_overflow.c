/*
 * stack_overflow.c - recursion without end, in steps of a page each, until
 * the stack pointer leaves the bottom of the address space.
 *
 * Ends with exit code 139. The steps are larger than this small program, so
 * the stack grows past it; smaller ones would first overwrite the heap and the
 * code, because base and bounds put nothing between them.
 */
#include "zoo.h"

#define STEP 4096

__attribute__((noinline)) static int descend(int depth)
{
    volatile char step[STEP];

    if (depth == 1000000)
        return 0;
    step[0] = (char)depth;
    return descend(depth + 1) + step[0];
}

int main(void)
{
    return descend(0);
}
