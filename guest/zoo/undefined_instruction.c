/*
 * undefined_instruction.c - runs an encoding that is promised to mean nothing.
 *
 * Ends with exit code 132.
 */
#include "zoo.h"

int main(void)
{
#if defined __i386__
    __asm__ volatile("ud2");
#else
    __asm__ volatile("udf #0");
#endif
    return zoo_survived("an undefined instruction");
}
