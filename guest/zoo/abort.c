/*
 * abort.c - an assertion fails.
 *
 * Ends with exit code 134.
 */
#include <assert.h>

int main(void)
{
    volatile int one = 1;

    assert(one == 2);
    return 0;
}
