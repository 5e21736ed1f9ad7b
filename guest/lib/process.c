/* process.c - the system calls about processes. */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t fork(void)
{
    return syscall(SYS_fork);
}

pid_t vfork(void)
{
    return syscall(SYS_fork);
}

pid_t getppid(void)
{
    return syscall(SYS_getppid);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return syscall(SYS_wait4, pid, status, options, NULL);
}

pid_t wait(int *status)
{
    return waitpid(-1, status, 0);
}

int kill(pid_t pid, int signal)
{
    return syscall(SYS_kill, pid, signal);
}
