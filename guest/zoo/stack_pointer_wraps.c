/*
 * stack_pointer_wraps.c - pushes with a stack pointer of 0: the first word
 * goes to 0xfffffffc.
 *
 * Ends with exit code 139. Not for segments: there that word is the stack's.
 */
#include "zoo.h"

int main(void)
{
#if defined __i386__
    __asm__ volatile("xorl %%esp, %%esp\n\tpushl %%eax" : : : "memory");
#else
    __asm__ volatile("mov r0, #0\n\tmov sp, r0\n\tpush {r0}" : : : "memory");
#endif
    return zoo_survived("a fault");
}
