/*
 * tests/bench_alloc.c - requests per second of every policy, by how many
 * blocks are live: lines `bench alloc.POLICY.LIVE.mrps VALUE`.
 *
 * Blocks of 16 to 1024 bytes lie beside an imaginary heap that is half again
 * as large as they are; a random one is freed, another taken, and so on. As
 * neighbours merge, about a third as many chunks are free. Policies that search
 * a list stop at the size where that takes too long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "os/alloc/alloc.h"

#define LIVE_MAX  1000000u
#define ROUNDS    400000u
#define TIME_MAX  2.0 /* seconds; what takes longer is not tried larger */
#define SIZE_MEAN 520u

static uint32_t blocks[LIVE_MAX];
static uint32_t table[ALLOC_TABLE_WORDS];

static bool resize(void *ctx, void **memory, size_t bytes)
{
    void *more;

    (void)ctx;
    if (bytes == 0) {
        free(*memory);
        return true;
    }
    more = realloc(*memory, bytes);
    if (!more)
        return false;
    *memory = more;
    return true;
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void replace(struct alloc *a, uint32_t *block, uint32_t *state)
{
    const uint32_t size = 16 + next_random(state) % 1009;
    struct alloc_found found;

    if (*block != ALLOC_NONE)
        alloc_give(a, *block);
    alloc_take(a, size, &found);
    *block = found.block;
}

/* Million requests per second; 0: it took too long. */
static double measure(const struct alloc_policy *policy, uint32_t live)
{
    const struct alloc_config config = {
        .policy = policy,
        .order = ALLOC_FRONT,
        .coalesce = ALLOC_COALESCE_ADDRESS,
        .base = 4096,
        .size = live * SIZE_MEAN / 2 * 3,
        .align = 16,
        .slot_size = 1024,
        .table = table,
        .nodes = {.resize = resize},
    };
    uint32_t state = 1, done = 0;
    struct alloc a;

    if (alloc_init(&a, &config) != ALLOC_OK)
        return 0;
    for (uint32_t i = 0; i < live; i++) {
        blocks[i] = ALLOC_NONE;
        replace(&a, &blocks[i], &state);
    }

    const double start = seconds();
    double end = start;
    while (done < ROUNDS && end - start < TIME_MAX) {
        for (unsigned i = 0; i < 1000; i++, done++)
            replace(&a, &blocks[next_random(&state) % live], &state);
        end = seconds();
    }
    alloc_reset(&a);
    return 2.0 * done / (end - start) / 1e6;
}

int main(void)
{
    for (unsigned i = 0; i < ALLOC_POLICIES; i++)
        for (uint32_t live = 1000; live <= LIVE_MAX; live *= 10) {
            const double rate = measure(alloc_policies[i], live);

            printf("bench alloc.%s.%u.mrps %.3f\n",
                   alloc_policy_name(alloc_policies[i]), live, rate);
            fflush(stdout);
            if (2.0 * ROUNDS / 1e6 / TIME_MAX > rate)
                break;
        }
    return 0;
}
