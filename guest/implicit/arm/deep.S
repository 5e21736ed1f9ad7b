/*
 * deep.S - a recursion: the stack grows to more than it has at first.
 *
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    DEPTH, 20000

begin
        ldr     r1, =DEPTH
        bl      sum
        want    1, r0, 200010000
        exit    0
        .ltorg

        .text
        .type   sum, %function
sum:    push    {r1, FRAME, lr}                 /* of 1 to r1 */
        mov     FRAME, sp
        mov     r0, #0
        cmp     r1, #0
        beq     1f
        sub     r1, r1, #1
        bl      sum
1:      ldr     r1, [FRAME]
        add     r0, r0, r1
        pop     {r1, FRAME, pc}
