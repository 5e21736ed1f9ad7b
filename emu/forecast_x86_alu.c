/*
 * emu/forecast_x86_alu.c - i386: what computes.
 */
#include "emu/forecast_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum alu {
    ALU_ADD,
    ALU_OR,
    ALU_ADC,
    ALU_SBB,
    ALU_AND,
    ALU_SUB,
    ALU_XOR,
    ALU_CMP
};

static struct term sum_of(struct x86_act *act, struct term a, struct term b)
{
    return lift_sum(act->lift, (struct place){.base = a, .index = b});
}

static struct term compute(struct x86_act *act, unsigned alu, struct term a,
                           struct term b)
{
    switch (alu) {
    case ALU_ADD:
        return sum_of(act, a, b);
    case ALU_OR:
        return lift_op(act->lift, STEP_OR, a, b);
    case ALU_AND:
        return lift_op(act->lift, STEP_AND, a, b);
    case ALU_SUB:
        return lift_op(act->lift, STEP_SUB, a, b);
    case ALU_XOR:
        return lift_op(act->lift, STEP_XOR, a, b);
    default:
        return term_unknown(); /* the carry */
    }
}

/* XOR or SUB of a register and itself, which need not be known. */
static bool is_cleared(const struct x86_act *act, unsigned alu)
{
    return (alu == ALU_XOR || alu == ALU_SUB) && !x86_in_memory(act->in) &&
           act->in->reg == act->in->rm;
}

/* 00 to 3b, in a column of 8: modrm and register, register and modrm. */
static void act_alu(struct x86_act *act)
{
    const unsigned alu = act->in->opcode >> 3;
    const struct term a = x86_get_operand(act);
    const struct term b = x86_get_reg(act, act->in->reg, act->size);

    if (alu == ALU_CMP)
        return;
    if (is_cleared(act, alu))
        x86_set_operand(act, term_const(0));
    else if (act->in->opcode & 2)
        x86_set_reg(act, act->in->reg, act->size, compute(act, alu, b, a));
    else
        x86_set_operand(act, compute(act, alu, a, b));
}

/* 04 to 3d: EAX and an immediate. */
static void act_alu_eax(struct x86_act *act)
{
    const unsigned alu = act->in->opcode >> 3;
    const struct term a = x86_get_reg(act, X86_EAX, act->size);

    if (alu != ALU_CMP)
        x86_set_reg(act, X86_EAX, act->size,
                    compute(act, alu, a, term_const(act->in->imm)));
}

/* 80 to 83: with an immediate. */
static void act_alu_imm(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);
    const struct term b = act->in->opcode == 0x81
                              ? term_const(act->in->imm)
                              : x86_signed_byte(act->in->imm);

    if (act->in->reg != ALU_CMP)
        x86_set_operand(act, compute(act, act->in->reg, a, b));
}

/* 40 to 4f. */
static void act_inc_reg(struct x86_act *act)
{
    const unsigned reg = act->in->opcode & 7;
    const uint32_t by = act->in->opcode & 8 ? UINT32_MAX : 1;

    x86_set_reg(act, reg, act->size,
                term_plus(x86_get_reg(act, reg, act->size), by));
}

static void act_inc(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);

    x86_set_operand(act, term_plus(a, act->in->reg ? UINT32_MAX : 1));
}

static void act_not(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);

    x86_set_operand(act,
                    lift_op(act->lift, STEP_XOR, a, term_const(UINT32_MAX)));
}

static void act_neg(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);

    x86_set_operand(act, lift_op(act->lift, STEP_SUB, term_const(0), a));
}

static void act_xadd(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);
    const struct term b = x86_get_reg(act, act->in->reg, act->size);

    if (x86_in_memory(act->in))
        x86_set_operand(act, sum_of(act, a, b)); /* first: it may be the base */
    x86_set_reg(act, act->in->reg, act->size, a);
    if (!x86_in_memory(act->in))
        x86_set_operand(act, sum_of(act, a, b));
}

/* ---- products ---- */

static void act_imul_imm(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);
    const struct term b = act->in->opcode == 0x6b
                              ? x86_signed_byte(act->in->imm)
                              : term_const(act->in->imm);

    x86_set_reg(act, act->in->reg, act->size,
                lift_op(act->lift, STEP_MUL, a, b));
}

static void act_imul(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);

    x86_set_reg(act, act->in->reg, act->size,
                lift_op(act->lift, STEP_MUL,
                        x86_get_reg(act, act->in->reg, act->size), a));
}

/* @from less @b where @a is negative. */
static struct term less_if_negative(struct x86_act *act, struct term from,
                                    struct term a, struct term b)
{
    const struct term sign = x86_shift_const(act, STEP_SAR, a, 31);

    return lift_op(act->lift, STEP_SUB, from,
                   lift_op(act->lift, STEP_AND, sign, b));
}

/* The upper half of a product of 64 bits. */
static struct term high_of(struct x86_act *act, struct term a, struct term b)
{
    const struct term high = lift_op(act->lift, STEP_HIGH, a, b);

    if (act->in->reg == 4)
        return high;
    return less_if_negative(act, less_if_negative(act, high, a, b), b, a);
}

/* MUL, IMUL: of EAX, to EDX and EAX. */
static void act_multiply(struct x86_act *act)
{
    const struct term b = x86_get_operand(act);
    struct term *eax = &act->lift->regs[X86_EAX];
    struct term *edx = &act->lift->regs[X86_EDX];

    if (act->size == 4) {
        *edx = high_of(act, *eax, b);
        *eax = lift_op(act->lift, STEP_MUL, *eax, b);
        return;
    }
    *eax = term_unknown();
    if (act->size == 2)
        *edx = term_unknown();
}

