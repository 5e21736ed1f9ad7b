/*
 * emu/run.c - run one guest program; see run.h.
 *
 * Decisions:
 * - The guest's exit code is passed through. 124 to 127 are fencepost's own,
 *   also when a guest might return the same.
 * - A trace that cannot be written ends the run: 125.
 * - With a trace the run is cut into slices, so that a full disk is noticed
 *   even while the guest does not trap. The engine's limit is exact, so nobody
 *   else can notice.
 */
#include "emu/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "emu/file.h"
#include "emu/hostio.h"
#include "emu/machine.h"
#include "emu/options.h"
#include "emu/report.h"
#include "emu/stats.h"
#include "emu/trace.h"

#define TRACED_SLICE (UINT64_C(1) << 20) /* instructions */

/* One run of the subcommand, from its options to its exit code. */
struct run {
    const struct cli_command *command;
    struct run_options options;
    void *file;
    size_t file_size;
    struct trace *trace; /* NULL: none */
    struct machine *machine;
    struct phys *phys; /* the machine's */
    struct report report;
    uint32_t unused; /* bytes between break and stack pointer, last seen */
    double host_seconds;
};

static const char *program_of(const struct run *run)
{
    return run->options.program.argv[0];
}

static int load(struct run *run)
{
    const int err = file_read(program_of(run), &run->file, &run->file_size);

    if (!err)
        return CLI_OK;
    cli_complain(run->command, "%s: %s", program_of(run),
                 err == -EINVAL ? "not a regular file" : strerror(-err));
    return err == -ENOENT || err == -ENOTDIR ? CLI_NOT_FOUND : CLI_CANNOT_LOAD;
}

/* A finished trace replaces its file: that must not be the program's. */
static bool is_program(const struct run *run, const char *path)
{
    struct stat trace, program;

    return stat(path, &trace) == 0 && stat(program_of(run), &program) == 0 &&
           trace.st_dev == program.st_dev && trace.st_ino == program.st_ino;
}

static int open_trace(struct run *run)
{
    const char *path = run->options.trace;

    if (path && is_program(run, path)) {
        cli_complain(run->command, "--trace %s: that is the program", path);
        return CLI_BAD_USAGE;
    }

    const int err = path ? trace_create(&run->trace, path) : 0;
    if (!err)
        return CLI_OK;
    cli_complain(run->command, "--trace %s: %s", path, strerror(-err));
    return CLI_BROKEN;
}

static void on_access(void *ctx, const struct process *process, vaddr_t pc,
                      const struct mmu_access *access, paddr_t pa)
{
    const struct run *run = ctx;

    trace_access(run->trace, process, pc, access, pa);
}

static uint32_t unused_bytes(const struct phys *phys,
                             const struct process *process)
{
    const struct isa *isa = process->isa;
    const uint32_t sp = pcb_get_reg(phys, process->pcb, isa, isa->sp);
    const uint32_t brk = pcb_get(phys, process->pcb, PCB_FIELD_BREAK);

    return sp > brk ? sp - brk : 0;
}

static void before_trap(void *ctx, const struct process *process,
                        const struct trap *trap)
{
    struct run *run = ctx;

    run->unused = unused_bytes(run->phys, process);
    if (run->trace)
        trace_before_trap(run->trace, run->phys, process, trap);
    if (trap->cause != TRAP_SYSCALL)
        report_capture(&run->report, run->phys, process, trap);
}

/* The report as one piece, so that it reaches stderr in one write. */
static bool print_report(const struct run *run,
                         const struct report_context *context)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    if (!file)
        return false;
    report_print(&run->report, context, file);
    const bool failed = ferror(file);
    const bool made = fclose(file) == 0 && !failed;
    if (made)
        fwrite(text, 1, size, stderr);
    free(text);
    return made;
}

/* Without memory for more, at least what happened. */
static void report(const struct run *run)
{
    struct symbols *symbols = NULL;
    struct decoder *decoder = NULL;
    const bool able =
        symbols_create(&symbols, run->file, run->file_size) == 0 &&
        decode_create(&decoder, run->report.isa) == 0;
    const struct report_context context = {
        .program = program_of(run),
        .symbols = symbols,
        .decoder = decoder,
        .exit_code = os_exit_code(machine_os(run->machine)),
    };

    if (!able || !print_report(run, &context))
        report_print_brief(&run->report, &context, stderr);
    decode_destroy(decoder);
    symbols_destroy(symbols);
}

static void after_trap(void *ctx, const struct process *process,
                       const struct trap *trap, bool ended)
{
    struct run *run = ctx;

    if (run->trace)
        trace_after_trap(run->trace, run->phys, process, trap, ended);
    if (ended && trap->cause != TRAP_SYSCALL)
        report(run);
}

/* Cycles in a trace, counters and a limit need the engine to count. */
static bool is_counting(const struct run_options *options)
{
    return options->trace || options->stats ||
           options->max_instructions != UINT64_MAX;
}

