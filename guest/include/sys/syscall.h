/* sys/syscall.h - Linux's names for the system calls there are. */
#ifndef GUEST_SYS_SYSCALL_H
#define GUEST_SYS_SYSCALL_H

#include "os/abi.h"

#define SYS_exit   ABI_SYS_EXIT
#define SYS_read   ABI_SYS_READ
#define SYS_write  ABI_SYS_WRITE
#define SYS_getpid ABI_SYS_GETPID
#define SYS_brk    ABI_SYS_BRK
#define SYS_writev ABI_SYS_WRITEV

#if defined __i386__
#define SYS_exit_group ABI_SYS_EXIT_GROUP_X86
#else
#define SYS_exit_group ABI_SYS_EXIT_GROUP_ARM
#endif

#endif /* GUEST_SYS_SYSCALL_H */
