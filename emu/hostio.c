/*
 * emu/hostio.c - guest input and output on the host's descriptors.
 *
 * Decisions:
 * - Guest output goes out at once, unbuffered, as a system call of Linux would.
 * - A write whose reader has gone fails with EPIPE; the OS then ends the
 *   process as SIGPIPE would have (exit code 128+13).
 * - A file that may not grow is one more write that fails, with EFBIG.
 * - An interrupted call is repeated: signals of the host are no guest's.
 */
#include "emu/hostio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "os/abi.h"

/* Hold @fd with something on which the guest's use of it fails. */
static int occupy(int fd)
{
    if (fcntl(fd, F_GETFD) >= 0)
        return 0;
    /* The lowest free descriptor is @fd: those below are open. */
    const int got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);

    return got < 0 ? -errno : 0;
}

int hostio_init(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        const int err = occupy(fd);

        if (err)
            return err;
    }
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
        return -errno;
    return 0;
}

/* Linux's numbers on the host are the guest's; unknown ones become EIO. */
static int guest_error(int number)
{
    switch (number) {
    case EBADF:
        return -ABI_EBADF;
    case EAGAIN:
        return -ABI_EAGAIN;
    case EFBIG:
        return -ABI_EFBIG;
    case EINVAL:
        return -ABI_EINVAL;
    case ENOSPC:
        return -ABI_ENOSPC;
    case EPIPE:
        return -ABI_EPIPE;
    default:
        return -ABI_EIO;
    }
}

static int host_read(void *ctx, int fd, void *to, uint32_t size)
{
    ssize_t got;

    (void)ctx;
    do {
        got = read(fd, to, size);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? guest_error(errno) : (int)got;
}

static int host_write(void *ctx, int fd, const void *from, uint32_t size)
{
    ssize_t put;

    (void)ctx;
    do {
        put = write(fd, from, size);
    } while (put < 0 && errno == EINTR);
    return put < 0 ? guest_error(errno) : (int)put;
}

const struct os_io hostio = {.read = host_read, .write = host_write};
