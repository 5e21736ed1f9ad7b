/*
 * emu/decode_class.c - instructions by what they cost; see decode.h.
 *
 * Decisions:
 * - The first row that fits decides; what fits none is simple.
 * - A jump is what is named so, and a load, pop or move into ARM's PC; an
 *   arithmetic instruction with the PC as its result is not.
 * - x87's loads, stores and exchanges are simple; its arithmetic is not, nor
 * are comparisons and changes of sign. All of NEON's arithmetic is FLOAT, also
 * that on integers; SSE's on integers is simple but for its multiplications.
 *
 * Sources: Intel SDM volume 2, appendix A; ARM DDI 0406C, A5, A6 and A7.
 */
#include "emu/decode_class.h"

#include <stddef.h>

#include "emu/decode_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct x86_row {
    uint8_t map;
    uint8_t first, last; /* opcodes */
    uint8_t regs;        /* set of modrm.reg, or ANY_REG */
    uint8_t prefixes;
    enum decode_class class;
};

#define DIVISIONS (1u << 6 | 1u << 7) /* of x87, and of group 3 */
#define PRODUCTS  (1u << 4 | 1u << 5)
#define NEAR_FAR  (1u << 2 | 1u << 3 | 1u << 4 | 1u << 5)

static const struct x86_row x86_rows[] = {
    {MAP_ONE, 0x69, 0x69, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY}, /* imul */
    {MAP_ONE, 0x6b, 0x6b, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY},
    {MAP_ONE, 0x70, 0x7f, ANY_REG, ANY_PREFIX, DECODE_JUMP}, /* jcc */
    {MAP_ONE, 0x9a, 0x9a, ANY_REG, ANY_PREFIX, DECODE_JUMP}, /* call far */
    {MAP_ONE, 0xc2, 0xc3, ANY_REG, ANY_PREFIX, DECODE_JUMP}, /* ret */
    {MAP_ONE, 0xca, 0xcb, ANY_REG, ANY_PREFIX, DECODE_JUMP},
    {MAP_ONE, 0xd4, 0xd4, ANY_REG, ANY_PREFIX, DECODE_DIVIDE},   /* aam */
    {MAP_ONE, 0xd5, 0xd5, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY}, /* aad */
    {MAP_ONE, 0xe0, 0xe3, ANY_REG, ANY_PREFIX, DECODE_JUMP},     /* loop */
    {MAP_ONE, 0xe8, 0xeb, ANY_REG, ANY_PREFIX, DECODE_JUMP},     /* call */
    {MAP_ONE, 0xf6, 0xf7, PRODUCTS, ANY_PREFIX, DECODE_MULTIPLY},
    {MAP_ONE, 0xf6, 0xf7, DIVISIONS, ANY_PREFIX, DECODE_DIVIDE},
    {MAP_ONE, 0xff, 0xff, NEAR_FAR, ANY_PREFIX, DECODE_JUMP},
    {MAP_0F, 0x2a, 0x2a, ANY_REG, ANY_PREFIX, DECODE_FLOAT}, /* cvtsi2ss */
    {MAP_0F, 0x2c, 0x2f, ANY_REG, ANY_PREFIX, DECODE_FLOAT}, /* cvt, comis */
    {MAP_0F, 0x51, 0x51, ANY_REG, ANY_PREFIX, DECODE_FLOAT_DIVIDE}, /* sqrt */
    {MAP_0F, 0x52, 0x53, ANY_REG, ANY_PREFIX, DECODE_FLOAT}, /* rsqrt, rcp */
    {MAP_0F, 0x58, 0x5d, ANY_REG, ANY_PREFIX, DECODE_FLOAT}, /* add to min */
    {MAP_0F, 0x5e, 0x5e, ANY_REG, ANY_PREFIX, DECODE_FLOAT_DIVIDE}, /* div */
    {MAP_0F, 0x5f, 0x5f, ANY_REG, ANY_PREFIX, DECODE_FLOAT},        /* max */
    {MAP_0F, 0x7c, 0x7d, ANY_REG, P66 | PF2, DECODE_FLOAT},         /* hadd */
    {MAP_0F, 0x80, 0x8f, ANY_REG, ANY_PREFIX, DECODE_JUMP},         /* jcc */
    {MAP_0F, 0xaf, 0xaf, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY},     /* imul */
    {MAP_0F, 0xc2, 0xc2, ANY_REG, ANY_PREFIX, DECODE_FLOAT},        /* cmpps */
    {MAP_0F, 0xd0, 0xd0, ANY_REG, P66 | PF2, DECODE_FLOAT},       /* addsubps */
    {MAP_0F, 0xd5, 0xd5, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY},   /* pmullw */
    {MAP_0F, 0xe4, 0xe5, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY},   /* pmulhw */
    {MAP_0F, 0xe6, 0xe6, ANY_REG, P66 | PF3 | PF2, DECODE_FLOAT}, /* cvtdq2pd */
    {MAP_0F, 0xf4, 0xf5, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY},   /* pmuludq */
    {MAP_0F38, 0x04, 0x04, ANY_REG, ANY_PREFIX,
     DECODE_MULTIPLY}, /* pmaddubsw */
    {MAP_0F38, 0x0b, 0x0b, ANY_REG, ANY_PREFIX, DECODE_MULTIPLY}, /* pmulhrsw */
    {MAP_0F38, 0x28, 0x28, ANY_REG, P66, DECODE_MULTIPLY},        /* pmuldq */
    {MAP_0F38, 0x40, 0x40, ANY_REG, P66, DECODE_MULTIPLY},        /* pmulld */
};

