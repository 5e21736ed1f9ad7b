/*
 * library.c - the C library does not run by use: its first act is to look
 * through a pointer at argc, which lies in the stack.
 *
 * Says "load of 4 bytes at 0xff.*: past bounds .* of segment data".
 * Ends with exit code 139.
 */
#include <stdio.h>

int main(void)
{
    puts("not reached");
    return 0;
}
