/*
 * emu/decode_x86_facts.c - the memory operand of an i386 instruction.
 *
 * Decisions:
 * - PUSHA, POPA, ENTER and the pair of limits that BOUND reads are several
 *   accesses of one item each.
 * - Every opcode was run under Unicorn 2.0.1 and its accesses compared with
 *   these tables.
 *
 * Source: Intel SDM volume 2; section 2.4 for alignment.
 */
#include "emu/decode_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

static void find_sse(const struct i386_insn *in, struct decoded *out)
{
    const uint8_t prefix = x86_mandatory_prefix(in);

    for (size_t i = 0; x86_in_memory(in) && i < COUNT(sse_forms); i++) {
        const struct wide_form *form = &sse_forms[i];

        if (form->map != in->map || in->opcode < form->first ||
            in->opcode > form->last || !(form->prefixes & prefix))
            continue;
        set_operand(out, DECODE_WIDE | (form->aligned ? DECODE_ALIGNED : 0u),
                    16, 2, form->writes);
    }
}

static void find_overread(const struct i386_insn *in, struct decoded *out)
{
    const uint8_t prefix = x86_mandatory_prefix(in);

    for (size_t i = 0; x86_in_memory(in) && i < COUNT(overread_forms); i++) {
        const struct overread_form *form = &overread_forms[i];

        if (form->map == in->map && in->opcode >= form->first &&
            in->opcode <= form->last && form->prefix == prefix)
            set_operand(out, DECODE_WIDE | DECODE_OVERREAD, form->size,
                        form->pieces, false);
    }
}

static void find_state(const struct i386_insn *in, struct decoded *out)
{
    for (size_t i = 0; x86_in_memory(in) && i < COUNT(state_forms); i++) {
        const struct state_form *form = &state_forms[i];

        if (form->map == in->map && form->opcode == in->opcode &&
            form->reg == in->reg)
            set_operand(out, DECODE_WIDE | form->flags,
                        in->has_66 ? form->size_16bit : form->size,
                        form->pieces, form->writes);
    }
}

/* MASKMOVDQU and MASKMOVQ store those bytes at (E)DI whose mask bit is set. */
static void find_masked_store(const struct i386_insn *in, struct decoded *out)
{
    if (in->map != MAP_0F || in->opcode != 0xf7 || in->mod != 3)
        return;
    set_operand(out, DECODE_WIDE | DECODE_SPARSE,
                x86_mandatory_prefix(in) == P66 ? 16 : 8, 0, true);
    out->ea_base = X86_EDI;
}

static void find_idiv(const struct i386_insn *in, struct decoded *out)
{
    if (in->map != MAP_ONE || in->opcode != 0xf7 || in->reg != 7)
        return;
    set_operand(out, DECODE_IDIV, in->has_66 ? 2 : 4, 0, false);
    if (!x86_in_memory(in)) {
        out->ea_base = (int8_t)in->rm;
        out->ea_scale = 0;
    }
}

static void set_selector(const struct i386_insn *in, enum selector_operand what,
                         struct decoded *out)
{
    const uint16_t word = in->has_66 ? 2 : 4;

    if (what == SEL_POINTER && !x86_in_memory(in))
        return;
    set_operand(out, DECODE_SELECTOR, 0, 0, false);
    if (what == SEL_POINTER) {
        out->operand_size = (uint16_t)(word + 2);
    } else if (what == SEL_RM16 && x86_in_memory(in)) {
        out->operand_size = 2;
    } else if (what == SEL_POP) {
        out->operand_size = word;
        out->ea_base = X86_ESP;
        out->ea_segment = -1;
        out->ea_16bit = false;
    }
}

static void find_selector(const struct i386_insn *in, struct decoded *out)
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

static void find_iret(const struct i386_insn *in, struct decoded *out)
{
    if (in->map != MAP_ONE || in->opcode != 0xcf || in->has_66)
        return;
    out->flags |= DECODE_IRET;
    out->ea_base = X86_ESP;
    out->ea_disp = 8;
    out->ea_segment = -1;
    out->ea_16bit = false;
}

static void find_rep_scan(const struct i386_insn *in, struct decoded *out)
{
    if (in->map == MAP_0F && (in->opcode == 0xbc || in->opcode == 0xbd) &&
        in->has_f3)
        out->flags |= DECODE_REP_SCAN;
}

/* SHL, SHR, SAR of memory by CL; SHLD and SHRD of memory. */
static bool is_shift(const struct i386_insn *in)
{
    if (in->map == MAP_ONE)
        return (in->opcode == 0xd2 || in->opcode == 0xd3) && in->reg >= 4;
    return in->map == MAP_0F && (in->opcode & 0xf6) == 0xa4;
}

static void find_flags(const struct i386_insn *in, struct decoded *out)
{
    if (in->map == MAP_ONE && (in->opcode == 0xe0 || in->opcode == 0xe1))
        out->flags |= DECODE_FLAGS;
    if (!x86_in_memory(in))
        return;
    if (is_shift(in))
        out->flags |= DECODE_FLAGS | DECODE_SHIFT;
    if (in->map == MAP_0F && in->opcode == 0xc7 && in->reg == 1)
        out->flags |= DECODE_FLAGS;
}

/* LOCK NEG is a loop around a compare and exchange: it loads twice. */
static void find_lock_neg(const struct i386_insn *in, struct decoded *out)
{
    if (in->has_lock && in->map == MAP_ONE &&
        (in->opcode == 0xf6 || in->opcode == 0xf7) && in->reg == 3)
        out->pieces_load = 2;
}

struct decoded x86_insn_facts(const struct i386_insn *in)
{
    struct decoded out = {
        .size = (uint32_t)in->at,
        .class = x86_insn_class(in),
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
    find_idiv(in, &out);
    find_selector(in, &out);
    find_iret(in, &out);
    find_flags(in, &out);
    find_lock_neg(in, &out);
    if (in->map == MAP_ONE && in->opcode == 0x60)
        set_operand(&out, DECODE_PUSHA, in->has_66 ? 2 : 4, 0, true);
    find_rep_scan(in, &out);
    x86_find_uses(in, &out);
    if (in->map == MAP_ONE && in->opcode == 0xcd)
        out.flags |= DECODE_INT;
    return out;
}
