/*
 * fencepost/state.h - all state of a machine that stands still: before, between
 * and after runs, and in handlers and events.
 *
 * Processes are named by their pids. All functions here return 0, or a negative
 * errno value and change nothing:
 *   -ESRCH   there is no such process (any more)
 *   -ENOENT  there is no register of that name
 *   -EINVAL  the register does not have that size, or a heap's segment would
 *            not hold what the program's file has
 *   -ERANGE  there is no such segment, PCB byte or physical byte
 *   -EFAULT  memory that the process may not access so, or a segment outside
 *            of physical memory
 *   -ENOMEM  no hole is large enough
 */
#ifndef FENCEPOST_STATE_H
#define FENCEPOST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "trap.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- processes ---- */

enum fp_state { FP_READY, FP_RUNNING, FP_BLOCKED, FP_ZOMBIE };

struct fp_process {
    uint32_t pid;
    uint32_t parent; /* pid; 0: the operating system */
    enum fp_state state;
    const char *arch;   /* "x86" or "arm" */
    const char *scheme; /* "base-bounds" ... */
    unsigned segments;  /* MMU registers or descriptors that it has */
    uint32_t reserved;  /* physical memory, bytes */
    uint32_t pcb;       /* where that lies in it */
    uint64_t cycles;    /* that it has run, up to its last trap */
};

int fp_process(const struct fp_machine *machine, uint32_t pid,
               struct fp_process *out);

/* End it, with an exit code or as by a signal from 1 to 64 (else -EINVAL). */
int fp_exit(struct fp_machine *machine, uint32_t pid, uint32_t code);
int fp_kill(struct fp_machine *machine, uint32_t pid, unsigned signal);

/* ---- registers ---- */

/*
 * A register of 4 bytes, by its name: eax ... edi, eip, eflags, cs ... gs;
 * r0 ... r12, sp, lr, pc, cpsr. On both: pc, sp, flags; and for system calls
 * call, arg0 ... arg5, result.
 */
int fp_reg(const struct fp_machine *machine, uint32_t pid, const char *name,
           uint32_t *value);
int fp_set_reg(struct fp_machine *machine, uint32_t pid, const char *name,
               uint32_t value);

/* Any register, also st0 (10 bytes), xmm0 (16), d0 (8): @size is its size. */
int fp_reg_bytes(const struct fp_machine *machine, uint32_t pid,
                 const char *name, void *to, uint32_t size);
int fp_set_reg_bytes(struct fp_machine *machine, uint32_t pid, const char *name,
                     const void *from, uint32_t size);

/* ---- memory ---- */

/* Memory of a process, with its own rights. All of it moves, or nothing. */
int fp_read(const struct fp_machine *machine, uint32_t pid, uint32_t va,
            void *to, uint32_t size);
int fp_write(struct fp_machine *machine, uint32_t pid, uint32_t va,
             const void *from, uint32_t size);

/* Memory of one segment that is in memory, whatever its rights. */
int fp_peek(const struct fp_machine *machine, uint32_t pid, uint32_t va,
            void *to, uint32_t size);
int fp_poke(struct fp_machine *machine, uint32_t pid, uint32_t va,
            const void *from, uint32_t size);

/*
 * What the MMU says of an access of 1 to 512 bytes (else -EINVAL): sets *@pa;
 * or -EFAULT, and *@cause (unless it is NULL) is the trap that it would be.
 */
int fp_translate(const struct fp_machine *machine, uint32_t pid, uint32_t va,
                 uint32_t size, enum fp_right kind, uint32_t *pa,
                 enum fp_cause *cause);

/* Physical memory. */
int fp_phys_read(const struct fp_machine *machine, uint32_t pa, void *to,
                 uint32_t size);
int fp_phys_write(struct fp_machine *machine, uint32_t pa, const void *from,
                  uint32_t size);

/* Bytes of it in holes, and in the largest one. */
void fp_holes(const struct fp_machine *machine, uint32_t *bytes,
              uint32_t *largest);

/* ---- MMU registers ---- */

/* Under base and bounds there is one, number 0, and only those two count. */
struct fp_segment {
    uint32_t base;   /* physical; growing down: behind the last byte */
    uint32_t bounds; /* bytes; 0: it was never set */
    unsigned rights; /* enum fp_right */
    bool grows_down;
    bool present; /* else every access is FP_TRAP_ABSENT */
};

int fp_segment(const struct fp_machine *machine, uint32_t pid, unsigned number,
               struct fp_segment *out);

/*
 * Write the registers, and nothing else: what memory is reserved for the
 * segment stays as it is. That is how a handler goes wrong; see fp_check().
 */
int fp_set_segment(struct fp_machine *machine, uint32_t pid, unsigned number,
                   const struct fp_segment *segment);

/* The physical memory that is reserved for it; *@size 0: none. */
int fp_reserved(const struct fp_machine *machine, uint32_t pid, unsigned number,
                uint32_t *base, uint32_t *size);

/*
 * Give the segment a size of @bounds bytes: it grows at its open end, in place,
 * by moving, or after a compaction; what is new reads 0. When it shrinks its
 * memory stays reserved. The program break is the end of the heap's segment,
 * and moves with it (FP_GROW, too); under base and bounds it only comes down,
 * when else it would lie outside.
 */
int fp_resize(struct fp_machine *machine, uint32_t pid, unsigned number,
              uint32_t bounds);

/* ---- PCBs ---- */

/* Where some fields lie, of 4 bytes where nothing else is said. */
enum fp_pcb {
    FP_PCB_MAGIC = 0,
    FP_PCB_PID = 4,
    FP_PCB_STATE = 8,
    FP_PCB_ISA = 12, /* the ELF number of its processor */
    FP_PCB_BREAK = 20,
    FP_PCB_BREAK_MIN = 24,
    FP_PCB_STACK_MAX = 28,
    FP_PCB_PARENT = 32,
    FP_PCB_WAKE = 48,       /* 8 bytes */
    FP_PCB_CYCLES = 56,     /* 8 bytes */
    FP_PCB_SEGMENTS = 64,   /* 8 times base, bounds, flags */
    FP_PCB_PENDING = 172,   /* 8 bytes: signals */
    FP_PCB_BLOCKED = 180,   /* 8 bytes: signals */
    FP_PCB_REGISTERS = 192, /* 512 bytes */
    FP_PCB_SIZE = 1792,     /* of all of it */
};

/*
 * Bytes of a PCB. Writing it is what a kernel can do, and it goes as wrong as
 * there: pid, state and magic are the operating system's, and written they are
 * -EPERM.
 */
int fp_pcb_read(const struct fp_machine *machine, uint32_t pid, uint32_t offset,
                void *to, uint32_t size);
int fp_pcb_write(struct fp_machine *machine, uint32_t pid, uint32_t offset,
                 const void *from, uint32_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* FENCEPOST_STATE_H */
