/*
 * emu/reftrace.h - read references from a recorded trace.
 *
 *      lackey     valgrind --tool=lackey --trace-mem=yes: "I  addr,size",
 *                 " L addr,size", " S ...", " M ..." (a modify); addresses are
 *                 hexadecimal, sizes decimal. Lines that begin with "==" or
 *                 "--" are valgrind's own and are passed over.
 *      din        Dinero's "label address [size]", hexadecimal: 0 or r a read,
 *                 1 or w a write, 2 or i a fetch, 3 or m anything else (a
 *                 read). 4, c and v order the cache about and are passed over.
 *                 Without a size it is a word of 4 bytes; what follows is a
 *                 comment.
 *      fencepost  `fencepost run --trace FILE --trace-accesses`: the accesses
 *                 whose verdict is ok; other records are passed over.
 *
 * Empty lines are passed over. A reference has 1 to 512 bytes.
 *
 * Layer: emu/.
 */
#ifndef EMU_REFTRACE_H
#define EMU_REFTRACE_H

#include "emu/lines.h"
#include "mmu/memsys.h"

enum reftrace_format {
    REFTRACE_AUTO, /* by the first line that is not passed over */
    REFTRACE_LACKEY,
    REFTRACE_DIN,
    REFTRACE_FENCEPOST,
    REFTRACE_COUNT
};

struct reftrace {
    struct lines lines;
    enum reftrace_format format;
    const char *at, *end; /* whole lines that are not parsed yet */
    uint64_t line;        /* number of the line last looked at */
    char why[160];        /* what is wrong with it */
};

/* "auto", "lackey", "din", "fencepost". */
extern const char *const reftrace_format_names[REFTRACE_COUNT];

/*
 * Begin to read @path; "-" is stdin.
 *
 * Returns 0 and fills @out, or what lines_open() does.
 */
int reftrace_open(struct reftrace *out, const char *path,
                  enum reftrace_format format);

/* A trace that is all 0 is let be. */
void reftrace_close(struct reftrace *trace);

/*
 * Fill at most @max references; *@count says how many.
 *
 * Returns 1, 0 at the end of the trace, -EINVAL when line trace->line is none
 * (trace->why says why), or what lines_chunk() does. The references before
 * the end or the error are filled and counted.
 */
int reftrace_read(struct reftrace *trace, struct memsys_ref *refs, size_t max,
                  size_t *count);

/*
 * Parse one line of @format, not REFTRACE_AUTO. @text[@size] is readable and a
 * newline or 0.
 *
 * Returns 1 and fills @out, 0 when the line is passed over, or -EINVAL and
 * sets *@why.
 */
int reftrace_parse(enum reftrace_format format, const char *text, size_t size,
                   struct memsys_ref *out, const char **why);

/* What a line looks like: its format, or REFTRACE_AUTO when none. */
enum reftrace_format reftrace_guess(const char *text, size_t size);

#endif /* EMU_REFTRACE_H */
