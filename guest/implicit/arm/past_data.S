/*
 * past_data.S - an access past the end of data, though code and stack go on there.
 *
 * Says "load of 4 bytes at 0x4: 4 bytes past bounds 0x4 of segment data".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .data
word:   .word   1

begin
        ldr     r1, =word
        ldr     r0, [r1]
        ldr     r0, [r1, #4]
        exit    0
        .ltorg
