/*
 * emu/trace.h - what happened, as JSON Lines.
 *
 * One record for each trap and, on request, for each access of a completed
 * instruction. Keys in this order; a key that does not apply is left out.
 *
 *      seq      1, 2, 3 ...
 *      cycle    the clock before it happened; where nothing costs cycles it is
 *               the number of instructions completed before
 *      pid      the process
 *      pc       address of the instruction
 *      kind     fetch, load or store; for a trap that is no access its cause:
 *               syscall, undefined, privileged, divide, breakpoint, float,
 *               overflow
 *      va       first byte of the access
 *      size     its bytes
 *      segment  the segment it is in, or was meant for
 *      offset   va's distance from the segment's first byte
 *      pa       where va lies in physical memory
 *      verdict  ok, or the cause of the trap: segment, absent, bounds,
 *               protection, alignment
 *
 * and for a system call, instead of those from va on:
 *
 *      number   of the call
 *      name     as in Linux, when the OS has it
 *      args     its arguments
 *      result   what it returned: negative is an error; none when the call
 *               ended the process
 *
 * and for an image that goes to the swap disk, or comes from there, of the kind
 * swap-out or swap-in:
 *
 *      bytes    how many were written or read
 *
 * and of the kind wait-memory for a process that begins to wait for memory:
 *
 *      bytes    so many
 *
 * and of the kind bring-in for a segment that the disk has brought in:
 *
 *      bytes    its bounds
 *
 * Addresses are numbers. Nothing in a record depends on the host.
 *
 * A trace appears under its name when it is complete, and not at all when it
 * cannot be: until then it is a file without a name, or a pipe, terminal or
 * device that was there before.
 *
 * Layer: emu/.
 */
#ifndef EMU_TRACE_H
#define EMU_TRACE_H

#include "emu/trace_lines.h"
#include "mmu/clock.h"
#include "os/os.h"

struct trace;

/*
 * Begin a trace in the file @path; "-" is stdout. Of the formats but TRACE_JSON
 * it holds accesses only, as in trace_lines.h.
 *
 * Returns 0 and sets *@out, or a negative errno.
 */
int trace_create(struct trace **out, const char *path,
                 enum trace_format format);

/* Cycles are @clock's (borrowed) from now on, not instructions. */
void trace_set_clock(struct trace *trace, const struct clock *clock);

/* Drop the trace and the file, unless trace_finish() has been called. */
void trace_destroy(struct trace *trace);

/*
 * Give the file its name.
 *
 * Returns 0, or a negative errno: the first that any write of it met.
 */
int trace_finish(struct trace *trace);

/* 0, or the negative errno that a write has met; no use to go on then. */
int trace_error(const struct trace *trace);

/* An access that was allowed. */
void trace_access(struct trace *trace, const struct process *process,
                  vaddr_t pc, const struct mmu_access *access, paddr_t pa);

/* A trap: before the OS acts, and after. @phys holds the PCBs. */
void trace_before_trap(struct trace *trace, const struct phys *phys,
                       const struct process *process, const struct trap *trap);
void trace_after_trap(struct trace *trace, const struct phys *phys,
                      const struct process *process, const struct trap *trap,
                      bool ended);

/* After a trap: nobody has run for @idle cycles, in all. */
void trace_idle(struct trace *trace, cycles_t idle);

/* Another process runs next. */
void trace_switch(struct trace *trace, const struct phys *phys,
                  uint32_t from_pid, const struct process *to, cycles_t cycle);

/* What has happened to the image of @process, or it waits for memory. */
void trace_swap(struct trace *trace, const struct phys *phys,
                const struct process *process, enum os_swap_what what,
                uint32_t bytes, cycles_t cycle);

/* The call that @process had to wait in is complete. */
void trace_resume(struct trace *trace, const struct phys *phys,
                  const struct process *process, cycles_t cycle);

#endif /* EMU_TRACE_H */
