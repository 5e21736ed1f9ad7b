/*
 * syscall.S - long syscall(long number, ...) for i386.
 *
 * Takes six arguments whether or not there are so many: what lies above a
 * shorter list is the caller's frame, readable and ignored. At the very top
 * of an address space it might not be readable; _start's frame and the words
 * at entry see to it that it is.
 */
        .text
        .section .text.syscall, "ax", @progbits
        .globl  syscall
        .type   syscall, @function
syscall:
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        pushl   %ebp
        movl    20(%esp), %eax
        movl    24(%esp), %ebx
        movl    28(%esp), %ecx
        movl    32(%esp), %edx
        movl    36(%esp), %esi
        movl    40(%esp), %edi
        movl    44(%esp), %ebp
        int     $0x80
        popl    %ebp
        popl    %edi
        popl    %esi
        popl    %ebx
        subl    $24, %esp
        pushl   %eax
        call    __syscall_result
        addl    $28, %esp
        ret
        .size   syscall, . - syscall

        .section .note.GNU-stack, "", @progbits
