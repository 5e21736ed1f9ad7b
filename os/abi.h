/*
 * os/abi.h - what guest programs and the operating system agree on.
 *
 * System calls follow the Linux conventions, so that a program can also be
 * built as an ordinary Linux program and give the same answers:
 *
 *              number  arguments                    result  instruction
 *      i386    eax     ebx ecx edx esi edi ebp      eax     int $0x80
 *      ARM     r7      r0 r1 r2 r3 r4 r5 r6         r0      svc #0
 *
 * A result in [-4095, -1] is a negated errno value.
 *
 * At entry all general registers are 0 but the stack pointer, which is
 * 16-byte aligned and points at: argc, argv[0..argc-1], NULL, NULL (the
 * environment is empty), then the auxiliary vector of (type, value) pairs
 * that ends with ABI_AT_NULL. Every item is 4 bytes.
 *
 * Numbers: Linux's arch/x86/entry/syscalls/syscall_32.tbl, arch/arm/tools/
 * syscall.tbl and include/uapi/linux/auxvec.h.
 * Layer: this header stands alone; guests include it too.
 */
#ifndef OS_ABI_H
#define OS_ABI_H

/* The numbers that i386 and the ARM EABI have in common. */
#define ABI_SYS_EXIT            1
#define ABI_SYS_FORK            2
#define ABI_SYS_READ            3
#define ABI_SYS_WRITE           4
#define ABI_SYS_CLOSE           6
#define ABI_SYS_EXECVE          11
#define ABI_SYS_GETPID          20
#define ABI_SYS_PAUSE           29
#define ABI_SYS_KILL            37
#define ABI_SYS_DUP             41
#define ABI_SYS_PIPE            42
#define ABI_SYS_TIMES           43
#define ABI_SYS_BRK             45
#define ABI_SYS_FCNTL           55
#define ABI_SYS_DUP2            63
#define ABI_SYS_GETPPID         64
#define ABI_SYS_SIGACTION       67
#define ABI_SYS_SIGSUSPEND      72
#define ABI_SYS_SIGPENDING      73
#define ABI_SYS_GETTIMEOFDAY    78
#define ABI_SYS_WAIT4           114
#define ABI_SYS_SIGRETURN       119
#define ABI_SYS_CLONE           120
#define ABI_SYS_SIGPROCMASK     126
#define ABI_SYS_WRITEV          146
#define ABI_SYS_SCHED_YIELD     158
#define ABI_SYS_NANOSLEEP       162
#define ABI_SYS_RT_SIGRETURN    173
#define ABI_SYS_RT_SIGACTION    174
#define ABI_SYS_RT_SIGPROCMASK  175
#define ABI_SYS_RT_SIGPENDING   176
#define ABI_SYS_RT_SIGSUSPEND   179
#define ABI_SYS_SIGALTSTACK     186
#define ABI_SYS_VFORK           190
#define ABI_SYS_FCNTL64         221
#define ABI_SYS_GETTID          224
#define ABI_SYS_TKILL           238
#define ABI_SYS_CLOCK_GETTIME64 403
#define ABI_SYS_CLOCK_GETRES64  406
#define ABI_SYS_CLOCK_SLEEP64   407

/* Those that differ; ARM has no number for some. */
#define ABI_SYS_WAITPID_X86       7
#define ABI_SYS_TIME_X86          13
#define ABI_SYS_SIGNAL_X86        48
#define ABI_SYS_EXIT_GROUP_X86    252
#define ABI_SYS_EXIT_GROUP_ARM    248
#define ABI_SYS_CLOCK_GETTIME_X86 265
#define ABI_SYS_CLOCK_GETTIME_ARM 263
#define ABI_SYS_CLOCK_GETRES_X86  266
#define ABI_SYS_CLOCK_GETRES_ARM  264
#define ABI_SYS_CLOCK_SLEEP_X86   267
#define ABI_SYS_CLOCK_SLEEP_ARM   265
#define ABI_SYS_TGKILL_X86        270
#define ABI_SYS_TGKILL_ARM        268
#define ABI_SYS_DUP3_X86          330
#define ABI_SYS_DUP3_ARM          358
#define ABI_SYS_PIPE2_X86         331
#define ABI_SYS_PIPE2_ARM         359

