/*
 * emu/mmu_build.c - the machine that options ask for; see mmu_options.h.
 *
 * Decisions:
 * - A table has a descriptor for each selector up to the highest one given:
 *   the rest is past its end.
 * - Without --table it lies as high in memory as no segment is in its way.
 */
#include <errno.h>
#include <string.h>

#include "emu/mmu_options.h"

#define SEG_BITS_DEFAULT 2u

/* How addresses select segments, and how many there are. */
struct shape {
    struct segment_layout layout;
    unsigned count;
};

static struct shape shape_of(const struct mmu_options *o)
{
    const uint64_t asize = o->asize ? o->asize : MMU_ASIZE_MAX;
    const uint8_t va_bits = (uint8_t)__builtin_ctzll(asize);
    const uint32_t seg_bits = o->seg_bits ? o->seg_bits : SEG_BITS_DEFAULT;

    if (mmu_scheme_find(o->scheme)->seg_bits_max == 0)
        return (struct shape){{va_bits, 0}, IMPLICIT_REGISTERS};
    return (struct shape){{va_bits, (uint8_t)seg_bits}, 1u << seg_bits};
}

/* ---- one segment ---- */

static void complain_of_selector(const struct mmu_options *o,
                                 const struct cli_command *command, unsigned i)
{
    const struct shape shape = shape_of(o);

    if (shape.layout.seg_bits)
        cli_complain(command, "--seg %u: %u bits select segments 0 to %u", i,
                     shape.layout.seg_bits, shape.count - 1);
    else
        cli_complain(command,
                     "--seg %u: under --mmu %s 0 is code, 1 data and 2 stack",
                     i, o->scheme);
}

/* False after saying why the segment cannot be. */
static bool check_segment(const struct mmu_options *o,
                          const struct cli_command *command, unsigned i)
{
    const struct segment *segment = &o->segments[i];
    const struct shape shape = shape_of(o);

    if (i >= shape.count) {
        complain_of_selector(o, command, i);
        return false;
    }
    switch (segment_fits(segment, &shape.layout, o->phys_size)) {
    case 0:
        return true;
    case -ERANGE:
        cli_complain(command,
                     "--seg %u: bounds %u are more than the %llu addresses "
                     "that a segment has",
                     i, segment->bounds,
                     (unsigned long long)segment_span_size(&shape.layout));
        return false;
    default:
        cli_complain(command,
                     "--seg %u: base %u with bounds %u%s is not inside "
                     "physical memory (%u bytes)",
                     i, segment->base, segment->bounds,
                     segment->grows_down ? ", growing down," : "",
                     o->phys_size);
        return false;
    }
}

/* ---- what may not overlap ---- */

/* Bytes of physical memory. Segments that are not there have none. */
struct block {
    uint64_t base, size;
};

static struct block block_of(const struct mmu_options *o, unsigned i)
{
    const struct segment *segment = &o->segments[i];

    if (!o->given[i] || segment->absent)
        return (struct block){0, 0};
    return (struct block){segment->grows_down ? segment->base - segment->bounds
                                              : segment->base,
                          segment->bounds};
}

static bool overlap(struct block a, struct block b)
{
    return a.size > 0 && b.size > 0 && a.base < b.base + b.size &&
           b.base < a.base + a.size;
}

/* The first segment in the way of @block, or SEGMENT_TABLE_MAX. */
static unsigned in_the_way(const struct mmu_options *o, struct block block,
                           unsigned below)
{
    for (unsigned i = 0; i < below; i++)
        if (overlap(block, block_of(o, i)))
            return i;
    return SEGMENT_TABLE_MAX;
}

static bool check_overlap(const struct mmu_options *o,
                          const struct cli_command *command)
{
    for (unsigned i = 0; !o->overlap && i < SEGMENT_TABLE_MAX; i++) {
        const unsigned other =
            o->given[i] ? in_the_way(o, block_of(o, i), i) : SEGMENT_TABLE_MAX;

        if (other == SEGMENT_TABLE_MAX)
            continue;
        cli_complain(command,
                     "--seg %u and --seg %u overlap in physical memory "
                     "(--overlap allows it)",
                     other, i);
        return false;
    }
    return true;
}

/* ---- one scheme ---- */

static bool build_base_bounds(const struct mmu_options *o,
                              const struct cli_command *command,
                              struct base_bounds *bb)
{
    base_bounds_init(bb);
    if (o->asize && o->bounds > o->asize)
        cli_complain(command,
                     "--bounds %u: larger than the address space of %llu bytes",
                     o->bounds, (unsigned long long)o->asize);
    else if (base_bounds_set(bb, o->base, o->bounds, o->phys_size))
        cli_complain(command,
                     "--base %u: with bounds %u it runs past the end of "
                     "physical memory (%u bytes)",
                     o->base, o->bounds, o->phys_size);
    else
        return true;
    return false;
}

static bool check_seg_bits(const struct mmu_options *o,
                           const struct cli_command *command)
{
    const struct segment_layout layout = shape_of(o).layout;
    const unsigned most = mmu_scheme_find(o->scheme)->seg_bits_max;

    if (layout.seg_bits >= layout.va_bits)
        cli_complain(command,
                     "--seg-bits %u: an address of %u bits would have no bit "
                     "left for the offset",
                     layout.seg_bits, layout.va_bits);
    else if (layout.seg_bits > most)
        cli_complain(command, "--seg-bits %u: --mmu %s has at most %u",
                     layout.seg_bits, o->scheme, most);
    else
        return true;
    return false;
}

