/*
 * emu/forecast_x86_move.c - i386: what moves, jumps or uses the stack.
 */
#include "emu/forecast_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the stack ---- */

static void act_push_reg(struct x86_act *act)
{
    x86_push(act, act->size, x86_get_reg(act, act->in->opcode & 7, act->size));
}

static void act_pop_reg(struct x86_act *act)
{
    const struct term value = x86_pop(act, act->size);

    x86_set_reg(act, act->in->opcode & 7, act->size, value);
}

static void act_push_imm(struct x86_act *act)
{
    x86_push(act, act->size,
             act->in->opcode == 0x6a ? x86_signed_byte(act->in->imm)
                                     : term_const(act->in->imm));
}

static void act_push_operand(struct x86_act *act)
{
    x86_push(act, act->size, x86_get_operand(act));
}

/* Its address is that with the stack pointer as it is afterwards. */
static void act_pop_operand(struct x86_act *act)
{
    const struct term value = x86_pop(act, act->size);

    x86_set_operand(act, value);
}

static void act_leave(struct x86_act *act)
{
    act->lift->regs[X86_ESP] = act->lift->regs[X86_EBP];
    act->lift->regs[X86_EBP] = x86_pop(act, 4);
}

/* ---- jumps ---- */

static void act_call(struct x86_act *act)
{
    x86_push(act, 4, term_unknown());
}

static void act_call_operand(struct x86_act *act)
{
    x86_get_operand(act);
    x86_push(act, 4, term_unknown());
}

/* With any number of bytes to drop, which the library takes as signed. */
static void act_ret(struct x86_act *act)
{
    x86_pop(act, 4);
    act->lift->regs[X86_ESP] =
        x86_stack_at(act, (uint32_t)(int16_t)act->in->imm);
}

/* LOOP counts in ECX, or CX. */
static void act_loop(struct x86_act *act)
{
    const uint32_t size = act->in->has_67 ? 2 : 4;

    x86_set_reg(act, X86_ECX, size,
                term_plus(x86_get_reg(act, X86_ECX, size), UINT32_MAX));
}

/* ---- moves ---- */

static void act_mov_to_operand(struct x86_act *act)
{
    x86_set_operand(act, x86_get_reg(act, act->in->reg, act->size));
}

static void act_mov_to_reg(struct x86_act *act)
{
    x86_set_reg(act, act->in->reg, act->size, x86_get_operand(act));
}

static void act_mov_imm(struct x86_act *act)
{
    x86_set_operand(act, term_const(act->in->imm & x86_mask_of(act->size)));
}

static void act_mov_reg_imm(struct x86_act *act)
{
    const uint32_t size = act->in->opcode < 0xb8 ? 1 : act->size;

    x86_set_reg(act, act->in->opcode & 7, size,
                term_const(act->in->imm & x86_mask_of(size)));
}

/* a0 to a3: the address is the immediate. */
static void act_mov_at(struct x86_act *act)
{
    struct i386_insn in = *act->in;
    struct x86_act at = {act->lift, &in, act->size};

    in.disp = (int32_t)in.imm;
    if (in.opcode < 0xa2)
        x86_set_reg(act, X86_EAX, act->size, x86_load(&at, act->size));
    else
        x86_store(&at, act->size, x86_get_reg(act, X86_EAX, act->size));
}

static void act_movzx(struct x86_act *act)
{
    const uint32_t to = act->in->has_66 ? 2 : 4;

    x86_set_reg(act, act->in->reg, to, x86_get_operand(act));
}

static void act_movsx(struct x86_act *act)
{
    const uint32_t to = act->in->has_66 ? 2 : 4;
    const struct term value = x86_get_operand(act);

    x86_set_reg(act, act->in->reg, to, x86_extend(act, value, act->size));
}

static void act_lea(struct x86_act *act)
{
    if (!x86_in_memory(act->in))
        lift_fail(act->lift);
    x86_set_reg(act, act->in->reg, act->size,
                lift_sum(act->lift, x86_place_of(act)));
}

static void act_xchg(struct x86_act *act)
{
    const struct term a = x86_get_operand(act);
    const struct term b = x86_get_reg(act, act->in->reg, act->size);

    x86_set_operand(act, b);
    x86_set_reg(act, act->in->reg, act->size, a);
}

/* 90 to 97; F3 90 leaves the library's loop. */
static void act_xchg_eax(struct x86_act *act)
{
    const unsigned reg = act->in->opcode & 7;
    const struct term a = x86_get_reg(act, X86_EAX, act->size);

    if (act->in->has_f3)
        lift_fail(act->lift);
    x86_set_reg(act, X86_EAX, act->size, x86_get_reg(act, reg, act->size));
    x86_set_reg(act, reg, act->size, a);
}

static void act_cwde(struct x86_act *act)
{
    const struct term eax = act->lift->regs[X86_EAX];

    x86_set_reg(act, X86_EAX, act->size, x86_extend(act, eax, act->size / 2));
}

static void act_cdq(struct x86_act *act)
{
    const struct term eax =
        x86_extend(act, act->lift->regs[X86_EAX], act->size);

    x86_set_reg(act, X86_EDX, act->size,
                x86_shift_const(act, STEP_SAR, eax, 31));
}

/* ---- what is not known ---- */

