/*
 * system.c - the system calls as C functions, and errno.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int errno;

long __syscall_result(long result);

/* syscall() ends here: results in [-4095, -1] are negated errno values. */
__attribute__((used)) long __syscall_result(long result)
{
    if ((unsigned long)result < -4095ul)
        return result;
    errno = -result;
    return -1;
}

ssize_t read(int fd, void *to, size_t size)
{
    return syscall(SYS_read, fd, to, size);
}

ssize_t write(int fd, const void *from, size_t size)
{
    return syscall(SYS_write, fd, from, size);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    return syscall(SYS_writev, fd, pieces, count);
}

pid_t getpid(void)
{
    return syscall(SYS_getpid);
}

_Noreturn void _exit(int code)
{
    for (;;) {
        syscall(SYS_exit_group, code);
        syscall(SYS_exit, code);
    }
}

/* The system call answers with the break as it now is, moved or not. */
static uintptr_t move_break(uintptr_t end)
{
    return (uintptr_t)syscall(SYS_brk, end);
}

int brk(void *end)
{
    if (move_break((uintptr_t)end) == (uintptr_t)end)
        return 0;
    errno = ENOMEM;
    return -1;
}

void *sbrk(ptrdiff_t change)
{
    uintptr_t old = move_break(0);
    uintptr_t end = old + (uintptr_t)change;

    if (change != 0 && ((end < old) != (change < 0) || brk((void *)end) != 0)) {
        errno = ENOMEM;
        return (void *)-1;
    }
    return (void *)old;
}
