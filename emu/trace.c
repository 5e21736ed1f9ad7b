/*
 * emu/trace.c - trap and access records; see trace.h.
 *
 * Decisions:
 * - An access's instruction is complete when it is announced, so the number of
 *   fetches seen is the clock of a run that is not timed.
 * - A system call's record is written when its result is known, in the place
 *   of the trap: nothing else of the process happens in between. A call that
 *   has to wait has no result there; it has another record when it goes on.
 */
#include "emu/trace.h"

#include <errno.h>
#include <stdlib.h>

#include "emu/json.h"
#include "emu/outfile.h"
#include "os/abi.h"

/* A record that waits until that of the system call is complete. */
struct swap_note {
    uint64_t cycle;
    uint32_t pid, bytes;
    vaddr_t pc;
    enum os_swap_what what;
};

struct trace {
    struct outfile out;
    bool on_stdout;            /* records and guest output keep their order */
    struct trace_lines lines;  /* of accesses, unless the format is JSON */
    int error;                 /* the first of a write, negative errno */
    uint64_t seq;              /* of the last record */
    const struct clock *clock; /* borrowed; NULL: instructions are the clock */
    uint64_t fetches;          /* accesses announced that were fetches */
    cycles_t idle;             /* what the clock has moved beside them */
    cycles_t idle_told;        /* by trace_idle(), the last time */
    struct json call;          /* record of the system call being handled */
    bool calling;              /* there is one */
    struct swap_note *notes;   /* owned */
    size_t note_count, note_room;
};

int trace_create(struct trace **out, const char *path, enum trace_format format)
{
    struct trace *trace = calloc(1, sizeof(*trace));
    int err;

    if (!trace)
        return -ENOMEM;
    err = outfile_open(&trace->out, path);
    if (err) {
        free(trace);
        return err;
    }
    trace->on_stdout = path[0] == '-' && !path[1];
    trace->lines.format = format;
    *out = trace;
    return 0;
}

void trace_set_clock(struct trace *trace, const struct clock *clock)
{
    trace->clock = clock;
}

void trace_destroy(struct trace *trace)
{
    if (!trace)
        return;
    outfile_drop(&trace->out);
    free(trace->notes);
    free(trace);
}

static bool is_json(const struct trace *trace)
{
    return trace->lines.format == TRACE_JSON;
}

/* Keep the reason of the first failure: errno, set by the write just made. */
static void note_error(struct trace *trace)
{
    if (ferror(trace->out.file) && !trace->error)
        trace->error = errno ? -errno : -EIO;
}

int trace_finish(struct trace *trace)
{
    errno = 0;
    trace_lines_flush(&trace->lines, trace->out.file);
    note_error(trace);
    if (trace->error) {
        outfile_drop(&trace->out);
        return trace->error;
    }
    return outfile_commit(&trace->out);
}

int trace_error(const struct trace *trace)
{
    return trace->error;
}

static uint64_t cycle_of_access(const struct trace *trace)
{
    return trace->clock ? trace->clock->now : trace->idle + trace->fetches - 1;
}

static void begin_for(struct trace *trace, struct json *json, uint64_t cycle,
                      uint32_t pid, vaddr_t pc)
{
    json_begin(json, trace->out.file);
    json_number(json, "seq", ++trace->seq);
    json_number(json, "cycle", cycle);
    json_number(json, "pid", pid);
    json_number(json, "pc", pc);
}

static void begin(struct trace *trace, struct json *json, uint64_t cycle,
                  const struct process *process, vaddr_t pc)
{
    begin_for(trace, json, cycle, process->pid, pc);
}

static void end(struct trace *trace, struct json *json)
{
    errno = 0;
    json_end(json);
    note_error(trace);
}

static void put_access(struct json *json, const struct process *process,
                       const struct mmu_access *access, const paddr_t *pa,
                       const char *verdict)
{
    const struct mmu *mmu = &process->regs.mmu;
    struct mmu_span span;
    char name[16];

    json_string(json, "kind", mmu_kind_name(access->kind));
    json_number(json, "va", access->va);
    json_number(json, "size", access->size);
    if (mmu->ops->locate(mmu, access, &span)) {
        json_string(json, "segment", mmu_span_name(&span, name));
        json_number(json, "offset", mmu_span_offset(&span, access->va));
    }
    if (pa)
        json_number(json, "pa", *pa);
    json_string(json, "verdict", verdict);
}

void trace_access(struct trace *trace, const struct process *process,
                  vaddr_t pc, const struct mmu_access *access, paddr_t pa)
{
    struct json json;

    if (!is_json(trace)) {
        errno = 0;
        trace_lines_put(&trace->lines, access, trace->out.file);
        note_error(trace);
        return;
    }
    if (access->kind == MMU_EXEC)
        trace->fetches++;
    begin(trace, &json, cycle_of_access(trace), process, pc);
    put_access(&json, process, access, &pa, "ok");
    end(trace, &json);
}

/* Results in [-4095, -1] are errors, all others are unsigned. */
static int64_t result_value(uint32_t result)
{
    return result >= (uint32_t)-4095 ? (int64_t)(int32_t)result
                                     : (int64_t)result;
}

