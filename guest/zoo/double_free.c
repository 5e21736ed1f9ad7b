/*
 * double_free.c - gives a block back twice, which malloc notices.
 *
 * Ends with exit code 134.
 */
#include "zoo.h"

int main(void)
{
    char *volatile p = malloc(16);

    free(p);
    free(p);
    return zoo_survived("a double free");
}
