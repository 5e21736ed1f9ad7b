/*
 * emu/forecast_arm.c - ARM's instructions in a forecast: what A32 and Thumb
 * have in common.
 *
 * Decisions:
 * - Accesses are those that the library makes: one for each register, upwards
 *   in memory, also of LDRD, LDMDB and PUSH; one of 8 bytes for each
 *   doubleword register of VFP, however it is aligned.
 * - Flags are worked out where a condition asks for them, from what was
 *   compared. Those of a comparison that is itself conditional are not known.
 * - What the architecture calls unpredictable has no forecast if it makes an
 *   access.
 * - Of carries only a comparison's is known; what uses one has an unknown
 *   result.
 *
 * Source: ARM DDI 0406C, A8.3 (conditions), A8.4 (shifts), A8.8.
 */
#include "emu/forecast_arm.h"

void arm_add(const struct arm_insn *in, const struct arm_row *rows,
             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((in->word & rows[i].mask) != rows[i].value)
            continue;
        rows[i].add(in);
        return;
    }
    lift_fail(in->lift);
}

static uint32_t halfword(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

void lift_arm(struct lift *lift, const uint8_t *bytes, uint32_t size,
              vaddr_t pc, bool thumb)
{
    struct arm_insn in = {.lift = lift, .pc = pc, .thumb = thumb};

    if (size != 4 && !(thumb && size == 2)) {
        lift_fail(lift);
        return;
    }
    in.word = halfword(bytes);
    if (!thumb)
        in.word |= halfword(bytes + 2) << 16;
    else if (size == 4)
        in.word = in.word << 16 | halfword(bytes + 2);
    if (thumb)
        lift_thumb(&in, size);
    else
        lift_a32(&in);
}

/* ---- conditions ---- */

enum { V_BIT = 28, C_BIT, Z_BIT, N_BIT }; /* of CPSR */

static struct term is_zero(struct lift *lift, struct term term)
{
    return lift_op(lift, STEP_IS_EQUAL, term, term_const(0));
}

/*
 * What the upper three bits of a condition ask for, of which the lowest asks
 * for the opposite: EQ, CS, MI, VS, HI, GE, GT.
 */
enum question { Q_EQ, Q_CS, Q_MI, Q_VS, Q_HI, Q_GE, Q_GT, Q_AL };

static struct term flag_at_start(struct lift *lift, uint32_t bit)
{
    const struct term flags = {VALUE_FLAGS, 0};

    return lift_op(lift, STEP_AND,
                   lift_op(lift, STEP_SHR, flags, term_const(bit)),
                   term_const(1));
}

static struct term n_is_v_at_start(struct lift *lift)
{
    return lift_op(lift, STEP_IS_EQUAL, flag_at_start(lift, N_BIT),
                   flag_at_start(lift, V_BIT));
}

static struct term ask_start(struct lift *lift, enum question question)
{
    switch (question) {
    case Q_EQ:
        return flag_at_start(lift, Z_BIT);
    case Q_CS:
        return flag_at_start(lift, C_BIT);
    case Q_MI:
        return flag_at_start(lift, N_BIT);
    case Q_VS:
        return flag_at_start(lift, V_BIT);
    case Q_HI: /* C and not Z */
        return lift_op(lift, STEP_IS_BELOW, flag_at_start(lift, Z_BIT),
                       flag_at_start(lift, C_BIT));
    case Q_GE:
        return n_is_v_at_start(lift);
    case Q_GT: /* and not Z */
        return lift_op(lift, STEP_IS_BELOW, flag_at_start(lift, Z_BIT),
                       n_is_v_at_start(lift));
    case Q_AL:
        break;
    }
    return term_const(1);
}

static struct term ask_compare(struct lift *lift, enum question question)
{
    const struct term a = lift->flags_a, b = lift->flags_b;

    switch (question) {
    case Q_EQ:
        return lift_op(lift, STEP_IS_EQUAL, a, b);
    case Q_CS:
        return is_zero(lift, lift_op(lift, STEP_IS_BELOW, a, b));
    case Q_MI:
        return lift_op(lift, STEP_IS_LESS, lift_op(lift, STEP_SUB, a, b),
                       term_const(0));
    case Q_HI:
        return lift_op(lift, STEP_IS_BELOW, b, a);
    case Q_GE:
        return is_zero(lift, lift_op(lift, STEP_IS_LESS, a, b));
    case Q_GT:
        return lift_op(lift, STEP_IS_LESS, b, a);
    case Q_AL:
    case Q_VS:
        break;
    }
    return term_unknown();
}

static struct term ask_result(struct lift *lift, enum question question)
{
    if (question == Q_EQ)
        return is_zero(lift, lift->flags_a);
    if (question == Q_MI)
        return lift_op(lift, STEP_IS_LESS, lift->flags_a, term_const(0));
    return term_unknown();
}

static struct term ask(struct lift *lift, enum question question)
{
    switch (lift->flags) {
    case LIFT_FLAGS_START:
        return ask_start(lift, question);
    case LIFT_FLAGS_COMPARE:
        return ask_compare(lift, question);
    case LIFT_FLAGS_RESULT:
        return ask_result(lift, question);
    case LIFT_FLAGS_UNKNOWN:
        break;
    }
    return term_unknown();
}

void arm_set_condition(struct arm_insn *in, uint32_t cond)
{
    const enum question question = (enum question)(cond >> 1);

    in->is_conditional = question != Q_AL;
    if (!in->is_conditional)
        return;
    in->condition = ask(in->lift, question);
    if (cond & 1)
        in->condition = is_zero(in->lift, in->condition);
}

/* ---- registers and flags ---- */

struct term arm_read(const struct arm_insn *in, uint32_t reg)
{
    if (reg == REG_PC)
        return term_const(in->pc + (in->thumb ? 4 : 8));
    return in->lift->regs[reg];
}

struct term arm_base(const struct arm_insn *in, uint32_t reg)
{
    struct term base = arm_read(in, reg);

    if (reg == REG_PC)
        base.plus &= ~3u;
    return base;
}

void arm_write(const struct arm_insn *in, uint32_t reg, struct term value)
{
    struct term *held = &in->lift->regs[reg];

    if (reg == REG_PC)
        return;
    if (in->is_conditional)
        value = lift_select(in->lift, in->condition, value, *held);
    *held = value;
}

static void set_flags(const struct arm_insn *in, enum lift_flags flags,
                      struct term a, struct term b)
{
    in->lift->flags = in->is_conditional ? LIFT_FLAGS_UNKNOWN : flags;
    in->lift->flags_a = a;
    in->lift->flags_b = b;
}

static void set_result(const struct arm_insn *in, struct term result)
{
    set_flags(in, LIFT_FLAGS_RESULT, result, term_unknown());
}

void arm_set_unknown_flags(const struct arm_insn *in)
{
    set_flags(in, LIFT_FLAGS_UNKNOWN, term_unknown(), term_unknown());
}

void arm_add_fail(const struct arm_insn *in)
{
    lift_fail(in->lift);
}

void arm_add_nothing(const struct arm_insn *in)
{
    (void)in;
}

void arm_add_rd_8(const struct arm_insn *in)
{
    arm_write(in, arm_bits(in, 8, 4), term_unknown());
}

void arm_add_rd_12(const struct arm_insn *in)
{
    arm_write(in, arm_bits(in, 12, 4), term_unknown());
}

void arm_add_rd_8_12(const struct arm_insn *in)
{
    arm_add_rd_8(in);
    arm_add_rd_12(in);
}

/* ---- data ---- */

struct term arm_shifted(struct lift *lift, uint32_t type, uint32_t amount,
                        struct term value)
{
    switch ((enum arm_shift)type) {
    case ARM_LSL:
        return amount == 0 ? value
                           : lift_op(lift, STEP_SHL, value, term_const(amount));
    case ARM_LSR: /* 0 is 32 */
        return amount == 0 ? term_const(0)
                           : lift_op(lift, STEP_SHR, value, term_const(amount));
    case ARM_ASR:
        return lift_op(lift, STEP_SAR, value,
                       term_const(amount == 0 ? 31 : amount));
    case ARM_ROR: /* 0 is RRX, with the carry */
        break;
    }
    return amount == 0 ? term_unknown()
                       : lift_op(lift, STEP_ROR, value, term_const(amount));
}

struct term arm_shifted_by(struct lift *lift, uint32_t type, struct term amount,
                           struct term value)
{
    static const enum step_op ops[4] = {STEP_SHL, STEP_SHR, STEP_SAR, STEP_ROR};
    const struct term low = lift_op(lift, STEP_AND, amount, term_const(255));
    const struct term shifted = lift_op(lift, ops[type & 3], value, low);
    const struct term is_short =
        lift_op(lift, STEP_IS_BELOW, low, term_const(32));

    if (type == ARM_ROR)
        return shifted;
    return lift_select(lift, is_short, shifted,
                       type == ARM_ASR
                           ? lift_op(lift, STEP_SAR, value, term_const(31))
                           : term_const(0));
}

static struct term invert(struct lift *lift, struct term term)
{
    return lift_op(lift, STEP_XOR, term, term_const(UINT32_MAX));
}

static struct term add(struct lift *lift, struct term a, struct term b)
{
    return lift_sum(lift, (struct place){.base = a, .index = b});
}

static struct term compute(struct lift *lift, enum arm_op op, struct term a,
                           struct term b)
{
    switch (op) {
    case ARM_AND:
    case ARM_TST:
        return lift_op(lift, STEP_AND, a, b);
    case ARM_EOR:
    case ARM_TEQ:
        return lift_op(lift, STEP_XOR, a, b);
    case ARM_SUB:
        return lift_op(lift, STEP_SUB, a, b);
    case ARM_RSB:
        return lift_op(lift, STEP_SUB, b, a);
    case ARM_ADD:
    case ARM_CMN:
        return add(lift, a, b);
    case ARM_ORR:
        return lift_op(lift, STEP_OR, a, b);
    case ARM_MOV:
        return b;
    case ARM_BIC:
        return lift_op(lift, STEP_AND, a, invert(lift, b));
    case ARM_MVN:
        return invert(lift, b);
    case ARM_ORN:
        return lift_op(lift, STEP_OR, a, invert(lift, b));
    case ARM_CMP: /* flags follow from its operands */
    case ARM_ADC:
    case ARM_SBC:
    case ARM_RSC:
        break;
    }
    return term_unknown();
}

/* To add b sets the flags as to subtract -b does, but for two b. */
static bool is_negatable(struct term b)
{
    return b.value == VALUE_ZERO && b.plus != 0 && b.plus != 0x80000000;
}

static void set_flags_of(const struct arm_insn *in, enum arm_op op,
                         struct term a, struct term b, struct term result)
{
    switch ((unsigned)op) {
    case ARM_SUB:
    case ARM_CMP:
        set_flags(in, LIFT_FLAGS_COMPARE, a, b);
        break;
    case ARM_RSB:
        set_flags(in, LIFT_FLAGS_COMPARE, b, a);
        break;
    case ARM_ADD:
    case ARM_CMN:
        if (is_negatable(b))
            set_flags(in, LIFT_FLAGS_COMPARE, a, term_const(-b.plus));
        else
            set_result(in, result);
        break;
    default: /* where the result is unknown, so are the flags */
        set_result(in, result);
        break;
    }
}

void arm_data(const struct arm_insn *in, enum arm_op op, uint32_t rd,
              struct term a, struct term b, bool sets)
{
    const struct term result = compute(in->lift, op, a, b);

    if (sets && rd == REG_PC && (op < ARM_TST || op > ARM_CMN)) {
        lift_fail(in->lift); /* a return from an exception */
        return;
    }
    if (sets)
        set_flags_of(in, op, a, b, result);
    if (op < ARM_TST || op > ARM_CMN)
        arm_write(in, rd, result);
}

struct term arm_field(struct lift *lift, struct term value, uint32_t low,
                      uint32_t count, bool is_signed)
{
    const struct term top = arm_shifted(lift, ARM_LSL, 32 - low - count, value);

    if (count == 32)
        return top;
    return lift_op(lift, is_signed ? STEP_SAR : STEP_SHR, top,
                   term_const(32 - count));
}

struct term arm_insert(struct lift *lift, struct term into, struct term value,
                       uint32_t low, uint32_t count)
{
    const uint32_t mask = (count == 32 ? UINT32_MAX : (1u << count) - 1) << low;
    const struct term outside =
        lift_op(lift, STEP_AND, into, term_const(~mask));
    const struct term inside =
        lift_op(lift, STEP_AND, arm_shifted(lift, ARM_LSL, low, value),
                term_const(mask));

    return lift_op(lift, STEP_OR, outside, inside);
}

void arm_add_extract(const struct arm_insn *in, const struct arm_field_of *of)
{
    struct term value = term_unknown();

    if (of->low + of->count <= 32)
        value = arm_field(in->lift, arm_read(in, of->rn), of->low, of->count,
                          of->is_signed);
    arm_write(in, of->rd, value);
}

void arm_add_insert(const struct arm_insn *in, const struct arm_field_of *of)
{
    const struct term from =
        of->rn == REG_PC ? term_const(0) : arm_read(in, of->rn);
    struct term value = term_unknown();

    if (of->low <= of->high)
        value = arm_insert(in->lift, arm_read(in, of->rd), from, of->low,
                           of->high - of->low + 1);
    arm_write(in, of->rd, value);
}

void arm_add_product(const struct arm_insn *in, const struct arm_product *p)
{
    struct term result =
        lift_op(in->lift, STEP_MUL, arm_read(in, p->rn), arm_read(in, p->rm));

    if (p->subtracts)
        result = lift_op(in->lift, STEP_SUB, arm_read(in, p->ra), result);
    else if (p->ra != REG_PC)
        result = add(in->lift, arm_read(in, p->ra), result);
    if (p->sets)
        set_result(in, result);
    arm_write(in, p->rd, result);
}
