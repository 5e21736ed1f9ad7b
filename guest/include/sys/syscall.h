/* sys/syscall.h - Linux's names for the system calls there are. */
#ifndef GUEST_SYS_SYSCALL_H
#define GUEST_SYS_SYSCALL_H

#include "os/abi.h"

#define SYS_exit         ABI_SYS_EXIT
#define SYS_fork         ABI_SYS_FORK
#define SYS_read         ABI_SYS_READ
#define SYS_write        ABI_SYS_WRITE
#define SYS_close        ABI_SYS_CLOSE
#define SYS_execve       ABI_SYS_EXECVE
#define SYS_getpid       ABI_SYS_GETPID
#define SYS_kill         ABI_SYS_KILL
#define SYS_dup          ABI_SYS_DUP
#define SYS_pipe         ABI_SYS_PIPE
#define SYS_times        ABI_SYS_TIMES
#define SYS_brk          ABI_SYS_BRK
#define SYS_fcntl        ABI_SYS_FCNTL64
#define SYS_dup2         ABI_SYS_DUP2
#define SYS_getppid      ABI_SYS_GETPPID
#define SYS_gettimeofday ABI_SYS_GETTIMEOFDAY
#define SYS_wait4        ABI_SYS_WAIT4
#define SYS_clone        ABI_SYS_CLONE
#define SYS_writev       ABI_SYS_WRITEV
#define SYS_sched_yield  ABI_SYS_SCHED_YIELD
#define SYS_nanosleep    ABI_SYS_NANOSLEEP
#define SYS_vfork        ABI_SYS_VFORK
#define SYS_gettid       ABI_SYS_GETTID
#define SYS_pause        ABI_SYS_PAUSE
#define SYS_tkill        ABI_SYS_TKILL

#define SYS_sigaction      ABI_SYS_SIGACTION
#define SYS_sigreturn      ABI_SYS_SIGRETURN
#define SYS_sigprocmask    ABI_SYS_SIGPROCMASK
#define SYS_sigpending     ABI_SYS_SIGPENDING
#define SYS_sigsuspend     ABI_SYS_SIGSUSPEND
#define SYS_sigaltstack    ABI_SYS_SIGALTSTACK
#define SYS_rt_sigaction   ABI_SYS_RT_SIGACTION
#define SYS_rt_sigreturn   ABI_SYS_RT_SIGRETURN
#define SYS_rt_sigprocmask ABI_SYS_RT_SIGPROCMASK
#define SYS_rt_sigpending  ABI_SYS_RT_SIGPENDING
#define SYS_rt_sigsuspend  ABI_SYS_RT_SIGSUSPEND

#define SYS_shm_attach ABI_SYS_SHM_ATTACH
#define SYS_shm_detach ABI_SYS_SHM_DETACH

#define SYS_disk_read   ABI_SYS_DISK_READ
#define SYS_disk_write  ABI_SYS_DISK_WRITE
#define SYS_disk_blocks ABI_SYS_DISK_BLOCKS

#if defined __i386__
#define SYS_exit_group      ABI_SYS_EXIT_GROUP_X86
#define SYS_clock_gettime   ABI_SYS_CLOCK_GETTIME_X86
#define SYS_clock_getres    ABI_SYS_CLOCK_GETRES_X86
#define SYS_clock_nanosleep ABI_SYS_CLOCK_SLEEP_X86
#define SYS_dup3            ABI_SYS_DUP3_X86
#define SYS_pipe2           ABI_SYS_PIPE2_X86
#else
#define SYS_exit_group      ABI_SYS_EXIT_GROUP_ARM
#define SYS_clock_gettime   ABI_SYS_CLOCK_GETTIME_ARM
#define SYS_clock_getres    ABI_SYS_CLOCK_GETRES_ARM
#define SYS_clock_nanosleep ABI_SYS_CLOCK_SLEEP_ARM
#define SYS_dup3            ABI_SYS_DUP3_ARM
#define SYS_pipe2           ABI_SYS_PIPE2_ARM
#endif

#endif /* GUEST_SYS_SYSCALL_H */
