/* tests/conformance_model.c - what accesses lead to, byte by byte. */
#include "tests/conformance_parts.h"

/* By use: whether the byte at @va may be touched so. */
static bool use_holds(const struct place *place, enum mmu_use use, uint64_t va)
{
    return va < CONF_BOUNDS &&
           (use == MMU_USE_STACK ? va >= place->low : va < place->bounds);
}

/* By use: what the access traps with; TRAP_COUNT: nothing. */
static enum trap_cause judge_use(const struct mmu_access *access,
                                 const struct place *place, uint32_t *legal)
{
    uint32_t n = 0;

    while (n < access->size &&
           use_holds(place, access->use, (uint64_t)access->va + n))
        n++;
    *legal = n;
    if (n < access->size)
        return access->va < CONF_BOUNDS ? TRAP_BOUNDS : TRAP_SEGMENT;
    if (!place->prot || access->use != MMU_USE_STACK ||
        (place->prot & access->kind) == access->kind)
        return TRAP_COUNT;
    *legal = 0;
    return TRAP_PROTECTION;
}

/* The part of the shape that @va belongs to, or SHAPE_PARTS. */
static unsigned part_of(const struct shape *shape, uint64_t va)
{
    unsigned i = 0;

    while (i < SHAPE_PARTS &&
           (va < shape->parts[i].begin || va >= shape->parts[i].end))
        i++;
    return i;
}

/* Whether the byte at @va may be touched at all. */
static bool is_inside(const struct shape *shape, const struct place *place,
                      uint64_t va)
{
    const unsigned part = part_of(shape, va);

    if (part == SHAPE_PARTS)
        return false;
    return shape->parts[part].grows_down ? va >= place->low
                                         : va < place->bounds;
}

/* The number of leading bytes that are inside one part, one by one. */
static uint32_t legal_bytes(const struct shape *shape,
                            const struct mmu_access *access,
                            const struct place *place)
{
    const unsigned part = part_of(shape, access->va);
    uint32_t n = 0;

    while (n < access->size &&
           part_of(shape, (uint64_t)access->va + n) == part &&
           is_inside(shape, place, (uint64_t)access->va + n))
        n++;
    return n;
}

/* What the access traps with; TRAP_COUNT: nothing. */
static enum trap_cause judge(const struct shape *shape,
                             const struct mmu_access *access,
                             const struct place *place, uint32_t *legal)
{
    if (shape->by_use)
        return judge_use(access, place, legal);

    const unsigned part = part_of(shape, access->va);
    const bool selected =
        !shape->va_bits || (uint64_t)access->va >> shape->va_bits == 0;

    *legal = 0;
    if (place->absent && part < SHAPE_PARTS && shape->parts[part].grows_down)
        return TRAP_ABSENT;
    *legal = legal_bytes(shape, access, place);
    if (*legal < access->size)
        return selected ? TRAP_BOUNDS : TRAP_SEGMENT;
    if (!place->prot || !shape->parts[part].grows_down ||
        (place->prot & access->kind) == access->kind)
        return TRAP_COUNT;
    *legal = 0;
    return TRAP_PROTECTION;
}

static bool is_first_load(const struct plan *plan, unsigned index)
{
    while (index > 0)
        if (!plan->accesses[--index].write)
            return false;
    return true;
}

struct mmu_access suite_access(const struct suite *s, vaddr_t anchor,
                               unsigned index, uint32_t pass)
{
    const struct plan_access *a = &s->plan.accesses[index];
    const uint32_t from = a->safe ? CONF_SAFE : anchor;
    struct mmu_access access = {from + a->offset + pass * s->plan.step, a->size,
                                a->write ? MMU_WRITE : MMU_READ};

    if (conf_shapes[s->shape].by_use)
        access.use = a->write                         ? s->uses.store
                     : is_first_load(&s->plan, index) ? s->uses.load
                                                      : s->uses.load_again;
    return access;
}

struct verdict suite_judge(struct suite *s, const struct place *place)
{
    const uint32_t passes = s->plan.rep ? s->plan.passes : 1;
    struct verdict v = {
        .cause = TRAP_COUNT,
        .at = s->program.main,
        .insn_size = s->program.trail - s->program.main,
    };

    for (; v.passes < passes; v.passes++) {
        for (unsigned i = 0; i < s->plan.access_count; i++) {
            v.access = suite_access(s, place->anchor, i, v.passes);
            v.cause = judge(&conf_shapes[s->shape], &v.access, place, &v.legal);
            if (v.cause == TRAP_COUNT && s->plan.strict &&
                v.access.va % s->plan.align != 0)
                v.cause = TRAP_ALIGNMENT;
            if (v.cause != TRAP_COUNT)
                return v;
        }
    }
    v.passes = 0;
    v.cause = s->plan.trap;
    v.access = (struct mmu_access){0};
    v.legal = 0;
    return v;
}