static void put_call(struct json *json, const struct phys *phys,
                     const struct process *process)
{
    const struct isa *isa = process->isa;
    const uint32_t number =
        pcb_get_reg(phys, process->pcb, isa, isa->call_number);
    const struct os_call_info *call = os_call_find(isa, number);
    uint32_t args[ISA_ARGS];

    for (unsigned i = 0; i < ISA_ARGS; i++)
        args[i] = pcb_get_reg(phys, process->pcb, isa, isa->call_args[i]);
    json_string(json, "kind", trap_name(TRAP_SYSCALL));
    json_number(json, "number", number);
    if (call)
        json_string(json, "name", call->name);
    json_numbers(json, "args", args, call ? call->args : ISA_ARGS);
}

static void put_result(struct json *json, const struct process *process)
{
    json_signed(json, "result", result_value(process->result));
}

/* Its call waits, or has waited and another record will tell. */
static bool waits(const struct phys *phys, const struct process *process)
{
    return process->resumed ||
           pcb_get(phys, process->pcb, PCB_FIELD_WAIT) != PCB_WAIT_NOTHING;
}

static void put_trap(struct json *json, const struct process *process,
                     const struct trap *trap)
{
    if (trap->access.size == 0)
        json_string(json, "kind", trap_name(trap->cause));
    else
        put_access(json, process, &trap->access, NULL, trap_name(trap->cause));
}

/* What the guest is about to print comes behind what is recorded. */
static void keep_order(struct trace *trace)
{
    if (!trace->on_stdout)
        return;
    errno = 0;
    trace_lines_flush(&trace->lines, trace->out.file);
    fflush(trace->out.file);
    note_error(trace);
}

/* The call instruction itself: its pc is already behind it. */
static void before_call(struct trace *trace, const struct phys *phys,
                        const struct process *process, const struct trap *trap)
{
    begin(trace, &trace->call, trap->cycle, process,
          trap->pc - trap->insn_size);
    put_call(&trace->call, phys, process);
    trace->calling = true;
    keep_order(trace);
}

void trace_before_trap(struct trace *trace, const struct phys *phys,
                       const struct process *process, const struct trap *trap)
{
    struct json json;

    if (!is_json(trace)) {
        keep_order(trace);
        return;
    }
    if (trap->cause == TRAP_SYSCALL) {
        before_call(trace, phys, process, trap);
        return;
    }
    begin(trace, &json, trap->cycle, process, trap->pc);
    put_trap(&json, process, trap);
    end(trace, &json);
}

static void put_swap(struct trace *trace, const struct swap_note *note)
{
    static const char *const kinds[] = {
        [OS_SWAP_OUT] = "swap-out",
        [OS_SWAP_IN] = "swap-in",
        [OS_SWAP_WAIT] = "wait-memory",
        [OS_SWAP_LOAD] = "bring-in",
    };
    struct json json;

    begin_for(trace, &json, note->cycle, note->pid, note->pc);
    json_string(&json, "kind", kinds[note->what]);
    json_number(&json, "bytes", note->bytes);
    end(trace, &json);
}

void trace_after_trap(struct trace *trace, const struct phys *phys,
                      const struct process *process, const struct trap *trap,
                      bool ended)
{
    if (trap->cause != TRAP_SYSCALL || !is_json(trace))
        return;
    if (!ended && !waits(phys, process))
        put_result(&trace->call, process);
    end(trace, &trace->call);
    trace->calling = false;
    for (size_t i = 0; i < trace->note_count; i++)
        put_swap(trace, &trace->notes[i]);
    trace->note_count = 0;
}

static bool keep_note(struct trace *trace, const struct swap_note *note)
{
    if (trace->note_count == trace->note_room) {
        const size_t room = trace->note_room ? 2 * trace->note_room : 16;
        struct swap_note *more =
            realloc(trace->notes, room * sizeof(*trace->notes));

        if (!more)
            return false;
        trace->notes = more;
        trace->note_room = room;
    }
    trace->notes[trace->note_count++] = *note;
    return true;
}

void trace_swap(struct trace *trace, const struct phys *phys,
                const struct process *process, enum os_swap_what what,
                uint32_t bytes, cycles_t cycle)
{
    const struct isa *isa = process->isa;
    const struct swap_note note = {
        .cycle = cycle,
        .pid = process->pid,
        .bytes = bytes,
        .pc = pcb_get_reg(phys, process->pcb, isa, isa->pc),
        .what = what,
    };

    if (!is_json(trace))
        return;
    if (!trace->calling)
        put_swap(trace, &note);
    else if (!keep_note(trace, &note) && !trace->error)
        trace->error = -ENOMEM;
}

/* Beside fetches only idling moves the clock. */
static void note_clock(struct trace *trace, cycles_t cycle)
{
    trace->idle = cycle - trace->fetches;
}

/* The same process may go on. */
void trace_idle(struct trace *trace, cycles_t idle)
{
    trace->idle += idle - trace->idle_told;
    trace->idle_told = idle;
}

void trace_switch(struct trace *trace, const struct phys *phys,
                  uint32_t from_pid, const struct process *to, cycles_t cycle)
{
    struct json json;

    note_clock(trace, cycle);
    if (!is_json(trace))
        return;
    begin(trace, &json, cycle, to,
          pcb_get_reg(phys, to->pcb, to->isa, to->isa->pc));
    json_string(&json, "kind", "switch");
    json_number(&json, "from", from_pid);
    end(trace, &json);
}

void trace_resume(struct trace *trace, const struct phys *phys,
                  const struct process *process, cycles_t cycle)
{
    struct json json;

    note_clock(trace, cycle);
    begin(trace, &json, cycle, process,
          pcb_get_reg(phys, process->pcb, process->isa, process->isa->pc));
    json_string(&json, "kind", "resume");
    put_result(&json, process);
    end(trace, &json);
}
