/*
 * emu/mmu_options.h - MMU registers from a command line, for subcommands that
 * have no operating system to write them.
 *
 * Layer: emu/.
 */
#ifndef EMU_MMU_OPTIONS_H
#define EMU_MMU_OPTIONS_H

#include "emu/cli.h"
#include "mmu/associative.h"
#include "os/os.h"

#define MMU_ASIZE_MAX (UINT64_C(1) << 32)

/* Options that only some schemes have a use for. */
enum mmu_given {
    MMU_GIVEN_BASE = 1u << 0,
    MMU_GIVEN_BOUNDS = 1u << 1,
    MMU_GIVEN_SEG_BITS = 1u << 2,
    MMU_GIVEN_SEG = 1u << 3,
    MMU_GIVEN_TABLE = 1u << 4,
    MMU_GIVEN_ASSOCIATIVE = 1u << 5,
    MMU_GIVEN_PHYS = 1u << 6, /* of use to all */
};

struct mmu_scheme {
    const char *name;
    unsigned useful;       /* options, but for phys: enum mmu_given */
    unsigned seg_bits_max; /* 0: an address has no selector */
};

/* The scheme called @name, or NULL. */
const struct mmu_scheme *mmu_scheme_find(const char *name);

/* What was asked for. Starts as MMU_OPTIONS_DEFAULT. */
struct mmu_options {
    const char *scheme; /* the name of one */
    unsigned seen;      /* enum mmu_given */
    uint64_t asize;     /* bytes of the address space; 0: not given */
    uint32_t seg_bits;  /* 0: not given */
    uint32_t phys_size; /* bytes */
    uint32_t base, bounds;
    paddr_t table;        /* where it lies */
    uint32_t associative; /* copies of descriptors */
    bool overlap;         /* segments may share physical memory */
    struct segment segments[SEGMENT_TABLE_MAX];
    bool given[SEGMENT_TABLE_MAX];
};

#define MMU_OPTIONS_DEFAULT                                                    \
    {                                                                          \
        .scheme = "base-bounds", .phys_size = PHYS_SIZE_DEFAULT,               \
        .bounds = OS_BOUNDS_DEFAULT                                            \
    }

/* The rows of these options, to be part of a subcommand's own. */
#define MMU_OPTIONS_COUNT 10u
#define MMU_OPTIONS_ROWS                                                       \
    {"mmu", "SCHEME",                                                          \
     "base-bounds, segmented, implicit or table (base-bounds)"},               \
        {"asize", "SIZE",                                                      \
         "size of the address space, a power of two (segments: 4g)"},          \
        {"phys", "SIZE", "size of physical memory (64m)"},                     \
        {"base", "ADDR", "base-bounds: the base register (0)"},                \
        {"bounds", "SIZE", "base-bounds: the bounds register (16k)"},          \
        {"seg-bits", "N",                                                      \
         "segmented, table: bits of an address that select the segment (2)"},  \
        {"seg", "N:FIELDS",                                                    \
         "segment N, e.g. 3:base=28k,bounds=2k,grow=down,prot=rw"},            \
        {"overlap", NULL, "segments may overlap in physical memory"},          \
        {"table", "ADDR",                                                      \
         "table: where it lies in physical memory (as high as it can)"},       \
    {                                                                          \
        "associative", "N",                                                    \
            "table: keep N descriptors at hand, and say which were"            \
    }

/*
 * Take one option by its name. Returns false after saying what is wrong with
 * its value. Precondition: the name is one of these rows'.
 */
bool mmu_options_take(struct mmu_options *options,
                      const struct cli_command *command, const char *name,
                      const char *value);

/* A machine without a processor. */
struct mmu_machine {
    union os_mmu mmu;
    struct phys *phys; /* holds the table; NULL where there is none */
};

/*
 * The registers, and the table in its memory. Returns false after saying why
 * there can be no such machine; @out then needs no mmu_machine_clear().
 */
bool mmu_options_build(const struct mmu_options *options,
                       const struct cli_command *command,
                       struct mmu_machine *out);

/* Give its memory back. One that is all 0 is let be. */
void mmu_machine_clear(struct mmu_machine *machine);

#endif /* EMU_MMU_OPTIONS_H */
