/* sigset.c - sets of signals. */
#include <errno.h>
#include <signal.h>

int sigemptyset(sigset_t *set)
{
    *set = (sigset_t){{0, 0}};
    return 0;
}

int sigfillset(sigset_t *set)
{
    *set = (sigset_t){{~0ul, ~0ul}};
    return 0;
}

static int is_wrong(int number)
{
    if (number > 0 && number < NSIG)
        return 0;
    errno = EINVAL;
    return 1;
}

int sigaddset(sigset_t *set, int number)
{
    if (is_wrong(number))
        return -1;
    set->bits[(number - 1) / 32] |= 1ul << (number - 1) % 32;
    return 0;
}

int sigdelset(sigset_t *set, int number)
{
    if (is_wrong(number))
        return -1;
    set->bits[(number - 1) / 32] &= ~(1ul << (number - 1) % 32);
    return 0;
}

int sigismember(const sigset_t *set, int number)
{
    if (is_wrong(number))
        return -1;
    return set->bits[(number - 1) / 32] >> (number - 1) % 32 & 1;
}
