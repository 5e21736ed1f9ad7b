/* setjmp.S - setjmp and longjmp for ARM; <setjmp.h> lists the registers. */
#include "function.inc"

        .section .text.setjmp, "ax", %progbits
FUNCTION(setjmp)
        mov     ip, sp
        stmia   r0!, {r4-r11}
        stmia   r0!, {ip, lr}
#ifdef __ARM_FP
        vstmia  r0, {d8-d15}
#endif
        mov     r0, #0
        bx      lr
        .size   setjmp, . - setjmp

FUNCTION(longjmp)
        ldmia   r0!, {r4-r11}
        ldmia   r0!, {ip, lr}
        mov     sp, ip
#ifdef __ARM_FP
        vldmia  r0, {d8-d15}
#endif
        movs    r0, r1
        it      eq
        moveq   r0, #1
        bx      lr
        .size   longjmp, . - longjmp

        .section .note.GNU-stack, "", %progbits
