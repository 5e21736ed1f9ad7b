/*
 * emu/decode_x86_use.c - what the accesses of an i386 instruction are for.
 *
 * Decisions:
 * - It is the architecture's choice of a segment register: SS for an operand
 *   whose base is ESP or EBP and for what pushes and pops, ES for the
 *   destination of a string instruction, DS for the rest, and a prefix has its
 *   way where the architecture lets it. SS means the stack, CS code, the other
 *   four data. What is in the register plays no part.
 * - CMPS is compared by the library from the destination to the source.
 *
 * Source: Intel SDM volume 1, 3.7.4; volume 2, 2.1.1 and table 2-2.
 */
#include "emu/decode_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LOADS = 1, LOADS_AGAIN = 2, STORES = 4 };

/* Accesses for which no operand and no prefix is asked; by opcode. */
static const struct fixed_use {
    uint8_t map, first, last; /* opcodes */
    uint8_t regs;             /* set of modrm.reg, or ANY_REG */
    uint8_t accesses;
    uint8_t use;
} fixed_uses[] = {
    {MAP_ONE, 0x06, 0x06, ANY_REG, STORES, MMU_USE_STACK}, /* push es */
    {MAP_ONE, 0x07, 0x07, ANY_REG, LOADS, MMU_USE_STACK},
    {MAP_ONE, 0x0e, 0x0e, ANY_REG, STORES, MMU_USE_STACK},
    {MAP_ONE, 0x16, 0x16, ANY_REG, STORES, MMU_USE_STACK},
    {MAP_ONE, 0x17, 0x17, ANY_REG, LOADS, MMU_USE_STACK},
    {MAP_ONE, 0x1e, 0x1e, ANY_REG, STORES, MMU_USE_STACK},
    {MAP_ONE, 0x1f, 0x1f, ANY_REG, LOADS, MMU_USE_STACK},
    {MAP_ONE, 0x50, 0x57, ANY_REG, STORES, MMU_USE_STACK}, /* push */
    {MAP_ONE, 0x58, 0x5f, ANY_REG, LOADS, MMU_USE_STACK},  /* pop */
    {MAP_ONE, 0x60, 0x60, ANY_REG, STORES, MMU_USE_STACK}, /* pusha */
    {MAP_ONE, 0x61, 0x61, ANY_REG, LOADS | LOADS_AGAIN, MMU_USE_STACK},
    {MAP_ONE, 0x68, 0x68, ANY_REG, STORES, MMU_USE_STACK}, /* push imm */
    {MAP_ONE, 0x6a, 0x6a, ANY_REG, STORES, MMU_USE_STACK},
    {MAP_ONE, 0x8f, 0x8f, ANY_REG, LOADS, MMU_USE_STACK},  /* pop m */
    {MAP_ONE, 0x9a, 0x9a, ANY_REG, STORES, MMU_USE_STACK}, /* call far */
    {MAP_ONE, 0x9c, 0x9c, ANY_REG, STORES, MMU_USE_STACK}, /* pushf */
    {MAP_ONE, 0x9d, 0x9d, ANY_REG, LOADS, MMU_USE_STACK},
    {MAP_ONE, 0xa4, 0xa5, ANY_REG, STORES, MMU_USE_DATA}, /* movs */
    {MAP_ONE, 0xa6, 0xa7, ANY_REG, LOADS, MMU_USE_DATA},  /* cmps */
    {MAP_ONE, 0xaa, 0xab, ANY_REG, STORES, MMU_USE_DATA}, /* stos */
    {MAP_ONE, 0xae, 0xaf, ANY_REG, LOADS, MMU_USE_DATA},  /* scas */
    {MAP_ONE, 0xc2, 0xc3, ANY_REG, LOADS, MMU_USE_STACK}, /* ret */
    {MAP_ONE, 0xc8, 0xc8, ANY_REG, LOADS | LOADS_AGAIN | STORES,
     MMU_USE_STACK},                                      /* enter */
    {MAP_ONE, 0xc9, 0xc9, ANY_REG, LOADS, MMU_USE_STACK}, /* leave */
    {MAP_ONE, 0xca, 0xcb, ANY_REG, LOADS | LOADS_AGAIN, MMU_USE_STACK},
    {MAP_ONE, 0xcf, 0xcf, ANY_REG, LOADS | LOADS_AGAIN, MMU_USE_STACK},
    {MAP_ONE, 0xe8, 0xe8, ANY_REG, STORES, MMU_USE_STACK}, /* call */
    /* call m, call far m, push m */
    {MAP_ONE, 0xff, 0xff, 1 << 2 | 1 << 3 | 1 << 6, STORES, MMU_USE_STACK},
    {MAP_0F, 0xa0, 0xa0, ANY_REG, STORES, MMU_USE_STACK}, /* push fs */
    {MAP_0F, 0xa1, 0xa1, ANY_REG, LOADS, MMU_USE_STACK},
    {MAP_0F, 0xa8, 0xa8, ANY_REG, STORES, MMU_USE_STACK},
    {MAP_0F, 0xa9, 0xa9, ANY_REG, LOADS, MMU_USE_STACK},
};

uint8_t x86_override(uint8_t byte)
{
    switch (byte) {
    case 0x36:
        return MMU_USE_STACK;
    case 0x2e:
        return MMU_USE_CODE;
    case 0x26:
    case 0x3e:
    case 0x64:
    case 0x65:
        return MMU_USE_DATA;
    default:
        return 0;
    }
}

/* Of the operand that modrm, or a register like ESI, names. */
static uint8_t use_of_operand(const struct i386_insn *in)
{
    if (in->override)
        return in->override;
    return in->base == X86_ESP || in->base == X86_EBP ? MMU_USE_STACK
                                                      : MMU_USE_DATA;
}

/* The row of the opcode, or NULL. */
static const struct fixed_use *find(const struct i386_insn *in)
{
    size_t low = 0, high = COUNT(fixed_uses);

    while (low < high) {
        const size_t at = (low + high) / 2;
        const struct fixed_use *row = &fixed_uses[at];

        if (in->map < row->map ||
            (in->map == row->map && in->opcode < row->first))
            high = at;
        else if (in->map > row->map || in->opcode > row->last)
            low = at + 1;
        else
            return row->regs >> in->reg & 1 ? row : NULL;
    }
    return NULL;
}

void x86_find_uses(const struct i386_insn *in, struct decoded *out)
{
    const struct fixed_use *row = find(in);
    const uint8_t use = use_of_operand(in);

    out->use_load = out->use_load_again = out->use_store = use;
    if (!row)
        return;
    if (row->accesses & LOADS)
        out->use_load = row->use;
    if (row->accesses & LOADS_AGAIN)
        out->use_load_again = row->use;
    if (row->accesses & STORES)
        out->use_store = row->use;
}
