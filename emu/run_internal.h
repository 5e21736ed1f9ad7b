/*
 * emu/run_internal.h - what the files of `fencepost run` know of each other,
 * and nobody else.
 *
 * Layer: emu/, private.
 */
#ifndef EMU_RUN_INTERNAL_H
#define EMU_RUN_INTERNAL_H

#include "emu/machine.h"
#include "emu/options.h"
#include "emu/report.h"
#include "emu/stats.h"
#include "emu/symbols.h"
#include "emu/tagged.h"
#include "emu/tape.h"
#include "emu/trace.h"
#include "os/abi.h"

#define GUESTS_MAX (OS_PROCESSES + RUN_EXEC_MAX)

/* One of the programs. */
struct guest {
    const char *const *argv; /* the first is its path */
    int argc;
    void *file;
    size_t file_size;
    uint32_t loads;          /* bytes that its LOADs name; 0: not asked yet */
    struct symbols *symbols; /* for --top; NULL: not read */
};

/* One run of the subcommand, from its options to its exit code. */
struct run {
    const struct cli_command *command;
    struct run_options options;
    struct guest guests[GUESTS_MAX]; /* those that are only granted are last */
    unsigned guest_count;            /* of those to start */
    unsigned started;                /* of them, so far */
    unsigned program_count;          /* of all */
    struct os_grant grants[GUESTS_MAX];
    struct tagger tagger;
    struct tape tape;
    bool again;               /* this is the second time, and it counts */
    unsigned reports, silent; /* faults reported, and those that already were */
    struct trace *trace;      /* NULL: none */
    struct machine *machine;
    struct phys *phys; /* the machine's */
    struct report report;
    uint32_t faulted;        /* pid of the process whose fault is handled */
    unsigned reported;       /* the program that it is about */
    bool counts_descriptors; /* a table, and --stats */
    struct charge *charge;   /* NULL: nothing costs anything */
    struct stats_process processes[OS_PROCESSES];
    unsigned process_count;
    struct hotspots *hotspots;   /* NULL: nobody asked */
    struct clock noted;          /* so much of the time is in there, */
    uint64_t noted_instructions; /* and so many instructions */
    struct cache_total nobody[MEMSYS_CACHES];       /* references of the OS's */
    struct cache_total noted_totals[MEMSYS_CACHES]; /* so many are somewhere */
    uint32_t running; /* pid of the process that is charged now */
    struct associative associative;
    uint32_t unused; /* bytes, at the last trap, of those reserved */
    uint32_t reserved;
    struct abi_heap heap; /* what the guest's malloc said last, or all 0 */
    double host_seconds;
    bool swap_open; /* --swap's file */
    int swap_fd;
    struct os_disk swap;
    bool disk_open; /* --disk's file */
    int disk_fd;
    struct os_disk disk;
    uint32_t disk_blocks;
    bool disk_write_told, disk_read_told; /* that it failed */
    bool swap_write_told, swap_read_told; /* that it failed */
};

/* Whether a process may have a segment table. */
bool run_has_table(const struct run *run);

/* ---- emu/run_load.c: what a run needs before its machine ---- */

/* Each returns CLI_OK, or an exit code after complaining. */
int run_load(struct run *run);
int run_check_files(struct run *run); /* before any is opened for writing */
int run_open_charge(struct run *run);
int run_open_trace(struct run *run);

/* ---- emu/run_swap.c: the file of --swap ---- */

int run_open_swap(struct run *run);
void run_close_swap(struct run *run);

/* ---- emu/run_disk.c: the file of --disk ---- */

int run_open_disk(struct run *run);
void run_close_disk(struct run *run);

/* ---- emu/run_watch.c: what is seen of a run ---- */

/* The watcher that looks at what was asked for, and no more. */
struct machine_watcher run_watcher(struct run *run);

/* An os_ended() of a run: says who was killed. */
void run_on_end(void *ctx, const struct process *process, uint32_t signal);

/* What processes read and write, with the tags that were asked for. */
struct os_io run_io(struct run *run);

/* ---- emu/run_stats.c: the counters ---- */

/* At a trap of @process: its memory, as it is now. */
void run_note_memory(struct run *run, const struct process *process);

/* All time since the last call was that of the running process. */
void run_note_time(struct run *run);

/* All references since the last call were those of process @pid; 0: of nobody.
 * There is a charge. */
void run_note_references(struct run *run, uint32_t pid);

void run_print_stats(struct run *run);

/* ---- emu/run_map.c ---- */

/* Who has which physical memory, on stdout. Returns an exit code. */
int run_show_map(const struct run *run);

#endif /* EMU_RUN_INTERNAL_H */
