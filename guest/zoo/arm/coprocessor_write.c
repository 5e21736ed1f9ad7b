/*
 * coprocessor_write.c - tries to write the translation table base register.
 *
 * Ends with exit code 132.
 */
#include "../zoo.h"

int main(void)
{
    __asm__ volatile("mcr p15, 0, %0, c2, c0, 0" : : "r"(0));
    return zoo_survived("a privileged instruction");
}
