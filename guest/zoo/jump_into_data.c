/*
 * jump_into_data.c - runs an array: base and bounds know no execute right, so
 * the code in it just works.
 *
 * Ends with exit code 0. With segments exit code 139: data may not be executed.
 */
#include "zoo.h"

/* A function that returns 42. */
#if defined __i386__
static uint8_t code[] = {0xb8, 42, 0, 0, 0, 0xc3};
#define STATE 0
#elif defined __thumb__
static uint16_t code[] = {0x202a, 0x4770};
#define STATE 1
#else
static uint32_t code[] = {0xe3a0002a, 0xe12fff1e};
#define STATE 0
#endif

int main(void)
{
    int (*volatile run)(void) = (int (*)(void))((uintptr_t)code | STATE);

    printf("the data say %d\n", run());
    return 0;
}
