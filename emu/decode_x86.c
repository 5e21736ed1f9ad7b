/*
 * emu/decode_x86.c - take an i386 instruction apart.
 *
 * Decisions:
 * - Facts come from the encoding, not from Capstone: its sizes are wrong for
 *   some x87 and SSE operands, they differ between versions, and it refuses
 *   encodings that the engine executes. Capstone is the oracle of the tests.
 * - 32-bit protected mode, up to SSE4.2, AES and BMI. No AVX.
 * - A mandatory prefix is chosen as the engine chooses: 66 before F3 before F2.
 *   (Processors look at F3 and F2 first; no assembler emits both.)
 * - An encoding without a meaning may have a length. It says what the
 *   instruction would occupy, not that the CPU has it.
 *
 *      [prefixes] [VEX] opcode [modrm [sib] [disp]] [imm]
 *
 * Source: Intel SDM volume 2, chapter 2 and appendix A.
 */
#include "emu/decode_x86.h"

/*
 * What follows each opcode byte:
 *   .  nothing      M  modrm                    f  far pointer (imm + 2 bytes)
 *   b  imm8         B  modrm, imm8              e  ENTER: imm16, imm8
 *   w  imm16        Z  modrm, imm by operand    a  address, by address size
 *   z  imm16/32 by operand size                 R  modrm, always a register
 *   G  modrm, and imm8 when reg < 2             V  LES, LDS or VEX
 *   H  modrm, and imm by operand when reg < 2   p  prefix    x  longer opcode
 *   Q  modrm, and two imm8 after 66 or F2       ?  no instruction
 */
static const char one_byte[16][17] = {
    "MMMMbz..MMMMbz.x", /* 00 */
    "MMMMbz..MMMMbz..", /* 10 */
    "MMMMbzp.MMMMbzp.", /* 20 */
    "MMMMbzp.MMMMbzp.", /* 30 */
    "................", /* 40 */
    "................", /* 50 */
    "..MMppppzZbB....", /* 60 */
    "bbbbbbbbbbbbbbbb", /* 70 */
    "BZBBMMMMMMMMMMMM", /* 80 */
    "..........f.....", /* 90 */
    "aaaa....bz......", /* a0 */
    "bbbbbbbbzzzzzzzz", /* b0 */
    "BBw.VVBZe.w..b..", /* c0 */
    "MMMMbb..MMMMMMMM", /* d0 */
    "bbbbbbbbzzfb....", /* e0 */
    "p.pp..GH......MM", /* f0 */
};

static const char two_byte[16][17] = {
    "MMMM?.....?.?M.B", /* 0f 00 */
    "MMMMMMMMMMMMMMMM", /* 0f 10 */
    "RRRR????MMMMMMMM", /* 0f 20 */
    "......?.x?x?????", /* 0f 30 */
    "MMMMMMMMMMMMMMMM", /* 0f 40 */
    "MMMMMMMMMMMMMMMM", /* 0f 50 */
    "MMMMMMMMMMMMMMMM", /* 0f 60 */
    "BBBBMMM.QM??MMMM", /* 0f 70 */
    "zzzzzzzzzzzzzzzz", /* 0f 80 */
    "MMMMMMMMMMMMMMMM", /* 0f 90 */
    "...MBM??...MBMMM", /* 0f a0 */
    "MMMMMMMMMMBMMMMM", /* 0f b0 */
    "MMBMBBBM........", /* 0f c0 */
    "MMMMMMMMMMMMMMMM", /* 0f d0 */
    "MMMMMMMMMMMMMMMM", /* 0f e0 */
    "MMMMMMMMMMMMMMMM", /* 0f f0 */
};

static uint32_t take(struct i386_insn *in, unsigned count)
{
    uint32_t value = 0;

    if (count > in->size - in->at) {
        in->truncated = true;
        in->at = in->size;
        return 0;
    }
    for (unsigned i = 0; i < count; i++)
        value |= (uint32_t)in->bytes[in->at + i] << 8 * (i % 4);
    in->at += count;
    return value;
}

static bool take_prefix(struct i386_insn *in, uint8_t byte)
{
    if (one_byte[byte >> 4][byte & 15] != 'p')
        return false;
    if (byte == 0x66)
        in->has_66 = true;
    else if (byte == 0x67)
        in->has_67 = true;
    else if (byte == 0xf2)
        in->has_f2 = true;
    else if (byte == 0xf3)
        in->has_f3 = true;
    else if (byte == 0x64)
        in->segment = X86_FS_BASE;
    else if (byte == 0x65)
        in->segment = X86_GS_BASE;
    else if (byte == 0xf0)
        in->has_lock = true;
    else
        in->segment = -1; /* the other four are flat */
    if (x86_override(byte))
        in->override = x86_override(byte);
    return true;
}

/* C4 and C5 are VEX when a modrm byte in their place would name a register. */
static bool take_vex(struct i386_insn *in)
{
    static const uint8_t prefixes[4] = {NP, P66, PF3, PF2};
    uint32_t byte;

    if (in->at == in->size || in->bytes[in->at] < 0xc0)
        return true;
    byte = take(in, 1);
    in->map = MAP_0F;
    if (in->opcode == 0xc4) {
        in->map = (enum x86_opcode_map)(byte & 3);
        if ((byte & 31) == 0 || (byte & 31) > MAP_0F3A)
            return false;
        byte = take(in, 1);
    }
    in->vex = true;
    in->vex_prefix = prefixes[byte & 3];
    in->opcode = (uint8_t)take(in, 1);
    return true;
}

