/*
 * pi.c - digits of pi, one after the other.
 *
 * The spigot of Rabinowitz and Wagon: pi is 2.222... in the mixed radix 1/3,
 * 2/5, 3/7, ...; multiplying by ten in that radix spills one decimal digit.
 * A digit is held back while it may still be raised by a carry.
 */
#include <stdio.h>

#define DIGITS 200
#define TERMS  (DIGITS * 10 / 3 + 2)

static int term[TERMS];
static int held = -1; /* the digit that may still change */
static int nines;     /* how many nines follow it */
static int printed;

static void put(int digit)
{
    if (printed == DIGITS)
        return;
    putchar('0' + digit);
    if (++printed == 1)
        putchar('.');
    if (printed % 50 == 0)
        putchar('\n');
}

static void release(int carry)
{
    if (held >= 0)
        put(held + carry);
    for (; nines > 0; nines--)
        put(carry ? 0 : 9);
}

static void accept(int digit)
{
    if (digit == 9) {
        nines++;
        return;
    }
    release(digit == 10);
    held = digit == 10 ? 0 : digit;
}

static int next_digit(void)
{
    int carry = 0;

    for (int i = TERMS - 1; i > 0; i--) {
        int x = term[i] * 10 + carry;

        term[i] = x % (2 * i + 1);
        carry = x / (2 * i + 1) * i;
    }
    int x = term[0] * 10 + carry;

    term[0] = x % 10;
    return x / 10;
}

int main(void)
{
    for (int i = 0; i < TERMS; i++)
        term[i] = 2;
    while (printed < DIGITS)
        accept(next_digit());
    return 0;
}
