/*
 * emu/forecast_a32.c - A32 in a forecast; see emu/forecast_arm.c.
 *
 * Source: ARM DDI 0406C, A5 (encodings) and A8.8.
 */
#include "emu/forecast_arm.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- data ---- */

static enum arm_op op_of(const struct arm_insn *in)
{
    return (enum arm_op)arm_bits(in, 21, 4);
}

static void add_data(const struct arm_insn *in, struct term b)
{
    arm_data(in, op_of(in), arm_bits(in, 12, 4),
             arm_read(in, arm_bits(in, 16, 4)), b, arm_bit(in, 20));
}

/* A5.2.4: 8 bits, rotated. */
static void add_data_immediate(const struct arm_insn *in)
{
    const uint32_t number = arm_bits(in, 0, 8);
    const uint32_t rotation = 2 * arm_bits(in, 8, 4);

    add_data(in, term_const(step_compute(STEP_ROR, number, rotation)));
}

static void add_data_register(const struct arm_insn *in)
{
    add_data(in, arm_shifted(in->lift, arm_bits(in, 5, 2), arm_bits(in, 7, 5),
                             arm_read(in, arm_bits(in, 0, 4))));
}

static void add_data_shifted_by(const struct arm_insn *in)
{
    if (arm_bits(in, 0, 4) == REG_PC || arm_bits(in, 8, 4) == REG_PC ||
        arm_bits(in, 16, 4) == REG_PC) {
        lift_fail(in->lift); /* the PC would be further ahead */
        return;
    }
    add_data(in, arm_shifted_by(in->lift, arm_bits(in, 5, 2),
                                arm_read(in, arm_bits(in, 8, 4)),
                                arm_read(in, arm_bits(in, 0, 4))));
}

static uint32_t immediate_16(const struct arm_insn *in)
{
    return arm_bits(in, 16, 4) << 12 | arm_bits(in, 0, 12);
}

static void add_movw(const struct arm_insn *in)
{
    arm_write(in, arm_bits(in, 12, 4), term_const(immediate_16(in)));
}

static void add_movt(const struct arm_insn *in)
{
    const uint32_t rd = arm_bits(in, 12, 4);

    arm_write(in, rd,
              arm_insert(in->lift, arm_read(in, rd),
                         term_const(immediate_16(in)), 16, 16));
}

/* SXTB, UXTB, SXTH, UXTH. */
static void add_extend(const struct arm_insn *in)
{
    const uint32_t rotation = 8 * arm_bits(in, 10, 2);
    const struct term from =
        lift_op(in->lift, STEP_ROR, arm_read(in, arm_bits(in, 0, 4)),
                term_const(rotation));

    arm_write(in, arm_bits(in, 12, 4),
              arm_field(in->lift, from, 0, arm_bit(in, 20) ? 16 : 8,
                        !arm_bit(in, 22)));
}

/* SBFX, UBFX, BFI, BFC. */
static struct arm_field_of field_of(const struct arm_insn *in)
{
    return (struct arm_field_of){
        .rd = arm_bits(in, 12, 4),
        .rn = arm_bits(in, 0, 4),
        .low = arm_bits(in, 7, 5),
        .count = arm_bits(in, 16, 5) + 1,
        .high = arm_bits(in, 16, 5),
        .is_signed = !arm_bit(in, 22),
    };
}

static void add_extract(const struct arm_insn *in)
{
    const struct arm_field_of of = field_of(in);

    arm_add_extract(in, &of);
}

static void add_insert(const struct arm_insn *in)
{
    const struct arm_field_of of = field_of(in);

    arm_add_insert(in, &of);
}

/* MUL, MLA, MLS. */
static void add_multiply(const struct arm_insn *in)
{
    const struct arm_product product = {
        .rd = arm_bits(in, 16, 4),
        .rn = arm_bits(in, 0, 4),
        .rm = arm_bits(in, 8, 4),
        .ra = arm_bits(in, 21, 2) ? arm_bits(in, 12, 4) : REG_PC,
        .subtracts = arm_bit(in, 22),
        .sets = arm_bit(in, 20),
    };

    if (arm_bits(in, 21, 2) && product.ra == REG_PC)
        lift_fail(in->lift);
    else
        arm_add_product(in, &product);
}

