/*
 * start.S - the first instruction of every ARM program, A32 or Thumb.
 *
 * The stack pointer is 16-byte aligned and points at argc; os/abi.h draws the
 * rest.
 */
#include "function.inc"

        .section .text.start, "ax", %progbits
FUNCTION(_start)
        mov     r0, sp
        mov     fp, #0
        mov     lr, #0
        bl      __start_main
        udf     #0
        .size   _start, . - _start

        .section .note.GNU-stack, "", %progbits
