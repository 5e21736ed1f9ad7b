/*
 * emu/forecast_thumb.c - Thumb's instructions of 2 bytes in a forecast, and its
 * IT state; see emu/forecast_arm.c. Those of 4 are in emu/forecast_thumb2.c.
 *
 * Source: ARM DDI 0406C, A6.2 (encodings) and A8.8.
 */
#include "emu/forecast_arm.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- data ---- */

/* Of 2 bytes, what is behind an IT leaves the flags alone. */
static bool sets_flags(const struct arm_insn *in)
{
    return in->lift->it == 0;
}

static struct term low_register(const struct arm_insn *in, unsigned at)
{
    return arm_read(in, arm_bits(in, at, 3));
}

/* LSL, LSR, ASR of an immediate. */
static void add_shift(const struct arm_insn *in)
{
    const struct term result = arm_shifted(
        in->lift, arm_bits(in, 11, 2), arm_bits(in, 6, 5), low_register(in, 3));

    arm_data(in, ARM_MOV, arm_bits(in, 0, 3), result, result, sets_flags(in));
}

/* ADD, SUB of three. */
static void add_sum(const struct arm_insn *in)
{
    const struct term b =
        arm_bit(in, 10) ? term_const(arm_bits(in, 6, 3)) : low_register(in, 6);

    arm_data(in, arm_bit(in, 9) ? ARM_SUB : ARM_ADD, arm_bits(in, 0, 3),
             low_register(in, 3), b, sets_flags(in));
}

/* MOV, CMP, ADD, SUB with 8 bits. */
static void add_immediate(const struct arm_insn *in)
{
    static const enum arm_op ops[4] = {ARM_MOV, ARM_CMP, ARM_ADD, ARM_SUB};
    const enum arm_op op = ops[arm_bits(in, 11, 2)];
    const uint32_t rd = arm_bits(in, 8, 3);

    arm_data(in, op, rd, arm_read(in, rd), term_const(arm_bits(in, 0, 8)),
             op == ARM_CMP || sets_flags(in));
}

/* A6.2.2, but for shifts and a few more. */
static void add_data(const struct arm_insn *in)
{
    static const enum arm_op ops[16] = {
        [0] = ARM_AND,  [1] = ARM_EOR,  [5] = ARM_ADC,  [6] = ARM_SBC,
        [8] = ARM_TST,  [10] = ARM_CMP, [11] = ARM_CMN, [12] = ARM_ORR,
        [14] = ARM_BIC, [15] = ARM_MVN};
    const enum arm_op op = ops[arm_bits(in, 6, 4)];
    const bool compares = op >= ARM_TST && op <= ARM_CMN;

    arm_data(in, op, arm_bits(in, 0, 3), low_register(in, 0),
             low_register(in, 3), compares || sets_flags(in));
}

static void add_shift_by(const struct arm_insn *in)
{
    static const uint8_t types[8] = {
        [2] = ARM_LSL, [3] = ARM_LSR, [4] = ARM_ASR, [7] = ARM_ROR};
    const struct term result =
        arm_shifted_by(in->lift, types[arm_bits(in, 6, 3)], low_register(in, 3),
                       low_register(in, 0));

    arm_data(in, ARM_MOV, arm_bits(in, 0, 3), result, result, sets_flags(in));
}

static void add_negate(const struct arm_insn *in)
{
    arm_data(in, ARM_RSB, arm_bits(in, 0, 3), low_register(in, 3),
             term_const(0), sets_flags(in));
}

static void add_multiply(const struct arm_insn *in)
{
    const struct arm_product product = {
        .rd = arm_bits(in, 0, 3),
        .rn = arm_bits(in, 3, 3),
        .rm = arm_bits(in, 0, 3),
        .ra = REG_PC,
        .sets = sets_flags(in),
    };

    arm_add_product(in, &product);
}

