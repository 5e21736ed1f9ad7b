/*
 * sdiv_zero.c - divides by zero with the divide instruction: the architecture
 * says that the quotient is 0, and nothing traps.
 *
 * Ends with exit code 0.
 */
#include "../zoo.h"

int main(void)
{
    int quotient = 1;

    __asm__ volatile(".arch_extension idiv\n\tsdiv %0, %1, %2"
                     : "=r"(quotient)
                     : "r"(42), "r"(0));
    printf("42 / 0 = %d\n", quotient);
    return quotient != 0;
}
