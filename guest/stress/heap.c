/*
 * heap.c - lives off malloc for a million operations and checks the contents
 * of every block: heap [OPERATIONS].
 *
 * Blocks are taken, resized, zeroed by calloc, aligned, and given back in an
 * order that looks random and is the same everywhere. Each is filled to its
 * last byte with a pattern of its own, which must be there when it is resized
 * or given back. Needs about 64 KiB. tests/run_alloc.sh links it with every
 * policy.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCKS 128

struct block {
    unsigned char *at; /* NULL: none */
    unsigned size;
    unsigned char seed;
};

static struct block blocks[BLOCKS];
static unsigned state = 1;
static long wrong, refused;

static unsigned next_random(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static unsigned char pattern(const struct block *b, unsigned i)
{
    return (unsigned char)(b->seed + i);
}

static void fill(struct block *b)
{
    b->seed = (unsigned char)next_random();
    for (unsigned i = 0; i < b->size; i++)
        b->at[i] = pattern(b, i);
}

static void check(const struct block *b, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        if (b->at[i] != pattern(b, i)) {
            wrong++;
            return;
        }
}

static void take(struct block *b)
{
    const unsigned kind = next_random() % 16;
    const unsigned limit = next_random() % 32 ? 40 : 1200;

    b->size = 1 + next_random() % limit;
    if (kind == 0)
        b->at = aligned_alloc(64, b->size);
    else
        b->at = kind == 1 ? calloc(1, b->size) : malloc(b->size);
    if (b->at == NULL) {
        refused++;
        return;
    }
    if ((uintptr_t)b->at % (kind == 0 ? 64 : 8) != 0)
        wrong++;
    for (unsigned i = 0; kind == 1 && i < b->size; i++)
        wrong += b->at[i] != 0;
    fill(b);
}

static void resize(struct block *b)
{
    const unsigned size = 1 + next_random() % 80;
    unsigned char *at = realloc(b->at, size);

    if (at == NULL) {
        refused++;
        return;
    }
    b->at = at;
    check(b, size < b->size ? size : b->size);
    b->size = size;
    fill(b);
}

static void give(struct block *b)
{
    check(b, b->size);
    free(b->at);
    b->at = NULL;
}

int main(int argc, char **argv)
{
    const long operations = argc > 1 ? atol(argv[1]) : 1000000;

    for (long i = 0; i < operations; i++) {
        struct block *b = &blocks[next_random() % BLOCKS];

        if (b->at == NULL)
            take(b);
        else if (next_random() % 4 == 0)
            resize(b);
        else
            give(b);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        if (blocks[i].at != NULL)
            give(&blocks[i]);
    printf("%ld operations, %ld blocks were wrong\n", operations, wrong);
    if (refused > operations / 100)
        printf("%ld requests were refused\n", refused);
    return wrong != 0;
}
