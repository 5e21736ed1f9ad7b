/*
 * stm_straddle.c - stores four registers with writeback, the last one
 * outside: nothing is stored, and the base register keeps its value.
 *
 * Ends with exit code 139.
 */
#include "../zoo.h"

int main(int argc, char **argv)
{
    uintptr_t to = zoo_bounds(argc, argv) - 12;

    __asm__ volatile("stmia %0!, {r4-r7}" : "+r"(to) : : "memory");
    return zoo_survived("a fault");
}