/*
 * Calls that only this operating system has; Linux counts from 0, far below.
 *
 *      shm_attach(key, size, prot)  a segment of the process for the memory
 *                                   that all who know the key share. Returns
 *                                   its first address.
 *      shm_detach(address)          without it from now on: 0
 *
 * The first to attach a key gives the memory its size, from 1 byte to what the
 * offset of an address can say; it reads 0. Later @size may be less, or 0, and
 * the segment has all of it even so. Errors:
 *
 *      ENOSYS  the address space has no selectors: base-bounds, implicit
 *      EINVAL  no size, one that does not fit, or larger than the memory is; no
 *              rights, or others than reading and writing; nothing is attached
 *              at this address
 *      EMFILE  all selectors of the process are in use
 *      ENOSPC  64 keys are in use
 *      ENOMEM  no room
 */
#define ABI_SYS_SHM_ATTACH 4096
#define ABI_SYS_SHM_DETACH 4097

#define ABI_SHM_READ  1
#define ABI_SHM_WRITE 2

/*
 * And the machine's disk, of blocks of ABI_DISK_BLOCK bytes that are numbered
 * from 0 on:
 *
 *      disk_read(block, to, count)     @count blocks from @block on into memory
 *      disk_write(block, from, count)  and the other way
 *                                      Return @count.
 *      disk_blocks()                   how many blocks there are
 *
 * The process waits until it is done, which takes the time of a disk; no signal
 * that it has a handler for ends that. Errors, after which nothing has moved:
 *
 *      ENXIO   there is no disk, or it does not have all of these blocks
 *      EINVAL  no blocks, or more than ABI_DISK_COUNT_MAX
 *      EFAULT  not all of the memory may be written, or read
 *      ENOMEM  the host has no memory for it
 *      EIO     the host cannot read or write
 */
#define ABI_SYS_DISK_READ   4098
#define ABI_SYS_DISK_WRITE  4099
#define ABI_SYS_DISK_BLOCKS 4100

#define ABI_DISK_BLOCK     512u
#define ABI_DISK_COUNT_MAX 128u

#define ABI_EPERM        1
#define ABI_ENOENT       2
#define ABI_ESRCH        3
#define ABI_EINTR        4
#define ABI_EIO          5
#define ABI_ENXIO        6
#define ABI_E2BIG        7
#define ABI_ENOEXEC      8
#define ABI_EBADF        9
#define ABI_ECHILD       10
#define ABI_EAGAIN       11
#define ABI_ENOMEM       12
#define ABI_EFAULT       14
#define ABI_EINVAL       22
#define ABI_ENFILE       23
#define ABI_EMFILE       24
#define ABI_EFBIG        27
#define ABI_ENOSPC       28
#define ABI_EPIPE        32
#define ABI_ENAMETOOLONG 36
#define ABI_ENOSYS       38

#define ABI_AT_NULL   0
#define ABI_AT_PHDR   3
#define ABI_AT_PHENT  4
#define ABI_AT_PHNUM  5
#define ABI_AT_PAGESZ 6
#define ABI_AT_ENTRY  9
#define ABI_AT_UID    11
#define ABI_AT_EUID   12
#define ABI_AT_GID    13
#define ABI_AT_EGID   14
#define ABI_AT_HWCAP  16
#define ABI_AT_CLKTCK 17
#define ABI_AT_SECURE 23
#define ABI_AT_RANDOM 25

/*
 * brk keeps this many bytes free below the stack pointer and refuses a break
 * that would come nearer. A program is refused at load time when its image,
 * its arguments and this gap do not fit in its bounds.
 */
#define ABI_STACK_GAP 512u

/*
 * How full the heap of a program is, for those who watch it (`run --stats`):
 * a record at the first multiple of ABI_HEAP_ALIGN at or above the initial
 * break, if its first word is the magic. The guest library's malloc keeps one;
 * no program has to, and nothing depends on what it says.
 */
#define ABI_HEAP_ALIGN 16u
#define ABI_HEAP_MAGIC 0x70616568u /* "heap" */

/* Flags of pipe2() and dup3(), and what fcntl() is asked. */
#define ABI_O_WRONLY        1
#define ABI_O_CLOEXEC       02000000
#define ABI_F_DUPFD         0
#define ABI_F_GETFD         1
#define ABI_F_SETFD         2
#define ABI_F_GETFL         3
#define ABI_F_DUPFD_CLOEXEC 1030
#define ABI_FD_CLOEXEC      1

