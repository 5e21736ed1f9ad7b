/*
 * emu/forecast_arm.h - what A32 and Thumb have in common in a forecast.
 *
 * An instruction is a word: Thumb's of 4 bytes has its first halfword on top,
 * Thumb's of 2 bytes is a halfword.
 *
 * Layer: emu/; only emu/forecast_*.c.
 */
#ifndef EMU_FORECAST_ARM_H
#define EMU_FORECAST_ARM_H

#include <stddef.h>

#include "emu/forecast.h"

enum { REG_SP = 13, REG_LR = 14, REG_PC = 15 };

/* The instruction that is added. */
struct arm_insn {
    struct lift *lift;
    uint32_t word;
    vaddr_t pc; /* where it is */
    bool thumb;
    bool is_conditional; /* it does something only if: */
    struct term condition;
};

/* Instructions whose bits in @mask are @value, and who adds them. */
struct arm_row {
    uint32_t mask, value;
    void (*add)(const struct arm_insn *in);
};

/* By the first row that fits; what fits none has no forecast. */
void arm_add(const struct arm_insn *in, const struct arm_row *rows,
             size_t count);

void lift_a32(struct arm_insn *in);
void lift_thumb(struct arm_insn *in, uint32_t size);
void lift_thumb2(const struct arm_insn *in);

/* Let it do what it does only if the condition field says @cond. */
void arm_set_condition(struct arm_insn *in, uint32_t cond);

/* ---- fields and registers ---- */

static inline uint32_t arm_bits(const struct arm_insn *in, unsigned low,
                                unsigned count)
{
    return in->word >> low & ((1u << count) - 1);
}

static inline bool arm_bit(const struct arm_insn *in, unsigned at)
{
    return in->word >> at & 1;
}

/* A register as it is read; the PC is ahead. */
struct term arm_read(const struct arm_insn *in, uint32_t reg);

/* The base of an access: the PC is rounded down to a word. */
struct term arm_base(const struct arm_insn *in, uint32_t reg);

/* A write to the PC is a jump, and ends the block. */
void arm_write(const struct arm_insn *in, uint32_t reg, struct term value);

/*
 * For rows: what has no forecast; what makes no access and touches no flag or
 * general register; and what may change the register named in the bits from
 * these on.
 */
void arm_add_fail(const struct arm_insn *in);
void arm_add_nothing(const struct arm_insn *in);
void arm_add_rd_8(const struct arm_insn *in);
void arm_add_rd_12(const struct arm_insn *in);
void arm_add_rd_8_12(const struct arm_insn *in);

/* ---- data ---- */

/* As in bits 24 to 21 of A32, and one more. */
enum arm_op {
    ARM_AND,
    ARM_EOR,
    ARM_SUB,
    ARM_RSB,
    ARM_ADD,
    ARM_ADC,
    ARM_SBC,
    ARM_RSC,
    ARM_TST,
    ARM_TEQ,
    ARM_CMP,
    ARM_CMN,
    ARM_ORR,
    ARM_MOV,
    ARM_BIC,
    ARM_MVN,
    ARM_ORN,
};

enum arm_shift { ARM_LSL, ARM_LSR, ARM_ASR, ARM_ROR };

/* @value shifted by the immediate of an encoding: 0 is a case of its own. */
struct term arm_shifted(struct lift *lift, uint32_t type, uint32_t amount,
                        struct term value);

/* @value shifted by the low byte of @amount. */
struct term arm_shifted_by(struct lift *lift, uint32_t type, struct term amount,
                           struct term value);

/* @rd = @a @op @b, and the flags if @sets. */
void arm_data(const struct arm_insn *in, enum arm_op op, uint32_t rd,
              struct term a, struct term b, bool sets);

/* What it leaves in the flags is not known. */
void arm_set_unknown_flags(const struct arm_insn *in);

/* @count bits from @low on, sign-extended if @is_signed. */
struct term arm_field(struct lift *lift, struct term value, uint32_t low,
                      uint32_t count, bool is_signed);

/* @into with @count bits from @low on replaced by the lowest of @value. */
struct term arm_insert(struct lift *lift, struct term into, struct term value,
                       uint32_t low, uint32_t count);

/* Bits of a register: from @low on, @count of them or up to @high. */
struct arm_field_of {
    uint32_t rd, rn; /* from rn to rd; BFC: rn is the PC */
    uint32_t low, count, high;
    bool is_signed;
};

/* SBFX and UBFX, which ask for the count; BFI and BFC. */
void arm_add_extract(const struct arm_insn *in, const struct arm_field_of *of);
void arm_add_insert(const struct arm_insn *in, const struct arm_field_of *of);

/* MUL, MLA and MLS, whose operands these are; REG_PC: it has no third. */
struct arm_product {
    uint32_t rd, rn, rm, ra;
    bool subtracts, sets;
};

void arm_add_product(const struct arm_insn *in,
                     const struct arm_product *product);

/* ---- accesses ---- */

/* That of a register, or those of two: of two words, upwards. */
struct arm_access {
    bool loads, is_signed;
    uint32_t size;      /* bytes of each */
    uint32_t rt, rt2;   /* rt2: REG_PC if there is one only */
    uint32_t rn;        /* the base */
    struct place place; /* base and offset */
    bool after;         /* at the base, and the offset is added then */
    bool writes_back;
};

static inline struct place arm_place(struct term at)
{
    return (struct place){.base = at, .index = term_const(0)};
}

/* A load alone, under the condition of the instruction. */
struct term arm_load(const struct arm_insn *in, struct place place,
                     uint32_t size);

/* LDR and STR of any kind, LDRD and STRD. */
void arm_add_access(const struct arm_insn *in, const struct arm_access *access);

/* LDM and STM of any kind. */
struct arm_multiple {
    bool loads, before, up, writes_back;
    uint32_t rn, list;
};

void arm_add_multiple(const struct arm_insn *in,
                      const struct arm_multiple *multiple);

/* VLDR to VPOP, the same in both sets. */
void arm_add_vfp_access(const struct arm_insn *in);

/* A move between the VFP's registers and the others. */
void arm_add_vfp_move(const struct arm_insn *in);

/* VFP. In Thumb the bits of A32's condition must be 1110: @mask and @cond. */
#define ARM_VFP_ROWS(mask, cond)                                               \
    {(mask) | 0x0fe00ed0, (cond) | 0x0c400a10, arm_add_vfp_move},              \
        {(mask) | 0x0e000e00, (cond) | 0x0c000a00, arm_add_vfp_access},        \
        {(mask) | 0x0f000e10, (cond) | 0x0e000a00, arm_add_nothing},           \
    {                                                                          \
        (mask) | 0x0f000e10, (cond) | 0x0e000a10, arm_add_vfp_move             \
    }

#endif /* EMU_FORECAST_ARM_H */
