/*
 * tests/hostile_code.c - see hostile_code.h.
 *
 * Decisions:
 * - An x86 instruction is prefixes, an opcode of some map and a modrm byte,
 *   with random bytes behind; the decoder says where it ends.
 * - An ARM instruction is a pattern of fixed bits of some class of encodings,
 *   the other bits random.
 */
#include "tests/hostile_code.h"

#include <string.h>

#include "emu/decode_x86.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define STOPS_MAX 24u /* of one program */

uint32_t choose(struct choices *c, uint32_t n)
{
    uint32_t value = 0;
    const size_t want = n <= 0x100 ? 1 : n <= 0x10000 ? 2 : 4;

    if (c->size < want)
        return rng_below(&c->rng, n);
    memcpy(&value, c->data, want);
    c->data += want;
    c->size -= want;
    return value % n;
}

static uint32_t word(struct choices *c)
{
    return choose(c, 0x10000) << 16 | choose(c, 0x10000);
}

static bool chance(struct choices *c, uint32_t percent)
{
    return choose(c, 100) < percent;
}

/* An address where something may go wrong. */
static uint32_t edge(struct choices *c, uint32_t bounds)
{
    switch (choose(c, 8)) {
    case 0:
    case 1:
        return bounds + 8 - choose(c, 40);
    case 2:
        return choose(c, 40) - 8;
    case 3:
        return (choose(c, 5) + 1) * 4096 + 8 - choose(c, 32);
    case 4:
        return choose(c, 20) * 1024 + 8 - choose(c, 32);
    case 5:
        return word(c);
    default:
        return choose(c, bounds);
    }
}

