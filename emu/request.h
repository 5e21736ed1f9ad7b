/*
 * emu/request.h - one line that asks for accesses: by hand, or of a trace.
 *
 *      plain    VA [SIZE]  or  r|w|x VA [SIZE]  or  sr|sw VA [SIZE], for a
 *               load or store through the stack or frame pointer
 *      lackey   what valgrind's lackey prints: "I  1000,3", " L 1ffe,8", " S",
 *               " M" (a load, then a store); lines that begin with "==" are
 *               its messages
 *      din      Dinero's: 0, 1 or 2 (load, store, fetch) and a hexadecimal
 *               address; what follows is passed over
 *
 * Empty lines, and in plain those that begin with #, ask for nothing. Addresses
 * have 32 bits; plain numbers are those of cli_parse_size().
 *
 * Layer: emu/.
 */
#ifndef EMU_REQUEST_H
#define EMU_REQUEST_H

#include "mmu/mmu.h"

enum request_format {
    REQUEST_PLAIN,
    REQUEST_LACKEY,
    REQUEST_DIN,
    REQUEST_FORMATS
};

/* What one line asks for. */
struct request {
    struct mmu_access access;
    bool has_kind, has_size; /* the line gave them */
    bool modify;             /* after the load comes the same as a store */
};

/* "plain", "lackey", "din". */
extern const char *const request_format_names[REQUEST_FORMATS];

/*
 * Read @text of @size bytes, which ends with a 0 that is not counted.
 *
 * Returns NULL and fills @out, whose access.size is 0 when the line asks for
 * nothing; or what is wrong with the line.
 */
const char *request_read(enum request_format format, const char *text,
                         size_t size, struct request *out);

#endif /* EMU_REQUEST_H */
