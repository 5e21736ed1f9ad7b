/*
 * divide_overflow.c - divides the least int by -1: the quotient does not
 * fit, which is the same trap as a division by zero.
 *
 * Ends with exit code 136.
 */
#include "../zoo.h"

int main(void)
{
    int low = -1 - 0x7fffffff;
    int high = -1;

    __asm__ volatile("idivl %2" : "+a"(low), "+d"(high) : "r"(-1));
    return zoo_survived("a divide error");
}
