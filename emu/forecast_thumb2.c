/*
 * emu/forecast_thumb2.c - Thumb's instructions of 4 bytes in a forecast; see
 * emu/forecast_arm.c.
 *
 * Source: ARM DDI 0406C, A6.3 (encodings) and A8.8.
 */
#include "emu/forecast_arm.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- data ---- */

/* By bits 24 to 21 (A6.3.1, A6.3.11); what is not here is none. */
static bool find_op(const struct arm_insn *in, enum arm_op *op)
{
    static const enum arm_op ops[16] = {
        [0] = ARM_AND,  [1] = ARM_BIC,  [2] = ARM_ORR,  [3] = ARM_ORN,
        [4] = ARM_EOR,  [8] = ARM_ADD,  [10] = ARM_ADC, [11] = ARM_SBC,
        [13] = ARM_SUB, [14] = ARM_RSB,
    };
    const uint32_t index = arm_bits(in, 21, 4);

    *op = ops[index];
    return index == 0 || *op != ARM_AND;
}

/* One operand fewer where a register is the PC; false: there is no such. */
static bool adapt_op(const struct arm_insn *in, enum arm_op *op)
{
    if (arm_bits(in, 16, 4) == REG_PC) {
        if (*op != ARM_ORR && *op != ARM_ORN)
            return false;
        *op = *op == ARM_ORR ? ARM_MOV : ARM_MVN;
    }
    if (arm_bits(in, 8, 4) != REG_PC)
        return true;
    switch ((unsigned)*op) {
    case ARM_AND:
        *op = ARM_TST;
        break;
    case ARM_EOR:
        *op = ARM_TEQ;
        break;
    case ARM_ADD:
        *op = ARM_CMN;
        break;
    case ARM_SUB:
        *op = ARM_CMP;
        break;
    default:
        return false;
    }
    return arm_bit(in, 20);
}

static void add_data(const struct arm_insn *in, struct term b)
{
    enum arm_op op;

    if (!find_op(in, &op) || !adapt_op(in, &op))
        lift_fail(in->lift);
    else
        arm_data(in, op, arm_bits(in, 8, 4), arm_read(in, arm_bits(in, 16, 4)),
                 b, arm_bit(in, 20));
}

static void add_data_register(const struct arm_insn *in)
{
    const uint32_t amount = arm_bits(in, 12, 3) << 2 | arm_bits(in, 6, 2);

    add_data(in, arm_shifted(in->lift, arm_bits(in, 4, 2), amount,
                             arm_read(in, arm_bits(in, 0, 4))));
}

static uint32_t immediate_12(const struct arm_insn *in)
{
    return arm_bits(in, 26, 1) << 11 | arm_bits(in, 12, 3) << 8 |
           arm_bits(in, 0, 8);
}

/* A6.3.2: a byte, one or more times, or rotated. */
static uint32_t expand(uint32_t imm12)
{
    const uint32_t byte = imm12 & 255;

    switch (imm12 >> 8) {
    case 0:
        return byte;
    case 1:
        return byte << 16 | byte;
    case 2:
        return byte << 24 | byte << 8;
    case 3:
        return byte * 0x01010101;
    default:
        return step_compute(STEP_ROR, 0x80 | (imm12 & 0x7f), imm12 >> 7);
    }
}

static void add_data_immediate(const struct arm_insn *in)
{
    add_data(in, term_const(expand(immediate_12(in))));
}

/* ADDW, SUBW, ADR. */
static void add_wide_sum(const struct arm_insn *in)
{
    const uint32_t number = immediate_12(in);

    arm_write(in, arm_bits(in, 8, 4),
              term_plus(arm_base(in, arm_bits(in, 16, 4)),
                        arm_bit(in, 21) ? -number : number));
}

static uint32_t immediate_16(const struct arm_insn *in)
{
    return arm_bits(in, 16, 4) << 12 | immediate_12(in);
}

static void add_movw(const struct arm_insn *in)
{
    arm_write(in, arm_bits(in, 8, 4), term_const(immediate_16(in)));
}

static void add_movt(const struct arm_insn *in)
{
    const uint32_t rd = arm_bits(in, 8, 4);

    arm_write(in, rd,
              arm_insert(in->lift, arm_read(in, rd),
                         term_const(immediate_16(in)), 16, 16));
}

