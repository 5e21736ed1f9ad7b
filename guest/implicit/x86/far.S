/*
 * far.S - unaligned accesses around 16 MiB, where the windows by which the
 * library sees the address space meet.
 *
 * Run with --phys 64m.
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    place, 0xfffff0         /* of 32 bytes */

begin
        movl    $place + 64, %ebx
        movl    $45, %eax               /* brk */
        int     $0x80
        want    1, %eax, $place + 64

        xorl    %ecx, %ecx
1:      movb    %cl, place(%ecx)
        incl    %ecx
        cmpl    $32, %ecx
        jne     1b

        movl    $0x03020100, %edx
        xorl    %ecx, %ecx
2:      cmpl    %edx, place(%ecx)
        jne     bad
        movups  place - 12(%ecx), %xmm0
        movups  %xmm0, (%esp)
        cmpl    %edx, 12(%esp)
        jne     bad
        addl    $0x01010101, %edx
        incl    %ecx
        cmpl    $28, %ecx
        jne     2b

        xorl    %ecx, %ecx
3:      movl    $0xa5a5a5a5, place(%ecx)
        addl    $1, place(%ecx)
        want    3, place(%ecx), $0xa5a5a5a6
        incl    %ecx
        cmpl    $28, %ecx
        jne     3b
        exit    $0
bad:    exit    $2
