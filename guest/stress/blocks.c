/*
 * blocks.c - thousands of blocks. Only the exact core may run each second one,
 * and one more in the middle changes which they are: so the table of blocks
 * grows for one kind and for the other. For i386; tests/run_guests.sh runs it.
 */
#include <stdio.h>

#define PAIRS 1500
#define PAIR  "jmp 1f\n1: movl %%ds, %%eax\nmovl %%eax, %%ds\n"

int main(void)
{
    __asm__ volatile(".rept %c0\n" PAIR ".endr\n"
                     "jmp 1f\n1:\n"
                     ".rept %c0\n" PAIR ".endr"
                     :
                     : "i"(PAIRS)
                     : "eax");
    puts("blocks: done");
    return 0;
}
