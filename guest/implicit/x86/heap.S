/*
 * heap.S - brk gives more data, zeros, and keeps what was there: the heap is
 * the end of the data segment, which has to move for it.
 *
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    SIZE, 0x20000

        .data
word:   .long   0xda7a

begin
        xorl    %ebx, %ebx
        movl    $45, %eax                       /* brk */
        int     $0x80
        want    1, %eax, $_end
        movl    $_end + SIZE, %ebx
        movl    $45, %eax
        int     $0x80
        want    2, %eax, $_end + SIZE
        want    3, word, $0xda7a
        movl    $_end, %edi
1:      cmpb    $0, (%edi)
        jne     bad
        movb    $1, (%edi)
        incl    %edi
        cmpl    $_end + SIZE, %edi
        jne     1b
        exit    $0
bad:    exit    $4
