/*
 * self_modifying.c - changes an instruction that has already run, many times,
 * and runs it again.
 *
 * Ends with exit code 0. An ARM processor would want its caches cleaned in
 * between; this machine's fetches see every store.
 * With segments exit code 139: data may not be executed.
 */
#include "zoo.h"

/* A function that returns its one operand. */
#if defined __i386__
static uint8_t code[] = {0xb8, 0, 0, 0, 0, 0xc3};
#define OPERAND (*(volatile uint8_t *)(code + 1))
#define STATE   0
#elif defined __thumb__
static uint16_t code[] = {0x2000, 0x4770};
#define OPERAND (*(volatile uint8_t *)code)
#define STATE   1
#else
static uint32_t code[] = {0xe3a00000, 0xe12fff1e};
#define OPERAND (*(volatile uint8_t *)code)
#define STATE   0
#endif

int main(void)
{
    int (*volatile run)(void) = (int (*)(void))((uintptr_t)code | STATE);
    int wrong = 0;

    for (int i = 0; i < 200; i++) {
        OPERAND = (uint8_t)i;
        wrong += run() != i;
    }
    printf("%d of 200 wrong\n", wrong);
    return wrong != 0;
}
