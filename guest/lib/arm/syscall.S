/*
 * syscall.S - long syscall(long number, ...) for ARM.
 *
 * Takes six arguments whether or not there are so many: what lies above a
 * shorter list is the caller's frame, readable and ignored.
 */
#include "function.inc"

        .section .text.syscall, "ax", %progbits
FUNCTION(syscall)
        mov     ip, sp
        push    {r4, r5, r7, lr}
        mov     r7, r0
        mov     r0, r1
        mov     r1, r2
        mov     r2, r3
        ldm     ip, {r3, r4, r5}
        svc     #0
        pop     {r4, r5, r7, lr}
        b       __syscall_result
        .size   syscall, . - syscall

        .section .note.GNU-stack, "", %progbits
