/*
 * run_off_end.c - fills the last 16 bytes of the address space with
 * instructions that do nothing and runs them: the one after is outside.
 *
 * Ends with exit code 139. The bytes belonged to the arguments.
 */
#include "zoo.h"

#if defined __i386__
typedef uint8_t instruction;
#define NOP   0x90
#define STATE 0
#elif defined __thumb__
typedef uint16_t instruction;
#define NOP   0xbf00
#define STATE 1 /* the lowest bit of a Thumb function's address */
#else
typedef uint32_t instruction;
#define NOP   0xe1a00000
#define STATE 0
#endif

int main(int argc, char **argv)
{
    uintptr_t bounds = zoo_bounds(argc, argv);
    volatile instruction *end = (volatile instruction *)bounds;

    for (volatile instruction *p = end - 16 / sizeof *p; p < end; p++)
        *p = NOP;
    ((void (*)(void))((bounds - 16) | STATE))();
    return zoo_survived("a fault");
}
