/*
 * mmu/implicit.c - segmentation by use; see implicit.h.
 *
 * Decisions of the model:
 * - An address outside the space has no segment, whatever its use. That is
 *   judged first.
 * - A use that is given counts more than the kind: a load may be from code. The
 *   rights of that segment say whether it may.
 * - The spans of the three overlap in the address space: who shows them to a
 *   processor must keep them apart by their numbers.
 */
#include "mmu/implicit.h"

#include <assert.h>
#include <errno.h>

static const char *const names[IMPLICIT_REGISTERS] = {
    [IMPLICIT_CODE] = "code",
    [IMPLICIT_DATA] = "data",
    [IMPLICIT_STACK] = "stack",
};

static const struct implicit *as_implicit(const struct mmu *mmu)
{
    return (const struct implicit *)mmu; /* first member */
}

enum implicit_segment implicit_select(const struct mmu_access *access)
{
    switch (access->use) {
    case MMU_USE_CODE:
        return IMPLICIT_CODE;
    case MMU_USE_DATA:
        return IMPLICIT_DATA;
    case MMU_USE_STACK:
        return IMPLICIT_STACK;
    case MMU_USE_OF_KIND:
        break;
    }
    return access->kind == MMU_EXEC ? IMPLICIT_CODE : IMPLICIT_DATA;
}

const char *implicit_name(enum implicit_segment segment)
{
    assert(segment < IMPLICIT_REGISTERS);
    return names[segment];
}

static bool is_outside(const struct implicit *i, vaddr_t va)
{
    return segment_selector(&i->layout, va) > 0;
}

/* Hot: runs once per guest access. */
static enum mmu_fault implicit_translate(const struct mmu *mmu,
                                         const struct mmu_access *access,
                                         paddr_t *pa)
{
    const struct implicit *i = as_implicit(mmu);

    if (is_outside(i, access->va))
        return MMU_FAULT_SEGMENT;
    return segment_translate(&i->segments[implicit_select(access)], &i->layout,
                             access, pa);
}

static struct mmu_span span_of(const struct implicit *i,
                               enum implicit_segment number)
{
    struct mmu_span span =
        segment_span(&i->segments[number], &i->layout, 0, names[number]);

    span.segment = number;
    return span;
}

static bool implicit_span(const struct mmu *mmu, unsigned from,
                          struct mmu_span *span)
{
    const struct implicit *i = as_implicit(mmu);

    for (unsigned n = from; n < IMPLICIT_REGISTERS; n++) {
        const struct segment *segment = &i->segments[n];

        if (segment->bounds == 0 || segment->absent)
            continue;
        *span = span_of(i, (enum implicit_segment)n);
        return true;
    }
    return false;
}

static bool implicit_locate(const struct mmu *mmu,
                            const struct mmu_access *access,
                            struct mmu_span *span)
{
    const struct implicit *i = as_implicit(mmu);

    if (is_outside(i, access->va))
        return false;
    *span = span_of(i, implicit_select(access));
    return true;
}

static bool is_width(unsigned va_bits)
{
    return va_bits >= 1 && va_bits <= 32;
}

static bool implicit_check(const struct mmu *mmu)
{
    const struct implicit *i = as_implicit(mmu);

    if (mmu->generation == 0 || !is_width(i->layout.va_bits) ||
        i->layout.seg_bits != 0)
        return false;
    for (unsigned n = 0; n < IMPLICIT_REGISTERS; n++)
        if (!segment_check(&i->segments[n], &i->layout))
            return false;
    return true;
}

const struct mmu_ops implicit_ops = {
    .name = "implicit",
    .translate = implicit_translate,
    .span = implicit_span,
    .locate = implicit_locate,
    .check = implicit_check,
};

int implicit_init(struct implicit *i, unsigned va_bits)
{
    if (!is_width(va_bits))
        return -EINVAL;
    *i = (struct implicit){
        .mmu = {.ops = &implicit_ops, .generation = 1},
        .layout = {.va_bits = (uint8_t)va_bits},
    };
    return 0;
}

int implicit_set(struct implicit *i, unsigned number,
                 const struct segment *segment, uint32_t phys_size)
{
    assert(i->mmu.ops == &implicit_ops);

    if (number >= IMPLICIT_REGISTERS)
        return -EINVAL;

    const int err = segment_fits(segment, &i->layout, phys_size);
    if (err)
        return err;
    i->segments[number] = *segment;
    i->mmu.generation++;
    return 0;
}
