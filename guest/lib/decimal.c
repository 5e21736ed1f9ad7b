/* decimal.c - scaling and rounding of big decimal numbers. */
#include "decimal.h"

#include <stdbool.h>

#define LEFT_BITS  29
#define RIGHT_BITS 9

static void trim(struct decimal *d)
{
    while (d->first < d->last && d->words[d->first] == 0)
        d->first++;
    while (d->first < d->last && d->words[d->last - 1] == 0)
        d->last--;
}

static void shift_left(struct decimal *d, int bits)
{
    uint32_t carry = 0;

    for (int i = d->last - 1; i >= d->first; i--) {
        uint64_t x = ((uint64_t)d->words[i] << bits) + carry;

        d->words[i] = (uint32_t)(x % DECIMAL_BASE);
        carry = (uint32_t)(x / DECIMAL_BASE);
    }
    if (carry > 0)
        d->words[--d->first] = carry;
}

static void shift_right(struct decimal *d, int bits)
{
    uint32_t share = DECIMAL_BASE >> bits;
    uint32_t carry = 0;

    for (int i = d->first; i < d->last; i++) {
        uint32_t low = d->words[i] & ((1u << bits) - 1);

        d->words[i] = (d->words[i] >> bits) + carry;
        carry = low * share;
    }
    if (carry > 0)
        d->words[d->last++] = carry;
}

void __decimal_scale(struct decimal *d, int exponent)
{
    trim(d);
    while (exponent > 0) {
        int bits = exponent < LEFT_BITS ? exponent : LEFT_BITS;

        shift_left(d, bits);
        trim(d);
        exponent -= bits;
    }
    while (exponent < 0) {
        int bits = -exponent < RIGHT_BITS ? -exponent : RIGHT_BITS;

        shift_right(d, bits);
        trim(d);
        exponent += bits;
    }
}

static uint32_t power_of_ten(int exponent)
{
    uint32_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

unsigned __decimal_digit(const struct decimal *d, int place)
{
    int i = decimal_word(place);

    if (place < 0 || i < d->first || i >= d->last)
        return 0;
    return d->words[i] /
           power_of_ten(DECIMAL_DIGITS - 1 - decimal_column(place)) % 10;
}

int __decimal_lead(const struct decimal *d)
{
    for (int i = d->first; i < d->last; i++)
        for (int place = 0; d->words[i] > 0 && place < DECIMAL_DIGITS; place++)
            if (d->words[i] >= power_of_ten(DECIMAL_DIGITS - 1 - place))
                return i * DECIMAL_DIGITS + place;
    return d->point * DECIMAL_DIGITS;
}

static bool anything_after(const struct decimal *d, int i)
{
    for (i++; i < d->last; i++)
        if (d->words[i] > 0)
            return true;
    return false;
}

/* Whether the digit before place is odd. */
static bool is_odd_before(const struct decimal *d, int place)
{
    return __decimal_digit(d, place - 1) & 1;
}

/* Adds at words[i]; unit may be a whole word's worth. */
static void add(struct decimal *d, int i, uint32_t unit)
{
    d->words[i] += unit;
    while (d->words[i] >= DECIMAL_BASE) {
        d->words[i] -= DECIMAL_BASE;
        d->words[--i]++;
    }
    if (i < d->first)
        d->first = i;
}

void __decimal_round(struct decimal *d, int place)
{
    int i = decimal_word(place);

    if (i >= d->last)
        return;
    if (i < d->first) {
        d->last = d->first;
        return;
    }
    uint32_t unit = power_of_ten(DECIMAL_DIGITS - decimal_column(place));
    uint32_t rest = d->words[i] % unit;
    uint32_t half = unit / 2;
    bool up = rest > half;

    if (rest == half)
        up = anything_after(d, i) || is_odd_before(d, place);
    d->words[i] -= rest;
    d->last = i + 1;
    if (up)
        add(d, i, unit);
}
