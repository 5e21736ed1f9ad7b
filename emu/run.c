/*
 * emu/run.c - run guest programs; see run.h.
 *
 * Decisions:
 * - The guest's exit code is passed through. 124 to 127 are fencepost's own,
 *   also when a guest might return the same.
 * - A trace that cannot be written ends the run: 125.
 * - A run that nobody watches does not count, which is faster. When a program
 *   asks for the time although what ran is not counted, all runs again with
 *   counting: it reads from the tape, and what it writes has been written.
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
#include "emu/tagged.h"
#include "emu/tape.h"
#include "emu/trace.h"
#include "os/abi.h"

#define TRACED_SLICE (UINT64_C(1) << 20) /* instructions */

#define SEPARATOR ":::" /* between programs and their arguments */
#define SLICE     10000u

#define GUESTS_MAX (OS_PROCESSES + RUN_EXEC_MAX)

/* One of the programs. */
struct guest {
    const char *const *argv; /* the first is its path */
    int argc;
    void *file;
    size_t file_size;
    struct symbols *symbols; /* for --top; NULL: not read */
};

/* One run of the subcommand, from its options to its exit code. */
struct run {
    const struct cli_command *command;
    struct run_options options;
    struct guest guests[GUESTS_MAX]; /* those that are only granted are last */
    unsigned guest_count;            /* of those to start */
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
    unsigned reported;       /* the program that it is about */
    bool counts_descriptors; /* a table, and --stats */
    struct charge *charge;   /* NULL: nothing costs anything */
    struct stats_process processes[OS_PROCESSES]; /* what each has cost */
    unsigned process_count;
    struct hotspots *hotspots; /* NULL: nobody asked */
    cycles_t noted;            /* so much of the time is in there */
    uint32_t running;          /* pid of the process that is charged now */
    struct associative associative;
    uint32_t unused; /* bytes, at the last trap, of those reserved */
    uint32_t reserved;
    struct abi_heap heap; /* what the guest's malloc said last, or all 0 */
    double host_seconds;
};

static bool is_separator(const char *word)
{
    return strcmp(word, SEPARATOR) == 0;
}

/* Divide the arguments into programs. */
static int split(struct run *run)
{
    const char *const *argv = run->options.argv;
    int left = run->options.argc;

    for (;;) {
        int argc = 0;

        while (argc < left && !is_separator(argv[argc]))
            argc++;
        if (argc == 0) {
            cli_complain(run->command, "a program is missing %s a '%s'",
                         left > 0 ? "before" : "behind", SEPARATOR);
            return CLI_BAD_USAGE;
        }
        if (run->guest_count == OS_PROCESSES) {
            cli_complain(run->command, "more than %u programs", OS_PROCESSES);
            return CLI_BAD_USAGE;
        }
        run->guests[run->guest_count++] =
            (struct guest){.argv = argv, .argc = argc};
        if (argc == left)
            return CLI_OK;
        argv += argc + 1;
        left -= argc + 1;
    }
}

static int load_file(const struct run *run, struct guest *guest)
{
    const char *path = guest->argv[0];
    const int err = file_read(path, &guest->file, &guest->file_size);

    if (!err)
        return CLI_OK;
    cli_complain(run->command, "%s: %s", path,
                 err == -EINVAL ? "not a regular file" : strerror(-err));
    return err == -ENOENT || err == -ENOTDIR ? CLI_NOT_FOUND : CLI_CANNOT_LOAD;
}

static void add_granted(struct run *run)
{
    run->program_count = run->guest_count;
    for (unsigned i = 0; i < run->options.exec_count; i++)
        run->guests[run->program_count++] =
            (struct guest){.argv = &run->options.exec[i], .argc = 1};
}

static int load(struct run *run)
{
    int code = split(run);

    if (!code)
        add_granted(run);
    for (unsigned i = 0; !code && i < run->program_count; i++)
        code = load_file(run, &run->guests[i]);
    return code;
}

/* A finished trace replaces its file: that must not be a program's. */
static bool is_program(const struct run *run, const char *path)
{
    struct stat trace, program;

    if (stat(path, &trace))
        return false;
    for (unsigned i = 0; i < run->program_count; i++)
        if (stat(run->guests[i].argv[0], &program) == 0 &&
            trace.st_dev == program.st_dev && trace.st_ino == program.st_ino)
            return true;
    return false;
}

static int open_charge(struct run *run)
{
    const struct cache_options *caches = &run->options.caches;
    int err = run->options.timed
                  ? charge_create(&run->charge, &caches->config, &caches->costs,
                                  run->options.associative)
                  : 0;

    if (!err && run->options.top)
        err = hotspots_create(&run->hotspots);
    if (!err)
        return CLI_OK;
    cli_complain(run->command, "the caches: %s", strerror(-err));
    return CLI_BROKEN;
}

