/*
 * fib.c - C as far as it goes: variables of its own and of everybody, calls and
 * arrays, but no address of a local variable, and no library.
 *
 * Ends with exit code 0.
 */
static const unsigned want[] = {0, 1, 1, 2, 3, 5, 8, 13, 21, 34};
unsigned got[10];

static unsigned fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

__attribute__((noreturn)) static void leave(int code)
{
#ifdef __arm__
    register int r0 __asm__("r0") = code;

    __asm__ volatile("mov r7, #1\n\tsvc #0" : : "r"(r0));
#else
    __asm__ volatile("int $0x80" : : "a"(1), "b"(code));
#endif
    __builtin_unreachable();
}

void _start(void)
{
    for (unsigned i = 0; i < 10; i++)
        got[i] = fib(i);
    for (unsigned i = 0; i < 10; i++)
        if (got[i] != want[i])
            leave(1);
    leave(0);
}
