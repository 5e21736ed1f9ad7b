/*
 * emu/translate.h - the subcommand that translates addresses.
 *
 * Layer: emu/.
 */
#ifndef EMU_TRANSLATE_H
#define EMU_TRANSLATE_H

#include "emu/cli.h"

extern const struct cli_command translate_command;

#endif /* EMU_TRANSLATE_H */