/* So many bytes a pipe holds, and a write of so many is in one piece. */
#define ABI_PIPE_SIZE 4096u

/* The clocks that clock_gettime() knows. They all tell the same time, but... */
#define ABI_CLOCK_REALTIME    0
#define ABI_CLOCK_PROCESS_CPU 2 /* these two tell how long the process ran */
#define ABI_CLOCK_THREAD_CPU  3
#define ABI_CLOCKS            8   /* 4 to 7: raw, coarse, since boot */
#define ABI_CLOCK_TICKS       100 /* a second, for times() */
#define ABI_TIMER_ABSTIME     1   /* a flag of clock_nanosleep() */

/* The flags that clone() takes, beside SIGCHLD. */
#define ABI_CLONE_PARENT_SETTID  0x00100000
#define ABI_CLONE_CHILD_CLEARTID 0x00200000
#define ABI_CLONE_CHILD_SETTID   0x01000000

/* How a process ended, in the word of wait4(): a signal, or 256 x a code. */
#define ABI_WNOHANG   1
#define ABI_WUNTRACED 2
#define ABI_WAIT_ALL  0xe000000bu /* all flags that wait4() takes */

#define ABI_SIGILL   4
#define ABI_SIGTRAP  5
#define ABI_SIGBUS   7
#define ABI_SIGFPE   8
#define ABI_SIGKILL  9
#define ABI_SIGSEGV  11
#define ABI_SIGPIPE  13
#define ABI_SIGTERM  15
#define ABI_SIGCHLD  17
#define ABI_SIGSTOP  19
#define ABI_SIGNALS  64 /* the highest number */
#define ABI_HANDLED  31 /* and the highest that can have a handler */
#define ABI_SIG_SIZE 8  /* bytes of a set of signals: signal n is bit n - 1 */

/* A handler that is none. */
#define ABI_SIG_DFL 0
#define ABI_SIG_IGN 1

/* Flags of sigaction(), and what it keeps of those it is given. */
#define ABI_SA_NOCLDSTOP 0x00000001u
#define ABI_SA_NOCLDWAIT 0x00000002u
#define ABI_SA_SIGINFO   0x00000004u
#define ABI_SA_RESTORER  0x04000000u
#define ABI_SA_ONSTACK   0x08000000u
#define ABI_SA_RESTART   0x10000000u
#define ABI_SA_NODEFER   0x40000000u
#define ABI_SA_RESETHAND 0x80000000u
#define ABI_SA_ALL       0xde000007u /* with ARM's SA_THIRTYTWO */

#define ABI_SIG_BLOCK   0
#define ABI_SIG_UNBLOCK 1
#define ABI_SIG_SETMASK 2

#define ABI_SS_ONSTACK  1
#define ABI_SS_DISABLE  2
#define ABI_MINSIGSTKSZ 2048u

/* Why a signal came: si_code. */
#define ABI_SI_USER     0
#define ABI_SI_KERNEL   0x80
#define ABI_SI_TKILL    (-6)
#define ABI_ILL_ILLOPC  1
#define ABI_ILL_ILLOPN  2
#define ABI_ILL_PRVOPC  5
#define ABI_FPE_INTDIV  1
#define ABI_FPE_FLTDIV  3
#define ABI_FPE_FLTOVF  4
#define ABI_FPE_FLTUND  5
#define ABI_FPE_FLTRES  6
#define ABI_FPE_FLTINV  7
#define ABI_SEGV_MAPERR 1
#define ABI_SEGV_ACCERR 2
#define ABI_BUS_ADRALN  1
#define ABI_TRAP_BRKPT  1
#define ABI_CLD_EXITED  1
#define ABI_CLD_KILLED  2

#ifndef __ASSEMBLER__
#include <stdint.h>

struct abi_heap {
    uint32_t magic;
    uint32_t size;      /* bytes of its blocks, headers included */
    uint32_t used;      /* of them handed out, without headers */
    uint32_t used_peak; /* the most at any time */
};
#endif

/* execve: the longest path, and the most that all arguments may be together. */
#define ABI_PATH_MAX 4096u
#define ABI_ARGS_MAX 1024u
#define ABI_ARG_MAX  32768u /* bytes, with the 0 of each */

/* One element of writev's array. */
#define ABI_IOVEC_SIZE 8u
#define ABI_IOV_MAX    1024

#endif /* OS_ABI_H */
