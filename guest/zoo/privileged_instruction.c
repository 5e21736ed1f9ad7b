/*
 * privileged_instruction.c - tries to disable interrupts (i386) or to read the
 * system control register (ARM), which only the operating system may.
 *
 * Ends with exit code 132.
 */
#include "zoo.h"

int main(void)
{
#if defined __i386__
    __asm__ volatile("cli");
#else
    unsigned control;

    __asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(control));
#endif
    return zoo_survived("a privileged instruction");
}
