/*
 * calls.c - benchmark: functions that call functions.
 *
 * Fibonacci and Takeuchi by plain recursion, and queens on a chessboard. Takes
 * the number of rounds as its argument.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 28

/* Kept from being unrolled into itself: the calls are what is measured. */
#define CALLED                                                                 \
    __attribute__((noinline, noclone, optimize("no-optimize-sibling-calls")))

CALLED static uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

CALLED static int takeuchi(int x, int y, int z)
{
    if (y >= x)
        return z;
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x),
                    takeuchi(z - 1, x, y));
}

/* Places queens row by row; a bit is set where a column is attacked. */
CALLED static int queens(unsigned all, unsigned columns, unsigned left,
                         unsigned right)
{
    unsigned free = all & ~(columns | left | right);
    int count = columns == all;

    while (free != 0) {
        unsigned place = free & -free;

        free ^= place;
        count += queens(all, columns | place, (left | place) << 1,
                        (right | place) >> 1);
    }
    return count;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 0) : ROUNDS;
    uint32_t sum = 0;

    for (long i = 0; i < rounds; i++) {
        sum = sum * 31 + fibonacci(22 + (uint32_t)(i & 1));
        sum = sum * 31 + (uint32_t)takeuchi(14, 8, (int)(i & 3));
        sum = sum * 31 + (uint32_t)queens(0xff, 0, 0, 0);
    }
    printf("calls: %08lx\n", (unsigned long)sum);
    return 0;
}
