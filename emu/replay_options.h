/*
 * emu/replay_options.h - what `fencepost replay` is asked to do.
 *
 * Layer: emu/.
 */
#ifndef EMU_REPLAY_OPTIONS_H
#define EMU_REPLAY_OPTIONS_H

#include "emu/cache_options.h"
#include "emu/mmu_options.h"
#include "emu/reftrace.h"

struct replay_options {
    const char *path; /* "-": stdin */
    enum reftrace_format format;
    struct cache_options caches;
    struct mmu_options mmu;
    bool translates; /* any option of an MMU was given */
    bool json;
    bool show_costs;
};

/* The rows that replay_options_parse() knows, for the command's help. */
extern const struct cli_option replay_option_rows[];
#define REPLAY_OPTIONS 21u

/*
 * Returns CLI_END and fills @out, or what cli_leave() is to be called with.
 */
int replay_options_parse(struct replay_options *out,
                         const struct cli_command *command, int argc,
                         char **argv);

#endif /* EMU_REPLAY_OPTIONS_H */
