/*
 * cps_ignored.c - tries to disable interrupts: in user mode the architecture
 * says that the instruction does nothing.
 *
 * Ends with exit code 0.
 */
#include "../zoo.h"

int main(void)
{
    unsigned before;
    unsigned after;

    __asm__ volatile("mrs %0, cpsr\n\t"
                     "cpsid i\n\t"
                     "mrs %1, cpsr"
                     : "=&r"(before), "=r"(after));
    printf("interrupts %s\n", before == after ? "as before" : "CHANGED");
    return before != after;
}
