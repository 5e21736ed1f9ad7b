/*
 * mmu/segment_table.c - segments described in memory; see segment_table.h.
 *
 * Decisions of the model:
 * - translate() reads the descriptor in memory each time, so it is never stale.
 *   What an associative memory would save is for those who count cycles.
 * - A present descriptor that reaches outside of physical memory has bounds 0:
 *   no program may get there, whatever wrote it.
 */
#include "mmu/segment_table.h"

#include <assert.h>
#include <errno.h>

#define FLAG_GROWS_DOWN (1u << 3)
#define FLAG_PRESENT    (1u << 4)
#define FLAG_ACCESSED   (1u << 5)
#define FLAG_MODIFIED   (1u << 6)

static const struct segment_table *as_table(const struct mmu *mmu)
{
    return (const struct segment_table *)mmu; /* first member */
}

static paddr_t address_of(const struct segment_table *t, unsigned selector)
{
    return t->base + selector * DESCRIPTOR_SIZE;
}

static struct segment read_segment(const struct segment_table *t,
                                   unsigned selector)
{
    const paddr_t at = address_of(t, selector);
    const uint32_t flags = phys_read32(t->phys, at + 8);

    return (struct segment){
        .base = phys_read32(t->phys, at),
        .bounds = phys_read32(t->phys, at + 4),
        .prot = (enum mmu_prot)(flags & MMU_RWX),
        .grows_down = flags & FLAG_GROWS_DOWN,
        .absent = !(flags & FLAG_PRESENT),
    };
}

struct segment segment_table_effective(const struct segment_table *t,
                                       unsigned selector)
{
    assert(selector < t->count);

    struct segment segment = read_segment(t, selector);

    if (segment_fits(&segment, &t->layout, t->phys->size))
        segment.bounds = 0;
    return segment;
}

static enum mmu_fault table_translate(const struct mmu *mmu,
                                      const struct mmu_access *access,
                                      paddr_t *pa)
{
    const struct segment_table *t = as_table(mmu);
    const uint64_t selector = segment_selector(&t->layout, access->va);

    if (selector >= t->count)
        return MMU_FAULT_SEGMENT;

    const struct segment segment =
        segment_table_effective(t, (unsigned)selector);
    return segment_translate(&segment, &t->layout, access, pa);
}

static struct mmu_span span_of(const struct segment_table *t, unsigned selector,
                               const struct segment *segment)
{
    const uint32_t flags = phys_read32(t->phys, address_of(t, selector) + 8);
    struct mmu_span span = segment_span(segment, &t->layout, selector, NULL);

    span.noted = (flags & FLAG_ACCESSED ? MMU_READ | MMU_EXEC : 0u) |
                 (flags & FLAG_MODIFIED ? (unsigned)MMU_WRITE : 0u);
    return span;
}

static bool table_span(const struct mmu *mmu, unsigned from,
                       struct mmu_span *span)
{
    const struct segment_table *t = as_table(mmu);

    for (unsigned i = from; i < t->count; i++) {
        const struct segment segment = segment_table_effective(t, i);

        if (segment.bounds == 0 || segment.absent)
            continue;
        *span = span_of(t, i, &segment);
        return true;
    }
    return false;
}

static bool table_locate(const struct mmu *mmu, const struct mmu_access *access,
                         struct mmu_span *span)
{
    const struct segment_table *t = as_table(mmu);
    const uint64_t selector = segment_selector(&t->layout, access->va);

    if (selector >= t->count)
        return false;

    const struct segment segment =
        segment_table_effective(t, (unsigned)selector);
    *span = span_of(t, (unsigned)selector, &segment);
    return true;
}