static bool check_segments(const struct mmu_options *o,
                           const struct cli_command *command)
{
    if (!check_seg_bits(o, command))
        return false;
    for (unsigned i = 0; i < SEGMENT_TABLE_MAX; i++)
        if (o->given[i] && !check_segment(o, command, i))
            return false;
    return check_overlap(o, command);
}

static void build_segmented(const struct mmu_options *o, struct segmented *s)
{
    const struct segment_layout layout = shape_of(o).layout;

    (void)segmented_init(s, layout.va_bits, layout.seg_bits);
    for (unsigned i = 0; i < SEGMENTED_REGISTERS; i++)
        if (o->given[i])
            (void)segmented_set(s, i, &o->segments[i], o->phys_size);
}

static void build_implicit(const struct mmu_options *o, struct implicit *s)
{
    (void)implicit_init(s, shape_of(o).layout.va_bits);
    for (unsigned i = 0; i < IMPLICIT_REGISTERS; i++)
        if (o->given[i])
            (void)implicit_set(s, i, &o->segments[i], o->phys_size);
}

/* ---- a table ---- */

static uint32_t table_count(const struct mmu_options *o)
{
    for (unsigned i = SEGMENT_TABLE_MAX; i > 0; i--)
        if (o->given[i - 1])
            return i;
    return 0;
}

/* The highest place for @size bytes that is free; false: there is none. */
static bool find_place(const struct mmu_options *o, uint32_t size, paddr_t *out)
{
    struct block block = {o->phys_size, size};
    unsigned other = SEGMENT_TABLE_MAX;

    do {
        if (other < SEGMENT_TABLE_MAX)
            block.base = block_of(o, other).base;
        if (block.base < size)
            return false;
        block.base -= size;
        other = in_the_way(o, block, SEGMENT_TABLE_MAX);
    } while (other < SEGMENT_TABLE_MAX);
    *out = (paddr_t)block.base;
    return true;
}

static bool place_table(const struct mmu_options *o,
                        const struct cli_command *command, uint32_t count,
                        paddr_t *at)
{
    const uint32_t size = count * DESCRIPTOR_SIZE;
    unsigned other;

    *at = o->table;
    if (!(o->seen & MMU_GIVEN_TABLE)) {
        if (find_place(o, size, at))
            return true;
        cli_complain(command,
                     "--mmu table: the segments leave no %u bytes of physical "
                     "memory for the table",
                     size);
        return false;
    }
    other = in_the_way(o, (struct block){*at, size}, SEGMENT_TABLE_MAX);
    if (other == SEGMENT_TABLE_MAX || o->overlap)
        return true;
    cli_complain(command,
                 "--table %u: its %u bytes overlap --seg %u in physical memory "
                 "(--overlap allows it)",
                 *at, size, other);
    return false;
}

static bool fill_table(const struct mmu_options *o,
                       const struct cli_command *command,
                       struct mmu_machine *out)
{
    const struct segment_layout layout = shape_of(o).layout;
    struct segment_table *t = &out->mmu.table;
    const uint32_t count = table_count(o);
    paddr_t at;

    (void)segment_table_init(t, out->phys, layout.va_bits, layout.seg_bits);
    if (!place_table(o, command, count, &at))
        return false;
    if (segment_table_set(t, at, count)) {
        cli_complain(command,
                     "--table %u: its %u bytes are not inside physical memory "
                     "(%u bytes)",
                     at, count * DESCRIPTOR_SIZE, o->phys_size);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        const struct descriptor d = {.segment = o->segments[i]};

        (void)segment_table_put(t, i, &d); /* not given: bounds 0 */
    }
    return true;
}

static bool build_table(const struct mmu_options *o,
                        const struct cli_command *command,
                        struct mmu_machine *out)
{
    const int err = phys_create(&out->phys, o->phys_size);

    if (err == -EINVAL)
        cli_complain(command,
                     "--phys %u: memory that holds a table has at least %u "
                     "bytes",
                     o->phys_size, PHYS_SIZE_MIN);
    else if (err)
        cli_complain(command, "physical memory: %s", strerror(-err));
    else if (fill_table(o, command, out))
        return true;
    mmu_machine_clear(out);
    return false;
}

/* ---- all of them ---- */

/* An option that the scheme has no use for is a mistake. */
static bool check_useful(const struct mmu_options *o,
                         const struct cli_command *command)
{
    static const char *const names[] = {"base", "bounds", "seg-bits",
                                        "seg",  "table",  "associative"};
    const unsigned useless =
        o->seen & ~(mmu_scheme_find(o->scheme)->useful | MMU_GIVEN_PHYS);

    if (!useless)
        return true;
    cli_complain(command, "--%s means nothing under --mmu %s",
                 names[__builtin_ctz(useless)], o->scheme);
    return false;
}

bool mmu_options_build(const struct mmu_options *options,
                       const struct cli_command *command,
                       struct mmu_machine *out)
{
    *out = (struct mmu_machine){0};
    if (!check_useful(options, command))
        return false;
    if (strcmp(options->scheme, "base-bounds") == 0)
        return build_base_bounds(options, command, &out->mmu.bb);
    if (!check_segments(options, command))
        return false;
    if (strcmp(options->scheme, "table") == 0)
        return build_table(options, command, out);
    if (strcmp(options->scheme, "implicit") == 0)
        build_implicit(options, &out->mmu.implicit);
    else
        build_segmented(options, &out->mmu.segmented);
    return true;
}

void mmu_machine_clear(struct mmu_machine *machine)
{
    phys_destroy(machine->phys);
    machine->phys = NULL;
}