static void act_setcc(struct x86_act *act)
{
    x86_set_operand(act, term_unknown());
}

static void act_bswap(struct x86_act *act)
{
    x86_forget(act, act->in->opcode & 7);
}

static void act_cpuid(struct x86_act *act)
{
    for (unsigned reg = X86_EAX; reg <= X86_EBX; reg++)
        x86_forget(act, reg);
}

static void act_lahf(struct x86_act *act)
{
    x86_forget(act, X86_EAX);
}

/* By opcode, ascending. */
static const struct x86_row rows[] = {
    {MAP_ONE, 0x50, 0x57, ANY_REG, BY_66, act_push_reg},
    {MAP_ONE, 0x58, 0x5f, ANY_REG, BY_66, act_pop_reg},
    {MAP_ONE, 0x68, 0x68, ANY_REG, BY_66, act_push_imm},
    {MAP_ONE, 0x6a, 0x6a, ANY_REG, BY_66, act_push_imm},
    {MAP_ONE, 0x70, 0x7f, ANY_REG, BY_66, x86_act_nothing}, /* jcc */
    {MAP_ONE, 0x86, 0x87, ANY_REG, BY_BIT, act_xchg},
    {MAP_ONE, 0x88, 0x89, ANY_REG, BY_BIT, act_mov_to_operand},
    {MAP_ONE, 0x8a, 0x8b, ANY_REG, BY_BIT, act_mov_to_reg},
    {MAP_ONE, 0x8d, 0x8d, ANY_REG, BY_66, act_lea},
    {MAP_ONE, 0x8f, 0x8f, 1 << 0, BY_66, act_pop_operand},
    {MAP_ONE, 0x90, 0x97, ANY_REG, BY_66, act_xchg_eax},
    {MAP_ONE, 0x98, 0x98, ANY_REG, BY_66, act_cwde},
    {MAP_ONE, 0x99, 0x99, ANY_REG, BY_66, act_cdq},
    {MAP_ONE, 0x9e, 0x9e, ANY_REG, BY_66, x86_act_nothing}, /* sahf */
    {MAP_ONE, 0x9f, 0x9f, ANY_REG, BY_66, act_lahf},
    {MAP_ONE, 0xa0, 0xa3, ANY_REG, BY_BIT, act_mov_at},
    {MAP_ONE, 0xb0, 0xbf, ANY_REG, BY_66, act_mov_reg_imm},
    {MAP_ONE, 0xc2, 0xc3, ANY_REG, BY_66, act_ret},
    {MAP_ONE, 0xc6, 0xc7, 1 << 0, BY_BIT, act_mov_imm},
    {MAP_ONE, 0xc9, 0xc9, ANY_REG, BY_66, act_leave},
    {MAP_ONE, 0xcd, 0xcd, ANY_REG, BY_66, x86_act_nothing}, /* int */
    {MAP_ONE, 0xe0, 0xe2, ANY_REG, BY_66, act_loop},
    {MAP_ONE, 0xe3, 0xe3, ANY_REG, BY_66, x86_act_nothing}, /* jecxz */
    {MAP_ONE, 0xe8, 0xe8, ANY_REG, BY_66, act_call},
    {MAP_ONE, 0xe9, 0xe9, ANY_REG, BY_66, x86_act_nothing}, /* jmp */
    {MAP_ONE, 0xeb, 0xeb, ANY_REG, BY_66, x86_act_nothing},
    {MAP_ONE, 0xf5, 0xf5, ANY_REG, BY_66, x86_act_nothing}, /* cmc */
    {MAP_ONE, 0xf8, 0xf9, ANY_REG, BY_66, x86_act_nothing}, /* clc stc */
    {MAP_ONE, 0xff, 0xff, 1 << 2, BY_66, act_call_operand},
    {MAP_ONE, 0xff, 0xff, 1 << 4, BY_66, x86_act_look}, /* jmp */
    {MAP_ONE, 0xff, 0xff, 1 << 6, BY_66, act_push_operand},
    {MAP_0F, 0x0b, 0x0b, ANY_REG, BY_66, x86_act_nothing},    /* ud2 */
    {MAP_0F, 0x18, 0x1f, ANY_REG, BY_66, x86_act_nothing},    /* prefetch nop */
    {MAP_0F, 0x40, 0x4f, ANY_REG, BY_66, x86_act_to_unknown}, /* cmov */
    {MAP_0F, 0x80, 0x8f, ANY_REG, BY_66, x86_act_nothing},    /* jcc */
    {MAP_0F, 0x90, 0x9f, ANY_REG, BYTE, act_setcc},
    {MAP_0F, 0xa2, 0xa2, ANY_REG, BY_66, act_cpuid},
    {MAP_0F, 0xb6, 0xb6, ANY_REG, BYTE, act_movzx},
    {MAP_0F, 0xb7, 0xb7, ANY_REG, WORD, act_movzx},
    {MAP_0F, 0xbe, 0xbe, ANY_REG, BYTE, act_movsx},
    {MAP_0F, 0xbf, 0xbf, ANY_REG, WORD, act_movsx},
    {MAP_0F, 0xc8, 0xcf, ANY_REG, BY_66, act_bswap},
};

bool x86_add_move(struct x86_act *act)
{
    return x86_add(act, rows, COUNT(rows));
}
