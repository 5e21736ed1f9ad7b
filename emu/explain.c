/* emu/explain.c - translations as a person would write them; see explain.h. */
#include "emu/explain.h"

/* ---- numbers ---- */

/* @bits digits of @value, in groups of four from the right. */
static void print_binary(uint64_t value, unsigned bits, FILE *file)
{
    fprintf(file, "0b");
    for (unsigned i = bits; i-- > 0;) {
        fputc(value >> i & 1 ? '1' : '0', file);
        if (i > 0 && i % 4 == 0)
            fputc('_', file);
    }
}

static unsigned bits_of(uint64_t asize)
{
    return asize ? (unsigned)__builtin_ctzll(asize) : 32;
}

static void print_head(const struct mmu_access *access, uint64_t va,
                       unsigned bits, FILE *file)
{
    const unsigned width = va > UINT32_MAX ? 64 : va >> bits ? 32 : bits;

    fprintf(file, "%s of %u byte%s at va %llu = ", mmu_kind_name(access->kind),
            access->size, access->size == 1 ? "" : "s", (unsigned long long)va);
    print_binary(va, width, file);
    fputc('\n', file);
}

static const char *spell(enum mmu_fault fault)
{
    static const char *const texts[MMU_FAULT_COUNT] = {
        [MMU_FAULT_NONE] = "legal",
        [MMU_FAULT_SEGMENT] = "SEGMENTATION VIOLATION: no such segment",
        [MMU_FAULT_ABSENT] = "SEGMENTATION VIOLATION: segment not in memory",
        [MMU_FAULT_BOUNDS] = "SEGMENTATION VIOLATION: out of bounds",
        [MMU_FAULT_PROTECTION] = "SEGMENTATION VIOLATION: not allowed",
    };

    return texts[fault];
}

/* ---- base and bounds ---- */

static void print_outside(uint64_t asize, FILE *file)
{
    fprintf(file,
            "  the address space ends at %llu\n"
            "  SEGMENTATION VIOLATION: no such segment\n",
            (unsigned long long)asize);
}

static void explain_base_bounds(const struct base_bounds *bb,
                                const struct mmu_access *access, FILE *file)
{
    const uint64_t last = (uint64_t)access->va + access->size - 1;
    paddr_t pa;

    if (access->size > 1)
        fprintf(file, "  the last byte is at %u + %u - 1 = %llu\n", access->va,
                access->size, (unsigned long long)last);
    if (mmu_translate(&bb->mmu, access, &pa)) {
        fprintf(file, "  %llu >= bounds %u\n  %s\n", (unsigned long long)last,
                bb->bounds, spell(MMU_FAULT_BOUNDS));
        return;
    }
    fprintf(file,
            "  %llu < bounds %u: legal\n  pa = base + va = %u + %u = %u\n",
            (unsigned long long)last, bb->bounds, bb->base, access->va, pa);
}

/* ---- segments ---- */

static void print_prot(unsigned prot, FILE *file)
{
    fprintf(file, "%c%c%c", prot & MMU_READ ? 'r' : '-',
            prot & MMU_WRITE ? 'w' : '-', prot & MMU_EXEC ? 'x' : '-');
}

void explain_register(const struct segment *segment, unsigned selector,
                      FILE *file)
{
    fprintf(file, "  segment %u: base %u, bounds %u, ", selector, segment->base,
            segment->bounds);
    print_prot(segment->prot, file);
    fprintf(file, ", grows %s\n", segment->grows_down ? "down" : "up");
}

/* Whether it is in bounds, as a comparison. */
static void print_up(const struct segment *segment, uint32_t offset,
                     uint32_t size, FILE *file)
{
    const uint64_t last = (uint64_t)offset + size - 1;

    if (size > 1)
        fprintf(file, "  the last byte has the offset %u + %u - 1 = %llu\n",
                offset, size, (unsigned long long)last);
    fprintf(file, "  %llu %s bounds %u\n", (unsigned long long)last,
            last < segment->bounds ? "<" : ">=", segment->bounds);
}

static void print_down(const struct segment *segment, uint32_t offset,
                       uint32_t size, uint64_t span, FILE *file)
{
    const uint64_t back = span - offset;

    fprintf(file,
            "  it counts back from the end of its %llu addresses: "
            "%u - %llu = -%llu\n",
            (unsigned long long)span, offset, (unsigned long long)span,
            (unsigned long long)back);
    fprintf(file, "  %llu %s bounds %u\n", (unsigned long long)back,
            back <= segment->bounds ? "<=" : ">", segment->bounds);
    if (size > back)
        fprintf(file, "  but only %llu of its %u bytes come before the end\n",
                (unsigned long long)back, size);
}

static void print_verdict(const struct mmu *mmu, const struct segment *segment,
                          uint32_t offset, uint64_t span,
                          const struct mmu_access *access, FILE *file)
{
    paddr_t pa;
    const enum mmu_fault fault = mmu_translate(mmu, access, &pa);

    if (fault == MMU_FAULT_PROTECTION) {
        fprintf(file, "  a %s is not among its rights ",
                mmu_kind_name(access->kind));
        print_prot(segment->prot, file);
        fputc('\n', file);
    }
    if (fault)
        fprintf(file, "  %s\n", spell(fault));
    else if (segment->grows_down)
        fprintf(file, "  legal\n  pa = base - %llu = %u - %llu = %u\n",
                (unsigned long long)(span - offset), segment->base,
                (unsigned long long)(span - offset), pa);
    else
        fprintf(file, "  legal\n  pa = base + offset = %u + %u = %u\n",
                segment->base, offset, pa);
}

