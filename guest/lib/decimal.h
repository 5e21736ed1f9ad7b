/*
 * decimal.h - big decimal numbers, for printf and strtod alike.
 *
 * A decimal is a non-negative number in fixed point: words of nine digits,
 * the most significant first, `point` of them before the decimal point.
 *
 *      words   [0] ... [first] ... [point-1] . [point] ... [last-1] ...
 *               0   0   the digits that may be nonzero              0 0
 *
 * 2^n times such a number is exact for every n, negative too, because a
 * billion is 2^9 times an odd number: halving nine times adds one word. The
 * caller provides the words, zeroed, and enough of them on both sides. Digits
 * are counted from the first digit of words[0].
 */
#ifndef GUEST_LIB_DECIMAL_H
#define GUEST_LIB_DECIMAL_H

#include <stdint.h>

#define DECIMAL_BASE   1000000000u
#define DECIMAL_DIGITS 9

struct decimal {
    uint32_t *words;
    int point;
    int first;
    int last;
};

/*
 * The word that has the digit at `place`, which is not negative: place / 9, by
 * multiplication, since a processor without a divide instruction would need
 * 660 bytes more for it.
 */
static inline int decimal_word(int place)
{
    return (int)((uint64_t)(unsigned)place * 0x38e38e39 >> 33);
}

/* Which of that word's nine digits it is, 0 for the first. */
static inline int decimal_column(int place)
{
    return place - decimal_word(place) * DECIMAL_DIGITS;
}

/* Multiplies by 2^exponent, at most one new word per 29 or per -9. */
void __decimal_scale(struct decimal *d, int exponent);

/* The place of the first digit that is not 0; the point's place if none. */
int __decimal_lead(const struct decimal *d);

/* The digit at any place, also outside of the words. */
unsigned __decimal_digit(const struct decimal *d, int place);

/*
 * Rounds to even, so that no digit at or after `place` is nonzero. There must
 * be a word before place for the carry.
 */
void __decimal_round(struct decimal *d, int place);

#endif /* GUEST_LIB_DECIMAL_H */
