/*
 * hello.S - the least that runs under implicit segments.
 *
 * The text is the first thing in data, so its address is 0, as that of the
 * first instruction is.
 *
 * Ends with exit code 0.
 */
        .data
text:   .ascii  "hello, data at 0\n"
size = . - text

        .section .text.start, "ax", @progbits
        .globl  _start
_start: call    greet
        movl    $1, %eax                /* exit */
        xorl    %ebx, %ebx
        int     $0x80

        .text
greet:  pushl   %ebp
        movl    %esp, %ebp
        pushl   $size                   /* a local variable */
        movl    $4, %eax                /* write */
        movl    $1, %ebx
        movl    $text, %ecx
        movl    -4(%ebp), %edx
        int     $0x80
        leave
        ret

        .section .note.GNU-stack, "", @progbits
