/*
 * null_pointer.c - reads through NULL, which base and bounds allow: address 0
 * is the first byte of the image, here of its ELF header.
 *
 * Ends with exit code 0.
 */
#include "zoo.h"

int main(void)
{
    volatile const char *volatile null = NULL;

    printf("at NULL: %d %c%c%c\n", null[0], null[1], null[2], null[3]);
    return 0;
}
