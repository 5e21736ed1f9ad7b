/* emu/lines.c - read a text file line by line; see lines.h. */
#include "emu/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER (4u * LINES_MAX)

int lines_open(struct lines *out, const char *path)
{
    const bool owned = strcmp(path, "-") != 0;
    const int fd = owned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    struct stat info;
    int err = 0;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &info))
        err = -errno;
    else if (S_ISDIR(info.st_mode))
        err = -EISDIR;

    char *buffer = err ? NULL : malloc(BUFFER + 1);
    if (!err && !buffer)
        err = -ENOMEM;
    if (err) {
        if (owned)
            close(fd);
        return err;
    }
    *out = (struct lines){.fd = fd, .owned = owned, .buffer = buffer};
    return 0;
}

void lines_close(struct lines *lines)
{
    if (lines->buffer && lines->owned)
        close(lines->fd);
    free(lines->buffer);
    *lines = (struct lines){0};
}

/* More bytes behind those that are left, which move to the front. */
static int fill(struct lines *lines)
{
    const size_t left = lines->to - lines->from;
    ssize_t got;

    memmove(lines->buffer, lines->buffer + lines->from, left);
    lines->from = 0;
    lines->to = left;
    do
        got = read(lines->fd, lines->buffer + left, BUFFER - left);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    lines->ended = got == 0;
    lines->to += (size_t)got;
    return 0;
}

static int give(struct lines *lines, size_t size, size_t used, char **text,
                size_t *out)
{
    char *at = lines->buffer + lines->from;

    if (size > LINES_MAX)
        return -E2BIG;
    lines->from += used;
    if (used > size && size > 0 && at[size - 1] == '\r')
        size--;
    at[size] = '\0';
    *text = at;
    *out = size;
    return 1;
}

int lines_next(struct lines *lines, char **text, size_t *size)
{
    size_t seen = 0;

    lines->number++;
    for (;;) {
        const char *at = lines->buffer + lines->from;
        const size_t left = lines->to - lines->from;
        const char *end = memchr(at + seen, '\n', left - seen);

        if (end)
            return give(lines, (size_t)(end - at), (size_t)(end - at) + 1, text,
                        size);
        if (left > LINES_MAX)
            return -E2BIG;
        if (lines->ended)
            return left ? give(lines, left, left, text, size) : 0;
        seen = left;

        const int err = fill(lines);
        if (err)
            return err;
    }
}

int lines_chunk(struct lines *lines, char **text, size_t *size)
{
    for (;;) {
        char *at = lines->buffer + lines->from;
        const size_t left = lines->to - lines->from;
        const char *end = memrchr(at, '\n', left);

        if (end || (lines->ended && left)) {
            *size = end ? (size_t)(end - at) + 1 : left;
            *text = at;
            lines->from += *size;
            lines->buffer[lines->to] = '\0';
            return 1;
        }
        if (left > LINES_MAX)
            return -E2BIG;
        if (lines->ended)
            return 0;

        const int err = fill(lines);
        if (err)
            return err;
    }
}
