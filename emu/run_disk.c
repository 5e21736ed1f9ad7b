/*
 * emu/run_disk.c - the disk of a run that processes read and write: a file of
 * the host's.
 *
 * Decisions:
 * - The file is there, is whole blocks, and keeps its size. What is written is
 *   in it when the run ends, also when that ends badly.
 * - Only one run at a time has it: a second one is refused.
 * - The first failure of each kind is said; the process has its EIO.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/disk_file.h"
#include "emu/run_internal.h"

/* @err is 0 or a negative errno, and returned. */
static int judge(struct run *run, bool *told, const char *what, int err)
{
    if (err && !*told)
        cli_complain(run->command, "--disk %s: cannot be %s: %s",
                     run->options.disk, what, strerror(-err));
    *told |= err != 0;
    return err;
}

static int disk_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    struct run *run = ctx;

    return judge(run, &run->disk_read_told, "read",
                 disk_file_read(run->disk_fd, at, to, size));
}

static int disk_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    struct run *run = ctx;

    return judge(run, &run->disk_write_told, "written",
                 disk_file_write(run->disk_fd, at, from, size));
}

/* What no disk can be. Returns CLI_OK, or an exit code after complaining. */
static int check(const struct run *run, const struct stat *info)
{
    const char *path = run->options.disk;

    if (!S_ISREG(info->st_mode))
        cli_complain(run->command, "--disk %s: not a regular file", path);
    else if (info->st_size == 0 || info->st_size % ABI_DISK_BLOCK != 0)
        cli_complain(run->command,
                     "--disk %s: %lld bytes are not one or more blocks of %u",
                     path, (long long)info->st_size, ABI_DISK_BLOCK);
    else if (info->st_size / ABI_DISK_BLOCK > OS_DISK_BLOCKS_MAX)
        cli_complain(run->command, "--disk %s: larger than 4g", path);
    else
        return CLI_OK;
    return CLI_BAD_USAGE;
}

static int complain(const struct run *run, int err)
{
    const bool forbidden = err == EACCES || err == EROFS || err == EPERM;

    cli_complain(run->command, "--disk %s: %s%s", run->options.disk,
                 err == EWOULDBLOCK ? "another run has it" : strerror(err),
                 forbidden ? "; a disk must be readable and writable" : "");
    return CLI_BROKEN;
}

int run_open_disk(struct run *run)
{
    const char *path = run->options.disk;
    struct stat info;
    int code;

    if (!path || run->options.show_map)
        return CLI_OK;
    if (stat(path, &info))
        return complain(run, errno);
    code = check(run, &info);
    if (code)
        return code;
    run->disk_fd = open(path, O_RDWR | O_CLOEXEC);
    if (run->disk_fd < 0)
        return complain(run, errno);
    run->disk_open = true;
    if (flock(run->disk_fd, LOCK_EX | LOCK_NB))
        return complain(run, errno);
    run->disk = (struct os_disk){disk_read, disk_write, run};
    run->disk_blocks = (uint32_t)(info.st_size / ABI_DISK_BLOCK);
    return CLI_OK;
}

void run_close_disk(struct run *run)
{
    if (run->disk_open)
        close(run->disk_fd);
    run->disk_open = false;
}
