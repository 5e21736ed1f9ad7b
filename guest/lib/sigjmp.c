/* sigjmp.c - setjmp and longjmp with the signals that are blocked. */
#include <setjmp.h>

void __sigsetjmp_mask(sigjmp_buf buf, int save)
{
    buf->saved = save;
    if (save)
        sigprocmask(SIG_SETMASK, NULL, &buf->mask);
}

_Noreturn void siglongjmp(sigjmp_buf buf, int value)
{
    if (buf->saved)
        sigprocmask(SIG_SETMASK, &buf->mask, NULL);
    longjmp(buf->registers, value);
}
