/* number.c - small arithmetic of <stdlib.h>. */
#include <stdint.h>
#include <stdlib.h>

int abs(int value)
{
    return value < 0 ? -value : value;
}

long labs(long value)
{
    return value < 0 ? -value : value;
}

long long llabs(long long value)
{
    return value < 0 ? -value : value;
}

div_t div(int number, int by)
{
    return (div_t){number / by, number % by};
}

ldiv_t ldiv(long number, long by)
{
    return (ldiv_t){number / by, number % by};
}

lldiv_t lldiv(long long number, long long by)
{
    return (lldiv_t){number / by, number % by};
}

static uint64_t rand_state = 1;

void srand(unsigned seed)
{
    rand_state = seed;
}

/* A 64-bit linear congruential generator; its high bits are its good ones. */
int rand(void)
{
    rand_state = rand_state * 6364136223846793005ull + 1442695040888963407ull;
    return (int)(rand_state >> 33);
}
