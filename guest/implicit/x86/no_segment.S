/*
 * no_segment.S - an address that no segment can have: they end at 2^30.
 *
 * Run with --asize 1g.
 * Says "load of 4 bytes at 0x80000000: there is no such segment".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .data
word:   .long   1

begin
        movl    word, %eax
        movl    $0x80000000, %eax       /* twice an address space behind it */
        movl    word(%eax), %eax
        exit    $0
