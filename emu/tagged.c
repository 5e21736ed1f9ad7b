/* emu/tagged.c - which process wrote a line; see tagged.h. */
#include "emu/tagged.h"

#include <stdio.h>
#include <string.h>

static int put_all(const struct os_io *to, int fd, const char *text,
                   size_t size)
{
    while (size > 0) {
        const int put = to->write(to->ctx, fd, text, (uint32_t)size);

        if (put <= 0)
            return put;
        text += put;
        size -= (size_t)put;
    }
    return 0;
}

/* The rest of a line, after its tag if it begins here. */
static int put_line(struct tagger *tagger, const struct os_io *to, uint32_t pid,
                    int fd, const char *line, size_t size)
{
    char tag[32];
    int err = 0;

    if (tagger->pid != pid) {
        snprintf(tag, sizeof(tag), "%s[%u] ", tagger->pid ? "\n" : "", pid);
        err = put_all(to, fd, tag, strlen(tag));
    }
    if (!err)
        err = put_all(to, fd, line, size);
    tagger->pid = line[size - 1] == '\n' ? 0 : pid;
    return err;
}

int tagged_write(struct tagger *tagger, const struct os_io *to, uint32_t pid,
                 int fd, const void *from, uint32_t size)
{
    const char *at = from;
    size_t left = size;

    while (left > 0) {
        const char *end = memchr(at, '\n', left);
        const size_t line = end ? (size_t)(end - at) + 1 : left;
        const int err = put_line(tagger, to, pid, fd, at, line);

        if (err < 0)
            return err;
        at += line;
        left -= line;
    }
    return (int)size;
}