static void put(uint8_t *to, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* ---- x86 ---- */

static uint8_t x86_modrm(struct choices *c)
{
    const uint32_t mod = chance(c, 30) ? 3 : choose(c, 3);

    return (uint8_t)(mod << 6 | choose(c, 64));
}

static uint32_t x86_prefixes(struct choices *c, uint8_t *to)
{
    static const uint8_t all[] = {0x66, 0x66, 0x67, 0xf2, 0xf2, 0xf3, 0xf3,
                                  0xf0, 0x64, 0x65, 0x2e, 0x36, 0x3e, 0x26};
    uint32_t n = 0;

    while (n < 4 && chance(c, n ? 20 : 35))
        to[n++] = all[choose(c, COUNT(all))];
    return n;
}

/* Opcode and modrm; the rest is there already. */
static uint32_t x86_opcode(struct choices *c, uint8_t *to)
{
    const uint32_t kind = choose(c, 100);
    uint32_t n = 0;

    if (kind < 10) {
        to[n++] = 0xc4 + (uint8_t)choose(c, 2);
        to[n++] = (uint8_t)(0xc0 | choose(c, 64));
        if (to[0] == 0xc4) {
            to[1] = (uint8_t)((to[1] & 0xe0) | (1 + choose(c, 3)));
            to[n++] = (uint8_t)choose(c, 256);
        }
    } else if (kind < 50) {
        to[n++] = 0x0f;
        if (kind < 20)
            to[n++] = chance(c, 50) ? 0x38 : 0x3a;
    } else if (kind < 60) {
        to[n++] = (uint8_t)(0xd8 + choose(c, 8));
        to[n++] = x86_modrm(c);
        return n;
    }
    to[n++] = (uint8_t)choose(c, 256);
    to[n++] = x86_modrm(c);
    return n;
}

/* What programs are made of, so that random ones get somewhere. */
static uint32_t x86_common(struct choices *c, uint32_t bounds, uint8_t *to)
{
    static const uint8_t strings[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa,
                                      0xab, 0xac, 0xad, 0xae, 0xaf};
    uint32_t n = 0;

    switch (choose(c, 6)) {
    case 0: /* mov reg, address */
        to[0] = (uint8_t)(0xb8 + choose(c, 8));
        put(to + 1, edge(c, bounds), 4);
        return 5;
    case 1: /* a short jump or loop */
        to[0] = (uint8_t)(chance(c, 70) ? 0x70 + choose(c, 16)
                                        : 0xe0 + choose(c, 4));
        to[1] = (uint8_t)(choose(c, 32) - 12);
        return 2;
    case 2:
        n = chance(c, 60);
        to[0] = 0xf2 + (uint8_t)choose(c, 2);
        to[n] = strings[choose(c, COUNT(strings))];
        return n + 1;
    case 3: /* push, pop, inc, dec */
        to[0] = (uint8_t)(0x40 + choose(c, 32));
        return 1;
    case 4: /* an operation on an absolute address */
        to[0] = (uint8_t)(choose(c, 8) << 3 | choose(c, 4));
        to[1] = (uint8_t)(choose(c, 8) << 3 | 5);
        put(to + 2, edge(c, bounds), 4);
        return 6;
    default: /* call near */
        to[0] = 0xe8;
        put(to + 1, choose(c, 64) - 24, 4);
        return 5;
    }
}

uint32_t hostile_insn_x86(struct choices *c, uint32_t bounds, uint8_t *to)
{
    struct decoded facts;

    if (chance(c, 35))
        return x86_common(c, bounds, to);
    for (unsigned i = 0; i < 15; i++)
        to[i] = (uint8_t)choose(c, 256);
    if (chance(c, 5))
        return 1 + choose(c, 15);

    uint32_t n = x86_prefixes(c, to);
    n += x86_opcode(c, to + n);
    if (chance(c, 50)) /* where a displacement would be */
        put(to + n, edge(c, bounds), 4);
    return decode_x86(to, 15, &facts) ? facts.size : n;
}

static void x86_registers(struct cpu_state *cpu, uint32_t bounds,
                          struct choices *c)
{
    const struct isa *isa = &isa_x86;
    uint32_t flags = 0x202 | (choose(c, 0x1000) & 0x8d5);

    for (unsigned i = X86_ST0; i < X86_ST0 + 8; i++)
        for (unsigned k = 0; k < 10; k++)
            cpu->bytes[isa->regs[i].offset + k] = (uint8_t)choose(c, 256);
    for (unsigned i = X86_XMM0; i < X86_MXCSR; i++)
        for (unsigned k = 0; k < 16; k++)
            cpu->bytes[isa->regs[i].offset + k] = (uint8_t)choose(c, 256);
    if (chance(c, 15))
        flags |= 0x400; /* DF */
    if (chance(c, 4))
        flags |= 0x100; /* TF */
    if (chance(c, 4))
        flags |= (choose(c, 64) << 16) & 0x240000; /* AC ID */
    isa_set(isa, cpu, X86_EFLAGS, flags);
    isa_set(isa, cpu, X86_FS_BASE, chance(c, 50) ? 0 : edge(c, bounds));
    isa_set(isa, cpu, X86_GS_BASE, chance(c, 50) ? 0 : edge(c, bounds));
    if (chance(c, 30))
        isa_set(isa, cpu, X86_FPCW, choose(c, 0x1000) | 0x40);
    if (chance(c, 30))
        isa_set(isa, cpu, X86_MXCSR, choose(c, 0x10000));
    if (chance(c, 60))
        isa_set(isa, cpu, X86_FPTAG, choose(c, 0x10000));
    if (chance(c, 20))
        isa_set(isa, cpu, X86_FPSW, choose(c, 0x10000));
}

/* ---- ARM ---- */

/* Bits that are given, and which of them. */
struct encoding {
    uint32_t bits, mask;
};

static uint32_t fill(struct choices *c, const struct encoding *e)
{
    return e->bits | (word(c) & ~e->mask);
}

uint32_t hostile_insn_a32(struct choices *c, uint8_t *to)
{
    static const struct encoding conditional[] = {
        {0, 0},                   /* anything */
        {0x00000000, 0x0e000010}, /* data processing */
        {0x00000000, 0x0e00f010}, /* with r0 */
        {0x02000000, 0x0e008000},
        {0x04000000, 0x0e000000}, /* load, store */
        {0x06000000, 0x0e000010},
        {0x06000010, 0x0e000010}, /* media */
        {0x00000090, 0x0e000090}, /* halfword, double */
        {0x01800f90, 0x0f800ff0}, /* exclusive */
        {0x01000090, 0x0f000ff0}, /* swp */
        {0x08000000, 0x0e000000}, /* ldm, stm */
        {0x08000000, 0x0e400000},
        {0x0c000a00, 0x0e000e00}, /* vldr, vldm */
        {0x0d000a00, 0x0f200e00},
        {0x0e000a00, 0x0f000e10}, /* VFP */
        {0x0e000a10, 0x0f000e10},
        {0x0e000e10, 0x0f000e10}, /* cp14, cp15 */
        {0x0e100f10, 0x0f100f10},
        {0x0a000000, 0x0effffe0}, /* branches */
        {0x0afffff0, 0x0efffff0},
        {0x0f000000, 0x0ffffff0}, /* svc */
        {0x01000000, 0x0f9000f0}, /* mrs, msr */
        {0x03200000, 0x0fb00000}, /* hints */
        {0x012fff10, 0x0fffff10}, /* bx, blx */
        {0x01200070, 0x0ff000f0}, /* bkpt */
        {0x00000090, 0x0f0000f0}, /* multiplications */
    };
    static const struct encoding always[] = {
        {0xf0000000, 0xf0000000}, {0xf2000000, 0xfe000000}, /* NEON */
        {0xf4000000, 0xff100000}, {0xf4000000, 0xff100000},
        {0xf1000000, 0xff000000}, {0xf57ff000, 0xfffff000}, /* barriers */
        {0xfa000000, 0xfeffffe0},
    };
    uint32_t value;

    if (chance(c, 20)) {
        value = fill(c, &always[choose(c, COUNT(always))]);
    } else {
        value = fill(c, &conditional[choose(c, COUNT(conditional))]);
        if (chance(c, 85))
            value = (value & 0x0fffffff) | 0xe0000000;
    }
    put(to, value, 4);
    return 4;
}

uint32_t hostile_insn_thumb(struct choices *c, uint8_t *to)
{
    static const struct encoding narrow[] = {
        {0, 0},           {0, 0},
        {0, 0},           {0xbf00, 0xff00}, /* IT, hints */
        {0xbf00, 0xff00}, {0x5000, 0xf000}, /* load, store */
        {0x6000, 0xe000}, {0xb400, 0xf600}, /* push, pop */
        {0xc000, 0xf000},                   /* ldm, stm */
        {0xd000, 0xf0e0}, {0xb100, 0xf500}, /* branches */
        {0x4400, 0xfc00}, {0x9000, 0xf000},
        {0xdf00, 0xfff0}, {0xbe00, 0xff00},
    };
    static const struct encoding wide[] = {
        {0, 0},           {0xe800, 0xfe40},                   /* ldm */
        {0xe840, 0xfe60}, {0xe8c0, 0xffe0},                   /* exclusive */
        {0xe940, 0xff40},                                     /* ldrd, strd */
        {0xf800, 0xff00}, {0xf800, 0xfe00}, {0xf900, 0xff10}, /* NEON */
        {0xec00, 0xfe00}, {0xed00, 0xff20}, {0xee00, 0xff00}, {0xef00, 0xef00},
        {0xf000, 0xf800}, {0xea00, 0xfe00}, {0xfa00, 0xfe00}, {0xf3a0, 0xffe0},
    };
    uint32_t first;

    if (chance(c, 50)) {
        put(to, fill(c, &narrow[choose(c, COUNT(narrow))]), 2);
    } else {
        first = fill(c, &wide[choose(c, COUNT(wide))]);
        put(to, first | 0xe800, 2);
    }
    if ((to[1] & 0xf8) < 0xe8)
        return 2;
    put(to + 2, choose(c, 0x10000), 2);
    if ((to[1] & 0xfc) == 0xec && chance(c, 70)) /* cp10, cp11 */
        to[3] = (uint8_t)((to[3] & 0xf1) | 0x0a);
    return 4;
}

static void arm_registers(struct cpu_state *cpu, struct choices *c)
{
    const struct isa *isa = &isa_arm;
    const uint32_t cpsr = isa_get(isa, cpu, ARM_CPSR);

    for (unsigned i = ARM_D0; i < ARM_REG_COUNT; i++)
        for (unsigned k = 0; k < 8; k++)
            cpu->bytes[isa->regs[i].offset + k] = (uint8_t)choose(c, 256);
    isa_set(isa, cpu, ARM_CPSR, cpsr | choose(c, 32) << 27);
    isa_set(isa, cpu, ARM_TPIDRURO, word(c));
    if (chance(c, 30))
        isa_set(isa, cpu, ARM_FPSCR, word(c) & 0xf7c00000);
}

/* ---- a program ---- */

static uint32_t insn(const struct isa *isa, struct choices *c, bool thumb,
                     uint32_t bounds, uint8_t *to)
{
    if (isa == &isa_x86)
        return hostile_insn_x86(c, bounds, to);
    return thumb ? hostile_insn_thumb(c, to) : hostile_insn_a32(c, to);
}

static uint32_t some_bounds(struct choices *c)
{
    if (chance(c, 50))
        return 64 + choose(c, 600);
    if (chance(c, 50))
        return (1 + choose(c, 4)) * 4096 + 16 - choose(c, 32);
    return 64 + choose(c, HOSTILE_BOUNDS - 64);
}

/* Returns where the code begins. */
static uint32_t write_code(struct hostile_program *p, const struct isa *isa,
                           struct choices *c, bool thumb)
{
    uint8_t code[512 + 16];
    uint32_t want = 8 + choose(c, 160), size = 0;

    if (want > p->bounds)
        want = p->bounds;
    while (size < want)
        size += insn(isa, c, thumb, p->bounds, code + size);
    if (size > p->bounds)
        size = p->bounds;

    const uint32_t room = p->bounds - size;
    uint32_t at = chance(c, 30) ? room : choose(c, room + 1);
    if (isa != &isa_x86)
        at &= thumb ? ~1u : ~3u;
    memcpy(p->image + at, code, size);
    return at;
}

static void write_registers(struct hostile_program *p, const struct isa *isa,
                            struct choices *c)
{
    for (unsigned i = 0; i < isa->reg_count; i++) {
        if (isa->regs[i].class != ISA_GENERAL || i == isa->pc ||
            i == isa->flags)
            continue;
        isa_set(isa, &p->cpu, i,
                chance(c, 15) ? choose(c, 300) : edge(c, p->bounds));
    }
    if (chance(c, 60))
        isa_set(isa, &p->cpu, isa->sp, choose(c, p->bounds) & ~3u);
    if (isa == &isa_x86)
        x86_registers(&p->cpu, p->bounds, c);
    else
        arm_registers(&p->cpu, c);
}

void hostile_program_make(struct hostile_program *p, const struct isa *isa,
                          struct choices *c)
{
    const bool thumb = isa == &isa_arm && chance(c, 55);

    p->bounds = some_bounds(c);
    p->base = chance(c, 15) ? HOSTILE_PHYS : choose(c, HOSTILE_PHYS);

    /* Data: some random, some as pointers, from the seed only. */
    for (uint32_t i = 0; i < p->bounds; i++)
        p->image[i] = (uint8_t)rng_next(&c->rng);
    for (uint32_t i = 0; i + 4 < p->bounds; i += 4 + rng_below(&c->rng, 32))
        put(p->image + i, rng_below(&c->rng, p->bounds), 4);

    const uint32_t at = write_code(p, isa, c, thumb);
    isa_entry_state(isa, &p->cpu, at | thumb, p->bounds);
    write_registers(p, isa, c);
}

/* ---- a case ---- */

static uint32_t code_unit(const struct hostile *h)
{
    const struct isa *isa = h->isa;

    if (isa == &isa_x86)
        return 1;
    return isa_get(isa, &h->cpu, isa->flags) & isa->thumb_flag ? 2 : 4;
}

static void skip(struct hostile *h)
{
    const struct isa *isa = h->isa;
    uint32_t size = h->trap.insn_size;

    if (h->stop != ENGINE_TRAP || h->trap.cause == TRAP_SYSCALL)
        return;
    if (!size)
        size = code_unit(h);
    isa_set(isa, &h->cpu, isa->pc, isa_get(isa, &h->cpu, isa->pc) + size);
}

static void jump(struct hostile *h, struct choices *c)
{
    const struct isa *isa = h->isa;

    isa_set(isa, &h->cpu, isa->pc, choose(c, h->bounds) & ~(code_unit(h) - 1));
}

static void spoil_registers(struct hostile *h, struct choices *c)
{
    for (unsigned i = 0; i < h->isa->reg_count; i++)
        if (h->isa->regs[i].class == ISA_GENERAL && i != h->isa->pc &&
            i != h->isa->flags && chance(c, 40))
            isa_set(h->isa, &h->cpu, i, edge(c, h->bounds));
}

/* Put other code where the program stands. */
static void write_ahead(struct hostile *h, struct choices *c)
{
    uint8_t code[16] = {0};
    const uint32_t pc = isa_get(h->isa, &h->cpu, h->isa->pc);
    const uint32_t size = insn(h->isa, c, code_unit(h) == 2, h->bounds, code);

    if (pc < h->bounds && size <= h->bounds - pc)
        hostile_write(h, pc, code, size);
}

/* What an operating system does about a trap, at random. */
static void handle(struct hostile *h, struct choices *c)
{
    switch (choose(c, 10)) {
    case 0:
        jump(h, c);
        break;
    case 1:
        hostile_move(h, choose(c, HOSTILE_PHYS));
        skip(h);
        break;
    case 2:
        hostile_resize(h, some_bounds(c));
        break;
    case 3:
        write_ahead(h, c);
        break;
    case 4:
    case 5:
        spoil_registers(h, c);
        break;
    default:
        skip(h);
        break;
    }
}

bool hostile_case(struct hostile *h, struct choices *c)
{
    static struct hostile_program p;
    uint64_t left = 1 + choose(c, 4000);

    hostile_program_make(&p, h->isa, c);
    hostile_start(h, p.base, p.bounds, p.image, &p.cpu);
    for (unsigned i = 0; i < STOPS_MAX && left > 0; i++) {
        const bool all = chance(c, 80);
        const uint64_t slice = all ? left : 1 + choose(c, 200);

        if (!hostile_run(h, slice))
            return false;
        if (h->stop == ENGINE_LIMIT && chance(c, 50) && !hostile_go_on(h, 50))
            return false;
        if (h->stop == ENGINE_LIMIT && all && !h->moments)
            break;
        if (h->stop == ENGINE_TRAP)
            handle(h, c);
        left -= left > 100 ? 100 : left;
    }
    return hostile_contained(h);
}
