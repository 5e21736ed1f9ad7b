/*
 * emu/options.h - what `fencepost run` is asked to do.
 *
 * Layer: emu/.
 */
#ifndef EMU_OPTIONS_H
#define EMU_OPTIONS_H

#include "emu/cache_options.h"
#include "emu/policy.h"
#include "emu/trace_lines.h"
#include "os/os.h"

#define RUN_EXEC_MAX 64u

struct run_options {
    struct os_program program; /* of each, but its file and arguments */
    const char *const *argv;   /* programs and their arguments, ":::" between */
    int argc;
    uint64_t slice; /* instructions; 0: no timer */
    const struct schedule_policy *schedule;
    uint64_t schedule_seed;         /* of a lottery */
    const char *exec[RUN_EXEC_MAX]; /* files of programs, not started */
    unsigned exec_count;
    bool tag; /* lines of output say which process wrote them */
    uint32_t phys_size;
    uint32_t associative; /* copies of descriptors at hand */
    struct policy_choice placement;
    const char *trace; /* NULL: none */
    bool trace_accesses;
    enum trace_format trace_format;
    bool stats;
    bool json; /* the counters as JSON */
    bool timed;
    struct cache_options caches;
    bool show_costs;
    uint64_t top; /* instructions and functions to show; 0: none */
    uint64_t max_instructions;
    bool paranoid;
    bool round_trip;
};

/* The rows that options_parse() knows, for the command's help. */
extern const struct cli_option options_of_run[];
#define RUN_OPTIONS 34u

/*
 * Returns CLI_END and fills @out, or what cli_leave() is to be called with.
 */
int options_parse(struct run_options *out, const struct cli_command *command,
                  int argc, char **argv);

#endif /* EMU_OPTIONS_H */