static bool is_zero(struct term term)
{
    return term.value == VALUE_ZERO && term.plus == 0;
}

/* DIV, IDIV: known are only those of 32 bits without a sign. */
static void act_divide(struct x86_act *act)
{
    const struct term by = x86_get_operand(act);
    struct term *eax = &act->lift->regs[X86_EAX];
    struct term *edx = &act->lift->regs[X86_EDX];

    if (act->size == 4 && act->in->reg == 6 && is_zero(*edx)) {
        *edx = lift_op(act->lift, STEP_REM, *eax, by);
        *eax = lift_op(act->lift, STEP_DIV, *eax, by);
        return;
    }
    *eax = term_unknown();
    if (act->size != 1)
        *edx = term_unknown();
}

/* ---- shifts ---- */

static struct term shifted(struct x86_act *act, struct term a, struct term by)
{
    const bool whole = act->size == 4;
    struct lift *lift = act->lift;

    switch (act->in->reg) {
    case 0:
        return whole ? lift_op(lift, STEP_ROR, a,
                               lift_op(lift, STEP_SUB, term_const(0), by))
                     : term_unknown();
    case 1:
        return whole ? lift_op(lift, STEP_ROR, a, by) : term_unknown();
    case 4:
    case 6:
        return lift_op(lift, STEP_SHL, a, by);
    case 5:
        return lift_op(lift, STEP_SHR, a, by);
    case 7:
        return lift_op(lift, STEP_SAR, x86_extend(act, a, act->size), by);
    default:
        return term_unknown(); /* through the carry */
    }
}

static void act_shift_imm(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);
    const uint32_t by = act->in->opcode >= 0xd0 ? 1 : act->in->imm & 31;

    x86_set_operand(act, shifted(act, a, term_const(by)));
}

static void act_shift_cl(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);

    x86_set_operand(act, shifted(act, a, act->lift->regs[X86_ECX]));
}

/* SHLD, SHRD. */
static void act_changed(struct x86_act *act)
{
    x86_get_operand(act);
    x86_set_operand(act, term_unknown());
}

/* By opcode, ascending. */
static const struct x86_row rows[] = {
    {MAP_ONE, 0x00, 0x03, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x04, 0x05, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x08, 0x0b, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x0c, 0x0d, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x10, 0x13, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x14, 0x15, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x18, 0x1b, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x1c, 0x1d, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x20, 0x23, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x24, 0x25, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x28, 0x2b, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x2c, 0x2d, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x30, 0x33, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x34, 0x35, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x38, 0x3b, ANY_REG, BY_BIT, act_alu},
    {MAP_ONE, 0x3c, 0x3d, ANY_REG, BY_BIT, act_alu_eax},
    {MAP_ONE, 0x40, 0x4f, ANY_REG, BY_66, act_inc_reg},
    {MAP_ONE, 0x69, 0x69, ANY_REG, BY_66, act_imul_imm},
    {MAP_ONE, 0x6b, 0x6b, ANY_REG, BY_66, act_imul_imm},
    {MAP_ONE, 0x80, 0x83, ANY_REG, BY_BIT, act_alu_imm},
    {MAP_ONE, 0x84, 0x85, ANY_REG, BY_BIT, x86_act_look},    /* test */
    {MAP_ONE, 0xa8, 0xa9, ANY_REG, BY_BIT, x86_act_nothing}, /* test imm */
    {MAP_ONE, 0xc0, 0xc1, ANY_REG, BY_BIT, act_shift_imm},
    {MAP_ONE, 0xd0, 0xd1, ANY_REG, BY_BIT, act_shift_imm},
    {MAP_ONE, 0xd2, 0xd3, ANY_REG, BY_BIT, act_shift_cl},
    {MAP_ONE, 0xf6, 0xf7, 1 << 0 | 1 << 1, BY_BIT, x86_act_look}, /* test */
    {MAP_ONE, 0xf6, 0xf7, 1 << 2, BY_BIT, act_not},
    {MAP_ONE, 0xf6, 0xf7, 1 << 3, BY_BIT, act_neg},
    {MAP_ONE, 0xf6, 0xf7, 1 << 4 | 1 << 5, BY_BIT, act_multiply},
    {MAP_ONE, 0xf6, 0xf7, 1 << 6 | 1 << 7, BY_BIT, act_divide},
    {MAP_ONE, 0xfe, 0xff, 1 << 0 | 1 << 1, BY_BIT, act_inc},
    {MAP_0F, 0xa4, 0xa5, ANY_REG, BY_66, act_changed}, /* shld */
    {MAP_0F, 0xac, 0xad, ANY_REG, BY_66, act_changed}, /* shrd */
    {MAP_0F, 0xaf, 0xaf, ANY_REG, BY_66, act_imul},
    {MAP_0F, 0xba, 0xba, 1 << 4, BY_66, x86_act_look},        /* bt */
    {MAP_0F, 0xba, 0xba, 0xe0, BY_66, act_changed},           /* bts btr btc */
    {MAP_0F, 0xbc, 0xbd, ANY_REG, BY_66, x86_act_to_unknown}, /* bsf bsr */
    {MAP_0F, 0xc0, 0xc1, ANY_REG, BY_BIT, act_xadd},
};

bool x86_add_alu(struct x86_act *act)
{
    return x86_add(act, rows, COUNT(rows));
}
