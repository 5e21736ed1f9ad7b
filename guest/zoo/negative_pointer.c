/*
 * negative_pointer.c - walks down through the image until it leaves it at the
 * bottom, where addresses wrap around to 0xffffffff.
 *
 * Ends with exit code 139.
 */
#include "zoo.h"

int main(void)
{
    unsigned sum = 0;

    for (volatile unsigned char *p = (volatile unsigned char *)256;; p--)
        sum += *p;
    return (int)sum;
}
