/*
 * emu/dice.h - numbers drawn from a seed, the same ones everywhere.
 *
 * Layer: emu/.
 */
#ifndef EMU_DICE_H
#define EMU_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state; /* never 0 */
};

/* Dice of their own for each @seed. */
static inline struct dice dice_of(uint64_t seed)
{
    const uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

    return (struct dice){state ? state : 1};
}

/* A number below @below <= 2^48; 0 when there is none. xorshift64*. */
static inline uint64_t dice_roll(struct dice *dice, uint64_t below)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return below ? ((dice->state * UINT64_C(2685821657736338717)) >> 16) % below
                 : 0;
}

#endif /* EMU_DICE_H */
