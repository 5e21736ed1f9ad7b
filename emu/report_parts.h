/*
 * emu/report_parts.h - the sections of a report, for emu/report*.c only.
 *
 * Layer: emu/.
 */
#ifndef EMU_REPORT_PARTS_H
#define EMU_REPORT_PARTS_H

#include "emu/report.h"

#define REPORT_TEXT_MAX 160u /* bytes of one instruction as text */

/* How a report shows an instruction set. */
struct report_isa {
    const struct isa *isa;
    struct report_flag {
        uint32_t bit;
        const char *name;
    } flags[14]; /* ends with bit 0 */
    struct report_alias {
        const char *name;
        unsigned reg;
    } aliases[32]; /* other words that mean a register; ends with NULL */
    int link;      /* register that holds the return address; -1: the stack */
    uint32_t fixed_size; /* bytes of each instruction; 0: it varies */
};

const struct report_isa *report_isa_of(const struct isa *isa);

uint32_t report_pc(const struct report *report);
uint32_t report_sp(const struct report *report);
bool report_is_thumb(const struct report *report);

/* Text of the instruction at @va, from the captured bytes; its length or 0. */
uint32_t report_insn(const struct report *report,
                     const struct report_context *context, vaddr_t va,
                     char text[REPORT_TEXT_MAX]);

/* report_title.c: the first line, what memory was short, what to look at. */
void report_print_title(const struct report *report,
                        const struct report_context *context, FILE *file);
void report_print_shortage(const struct report_context *context, FILE *file);
void report_print_hint(const struct report *report,
                       const struct report_context *context, FILE *file);

/* report_code.c */
void report_print_code(const struct report *report,
                       const struct report_context *context, FILE *file);

/* report_state.c */
void report_print_registers(const struct report *report, FILE *file);
void report_print_memory(const struct report *report, FILE *file);

#endif /* EMU_REPORT_PARTS_H */
