/*
 * below_stack.S - further below the stack pointer than the stack grows at once.
 *
 * Says "store of 4 bytes at 0x.*: .* bytes below segment stack".
 * Ends with exit code 139.
 */
#include "guest.inc"

begin
        movl    $1, -0x10000(%esp)
        movl    $1, -0x100000(%esp)
        exit    $0
