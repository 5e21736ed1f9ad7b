/*
 * emu/run_swap.c - the swap disk of a run: a file of the host's.
 *
 * Decisions:
 * - The file grows as it is written and is the run's alone: what was in it
 *   before is gone. It stays when the run ends, as swap files do.
 * - The first failure of each kind is said; the OS then refuses a request for
 *   memory, or ends a process, and says no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/disk_file.h"
#include "emu/run_internal.h"

/* @err is 0 or a negative errno, and returned. */
static int judge(struct run *run, bool *told, const char *what, int err)
{
    if (err && !*told)
        cli_complain(run->command, "--swap %s: cannot be %s: %s",
                     run->options.swap, what, strerror(-err));
    *told |= err != 0;
    return err;
}

static int swap_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    struct run *run = ctx;

    return judge(run, &run->swap_write_told, "written, so memory is refused",
                 disk_file_write(run->swap_fd, at, from, size));
}

static int swap_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    struct run *run = ctx;

    return judge(run, &run->swap_read_told, "read back",
                 disk_file_read(run->swap_fd, at, to, size));
}

int run_open_swap(struct run *run)
{
    const char *path = run->options.swap;
    struct stat info;

    if (!path || run->options.show_map)
        return CLI_OK;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        cli_complain(run->command, "--swap %s: not a regular file", path);
        return CLI_BAD_USAGE;
    }
    run->swap_fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (run->swap_fd < 0) {
        cli_complain(run->command, "--swap %s: %s", path, strerror(errno));
        return CLI_BROKEN;
    }
    run->swap_open = true;
    run->swap = (struct os_disk){swap_read, swap_write, run};
    return CLI_OK;
}

void run_close_swap(struct run *run)
{
    if (run->swap_open)
        close(run->swap_fd);
    run->swap_open = false;
}
