/*
 * store_to_code.S - a prefix can name code, but not make it writable.
 *
 * Says "store of 4 bytes at 0x0: segment code is r-x".
 * Ends with exit code 139.
 */
#include "guest.inc"

begin
        movl    %cs:_start, %eax
        movl    %eax, %cs:_start
        exit    $0
