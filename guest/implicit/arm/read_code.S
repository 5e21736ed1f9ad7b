/*
 * read_code.S - a load from code that may only be executed.
 *
 * Run with --prot code=x.
 * Says "load of 4 bytes at 0x.*: segment code is --x".
 * Ends with exit code 139.
 */
#include "guest.inc"

begin
        ldr     r0, =0x12345678
        exit    0
        .ltorg