/* D8 to DF. Opcode and modrm.reg choose, memory or not. */
static enum decode_class x87_class(const struct i386_insn *in)
{
    const bool divides = (DIVISIONS >> in->reg & 1) != 0;

    switch (in->opcode) {
    case 0xd8:
    case 0xdc:
    case 0xde: /* DE D9 is FCOMPP */
        return divides ? DECODE_FLOAT_DIVIDE : DECODE_FLOAT;
    case 0xda: /* in registers FCMOV and FUCOMPP */
        return divides && in->mod != 3 ? DECODE_FLOAT_DIVIDE : DECODE_FLOAT;
    case 0xd9: /* FNSTENV and FNSTCW, or F2XM1 to FCOS; FCHS to FXAM */
        if (in->mod != 3)
            return DECODE_SIMPLE;
        return divides        ? DECODE_FLOAT_DIVIDE
               : in->reg == 4 ? DECODE_FLOAT
                              : DECODE_SIMPLE;
    case 0xdd: /* in registers FUCOM and FUCOMP */
        return in->mod == 3 && in->reg >= 4 ? DECODE_FLOAT : DECODE_SIMPLE;
    case 0xdb: /* in registers FCMOV and FUCOMI, or FNINIT */
        return in->mod == 3 && in->reg != 4 ? DECODE_FLOAT : DECODE_SIMPLE;
    default: /* DF: in registers FUCOMIP and FCOMIP */
        return in->mod == 3 && (in->reg == 5 || in->reg == 6) ? DECODE_FLOAT
                                                              : DECODE_SIMPLE;
    }
}

enum decode_class x86_insn_class(const struct i386_insn *in)
{
    const uint8_t prefix = x86_mandatory_prefix(in);

    if (in->map == MAP_ONE && in->opcode >> 3 == 0x1b)
        return x87_class(in);
    for (size_t i = 0; i < COUNT(x86_rows); i++) {
        const struct x86_row *row = &x86_rows[i];

        if (row->map == in->map && in->opcode >= row->first &&
            in->opcode <= row->last && row->prefixes & prefix &&
            row->regs >> in->reg & 1)
            return row->class;
    }
    return DECODE_SIMPLE;
}

struct arm_row {
    uint32_t mask, value;
    enum decode_class class;
};

static enum decode_class find(const struct arm_row *rows, size_t count,
                              uint32_t bits)
{
    for (size_t i = 0; i < count; i++)
        if ((bits & rows[i].mask) == rows[i].value)
            return rows[i].class;
    return DECODE_SIMPLE;
}

