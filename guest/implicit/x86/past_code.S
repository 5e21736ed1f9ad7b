/*
 * past_code.S - control leaves code; what data has there does not matter.
 *
 * Says "fetch of 1 byte at 0x1000: .*past bounds .* of segment code".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .bss
room:   .fill   0x2000

begin
        movl    $0x1000, %eax
        movb    $0x90, (%eax)
        jmp     *%eax
