/*
 * emu/decode_x86.h - an i386 instruction, taken apart.
 *
 * Layer: emu/; for emu/decode*.c and their tests.
 */
#ifndef EMU_DECODE_X86_H
#define EMU_DECODE_X86_H

#include "emu/decode.h"

#define DECODE_X86_MAX 15u /* bytes of the longest instruction */

enum x86_opcode_map { MAP_ONE, MAP_0F, MAP_0F38, MAP_0F3A };

/* Mandatory prefixes, as sets. */
enum { NP = 1, P66 = 2, PF3 = 4, PF2 = 8, ANY_PREFIX = 15 };

/* As a set of modrm.reg: it is an operand, or there is no modrm. */
#define ANY_REG 0xffu

/* One instruction while it is taken apart. */
struct i386_insn {
    const uint8_t *bytes;
    size_t size; /* of bytes */
    size_t at;   /* bytes taken so far */
    bool truncated;

    bool has_66, has_67, has_f2, has_f3, has_lock;
    int8_t segment;     /* FS_BASE, GS_BASE or -1 */
    uint8_t override;   /* what a segment prefix says: enum mmu_use, or 0 */
    uint8_t vex_prefix; /* NP when there is no VEX */
    bool vex;

    enum x86_opcode_map map;
    uint8_t opcode;
    char form;

    bool has_modrm;
    uint8_t mod, reg, rm;
    int8_t base, index;
    uint8_t scale;
    int32_t disp;
    uint32_t imm; /* not sign-extended; of no use where it is over 4 bytes */
};

/* The enum mmu_use that the segment prefix @byte asks for; 0: it is none. */
uint8_t x86_override(uint8_t byte);

/* NP, P66, PF3 or PF2. */
uint8_t x86_mandatory_prefix(const struct i386_insn *in);

/* Whether modrm names memory. */
static inline bool x86_in_memory(const struct i386_insn *in)
{
    return in->has_modrm && in->mod != 3;
}

/* Whether a CPU may have this instruction at all. */
bool x86_insn_is_legal(const struct i386_insn *in);

/*
 * Take apart the instruction that the @size bytes begin with. False when they
 * are no complete one that a CPU may have; *@in is then of no use.
 */
bool x86_take_apart(const uint8_t *bytes, size_t size, struct i386_insn *in);

struct decoded x86_insn_facts(const struct i386_insn *in);

enum decode_class x86_insn_class(const struct i386_insn *in);

/* What its accesses are for: sets the three of @out. */
void x86_find_uses(const struct i386_insn *in, struct decoded *out);

/* As decode_insn() for x86. */
bool decode_x86(const uint8_t *bytes, size_t size, struct decoded *out);

/* As decode_is_cut(). */
bool decode_x86_is_cut(const uint8_t *bytes, size_t size);

#endif /* EMU_DECODE_X86_H */
