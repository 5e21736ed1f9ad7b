/*
 * three.S - one address, three bytes: code, data and stack all begin at 0.
 *
 * Run with --asize 64k.
 * Prints "0x40 has C in code, D in data, S in the stack".
 * Ends with exit code 0.
 */
#include "guest.inc"

        .set    place, 0x40

        .data
text:   .ascii  "0x40 has "
code:   .ascii  "? in code, "
data:   .ascii  "? in data, "
stack:  .ascii  "? in the stack\n"
end:
        .org    place
        .ascii  "D   "

begin
        jmp     1f
        .org    place
        .ascii  "C   "
1:      movl    $place + 4, %esp        /* the stack grows to here */
        pushl   $'S'
        movb    %cs:place, %al
        movb    %al, code
        movb    place, %al
        movb    %al, data
        popl    %eax
        movb    %al, stack
        movl    $0x10000, %esp          /* back to its end */
        call    finish

        .text
finish: print   text, end
        exit    $0