/* ADD, CMP, MOV of any registers. */
static void add_high(const struct arm_insn *in)
{
    static const enum arm_op ops[4] = {ARM_ADD, ARM_CMP, ARM_MOV};
    const enum arm_op op = ops[arm_bits(in, 8, 2)];
    const uint32_t rd = arm_bits(in, 7, 1) << 3 | arm_bits(in, 0, 3);

    arm_data(in, op, rd, arm_read(in, rd), arm_read(in, arm_bits(in, 3, 4)),
             op == ARM_CMP);
}

/* ADR, and ADD of the stack pointer. */
static void add_address(const struct arm_insn *in)
{
    const uint32_t base = arm_bit(in, 11) ? REG_SP : REG_PC;

    arm_write(in, arm_bits(in, 8, 3),
              term_plus(arm_base(in, base), arm_bits(in, 0, 8) * 4));
}

static void add_to_sp(const struct arm_insn *in)
{
    const uint32_t bytes = arm_bits(in, 0, 7) * 4;

    arm_write(in, REG_SP,
              term_plus(arm_read(in, REG_SP), arm_bit(in, 7) ? -bytes : bytes));
}

/* SXTH, SXTB, UXTH, UXTB. */
static void add_extend(const struct arm_insn *in)
{
    arm_write(in, arm_bits(in, 0, 3),
              arm_field(in->lift, low_register(in, 3), 0,
                        arm_bit(in, 6) ? 8 : 16, !arm_bit(in, 7)));
}

/* REV, REV16, REVSH. */
static void add_reverse(const struct arm_insn *in)
{
    arm_write(in, arm_bits(in, 0, 3), term_unknown());
}

static void add_call(const struct arm_insn *in)
{
    arm_write(in, REG_LR, term_const((in->pc + 2) | 1));
}

/* ---- accesses ---- */

static void add_access(const struct arm_insn *in, struct arm_access access,
                       uint32_t rn, struct term offset)
{
    access.rn = rn;
    access.rt2 = REG_PC;
    access.place = (struct place){.base = arm_base(in, rn), .index = offset};
    arm_add_access(in, &access);
}

static void add_literal(const struct arm_insn *in)
{
    add_access(
        in,
        (struct arm_access){.loads = true, .size = 4, .rt = arm_bits(in, 8, 3)},
        REG_PC, term_const(arm_bits(in, 0, 8) * 4));
}

static void add_register(const struct arm_insn *in)
{
    static const struct arm_access kinds[8] = {
        {.size = 4},
        {.size = 2},
        {.size = 1},
        {.size = 1, .loads = true, .is_signed = true},
        {.size = 4, .loads = true},
        {.size = 2, .loads = true},
        {.size = 1, .loads = true},
        {.size = 2, .loads = true, .is_signed = true},
    };
    struct arm_access access = kinds[arm_bits(in, 9, 3)];

    access.rt = arm_bits(in, 0, 3);
    add_access(in, access, arm_bits(in, 3, 3), low_register(in, 6));
}

static void add_offset(const struct arm_insn *in, uint32_t size)
{
    const struct arm_access access = {
        .loads = arm_bit(in, 11), .size = size, .rt = arm_bits(in, 0, 3)};

    add_access(in, access, arm_bits(in, 3, 3),
               term_const(arm_bits(in, 6, 5) * size));
}

static void add_word(const struct arm_insn *in)
{
    add_offset(in, 4);
}

static void add_half(const struct arm_insn *in)
{
    add_offset(in, 2);
}

static void add_byte(const struct arm_insn *in)
{
    add_offset(in, 1);
}

static void add_on_stack(const struct arm_insn *in)
{
    const struct arm_access access = {
        .loads = arm_bit(in, 11), .size = 4, .rt = arm_bits(in, 8, 3)};

    add_access(in, access, REG_SP, term_const(arm_bits(in, 0, 8) * 4));
}

static void add_push(const struct arm_insn *in)
{
    const struct arm_multiple multiple = {
        .before = true,
        .writes_back = true,
        .rn = REG_SP,
        .list = arm_bits(in, 0, 8) | arm_bits(in, 8, 1) << REG_LR,
    };

    arm_add_multiple(in, &multiple);
}

