/* restore.S - where signal handlers return to, for ARM. */
#include "function.inc"
#include "os/abi.h"

        .section .text.restore, "ax", %progbits
FUNCTION(__restore)
        mov     r7, #ABI_SYS_SIGRETURN
        svc     #0
        .size   __restore, . - __restore

FUNCTION(__restore_rt)
        mov     r7, #ABI_SYS_RT_SIGRETURN
        svc     #0
        .size   __restore_rt, . - __restore_rt

        .section .note.GNU-stack, "", %progbits
