/* signal.c - handlers and masks. */
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void __restore(void);
void __restore_rt(void);

int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    struct sigaction copy;

    if (action != NULL) {
        copy = *action;
        copy.sa_flags |= SA_RESTORER;
        copy.sa_restorer =
            copy.sa_flags & SA_SIGINFO ? __restore_rt : __restore;
        action = &copy;
    }
    return syscall(SYS_rt_sigaction, number, action, old, sizeof(sigset_t));
}

void (*signal(int number, void (*handler)(int)))(int)
{
    struct sigaction action = {.sa_flags = SA_RESTART}, old;

    action.sa_handler = handler;
    return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    return syscall(SYS_rt_sigprocmask, how, set, old, sizeof(sigset_t));
}

int sigpending(sigset_t *set)
{
    return syscall(SYS_rt_sigpending, set, sizeof(sigset_t));
}

int sigsuspend(const sigset_t *mask)
{
    return syscall(SYS_rt_sigsuspend, mask, sizeof(sigset_t));
}

int sigaltstack(const stack_t *stack, stack_t *old)
{
    return syscall(SYS_sigaltstack, stack, old);
}

int pause(void)
{
    return syscall(SYS_pause);
}