static int boot(struct run *run)
{
    const struct machine_config config = {
        .phys_size = run->options.phys_size,
        .io = hostio,
        .counting = is_counting(&run->options),
        .lean_after = ENGINE_LEAN_AFTER,
        .paranoid = run->options.paranoid,
        .round_trip = run->options.round_trip,
    };
    const struct machine_watcher watcher = {
        .ctx = run,
        .access = run->options.trace_accesses ? on_access : NULL,
        .before_trap = before_trap,
        .after_trap = after_trap,
    };
    const int err = machine_create(&run->machine, &config, &watcher);

    if (err) {
        cli_complain(run->command, "the machine: %s", strerror(-err));
        return CLI_BROKEN;
    }
    run->phys = os_phys(machine_os(run->machine));
    return CLI_OK;
}

static int spawn(struct run *run)
{
    struct os_program program = run->options.program;
    struct process *process;
    struct os_error why;

    program.file = run->file;
    program.file_size = run->file_size;
    if (os_spawn(machine_os(run->machine), &program, &process, &why)) {
        cli_complain(run->command, "%s: %s", program_of(run), why.text);
        return CLI_CANNOT_LOAD;
    }
    if (run->options.paranoid)
        os_guard(machine_os(run->machine));
    return CLI_OK;
}

static double host_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Run to the end, the limit, or a trace that cannot be written. */
static enum machine_end execute(struct run *run)
{
    const uint64_t limit = run->options.max_instructions;
    const uint64_t slice = run->trace ? TRACED_SLICE : limit;
    uint64_t until = slice < limit ? slice : limit;
    enum machine_end end = machine_run(run->machine, until);

    while (end == MACHINE_LIMIT && until < limit && !trace_error(run->trace)) {
        until = slice < limit - until ? until + slice : limit;
        end = machine_run(run->machine, until);
    }
    return end;
}

static int exit_code_of(const struct run *run, enum machine_end end)
{
    paddr_t pa;

    if (end == MACHINE_BROKEN) {
        cli_complain(run->command, "%s", machine_error(run->machine));
        return CLI_BROKEN;
    }
    if (os_guard_broken(machine_os(run->machine), &pa)) {
        cli_complain(run->command,
                     "--paranoid: the byte at physical address 0x%x, outside "
                     "of the program, has changed",
                     pa);
        return CLI_BROKEN;
    }
    if (end == MACHINE_DONE)
        return (int)os_exit_code(machine_os(run->machine));
    cli_complain(run->command, "%s: stopped after %llu instruction%s",
                 program_of(run),
                 (unsigned long long)run->options.max_instructions,
                 run->options.max_instructions == 1 ? "" : "s");
    return CLI_LIMIT;
}

static void print_stats(const struct run *run)
{
    const struct machine_counts counts = machine_counts(run->machine);
    struct stats stats = {
        .instructions = counts.engine.instructions,
        .fetches = counts.engine.instructions,
        .loads = counts.engine.loads,
        .stores = counts.engine.stores,
        .bounds = run->options.program.bounds,
        .internal_fragmentation = run->unused,
        .host_seconds = run->host_seconds,
    };

    memcpy(stats.traps, counts.traps, sizeof(stats.traps));
    for (unsigned i = TRAP_SEGMENT; i <= TRAP_PROTECTION; i++)
        stats.faults += counts.traps[i];
    stats_print(&stats, stderr);
}

/* Returns @code, or CLI_BROKEN when the trace could not be written. */
static int finish_trace(const struct run *run, int code)
{
    const int err = trace_finish(run->trace);

    if (!err)
        return code;
    cli_complain(run->command, "--trace %s: %s", run->options.trace,
                 strerror(-err));
    return CLI_BROKEN;
}

static int run_machine(struct run *run)
{
    const double start = host_clock();
    const enum machine_end end = execute(run);
    int code;

    run->host_seconds = host_clock() - start;
    if (run->trace && trace_error(run->trace))
        return finish_trace(run, CLI_BROKEN);
    code = exit_code_of(run, end);
    if (run->options.stats)
        print_stats(run);
    return run->trace ? finish_trace(run, code) : code;
}

static int run_all(struct run *run)
{
    static int (*const steps[])(struct run *) = {load, open_trace, boot, spawn};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const int code = steps[i](run);

        if (code)
            return code;
    }
    return run_machine(run);
}

static int run_main(const struct cli_command *command, int argc, char **argv)
{
    struct run *run = calloc(1, sizeof(*run));
    int code;

    if (!run) {
        cli_complain(command, "out of memory");
        return CLI_BROKEN;
    }
    run->command = command;
    code = options_parse(&run->options, command, argc, argv);
    code = code == CLI_END ? run_all(run) : cli_leave(command, code);
    machine_destroy(run->machine);
    trace_destroy(run->trace);
    free(run->file);
    free(run);
    return code;
}

const struct cli_command run_command = {
    .name = "run",
    .summary = "run a guest program on a machine with base and bounds",
    .arguments = "[options] [--] PROGRAM [ARG...]",
    .options = options_of_run,
    .option_count = RUN_OPTIONS,
    .notes =
        "PROGRAM is a file; - reads it from stdin.\n"
        "Sizes are decimal or 0x, with k, m or g (1024, its square, its cube) "
        "in either case.\n"
        "Exit code: the program's own; 128+n when it was ended as by signal n "
        "(139: a\nsegmentation violation); 124 limit reached, 125 fencepost "
        "could not go on,\n126 cannot load the program, 127 no such program, "
        "2 bad usage.\n",
    .run = run_main,
};
