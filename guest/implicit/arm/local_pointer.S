/*
 * local_pointer.S - a pointer to a local variable, used through a register that is not the stack's: it means data.
 *
 * Says "store of 4 bytes at 0xff.*: past bounds 0x4 of segment data".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .data
word:   .word   1

begin
        sub     sp, sp, #8
        mov     r0, sp
        bl      set
        exit    0

        .text
        .type   set, %function
set:    mov     r1, #1
        str     r1, [r0]
        bx      lr
