/* emu/main.c - fencepost's subcommands. */
#include <string.h>

#include "emu/alloc.h"
#include "emu/cli.h"
#include "emu/hostio.h"
#include "emu/replay.h"
#include "emu/run.h"
#include "emu/translate.h"

static const struct cli_command *const commands[] = {
    &run_command,
    &translate_command,
    &alloc_command,
    &replay_command,
};

int main(int argc, char **argv)
{
    const int err = hostio_init();

    if (err) {
        cli_complain(NULL, "standard input and output: %s", strerror(-err));
        return CLI_COULD_NOT;
    }
    return cli_main(commands, sizeof(commands) / sizeof(commands[0]), argc,
                    argv);
}
