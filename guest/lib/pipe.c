/* pipe.c - the system calls about descriptors. */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

int close(int fd)
{
    return syscall(SYS_close, fd);
}

int pipe(int ends[2])
{
    return syscall(SYS_pipe, ends);
}

int pipe2(int ends[2], int flags)
{
    return syscall(SYS_pipe2, ends, flags);
}

int dup(int fd)
{
    return syscall(SYS_dup, fd);
}

int dup2(int fd, int to)
{
    return syscall(SYS_dup2, fd, to);
}

int dup3(int fd, int to, int flags)
{
    return syscall(SYS_dup3, fd, to, flags);
}

int fcntl(int fd, int command, ...)
{
    va_list args;
    long value;

    va_start(args, command);
    value = va_arg(args, long);
    va_end(args);
    return syscall(SYS_fcntl, fd, command, value);
}
