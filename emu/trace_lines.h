/*
 * emu/trace_lines.h - write accesses as other tools' traces have them.
 *
 *      lackey   "I  addr,size", " L addr,size", " S ..." and " M ...", as
 *               valgrind --tool=lackey --trace-mem=yes does; addresses are
 *               hexadecimal with at least 8 digits, sizes decimal
 *      din      "label addr size" of Dinero, hexadecimal: 0 a load, 1 a store,
 *               2 a fetch
 *
 * A modify ("M") is a load and then a store of the same bytes by one
 * instruction; din has none, and both are written. So a load is held back until
 * what follows it is known.
 *
 * Layer: emu/.
 */
#ifndef EMU_TRACE_LINES_H
#define EMU_TRACE_LINES_H

#include <stdio.h>

#include "mmu/mmu.h"

enum trace_format { TRACE_JSON, TRACE_LACKEY, TRACE_DIN, TRACE_FORMAT_COUNT };

/* "json", "lackey", "din". */
extern const char *const trace_format_names[TRACE_FORMAT_COUNT];

/* All 0 but the format, not TRACE_JSON, at the beginning. */
struct trace_lines {
    enum trace_format format;
    struct mmu_access held; /* a load that is not written yet; size 0: none */
};

/*
 * Write an access to @file, or hold it back. Whether that went well, ferror()
 * of the file tells.
 */
void trace_lines_put(struct trace_lines *lines, const struct mmu_access *access,
                     FILE *file);

/* Write what is held back. */
void trace_lines_flush(struct trace_lines *lines, FILE *file);

#endif /* EMU_TRACE_LINES_H */
