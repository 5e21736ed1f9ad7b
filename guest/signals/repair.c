/*
 * repair.c - a program that survives its own faults: a handler gives the
 * pointer that was wrong another value, in the registers of its frame, and the
 * same instruction runs again.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#define NOWHERE 0x7f000010ul

static volatile int good = 41;
static int faults;

static void put_registers(ucontext_t *context, unsigned long from,
                          unsigned long to)
{
#if defined __i386__
    for (int i = REG_EDI; i <= REG_EAX; i++)
        if ((unsigned long)context->uc_mcontext.gregs[i] == from)
            context->uc_mcontext.gregs[i] = (int)to;
#else
    unsigned long *regs = &context->uc_mcontext.arm_r0;

    for (int i = 0; i < 13; i++)
        if (regs[i] == from)
            regs[i] = to;
#endif
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    faults++;
    printf("signal %d, code %d, address %#lx\n", number, info->si_code,
           (unsigned long)info->si_addr);
    put_registers(context, NOWHERE, (unsigned long)&good);
}

/* A floating-point number lives through it in a register. */
__attribute__((noinline)) static double store(int *where, int value, double x)
{
    double y = x * 1.5;

    __asm__ volatile("" : "+r"(where));
    *where = value;
    return y + x;
}

int main(void)
{
    struct sigaction action;
    int *nowhere = (int *)NOWHERE;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);

    __asm__ volatile("" : "+r"(nowhere));
    printf("read %d\n", *(volatile int *)nowhere);
    printf("wrote, and have %g\n", store((int *)NOWHERE, 42, 2.5));
    printf("good is %d after %d faults\n", good, faults);
    return faults == 2 && good == 42 ? 0 : 1;
}
