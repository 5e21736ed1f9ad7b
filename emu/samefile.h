/*
 * emu/samefile.h - files that one command is given by several names, and would
 * destroy: what is written to must be no other of its files.
 *
 * Layer: emu/.
 */
#ifndef EMU_SAMEFILE_H
#define EMU_SAMEFILE_H

#include <stdbool.h>

#include "emu/cli.h"

struct samefile {
    const char *what; /* "--trace"; or, if it is only read, "the program" */
    const char *path; /* NULL: it is not given; "-": stdin or stdout */
    bool written;     /* or only read */
};

/*
 * Whether each of @files that is written to is a file that no other of them
 * is, through links too, and when it is still to be made. Devices, pipes and
 * terminals may be given as often as one likes. To be asked before any of them
 * is opened for writing.
 *
 * False after complaining, in one line that names both.
 */
bool samefile_check(const struct cli_command *command,
                    const struct samefile *files, unsigned count);

#endif /* EMU_SAMEFILE_H */
