/*
 * tests/conformance_code_arm.S - the same for A32 and Thumb; see
 * tests/conformance_code_x86.S. The result is r0; begins in A32.
 */

/* program: a store into the next instruction : 0x2a */
    ldr r2, =0xe3a0002a
    adr r1, 1f
    str r2, [r1]
1:  mov r0, #0x11
    svc #0
    .ltorg

/* program: a loop that changes itself 3000 times : 0x5bcfc */
    mov r0, #0
    ldr r2, =0xe3a03000
    ldr r4, =3000
    adr r1, 1f
2:  and r5, r4, #0xff
    orr r5, r2, r5
    str r5, [r1]
1:  mov r3, #0x55
    add r0, r0, r3
    subs r4, r4, #1
    bne 2b
    svc #0
    .ltorg

/* program: an earlier block that is run again : 0x21 */
    mov r0, #0
    mov r4, #1
    ldr r2, =0xe2800020
1:  add r0, r0, #1
    b 2f
2:  cmp r4, #0
    beq 3f
    sub r4, r4, #1
    adr r1, 1b
    str r2, [r1]
    b 1b
3:  svc #0
    .ltorg

/* program: one byte of an instruction of the same block : 0x2a */
    adr r1, 1f
    mov r2, #0x2a
    strb r2, [r1]
1:  mov r0, #0x11
    svc #0

/* program: STM over the block itself : 0x77 */
    adr r1, 1f
    adr r2, 2f
    ldm r2, {r4-r6}
    stm r1, {r4-r6}
1:  udf #0
    udf #0
    udf #0
    svc #0
2:  mov r0, #0x70
    nop
    add r0, r0, #7

/* program: code made 300 times and run : 0xb05e */
    mov r6, #0
    ldr r4, =300
    ldr r5, =0x1800
    ldr r2, =0xe3000000 /* movw r0, #0 */
    ldr r3, =0xe12fff1e /* bx lr */
1:  orr r7, r2, r4
    stm r5, {r7}
    str r3, [r5, #4]
    blx r5
    add r6, r6, r0
    subs r4, r4, #1
    bne 1b
    mov r0, r6
    svc #0
    .ltorg

/* program: A32 and Thumb call each other : 0x1e8 */
    mov r0, #0
    mov r4, #100
1:  adr r1, 2f + 1
    blx r1
    add r0, r0, #1
    subs r4, r4, #1
    bne 1b
    add r0, r0, #88
    svc #0
    .thumb
    .balign 4
2:  adds r0, #1
    push {lr}
    adr r1, 3f
    blx r1
    pop {pc}
    .arm
    .balign 4
3:  add r0, r0, #2
    bx lr

/* program: the same bytes in both modes : 0x44 */
    movs r0, #0
    mov r4, #4
1:  adr r1, 2f
    blx r1
    adr r1, 2f + 1
    blx r1
    subs r4, r4, #1
    bne 1b
    svc #0
    .balign 4
2:  .inst 0x47703001 /* A32: ldrbmi, not taken. Thumb: adds r0, #1; bx lr */
    add r0, r0, #0x10
    bx lr

/* program: a Thumb loop that changes itself 3000 times : 0x5bcfc */
    adr r1, 1f + 1
    bx r1
    .thumb
    .balign 4
1:  movs r0, #0
    movw r2, #0x2300
    movw r4, #3000
    adr r1, 3f
2:  uxtb r5, r4
    orrs r5, r2
    strh r5, [r1]
    .balign 4
3:  movs r3, #0x55
    add r0, r3
    subs r4, #1
    bne 2b
    svc #0

/* program: a store inside an IT block into that block : 0x2a */
    adr r1, 1f + 1
    bx r1
    .thumb
    .balign 4
1:  movw r2, #0x202a
    adr r1, 2f
    cmp r2, r2
    itt eq
    strheq r2, [r1]
    nopeq
    .balign 4
2:  movs r0, #0x11
    svc #0

/* program: a store that changes an instruction of its IT block : 0x2a */
    adr r1, 1f + 1
    bx r1
    .thumb
    .balign 4
1:  movw r2, #0x202a
    adr r1, 2f
    movs r0, #0
    cmp r2, r2
    itt eq
    strheq r2, [r1]
2:  moveq r0, #0x11
    svc #0
