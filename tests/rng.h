/*
 * tests/rng.h - the same random numbers on every host.
 *
 * The seed is TEST_SEED from the environment, or 1. A test that fails prints
 * it.
 */
#ifndef TESTS_RNG_H
#define TESTS_RNG_H

#include <stdint.h>

struct rng {
    uint32_t seed;
    uint64_t state;
};

/* Start from the seed and print it. */
struct rng rng_start(void);

/* The next 32 bits. */
uint32_t rng_next(struct rng *rng);

/* A number below @n; n > 0. */
uint32_t rng_below(struct rng *rng, uint32_t n);

#endif /* TESTS_RNG_H */
