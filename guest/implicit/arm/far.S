/*
 * far.S - unaligned accesses around 16 MiB, where the windows by which the
 * library sees the address space meet.
 *
 * Run with --phys 64m.
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    place, 0xfffff0         /* of 32 bytes */

begin
        ldr     r0, =place + 64
        system  45                      /* brk */
        want    1, r0, place + 64

        ldr     r8, =place
        mov     r1, #0
1:      strb    r1, [r8, r1]
        add     r1, r1, #1
        cmp     r1, #32
        bne     1b

        ldr     r2, =0x03020100
        ldr     r3, =0x01010101
        mov     r1, #0
2:      ldr     r0, [r8, r1]
        cmp     r0, r2
        bne     bad
        add     r2, r2, r3
        add     r1, r1, #1
        cmp     r1, #28
        bne     2b

        ldr     r2, =0xa5a5a5a5
        mov     r1, #0
3:      str     r2, [r8, r1]
        ldr     r0, [r8, r1]
        cmp     r0, r2
        bne     bad
        add     r1, r1, #1
        cmp     r1, #28
        bne     3b

        add     r1, r8, #8
        mov     r3, #7
        mov     r4, #8
        stm     r1, {r2-r4}             /* from below to above */
        ldm     r1, {r5, r6, r9}
        want    3, r9, 8
        exit    0
bad:    exit    2
        .ltorg
