/*
 * emu/trace.c - trap and access records; see trace.h.
 *
 * Decisions:
 * - An access's instruction is complete when it is announced, so the number of
 *   fetches seen is the clock of a run that is not timed.
 * - A system call's record is written when its result is known, in the place
 *   of the trap: nothing else of the process happens in between.
 */
#include "emu/trace.h"

#include <errno.h>
#include <stdlib.h>

#include "emu/json.h"
#include "emu/outfile.h"
#include "os/abi.h"

struct trace {
    struct outfile out;
    bool on_stdout;            /* records and guest output keep their order */
    struct trace_lines lines;  /* of accesses, unless the format is JSON */
    int error;                 /* the first of a write, negative errno */
    uint64_t seq;              /* of the last record */
    const struct clock *clock; /* borrowed; NULL: instructions are the clock */
    uint64_t fetches;          /* accesses announced that were fetches */
    struct json call;          /* record of the system call being handled */
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
    return trace->clock ? trace->clock->now : trace->fetches - 1;
}

/* Of what happened after so many @instructions. */
static uint64_t cycle_after(const struct trace *trace, uint64_t instructions)
{
    return trace->clock ? trace->clock->now : instructions;
}

static void begin(struct trace *trace, struct json *json, uint64_t cycle,
                  const struct process *process, vaddr_t pc)
{
    json_begin(json, trace->out.file);
    json_number(json, "seq", ++trace->seq);
    json_number(json, "cycle", cycle);
    json_number(json, "pid", process->pid);
    json_number(json, "pc", pc);
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

struct call_name {
    uint32_t number;
    const char *name;
    unsigned args;
};

static const struct call_name *find_call(const struct isa *isa, uint32_t number)
{
    static const struct call_name rows[] = {
        {ABI_SYS_EXIT, "exit", 1},   {ABI_SYS_READ, "read", 3},
        {ABI_SYS_WRITE, "write", 3}, {ABI_SYS_GETPID, "getpid", 0},
        {ABI_SYS_BRK, "brk", 1},     {ABI_SYS_WRITEV, "writev", 3},
    };
    static const struct call_name exit_group = {0, "exit_group", 1};

    if (number == isa->sys_exit_group)
        return &exit_group;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
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
    const struct call_name *call = find_call(isa, number);
    uint32_t args[ISA_ARGS];

    for (unsigned i = 0; i < ISA_ARGS; i++)
        args[i] = pcb_get_reg(phys, process->pcb, isa, isa->call_args[i]);
    json_string(json, "kind", trap_name(TRAP_SYSCALL));
    json_number(json, "number", number);
    if (call)
        json_string(json, "name", call->name);
    json_numbers(json, "args", args, call ? call->args : ISA_ARGS);
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
    begin(trace, &trace->call, cycle_after(trace, trap->instructions), process,
          trap->pc - trap->insn_size);
    put_call(&trace->call, phys, process);
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
    begin(trace, &json, cycle_after(trace, trap->instructions), process,
          trap->pc);
    put_trap(&json, process, trap);
    end(trace, &json);
}

void trace_after_trap(struct trace *trace, const struct phys *phys,
                      const struct process *process, const struct trap *trap,
                      bool ended)
{
    if (trap->cause != TRAP_SYSCALL || !is_json(trace))
        return;
    if (!ended) {
        const struct isa *isa = process->isa;

        json_signed(&trace->call, "result",
                    result_value(pcb_get_reg(phys, process->pcb, isa,
                                             isa->call_result)));
    }
    end(trace, &trace->call);
}

void trace_switch(struct trace *trace, const struct phys *phys,
                  uint32_t from_pid, const struct process *to,
                  uint64_t instructions)
{
    struct json json;

    if (!is_json(trace))
        return;
    begin(trace, &json, cycle_after(trace, instructions), to,
          pcb_get_reg(phys, to->pcb, to->isa, to->isa->pc));
    json_string(&json, "kind", "switch");
    json_number(&json, "from", from_pid);
    end(trace, &json);
}
