/*
 * ends.c - what runs before main and after it, and in which order.
 */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor(101))) static void first(void)
{
    puts("constructor 101");
}

__attribute__((constructor)) static void second(void)
{
    puts("constructor");
}

__attribute__((destructor(101))) static void last(void)
{
    puts("destructor 101");
}

__attribute__((destructor)) static void last_but_one(void)
{
    puts("destructor");
}

static void early(void)
{
    puts("atexit, the first");
}

static void earlier(void)
{
    puts("atexit, the second");
}

int main(void)
{
    atexit(early);
    atexit(earlier);
    puts("main");
    return 3;
}
