/*
 * setjmp.h - jump back into a function that is still active.
 *
 * A jmp_buf keeps what a called function must preserve:
 *
 *      i386    ebx esi edi ebp esp eip
 *      ARM     r4-r11 sp lr, and d8-d15 where floating point is in hardware
 */
#ifndef GUEST_SETJMP_H
#define GUEST_SETJMP_H

#include <signal.h>

#if defined __i386__
typedef int jmp_buf[6];
#else
typedef long long jmp_buf[5 + 8];
#endif

int setjmp(jmp_buf buf) __attribute__((returns_twice));

/* Makes that setjmp return value, or 1 if value is 0. */
_Noreturn void longjmp(jmp_buf buf, int value);

#define setjmp setjmp

/* With the signals that are blocked, if save is not 0. */
typedef struct {
    jmp_buf registers;
    int saved;
    sigset_t mask;
} sigjmp_buf[1];

void __sigsetjmp_mask(sigjmp_buf buf, int save);

#define sigsetjmp(buf, save)                                                   \
    (__sigsetjmp_mask(buf, save), setjmp((buf)->registers))

_Noreturn void siglongjmp(sigjmp_buf buf, int value);

#endif /* GUEST_SETJMP_H */
