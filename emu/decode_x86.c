/*
 * emu/decode_x86.c - length and memory operand of an i386 instruction.
 *
 * Decisions:
 * - Facts come from the encoding, not from Capstone: its sizes are wrong for
 *   some x87 and SSE operands, they differ between versions, and it refuses
 *   encodings that the engine executes. Capstone is the oracle of the tests.
 * - 32-bit protected mode, up to SSE4.2, AES and the VEX encodings of the same
 *   maps. No AVX-512.
 * - A mandatory prefix is chosen as the engine chooses: 66 before F3 before F2.
 *   (Processors look at F3 and F2 first; no assembler emits both.)
 * - PUSHA, POPA, ENTER and the pair of limits that BOUND reads are several
 *   accesses of one item each.
 * - An encoding without a meaning may still have a length. It says what the
 *   instruction would occupy, not that the CPU has it.
 *
 *      [prefixes] [VEX] opcode [modrm [sib] [disp]] [imm]
 *
 * Source: Intel SDM volume 2, chapter 2 and appendix A.
 */
#include "emu/decode_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

enum opcode_map { MAP_ONE, MAP_0F, MAP_0F38, MAP_0F3A };

/* Mandatory prefixes, as sets. */
enum { NP = 1, P66 = 2, PF3 = 4, PF2 = 8 };

/* Memory operands that the engine splits. Rows do not overlap. */
static const struct wide_form {
    uint8_t map;
    uint8_t first, last; /* opcodes */
    uint8_t prefixes;
    bool writes;
    bool aligned;
} sse_forms[] = {
    {MAP_0F, 0x10, 0x10, NP | P66, false, false}, /* movups movupd */
    {MAP_0F, 0x11, 0x11, NP | P66, true, false},
    {MAP_0F, 0x12, 0x12, PF3, false, true},      /* movsldup */
    {MAP_0F, 0x14, 0x15, NP | P66, false, true}, /* unpcklps unpckhps */
    {MAP_0F, 0x16, 0x16, PF3, false, true},      /* movshdup */
    {MAP_0F, 0x28, 0x28, NP | P66, false, true}, /* movaps movapd */
    {MAP_0F, 0x29, 0x29, NP | P66, true, true},
    {MAP_0F, 0x2b, 0x2b, NP | P66, true, true},  /* movntps movntpd */
    {MAP_0F, 0x2c, 0x2d, P66, false, true},      /* cvttpd2pi cvtpd2pi */
    {MAP_0F, 0x51, 0x51, NP | P66, false, true}, /* sqrtps */
    {MAP_0F, 0x52, 0x53, NP, false, true},       /* rsqrtps rcpps */
    {MAP_0F, 0x54, 0x59, NP | P66, false, true}, /* andps to mulps */
    {MAP_0F, 0x5a, 0x5a, P66, false, true},      /* cvtpd2ps */
    {MAP_0F, 0x5b, 0x5b, NP | P66 | PF3, false, true},
    {MAP_0F, 0x5c, 0x5f, NP | P66, false, true}, /* subps to maxps */
    {MAP_0F, 0x60, 0x6d, P66, false, true},      /* punpcklbw to punpckhqdq */
    {MAP_0F, 0x6f, 0x6f, P66, false, true},      /* movdqa */
    {MAP_0F, 0x6f, 0x6f, PF3, false, false},     /* movdqu */
    {MAP_0F, 0x70, 0x70, P66 | PF3 | PF2, false, true}, /* pshufd hw lw */
    {MAP_0F, 0x74, 0x76, P66, false, true},             /* pcmpeq */
    {MAP_0F, 0x7c, 0x7d, P66 | PF2, false, true},       /* haddpd haddps */
    {MAP_0F, 0x7f, 0x7f, P66, true, true},
    {MAP_0F, 0x7f, 0x7f, PF3, true, false},
    {MAP_0F, 0xc2, 0xc2, NP | P66, false, true},  /* cmpps */
    {MAP_0F, 0xc6, 0xc6, NP | P66, false, true},  /* shufps */
    {MAP_0F, 0xd0, 0xd0, P66 | PF2, false, true}, /* addsubpd */
    {MAP_0F, 0xd1, 0xd5, P66, false, true},
    {MAP_0F, 0xd8, 0xe5, P66, false, true},
    {MAP_0F, 0xe6, 0xe6, P66 | PF2, false, true}, /* cvttpd2dq cvtpd2dq */
    {MAP_0F, 0xe7, 0xe7, P66, true, true},        /* movntdq */
    {MAP_0F, 0xe8, 0xef, P66, false, true},
    {MAP_0F, 0xf0, 0xf0, PF2, false, false}, /* lddqu */
    {MAP_0F, 0xf1, 0xf6, P66, false, true},
    {MAP_0F, 0xf8, 0xfe, P66, false, true},
    {MAP_0F38, 0x00, 0x0b, P66, false, true}, /* SSSE3 */
    {MAP_0F38, 0x10, 0x10, P66, false, true}, /* pblendvb */
    {MAP_0F38, 0x14, 0x15, P66, false, true}, /* blendvps blendvpd */
    {MAP_0F38, 0x17, 0x17, P66, false, true}, /* ptest */
    {MAP_0F38, 0x1c, 0x1e, P66, false, true}, /* pabs */
    {MAP_0F38, 0x28, 0x2b, P66, false, true}, /* movntdqa is 2a */
    {MAP_0F38, 0x37, 0x41, P66, false, true},
    {MAP_0F38, 0xdb, 0xdf, P66, false, true},  /* AES */
    {MAP_0F3A, 0x08, 0x09, P66, false, true},  /* roundps roundpd */
    {MAP_0F3A, 0x0c, 0x0f, P66, false, true},  /* blendps to palignr */
    {MAP_0F3A, 0x40, 0x42, P66, false, true},  /* dpps dppd mpsadbw */
    {MAP_0F3A, 0x44, 0x44, P66, false, true},  /* pclmulqdq */
    {MAP_0F3A, 0x60, 0x63, P66, false, false}, /* pcmpestrm to pcmpistri */
    {MAP_0F3A, 0xdf, 0xdf, P66, false, true},  /* aeskeygenassist */
};

