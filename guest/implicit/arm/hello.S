/*
 * hello.S - the least that runs under implicit segments.
 *
 * The text is the first thing in data, so its address is 0, as that of the
 * first instruction is.
 *
 * Ends with exit code 0.
 */
#include "mode.h"

        .data
text:   .ascii  "hello, data at 0\n"
        .equ    size, . - text

        .section .text.start, "ax", %progbits
        .globl  _start
        .type   _start, %function
_start: bl      greet
        movs    r7, #1                  /* exit */
        movs    r0, #0
        svc     #0

        .text
        .type   greet, %function
greet:  push    {FRAME, lr}
        mov     FRAME, sp
        movs    r0, #size
        push    {r0, r1}                /* a local variable */
        movs    r0, #1
        ldr     r1, =text               /* from code, by the program counter */
        ldr     r2, [FRAME, #-8]
        push    {r7}                    /* Thumb's frame pointer */
        movs    r7, #4                  /* write */
        svc     #0
        pop     {r7}
        mov     sp, FRAME
        pop     {FRAME, pc}
        .ltorg

        .section .note.GNU-stack, "", %progbits
