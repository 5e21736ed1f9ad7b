/*
 * twice.c - attaches one piece of memory twice, stores a number through one
 * address and loads it through the other, and looks in a table with it.
 *
 * In one block, so that whoever foresees the addresses must see that the two
 * are the same bytes. tests/run_timed.sh compiles it.
 */
#include <fencepost.h>
#include <stdio.h>

#define ROUNDS 600000u
#define CELLS  4096u

static volatile unsigned cells[CELLS];

static __attribute__((noinline)) void clear(volatile unsigned *word)
{
    *word = 0;
}

int main(void)
{
    volatile unsigned *one = shm_attach(1, 4096, SHM_READ | SHM_WRITE);
    volatile unsigned *other = shm_attach(1, 0, SHM_READ | SHM_WRITE);
    unsigned sum = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        clear(other);
        *one = i * 2654435761u >> 20;
        sum += cells[*other % CELLS];
    }
    printf("sum %u\n", sum);
    return 0;
}
