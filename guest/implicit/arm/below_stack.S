/*
 * below_stack.S - further below the stack pointer than the stack grows at once.
 *
 * Says "store of 4 bytes at 0x.*: .* bytes below segment stack".
 * Ends with exit code 139.
 */
#include "guest.inc"

begin
        ldr     r1, =-0x10000
        str     r1, [sp, r1]
        ldr     r1, =-0x100000
        str     r1, [sp, r1]
        exit    0
        .ltorg
