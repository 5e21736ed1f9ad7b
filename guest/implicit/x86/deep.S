/*
 * deep.S - a recursion: the stack grows to more than it has at first.
 *
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    DEPTH, 20000

begin
        movl    $DEPTH, %ecx
        call    sum
        want    1, %eax, $200010000
        exit    $0

        .text
sum:    pushl   %ebp                            /* of 1 to ecx */
        movl    %esp, %ebp
        pushl   %ecx
        xorl    %eax, %eax
        decl    %ecx
        js      1f
        call    sum
1:      addl    -4(%ebp), %eax
        leave
        ret