/*
 * Operands of which the engine reads more than the CPU does: a scalar as a
 * whole register. Its excess is not the guest's.
 */
static const struct overread_form {
    uint8_t map;
    uint8_t first, last; /* opcodes */
    uint8_t prefix;
    uint8_t size, pieces;
} overread_forms[] = {
    {MAP_0F, 0x2c, 0x2d, NP, 8, 2},    /* cvttps2pi cvtps2pi */
    {MAP_0F, 0x5a, 0x5a, NP, 8, 2},    /* cvtps2pd */
    {MAP_0F, 0x60, 0x62, NP, 4, 1},    /* punpckl on MMX */
    {MAP_0F, 0xe6, 0xe6, PF3, 8, 2},   /* cvtdq2pd */
    {MAP_0F3A, 0x0a, 0x0a, P66, 4, 2}, /* roundss */
    {MAP_0F3A, 0x0b, 0x0b, P66, 8, 2}, /* roundsd */
};

/* x87, FXSAVE, SGDT: opcode and modrm.reg choose the form. */
static const struct state_form {
    uint8_t map, opcode, reg;
    uint16_t size, size_16bit; /* bytes; with a 66 prefix */
    uint8_t pieces;
    bool writes;
    uint32_t flags; /* besides DECODE_WIDE */
} state_forms[] = {
    {MAP_ONE, 0xd9, 4, 28, 14, 0, false, DECODE_SPARSE},  /* fldenv */
    {MAP_ONE, 0xd9, 6, 28, 14, 0, true, 0},               /* fnstenv */
    {MAP_ONE, 0xdb, 5, 10, 10, 2, false, 0},              /* fld m80 */
    {MAP_ONE, 0xdb, 7, 10, 10, 2, true, 0},               /* fstp m80 */
    {MAP_ONE, 0xdd, 4, 108, 94, 0, false, DECODE_SPARSE}, /* frstor */
    {MAP_ONE, 0xdd, 6, 108, 94, 0, true, 0},              /* fnsave */
    {MAP_ONE, 0xdf, 4, 10, 10, 10, false, 0},             /* fbld */
    {MAP_ONE, 0xdf, 6, 10, 10, 10, true, 0},              /* fbstp */
    {MAP_0F, 0x01, 0, 6, 6, 2, true, 0},                  /* sgdt */
    {MAP_0F, 0x01, 1, 6, 6, 2, true, 0},                  /* sidt */
    {MAP_0F, 0xae, 0, 512, 512, 0, true, DECODE_SPARSE | DECODE_ALIGNED},
    {MAP_0F, 0xae, 1, 512, 512, 0, false, DECODE_SPARSE | DECODE_ALIGNED},
};

/* Instructions that read a descriptor. */
enum selector_operand {
    SEL_NONE,    /* no memory operand, or several (RETF, IRET) */
    SEL_POP,     /* the top of the stack */
    SEL_RM16,    /* a selector in a register or memory */
    SEL_POINTER, /* offset and selector in memory; as a register no such form */
};

#define ANY_REG 0xff /* modrm.reg is an operand, or there is no modrm */

