/*
 * heap.S - brk gives more data, zeros, and keeps what was there: the heap is
 * the end of the data segment, which has to move for it.
 *
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    SIZE, 0x20000

        .data
word:   .word   0xda7a

begin
        mov     r0, #0
        system  45                              /* brk */
        want    1, r0, _end
        ldr     r0, =_end + SIZE
        system  45
        want    2, r0, _end + SIZE
        ldr     r1, =word
        ldr     r0, [r1]
        want    3, r0, 0xda7a
        ldr     r1, =_end
        ldr     r2, =_end + SIZE
        mov     r3, #1
1:      ldrb    r0, [r1]
        cmp     r0, #0
        bne     bad
        strb    r3, [r1], #1
        cmp     r1, r2
        bne     1b
        exit    0
bad:    exit    4
        .ltorg
