/*
 * emu/forecast_x86_float.c - i386: x87 and SSE, of which only the accesses and
 * what comes to general registers matter.
 */
#include "emu/forecast_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- x87 ---- */

/* Bytes of the memory operand by opcode and modrm.reg; 0: not here. */
static const uint8_t x87_sizes[8][8] = {
    {4, 4, 4, 4, 4, 4, 4, 4}, /* d8 */
    {4, 0, 4, 4, 0, 2, 0, 2}, /* d9 */
    {4, 4, 4, 4, 4, 4, 4, 4}, /* da */
    {4, 4, 4, 4, 0, 0, 0, 0}, /* db */
    {8, 8, 8, 8, 8, 8, 8, 8}, /* dc */
    {8, 8, 8, 8, 0, 0, 0, 2}, /* dd */
    {2, 2, 2, 2, 2, 2, 2, 2}, /* de */
    {2, 2, 2, 2, 0, 8, 0, 8}, /* df */
};

/* And which of them are stored: sets of modrm.reg. */
static const uint8_t x87_stores[8] = {0, 0x8c, 0, 0x0e, 0, 0x8e, 0, 0x8e};

static void act_x87(struct x86_act *act)
{
    const struct i386_insn *in = act->in;
    const unsigned row = in->opcode & 7;
    const uint32_t size = x87_sizes[row][in->reg];

    if (!x86_in_memory(in)) {
        if (in->opcode == 0xdf && in->reg == 4)
            x86_forget(act, X86_EAX); /* fnstsw */
    } else if (!size) {
        lift_fail(act->lift);
    } else if (x87_stores[row] >> in->reg & 1) {
        x86_store(act, size, term_unknown());
    } else {
        x86_load(act, size);
    }
}

/* ---- SSE ---- */

/* A scalar by its prefix: F3 single, F2 double. */
static void act_scalar(struct x86_act *act)
{
    const uint8_t prefix = x86_mandatory_prefix(act->in);

    if (!x86_in_memory(act->in))
        return;
    if (prefix != PF3 && prefix != PF2)
        lift_fail(act->lift);
    else if (act->in->opcode == 0x11)
        x86_store(act, prefix == PF3 ? 4 : 8, term_unknown());
    else
        x86_load(act, prefix == PF3 ? 4 : 8);
}

/* CVTTSS2SI and its kind: to a general register. */
static void act_scalar_to_reg(struct x86_act *act)
{
    if (x86_mandatory_prefix(act->in) & (PF3 | PF2))
        x86_forget(act, act->in->reg);
    act_scalar(act);
}

/* CVTSI2SS, CVTSI2SD: from 4 bytes. */
static void act_integer_to_scalar(struct x86_act *act)
{
    if (!x86_in_memory(act->in))
        return;
    if (!(x86_mandatory_prefix(act->in) & (PF3 | PF2)))
        lift_fail(act->lift);
    x86_load(act, 4);
}

/* COMISS, UCOMISD: NP single, 66 double. */
static void act_compare_scalar(struct x86_act *act)
{
    if (x86_in_memory(act->in))
        x86_load(act, x86_mandatory_prefix(act->in) == P66 ? 8 : 4);
}

/* MOVLPS, MOVHPS, MOVDDUP; 13 and 17 store. */
static void act_half(struct x86_act *act)
{
    if (!x86_in_memory(act->in))
        return;
    if (act->in->opcode & 1)
        x86_store(act, 8, term_unknown());
    else
        x86_load(act, 8);
}

/* MOVD from 4 bytes or a register. */
static void act_movd(struct x86_act *act)
{
    if (x86_in_memory(act->in))
        x86_load(act, 4);
}

/* MOVD to 4 bytes or a register; F3: MOVQ from 8. */
static void act_movd_back(struct x86_act *act)
{
    const bool is_movq = x86_mandatory_prefix(act->in) == PF3;

    if (!x86_in_memory(act->in)) {
        if (!is_movq)
            x86_forget(act, act->in->rm);
    } else if (is_movq) {
        x86_load(act, 8);
    } else {
        x86_store(act, 4, term_unknown());
    }
}

