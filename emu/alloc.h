/*
 * emu/alloc.h - `fencepost alloc`: replay allocation requests.
 *
 * Layer: emu/.
 */
#ifndef EMU_ALLOC_H
#define EMU_ALLOC_H

#include "emu/cli.h"

extern const struct cli_command alloc_command;

#endif /* EMU_ALLOC_H */
