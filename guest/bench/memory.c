/*
 * memory.c - benchmark: loads and stores over arrays of a megabyte.
 *
 * Each round adds two arrays into a third, word by word, and follows a chain
 * of pointers that visits every cell of another in an order without pattern.
 * Takes the number of rounds as its argument. Wants 4 MiB of bounds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 60
#define WORDS  (1 << 18)
#define CELLS  (1 << 17)

struct cell {
    struct cell *next;
    uint32_t value;
};

static uint32_t a[WORDS];
static uint32_t b[WORDS];
static struct cell cells[CELLS];

/* An odd step through a power of two reaches every cell once. */
static void link_cells(void)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < CELLS; i++) {
        uint32_t next = (at * 1664525 + 1013904223) % CELLS;

        cells[at].next = &cells[next];
        cells[at].value = i;
        at = next;
    }
}

static uint32_t stream(uint32_t round)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < WORDS; i++) {
        uint32_t x = a[i] + b[i] + round;

        a[i] = x;
        sum = (sum << 1 | sum >> 31) ^ x;
    }
    return sum;
}

static uint32_t chase(uint32_t round)
{
    const struct cell *c = cells;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < CELLS; i++) {
        sum = sum * 3 + c->value + round;
        c = c->next;
    }
    return sum;
}

int main(int argc, char **argv)
{
    uint32_t rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : ROUNDS;
    uint32_t sum = 0;

    link_cells();
    for (uint32_t i = 0; i < WORDS; i++) {
        a[i] = i;
        b[i] = i * 2654435761u;
    }
    for (uint32_t i = 0; i < rounds; i++)
        sum = sum * 31 + (stream(i) ^ chase(i));
    printf("memory: %08lx\n", (unsigned long)sum);
    return 0;
}
