/*
 * local_pointer.S - a pointer to a local variable, used through a register that is not the stack's: it means data.
 *
 * Says "store of 4 bytes at 0xff.*: past bounds 0x4 of segment data".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .data
word:   .long   1

begin
        subl    $4, %esp
        movl    %esp, %eax
        call    set
        exit    $0

        .text
set:    movl    $1, (%eax)
        ret
