/*
 * block_overrun.c - writes a string one byte longer than its block, over the
 * header of the next one, which malloc notices when the block is given back.
 *
 * Ends with exit code 134.
 */
#include "zoo.h"

int main(void)
{
    char *volatile name = malloc(8);
    char *volatile next = malloc(8);

    for (int i = 0; i <= 8; i++)
        name[i] = 'x';
    free(name);
    free(next);
    return zoo_survived("an overrun");
}
