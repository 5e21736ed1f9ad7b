/*
 * hello.S - the least that runs under implicit segments.
 *
 * The text is the first thing in data, so its address is 0, as that of the
 * first instruction is.
 *
 * Prints "hello, data at 0".
 * Ends with exit code 0.
 */
#include "guest.inc"

        .data
text:   .ascii  "hello, data at 0\n"
end:

begin
        call    greet
        exit    $0

        .text
greet:  pushl   %ebp
        movl    %esp, %ebp
        pushl   $end                    /* a local variable */
        movl    $4, %eax                /* write */
        movl    $1, %ebx
        movl    $text, %ecx
        movl    -4(%ebp), %edx
        int     $0x80
        leave
        ret
