/*
 * emu/lib/traps.c - traps: handlers of who uses the library, and what is
 * written down; see fencepost/trap.h.
 *
 * Decisions:
 * - The user's handler is called by one of the OS's, so that the trap table in
 *   memory still says whose turn it is.
 * - Where there is no memory for the list of traps the run goes on, and the
 *   traps that are missing are not kept.
 * - A handler that goes round in a circle completes no instruction, so no limit
 *   of them ends it: traps in a row are counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/lib/internal.h"

#define LOOP 16384u /* traps in a row */

_Static_assert((int)FP_TRAPS == (int)TRAP_COUNT &&
                   (int)FP_TRAP_TIMER == (int)TRAP_TIMER &&
                   (int)FP_TRAP_DISK == (int)TRAP_DISK &&
                   (int)FP_TRAP_BOUNDS == (int)TRAP_BOUNDS &&
                   (int)FP_TRAP_ALIGNMENT == (int)TRAP_ALIGNMENT,
               "the same causes");
_Static_assert((int)FP_DEFAULT == (int)OS_DEFAULT &&
                   (int)FP_RETRY == (int)OS_RETRY &&
                   (int)FP_SKIP == (int)OS_SKIP &&
                   (int)FP_SWITCH == (int)OS_SWITCH &&
                   (int)FP_GROW == (int)OS_GROW &&
                   (int)FP_DELIVER == (int)OS_DELIVER &&
                   (int)FP_KILL == (int)OS_KILL,
               "the same actions");
_Static_assert((int)FP_READ == (int)MMU_READ &&
                   (int)FP_WRITE == (int)MMU_WRITE &&
                   (int)FP_EXEC == (int)MMU_EXEC,
               "the same rights");

/* ---- the list ---- */

/* Make room for one more of the last `kept`. False: out of host memory. */
static bool make_room(struct fp_log *log)
{
    uint32_t room = log->room ? 2 * log->room : 64;
    struct fp_trap *at;

    if (log->count - log->first < log->room || log->room == log->kept)
        return true;
    if (room > log->kept)
        room = log->kept;
    at = malloc(room * sizeof(*at));
    if (!at)
        return false;
    for (uint64_t n = log->first; n < log->count; n++)
        at[n % room] = log->at[n % log->room];
    free(log->at);
    log->at = at;
    log->room = room;
    return true;
}

static void add(struct fp_log *log, const struct fp_trap *trap)
{
    if (!make_room(log) && log->room == 0) {
        log->first = ++log->count;
        return;
    }
    log->at[log->count++ % log->room] = *trap;
    if (log->count - log->first > log->room)
        log->first = log->count - log->room;
}

int fp_trap_at(const struct fp_machine *machine, uint64_t n,
               struct fp_trap *out)
{
    const struct fp_log *log = &machine->log;

    if (n < log->first || n >= log->count)
        return -ENOENT;
    *out = log->at[n % log->room];
    return 0;
}

uint64_t fp_trap_count(const struct fp_machine *machine, enum fp_cause cause)
{
    const struct machine_counts counts = machine_counts(machine->machine);

    if (cause == FP_TRAPS)
        return machine->log.count;
    return (unsigned)cause < FP_TRAPS ? counts.traps[cause] : 0;
}

const char *fp_cause_name(enum fp_cause cause)
{
    return (unsigned)cause < FP_TRAPS ? trap_name((enum trap_cause)cause)
                                      : NULL;
}

/* ---- watching ---- */

static struct fp_trap record(struct fp_machine *fp,
                             const struct process *process,
                             const struct trap *trap)
{
    struct fp_trap out = {
        .cause = (enum fp_cause)trap->cause,
        .pid = process->pid,
        .pc = trap->pc,
        .insn_size = trap->insn_size,
        .instructions = trap->instructions,
        .cycle = trap->cycle,
        .va = trap->access.va,
        .size = trap->access.size,
        .kind = (enum fp_right)trap->access.kind,
        .legal = trap->legal,
        .segment = FP_NO_SEGMENT,
    };
    struct mmu_span span;

    if (out.size > 0 && os_locate(fp->os, process, &trap->access, &span))
        out.segment = (int)span.segment;
    if (trap->cause == TRAP_SYSCALL)
        out.call = pcb_get_reg(fp->phys, process->pcb, process->isa,
                               process->isa->call_number);
    return out;
}

static void before_trap(void *ctx, const struct process *process,
                        const struct trap *trap)
{
    struct fp_machine *fp = ctx;

    fp->trap = record(fp, process, trap);
    fp->row = trap->instructions == fp->completed ? fp->row + 1 : 0;
    fp->completed = trap->instructions;
}

static void after_trap(void *ctx, const struct process *process,
                       const struct trap *trap, bool ended)
{
    struct fp_machine *fp = ctx;

    (void)process, (void)trap;
    fp->trap.ended = ended;
    add(&fp->log, &fp->trap);
    if (ended)
        fp->row = 0;
    fp->looping = fp->row >= LOOP;
    fp->corrupt = fp->config.check && !fp_check_after(fp, &fp->trap);
    if (fp->looping || fp->corrupt)
        machine_stop(fp->machine);
}

struct machine_watcher fp_watcher(struct fp_machine *machine)
{
    return (struct machine_watcher){
        .ctx = machine, .before_trap = before_trap, .after_trap = after_trap};
}

/* ---- handlers ---- */

static enum os_action handle(struct os *os, struct process *process,
                             const struct trap *trap, void *context)
{
    const struct fp_installed *installed = context;
    struct fp_machine *fp = installed->machine;
    enum fp_action action;

    (void)os, (void)process, (void)trap;
    fp->handling = true;
    action = installed->handler(fp, &fp->trap, installed->context);
    fp->handling = false;
    return (enum os_action)action;
}

int fp_set_handler(struct fp_machine *machine, enum fp_cause cause,
                   fp_handler *handler, void *context)
{
    struct fp_installed *installed;

    if ((unsigned)cause >= FP_TRAPS)
        return -EINVAL;
    installed = &machine->installed[cause];
    *installed = (struct fp_installed){machine, handler, context};
    os_set_handler(machine->os, (enum trap_cause)cause, handler ? handle : NULL,
                   installed);
    return 0;
}

/* ---- ends ---- */

/* Room for the exit code of @pid. False: out of host memory. */
static bool make_end_room(struct fp_machine *fp, uint32_t pid)
{
    const uint32_t room = 2 * pid + 64;
    uint32_t *ends;
    bool *ended;

    if (pid < fp->end_room)
        return true;
    ends = realloc(fp->ends, room * sizeof(*ends));
    if (ends)
        fp->ends = ends;
    ended = ends ? realloc(fp->ended, room * sizeof(*ended)) : NULL;
    if (!ended)
        return false;
    memset(ended + fp->end_room, 0, room - fp->end_room);
    fp->ended = ended;
    fp->end_room = room;
    return true;
}

void fp_note_end(void *ctx, const struct process *process, uint32_t signal)
{
    struct fp_machine *fp = ctx;

    (void)signal;
    if (!make_end_room(fp, process->pid))
        return;
    fp->ends[process->pid] = os_exit_code(fp->os);
    fp->ended[process->pid] = true;
}

int fp_exit_code(const struct fp_machine *machine, uint32_t pid, uint32_t *code)
{
    if (pid > 0 && pid < machine->end_room && machine->ended[pid]) {
        *code = machine->ends[pid];
        return 0;
    }
    return os_process(machine->os, pid) ? -EAGAIN : -ESRCH;
}