static int open_trace(struct run *run)
{
    const char *path = run->options.trace;

    if (path && is_program(run, path)) {
        cli_complain(run->command, "--trace %s: that is the program", path);
        return CLI_BAD_USAGE;
    }

    const int err =
        path ? trace_create(&run->trace, path, run->options.trace_format) : 0;
    if (err) {
        cli_complain(run->command, "--trace %s: %s", path, strerror(-err));
        return CLI_BROKEN;
    }
    if (run->trace && run->charge)
        trace_set_clock(run->trace, &run->charge->clock);
    return CLI_OK;
}

static void on_access(void *ctx, const struct process *process, vaddr_t pc,
                      const struct mmu_access *access, paddr_t pa)
{
    struct run *run = ctx;
    struct associative_walk walk;
    paddr_t same;

    if (run->counts_descriptors)
        (void)associative_translate(&run->associative, &process->regs.table,
                                    access, &same, &walk);
    if (run->hotspots && access->kind == MMU_EXEC)
        hotspots_fetch(run->hotspots, process->program + 1, pc,
                       &run->charge->clock);
    if (run->options.trace_accesses)
        trace_access(run->trace, process, pc, access, pa);
}

/*
 * Memory that is reserved for @process and holds nothing: what blocks have
 * beyond their segments, and what is below the stack pointer, down to the heap
 * or to the end of the stack's own segment.
 */
static uint32_t unused_bytes(const struct process *process,
                             const struct phys *phys)
{
    const struct isa *isa = process->isa;
    const uint32_t sp = pcb_get_reg(phys, process->pcb, isa, isa->sp);
    const uint32_t brk = pcb_get(phys, process->pcb, PCB_FIELD_BREAK);
    const struct mmu *mmu = &process->regs.mmu;
    uint32_t unused = os_reserved(process);
    struct mmu_span span;

    for (unsigned i = 0; mmu->ops->span(mmu, i, &span); i++) {
        const vaddr_t low = span.grows_down ? span.va : brk;
        const bool stack = span.grows_down || mmu->ops == &base_bounds_ops;

        unused -= span.bounds;
        if (stack && sp > low && sp - span.va <= span.bounds)
            unused += sp - low;
    }
    return unused;
}

/*
 * The record that the guest's malloc may keep; see os/abi.h. The guest can
 * write there what it likes: these are only numbers to show.
 */
static void read_heap(struct run *run, const struct process *process)
{
    const uint32_t brk = pcb_get(run->phys, process->pcb, PCB_FIELD_BREAK);
    const uint32_t min = pcb_get(run->phys, process->pcb, PCB_FIELD_BREAK_MIN);
    const uint32_t start = (min + ABI_HEAP_ALIGN - 1) & ~(ABI_HEAP_ALIGN - 1);
    struct abi_heap heap;

    if (start < min || start > brk || brk - start < sizeof(heap) ||
        os_copy_from_user(machine_os(run->machine), process, &heap, start,
                          sizeof(heap)) ||
        heap.magic != ABI_HEAP_MAGIC)
        return;
    run->heap = heap;
}

