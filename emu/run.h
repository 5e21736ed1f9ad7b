/*
 * emu/run.h - the subcommand that runs guest programs.
 *
 * Layer: emu/.
 */
#ifndef EMU_RUN_H
#define EMU_RUN_H

#include "emu/cli.h"

extern const struct cli_command run_command;

#endif /* EMU_RUN_H */
