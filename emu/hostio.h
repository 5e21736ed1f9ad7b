/*
 * emu/hostio.h - what guests reach of the host: descriptors 0, 1 and 2.
 *
 * Layer: emu/.
 */
#ifndef EMU_HOSTIO_H
#define EMU_HOSTIO_H

#include "os/os.h"

/*
 * Prepare this host process: a descriptor of 0, 1 and 2 that is closed stays
 * unusable, and no file opened later takes its place; a reader that has gone
 * is an error of the write, not the end of the emulator.
 *
 * Returns 0 or a negative errno.
 */
int hostio_init(void);

/* Read and write this process's own descriptors. */
extern const struct os_io hostio;

#endif /* EMU_HOSTIO_H */
