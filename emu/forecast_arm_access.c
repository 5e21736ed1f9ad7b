/*
 * emu/forecast_arm_access.c - ARM's loads and stores in a forecast.
 *
 * Decisions:
 * - See emu/forecast_arm.c: here are the accesses of both instruction sets,
 *   once their operands are known.
 *
 * Source: ARM DDI 0406C, A7.6 (VFP loads and stores), A7.8 (its moves), A8.8.
 */
#include "emu/forecast_arm.h"

static const struct term *condition_of(const struct arm_insn *in)
{
    return in->is_conditional ? &in->condition : NULL;
}

struct term arm_load(const struct arm_insn *in, struct place place,
                     uint32_t size)
{
    return lift_load(in->lift, condition_of(in), place, size);
}

static void move_one(const struct arm_insn *in, const struct arm_access *access,
                     struct place at, uint32_t reg)
{
    struct term value;

    if (!access->loads) {
        lift_store(in->lift, condition_of(in), at, access->size,
                   arm_read(in, reg));
        return;
    }
    value = arm_load(in, at, access->size);
    if (access->is_signed)
        value = arm_field(in->lift, value, 0, access->size * 8, true);
    arm_write(in, reg, value);
}

static bool is_predictable(const struct arm_access *access)
{
    if (access->size < 4 && access->rt == REG_PC)
        return false;
    if (access->rt == REG_PC && !access->loads)
        return false;
    if (!access->writes_back)
        return true;
    return access->rn != REG_PC && access->rn != access->rt &&
           access->rn != access->rt2;
}

void arm_add_access(const struct arm_insn *in, const struct arm_access *access)
{
    const struct term base = arm_base(in, access->rn);
    struct place at = access->place;
    struct term updated = base;

    if (!is_predictable(access)) {
        lift_fail(in->lift);
        return;
    }
    if (access->writes_back) {
        updated = lift_sum(in->lift, at);
        at = arm_place(access->after ? base : updated);
    }
    move_one(in, access, at, access->rt);
    if (access->rt2 != REG_PC) {
        at.base = term_plus(at.base, 4);
        move_one(in, access, at, access->rt2);
    }
    if (access->writes_back)
        arm_write(in, access->rn, updated);
}

/* ---- several registers ---- */

/* The lowest address of @size bytes, and what the base becomes. */
static struct term lowest(struct term base, uint32_t size, bool before, bool up,
                          struct term *updated)
{
    *updated = term_plus(base, up ? size : -size);
    if (up)
        return term_plus(base, before ? 4 : 0);
    return term_plus(base, before ? -size : 4 - size);
}

/* A base that is loaded, or stored as what it becomes, is no base to update. */
static bool updates_well(const struct arm_multiple *m)
{
    const uint32_t base = 1u << m->rn;

    if (!m->writes_back || !(m->list & base))
        return true;
    return !m->loads && (m->list & (base - 1)) == 0;
}

void arm_add_multiple(const struct arm_insn *in, const struct arm_multiple *m)
{
    const uint32_t size = 4 * (uint32_t)__builtin_popcount(m->list);
    const struct arm_access each = {.loads = m->loads, .size = 4};
    struct term at, updated;

    if (size == 0 || m->rn == REG_PC || !updates_well(m)) {
        lift_fail(in->lift);
        return;
    }
    at = lowest(in->lift->regs[m->rn], size, m->before, m->up, &updated);
    for (uint32_t reg = 0; reg < 16; reg++) {
        if (!(m->list >> reg & 1))
            continue;
        move_one(in, &each, arm_place(at), reg);
        at = term_plus(at, 4);
    }
    if (m->writes_back)
        arm_write(in, m->rn, updated);
}

/* ---- VFP ---- */

struct vfp_list {
    bool loads, is_double;
    uint32_t size, count; /* of each */
};

static void move_vfp(const struct arm_insn *in, const struct vfp_list *list,
                     struct term at)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct place place = arm_place(term_plus(at, i * list->size));

        if (list->loads)
            (void)arm_load(in, place, list->size);
        else
            lift_store(in->lift, condition_of(in), place, list->size,
                       term_unknown());
    }
}

/* VLDR, VSTR: A8.8.333, A8.8.413. */
static void add_vfp_one(const struct arm_insn *in, struct vfp_list *list)
{
    const uint32_t rn = arm_bits(in, 16, 4);
    const uint32_t offset = arm_bits(in, 0, 8) * 4;

    if (rn == REG_PC && !list->loads) {
        lift_fail(in->lift);
        return;
    }
    list->count = 1;
    move_vfp(in, list,
             term_plus(arm_base(in, rn), arm_bit(in, 23) ? offset : -offset));
}

/* Whether so many registers from the first on are there. */
static bool fits(const struct arm_insn *in, const struct vfp_list *list)
{
    const uint32_t four = arm_bits(in, 12, 4), one = arm_bits(in, 22, 1);
    const uint32_t first = list->is_double ? one << 4 | four : four << 1 | one;

    if (list->is_double && (arm_bit(in, 0) || list->count > 16))
        return false;
    return list->count > 0 && first + list->count <= 32;
}

/* VLDM to VPOP: A8.8.332, A8.8.412. */
static void add_vfp_many(const struct arm_insn *in, struct vfp_list *list)
{
    const uint32_t rn = arm_bits(in, 16, 4), bytes = arm_bits(in, 0, 8) * 4;
    const bool down = arm_bit(in, 24);
    struct term at, updated;

    list->count = bytes / list->size;
    if (rn == REG_PC || !fits(in, list)) {
        lift_fail(in->lift);
        return;
    }
    at = lowest(in->lift->regs[rn], bytes, down, !down, &updated);
    move_vfp(in, list, at);
    if (arm_bit(in, 21))
        arm_write(in, rn, updated);
}

void arm_add_vfp_access(const struct arm_insn *in)
{
    struct vfp_list list = {
        .loads = arm_bit(in, 20),
        .is_double = arm_bit(in, 8),
        .size = arm_bit(in, 8) ? 8 : 4,
    };

    switch (arm_bits(in, 23, 2) << 1 | arm_bits(in, 21, 1)) { /* P, U, W */
    case 4:
    case 6:
        add_vfp_one(in, &list);
        break;
    case 2:
    case 3:
    case 5:
        add_vfp_many(in, &list);
        break;
    default:
        lift_fail(in->lift);
        break;
    }
}

void arm_add_vfp_move(const struct arm_insn *in)
{
    if (!arm_bit(in, 20))
        return;
    arm_add_rd_12(in);
    if (arm_bits(in, 24, 4) == 0xc)
        arm_write(in, arm_bits(in, 16, 4), term_unknown());
    else if (arm_bits(in, 12, 4) == REG_PC)
        arm_set_unknown_flags(in); /* VMRS */
}
