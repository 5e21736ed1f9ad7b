/*
 * emu/replay.h - fencepost replay.
 *
 * Layer: emu/.
 */
#ifndef EMU_REPLAY_H
#define EMU_REPLAY_H

#include "emu/cli.h"

extern const struct cli_command replay_command;

#endif /* EMU_REPLAY_H */
