/*
 * heap_overrun.c - writes on and on past the end of a small heap block, over
 * the stack and the arguments, until it reaches bounds.
 *
 * Ends with exit code 139, for a store of 1 byte at bounds exactly.
 */
#include "zoo.h"

int main(void)
{
    volatile char *p = malloc(16);

    for (;;)
        *p++ = 'x';
}
