/*
 * exit.c - how a program begins and ends.
 *
 * _start calls __start_main with the stack pointer of entry. exit runs atexit
 * functions, then destructors, the last one first, then writes buffered output.
 * The first and the last happen only in programs that have them: both are weak
 * references that the linker leaves at 0 otherwise.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

typedef void function(void);

extern function *const __init_array_start[];
extern function *const __init_array_end[];
extern function *const __fini_array_start[];
extern function *const __fini_array_end[];
extern function __atexit_run __attribute__((weak));
extern function __stdout_flush __attribute__((weak));

int main(int argc, char **argv, char **envp);
_Noreturn void __start_main(long *stack);

_Noreturn void __start_main(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);

    for (function *const *f = __init_array_start; f < __init_array_end; f++)
        (*f)();
    exit(main(argc, argv, argv + argc + 1));
}

_Noreturn void exit(int code)
{
    if (__atexit_run)
        __atexit_run();
    for (function *const *f = __fini_array_end; f > __fini_array_start;)
        (*--f)();
    if (__stdout_flush)
        __stdout_flush();
    _exit(code);
}

_Noreturn void _Exit(int code)
{
    _exit(code);
}

/* What is not flushed is lost: the program is in no state to be trusted. */
int raise(int signal)
{
    return kill(getpid(), signal);
}

_Noreturn void abort(void)
{
    raise(SIGABRT);
    _exit(128 + SIGABRT);
}

char *getenv(const char *name)
{
    (void)name;
    return NULL;
}
