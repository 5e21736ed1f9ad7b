/*
 * fork.c - two processes from one, by use: the code stays one, data and stack
 * are copied by who writes first.
 *
 * Ends with exit code 0.
 */
static volatile int common = 1;

static int call(int number, int a, int b)
{
#ifdef __arm__
    register int r0 __asm__("r0") = a;
    register int r1 __asm__("r1") = b;
    register int r2 __asm__("r2") = 0;
    register int r3 __asm__("r3") = 0;

    __asm__ volatile("push {r7}\n\tmov r7, %1\n\tsvc #0\n\tpop {r7}"
                     : "+r"(r0)
                     : "r"(number), "r"(r1), "r"(r2), "r"(r3)
                     : "memory");
    return r0;
#else
    int result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(0), "S"(0)
                     : "memory");
    return result;
#endif
}

static int sum(int n)
{
    volatile int mine = n;

    return n == 0 ? 0 : mine + sum(n - 1);
}

__attribute__((noreturn)) static void leave(int code)
{
    for (;;)
        call(1, code, 0);
}

void _start(void)
{
    volatile int mine = 2;
    const int child = call(2, 0, 0);

    if (child == 0) {
        common += 10;
        mine += 10;
        leave(common == 11 && mine == 12 && sum(10) == 55 ? 0 : 3);
    }
    common += 20;
    mine += 20;
    if (sum(20) != 210 || call(114, child, 0) != child)
        leave(1);
    leave(common == 21 && mine == 22 ? 0 : 2);
}
