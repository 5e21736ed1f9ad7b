/* recursion.c - functions that call themselves. */
#include <stdio.h>

static int calls;

static int ackermann(int m, int n)
{
    calls++;
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static int fibonacci(int n)
{
    calls++;
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static void hanoi(int discs, char from, char over, char to)
{
    if (discs == 0)
        return;
    hanoi(discs - 1, from, to, over);
    calls++;
    printf("%c%c%s", from, to, calls % 16 == 0 ? "\n" : " ");
    hanoi(discs - 1, over, from, to);
}

int main(void)
{
    int result = ackermann(2, 9);

    printf("ackermann(2, 9) = %d in %d calls\n", result, calls);
    calls = 0;
    result = fibonacci(17);
    printf("fibonacci(17) = %d in %d calls\n", result, calls);
    calls = 0;
    hanoi(5, 'a', 'b', 'c');
    printf("\n%d moves\n", calls);
    return 0;
}