/* VFP is the same in A32 and, with 1110 for the condition, in Thumb. */
#define VFP_ROWS                                                               \
    {0x0fb00e50, 0x0e800a00, DECODE_FLOAT_DIVIDE},     /* vdiv */              \
        {0x0fbf0ed0, 0x0eb10ac0, DECODE_FLOAT_DIVIDE}, /* vsqrt */             \
    {                                                                          \
        0x0f000e10, 0x0e000a00, DECODE_FLOAT                                   \
    }

enum decode_class decode_class_a32(uint32_t word)
{
    static const struct arm_row always[] = {
        {0xfe000000, 0xf2000000, DECODE_FLOAT}, /* NEON */
        {0xfe000000, 0xfa000000, DECODE_JUMP},  /* blx */
        {0xf0000000, 0xf0000000, DECODE_SIMPLE},
    };
    static const struct arm_row rows[] = {
        {0x0f0000f0, 0x00000090, DECODE_MULTIPLY}, /* mul, mla, umull ... */
        {0x0f900090, 0x01000080, DECODE_MULTIPLY}, /* smlabb ... */
        {0x0fd000f0, 0x07100010, DECODE_DIVIDE},
        {0x0f800010, 0x07000010, DECODE_MULTIPLY}, /* smlad, smmul ... */
        {0x0e000000, 0x0a000000, DECODE_JUMP},     /* b, bl */
        {0x0fffffd0, 0x012fff10, DECODE_JUMP},     /* bx, blx */
        {0x0ffffff0, 0x01a0f000, DECODE_JUMP},     /* mov pc */
        {0x0e108000, 0x08108000, DECODE_JUMP},     /* ldm with the PC */
        {0x0e10f000, 0x0410f000, DECODE_JUMP},     /* ldr pc */
        {0x0e10f010, 0x0610f000, DECODE_JUMP},
        VFP_ROWS,
    };

    if (word >> 28 == 15)
        return find(always, COUNT(always), word);
    return find(rows, COUNT(rows), word);
}

enum decode_class decode_class_thumb(uint32_t halfword)
{
    static const struct arm_row rows[] = {
        {0xffc0, 0x4340, DECODE_MULTIPLY},
        {0xff00, 0x4700, DECODE_JUMP},   /* bx, blx */
        {0xff87, 0x4687, DECODE_JUMP},   /* mov pc */
        {0xf500, 0xb100, DECODE_JUMP},   /* cbz, cbnz */
        {0xff00, 0xbd00, DECODE_JUMP},   /* pop with the PC */
        {0xfe00, 0xde00, DECODE_SIMPLE}, /* udf, svc */
        {0xf000, 0xd000, DECODE_JUMP},   /* b<cond> */
        {0xf800, 0xe000, DECODE_JUMP},   /* b */
    };

    return find(rows, COUNT(rows), halfword);
}

enum decode_class decode_class_thumb2(uint32_t word)
{
    static const struct arm_row rows[] = {
        {0xef000000, 0xef000000, DECODE_FLOAT}, /* NEON */
        {0xffd000f0, 0xfb9000f0, DECODE_DIVIDE},
        {0xff000000, 0xfb000000, DECODE_MULTIPLY},
        {0xfb80d000, 0xf3808000, DECODE_SIMPLE}, /* msr, hints, barriers ... */
        {0xf8008000, 0xf0008000, DECODE_JUMP},   /* b, bl, blx */
        {0xffd08000, 0xe8908000, DECODE_JUMP},   /* ldm with the PC */
        {0xffd08000, 0xe9108000, DECODE_JUMP},
        {0xff70f000, 0xf850f000, DECODE_JUMP}, /* ldr pc */
        {0xfff0ffe0, 0xe8d0f000, DECODE_JUMP}, /* tbb, tbh */
        VFP_ROWS,
    };

    if (word >> 28 == 15 && (word & 0x0f000000) == 0x0e000000)
        return DECODE_SIMPLE; /* the unconditional twin of VFP: nothing we have
                               */
    return find(rows, COUNT(rows), word);
}