/* SBFX, UBFX, BFI, BFC. */
static struct arm_field_of field_of(const struct arm_insn *in)
{
    return (struct arm_field_of){
        .rd = arm_bits(in, 8, 4),
        .rn = arm_bits(in, 16, 4),
        .low = arm_bits(in, 12, 3) << 2 | arm_bits(in, 6, 2),
        .count = arm_bits(in, 0, 5) + 1,
        .high = arm_bits(in, 0, 5),
        .is_signed = !arm_bit(in, 23),
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

static void add_shift_by(const struct arm_insn *in)
{
    const struct term result = arm_shifted_by(
        in->lift, arm_bits(in, 21, 2), arm_read(in, arm_bits(in, 0, 4)),
        arm_read(in, arm_bits(in, 16, 4)));

    arm_data(in, ARM_MOV, arm_bits(in, 8, 4), result, result, arm_bit(in, 20));
}

/* SXTH, UXTH, SXTB, UXTB. */
static void add_extend(const struct arm_insn *in)
{
    const uint32_t rotation = 8 * arm_bits(in, 4, 2);
    const struct term from =
        lift_op(in->lift, STEP_ROR, arm_read(in, arm_bits(in, 0, 4)),
                term_const(rotation));

    arm_write(in, arm_bits(in, 8, 4),
              arm_field(in->lift, from, 0, arm_bit(in, 22) ? 8 : 16,
                        !arm_bit(in, 20)));
}

/* MUL, MLA, MLS. */
static void add_multiply(const struct arm_insn *in)
{
    const struct arm_product product = {
        .rd = arm_bits(in, 8, 4),
        .rn = arm_bits(in, 16, 4),
        .rm = arm_bits(in, 0, 4),
        .ra = arm_bits(in, 12, 4),
        .subtracts = arm_bit(in, 4),
    };

    arm_add_product(in, &product);
}

/* ---- jumps ---- */

static void add_call(const struct arm_insn *in)
{
    arm_write(in, REG_LR, term_const((in->pc + 4) | 1));
}

/* ---- accesses ---- */

/* The offset of an access in its lower 12 bits, if there is such a form. */
static bool find_offset(const struct arm_insn *in, struct arm_access *access)
{
    const uint32_t number = arm_bits(in, 0, 8), form = arm_bits(in, 8, 4);
    const bool up = arm_bit(in, 9);

    if (arm_bits(in, 6, 6) == 0) {
        access->place.index = arm_read(in, arm_bits(in, 0, 4));
        access->place.shift = (uint8_t)arm_bits(in, 4, 2);
        return arm_bits(in, 0, 4) != REG_PC;
    }
    access->place.base = term_plus(access->place.base, up ? number : -number);
    access->writes_back = arm_bit(in, 8);
    access->after = !arm_bit(in, 10);
    return form == 12 || form == 9 || form == 11 || form == 13 || form == 15;
}

/* A6.3.7 to A6.3.10. */
static void add_single(const struct arm_insn *in)
{
    struct arm_access access = {
        .loads = arm_bit(in, 20),
        .is_signed = arm_bit(in, 24),
        .size = 1u << arm_bits(in, 21, 2),
        .rt = arm_bits(in, 12, 4),
        .rt2 = REG_PC,
        .rn = arm_bits(in, 16, 4),
    };
    const uint32_t number = arm_bits(in, 0, 12);
    bool is_known = true;

    access.place = arm_place(arm_base(in, access.rn));
    if (access.rn == REG_PC)
        access.place.base =
            term_plus(access.place.base, arm_bit(in, 23) ? number : -number);
    else if (arm_bit(in, 23))
        access.place.base = term_plus(access.place.base, number);
    else
        is_known = find_offset(in, &access);
    if (!is_known || (access.rn == REG_PC && !access.loads))
        lift_fail(in->lift);
    else
        arm_add_access(in, &access);
}

/* LDRD, STRD. */
static void add_pair(const struct arm_insn *in)
{
    const uint32_t number = arm_bits(in, 0, 8) * 4;
    struct arm_access access = {
        .loads = arm_bit(in, 20),
        .size = 4,
        .rt = arm_bits(in, 12, 4),
        .rt2 = arm_bits(in, 8, 4),
        .rn = arm_bits(in, 16, 4),
        .after = !arm_bit(in, 24),
        .writes_back = arm_bit(in, 21),
    };
    const struct term base = arm_base(in, access.rn);

    if (access.rt == REG_PC || access.rt2 == REG_PC ||
        (access.rn == REG_PC && !access.loads) ||
        (access.loads && access.rt == access.rt2)) {
        lift_fail(in->lift);
        return;
    }
    access.place =
        arm_place(term_plus(base, arm_bit(in, 23) ? number : -number));
    arm_add_access(in, &access);
}

static void add_multiple(const struct arm_insn *in)
{
    const uint32_t list = arm_bits(in, 0, 16);
    const struct arm_multiple multiple = {
        .loads = arm_bit(in, 20),
        .before = arm_bit(in, 24),
        .up = arm_bit(in, 23),
        .writes_back = arm_bit(in, 21),
        .rn = arm_bits(in, 16, 4),
        .list = list,
    };

    /* two registers at least, no SP, no base; LR and PC not together */
    if ((list & (list - 1)) == 0 || list & 1u << REG_SP ||
        (multiple.writes_back && list >> multiple.rn & 1) ||
        (multiple.loads ? list >> REG_LR == 3 : list >> REG_PC))
        lift_fail(in->lift);
    else
        arm_add_multiple(in, &multiple);
}

/* TBB, TBH: a jump by what they load. */
static void add_table(const struct arm_insn *in)
{
    const bool half = arm_bit(in, 4);
    const uint32_t rm = arm_bits(in, 0, 4);
    const struct place place = {
        .base = arm_read(in, arm_bits(in, 16, 4)),
        .index = arm_read(in, rm),
        .shift = half,
    };

    if (rm == REG_PC || rm == REG_SP)
        lift_fail(in->lift);
    else
        (void)arm_load(in, place, half ? 2 : 1);
}

/* ---- tables ---- */

static const struct arm_row rows[] = {
    /* several registers, pairs */
    {0xffd00000, 0xe8800000, add_multiple}, /* stmia */
    {0xffd00000, 0xe8900000, add_multiple}, /* ldmia */
    {0xffd00000, 0xe9000000, add_multiple}, /* stmdb */
    {0xffd00000, 0xe9100000, add_multiple}, /* ldmdb */
    {0xfff0ffe0, 0xe8d0f000, add_table},
    {0xff600000, 0xe8600000, add_pair}, /* after */
    {0xff400000, 0xe9400000, add_pair}, /* before, or offset */
    /* data */
    {0xffe00000, 0xeac00000, arm_add_rd_8}, /* pkhbt, pkhtb */
    {0xfe008000, 0xea000000, add_data_register},
    {0xfa008000, 0xf0000000, add_data_immediate},
    {0xfbf08000, 0xf2000000, add_wide_sum},
    {0xfbf08000, 0xf2a00000, add_wide_sum},
    {0xfbf08000, 0xf2400000, add_movw},
    {0xfbf08000, 0xf2c00000, add_movt},
    {0xfff08020, 0xf3400000, add_extract},
    {0xfff08020, 0xf3c00000, add_extract},
    {0xfff08020, 0xf3600000, add_insert},
    {0xff508020, 0xf3000000, arm_add_rd_8}, /* ssat, usat */
    /* jumps and others (A6.3.4) */
    {0xf800d000, 0xf000d000, add_call},        /* bl */
    {0xf800d001, 0xf000c000, add_call},        /* blx */
    {0xf800d000, 0xf0009000, arm_add_nothing}, /* b */
    {0xffffffff, 0xf3af8000, arm_add_nothing}, /* nop */
    {0xfffffff0, 0xf3bf8f40, arm_add_nothing}, /* dsb */
    {0xfffffff0, 0xf3bf8f50, arm_add_nothing}, /* dmb */
    {0xfffffff0, 0xf3bf8f60, arm_add_nothing}, /* isb */
    {0xfffff0ff, 0xf3ef8000, arm_add_rd_8},    /* mrs */
    {0xfb80d000, 0xf3808000, arm_add_fail},
    {0xf800d000, 0xf0008000, arm_add_nothing}, /* b<cond> */
    /* accesses */
    {0xff7ff000, 0xf81ff000, arm_add_nothing}, /* pld of a literal */
    {0xffd0f000, 0xf890f000, arm_add_nothing}, /* pld, pldw */
    {0xffd0ff00, 0xf810fc00, arm_add_nothing},
    {0xffd0ffc0, 0xf810f000, arm_add_nothing},
    {0xff700000, 0xf8000000, add_single}, /* strb */
    {0xff700000, 0xf8200000, add_single}, /* strh */
    {0xff700000, 0xf8400000, add_single}, /* str */
    {0xff700000, 0xf8100000, add_single}, /* ldrb */
    {0xff700000, 0xf8300000, add_single}, /* ldrh */
    {0xff700000, 0xf8500000, add_single}, /* ldr */
    {0xff700000, 0xf9100000, add_single}, /* ldrsb */
    {0xff700000, 0xf9300000, add_single}, /* ldrsh */
    /* data in registers (A6.3.12, A6.3.16, A6.3.17) */
    {0xff80f0f0, 0xfa00f000, add_shift_by},
    {0xffeff0c0, 0xfa0ff080, add_extend},   /* sxth, uxth */
    {0xffeff0c0, 0xfa4ff080, add_extend},   /* sxtb, uxtb */
    {0xff80f080, 0xfa00f080, arm_add_rd_8}, /* sxtab ... */
    {0xff80f080, 0xfa80f000, arm_add_rd_8}, /* sadd8 ... */
    {0xffc0f0c0, 0xfa80f080, arm_add_rd_8}, /* clz, rev ... */
    {0xfff000e0, 0xfb000000, add_multiply},
    {0xff8000c0, 0xfb000000, arm_add_rd_8}, /* smlabb ... */
    {0xff800000, 0xfb800000, arm_add_rd_8_12},
    ARM_VFP_ROWS(0xf0000000, 0xe0000000),
    {0xef000000, 0xef000000, arm_add_nothing}, /* NEON's arithmetic */
};

void lift_thumb2(const struct arm_insn *in)
{
    arm_add(in, rows, COUNT(rows));
}
