/*
 * restore.S - where signal handlers return to, for i386. At __restore the
 * frame's next word is the signal, which sigreturn does not want.
 */
#include "os/abi.h"

        .section .text.restore, "ax", @progbits
        .globl  __restore
        .type   __restore, @function
__restore:
        popl    %eax
        movl    $ABI_SYS_SIGRETURN, %eax
        int     $0x80
        .size   __restore, . - __restore

        .globl  __restore_rt
        .type   __restore_rt, @function
__restore_rt:
        movl    $ABI_SYS_RT_SIGRETURN, %eax
        int     $0x80
        .size   __restore_rt, . - __restore_rt

        .section .note.GNU-stack, "", @progbits
