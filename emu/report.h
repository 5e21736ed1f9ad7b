/*
 * emu/report.h - the report of a trap that ended a process, for people.
 *
 * It leads with one line that names rule, operands and verdict, then says what
 * to look at, shows the instruction with its neighbours and operands, the
 * registers, the address space and where it lies in physical memory.
 *
 * Whether a trap is fatal is known only when the OS has acted, and then the
 * process is gone: so every trap that may be is captured before.
 *
 * Nothing in a report depends on the host. Layer: emu/.
 */
#ifndef EMU_REPORT_H
#define EMU_REPORT_H

#include <stdio.h>

#include "emu/decode.h"
#include "emu/symbols.h"
#include "os/os.h"

#define REPORT_BEFORE 4096u /* bytes of code kept before the instruction */
#define REPORT_AFTER  64u   /* and from it on */
#define REPORT_SPANS  16u

/* All that a report says of the machine, as it was when the trap came. */
struct report {
    struct trap trap;
    const struct isa *isa;
    struct cpu_state cpu;
    uint32_t pid;
    vaddr_t break_min; /* the end of the image */
    vaddr_t brk;       /* the end of the heap */
    const char *scheme;
    struct mmu_span spans[REPORT_SPANS]; /* the address space */
    unsigned span_count;
    vaddr_t stack_low;  /* where the stack may be: its first byte */
    uint64_t stack_end; /* and behind its last */
    bool has_segment;   /* `segment` is what the access was meant for */
    struct mmu_span segment;
    uint32_t phys_size;
    bool has_stack_top; /* the word that the stack pointer points at */
    uint32_t stack_top;
    vaddr_t code_va; /* the legal bytes around the instruction */
    uint32_t code_size;
    uint8_t code[REPORT_BEFORE + REPORT_AFTER];
};

/* What else a report needs. */
struct report_context {
    const char *program;           /* its name */
    const struct symbols *symbols; /* of its file */
    struct decoder *decoder;       /* for its instruction set */
    uint32_t exit_code;            /* with which the OS ended it */
    struct os_shortage shortage;   /* for want of what memory, if any */
};

/* Fill *@report before the OS acts. The PCB is in @phys. */
void report_capture(struct report *report, const struct phys *phys,
                    const struct process *process, const struct trap *trap);

void report_print(const struct report *report,
                  const struct report_context *context, FILE *file);

/* What happened and how it ended, which need no memory: symbols and decoder may
 * be NULL. */
void report_print_brief(const struct report *report,
                        const struct report_context *context, FILE *file);

#endif /* EMU_REPORT_H */