static void add_pop(const struct arm_insn *in)
{
    const struct arm_multiple multiple = {
        .loads = true,
        .up = true,
        .writes_back = true,
        .rn = REG_SP,
        .list = arm_bits(in, 0, 8) | arm_bits(in, 8, 1) << REG_PC,
    };

    arm_add_multiple(in, &multiple);
}

/* A base that is loaded is not updated, too. */
static void add_multiple(const struct arm_insn *in)
{
    const uint32_t rn = arm_bits(in, 8, 3), list = arm_bits(in, 0, 8);
    const bool loads = arm_bit(in, 11);
    const struct arm_multiple multiple = {
        .loads = loads,
        .up = true,
        .writes_back = !loads || !(list >> rn & 1),
        .rn = rn,
        .list = list,
    };

    arm_add_multiple(in, &multiple);
}

/* ---- tables ---- */

static const struct arm_row rows[] = {
    {0xf800, 0x1800, add_sum},
    {0xe000, 0x0000, add_shift},
    {0xe000, 0x2000, add_immediate},
    {0xffc0, 0x4080, add_shift_by}, /* lsl */
    {0xffc0, 0x40c0, add_shift_by}, /* lsr */
    {0xffc0, 0x4100, add_shift_by}, /* asr */
    {0xffc0, 0x41c0, add_shift_by}, /* ror */
    {0xffc0, 0x4240, add_negate},
    {0xffc0, 0x4340, add_multiply},
    {0xfc00, 0x4000, add_data},
    {0xff87, 0x4700, arm_add_nothing}, /* bx */
    {0xff87, 0x4780, add_call},        /* blx */
    {0xff00, 0x4400, add_high},
    {0xff00, 0x4500, add_high},
    {0xff00, 0x4600, add_high},
    {0xf800, 0x4800, add_literal},
    {0xf000, 0x5000, add_register},
    {0xf000, 0x6000, add_word},
    {0xf000, 0x7000, add_byte},
    {0xf000, 0x8000, add_half},
    {0xf000, 0x9000, add_on_stack},
    {0xf000, 0xa000, add_address},
    {0xff00, 0xb000, add_to_sp},
    {0xf500, 0xb100, arm_add_nothing}, /* cbz, cbnz */
    {0xff00, 0xb200, add_extend},
    {0xfe00, 0xb400, add_push},
    {0xffc0, 0xba00, add_reverse},
    {0xffc0, 0xba40, add_reverse},
    {0xffc0, 0xbac0, add_reverse},
    {0xfe00, 0xbc00, add_pop},
    {0xffff, 0xbf00, arm_add_nothing}, /* nop */
    {0xf000, 0xc000, add_multiple},
    {0xff00, 0xde00, arm_add_nothing}, /* udf */
    {0xf000, 0xd000, arm_add_nothing}, /* b<cond>, svc */
    {0xf800, 0xe000, arm_add_nothing}, /* b */
};

/* IT, of which no condition may come out as 15. */
static void begin_it(const struct arm_insn *in)
{
    const uint32_t cond = arm_bits(in, 4, 4), mask = arm_bits(in, 0, 4);

    if (in->lift->it != 0 || cond == 15 || (cond == 14 && mask & (mask - 1)))
        lift_fail(in->lift);
    in->lift->it = (uint8_t)in->word;
}

static bool is_it(const struct arm_insn *in, uint32_t size)
{
    return size == 2 && (in->word & 0xff00) == 0xbf00 &&
           arm_bits(in, 0, 4) != 0;
}

/* A2.5.2. */
static void advance_it(struct lift *lift)
{
    const uint32_t it = lift->it;

    lift->it = (uint8_t)(it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0);
}

void lift_thumb(struct arm_insn *in, uint32_t size)
{
    if (is_it(in, size)) {
        begin_it(in);
        return;
    }
    if (in->lift->it)
        arm_set_condition(in, in->lift->it >> 4);
    if (size == 2)
        arm_add(in, rows, COUNT(rows));
    else
        lift_thumb2(in);
    advance_it(in->lift);
}
