/*
 * emu/quiz_draw.c - machines for exercises; see quiz.h.
 *
 * Decisions:
 * - Numbers are small: an address space of 1 KiB.
 * - Each segment has a part of physical memory to itself, and a table what is
 *   behind the last of them.
 * - The last segment grows down. Segment 0 is code, the others are data.
 * - By use, data is read-only: nothing but a store to it could be forbidden.
 * - A table has one descriptor fewer than an address can select, so that some
 *   addresses are past it.
 */
#include <string.h>

#include "emu/dice.h"
#include "emu/quiz.h"

#define ASIZE        1024u
#define SEGMENTS_MAX 3u

#define REGISTERS (MMU_GIVEN_BASE | MMU_GIVEN_BOUNDS | MMU_GIVEN_SEG)

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void draw_base_bounds(struct mmu_options *o, struct dice *dice)
{
    const uint64_t some = o->asize / 5;
    const uint64_t bounds =
        least(some + dice_roll(dice, 3 * some), o->phys_size);

    o->bounds = (uint32_t)least(bounds, UINT32_MAX);
    o->base = (uint32_t)dice_roll(dice, o->phys_size - o->bounds + 1);
}

/* Which segments of 2^seg_bits to have: the last one has the highest number. */
static unsigned number_of(const struct mmu_options *o, unsigned i,
                          unsigned count)
{
    const bool registers = strcmp(o->scheme, "segmented") == 0;

    return registers && i + 1 == count ? (1u << o->seg_bits) - 1 : i;
}

static enum mmu_prot draw_prot(const struct mmu_options *o, struct dice *dice,
                               unsigned i)
{
    if (i == 0)
        return dice_roll(dice, 2) ? MMU_READ | MMU_EXEC : MMU_EXEC;
    return i == 1 && strcmp(o->scheme, "implicit") == 0 ? MMU_READ
                                                        : MMU_READ | MMU_WRITE;
}

/* Segment @i of @count, in its part of @memory; its addresses are @span. */
static struct segment draw_segment(struct dice *dice, unsigned i,
                                   unsigned count, uint64_t memory,
                                   uint64_t span)
{
    const uint64_t part = memory / count;
    const uint64_t most = least(span, part);
    const uint64_t bounds = most / 5 + dice_roll(dice, most - most / 5);
    const uint64_t base = i * part + dice_roll(dice, part - bounds);
    const bool down = i + 1 == count;

    return (struct segment){
        .base = (paddr_t)(down ? base + bounds : base),
        .bounds = (uint32_t)bounds,
        .grows_down = down,
    };
}

static void draw_segments(struct mmu_options *o, struct dice *dice)
{
    const bool table = strcmp(o->scheme, "table") == 0;
    const unsigned selectors =
        o->seg_bits ? 1u << o->seg_bits : IMPLICIT_REGISTERS;
    const unsigned count = (unsigned)least(selectors, SEGMENTS_MAX);
    const uint64_t taken = table ? (uint64_t)count * DESCRIPTOR_SIZE : 0;
    const uint64_t memory = o->phys_size - least(taken, o->phys_size);

    for (unsigned i = 0; i < count; i++) {
        const unsigned number = number_of(o, i, count);

        o->segments[number] =
            draw_segment(dice, i, count, memory, o->asize >> o->seg_bits);
        o->segments[number].prot = draw_prot(o, dice, i);
        o->given[number] = true;
    }
}

void quiz_draw(struct mmu_options *options, uint64_t seed)
{
    const bool bits = mmu_scheme_find(options->scheme)->seg_bits_max > 0;
    const bool table = strcmp(options->scheme, "table") == 0;
    struct dice dice = dice_of(seed);

    if (options->seen & REGISTERS)
        return;
    if (!(options->seen & MMU_GIVEN_PHYS))
        options->phys_size =
            options->asize > ASIZE
                ? (uint32_t)least(options->asize * 16, PHYS_SIZE_MAX)
            : table ? PHYS_SIZE_MIN
                    : 16 * ASIZE;
    if (!options->asize)
        options->asize = ASIZE;
    if (!options->seg_bits && bits)
        options->seg_bits = table ? 2 : 1;
    if (strcmp(options->scheme, "base-bounds") == 0)
        draw_base_bounds(options, &dice);
    else
        draw_segments(options, &dice);
}
