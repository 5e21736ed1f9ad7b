/* int64.c - arithmetic on 64 bits, which these machines do in two halves. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

static uint64_t power(uint64_t base, unsigned exponent)
{
    uint64_t result = 1;

    for (; exponent > 0; exponent >>= 1, base *= base)
        if (exponent & 1)
            result *= base;
    return result;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static void divide(int64_t a, int64_t b)
{
    printf("%lld / %lld = %lld rest %lld\n", (long long)a, (long long)b,
           (long long)(a / b), (long long)(a % b));
}

static void shifts(uint64_t x)
{
    for (unsigned n = 0; n < 64; n += 9)
        printf("%2u: %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n", n, x << n,
               x >> n, (uint64_t)((int64_t)x >> n));
}

int main(void)
{
    uint64_t product = 1;

    for (unsigned i = 2; i <= 20; i++)
        product *= i;
    printf("20! = %" PRIu64 "\n", product);
    printf("3^40 = %llu, mod 2^64 3^41 = %llu\n",
           (unsigned long long)power(3, 40), (unsigned long long)power(3, 41));
    printf("gcd = %llu\n", (unsigned long long)gcd(product, power(6, 12)));
    divide(INT64_MAX, 1000000007);
    divide(INT64_MIN, 10);
    divide(-7, 4000000000);
    divide(-1000000000000000000, -3000000000);
    shifts(0x8123456789abcdef);
    printf("%d %d %d\n", INT64_MIN<INT64_MAX, (uint64_t)-1> 1,
           (int)(0x100000000ull != 0));
    printf("%" PRId64 " %" PRIi64 " %" PRIo64 " %" PRIX64 "\n", INT64_MIN,
           INT64_MAX, UINT64_MAX, UINT64_MAX);
    return 0;
}
