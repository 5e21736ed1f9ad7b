/* atexit.c - functions to be called at exit, the last one first. */
#include <stdlib.h>

#define ATEXIT_MAX 32

static void (*functions[ATEXIT_MAX])(void);
static unsigned count;

void __atexit_run(void);

/* A function may call atexit itself: count is read anew each time. */
void __atexit_run(void)
{
    while (count > 0)
        functions[--count]();
}

int atexit(void (*function)(void))
{
    if (count == ATEXIT_MAX)
        return -1;
    functions[count++] = function;
    return 0;
}
