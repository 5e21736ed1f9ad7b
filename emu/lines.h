/*
 * emu/lines.h - read a text file line by line, fast.
 *
 * Layer: emu/.
 */
#ifndef EMU_LINES_H
#define EMU_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_MAX 65536u /* bytes of the longest line */

struct lines {
    int fd;
    bool owned; /* fd is closed at the end */
    bool ended; /* the file has no more bytes than those in the buffer */
    char *buffer;
    size_t from, to; /* bytes of the buffer that no line has used yet */
    uint64_t number; /* of the line last given; from 1 on */
};

/*
 * Begin to read @path; "-" is stdin.
 *
 * Returns 0 and fills @out, or leaves it alone and returns
 *   -EISDIR  it is a folder
 *   -ENOMEM, and what open() returns
 */
int lines_open(struct lines *out, const char *path);

/* Stop reading. Lines that are all 0 are let be. */
void lines_close(struct lines *lines);

/*
 * The next line: *@text is its first byte and *@size how many it has, without
 * the newline (or carriage return and newline); text[size] is 0. It may hold
 * any bytes, 0 too, and the caller may write to it. It is valid until the next
 * call.
 *
 * Returns 1, 0 at the end of the file, or a negative errno:
 *   -E2BIG  the line is longer than LINES_MAX
 *   or what read() returns
 */
int lines_next(struct lines *lines, char **text, size_t *size);

/*
 * All whole lines that are at hand, at least one, for who splits them faster.
 * The last byte is a newline, or the file's last and text[size] is 0.
 * lines->number is not kept.
 *
 * Returns as lines_next() does.
 */
int lines_chunk(struct lines *lines, char **text, size_t *size);

#endif /* EMU_LINES_H */
