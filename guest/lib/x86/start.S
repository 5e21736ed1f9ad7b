/*
 * start.S - the first instruction of every i386 program.
 *
 * The stack pointer is 16-byte aligned and points at argc; os/abi.h draws the
 * rest. The ABI wants it aligned just before a call's arguments end, so the
 * one argument takes a 16-byte place.
 */
        .section .text.start, "ax", @progbits
        .globl  _start
        .type   _start, @function
_start:
        movl    %esp, %eax
        xorl    %ebp, %ebp
        subl    $12, %esp
        pushl   %eax
        call    __start_main
        ud2
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
