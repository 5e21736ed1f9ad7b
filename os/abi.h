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
#define ABI_SYS_EXIT   1
#define ABI_SYS_READ   3
#define ABI_SYS_WRITE  4
#define ABI_SYS_GETPID 20
#define ABI_SYS_BRK    45
#define ABI_SYS_WRITEV 146

/* The one that differs. */
#define ABI_SYS_EXIT_GROUP_X86 252
#define ABI_SYS_EXIT_GROUP_ARM 248

#define ABI_EINTR  4
#define ABI_EIO    5
#define ABI_EBADF  9
#define ABI_EAGAIN 11
#define ABI_ENOMEM 12
#define ABI_EFAULT 14
#define ABI_EINVAL 22
#define ABI_EFBIG  27
#define ABI_ENOSPC 28
#define ABI_EPIPE  32
#define ABI_ENOSYS 38

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

#ifndef __ASSEMBLER__
#include <stdint.h>

struct abi_heap {
    uint32_t magic;
    uint32_t size;      /* bytes of its blocks, headers included */
    uint32_t used;      /* of them handed out, without headers */
    uint32_t used_peak; /* the most at any time */
};
#endif

/* One element of writev's array. */
#define ABI_IOVEC_SIZE 8u
#define ABI_IOV_MAX    1024

#endif /* OS_ABI_H */
