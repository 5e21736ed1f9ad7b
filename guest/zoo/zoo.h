/*
 * zoo.h - what the programs of the zoo have in common.
 *
 * Each program ends by one kind of fault, or shows what is no fault; its first
 * comment says with which exit code. They take the bounds of their address
 * space as an argument because no program can ask for it; without one it is
 * the machine's default. Where there are segments (ZOO_SEGMENTS) it is the end
 * of the one with data and heap, which every program can ask for.
 */
#ifndef GUEST_ZOO_H
#define GUEST_ZOO_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_BOUNDS 16384

static inline uintptr_t zoo_bounds(int argc, char **argv)
{
#ifdef ZOO_SEGMENTS
    return (uintptr_t)sbrk(0);
#endif
    return argc > 1 ? strtoul(argv[1], NULL, 0) : DEFAULT_BOUNDS;
}

/* Says that the program lived on, and how it should have ended. */
static inline int zoo_survived(const char *expected)
{
    printf("still alive, expected %s\n", expected);
    return 1;
}

#endif /* GUEST_ZOO_H */
