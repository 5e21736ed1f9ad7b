/*
 * emu/forecast_x86.c - what an i386 instruction does to a forecast: registers,
 * operands, and whose row it is.
 *
 * Decisions:
 * - Accesses are those that the library makes, in its order: an operand that is
 *   changed is loaded, then stored; a call through memory loads, then pushes.
 * - What is in no row has no forecast. Operands of 16 bytes are known from
 *   decode_x86_facts.c.
 * - Of the flags only DF is followed: what depends on the others is not known.
 * - Nor is what only the next block could see: the address that a call pushes.
 *
 * Source: Intel SDM volume 2, appendix A.
 */
#include "emu/forecast_x86.h"

struct term x86_and_const(struct x86_act *act, struct term term, uint32_t mask)
{
    return mask == UINT32_MAX
               ? term
               : lift_op(act->lift, STEP_AND, term, term_const(mask));
}

struct term x86_shift_const(struct x86_act *act, enum step_op op,
                            struct term term, uint32_t by)
{
    return by ? lift_op(act->lift, op, term, term_const(by)) : term;
}

struct term x86_extend(struct x86_act *act, struct term term, uint32_t size)
{
    const uint32_t by = 32 - 8 * size;

    return x86_shift_const(act, STEP_SAR,
                           x86_shift_const(act, STEP_SHL, term, by), by);
}

/* ---- registers ---- */

/* AH to BH are the second bytes of the first four. */
static bool is_high(unsigned reg, uint32_t size)
{
    return size == 1 && reg >= 4;
}

struct term x86_get_reg(struct x86_act *act, unsigned reg, uint32_t size)
{
    const struct term *regs = act->lift->regs;

    if (is_high(reg, size))
        return x86_and_const(
            act, x86_shift_const(act, STEP_SHR, regs[reg - 4], 8), 0xff);
    return x86_and_const(act, regs[reg], x86_mask_of(size));
}

void x86_set_reg(struct x86_act *act, unsigned reg, uint32_t size,
                 struct term value)
{
    const uint32_t shift = is_high(reg, size) ? 8 : 0;
    struct term *at = &act->lift->regs[shift ? reg - 4 : reg];
    struct term kept;

    if (size == 4) {
        *at = value;
        return;
    }
    kept = x86_and_const(act, *at, ~(x86_mask_of(size) << shift));
    value = x86_and_const(act, value, x86_mask_of(size));
    *at = lift_op(act->lift, STEP_OR, kept,
                  x86_shift_const(act, STEP_SHL, value, shift));
}

void x86_forget(struct x86_act *act, unsigned reg)
{
    act->lift->regs[reg] = term_unknown();
}

/* ---- operands ---- */

struct place x86_place_of(struct x86_act *act)
{
    const struct i386_insn *in = act->in;
    struct place place = {term_const((uint32_t)in->disp), term_const(0), 0};

    if (in->has_67)
        lift_fail(act->lift);
    if (in->base >= 0)
        place.base = term_plus(act->lift->regs[in->base], (uint32_t)in->disp);
    if (in->index >= 0)
        place.index = act->lift->regs[in->index];
    while (1u << place.shift < in->scale)
        place.shift++;
    return place;
}

struct place x86_in_segment(struct x86_act *act, struct place place)
{
    if (act->in->segment < 0)
        return place;
    return (struct place){
        .base = lift_sum(act->lift, place),
        .index = {act->in->segment == X86_FS_BASE ? VALUE_FS : VALUE_GS, 0}};
}

static struct place operand_place(struct x86_act *act)
{
    return x86_in_segment(act, x86_place_of(act));
}

struct term x86_load(struct x86_act *act, uint32_t size)
{
    return lift_load(act->lift, NULL, operand_place(act), size);
}

void x86_store(struct x86_act *act, uint32_t size, struct term value)
{
    lift_store(act->lift, NULL, operand_place(act), size, value);
}