/* What changes two registers, of which one may be none, or an operand. */
static void add_rd_12_16(const struct arm_insn *in)
{
    arm_add_rd_12(in);
    arm_write(in, arm_bits(in, 16, 4), term_unknown());
}

static void add_multiply_long(const struct arm_insn *in)
{
    if (arm_bit(in, 20))
        arm_set_unknown_flags(in);
    add_rd_12_16(in);
}

/* ---- jumps ---- */

static void add_call(const struct arm_insn *in)
{
    arm_write(in, REG_LR, term_const(in->pc + 4));
}

/* ---- accesses ---- */

/*
 * The rest of an access of @access->place.base and @offset. Without an index,
 * and with the write-back of one: as user mode does it (LDRT).
 */
static void add_access(const struct arm_insn *in, struct arm_access *access,
                       struct term offset, uint8_t shift)
{
    access->rn = arm_bits(in, 16, 4);
    access->rt = arm_bits(in, 12, 4);
    access->after = !arm_bit(in, 24);
    access->writes_back = access->after || arm_bit(in, 21);
    access->place = arm_place(arm_base(in, access->rn));
    if (access->after && arm_bit(in, 21)) {
        lift_fail(in->lift);
        return;
    }
    if (arm_bit(in, 23)) {
        access->place.index = offset;
        access->place.shift = shift;
    } else {
        offset = arm_shifted(in->lift, ARM_LSL, shift, offset);
        access->place.base =
            lift_op(in->lift, STEP_SUB, access->place.base, offset);
    }
    arm_add_access(in, access);
}

static struct arm_access word_or_byte(const struct arm_insn *in)
{
    return (struct arm_access){
        .loads = arm_bit(in, 20),
        .size = arm_bit(in, 22) ? 1 : 4,
        .rt2 = REG_PC,
    };
}

static void add_word_immediate(const struct arm_insn *in)
{
    struct arm_access access = word_or_byte(in);

    add_access(in, &access, term_const(arm_bits(in, 0, 12)), 0);
}

static void add_word_register(const struct arm_insn *in)
{
    const uint32_t rm = arm_bits(in, 0, 4), type = arm_bits(in, 5, 2);
    uint32_t amount = arm_bits(in, 7, 5);
    struct arm_access access = word_or_byte(in);
    struct term offset = arm_read(in, rm);

    if (rm == REG_PC) {
        lift_fail(in->lift);
        return;
    }
    if (type != ARM_LSL) {
        offset = arm_shifted(in->lift, type, amount, offset);
        amount = 0;
    }
    add_access(in, &access, offset, (uint8_t)amount);
}

/* By bits 6 and 5, and whether bit 20 says load. */
static const struct arm_access odd_sizes[4][2] = {
    {{.size = 0}, {.size = 0}}, /* these are others */
    {{.loads = false, .size = 2}, {.loads = true, .size = 2}},
    {{.loads = true, .size = 8}, {.loads = true, .size = 1, .is_signed = true}},
    {{.loads = false, .size = 8},
     {.loads = true, .size = 2, .is_signed = true}},
};

/* Halfwords, signed bytes, and pairs of words (A5.2.8). */
static void add_odd(const struct arm_insn *in, struct term offset)
{
    struct arm_access access =
        odd_sizes[arm_bits(in, 5, 2)][arm_bits(in, 20, 1)];
    const uint32_t rt = arm_bits(in, 12, 4);

    access.rt2 = REG_PC;
    if (access.size == 8) {
        access.size = 4;
        access.rt2 = rt + 1;
        if (rt % 2 != 0 || rt == REG_LR) {
            lift_fail(in->lift);
            return;
        }
    }
    add_access(in, &access, offset, 0);
}

static void add_odd_immediate(const struct arm_insn *in)
{
    add_odd(in, term_const(arm_bits(in, 8, 4) << 4 | arm_bits(in, 0, 4)));
}

/* LDRD of the register that is the offset is unpredictable. */
static bool loads_offset(const struct arm_insn *in)
{
    return arm_bits(in, 4, 4) == 0xd && !arm_bit(in, 20) &&
           arm_bits(in, 1, 3) == arm_bits(in, 13, 3);
}

