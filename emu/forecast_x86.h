/*
 * emu/forecast_x86.h - what the parts of an i386 forecast share.
 *
 * Layer: emu/; only emu/forecast_x86*.c.
 */
#ifndef EMU_FORECAST_X86_H
#define EMU_FORECAST_X86_H

#include <stddef.h>

#include "emu/decode_x86.h"
#include "emu/forecast.h"

/* The instruction that is added. */
struct x86_act {
    struct lift *lift;
    const struct i386_insn *in;
    uint32_t size; /* bytes of its operands: 1, 2 or 4 */
};

/* BY_BIT: bit 0 of the opcode is 0 for bytes, else by the prefix 66. */
enum x86_size_rule { BY_BIT, BYTE, WORD, BY_66 };

/* Instructions, and who adds them. */
struct x86_row {
    uint8_t map;
    uint8_t first, last; /* opcodes */
    uint8_t regs;        /* set of modrm.reg, or ANY_REG */
    uint8_t rule;        /* enum x86_size_rule */
    void (*act)(struct x86_act *act);
};

/* By the first row that fits. False: none does. */
bool x86_add(struct x86_act *act, const struct x86_row *rows, size_t count);

/*
 * What moves, jumps or uses the stack; what computes; strings; x87 and SSE but
 * operands of 16 bytes. False: it is none of these.
 */
bool x86_add_move(struct x86_act *act);
bool x86_add_alu(struct x86_act *act);
bool x86_add_string(struct x86_act *act);
bool x86_add_float(struct x86_act *act);

/* ---- for rows ---- */

/* What makes no access and changes no general register. */
void x86_act_nothing(struct x86_act *act);

/* What only looks at its operand. */
void x86_act_look(struct x86_act *act);

/* The same, and leaves what is not known in the register in modrm.reg. */
void x86_act_to_unknown(struct x86_act *act);

/* ---- registers ---- */

/* Of @size 1, from 4 on they are AH to BH. */
struct term x86_get_reg(struct x86_act *act, unsigned reg, uint32_t size);
void x86_set_reg(struct x86_act *act, unsigned reg, uint32_t size,
                 struct term value);
void x86_forget(struct x86_act *act, unsigned reg);

/* ---- operands ---- */

/* The address that modrm names, without its segment. */
struct place x86_place_of(struct x86_act *act);

/* @place in the segment of the instruction. */
struct place x86_in_segment(struct x86_act *act, struct place place);

/* Accesses of what modrm names in memory. */
struct term x86_load(struct x86_act *act, uint32_t size);
void x86_store(struct x86_act *act, uint32_t size, struct term value);

/* What modrm names, a register or memory; of the act's size. */
struct term x86_get_operand(struct x86_act *act);
void x86_set_operand(struct x86_act *act, struct term value);

/* ---- the stack ---- */

struct term x86_stack_at(struct x86_act *act, uint32_t plus);
void x86_push(struct x86_act *act, uint32_t size, struct term value);
struct term x86_pop(struct x86_act *act, uint32_t size);

/* ---- numbers ---- */

/* All bits of @size bytes. */
static inline uint32_t x86_mask_of(uint32_t size)
{
    return size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;
}

static inline struct term x86_signed_byte(uint32_t imm)
{
    return term_const((uint32_t)(int8_t)imm);
}

struct term x86_and_const(struct x86_act *act, struct term term, uint32_t mask);
struct term x86_shift_const(struct x86_act *act, enum step_op op,
                            struct term term, uint32_t by);

/* The low @size bytes of @term, with their sign. */
struct term x86_extend(struct x86_act *act, struct term term, uint32_t size);

#endif /* EMU_FORECAST_X86_H */
