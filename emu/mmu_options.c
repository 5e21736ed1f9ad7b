/* emu/mmu_options.c - MMU registers from a command line; see mmu_options.h. */
#include "emu/mmu_options.h"

#include <string.h>

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

static const struct mmu_scheme schemes[] = {
    {"base-bounds", MMU_GIVEN_BASE | MMU_GIVEN_BOUNDS, 0},
    {"segmented", MMU_GIVEN_SEG_BITS | MMU_GIVEN_SEG, SEGMENTED_SEG_BITS_MAX},
    {"implicit", MMU_GIVEN_SEG, 0},
    {"table",
     MMU_GIVEN_SEG_BITS | MMU_GIVEN_SEG | MMU_GIVEN_TABLE |
         MMU_GIVEN_ASSOCIATIVE,
     SEGMENT_TABLE_SEG_BITS_MAX},
};

#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

const struct mmu_scheme *mmu_scheme_find(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++)
        if (strcmp(name, schemes[i].name) == 0)
            return &schemes[i];
    return NULL;
}

static bool take_scheme(struct mmu_options *options,
                        const struct cli_command *command, const char *value)
{
    const struct mmu_scheme *scheme = mmu_scheme_find(value);

    if (scheme) {
        options->scheme = scheme->name;
        return true;
    }
    cli_complain(
        command,
        "--mmu %s: there is base-bounds, segmented, implicit and table", value);
    return false;
}

static bool take_asize(struct mmu_options *options,
                       const struct cli_command *command, const char *value)
{
    if (!cli_size_value(command, "asize", value, 2, MMU_ASIZE_MAX,
                        &options->asize))
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

/* One of two words; *@out is whether it is @yes. */
static bool read_choice(const char *text, const char *yes, const char *no,
                        bool *out)
{
    *out = strcmp(text, yes) == 0;
    return *out || strcmp(text, no) == 0;
}

enum field { BASE, BOUNDS, PROT, GROW, PRESENT, FIELDS };

static const char *const field_names[FIELDS] = {
    [BASE] = "base", [BOUNDS] = "bounds",   [PROT] = "prot",
    [GROW] = "grow", [PRESENT] = "present",
};

/* Which one "base=28k" is, or FIELDS. */
static enum field find_field(const char *text, size_t length)
{
    const char *equals = memchr(text, '=', length);
    const size_t name = equals ? (size_t)(equals - text) : length;
    unsigned field = 0;

    while (field < FIELDS && (strlen(field_names[field]) != name ||
                              memcmp(field_names[field], text, name) != 0))
        field++;
    return equals ? (enum field)field : FIELDS;
}

static bool read_value(enum field field, const char *value,
                       struct segment *segment)
{
    switch (field) {
    case BASE:
        return read_u32(value, &segment->base);
    case BOUNDS:
        return read_u32(value, &segment->bounds);
    case PROT:
        return read_prot(value, &segment->prot);
    case GROW:
        return read_choice(value, "down", "up", &segment->grows_down);
    case PRESENT:
        return read_choice(value, "no", "yes", &segment->absent);
    case FIELDS:
        break;
    }
    return false;
}

/* One "base=28k" of @length bytes. */
static bool read_field(const char *text, size_t length, enum field field,
                       struct segment *segment)
{
    char value[64];
    const size_t name = field < FIELDS ? strlen(field_names[field]) + 1 : 0;

    if (field == FIELDS || length - name >= sizeof(value))
        return false;
    memcpy(value, text + name, length - name);
    value[length - name] = '\0';
    return read_value(field, value, segment);
}

/* A comma stands between fields: what follows one is a field. */
static bool read_fields(const struct cli_command *command, const char *option,
                        const char *fields, struct segment *segment)
{
    unsigned seen = 0;

    for (const char *at = fields;; at++) {
        const size_t length = strcspn(at, ",");
        const enum field field = find_field(at, length);

        if (!read_field(at, length, field, segment)) {
            cli_complain(command,
                         "--seg %s: '%.*s' is none of base=ADDR, bounds=SIZE, "
                         "prot=[r][w][x], grow=up|down and present=yes|no",
                         option, (int)length, at);
            return false;
        }
        if (seen & 1u << field) {
            cli_complain(command, "--seg %s: %s is given twice", option,
                         field_names[field]);
            return false;
        }
        seen |= 1u << field;
        at += length;
        if (!*at)
            return true;
    }
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
        selector >= SEGMENT_TABLE_MAX) {
        cli_complain(command,
                     "--seg %s: want N:base=ADDR,bounds=SIZE with N from 0 to "
                     "%u",
                     value, SEGMENT_TABLE_MAX - 1);
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
    options->seen |= MMU_GIVEN_SEG;
    return true;
}

bool mmu_options_take(struct mmu_options *options,
                      const struct cli_command *command, const char *name,
                      const char *value)
{
    const struct {
        const char *name;
        uint64_t min, max;
        uint32_t *out;
        unsigned seen;
    } numbers[] = {
        {"phys", 1, PHYS_SIZE_MAX, &options->phys_size, MMU_GIVEN_PHYS},
        {"base", 0, UINT32_MAX, &options->base, MMU_GIVEN_BASE},
        {"bounds", 0, UINT32_MAX, &options->bounds, MMU_GIVEN_BOUNDS},
        {"seg-bits", 1, SEGMENT_TABLE_SEG_BITS_MAX, &options->seg_bits,
         MMU_GIVEN_SEG_BITS},
        {"table", 0, UINT32_MAX, &options->table, MMU_GIVEN_TABLE},
        {"associative", 0, ASSOCIATIVE_MAX, &options->associative,
         MMU_GIVEN_ASSOCIATIVE},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(name, numbers[i].name) != 0)
            continue;
        options->seen |= numbers[i].seen;
        return take_u32(command, name, value, numbers[i].min, numbers[i].max,
                        numbers[i].out);
    }
    if (strcmp(name, "mmu") == 0)
        return take_scheme(options, command, value);
    if (strcmp(name, "asize") == 0)
        return take_asize(options, command, value);
    if (strcmp(name, "seg") == 0)
        return take_segment(options, command, value);
    options->overlap = true;
    return true;
}