static void add_odd_register(const struct arm_insn *in)
{
    const uint32_t rm = arm_bits(in, 0, 4);

    if (rm == REG_PC || arm_bits(in, 8, 4) != 0 || loads_offset(in))
        lift_fail(in->lift);
    else
        add_odd(in, arm_read(in, rm));
}

static void add_multiple(const struct arm_insn *in)
{
    const struct arm_multiple multiple = {
        .loads = arm_bit(in, 20),
        .before = arm_bit(in, 24),
        .up = arm_bit(in, 23),
        .writes_back = arm_bit(in, 21),
        .rn = arm_bits(in, 16, 4),
        .list = arm_bits(in, 0, 16),
    };

    arm_add_multiple(in, &multiple);
}

/* ---- tables ---- */

static const struct arm_row always[] = {
    {0xff30f000, 0xf510f000, arm_add_nothing}, /* pld, pldw */
    {0xff30f010, 0xf710f000, arm_add_nothing},
    {0xff70f000, 0xf450f000, arm_add_nothing}, /* pli */
    {0xff70f010, 0xf650f000, arm_add_nothing},
    {0xfffffff0, 0xf57ff040, arm_add_nothing}, /* dsb */
    {0xfffffff0, 0xf57ff050, arm_add_nothing}, /* dmb */
    {0xfffffff0, 0xf57ff060, arm_add_nothing}, /* isb */
    {0xfe000000, 0xf2000000, arm_add_nothing}, /* NEON's arithmetic */
    {0xfe000000, 0xfa000000, add_call},        /* blx */
};

static const struct arm_row rows[] = {
    /* multiplications and odd accesses, among data */
    {0x0fc0f0f0, 0x00000090, add_multiply}, /* mul */
    {0x0fe000f0, 0x00200090, add_multiply}, /* mla */
    {0x0ff000f0, 0x00600090, add_multiply}, /* mls */
    {0x0ff000f0, 0x00400090, add_rd_12_16}, /* umaal */
    {0x0f8000f0, 0x00800090, add_multiply_long},
    {0x0f900090, 0x01000080, add_rd_12_16},        /* smlabb ... */
    {0x0e000060 | 0x90, 0x00000090, arm_add_fail}, /* exclusives, swp */
    {0x0e400090, 0x00000090, add_odd_register},
    {0x0e400090, 0x00400090, add_odd_immediate},
    /* compare without flags: others, among data */
    {0x0ffffff0, 0x012fff10, arm_add_nothing}, /* bx */
    {0x0ffffff0, 0x012fff30, add_call},        /* blx */
    {0x0fff0ff0, 0x016f0f10, arm_add_rd_12},   /* clz */
    {0x0fff0fff, 0x010f0000, arm_add_rd_12},   /* mrs */
    {0x0ff00000, 0x03000000, add_movw},
    {0x0ff00000, 0x03400000, add_movt},
    {0x0fffffff, 0x0320f000, arm_add_nothing}, /* nop */
    {0x0d900000, 0x01000000, arm_add_fail},
    {0x0e000000, 0x02000000, add_data_immediate},
    {0x0e000010, 0x00000000, add_data_register},
    {0x0e000090, 0x00000010, add_data_shifted_by},
    /* accesses */
    {0x0e000000, 0x04000000, add_word_immediate},
    {0x0e000010, 0x06000000, add_word_register},
    {0x0e400000, 0x08000000, add_multiple},
    /* media (A5.4) */
    {0x0faf03f0, 0x06af0070, add_extend},
    {0x0fa00070, 0x07a00050, add_extract},
    {0x0fe00070, 0x07c00010, add_insert},
    {0x0f800010, 0x07000010, add_rd_12_16}, /* smlad, udiv ... */
    {0x0e000010, 0x06000010, add_rd_12_16},
    /* b, bl, svc */
    {0x0f000000, 0x0a000000, arm_add_nothing},
    {0x0f000000, 0x0b000000, add_call},
    {0x0f000000, 0x0f000000, arm_add_nothing},
    ARM_VFP_ROWS(0, 0),
};

void lift_a32(struct arm_insn *in)
{
    const uint32_t cond = in->word >> 28;

    if (cond == 15) {
        arm_add(in, always, COUNT(always));
        return;
    }
    arm_set_condition(in, cond);
    arm_add(in, rows, COUNT(rows));
}