static const struct segment_layout *layout_of(const union os_mmu *mmu)
{
    if (mmu->mmu.ops == &segmented_ops)
        return &mmu->segmented.layout;
    if (mmu->mmu.ops == &implicit_ops)
        return &mmu->implicit.layout;
    return mmu->mmu.ops == &segment_table_ops ? &mmu->table.layout : NULL;
}

/* How the segment is found; its number. */
static unsigned print_selection(const union os_mmu *mmu,
                                const struct mmu_access *access, FILE *file)
{
    const struct segment_layout *layout = layout_of(mmu);
    const unsigned shift = segment_shift(layout);
    const unsigned selector = (unsigned)segment_selector(layout, access->va);
    const uint64_t offset = access->va & (segment_span_size(layout) - 1);

    if (mmu->mmu.ops == &implicit_ops) {
        const enum implicit_segment used = implicit_select(access);

        fprintf(file, "  used as %s: segment %u, offset %u\n",
                implicit_name(used), used, access->va);
        return used;
    }
    fprintf(file, "  selector ");
    print_binary(selector, layout->seg_bits, file);
    fprintf(file, " = %u, offset ", selector);
    print_binary(offset, shift, file);
    fprintf(file, " = %u\n", (unsigned)offset);
    return selector;
}

/* Of a table that has it. */
static struct segment print_descriptor(const struct segment_table *t,
                                       unsigned selector, FILE *file)
{
    fprintf(file, "  its descriptor is at pa %u + %u * %u = %u\n", t->base,
            DESCRIPTOR_SIZE, selector, t->base + DESCRIPTOR_SIZE * selector);
    return segment_table_effective(t, selector);
}

/* ---- what it costs to find a descriptor ---- */

static void print_walk(const struct associative_walk *walk, FILE *file)
{
    const unsigned count = (unsigned)walk->read + walk->noted;

    if (walk->read)
        fprintf(file, "  miss: its 12 bytes at pa %u are read\n",
                walk->descriptor);
    else
        fprintf(file, "  hit: a copy of the descriptor is at hand\n");
    if (walk->noted)
        fprintf(file, "  the use is noted: 4 bytes at pa %u are written\n",
                walk->descriptor + 8);
    fprintf(file, "  memory accesses to translate: %u\n", count);
}

/* Through the copies, as the hardware does, so that the next one finds them. */
static void explain_copies(struct associative *am,
                           const struct segment_table *table,
                           const struct mmu_access *access, FILE *file)
{
    struct associative_walk walk;
    paddr_t pa;

    if (associative_translate(am, table, access, &pa, &walk) !=
        MMU_FAULT_SEGMENT)
        print_walk(&walk, file);
}

static void explain_segments(const union os_mmu *mmu,
                             const struct mmu_access *access, FILE *file)
{
    const struct segment_layout *layout = layout_of(mmu);
    const uint64_t span = segment_span_size(layout);
    const uint32_t offset = (uint32_t)(access->va & (span - 1));
    struct segment segment;

    if (segment_selector(layout, access->va) >> layout->seg_bits) {
        print_outside(UINT64_C(1) << layout->va_bits, file);
        return;
    }

    const unsigned number = print_selection(mmu, access, file);
    if (mmu->mmu.ops == &segment_table_ops && number >= mmu->table.count) {
        fprintf(file, "  the table has %u descriptors\n  %s\n",
                mmu->table.count, spell(MMU_FAULT_SEGMENT));
        return;
    }
    segment = mmu->mmu.ops == &segment_table_ops
                  ? print_descriptor(&mmu->table, number, file)
              : mmu->mmu.ops == &implicit_ops ? mmu->implicit.segments[number]
                                              : mmu->segmented.segments[number];
    explain_register(&segment, number, file);
    if (segment.absent)
        fprintf(file, "  it is not present\n");
    else if (segment.grows_down)
        print_down(&segment, offset, access->size, span, file);
    else
        print_up(&segment, offset, access->size, file);
    print_verdict(&mmu->mmu, &segment, offset, span, access, file);
}

void explain_access(const union os_mmu *mmu, uint64_t asize,
                    struct associative *am, const struct mmu_access *access,
                    FILE *file)
{
    const struct segment_layout *layout = layout_of(mmu);

    print_head(access, access->va, layout ? layout->va_bits : bits_of(asize),
               file);
    if (layout)
        explain_segments(mmu, access, file);
    else
        explain_base_bounds(&mmu->bb, access, file);
    if (am && mmu->mmu.ops == &segment_table_ops)
        explain_copies(am, &mmu->table, access, file);
}

void explain_outside(uint64_t asize, uint64_t va,
                     const struct mmu_access *access, FILE *file)
{
    print_head(access, va, bits_of(asize), file);
    print_outside(UINT64_C(1) << bits_of(asize), file);
}
