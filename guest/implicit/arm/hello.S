/*
 * hello.S - the least that runs under implicit segments.
 *
 * The text is the first thing in data, so its address is 0, as that of the
 * first instruction is.
 *
 * Prints "hello, data at 0".
 * Ends with exit code 0.
 */
#include "guest.inc"

        .data
text:   .ascii  "hello, data at 0\n"
end:

begin
        bl      greet
        exit    0

        .text
        .type   greet, %function
greet:  push    {FRAME, lr}
        mov     FRAME, sp
        ldr     r0, =end                /* from code, by the program counter */
        push    {r0, r1}                /* a local variable */
        mov     r0, #1                  /* write */
        ldr     r1, =text
        ldr     r2, [FRAME, #-8]
        system  4
        mov     sp, FRAME
        pop     {FRAME, pc}
        .ltorg
