/*
 * emu/decode_x86_legal.c - encodings that are illegal on this i386 CPU.
 *
 * Decisions:
 * - Illegal: LOCK where the manual does not allow it, a memory operand where
 *   the manual has only registers, a register operand of a far CALL or JMP,
 *   and whatever came after SSSE3, VEX included.
 * - Unicorn 2.0.1 runs some of these as something else (MOVMSKPS from memory, a
 *   jump with VEX); some abort the host process inside its translator (LOCK
 *   CMP, LOCK CMPS, LOCK BT on registers, CALL far to a register).
 * - Other encodings without a meaning are left to the engine, which raises the
 *   same exception for them.
 *
 * Source: Intel SDM volume 2.
 */
#include "emu/decode_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct opcode_set {
    uint8_t map, first, last; /* opcodes */
    uint8_t regs;             /* set of modrm.reg, or ANY_REG */
    uint8_t prefixes;
};

/* LOCK is legal on these, with a memory operand. */
static const struct opcode_set lockable[] = {
    {MAP_ONE, 0x00, 0x01, ANY_REG, ANY_PREFIX}, /* add */
    {MAP_ONE, 0x08, 0x09, ANY_REG, ANY_PREFIX}, /* or */
    {MAP_ONE, 0x10, 0x11, ANY_REG, ANY_PREFIX}, /* adc */
    {MAP_ONE, 0x18, 0x19, ANY_REG, ANY_PREFIX}, /* sbb */
    {MAP_ONE, 0x20, 0x21, ANY_REG, ANY_PREFIX}, /* and */
    {MAP_ONE, 0x28, 0x29, ANY_REG, ANY_PREFIX}, /* sub */
    {MAP_ONE, 0x30, 0x31, ANY_REG, ANY_PREFIX}, /* xor */
    {MAP_ONE, 0x80, 0x83, 0x7f, ANY_PREFIX},    /* the same, imm; not cmp */
    {MAP_ONE, 0x86, 0x87, ANY_REG, ANY_PREFIX}, /* xchg */
    {MAP_ONE, 0xf6, 0xf7, 1 << 2 | 1 << 3, ANY_PREFIX}, /* not neg */
    {MAP_ONE, 0xfe, 0xff, 1 << 0 | 1 << 1, ANY_PREFIX}, /* inc dec */
    {MAP_0F, 0xab, 0xab, ANY_REG, ANY_PREFIX},          /* bts */
    {MAP_0F, 0xb0, 0xb1, ANY_REG, ANY_PREFIX},          /* cmpxchg */
    {MAP_0F, 0xb3, 0xb3, ANY_REG, ANY_PREFIX},          /* btr */
    {MAP_0F, 0xba, 0xba, 0xe0, ANY_PREFIX},             /* bts btr btc, imm */
    {MAP_0F, 0xbb, 0xbb, ANY_REG, ANY_PREFIX},          /* btc */
    {MAP_0F, 0xc0, 0xc1, ANY_REG, ANY_PREFIX},          /* xadd */
    {MAP_0F, 0xc7, 0xc7, 1 << 1, ANY_PREFIX},           /* cmpxchg8b */
};

/* These have no form with a memory operand. */
static const struct opcode_set register_only[] = {
    {MAP_0F, 0x50, 0x50, ANY_REG, ANY_PREFIX}, /* movmskps */
    {MAP_0F, 0x71, 0x73, ANY_REG, ANY_PREFIX}, /* shifts by imm */
    {MAP_0F, 0x78, 0x79, ANY_REG, P66 | PF2},  /* extrq insertq */
    {MAP_0F, 0xc5, 0xc5, ANY_REG, ANY_PREFIX}, /* pextrw */
    {MAP_0F, 0xd6, 0xd6, ANY_REG, PF3 | PF2},  /* movq2dq movdq2q */
    {MAP_0F, 0xd7, 0xd7, ANY_REG, ANY_PREFIX}, /* pmovmskb */
    {MAP_0F, 0xf7, 0xf7, ANY_REG, ANY_PREFIX}, /* maskmov */
};

/* These have no form with a register operand. */
static const struct opcode_set memory_only[] = {
    {MAP_ONE, 0xff, 0xff, 1 << 3 | 1 << 5, ANY_PREFIX}, /* far call, jmp */
};

/*
 * More than CPUID promises (it ends at SSSE3). Which of these run depends on
 * the library's version.
 */
static const struct opcode_set unpromised[] = {
    {MAP_0F, 0x78, 0x79, ANY_REG, P66 | PF2},    /* SSE4A */
    {MAP_0F, 0xb8, 0xb8, ANY_REG, PF3},          /* popcnt */
    {MAP_0F, 0x0e, 0x0f, ANY_REG, ANY_PREFIX},   /* 3DNow */
    {MAP_0F, 0xc8, 0xcf, ANY_REG, P66},          /* bswap: its result is open */
    {MAP_0F38, 0x0c, 0x1b, ANY_REG, ANY_PREFIX}, /* SSE4, AES, MOVBE, ... */
    {MAP_0F38, 0x1f, 0xff, ANY_REG, ANY_PREFIX},
    {MAP_0F3A, 0x00, 0x0e, ANY_REG, ANY_PREFIX},
    {MAP_0F3A, 0x10, 0xff, ANY_REG, ANY_PREFIX},
};

/* The same where modrm names a register. */
static const struct opcode_set unpromised_registers[] = {
    {MAP_0F, 0x01, 0x01, 0xaf, ANY_PREFIX},    /* not smsw, lmsw: SVM, rdtscp */
    {MAP_0F, 0xc7, 0xc7, ANY_REG, ANY_PREFIX}, /* rdrand, rdseed */
};

static bool is_among(const struct i386_insn *in, const struct opcode_set *sets,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sets[i].map == in->map && in->opcode >= sets[i].first &&
            in->opcode <= sets[i].last && (sets[i].regs >> in->reg & 1) &&
            (sets[i].prefixes & x86_mandatory_prefix(in)))
            return true;
    }
    return false;
}

bool x86_insn_is_legal(const struct i386_insn *in)
{
    const bool memory = x86_in_memory(in);

    if (in->has_lock && !(memory && is_among(in, lockable, COUNT(lockable))))
        return false;
    if (in->vex || is_among(in, unpromised, COUNT(unpromised)))
        return false;
    if (memory)
        return !is_among(in, register_only, COUNT(register_only));
    return !is_among(in, memory_only, COUNT(memory_only)) &&
           !is_among(in, unpromised_registers, COUNT(unpromised_registers));
}
