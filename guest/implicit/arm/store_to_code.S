/*
 * store_to_code.S - a store relative to the program counter, which only A32 has.
 *
 * Says "store of 4 bytes at 0x.*: segment code is r-x".
 * Ends with exit code 139.
 */
#include "guest.inc"

begin
        adr     r0, store
        bx      r0
        .balign 4
        .arm
store:  ldr     r0, [pc, #-8]
        str     r0, [pc, #-8]
        exit    0
