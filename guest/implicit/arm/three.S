/*
 * three.S - one address, three bytes: code, data and stack all begin at 0.
 *
 * Run with --asize 64k.
 * Prints "0x40 has C in code, D in data, S in the stack".
 * Ends with exit code 0.
 */
#include "guest.inc"

        .set    place, 0x40

        .data
text:   .ascii  "0x40 has "
code:   .ascii  "? in code, "
data:   .ascii  "? in data, "
stack:  .ascii  "? in the stack\n"
end:
        .org    place
        .ascii  "D   "

begin
        mov     r1, #place + 4
        mov     sp, r1                  /* the stack grows to here */
        mov     r0, #'S'
        push    {r0}
        ldr     r0, in_code
        ldr     r1, =code
        strb    r0, [r1]
        mov     r1, #place
        ldr     r0, [r1]
        b       1f
        .org    place
in_code:
        .ascii  "C   "
1:      ldr     r1, =data
        strb    r0, [r1]
        pop     {r0}
        ldr     r1, =stack
        strb    r0, [r1]
        mov     r1, #0x10000
        mov     sp, r1                  /* back to its end */
        print   text, end
        exit    0
        .ltorg
