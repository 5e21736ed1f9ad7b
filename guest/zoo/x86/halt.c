/*
 * halt.c - tries to halt the processor.
 *
 * Ends with exit code 132.
 */
#include "../zoo.h"

int main(void)
{
    __asm__ volatile("hlt");
    return zoo_survived("a privileged instruction");
}
