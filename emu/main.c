/* emu/main.c - fencepost's subcommands. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* At least one of the kernel's huge pages of 2 MiB, wherever the heap begins.
 */
#define HEAP_AHEAD (4ul << 20)

/* libunicorn touches some 2 MiB of heap before the first instruction: a third
 * of a short run's time is its page faults. Huge pages are an offer; a kernel
 * without them refuses, and nothing but time is lost.
 */
static void warm_heap(void)
{
    void *volatile first;
    uintptr_t end;

    mallopt(M_TOP_PAD, HEAP_AHEAD);
    first = malloc(1); /* volatile, or the compiler leaves it out */
    free(first);
    end = (uintptr_t)sbrk(0) & ~(uintptr_t)(getpagesize() - 1);
    madvise((void *)(end - HEAP_AHEAD), HEAP_AHEAD, MADV_HUGEPAGE);
}

int main(int argc, char **argv)
{
    const int err = hostio_init();

    warm_heap();
    if (err) {
        cli_complain(NULL, "standard input and output: %s", strerror(-err));
        return CLI_COULD_NOT;
    }
    return cli_main(commands, sizeof(commands) / sizeof(commands[0]), argc,
                    argv);
}
