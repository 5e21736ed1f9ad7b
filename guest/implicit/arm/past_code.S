/*
 * past_code.S - control leaves code; what data has there does not matter.
 *
 * Says "fetch of [24] bytes at 0x1000: .*past bounds .* of segment code".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .bss
room:   .fill   0x2000

begin
        mov     r1, #0x1000
        mov     r0, #0
        str     r0, [r1]
#ifdef __thumb__
        orr     r1, r1, #1
#endif
        bx      r1
