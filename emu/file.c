/* emu/file.c - read a whole file; see file.h. */
#include "emu/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM_ROOM (64u * 1024u) /* at first */

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

/* Read to the end, whatever it is: its size is known only then. */
static int read_stream(int fd, void **bytes, size_t *size)
{
    char *buffer = NULL;
    size_t room = 0, done = 0;

    while (done == room) {
        room = room > 0 ? room * 2 : STREAM_ROOM;
        char *larger = realloc(buffer, room);
        const long long got =
            larger ? read_all(fd, larger + done, room - done) : -ENOMEM;

        buffer = larger ? larger : buffer;
        if (got < 0 || done + (size_t)got > FILE_SIZE_MAX) {
            free(buffer);
            return got < 0 ? (int)got : -EFBIG;
        }
        done += (size_t)got;
    }
    *bytes = buffer;
    *size = done;
    return 0;
}

int file_read(const char *path, void **bytes, size_t *size)
{
    if (strcmp(path, "-") == 0)
        return read_stream(STDIN_FILENO, bytes, size);

    /* Opening a pipe must not wait for its other end. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    const int err = read_fd(fd, bytes, size);
    close(fd);
    return err;
}
