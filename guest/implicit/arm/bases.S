/*
 * bases.S - which base register means which segment, in each form of access:
 * the stack pointer and gcc's frame pointer the stack, the program counter
 * code, all others data.
 *
 * Run with --asize 64k.
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    CODE, 0xc0de
        .set    DATA, 0xda7a
        .set    STACK, 0x57ac

        .data
        .balign 8
word:   .word   DATA, DATA + 1, DATA + 2, DATA + 3
buffer: .fill   64
target: .word   called

begin
        b       1f
        .balign 8
constant:
        .word   CODE, CODE + 1
        .balign 8
        /* The program counter. */
1:      ldr     r0, constant
        want    1, r0, CODE
        ldrd    r0, r1, constant
        want    2, r1, CODE + 1
        ldrb    r0, constant
        want    3, r0, 0xde
        vldr    d0, constant
        vmov    r0, r1, d0
        want    4, r1, CODE + 1

        ldr     r0, =STACK
        add     r1, r0, #1
        add     r2, r0, #2
        add     r3, r0, #3
        push    {r0-r3}
        mov     FRAME, sp
        ldr     r8, =word

        /* The stack pointer and the frame pointer. */
        ldr     r0, [sp]
        want    5, r0, STACK
        ldr     r0, [sp, #4]
        want    6, r0, STACK + 1
        ldr     r0, [FRAME, #8]
        want    7, r0, STACK + 2
        mov     r1, #3
        ldr     r0, [FRAME, r1, lsl #2]
        want    8, r0, STACK + 3
        ldrh    r0, [sp, #4]
        want    9, r0, STACK + 1
        ldrsb   r0, [FRAME]
        want    10, r0, 0xffffffac
        ldrd    r0, r1, [sp, #8]
        want    11, r0, STACK + 2
        want    12, r1, STACK + 3
        ldm     FRAME, {r0, r1}
        want    13, r1, STACK + 1
        ldr     r0, [sp], #4
        ldr     r0, [sp, #-4]!
        want    14, r0, STACK
        vldr    d0, [sp]
        vstr    d0, [r8, #32]
        ldr     r0, [r8, #36]
        want    15, r0, STACK + 1
        vldm    FRAME, {d0, d1}
        vpush   {d1}
        pop     {r0, r1}
        want    16, r1, STACK + 3
        vld1.32 {d0}, [sp]
        vst1.32 {d0}, [r8]
        ldr     r0, [r8]
        want    17, r0, STACK
        ldr     r0, =DATA
        add     r1, r0, #1
        stm     r8, {r0, r1}
        ldrex   r0, [sp]
        mov     r0, #5
        strex   r1, r0, [sp]
        want    18, r1, 0
        ldr     r0, [FRAME]
        want    19, r0, 5
        ldr     r0, =STACK
        str     r0, [FRAME]

        /* All others, those that were copied from the stack pointer too. */
        ldr     r0, [r8]
        want    20, r0, DATA
        mov     OTHER, r8
        ldr     r0, [OTHER, #4]
        want    21, r0, DATA + 1
        mov     r9, #8
        ldr     r0, [r8, r9]
        want    22, r0, DATA + 2
        ldm     r8, {r0, r1}
        want    23, r1, DATA + 1
        ldrd    r0, r1, [r8, #8]
        want    24, r1, DATA + 3
        ldr     r10, =buffer
        stmia   r10!, {r0, r1}
        ldr     r0, [r10, #-4]
        want    25, r0, DATA + 3
        vldr    s0, [r8, #4]
        vmov    r0, s0
        want    26, r0, DATA + 1
        ldrex   r0, [r8]
        want    27, r0, DATA
        mov     r4, r8
        ldrh    r0, [r4, #4]
        want    28, r0, DATA + 1
        strb    r0, [r4, r9]
        ldrsb   r0, [r4, r9]
        want    29, r0, 0x7b

        /* A pointer to code, in data. */
        ldr     r0, =target
        ldr     r0, [r0]
        blx     r0
        want    30, r0, 0x600d
#ifdef __thumb__
        mov     r0, #1
        tbb     [pc, r0]
table:  .byte   (10f - table) / 2, (11f - table) / 2
10:     exit    31
11:
#endif
        exit    0
        .ltorg

        .type   called, %function
called: ldr     r0, =0x600d
        bx      lr
        .ltorg
