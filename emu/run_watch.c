/*
 * emu/run_watch.c - traps, accesses, input and output of a run, and the
 * report of a fault; see run_internal.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/run_internal.h"

static void on_access(void *ctx, const struct process *process, vaddr_t pc,
                      const struct mmu_access *access, paddr_t pa)
{
    struct run *run = ctx;
    struct associative_walk walk;
    paddr_t same;

    if (run->counts_descriptors && process->regs.mmu.ops == &segment_table_ops)
        (void)associative_translate(&run->associative, &process->regs.table,
                                    access, &same, &walk);
    if (run->hotspots && access->kind == MMU_EXEC)
        hotspots_fetch(run->hotspots, process->program + 1, pc, run->charge);
    if (run->options.trace_accesses)
        trace_access(run->trace, process, pc, access, pa);
}

static void before_trap(void *ctx, const struct process *process,
                        const struct trap *trap)
{
    struct run *run = ctx;

    run->running = process->pid;
    run->faulted = 0;
    if (run->tape.recording && os_clock_told(machine_os(run->machine)))
        tape_stop(&run->tape); /* and the machine goes on all the same */
    if (run->options.stats)
        run_note_memory(run, process);
    if (run->trace)
        trace_before_trap(run->trace, run->phys, process, trap);
    if (trap->cause == TRAP_SYSCALL || trap->cause == TRAP_TIMER ||
        trap->cause == TRAP_DISK)
        return;
    run->faulted = process->pid;
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
        .shortage = os_shortage(machine_os(run->machine)),
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

    if (run->trace) {
        trace_after_trap(run->trace, run->phys, process, trap, ended);
        trace_idle(run->trace, os_idle(machine_os(run->machine)));
    }
    if (ended && trap->cause != TRAP_SYSCALL)
        report(run);
}

/* Why the OS did it, if it did for want of the swap disk. */
static const char *swap_reason(int err)
{
    return err == -EIO ? ": its memory cannot be read from the swap file"
           : err       ? ": no room to bring it back from the swap file"
                       : "";
}

/*
 * As a shell does, which is silent when nobody reads any more. Of a fault there
 * is a report, and of a child its parent knows.
 */
void run_on_end(void *ctx, const struct process *process, uint32_t signal)
{
    struct run *run = ctx;

    if (signal == 0 || signal == ABI_SIGPIPE || !process->counts ||
        process->pid == run->faulted || run->reports++ < run->silent)
        return;
    cli_complain(run->command, "%s: pid %u: killed by signal %u (SIG%s)%s",
                 run->guests[process->program].argv[0], process->pid, signal,
                 sigabbrev_np((int)signal),
                 swap_reason(os_swap_error(process)));
}

static void on_switch(void *ctx, uint32_t from_pid, const struct process *to,
                      cycles_t cycle)
{
    struct run *run = ctx;

    run_note_time(run);
    run->running = to->pid;
    if (run->trace)
        trace_switch(run->trace, run->phys, from_pid, to, cycle);
}

static void on_swap(void *ctx, const struct process *process,
                    enum os_swap_what what, uint32_t bytes, cycles_t cycle)
{
    struct run *run = ctx;

    if (run->trace)
        trace_swap(run->trace, run->phys, process, what, bytes, cycle);
}

static void on_resume(void *ctx, const struct process *process, cycles_t cycle)
{
    struct run *run = ctx;

    if (run->trace)
        trace_resume(run->trace, run->phys, process, cycle);
}

static void on_start(void *ctx, const struct process *process)
{
    (void)process;
    run_note_references(ctx, 0);
}

static void on_stop(void *ctx, const struct process *process)
{
    struct run *run = ctx;

    run_note_references(run, process->pid);
    if (run->hotspots)
        hotspots_finish(run->hotspots, run->charge);
}

struct machine_watcher run_watcher(struct run *run)
{
    const bool refers = run->charge && run->options.stats;
    const bool each =
        run->options.trace_accesses || run->counts_descriptors || run->hotspots;

    return (struct machine_watcher){
        .ctx = run,
        .access = each ? on_access : NULL,
        .starts = refers ? on_start : NULL,
        .stops = refers ? on_stop : NULL,
        .before_trap = before_trap,
        .after_trap = after_trap,
        .switched = on_switch,
        .resumed = on_resume,
        .swapped = on_swap,
    };
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

struct os_io run_io(struct run *run)
{
    return (struct os_io){run_read, run_write, run};
}
