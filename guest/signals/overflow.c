/*
 * overflow.c - a stack overflow that the program survives: the handler runs on
 * a stack of its own and jumps out. Twice, since the jump unblocks the signal.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define STEP 1000000

static sigjmp_buf back;
static char other_stack[16384] __attribute__((aligned(16)));
static volatile int on_other;

static void on_fault(int number, siginfo_t *info, void *context)
{
    char here;

    (void)info;
    (void)context;
    on_other = &here >= other_stack && &here < other_stack + sizeof other_stack;
    siglongjmp(back, number);
}

__attribute__((noinline)) static int descend(int depth)
{
    volatile char step[STEP];

    if (depth == 10000)
        return 0;
    step[0] = (char)depth;
    return descend(depth + 1) + step[0];
}

int main(void)
{
    stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack}, old;
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaltstack(&stack, NULL);
    sigaction(SIGSEGV, &action, NULL);
    for (volatile int i = 0; i < 2; i++) {
        int number = sigsetjmp(back, 1);

        if (number == 0)
            descend(0);
        sigaltstack(NULL, &old);
        printf("signal %d, on the other stack %d, now flags %d\n", number,
               on_other, old.ss_flags);
    }
    return 0;
}
