/*
 * divide_by_zero.c - divides by zero: i386 traps; ARM has no divide trap and
 * its run-time library raises SIGFPE.
 *
 * Ends with exit code 136.
 */
#include "zoo.h"

int main(void)
{
    volatile int zero = 0;

    printf("%d\n", 42 / zero);
    return zoo_survived("a divide error");
}
