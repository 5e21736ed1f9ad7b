/*
 * faults.c - what a handler is told of each fault: the signal, si_code, and
 * si_addr, by whether it is the instruction, the data that it was to have, or
 * nothing.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static sigjmp_buf back;
static volatile int number, code;
static void *volatile address;
static volatile unsigned long pc, data; /* of what is about to fault */

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    number = signal;
    code = info->si_code;
    address = info->si_addr;
    siglongjmp(back, 1);
}

static void say(const char *what)
{
    const unsigned long at = (unsigned long)address;

    printf("%s: signal %d, code %d, address ", what, number, code);
    if (at == 0)
        puts("0");
    else if (at == pc)
        puts("of the instruction");
    else if (at == data)
        puts("of the data");
    else
        printf("pc + %ld\n", (long)(at - pc));
}

#define FAULT(what, statement)                                                 \
    do {                                                                       \
        pc = data = 0;                                                         \
        if (sigsetjmp(back, 1) == 0) {                                         \
            statement;                                                         \
            puts(what ": nothing");                                            \
        } else {                                                               \
            say(what);                                                         \
        }                                                                      \
    } while (0)

#if defined __i386__ || defined __x86_64__
#if defined __i386__
#define SET_PC "movl $1f, %0\n1: "
#else
#define SET_PC "movq $1f, %0\n1: "
#endif
#define AT(instruction)                                                        \
    __asm__ volatile(SET_PC "" instruction                                     \
                     : "=m"(pc)                                                \
                     : "a"(0), "c"(0), "d"(0)                                  \
                     : "memory", "cc")

static void all(void)
{
    static const unsigned short x87 = 0x33b; /* all but division masked */
    static const unsigned sse = 0x1d80;
    static unsigned char table[10];
#if defined __i386__
    static const int none[2] = {5, 5};
#endif

    FAULT("breakpoint", AT("int3"));
    FAULT("undefined", AT("ud2"));
    FAULT("division by zero", AT("divl %%ecx"));
    FAULT("quotient too large",
          __asm__ volatile(SET_PC "idivl %%ecx"
                           : "=m"(pc)
                           : "a"(0x80000000), "d"(0xffffffff), "c"(-1)
                           : "cc"));
    FAULT("privileged: hlt", AT("hlt"));
    FAULT("privileged: cli", AT("cli"));
    FAULT("privileged: lgdt", __asm__ volatile(SET_PC "lgdt %1"
                                               : "=m"(pc)
                                               : "m"(table)));
    FAULT("privileged: in", AT("inb $0x60, %%al"));
    FAULT("no such interrupt", AT("int $0x81"));
    FAULT("bad selector", __asm__ volatile(SET_PC "movw %w1, %%ds"
                                           : "=m"(pc)
                                           : "a"(0x1234)));
#if defined __i386__
    FAULT("into", AT("movb $0x7f, %%al\n addb $1, %%al\n into"));
    FAULT("bound", __asm__ volatile(SET_PC "boundl %%eax, %2"
                                    : "=m"(pc)
                                    : "a"(9), "m"(none[0])));
#endif
    FAULT("x87 division",
          __asm__ volatile("fninit\n fldcw %1\n fldz\n fld1\n fdivp\n" SET_PC
                           "fwait"
                           : "=m"(pc)
                           : "m"(x87)));
    __asm__ volatile("fninit");
    FAULT("SSE division",
          __asm__ volatile(
              "ldmxcsr %1\n movl $1, %%eax\n"
              "cvtsi2ss %%eax, %%xmm0\n xorps %%xmm1, %%xmm1\n" SET_PC
              "divss %%xmm1, %%xmm0"
              : "=m"(pc)
              : "m"(sse)
              : "eax"));
}
#else
#define AT(instruction)                                                        \
    __asm__ volatile(                                                          \
        "adr r3, 1f\n str r3, [%0]\n mov r2, #1\n 1: " instruction             \
        :                                                                      \
        : "r"(&pc)                                                             \
        : "r2", "r3", "memory", "cc")

static void all(void)
{
    FAULT("breakpoint", AT("bkpt #0"));
    FAULT("undefined", AT("udf #0"));
    FAULT("privileged: mcr", AT("mcr p15, 0, r2, c2, c0, 0"));
    FAULT("misaligned",
          __asm__ volatile("adr r3, 1f\n str r3, [%0]\n add r2, %0, #1\n"
                           "str r2, [%1]\n 1: ldrex r2, [r2]"
                           :
                           : "r"(&pc), "r"(&data)
                           : "r2", "r3", "memory"));
}
#endif

int main(void)
{
    static const int all_signals[] = {SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV};
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    for (unsigned i = 0; i < sizeof all_signals / sizeof *all_signals; i++)
        sigaction(all_signals[i], &action, NULL);
    all();
    FAULT("load", data = 0x7ffffff0; (void)*(volatile char *)data);
    FAULT("store", data = 0x7ffffff0; *(volatile char *)data = 1);
    return 0;
}
