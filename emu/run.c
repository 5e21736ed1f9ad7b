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

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/hostio.h"
#include "emu/run_internal.h"

#define TRACED_SLICE (UINT64_C(1) << 20) /* instructions */
#define SLICE        10000u

/* Cycles in a trace, counters, a disk and a limit need the engine to count. */
static bool is_counting(const struct run_options *options)
{
    return options->trace || options->stats || options->timed ||
           options->disk || options->max_instructions != UINT64_MAX;
}

bool run_has_table(const struct run *run)
{
    const struct os_scheme *table = os_scheme_find("table");

    for (unsigned i = 0; i < run->options.process_count; i++)
        if (run->options.processes[i].program.scheme == table)
            return true;
    return run->options.program.scheme == table;
}

static int boot(struct run *run)
{
    const struct machine_config config = {
        .phys_size = run->options.phys_size,
        .io = run_io(run),
        .slice = run->options.slice ? run->options.slice : SLICE,
        .slice_alone = run->options.slice > 0,
        .counting = run->again || is_counting(&run->options),
        .lean_after = ENGINE_LEAN_AFTER,
        .schedule = run->options.schedule,
        .schedule_seed = run->options.schedule_seed,
        .paranoid = run->options.paranoid,
        .round_trip = run->options.round_trip,
        .placement = run->options.placement.policy,
        .slot_size = run->options.placement.slot_size,
        .charge = run->charge,
        .disk = run->disk_open ? &run->disk : NULL,
        .disk_blocks = run->disk_blocks,
        .costs = &run->options.caches.costs,
        .swap = run->swap_open ? &run->swap : NULL,
        .swap_size = run->options.swap_size ? run->options.swap_size
                                            : run->options.phys_size,
        .swap_always = run->options.memory == RUN_SWAPPED,
    };

    run->counts_descriptors =
        run->options.stats && !run->charge && run_has_table(run);
    (void)associative_init(&run->associative, run->options.associative);

    const struct machine_watcher watcher = run_watcher(run);
    const int err = machine_create(&run->machine, &config, &watcher);

    if (err) {
        cli_complain(run->command, "the machine: %s", strerror(-err));
        return CLI_BROKEN;
    }
    run->phys = os_phys(machine_os(run->machine));
    os_watch_ends(machine_os(run->machine), run_on_end, run);
    return CLI_OK;
}

static struct os_program program_of(const struct run *run,
                                    const struct guest *guest)
{
    const unsigned index = (unsigned)(guest - run->guests);
    struct os_program program = index < run->guest_count
                                    ? run->options.processes[index].program
                                    : run->options.program;

    program.program = index;
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
    if (!run->running || run->options.memory == RUN_EARLY)
        run->running = process->pid;
    run->started++;
    return CLI_OK;
}

static int spawn(struct run *run)
{
    const unsigned first =
        run->options.memory == RUN_EARLY ? 1 : run->guest_count;

    grant(run);
    run->started = 0;
    for (unsigned i = 0; i < first; i++) {
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

/* To the end of all programs that have been started; *@code: of fencepost. */
static enum machine_end execute_started(struct run *run, int *code)
{
    enum machine_end end = execute(run);

    *code = CLI_OK;
    if (end != MACHINE_UNCOUNTED)
        return end;
    if (!begin_again(run))
        *code = CLI_BROKEN;
    return *code ? MACHINE_BROKEN : execute(run);
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
        const unsigned left = run->guest_count - run->started;

        (void)os_waiting(machine_os(run->machine), &who);
        cli_complain(run->command, "nothing can run any more: %s%s", who.text,
                     left > 0 ? "; --memory early: the programs behind it do "
                                "not begin"
                              : "");
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
    int code;
    enum machine_end end = execute_started(run, &code);

    while (!code && end == MACHINE_DONE && run->started < run->guest_count) {
        run_note_time(run);
        code = spawn_guest(run, &run->guests[run->started]);
        if (!code)
            end = execute_started(run, &code);
    }
    if (code)
        return code;
    run->host_seconds = host_clock() - start;
    if (run->trace && trace_error(run->trace))
        return finish_trace(run, CLI_BROKEN);
    code = exit_code_of(run, end);
    if (run->options.stats)
        run_print_stats(run);
    if (run->options.stats && ferror(stderr))
        code = CLI_BROKEN;
    return run->trace ? finish_trace(run, code) : code;
}

/* What was asked to be shown, instead of a run. */
static int show(const struct run_options *options)
{
    if (options->show_costs)
        cache_options_show_costs(&options->caches.costs, stdout);
    else
        options_show(options, stdout);
    return fflush(stdout) || ferror(stdout) ? CLI_BROKEN : CLI_OK;
}

static int run_all(struct run *run)
{
    static int (*const steps[])(struct run *) = {run_load,
                                                 run_check_files,
                                                 run_open_charge,
                                                 run_open_trace,
                                                 run_open_swap,
                                                 run_open_disk,
                                                 boot,
                                                 spawn};

    if (run->options.show_costs || run->options.show_config)
        return show(&run->options);

    tape_begin(&run->tape, &hostio, !is_counting(&run->options));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const int code = steps[i](run);

        if (code)
            return code;
    }
    return run->options.show_map ? run_show_map(run) : run_machine(run);
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
    run_close_swap(run);
    run_close_disk(run);
    trace_destroy(run->trace);
    charge_destroy(run->charge);
    hotspots_destroy(run->hotspots);
    tape_free(&run->tape);
    for (unsigned i = 0; i < run->program_count; i++) {
        symbols_destroy(run->guests[i].symbols);
        free(run->guests[i].file);
    }
    options_clear(&run->options);
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
