/*
 * far_segment.c - loads a segment register with a selector that is not in any
 * table: a general protection fault.
 *
 * Ends with exit code 139.
 */
#include "../zoo.h"

int main(void)
{
    __asm__ volatile("movw %w0, %%fs" : : "r"(0x1234));
    return zoo_survived("a fault");
}
