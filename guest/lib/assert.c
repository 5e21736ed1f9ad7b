/* assert.c - what a failed assertion says. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void __assert_fail(const char *condition, const char *file, int line,
                             const char *function)
{
    fflush(NULL);
    fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, function,
            condition);
    abort();
}
