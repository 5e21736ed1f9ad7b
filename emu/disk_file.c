/* emu/disk_file.c - bytes of a disk that is a file; see disk_file.h. */
#include "emu/disk_file.h"

#include <errno.h>
#include <unistd.h>

int disk_file_read(int fd, uint32_t at, void *to, uint32_t size)
{
    uint8_t *bytes = to;

    for (uint32_t done = 0; done < size;) {
        const ssize_t got =
            pread(fd, bytes + done, size - done, (off_t)at + done);

        if (got == 0) /* somebody has made the file shorter */
            return -EIO;
        if (got < 0 && errno != EINTR)
            return -errno;
        done += got > 0 ? (uint32_t)got : 0;
    }
    return 0;
}

int disk_file_write(int fd, uint32_t at, const void *from, uint32_t size)
{
    const uint8_t *bytes = from;

    for (uint32_t done = 0; done < size;) {
        const ssize_t put =
            pwrite(fd, bytes + done, size - done, (off_t)at + done);

        if (put < 0 && errno != EINTR)
            return -errno;
        done += put > 0 ? (uint32_t)put : 0;
    }
    return 0;
}