static void table_touch(const struct mmu *mmu, vaddr_t va, enum mmu_prot kind)
{
    const struct segment_table *t = as_table(mmu);
    const uint64_t selector = segment_selector(&t->layout, va);

    if (selector >= t->count)
        return;

    const paddr_t at = address_of(t, (unsigned)selector) + 8;
    const uint32_t flags = phys_read32(t->phys, at);
    const uint32_t noted =
        flags | FLAG_ACCESSED | (kind == MMU_WRITE ? FLAG_MODIFIED : 0);

    if (noted != flags)
        phys_write32(t->phys, at, noted);
}

static bool is_layout(unsigned va_bits, unsigned seg_bits)
{
    return va_bits <= 32 && seg_bits >= 1 &&
           seg_bits <= SEGMENT_TABLE_SEG_BITS_MAX && seg_bits < va_bits;
}

static bool holds_table(const struct segment_table *t)
{
    return t->count <= segment_count(&t->layout) &&
           phys_holds(t->phys, t->base, t->count * DESCRIPTOR_SIZE);
}

static bool table_check(const struct mmu *mmu)
{
    const struct segment_table *t = as_table(mmu);

    if (mmu->generation == 0 || !t->phys ||
        !is_layout(t->layout.va_bits, t->layout.seg_bits) || !holds_table(t))
        return false;
    for (unsigned i = 0; i < t->count; i++) {
        const struct segment segment = read_segment(t, i);

        if (segment_fits(&segment, &t->layout, t->phys->size))
            return false;
    }
    return true;
}

const struct mmu_ops segment_table_ops = {
    .name = "table",
    .translate = table_translate,
    .span = table_span,
    .locate = table_locate,
    .touch = table_touch,
    .check = table_check,
};

int segment_table_init(struct segment_table *t, struct phys *phys,
                       unsigned va_bits, unsigned seg_bits)
{
    if (!is_layout(va_bits, seg_bits))
        return -EINVAL;
    *t = (struct segment_table){
        .mmu = {.ops = &segment_table_ops, .generation = 1},
        .layout = {(uint8_t)va_bits, (uint8_t)seg_bits},
        .phys = phys,
    };
    return 0;
}

int segment_table_set(struct segment_table *t, paddr_t base, uint32_t count)
{
    assert(t->mmu.ops == &segment_table_ops);

    if (count > segment_count(&t->layout))
        return -EINVAL;
    if (!phys_holds(t->phys, base, count * DESCRIPTOR_SIZE))
        return -EFAULT;
    t->base = base;
    t->count = count;
    t->mmu.generation++;
    return 0;
}

struct descriptor segment_table_get(const struct segment_table *t,
                                    unsigned selector)
{
    assert(selector < t->count);

    const paddr_t at = address_of(t, selector);
    const uint32_t flags = phys_read32(t->phys, at + 8);

    return (struct descriptor){
        .segment = read_segment(t, selector),
        .accessed = flags & FLAG_ACCESSED,
        .modified = flags & FLAG_MODIFIED,
        .os = phys_read32(t->phys, at + 12),
    };
}

static uint32_t flags_of(const struct descriptor *d)
{
    return (d->segment.prot & MMU_RWX) |
           (d->segment.grows_down ? FLAG_GROWS_DOWN : 0) |
           (d->segment.absent ? 0 : FLAG_PRESENT) |
           (d->accessed ? FLAG_ACCESSED : 0) |
           (d->modified ? FLAG_MODIFIED : 0);
}

int segment_table_put(struct segment_table *t, unsigned selector,
                      const struct descriptor *descriptor)
{
    const struct segment *segment = &descriptor->segment;

    if (selector >= t->count)
        return -EINVAL;

    const int err = segment_fits(segment, &t->layout, t->phys->size);
    if (err)
        return err;

    const paddr_t at = address_of(t, selector);
    phys_write32(t->phys, at, segment->base);
    phys_write32(t->phys, at + 4, segment->bounds);
    phys_write32(t->phys, at + 8, flags_of(descriptor));
    phys_write32(t->phys, at + 12, descriptor->os);
    t->mmu.generation++;
    return 0;
}
