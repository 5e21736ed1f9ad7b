/*
 * wrap_around.c - loads four bytes from 0xfffffffe: past bounds, and not, by
 * way of address 0, inside again.
 *
 * Ends with exit code 139.
 */
#include "zoo.h"

int main(void)
{
    printf("%u\n", (unsigned)*(volatile uint32_t *)0xfffffffe);
    return zoo_survived("a fault");
}
