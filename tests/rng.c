/* tests/rng.c - splitmix64 (Steele, Lea, Flood 2014); see rng.h. */
#include "tests/rng.h"

#include <stdio.h>
#include <stdlib.h>

struct rng rng_start(void)
{
    const char *env = getenv("TEST_SEED");
    const uint32_t seed = env ? (uint32_t)strtoul(env, NULL, 0) : 1;

    printf("TEST_SEED=%u\n", seed);
    return (struct rng){.seed = seed, .state = seed};
}

uint32_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32 ^ z >> 1);
}

uint32_t rng_below(struct rng *rng, uint32_t n)
{
    return rng_next(rng) % n;
}
