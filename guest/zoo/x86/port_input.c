/*
 * port_input.c - tries to read the keyboard controller's port.
 *
 * Ends with exit code 132.
 */
#include "../zoo.h"

int main(void)
{
    unsigned char value;

    __asm__ volatile("inb $0x60, %0" : "=a"(value));
    return zoo_survived("a privileged instruction");
}
