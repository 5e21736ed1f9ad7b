/*
 * no_segment.S - an address that no segment can have: they end at 2^30.
 *
 * Run with --asize 1g.
 * Says "load of 4 bytes at 0x80000000: there is no such segment".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .data
word:   .word   1

begin
        ldr     r1, =word
        ldr     r0, [r1]
        add     r1, r1, #0x80000000     /* twice an address space behind it */
        ldr     r0, [r1]
        exit    0
        .ltorg
