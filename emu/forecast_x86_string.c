/*
 * emu/forecast_x86_string.c - i386: strings.
 *
 * Decisions:
 * - To the library each turn of a repeated one ends a block: it makes its
 *   accesses if ECX is not 0, and is the last of the block. So nobody asks for
 *   the registers that it leaves.
 */
#include "emu/forecast_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DF 0x400u

/* ---- one turn ---- */

static bool is_repeated(const struct x86_act *act)
{
    return act->in->has_f2 || act->in->has_f3;
}

/* When it makes its accesses: NULL is always. */
static const struct term *condition_of(const struct x86_act *act)
{
    return is_repeated(act) ? &act->lift->regs[X86_ECX] : NULL;
}

static struct place at_edi(struct x86_act *act)
{
    return (struct place){act->lift->regs[X86_EDI], term_const(0), 0};
}

static struct term load_edi(struct x86_act *act)
{
    return lift_load(act->lift, condition_of(act), at_edi(act), act->size);
}

static void store_edi(struct x86_act *act, struct term value)
{
    lift_store(act->lift, condition_of(act), at_edi(act), act->size, value);
}

static struct term load_esi(struct x86_act *act)
{
    const struct place place = {act->lift->regs[X86_ESI], term_const(0), 0};

    return lift_load(act->lift, condition_of(act), x86_in_segment(act, place),
                     act->size);
}

/* Forwards by its size, or backwards: less twice the size if DF is set. */
static void move_on(struct x86_act *act, unsigned reg)
{
    const uint32_t by = act->size == 4 ? 7 : act->size == 2 ? 8 : 9;
    struct term *at = &act->lift->regs[reg];
    struct term back;

    back = lift_op(act->lift, STEP_AND, act->lift->direction, term_const(DF));
    back = x86_shift_const(act, STEP_SHR, back, by);
    *at = lift_op(act->lift, STEP_SUB, term_plus(*at, act->size), back);
    if (is_repeated(act))
        x86_forget(act, reg);
}

/* A turn ends, and with it the block if there may be more. */
static void end_turn(struct x86_act *act)
{
    if (act->in->has_67)
        lift_fail(act->lift);
    if (is_repeated(act))
        x86_forget(act, X86_ECX);
}

/* ---- rows ---- */

static void act_movs(struct x86_act *act)
{
    store_edi(act, load_esi(act));
    move_on(act, X86_ESI);
    move_on(act, X86_EDI);
    end_turn(act);
}

static void act_stos(struct x86_act *act)
{
    store_edi(act, x86_get_reg(act, X86_EAX, act->size));
    move_on(act, X86_EDI);
    end_turn(act);
}

static void act_lods(struct x86_act *act)
{
    const struct term value = load_esi(act);

    x86_set_reg(act, X86_EAX, act->size, value);
    if (is_repeated(act))
        x86_forget(act, X86_EAX);
    move_on(act, X86_ESI);
    end_turn(act);
}

static void act_cmps(struct x86_act *act)
{
    load_edi(act);
    load_esi(act);
    move_on(act, X86_ESI);
    move_on(act, X86_EDI);
    end_turn(act);
}

static void act_scas(struct x86_act *act)
{
    load_edi(act);
    move_on(act, X86_EDI);
    end_turn(act);
}

static void act_cld(struct x86_act *act)
{
    act->lift->direction = term_const(0);
}

static void act_std(struct x86_act *act)
{
    act->lift->direction = term_const(DF);
}

/* By opcode, ascending. */
static const struct x86_row rows[] = {
    {MAP_ONE, 0xa4, 0xa5, ANY_REG, BY_BIT, act_movs},
    {MAP_ONE, 0xa6, 0xa7, ANY_REG, BY_BIT, act_cmps},
    {MAP_ONE, 0xaa, 0xab, ANY_REG, BY_BIT, act_stos},
    {MAP_ONE, 0xac, 0xad, ANY_REG, BY_BIT, act_lods},
    {MAP_ONE, 0xae, 0xaf, ANY_REG, BY_BIT, act_scas},
    {MAP_ONE, 0xfc, 0xfc, ANY_REG, BY_66, act_cld},
    {MAP_ONE, 0xfd, 0xfd, ANY_REG, BY_66, act_std},
};

bool x86_add_string(struct x86_act *act)
{
    return x86_add(act, rows, COUNT(rows));
}
