/*
 * emu/alloc_options.h - what `fencepost alloc` is asked to do.
 *
 * Layer: emu/.
 */
#ifndef EMU_ALLOC_OPTIONS_H
#define EMU_ALLOC_OPTIONS_H

#include "emu/answers.h"
#include "emu/cli.h"

struct alloc_options {
    struct alloc_config config;
    enum answers_list list;
    bool stats, compare;
    const char *plot; /* NULL: none */
    const char *path; /* "-": stdin */
};

extern const struct cli_option options_of_alloc[];
#define ALLOC_OPTIONS 12u

/*
 * Returns CLI_END and fills @out, or what cli_leave() is to be called with.
 */
int alloc_options_parse(struct alloc_options *out,
                        const struct cli_command *command, int argc,
                        char **argv);

/* The size of a slot in a heap of @size bytes when nobody names one. */
uint32_t alloc_options_slot(uint32_t size);

#endif /* EMU_ALLOC_OPTIONS_H */
