/*
 * emu/access_line.h - one line that asks for accesses: by hand, or of a trace.
 *
 *      VA [SIZE]  or  r|w|x VA [SIZE]  or  sr|sw VA [SIZE], for a load or store
 *      through the stack or frame pointer
 *
 * or a line of a trace, as emu/reftrace.h says. Of a modify comes the load,
 * then the store.
 *
 * Empty lines, and by hand those that begin with #, ask for nothing. By hand,
 * addresses have 32 bits, and numbers are those of cli_parse_size(). In a trace
 * addresses have up to 64 bits, for it may be of a program with more.
 *
 * Layer: emu/.
 */
#ifndef EMU_ACCESS_LINE_H
#define EMU_ACCESS_LINE_H

#include "emu/reftrace.h"

/* What one line asks for. */
struct access_line {
    struct mmu_access access; /* its va means nothing when that is too wide */
    uint64_t va;              /* past UINT32_MAX: outside of every space */
    bool has_kind, has_size;  /* the line gave them */
    bool modify;              /* after the load comes the same as a store */
};

/*
 * Read @text of @size bytes, which ends with a 0 that is not counted;
 * REFTRACE_AUTO: by hand.
 *
 * Returns NULL and fills @out, whose access.size is 0 when the line asks for
 * nothing; or what is wrong with the line.
 */
const char *access_line_read(enum reftrace_format format, const char *text,
                             size_t size, struct access_line *out);

#endif /* EMU_ACCESS_LINE_H */
