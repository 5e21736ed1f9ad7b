/*
 * emu/options_internal.h - what the files that read and write the options of
 * `fencepost run` know of each other, and nobody else.
 *
 * Layer: emu/, private.
 */
#ifndef EMU_OPTIONS_INTERNAL_H
#define EMU_OPTIONS_INTERNAL_H

#include "emu/options.h"

#define OPTIONS_LOTTERY "lottery:" /* before its seed */

/* By index in options_of_run. */
enum run_option {
    OPT_MMU,
    OPT_BOUNDS,
    OPT_BASE,
    OPT_ASIZE,
    OPT_SEG_BITS,
    OPT_STACK,
    OPT_STACK_MAX,
    OPT_PROT,
    OPT_ASSOCIATIVE,
    OPT_PHYS,
    OPT_PLACEMENT,
    OPT_MEMORY,
    OPT_SWAP,
    OPT_SWAP_SIZE,
    OPT_DISK,
    OPT_SLICE,
    OPT_SCHEDULE,
    OPT_TICKETS,
    OPT_TAG,
    OPT_EXEC,
    OPT_TRACE,
    OPT_TRACE_ACCESSES,
    OPT_TRACE_FORMAT,
    OPT_STATS,
    OPT_MAX_INSTRUCTIONS,
    OPT_PARANOID,
    OPT_ROUND_TRIP,
    OPT_JSON,
    OPT_TIMED,
    OPT_TOP,
    OPT_CACHES,
    OPT_SHOW_COSTS = OPT_CACHES + CACHE_OPTS,
    OPT_SHOW_CONFIG,
    OPT_SHOW_MAP,
    OPT_MACHINE,
    OPT_COUNT,

    /* Keys of machine files that are no options. */
    OPT_PROGRAM = OPT_COUNT,
    OPT_ARGS
};

/*
 * Take one option, or one that is a process's own. False after saying what is
 * wrong with the value.
 */
bool options_take(struct run_options *out, const struct cli_command *command,
                  enum run_option option, const char *value);
bool options_take_space(const struct cli_command *command,
                        enum run_option option, const char *value,
                        struct os_program *program);

/* Offset in struct run_options of the bool that an option sets, and of the name
 * of the file that one takes; 0: it does no such thing. */
extern const size_t options_flag_at[OPT_COUNT], options_file_at[OPT_COUNT];

/* Whether @option is one that each process can have another value of. */
bool options_is_space(enum run_option option);

/* A number from @min to @max. */
bool options_take_u32(const struct cli_command *command, enum run_option option,
                      const char *text, uint32_t min, uint32_t max,
                      uint32_t *out);

/* ---- emu/config.c: machine files ---- */

/* Which key in which section means which option. */
struct config_key {
    const char *section, *key;
    enum run_option option;
};

#define CONFIG_PROCESS "process." /* before its number */
#define CONFIG_COSTS   "costs"    /* each cost is a key */
#define CONFIG_KEYS    48u
extern const struct config_key config_keys[CONFIG_KEYS];

/*
 * Take what the machine file @path says. False after saying what is wrong with
 * it. What @out then borrows is in out->config.
 */
bool config_read(struct run_options *out, const struct cli_command *command,
                 const char *path);

/* NULL is a no-op. */
void config_destroy(struct config *config);

#endif /* EMU_OPTIONS_INTERNAL_H */