struct term x86_get_operand(struct x86_act *act)
{
    if (x86_in_memory(act->in))
        return x86_load(act, act->size);
    return x86_get_reg(act, act->in->rm, act->size);
}

void x86_set_operand(struct x86_act *act, struct term value)
{
    if (x86_in_memory(act->in))
        x86_store(act, act->size, value);
    else
        x86_set_reg(act, act->in->rm, act->size, value);
}

/* ---- the stack ---- */

struct term x86_stack_at(struct x86_act *act, uint32_t plus)
{
    return term_plus(act->lift->regs[X86_ESP], plus);
}

void x86_push(struct x86_act *act, uint32_t size, struct term value)
{
    const struct place place = {x86_stack_at(act, -size), term_const(0), 0};

    lift_store(act->lift, NULL, place, size, value);
    act->lift->regs[X86_ESP] = place.base;
}

struct term x86_pop(struct x86_act *act, uint32_t size)
{
    const struct place place = {x86_stack_at(act, 0), term_const(0), 0};
    const struct term value = lift_load(act->lift, NULL, place, size);

    act->lift->regs[X86_ESP] = x86_stack_at(act, size);
    return value;
}

/* ---- rows ---- */

void x86_act_nothing(struct x86_act *act)
{
    (void)act;
}

void x86_act_look(struct x86_act *act)
{
    x86_get_operand(act);
}

void x86_act_to_unknown(struct x86_act *act)
{
    x86_get_operand(act);
    x86_set_reg(act, act->in->reg, act->size, term_unknown());
}

static uint32_t size_of(const struct i386_insn *in, enum x86_size_rule rule)
{
    if (rule == BYTE || (rule == BY_BIT && !(in->opcode & 1)))
        return 1;
    return rule == WORD || in->has_66 ? 2 : 4;
}

static bool fits(const struct x86_row *row, const struct i386_insn *in)
{
    return row->map == in->map && in->opcode >= row->first &&
           in->opcode <= row->last &&
           (row->regs == ANY_REG || row->regs >> in->reg & 1);
}

bool x86_add(struct x86_act *act, const struct x86_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!fits(&rows[i], act->in))
            continue;
        act->size = size_of(act->in, (enum x86_size_rule)rows[i].rule);
        rows[i].act(act);
        return true;
    }
    return false;
}

/* ---- an instruction ---- */

/* An operand that the library takes in pieces, which are one access. */
static void add_wide(struct x86_act *act, const struct decoded *facts)
{
    if (facts->flags & (DECODE_SPARSE | DECODE_OVERREAD) ||
        facts->operand_size != 16)
        lift_fail(act->lift);
    else if (facts->writes)
        x86_store(act, 16, term_unknown());
    else
        x86_load(act, 16);
    if (facts->flags & DECODE_ALIGNED)
        lift_align(act->lift);
}

/* A near call or return of 16 bits. */
static bool is_short(const struct i386_insn *in)
{
    if (!in->has_66 || in->map != MAP_ONE)
        return false;
    return in->opcode == 0xc2 || in->opcode == 0xc3 || in->opcode == 0xc9 ||
           in->opcode == 0xe8 ||
           (in->opcode == 0xff && (in->reg == 2 || in->reg == 4));
}

void lift_x86(struct lift *lift, const uint8_t *bytes, uint32_t size,
              vaddr_t pc, bool thumb)
{
    struct i386_insn in;
    struct x86_act act = {lift, &in, 4};
    struct decoded facts;

    (void)pc, (void)thumb;
    if (!x86_take_apart(bytes, size, &in) || in.vex || is_short(&in)) {
        lift_fail(lift);
        return;
    }
    facts = x86_insn_facts(&in);
    if (facts.flags & DECODE_WIDE && facts.operand_size)
        add_wide(&act, &facts);
    else if (facts.pieces_load || facts.pieces_store)
        lift_fail(lift); /* LOCK NEG loads twice */
    else if (!x86_add_move(&act) && !x86_add_alu(&act) &&
             !x86_add_string(&act) && !x86_add_float(&act))
        lift_fail(lift);
}
