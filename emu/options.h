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

/* A program to start; program.file and its arguments are not set. */
struct run_process {
    const char *const *argv; /* the first is its path */
    int argc;
    struct os_program program;
};

/* Which processes are in memory; the textbook's history. */
enum run_memory {
    RUN_RESIDENT, /* all that have room */
    RUN_SWAPPED,  /* who runs; others are on the disk */
    RUN_EARLY,    /* one program from its start to its end, then the next */
    RUN_MEMORIES
};

extern const char *const run_memory_names[RUN_MEMORIES];

struct config;

struct run_options {
    struct os_program program; /* the default of each, and of --exec */
    struct run_process processes[OS_PROCESSES]; /* to start */
    unsigned process_count;
    struct config *config; /* what a machine file's values lie in, or NULL */
    uint64_t slice;        /* cycles, or instructions; 0: no timer */
    const struct schedule_policy *schedule;
    uint64_t schedule_seed;         /* of a lottery */
    const char *exec[RUN_EXEC_MAX]; /* files of programs, not started */
    unsigned exec_count;
    bool tag; /* lines of output say which process wrote them */
    uint32_t phys_size;
    uint32_t associative; /* copies of descriptors at hand */
    struct policy_choice placement;
    enum run_memory memory;
    const char *swap;    /* file to swap to; NULL: none */
    uint32_t swap_size;  /* of it; 0: as physical memory */
    const char *disk;    /* file that processes read and write; NULL: none */
    const char *trace;   /* NULL: none */
    const char *machine; /* the machine file; NULL: none */
    bool trace_accesses;
    enum trace_format trace_format;
    bool stats;
    bool json; /* the counters as JSON */
    bool timed;
    struct cache_options caches;
    bool show_costs;
    bool show_config;
    bool show_map;
    uint64_t top; /* instructions and functions to show; 0: none */
    uint64_t max_instructions;
    bool paranoid;
    bool round_trip;
};

/* The rows that options_parse() knows, for the command's help. */
extern const struct cli_option options_of_run[];
#define RUN_OPTIONS 42u

/*
 * Returns CLI_END, or what cli_leave() is to be called with. Fills @out, which
 * is to be cleared in both cases.
 */
int options_parse(struct run_options *out, const struct cli_command *command,
                  int argc, char **argv);

/* Give back what @options own. */
void options_clear(struct run_options *options);

/* Write them as a machine file that means the same. */
void options_show(const struct run_options *options, FILE *file);

#endif /* EMU_OPTIONS_H */
