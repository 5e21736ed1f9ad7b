/*
 * emu/tagged.h - output that says which process each line comes from.
 *
 * Layer: emu/.
 */
#ifndef EMU_TAGGED_H
#define EMU_TAGGED_H

#include "os/os.h"

/* All 0 at first. */
struct tagger {
    uint32_t pid; /* whose line of output is not complete; 0: nobody's */
};

/*
 * Write to @fd of @to what process @pid writes: "[pid] " before each line. A
 * line that another process has left open is ended first.
 *
 * Returns @size, or what a write that failed did.
 */
int tagged_write(struct tagger *tagger, const struct os_io *to, uint32_t pid,
                 int fd, const void *from, uint32_t size);

#endif /* EMU_TAGGED_H */