static void before_trap(void *ctx, const struct process *process,
                        const struct trap *trap)
{
    struct run *run = ctx;

    run->running = process->pid;
    if (run->tape.recording && os_clock_told(machine_os(run->machine)))
        tape_stop(&run->tape); /* and the machine goes on all the same */
    if (run->options.stats) {
        run->unused = unused_bytes(process, run->phys);
        run->reserved = os_reserved(process);
        read_heap(run, process);
    }
    if (run->trace)
        trace_before_trap(run->trace, run->phys, process, trap);
    if (trap->cause == TRAP_SYSCALL || trap->cause == TRAP_TIMER)
        return;
    run->reported = process->program;
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
static void report(struct run *run)
{
    const struct guest *guest = &run->guests[run->reported];
    struct symbols *symbols = NULL;
    struct decoder *decoder = NULL;
    const bool able =
        symbols_create(&symbols, guest->file, guest->file_size) == 0 &&
        decode_create(&decoder, run->report.isa) == 0;
    const struct report_context context = {
        .program = guest->argv[0],
        .symbols = symbols,
        .decoder = decoder,
        .exit_code = os_exit_code(machine_os(run->machine)),
    };

    if (run->reports++ < run->silent)
        ; /* it has been printed when all this ran for the first time */
    else if (!able || !print_report(run, &context))
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

/* All time since the last call was that of the running process. */
static void note_time(struct run *run)
{
    const uint32_t pid = run->running;
    unsigned i = 0;

    if (!run->charge)
        return;
    while (i < run->process_count && run->processes[i].pid != pid)
        i++;
    if (i == OS_PROCESSES)
        i--; /* there are more: they share the last line */
    else if (i == run->process_count)
        run->processes[run->process_count++].pid = pid;
    run->processes[i].cycles += run->charge->clock.now - run->noted;
    run->noted = run->charge->clock.now;
}

static void on_switch(void *ctx, uint32_t from_pid, const struct process *to,
                      cycles_t cycle)
{
    struct run *run = ctx;

    note_time(run);
    run->running = to->pid;
    if (run->trace)
        trace_switch(run->trace, run->phys, from_pid, to, cycle);
}

static void on_resume(void *ctx, const struct process *process, cycles_t cycle)
{
    struct run *run = ctx;

    if (run->trace)
        trace_resume(run->trace, run->phys, process, cycle);
}

/* ---- input and output ---- */

/* A tape that ends is reason enough to count from now on. */
static void mind_tape(struct run *run)
{
    if (tape_is_ending(&run->tape))
        os_clock_tell(machine_os(run->machine));
}

static int run_read(void *ctx, int fd, void *to, uint32_t size)
{
    struct run *run = ctx;

    mind_tape(run);
    return tape_read(&run->tape, fd, to, size);
}

static int tagged(struct run *run, int fd, const void *from, uint32_t size)
{
    const struct os_io to = {tape_read, tape_write, &run->tape};
    const uint32_t pid = os_running_pid(machine_os(run->machine));

    return tagged_write(&run->tagger, &to, pid, fd, from, size);
}

static int run_write(void *ctx, int fd, const void *from, uint32_t size)
{
    struct run *run = ctx;

    mind_tape(run);
    return run->options.tag ? tagged(run, fd, from, size)
                            : tape_write(&run->tape, fd, from, size);
}

/* Cycles in a trace, counters and a limit need the engine to count. */
static bool is_counting(const struct run_options *options)
{
    return options->trace || options->stats || options->timed ||
           options->max_instructions != UINT64_MAX;
}

static int boot(struct run *run)
{
    const struct machine_config config = {
        .phys_size = run->options.phys_size,
        .io = {run_read, run_write, run},
        .slice = run->options.slice ? run->options.slice : SLICE,
        .slice_alone = run->options.slice > 0,
        .counting = run->again || is_counting(&run->options),
        .lean_after = ENGINE_LEAN_AFTER,
        .paranoid = run->options.paranoid,
        .round_trip = run->options.round_trip,
        .placement = run->options.placement.policy,
        .slot_size = run->options.placement.slot_size,
        .charge = run->charge,
    };
    const struct os_scheme *table = os_scheme_find("table");

    run->counts_descriptors = run->options.stats && !run->charge &&
                              run->options.program.scheme == table;
    (void)associative_init(&run->associative, run->options.associative);

    const struct machine_watcher watcher = {
        .ctx = run,
        .access = run->options.trace_accesses || run->counts_descriptors ||
                          run->hotspots
                      ? on_access
                      : NULL,
        .before_trap = before_trap,
        .after_trap = after_trap,
        .switched = on_switch,
        .resumed = on_resume,
    };
    const int err = machine_create(&run->machine, &config, &watcher);

    if (err) {
        cli_complain(run->command, "the machine: %s", strerror(-err));
        return CLI_BROKEN;
    }
    run->phys = os_phys(machine_os(run->machine));
    return CLI_OK;
}

static struct os_program program_of(const struct run *run,
                                    const struct guest *guest)
{
    struct os_program program = run->options.program;

    program.program = (unsigned)(guest - run->guests);
    program.file = guest->file;
    program.file_size = guest->file_size;
    program.argv = guest->argv;
    program.argc = guest->argc;
    return program;
}

/* What is on the command line may be run, and nothing else. */
static void grant(struct run *run)
{
    for (unsigned i = 0; i < run->program_count; i++)
        run->grants[i] = (struct os_grant){
            .name = run->guests[i].argv[0],
            .program = program_of(run, &run->guests[i]),
        };
    os_grant(machine_os(run->machine), run->grants, run->program_count);
}

static int spawn_guest(struct run *run, const struct guest *guest)
{
    const struct os_program program = program_of(run, guest);
    struct process *process;
    struct os_error why;

    if (os_spawn(machine_os(run->machine), &program, &process, &why)) {
        cli_complain(run->command, "%s: %s", guest->argv[0], why.text);
        return CLI_CANNOT_LOAD;
    }
    if (!run->running)
        run->running = process->pid;
    return CLI_OK;
}

static int spawn(struct run *run)
{
    grant(run);
    for (unsigned i = 0; i < run->guest_count; i++) {
        const int code = spawn_guest(run, &run->guests[i]);

        if (code)
            return code;
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

/* All once more, from the beginning, with counting. False after complaining. */
static bool begin_again(struct run *run)
{
    machine_destroy(run->machine);
    run->machine = NULL;
    if (!tape_rewind(&run->tape)) {
        cli_complain(run->command, "out of memory");
        return false;
    }
    run->again = true;
    run->tagger = (struct tagger){0};
    run->silent = run->reports;
    run->reports = 0;
    return boot(run) == CLI_OK && spawn(run) == CLI_OK;
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
    struct os_error who;
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
    if (end == MACHINE_STUCK) {
        (void)os_waiting(machine_os(run->machine), &who);
        cli_complain(run->command, "nothing can run any more: %s", who.text);
        return CLI_BROKEN;
    }
    if (end == MACHINE_DONE)
        return (int)os_first_failure(machine_os(run->machine));
    cli_complain(run->command, "%s: stopped after %llu instruction%s",
                 run->guests[0].argv[0],
                 (unsigned long long)run->options.max_instructions,
                 run->options.max_instructions == 1 ? "" : "s");
    return CLI_LIMIT;
}

/* Read when first asked for; NULL too when there is no memory for them. */
static const struct symbols *symbols_of(void *ctx, uint32_t program)
{
    struct run *run = ctx;
    struct guest *guest = &run->guests[program - 1];

    if (!guest->symbols)
        (void)symbols_create(&guest->symbols, guest->file, guest->file_size);
    return guest->symbols;
}

static void print_stats(struct run *run)
{
    const struct machine_counts counts = machine_counts(run->machine);
    struct stats stats = {
        .instructions = counts.engine.instructions,
        .fetches = counts.engine.instructions,
        .loads = counts.engine.loads,
        .stores = counts.engine.stores,
        .switches = counts.switches,
        .compactions = os_counts(machine_os(run->machine)).compactions,
        .compacted = os_counts(machine_os(run->machine)).moved_bytes,
        .reserved = run->reserved,
        .internal_fragmentation = run->unused,
        .heap_size = run->heap.size,
        .heap_used = run->heap.used,
        .heap_used_peak = run->heap.used_peak,
        .heap_utilization =
            run->heap.size
                ? UINT64_C(100) * run->heap.used_peak / run->heap.size
                : 0,
        .host_seconds = run->host_seconds,
    };

    if (run->counts_descriptors)
        stats.associative = &run->associative.counts;
    if (run->charge && run->options.program.scheme == os_scheme_find("table"))
        stats.associative = &run->charge->associative.counts;
    note_time(run);
    stats.charge = run->charge;
    stats.hotspots = run->hotspots;
    stats.symbols = symbols_of;
    stats.symbols_ctx = run;
    stats.top = (size_t)run->options.top;
    if (run->hotspots)
        hotspots_finish(run->hotspots, &run->charge->clock);
    stats.process_count = run->process_count;
    memcpy(stats.processes, run->processes, sizeof(stats.processes));
    memcpy(stats.traps, counts.traps, sizeof(stats.traps));
    for (unsigned i = TRAP_SEGMENT; i <= TRAP_PROTECTION; i++)
        stats.faults += counts.traps[i];
    if (run->options.json)
        stats_print_json(&stats, stderr);
    else
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
    enum machine_end end = execute(run);
    int code;

    if (end == MACHINE_UNCOUNTED) {
        if (!begin_again(run))
            return CLI_BROKEN;
        end = execute(run);
    }
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
    static int (*const steps[])(struct run *) = {load, open_charge, open_trace,
                                                 boot, spawn};

    if (run->options.show_costs) {
        cache_options_show_costs(&run->options.caches.costs, stdout);
        return fflush(stdout) || ferror(stdout) ? CLI_BROKEN : CLI_OK;
    }

    tape_begin(&run->tape, &hostio, !is_counting(&run->options));
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
    charge_destroy(run->charge);
    hotspots_destroy(run->hotspots);
    tape_free(&run->tape);
    for (unsigned i = 0; i < run->program_count; i++) {
        symbols_destroy(run->guests[i].symbols);
        free(run->guests[i].file);
    }
    free(run);
    return code;
}

const struct cli_command run_command = {
    .name = "run",
    .summary = "run guest programs on a simulated machine",
    .arguments = "[options] [--] PROGRAM [ARG...] [::: PROGRAM [ARG...]]...",
    .options = options_of_run,
    .option_count = RUN_OPTIONS,
    .notes =
        "PROGRAM is a file; - reads it from stdin. Several programs take "
        "turns; "
        "the exit\ncode is the first that is not 0.\n"
        "Sizes are decimal or 0x, with k, m or g (1024, its square, its cube) "
        "in either case.\n"
        "POLICY: " POLICY_NAMES " (16k).\n" CACHE_OPTION_NOTES
        "Exit code: the program's own; 128+n when it was ended as by signal n "
        "(139: a\nsegmentation violation); 124 limit reached, 125 fencepost "
        "could not go on,\n126 cannot load the program, 127 no such program, "
        "2 bad usage.\n",
    .run = run_main,
};