static char form_of(enum x86_opcode_map map, uint8_t opcode)
{
    if (map == MAP_ONE)
        return one_byte[opcode >> 4][opcode & 15];
    if (map == MAP_0F)
        return two_byte[opcode >> 4][opcode & 15];
    return map == MAP_0F38 ? 'M' : 'B';
}

/* False when the opcode names no instruction. */
static bool take_opcode(struct i386_insn *in)
{
    do {
        in->opcode = (uint8_t)take(in, 1);
    } while (!in->truncated && take_prefix(in, in->opcode));

    if (in->opcode == 0x0f) {
        in->map = MAP_0F;
        in->opcode = (uint8_t)take(in, 1);
        if (in->opcode == 0x38 || in->opcode == 0x3a) {
            in->map = in->opcode == 0x38 ? MAP_0F38 : MAP_0F3A;
            in->opcode = (uint8_t)take(in, 1);
        }
    } else if ((in->opcode == 0xc4 || in->opcode == 0xc5) && !take_vex(in)) {
        return false;
    }
    in->form = form_of(in->map, in->opcode);
    return in->form != '?' && in->form != 'x';
}

static void take_address_16(struct i386_insn *in)
{
    static const int8_t bases[8] = {X86_EBX, X86_EBX, X86_EBP, X86_EBP,
                                    X86_ESI, X86_EDI, X86_EBP, X86_EBX};
    static const int8_t indices[4] = {X86_ESI, X86_EDI, X86_ESI, X86_EDI};

    if (in->mod == 0 && in->rm == 6) {
        in->disp = (int32_t)take(in, 2);
        return;
    }
    in->base = bases[in->rm];
    if (in->rm < 4)
        in->index = indices[in->rm];
    if (in->mod == 1)
        in->disp = (int8_t)take(in, 1);
    else if (in->mod == 2)
        in->disp = (int16_t)take(in, 2);
}

static void take_address_32(struct i386_insn *in)
{
    uint8_t base = in->rm;

    if (in->rm == 4) {
        const uint32_t sib = take(in, 1);

        base = sib & 7;
        in->scale = (uint8_t)(1u << (sib >> 6));
        if ((sib >> 3 & 7) != 4)
            in->index = (int8_t)(sib >> 3 & 7);
    }
    if (in->mod == 0 && base == 5) {
        in->disp = (int32_t)take(in, 4);
        return;
    }
    in->base = (int8_t)base;
    if (in->mod == 1)
        in->disp = (int8_t)take(in, 1);
    else if (in->mod == 2)
        in->disp = (int32_t)take(in, 4);
}

static void take_modrm(struct i386_insn *in)
{
    const uint32_t modrm = take(in, 1);

    in->has_modrm = true;
    in->mod = (uint8_t)(modrm >> 6);
    in->reg = modrm >> 3 & 7;
    in->rm = modrm & 7;
    if (in->form == 'R')
        in->mod = 3;
    if (in->mod == 3)
        return;
    if (in->has_67)
        take_address_16(in);
    else
        take_address_32(in);
}

uint8_t x86_mandatory_prefix(const struct i386_insn *in)
{
    if (in->vex)
        return in->vex_prefix;
    if (in->has_66)
        return P66;
    if (in->has_f3)
        return PF3;
    return in->has_f2 ? PF2 : NP;
}

static unsigned immediate_size(const struct i386_insn *in)
{
    const unsigned by_operand = in->has_66 ? 2 : 4;

    switch (in->form) {
    case 'b':
    case 'B':
        return 1;
    case 'w':
        return 2;
    case 'e':
        return 3;
    case 'z':
    case 'Z':
        return by_operand;
    case 'f':
        return by_operand + 2;
    case 'a':
        return in->has_67 ? 2 : 4;
    case 'G':
        return in->reg < 2 ? 1 : 0;
    case 'H':
        return in->reg < 2 ? by_operand : 0;
    case 'Q':
        return x86_mandatory_prefix(in) & (P66 | PF2) ? 2 : 0;
    default:
        return 0;
    }
}

/* False when the opcode names no instruction. */
static bool take_apart(const uint8_t *bytes, size_t size, struct i386_insn *in)
{
    *in = (struct i386_insn){
        .bytes = bytes,
        .size = size < DECODE_X86_MAX ? size : DECODE_X86_MAX,
        .segment = -1,
        .base = -1,
        .index = -1,
        .scale = 1,
    };

    if (!take_opcode(in))
        return false;
    if (in->form >= 'A' && in->form <= 'Z')
        take_modrm(in);
    in->imm = take(in, immediate_size(in));
    return true;
}

bool x86_take_apart(const uint8_t *bytes, size_t size, struct i386_insn *in)
{
    return take_apart(bytes, size, in) && !in->truncated &&
           x86_insn_is_legal(in);
}

bool decode_x86(const uint8_t *bytes, size_t size, struct decoded *out)
{
    struct i386_insn in;

    if (!x86_take_apart(bytes, size, &in))
        return false;
    *out = x86_insn_facts(&in);
    return true;
}

bool decode_x86_is_cut(const uint8_t *bytes, size_t size)
{
    struct i386_insn in;

    take_apart(bytes, size, &in);
    return in.truncated && size < DECODE_X86_MAX;
}