static void act_movq(struct x86_act *act)
{
    if (!x86_in_memory(act->in))
        return;
    if (x86_mandatory_prefix(act->in) == P66)
        x86_store(act, 8, term_unknown());
    else
        lift_fail(act->lift);
}

/* LDMXCSR, STMXCSR; as a register: fences. */
static void act_mxcsr(struct x86_act *act)
{
    if (!x86_in_memory(act->in))
        return;
    if (act->in->reg == 2)
        x86_load(act, 4);
    else
        x86_store(act, 4, term_unknown());
}

static void act_movnti(struct x86_act *act)
{
    if (x86_in_memory(act->in))
        x86_store(act, 4, x86_get_reg(act, act->in->reg, 4));
    else
        lift_fail(act->lift);
}

/* Only between SSE registers, or to a general one. */
static void act_sse_to_reg(struct x86_act *act)
{
    x86_forget(act, act->in->reg);
}

/* Without an operand in memory, and without a general register. */
static void act_sse(struct x86_act *act)
{
    if (x86_in_memory(act->in))
        lift_fail(act->lift);
}

/* By opcode, ascending. */
static const struct x86_row rows[] = {
    {MAP_ONE, 0xd8, 0xdf, ANY_REG, BY_66, act_x87},
    {MAP_0F, 0x10, 0x11, ANY_REG, BY_66, act_scalar}, /* movss movsd */
    {MAP_0F, 0x12, 0x13, ANY_REG, BY_66, act_half},
    {MAP_0F, 0x14, 0x15, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0x16, 0x17, ANY_REG, BY_66, act_half},
    {MAP_0F, 0x28, 0x29, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0x2a, 0x2a, ANY_REG, BY_66, act_integer_to_scalar},
    {MAP_0F, 0x2c, 0x2d, ANY_REG, BY_66, act_scalar_to_reg},
    {MAP_0F, 0x2e, 0x2f, ANY_REG, BY_66, act_compare_scalar},
    {MAP_0F, 0x50, 0x50, ANY_REG, BY_66, act_sse_to_reg}, /* movmskps */
    {MAP_0F, 0x51, 0x53, ANY_REG, BY_66, act_scalar},
    {MAP_0F, 0x54, 0x57, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0x58, 0x5a, ANY_REG, BY_66, act_scalar},
    {MAP_0F, 0x5b, 0x5b, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0x5c, 0x5f, ANY_REG, BY_66, act_scalar},
    {MAP_0F, 0x60, 0x6d, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0x6e, 0x6e, ANY_REG, BY_66, act_movd},
    {MAP_0F, 0x6f, 0x76, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0x7e, 0x7e, ANY_REG, BY_66, act_movd_back},
    {MAP_0F, 0x7f, 0x7f, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0xae, 0xae, 1 << 2 | 1 << 3, BY_66, act_mxcsr},
    {MAP_0F, 0xc2, 0xc2, ANY_REG, BY_66, act_scalar}, /* cmpss */
    {MAP_0F, 0xc3, 0xc3, ANY_REG, BY_66, act_movnti},
    {MAP_0F, 0xc5, 0xc5, ANY_REG, BY_66, act_sse_to_reg}, /* pextrw */
    {MAP_0F, 0xc6, 0xc6, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0xd0, 0xd5, ANY_REG, BY_66, act_sse},
    {MAP_0F, 0xd6, 0xd6, ANY_REG, BY_66, act_movq},
    {MAP_0F, 0xd7, 0xd7, ANY_REG, BY_66, act_sse_to_reg}, /* pmovmskb */
    {MAP_0F, 0xd8, 0xfe, ANY_REG, BY_66, act_sse},
};

bool x86_add_float(struct x86_act *act)
{
    return x86_add(act, rows, COUNT(rows));
}
