/*
 * mmu/segmented.c - segmentation by registers; see segmented.h.
 *
 * Decisions of the model:
 * - An address outside the space has no segment. That is judged first.
 */
#include "mmu/segmented.h"

#include <assert.h>
#include <errno.h>

static const struct segmented *as_segmented(const struct mmu *mmu)
{
    return (const struct segmented *)mmu; /* first member */
}

/* Hot: runs once per guest access. */
static enum mmu_fault seg_translate(const struct mmu *mmu,
                                    const struct mmu_access *access,
                                    paddr_t *pa)
{
    const struct segmented *s = as_segmented(mmu);
    const uint64_t selector = segment_selector(&s->layout, access->va);

    if (selector >= segment_count(&s->layout))
        return MMU_FAULT_SEGMENT;
    return segment_translate(&s->segments[selector], &s->layout, access, pa);
}

static struct mmu_span span_of(const struct segmented *s, unsigned selector)
{
    static const char *const names[SEGMENTED_REGISTERS] = {
        "code", "heap", "seg2",  "seg3",  "seg4",  "seg5",  "seg6",  "seg7",
        "seg8", "seg9", "seg10", "seg11", "seg12", "seg13", "seg14", "seg15",
    };
    const struct segment *segment = &s->segments[selector];
    const bool last = selector + 1 == segment_count(&s->layout);

    return segment_span(segment, &s->layout, selector,
                        last && segment->grows_down ? "stack"
                                                    : names[selector]);
}

static bool seg_span(const struct mmu *mmu, unsigned from,
                     struct mmu_span *span)
{
    const struct segmented *s = as_segmented(mmu);

    for (unsigned i = from; i < segment_count(&s->layout); i++) {
        const struct segment *segment = &s->segments[i];

        if (segment->bounds == 0 || segment->absent)
            continue;
        *span = span_of(s, i);
        return true;
    }
    return false;
}

static bool seg_locate(const struct mmu *mmu, const struct mmu_access *access,
                       struct mmu_span *span)
{
    const struct segmented *s = as_segmented(mmu);
    const uint64_t selector = segment_selector(&s->layout, access->va);

    if (selector >= segment_count(&s->layout))
        return false;
    *span = span_of(s, (unsigned)selector);
    return true;
}

static bool is_layout(unsigned va_bits, unsigned seg_bits)
{
    return va_bits <= 32 && seg_bits >= 1 &&
           seg_bits <= SEGMENTED_SEG_BITS_MAX && seg_bits < va_bits;
}

static bool seg_check(const struct mmu *mmu)
{
    const struct segmented *s = as_segmented(mmu);

    if (mmu->generation == 0 ||
        !is_layout(s->layout.va_bits, s->layout.seg_bits))
        return false;
    for (unsigned i = 0; i < segment_count(&s->layout); i++)
        if (!segment_check(&s->segments[i], &s->layout))
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
    if (!is_layout(va_bits, seg_bits))
        return -EINVAL;
    *s = (struct segmented){
        .mmu = {.ops = &segmented_ops, .generation = 1},
        .layout = {(uint8_t)va_bits, (uint8_t)seg_bits},
    };
    return 0;
}

int segmented_set(struct segmented *s, unsigned selector,
                  const struct segment *segment, uint32_t phys_size)
{
    assert(s->mmu.ops == &segmented_ops);

    if (selector >= segment_count(&s->layout))
        return -EINVAL;

    const int err = segment_fits(segment, &s->layout, phys_size);
    if (err)
        return err;
    s->segments[selector] = *segment;
    s->mmu.generation++;
    return 0;
}
