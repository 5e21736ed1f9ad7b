/*
 * far_segment.c - loads a segment register with a selector that is in no
 * table: a general protection fault, as for privileged instructions.
 *
 * Ends with exit code 132.
 */
#include "../zoo.h"

int main(void)
{
    __asm__ volatile("movw %w0, %%fs" : : "r"(0x1234));
    return zoo_survived("a general protection fault");
}
