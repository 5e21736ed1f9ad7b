/* primes.c - the sieve of Eratosthenes. */
#include <stdio.h>
#include <string.h>

#define LIMIT 2000

static unsigned char composite[LIMIT + 1];

static void sieve(void)
{
    memset(composite, 0, sizeof composite);
    for (int i = 2; i * i <= LIMIT; i++)
        if (!composite[i])
            for (int j = i * i; j <= LIMIT; j += i)
                composite[j] = 1;
}

int main(void)
{
    int count = 0;
    int last = 0;

    sieve();
    for (int i = 2; i <= LIMIT; i++) {
        if (composite[i])
            continue;
        count++;
        last = i;
        if (i < 100)
            printf("%d%c", i, i == 97 ? '\n' : ' ');
    }
    printf("%d primes up to %d, the last is %d\n", count, LIMIT, last);
    return 0;
}
