/* setjmp.c - leaves nested calls at once, and keeps what must be kept. */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf top;

static int descend(int depth)
{
    if (depth < 0)
        return 0;
    if (depth == 0)
        longjmp(top, 42);
    return descend(depth - 1) + 1;
}

static double half(double x)
{
    return x / 2;
}

int main(void)
{
    volatile int tries = 0;
    double kept = half(3); /* in a register that a call preserves, on ARM */
    int value = setjmp(top);

    if (value == 0)
        return descend(20);
    printf("came back with %d, %.1f is still there\n", value, kept);

    value = setjmp(top);
    tries++;
    if (tries < 4)
        longjmp(top, tries == 2 ? 0 : tries * 10);
    printf("%d tries, the last value is %d\n", tries, value);
    return 0;
}
