/*
 * past_data.S - an access past the end of data, though code and stack go on there.
 *
 * Says "load of 4 bytes at 0x4: 4 bytes past bounds 0x4 of segment data".
 * Ends with exit code 139.
 */
#include "guest.inc"

        .data
word:   .long   1

begin
        movl    word, %eax
        movl    word + 4, %eax
        exit    $0
