/*
 * read_code.S - a load from code that may only be executed.
 *
 * Run with --prot code=x.
 * Says "load of 4 bytes at 0x0: segment code is --x".
 * Ends with exit code 139.
 */
#include "guest.inc"

begin
        movl    %cs:_start, %eax
        exit    $0
