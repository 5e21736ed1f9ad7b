/*
 * emu/engine_mend.c - flags that the library gets wrong. No Unicorn here.
 *
 * Unicorn 2.0.1 forgets, when a store is hooked, what it has worked out before
 * it: SHL, SHR and SAR of memory by CL, SHLD and SHRD of memory then leave a
 * wrong CF and OF. The exact core runs these, and the flags are put right
 * before the next instruction.
 *
 * Decisions:
 * - Where the manual calls OF undefined (counts above 1) it is what the library
 *   makes of it when nothing is hooked: the last two results differ in sign.
 *
 * Source: Intel SDM volume 2, "SAL/SAR/SHL/SHR", "SHLD", "SHRD".
 */
#include "emu/engine_internal.h"

#include <string.h>

#define CF 0x001u
#define OF 0x800u

/* A shift, taken apart. */
struct shift {
    uint32_t bits; /* of the operand: 8, 16 or 32 */
    uint32_t count;
    bool right, arithmetic, is_double;
    uint8_t modrm;
    uint64_t value;  /* the operand */
    uint32_t source; /* of a double shift */
};

/* The opcode's place behind the prefixes; *@narrow: one of them is 66. */
static uint32_t skip_prefixes(const uint8_t *bytes, bool *narrow)
{
    uint32_t at = 0;

    *narrow = false;
    for (; at < 14 && bytes[at] && strchr(X86_PREFIXES, bytes[at]); at++)
        *narrow |= bytes[at] == 0x66;
    return at;
}

/* @bytes is one of the shifts. */
static struct shift take_apart(struct engine *e, const uint8_t *bytes)
{
    bool narrow;
    const uint32_t at = skip_prefixes(bytes, &narrow);
    struct shift s = {.bits = narrow ? 16 : 32};

    s.is_double = bytes[at] == 0x0f;
    s.modrm = bytes[at + (s.is_double ? 2 : 1)];
    s.count = engine_read_reg(e, &e->exact, X86_ECX);
    if (!s.is_double) {
        s.bits = bytes[at] == 0xd2 ? 8 : s.bits;
        s.right = (s.modrm >> 3 & 7) == 5 || (s.modrm >> 3 & 7) == 7;
        s.arithmetic = (s.modrm >> 3 & 7) == 7;
    } else {
        s.right = (bytes[at + 1] & 8) != 0;
        s.source = engine_read_reg(e, &e->exact, s.modrm >> 3 & 7);
        if (!(bytes[at + 1] & 1))
            s.count = bytes[e->insn.size - 1];
    }
    s.count &= 31;
    return s;
}

/* The operand shifted by @count, as far as its own bits go. */
static uint64_t shifted(const struct shift *s, uint32_t count)
{
    const uint64_t mask = (UINT64_C(1) << s->bits) - 1;
    const uint64_t source = s->source & mask;
    uint64_t low = s->value, high = s->value;

    if (s->arithmetic && s->value >> (s->bits - 1))
        low |= ~mask;
    if (s->is_double && s->bits == 16) {
        low |= source << 16 | s->value << 32;
        high = s->value << 32 | source << 16 | s->value;
        high = high << count >> 32;
        return (s->right ? low >> count : high) & mask;
    }
    if (s->is_double) {
        low |= source << 32;
        high = (s->value << 32 | source) << count >> 32;
        return (s->right ? low >> count : high) & mask;
    }
    if (s->arithmetic)
        return (uint64_t)((int64_t)low >> count) & mask;
    return (s->right ? low >> count : high << count) & mask;
}

static uint32_t flags_of(const struct shift *s)
{
    const uint64_t last = shifted(s, s->count - 1);
    const uint64_t result = shifted(s, s->count);
    const uint32_t top = s->bits - 1;
    const bool carry = s->right ? last & 1 : last >> top & 1;

    return (carry ? CF : 0) | ((last ^ result) >> top & 1 ? OF : 0);
}

void mend_expect(struct engine *e, vaddr_t operand)
{
    const struct mmu_access fetch = {e->insn.pc, e->insn.size, MMU_EXEC};
    struct mmu_access load = {operand, 0, MMU_READ,
                              (enum mmu_use)e->insn.facts.use_load};
    struct shift s;
    paddr_t code, pa;

    if (mmu_translate(e->mmu, &fetch, &code))
        return;
    s = take_apart(e, e->phys->bytes + code);
    load.size = s.bits / 8;
    if (!s.count || mmu_translate(e->mmu, &load, &pa))
        return; /* no flags, or a trap */
    phys_read(e->phys, pa, &s.value, load.size);
    e->mend = (struct mend){.expected = true, .flags = flags_of(&s)};
}

void mend_flags(struct engine *e)
{
    const unsigned flags = e->isa->flags;
    uint32_t value;

    if (!e->mend.due)
        return;
    value = engine_read_reg(e, &e->exact, flags);
    engine_write_reg(e, &e->exact, flags, (value & ~(CF | OF)) | e->mend.flags);
    e->mend = (struct mend){0};
}
