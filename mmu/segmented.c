/*
 * mmu/segmented.c - segmentation by registers; see segmented.h.
 *
 * Decisions of the model:
 * - Faults in order: an address outside the space has no segment; then absent;
 *   bounds; protection.
 * - Offsets are compared as 64-bit numbers, so that nothing wraps at the top of
 *   32 bits.
 * - A span that grows down is turned round: the distance of the first byte from
 *   the end may be at most bounds, and at least the size of the access.
 */
#include "mmu/segmented.h"

#include <assert.h>
#include <errno.h>

static const struct segmented *as_segmented(const struct mmu *mmu)
{
    return (const struct segmented *)mmu; /* first member */
}

static unsigned shift_of(const struct segmented *s)
{
    return s->va_bits - s->seg_bits;
}

static uint64_t span_size(const struct segmented *s)
{
    return UINT64_C(1) << shift_of(s);
}

static unsigned selectors(const struct segmented *s)
{
    return 1u << s->seg_bits;
}

/* Hot: runs once per guest access. */
static enum mmu_fault seg_translate(const struct mmu *mmu,
                                    const struct mmu_access *access,
                                    paddr_t *pa)
{
    const struct segmented *s = as_segmented(mmu);
    const uint64_t selector = (uint64_t)access->va >> shift_of(s);

    if (selector >= selectors(s))
        return MMU_FAULT_SEGMENT;

    const struct segment *segment = &s->segments[selector];
    const uint64_t offset = access->va & (span_size(s) - 1);
    const uint64_t back = span_size(s) - offset; /* to the end of the span */

    if (segment->absent)
        return MMU_FAULT_ABSENT;
    if (segment->grows_down ? back > segment->bounds || access->size > back
                            : offset + access->size > segment->bounds)
        return MMU_FAULT_BOUNDS;
    if ((segment->prot & access->kind) != access->kind)
        return MMU_FAULT_PROTECTION;
    *pa = segment->base + (paddr_t)(segment->grows_down ? 0 - back : offset);
    return MMU_FAULT_NONE;
}

static const char *name_of(const struct segmented *s, unsigned selector)
{
    static const char *const numbered[SEGMENTED_REGISTERS] = {
        "code", "heap", "seg2",  "seg3",  "seg4",  "seg5",  "seg6",  "seg7",
        "seg8", "seg9", "seg10", "seg11", "seg12", "seg13", "seg14", "seg15",
    };

    return selector + 1 == selectors(s) && selector > 0 &&
                   s->segments[selector].grows_down
               ? "stack"
               : numbered[selector];
}

static void fill_span(const struct segmented *s, unsigned selector,
                      struct mmu_span *span)
{
    const struct segment *segment = &s->segments[selector];
    const uint64_t begin = (uint64_t)selector << shift_of(s);
    const uint64_t end = begin + span_size(s);
    const bool down = segment->grows_down;

    *span = (struct mmu_span){
        .name = name_of(s, selector),
        .va = (vaddr_t)(down ? end - segment->bounds : begin),
        .base = down ? segment->base - segment->bounds : segment->base,
        .bounds = segment->bounds,
        .prot = segment->prot,
        .segment = selector,
        .grows_down = down,
    };
}

static bool seg_span(const struct mmu *mmu, unsigned index,
                     struct mmu_span *span)
{
    const struct segmented *s = as_segmented(mmu);

    for (unsigned i = 0; i < selectors(s); i++) {
        const struct segment *segment = &s->segments[i];

        if (segment->bounds == 0 || segment->absent || index-- > 0)
            continue;
        fill_span(s, i, span);
        return true;
    }
    return false;
}

static bool seg_locate(const struct mmu *mmu, vaddr_t va, struct mmu_span *span)
{
    const struct segmented *s = as_segmented(mmu);
    const uint64_t selector = (uint64_t)va >> shift_of(s);

    if (selector >= selectors(s))
        return false;
    fill_span(s, (unsigned)selector, span);
    return true;
}

static bool is_sound(const struct segmented *s, const struct segment *segment)
{
    const uint64_t base = segment->base;

    if (segment->bounds > span_size(s) ||
        (segment->prot & ~(unsigned)MMU_RWX) != 0)
        return false;
    if (segment->absent)
        return true;
    return segment->grows_down ? segment->bounds <= base
                               : base + segment->bounds <= UINT32_MAX;
}

static bool is_division(unsigned va_bits, unsigned seg_bits)
{
    return va_bits <= 32 && seg_bits >= 1 &&
           seg_bits <= SEGMENTED_SEG_BITS_MAX && seg_bits < va_bits;
}

static bool seg_check(const struct mmu *mmu)
{
    const struct segmented *s = as_segmented(mmu);

    if (mmu->generation == 0 || !is_division(s->va_bits, s->seg_bits))
        return false;
    for (unsigned i = 0; i < selectors(s); i++)
        if (!is_sound(s, &s->segments[i]))
            return false;
    return true;
}

const struct mmu_ops segmented_ops = {
    .name = "segmented",
    .translate = seg_translate,
    .span = seg_span,
    .locate = seg_locate,
    .check = seg_check,
};

int segmented_init(struct segmented *s, unsigned va_bits, unsigned seg_bits)
{
    if (!is_division(va_bits, seg_bits))
        return -EINVAL;
    *s = (struct segmented){
        .mmu = {.ops = &segmented_ops, .generation = 1},
        .va_bits = (uint8_t)va_bits,
        .seg_bits = (uint8_t)seg_bits,
    };
    return 0;
}

/* Whether all its bytes are in a physical memory of @phys_size bytes. */
static bool lies_inside(const struct segment *segment, uint32_t phys_size)
{
    if (segment->absent)
        return true;
    if (segment->grows_down)
        return segment->base <= phys_size && segment->bounds <= segment->base;
    return segment->bounds <= phys_size &&
           segment->base <= phys_size - segment->bounds;
}

int segmented_set(struct segmented *s, unsigned selector,
                  const struct segment *segment, uint32_t phys_size)
{
    assert(s->mmu.ops == &segmented_ops);

    if (selector >= selectors(s))
        return -EINVAL;
    if (segment->bounds > span_size(s))
        return -ERANGE;
    if (!lies_inside(segment, phys_size))
        return -EFAULT;
    s->segments[selector] = *segment;
    s->mmu.generation++;
    return 0;
}
