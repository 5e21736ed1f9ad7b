/* emu/file.c - read a whole file; see file.h. */
#include "emu/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its size, or a negative errno when it is not one we read. */
static long long size_of(int fd)
{
    struct stat info;

    if (fstat(fd, &info))
        return -errno;
    if (S_ISDIR(info.st_mode))
        return -EISDIR;
    if (!S_ISREG(info.st_mode))
        return -EINVAL;
    return info.st_size <= FILE_SIZE_MAX ? (long long)info.st_size : -EFBIG;
}

/* Fill up to @size bytes; a file that has become shorter gives fewer. */
static long long read_all(int fd, char *to, size_t size)
{
    size_t done = 0;

    while (done < size) {
        const ssize_t got = read(fd, to + done, size - done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (long long)done;
}

static int read_fd(int fd, void **bytes, size_t *size)
{
    const long long want = size_of(fd);
    char *buffer;
    long long got;

    if (want < 0)
        return (int)want;
    buffer = malloc(want > 0 ? (size_t)want : 1);
    if (!buffer)
        return -ENOMEM;
    got = read_all(fd, buffer, (size_t)want);
    if (got < 0) {
        free(buffer);
        return (int)got;
    }
    *bytes = buffer;
    *size = (size_t)got;
    return 0;
}

int file_read(const char *path, void **bytes, size_t *size)
{
    /* Opening a pipe must not wait for its other end. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int err;

    if (fd < 0)
        return -errno;
    err = read_fd(fd, bytes, size);
    close(fd);
    return err;
}