static const struct selector_form {
    uint8_t map, opcode;
    uint8_t regs; /* set of modrm.reg, or ANY_REG */
    uint8_t operand;
} selector_forms[] = {
    {MAP_ONE, 0x07, ANY_REG, SEL_POP},             /* pop es */
    {MAP_ONE, 0x17, ANY_REG, SEL_POP},             /* pop ss */
    {MAP_ONE, 0x1f, ANY_REG, SEL_POP},             /* pop ds */
    {MAP_ONE, 0x8e, ANY_REG, SEL_RM16},            /* mov sreg */
    {MAP_ONE, 0x9a, ANY_REG, SEL_NONE},            /* call far */
    {MAP_ONE, 0xc4, ANY_REG, SEL_POINTER},         /* les */
    {MAP_ONE, 0xc5, ANY_REG, SEL_POINTER},         /* lds */
    {MAP_ONE, 0xca, ANY_REG, SEL_NONE},            /* retf n */
    {MAP_ONE, 0xcb, ANY_REG, SEL_NONE},            /* retf */
    {MAP_ONE, 0xcf, ANY_REG, SEL_NONE},            /* iret */
    {MAP_ONE, 0xea, ANY_REG, SEL_NONE},            /* jmp far */
    {MAP_ONE, 0xff, 1 << 3 | 1 << 5, SEL_POINTER}, /* call far, jmp far */
    {MAP_0F, 0x00, 1 << 4 | 1 << 5, SEL_RM16},     /* verr verw */
    {MAP_0F, 0x02, ANY_REG, SEL_RM16},             /* lar */
    {MAP_0F, 0x03, ANY_REG, SEL_RM16},             /* lsl */
    {MAP_0F, 0xa1, ANY_REG, SEL_POP},              /* pop fs */
    {MAP_0F, 0xa9, ANY_REG, SEL_POP},              /* pop gs */
    {MAP_0F, 0xb2, ANY_REG, SEL_POINTER},          /* lss */
    {MAP_0F, 0xb4, ANY_REG, SEL_POINTER},          /* lfs */
    {MAP_0F, 0xb5, ANY_REG, SEL_POINTER},          /* lgs */
};

/* One instruction while it is taken apart. */
struct x86_insn {
    const uint8_t *bytes;
    size_t size; /* of bytes */
    size_t at;   /* bytes taken so far */
    bool truncated;

    bool has_66, has_67, has_f2, has_f3;
    int8_t segment;     /* FS_BASE, GS_BASE or -1 */
    uint8_t vex_prefix; /* NP when there is no VEX */
    bool vex;

    enum opcode_map map;
    uint8_t opcode;
    char form;

    bool has_modrm;
    uint8_t mod, reg, rm;
    int8_t base, index;
    uint8_t scale;
    int32_t disp;
};

static uint32_t take(struct x86_insn *in, unsigned count)
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

static bool take_prefix(struct x86_insn *in, uint8_t byte)
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
    else if (byte != 0xf0)
        in->segment = -1; /* the other four are flat */
    return true;
}

/* C4 and C5 are VEX when a modrm byte in their place would name a register. */
static bool take_vex(struct x86_insn *in)
{
    static const uint8_t prefixes[4] = {NP, P66, PF3, PF2};
    uint32_t byte;

    if (in->at == in->size || in->bytes[in->at] < 0xc0)
        return true;
    byte = take(in, 1);
    in->map = MAP_0F;
    if (in->opcode == 0xc4) {
        in->map = (enum opcode_map)(byte & 3);
        if ((byte & 31) == 0 || (byte & 31) > MAP_0F3A)
            return false;
        byte = take(in, 1);
    }
    in->vex = true;
    in->vex_prefix = prefixes[byte & 3];
    in->opcode = (uint8_t)take(in, 1);
    return true;
}

static char form_of(enum opcode_map map, uint8_t opcode)
{
    if (map == MAP_ONE)
        return one_byte[opcode >> 4][opcode & 15];
    if (map == MAP_0F)
        return two_byte[opcode >> 4][opcode & 15];
    return map == MAP_0F38 ? 'M' : 'B';
}

/* False when the opcode names no instruction. */
static bool take_opcode(struct x86_insn *in)
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

static void take_address_16(struct x86_insn *in)
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

static void take_address_32(struct x86_insn *in)
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

static void take_modrm(struct x86_insn *in)
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

static uint8_t mandatory_prefix(const struct x86_insn *in)
{
    if (in->vex)
        return in->vex_prefix;
    if (in->has_66)
        return P66;
    if (in->has_f3)
        return PF3;
    return in->has_f2 ? PF2 : NP;
}

static unsigned immediate_size(const struct x86_insn *in)
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
        return mandatory_prefix(in) & (P66 | PF2) ? 2 : 0;
    default:
        return 0;
    }
}

static bool in_memory(const struct x86_insn *in)
{
    return in->has_modrm && in->mod != 3;
}

