/* emu/mmu_options.c - MMU registers from a command line; see mmu_options.h. */
#include "emu/mmu_options.h"

#include <errno.h>
#include <string.h>

#define SEG_BITS_DEFAULT 2u
#define ASIZE_MAX        (UINT64_C(1) << 32)

/* ---- one option ---- */

static bool take_u32(const struct cli_command *command, const char *name,
                     const char *text, uint64_t min, uint64_t max,
                     uint32_t *out)
{
    uint64_t value;

    if (!cli_size_value(command, name, text, min, max, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool take_scheme(struct mmu_options *options,
                        const struct cli_command *command, const char *value)
{
    static const char *const names[] = {"base-bounds", "segmented"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(value, names[i]) == 0) {
            options->scheme = names[i];
            return true;
        }
    }
    cli_complain(command, "--mmu %s: there is base-bounds and segmented",
                 value);
    return false;
}

static bool take_asize(struct mmu_options *options,
                       const struct cli_command *command, const char *value)
{
    if (!cli_size_value(command, "asize", value, 2, ASIZE_MAX, &options->asize))
        return false;
    if ((options->asize & (options->asize - 1)) == 0)
        return true;
    cli_complain(command, "--asize %s: no power of two", value);
    return false;
}

/* "rw" as rights; false when a letter is none of r, w and x, or comes twice. */
static bool read_prot(const char *text, enum mmu_prot *out)
{
    static const char letters[] = "rwx";
    unsigned prot = 0;

    for (; *text; text++) {
        const char *letter = strchr(letters, *text);
        const unsigned right = letter ? 1u << (letter - letters) : 0;

        if (!right || prot & right)
            return false;
        prot |= right;
    }
    *out = (enum mmu_prot)prot;
    return true;
}

static bool read_u32(const char *text, uint32_t *out)
{
    uint64_t value;

    if (cli_parse_size(text, &value) || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool read_growth(const char *text, bool *down)
{
    *down = strcmp(text, "down") == 0;
    return *down || strcmp(text, "up") == 0;
}

/* One "base=28k". */
static bool read_field(char *field, struct segment *segment)
{
    char *value = strchr(field, '=');

    if (!value)
        return false;
    *value++ = '\0';
    if (strcmp(field, "base") == 0)
        return read_u32(value, &segment->base);
    if (strcmp(field, "bounds") == 0)
        return read_u32(value, &segment->bounds);
    if (strcmp(field, "prot") == 0)
        return read_prot(value, &segment->prot);
    return strcmp(field, "grow") == 0 &&
           read_growth(value, &segment->grows_down);
}

static bool read_fields(const struct cli_command *command, const char *option,
                        const char *fields, struct segment *segment)
{
    char copy[128];

    while (*fields) {
        const size_t length = strcspn(fields, ",");
        const size_t kept = length < sizeof(copy) ? length : sizeof(copy) - 1;

        memcpy(copy, fields, kept);
        copy[kept] = '\0';
        if (!read_field(copy, segment)) {
            cli_complain(command,
                         "--seg %s: '%.*s' is none of base=ADDR, bounds=SIZE, "
                         "prot=[r][w][x] and grow=up|down",
                         option, (int)length, fields);
            return false;
        }
        fields += length;
        fields += *fields == ',';
    }
    return true;
}

static bool take_segment(struct mmu_options *options,
                         const struct cli_command *command, const char *value)
{
    struct segment segment = {.prot = MMU_RWX};
    const char *colon = strchr(value, ':');
    char number[8] = "";
    uint64_t selector;

    if (colon && (size_t)(colon - value) < sizeof(number))
        memcpy(number, value, (size_t)(colon - value));
    if (!colon || cli_parse_size(number, &selector) ||
        selector >= SEGMENTED_REGISTERS) {
        cli_complain(command,
                     "--seg %s: want N:base=ADDR,bounds=SIZE with N from 0 to "
                     "%u",
                     value, SEGMENTED_REGISTERS - 1);
        return false;
    }
    if (options->given[selector]) {
        cli_complain(command, "--seg %s: segment %u is given twice", value,
                     (unsigned)selector);
        return false;
    }
    if (!read_fields(command, value, colon + 1, &segment))
        return false;
    options->segments[selector] = segment;
    options->given[selector] = true;
    return true;
}

bool mmu_options_take(struct mmu_options *options,
                      const struct cli_command *command, const char *name,
                      const char *value)
{
    if (strcmp(name, "mmu") == 0)
        return take_scheme(options, command, value);
    if (strcmp(name, "asize") == 0)
        return take_asize(options, command, value);
    if (strcmp(name, "phys") == 0)
        return take_u32(command, name, value, 1, PHYS_SIZE_MAX,
                        &options->phys_size);
    options->base_given |= strcmp(name, "base") == 0;
    options->bounds_given |= strcmp(name, "bounds") == 0;
    if (strcmp(name, "base") == 0)
        return take_u32(command, name, value, 0, UINT32_MAX, &options->base);
    if (strcmp(name, "bounds") == 0)
        return take_u32(command, name, value, 0, UINT32_MAX, &options->bounds);
    if (strcmp(name, "seg-bits") == 0)
        return take_u32(command, name, value, 1, SEGMENTED_SEG_BITS_MAX,
                        &options->seg_bits);
    if (strcmp(name, "seg") == 0)
        return take_segment(options, command, value);
    options->overlap = true;
    return true;
}

/* ---- all of them ---- */

static bool build_base_bounds(const struct mmu_options *o,
                              const struct cli_command *command,
                              union os_mmu *out)
{
    base_bounds_init(&out->bb);
    if (o->asize && o->bounds > o->asize)
        cli_complain(command,
                     "--bounds %u: larger than the address space of %llu bytes",
                     o->bounds, (unsigned long long)o->asize);
    else if (base_bounds_set(&out->bb, o->base, o->bounds, o->phys_size))
        cli_complain(command,
                     "--base %u: with bounds %u it runs past the end of "
                     "physical memory (%u bytes)",
                     o->base, o->bounds, o->phys_size);
    else
        return true;
    return false;
}

static bool set_segment(const struct mmu_options *o,
                        const struct cli_command *command, unsigned i,
                        struct segmented *s)
{
    const struct segment *segment = &o->segments[i];

    switch (segmented_set(s, i, segment, o->phys_size)) {
    case 0:
        return true;
    case -EINVAL:
        cli_complain(command, "--seg %u: %u bits select segments 0 to %u", i,
                     s->layout.seg_bits, (1u << s->layout.seg_bits) - 1);
        return false;
    case -ERANGE:
        cli_complain(command,
                     "--seg %u: bounds %u are more than the %llu addresses "
                     "that a segment has",
                     i, segment->bounds,
                     1ull << (s->layout.va_bits - s->layout.seg_bits));
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

static bool overlaps(const struct mmu_span *a, const struct mmu_span *b)
{
    return a->base < (uint64_t)b->base + b->bounds &&
           b->base < (uint64_t)a->base + a->bounds;
}

static bool check_overlap(const struct cli_command *command,
                          const struct segmented *s)
{
    const struct mmu_ops *ops = s->mmu.ops;
    struct mmu_span a, b;

    for (unsigned i = 0; ops->span(&s->mmu, i, &a); i++) {
        for (unsigned k = 0; k < i && ops->span(&s->mmu, k, &b); k++) {
            if (!overlaps(&a, &b))
                continue;
            cli_complain(command,
                         "--seg %u and --seg %u overlap in physical memory "
                         "(--overlap allows it)",
                         b.segment, a.segment);
            return false;
        }
    }
    return true;
}

static bool build_segmented(const struct mmu_options *o,
                            const struct cli_command *command,
                            union os_mmu *out)
{
    const uint64_t asize = o->asize ? o->asize : ASIZE_MAX;
    const unsigned va_bits = (unsigned)__builtin_ctzll(asize);
    const unsigned seg_bits = o->seg_bits ? o->seg_bits : SEG_BITS_DEFAULT;

    if (segmented_init(&out->segmented, va_bits, seg_bits)) {
        cli_complain(command,
                     "--seg-bits %u: an address of %u bits would have no bit "
                     "left for the offset",
                     seg_bits, va_bits);
        return false;
    }
    for (unsigned i = 0; i < SEGMENTED_REGISTERS; i++)
        if (o->given[i] && !set_segment(o, command, i, &out->segmented))
            return false;
    return o->overlap || check_overlap(command, &out->segmented);
}

/* An option that the scheme has no use for is a mistake. */
static bool check_useful(const struct mmu_options *o,
                         const struct cli_command *command)
{
    const bool segmented = strcmp(o->scheme, "segmented") == 0;
    const char *useless = NULL;

    if (segmented && o->base_given)
        useless = "base";
    else if (segmented && o->bounds_given)
        useless = "bounds";
    else if (!segmented && o->seg_bits)
        useless = "seg-bits";
    for (unsigned i = 0; !segmented && i < SEGMENTED_REGISTERS; i++)
        if (o->given[i])
            useless = "seg";
    if (!useless)
        return true;
    cli_complain(command, "--%s means nothing under --mmu %s", useless,
                 o->scheme);
    return false;
}

bool mmu_options_build(const struct mmu_options *options,
                       const struct cli_command *command, union os_mmu *out)
{
    if (!check_useful(options, command))
        return false;
    if (strcmp(options->scheme, "segmented") == 0)
        return build_segmented(options, command, out);
    return build_base_bounds(options, command, out);
}
