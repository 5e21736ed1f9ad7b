/*
 * behind_it.c - an IT block that goes on behind the end of a page, where a
 * block begins for who translates by pages; and a jump to that place, which is
 * under no condition then.
 *
 * The jump is unpredictable on a processor. tests/run_timed.sh compiles it, for
 * Thumb, to see that all cores take it alike.
 */
#include <stdio.h>

#define ROUNDS 100000u

void under_it(const unsigned *one, const unsigned *other);
void directly(const unsigned *one, const unsigned *other);

__asm__("   .text\n"
        "   .balign 4096\n"
        "   .space 4076\n"
        "   .thumb_func\n"
        "under_it:\n"
        "   push {r4, r5, r6, r7, lr}\n"
        "   mov r4, r0\n"
        "   mov r5, r1\n"
        "   nop\n"
        "   nop\n"
        "   nop\n"
        "   cmp r0, r0\n"
        "   nop\n"
        "   itet eq\n"
        "   moveq r6, r6\n"
        "behind:\n"
        "   ldrne r6, [r4]\n"
        "   ldreq r6, [r5]\n"
        "   pop {r4, r5, r6, r7, pc}\n"
        "   .thumb_func\n"
        "directly:\n"
        "   push {r4, r5, r6, r7, lr}\n"
        "   mov r4, r0\n"
        "   mov r5, r1\n"
        "   b behind\n");

static unsigned words[1024];

static void wait(void)
{
    for (volatile int i = 0; i < 20; i++)
        ;
}

int main(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        under_it(words + i * 4 % 1024, words + i * 20 % 1024);
        under_it(words + i * 4 % 1024, words);
        if (i % 3 == 0)
            directly(words, words + 8);
        wait();
    }
    puts("done");
    return 0;
}
