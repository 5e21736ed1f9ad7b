/* exec.c - execve and its relatives. */
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

int execve(const char *path, char *const argv[], char *const envp[])
{
    return syscall(SYS_execve, path, argv, envp);
}

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, NULL);
}

int execvp(const char *path, char *const argv[])
{
    return execve(path, argv, NULL);
}

/* The arguments up to and including the NULL, as an array on the stack. */
static int exec_list(const char *path, const char *first, va_list args)
{
    va_list again;
    int count = 1;

    va_copy(again, args);
    while (va_arg(again, char *) != NULL)
        count++;
    va_end(again);

    char *argv[count + 1];
    argv[0] = (char *)first;
    for (int i = 1; i <= count; i++)
        argv[i] = va_arg(args, char *);
    return execve(path, argv, NULL);
}

int execl(const char *path, const char *first, ...)
{
    va_list args;
    int result;

    va_start(args, first);
    result = exec_list(path, first, args);
    va_end(args);
    return result;
}

int execlp(const char *path, const char *first, ...)
{
    va_list args;
    int result;

    va_start(args, first);
    result = exec_list(path, first, args);
    va_end(args);
    return result;
}
