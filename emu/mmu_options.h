/*
 * emu/mmu_options.h - MMU registers from a command line, for subcommands that
 * have no operating system to write them.
 *
 * Layer: emu/.
 */
#ifndef EMU_MMU_OPTIONS_H
#define EMU_MMU_OPTIONS_H

#include "emu/cli.h"
#include "os/os.h"

/* What was asked for. Starts as MMU_OPTIONS_DEFAULT. */
struct mmu_options {
    const char *scheme; /* "base-bounds" or "segmented" */
    uint64_t asize;     /* bytes of the address space; 0: not given */
    uint32_t seg_bits;  /* 0: not given */
    uint32_t phys_size; /* bytes */
    uint32_t base, bounds;
    bool base_given, bounds_given;
    bool overlap; /* segments may share physical memory */
    struct segment segments[SEGMENTED_REGISTERS];
    bool given[SEGMENTED_REGISTERS];
};

#define MMU_OPTIONS_DEFAULT                                                    \
    {                                                                          \
        .scheme = "base-bounds", .phys_size = PHYS_SIZE_DEFAULT,               \
        .bounds = OS_BOUNDS_DEFAULT                                            \
    }

/* The rows of these options, to be part of a subcommand's own. */
#define MMU_OPTIONS_COUNT 8u
#define MMU_OPTIONS_ROWS                                                       \
    {"mmu", "SCHEME", "base-bounds or segmented (base-bounds)"},               \
        {"asize", "SIZE",                                                      \
         "size of the address space, a power of two (segmented: 4g)"},         \
        {"phys", "SIZE", "size of physical memory (64m)"},                     \
        {"base", "ADDR", "base-bounds: the base register (0)"},                \
        {"bounds", "SIZE", "base-bounds: the bounds register (16k)"},          \
        {"seg-bits", "N",                                                      \
         "segmented: bits of an address that select the segment (2)"},         \
        {"seg", "N:FIELDS",                                                    \
         "segmented: register N, e.g. "                                        \
         "3:base=28k,bounds=2k,grow=down,prot=rw"},                            \
    {                                                                          \
        "overlap", NULL, "segmented: segments may overlap in physical memory"  \
    }

/*
 * Take one option by its name. Returns false after saying what is wrong with
 * its value. Precondition: the name is one of these rows'.
 */
bool mmu_options_take(struct mmu_options *options,
                      const struct cli_command *command, const char *name,
                      const char *value);

/*
 * The registers. Returns false after saying why there can be no such machine.
 */
bool mmu_options_build(const struct mmu_options *options,
                       const struct cli_command *command, union os_mmu *out);

#endif /* EMU_MMU_OPTIONS_H */