static void set_operand(struct decoded *out, uint32_t flags, uint16_t size,
                        uint8_t pieces, bool writes)
{
    out->flags |= flags;
    out->operand_size = size;
    out->writes = writes;
    if (writes)
        out->pieces_store = pieces;
    else
        out->pieces_load = pieces;
}

static void find_sse(const struct x86_insn *in, struct decoded *out)
{
    const uint8_t prefix = mandatory_prefix(in);

    for (size_t i = 0; in_memory(in) && i < COUNT(sse_forms); i++) {
        const struct wide_form *form = &sse_forms[i];

        if (form->map != in->map || in->opcode < form->first ||
            in->opcode > form->last || !(form->prefixes & prefix))
            continue;
        set_operand(out, DECODE_WIDE | (form->aligned ? DECODE_ALIGNED : 0u),
                    16, 2, form->writes);
    }
}

static void find_overread(const struct x86_insn *in, struct decoded *out)
{
    const uint8_t prefix = mandatory_prefix(in);

    for (size_t i = 0; in_memory(in) && i < COUNT(overread_forms); i++) {
        const struct overread_form *form = &overread_forms[i];

        if (form->map == in->map && in->opcode >= form->first &&
            in->opcode <= form->last && form->prefix == prefix)
            set_operand(out, DECODE_WIDE | DECODE_OVERREAD, form->size,
                        form->pieces, false);
    }
}

static void find_state(const struct x86_insn *in, struct decoded *out)
{
    for (size_t i = 0; in_memory(in) && i < COUNT(state_forms); i++) {
        const struct state_form *form = &state_forms[i];

        if (form->map == in->map && form->opcode == in->opcode &&
            form->reg == in->reg)
            set_operand(out, DECODE_WIDE | form->flags,
                        in->has_66 ? form->size_16bit : form->size,
                        form->pieces, form->writes);
    }
}

/* MASKMOVDQU and MASKMOVQ store those bytes at (E)DI whose mask bit is set. */
static void find_masked_store(const struct x86_insn *in, struct decoded *out)
{
    if (in->map != MAP_0F || in->opcode != 0xf7 || in->mod != 3)
        return;
    set_operand(out, DECODE_WIDE | DECODE_SPARSE,
                mandatory_prefix(in) == P66 ? 16 : 8, 0, true);
    out->ea_base = X86_EDI;
}

static void set_selector(const struct x86_insn *in, enum selector_operand what,
                         struct decoded *out)
{
    const uint16_t word = in->has_66 ? 2 : 4;

    if (what == SEL_POINTER && !in_memory(in))
        return;
    set_operand(out, DECODE_SELECTOR, 0, 0, false);
    if (what == SEL_POINTER) {
        out->operand_size = (uint16_t)(word + 2);
    } else if (what == SEL_RM16 && in_memory(in)) {
        out->operand_size = 2;
    } else if (what == SEL_POP) {
        out->operand_size = word;
        out->ea_base = X86_ESP;
        out->ea_segment = -1;
        out->ea_16bit = false;
    }
}

static void find_selector(const struct x86_insn *in, struct decoded *out)
{
    if (in->vex)
        return;
    for (size_t i = 0; i < COUNT(selector_forms); i++) {
        const struct selector_form *form = &selector_forms[i];

        if (form->map == in->map && form->opcode == in->opcode &&
            (form->regs >> in->reg & 1))
            set_selector(in, (enum selector_operand)form->operand, out);
    }
}

static struct decoded facts_of(const struct x86_insn *in)
{
    struct decoded out = {
        .size = (uint32_t)in->at,
        .ea_base = in->base,
        .ea_index = in->index,
        .ea_segment = in->segment,
        .ea_scale = in->scale,
        .ea_16bit = in->has_67,
        .ea_disp = in->disp,
    };

    find_sse(in, &out);
    find_overread(in, &out);
    find_state(in, &out);
    find_masked_store(in, &out);
    find_selector(in, &out);
    return out;
}

/* CALL and JMP far with a register as operand, which no CPU has. */
static bool is_far_register(const struct x86_insn *in)
{
    return in->map == MAP_ONE && in->opcode == 0xff && in->mod == 3 &&
           (in->reg == 3 || in->reg == 5);
}

bool decode_x86(const uint8_t *bytes, size_t size, struct decoded *out)
{
    struct x86_insn in = {
        .bytes = bytes,
        .size = size < DECODE_X86_MAX ? size : DECODE_X86_MAX,
        .segment = -1,
        .base = -1,
        .index = -1,
        .scale = 1,
    };

    if (!take_opcode(&in))
        return false;
    if (in.form >= 'A' && in.form <= 'Z')
        take_modrm(&in);
    take(&in, immediate_size(&in));
    if (in.truncated || is_far_register(&in))
        return false;
    *out = facts_of(&in);
    return true;
}
