/*
 * input.c - standard input.
 *
 * The end of the input is remembered until clearerr. fread of a large block
 * reads past the buffer, straight to where the caller wants it.
 */
#include "file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static unsigned char stdin_buffer[BUFSIZ];

static struct __file stdin_file = {
    .fd = STDIN_FILENO,
    .buffer = stdin_buffer,
    .size = sizeof stdin_buffer,
    .pushed_back = EOF,
    .readable = true,
};

FILE *const stdin = &stdin_file;

/* Returns the number of bytes read, 0 at the end or after an error. */
static size_t read_some(FILE *stream, void *to, size_t size)
{
    ssize_t n;

    if (!stream->readable) {
        errno = EBADF;
        stream->failed = true;
        return 0;
    }
    if (stream->at_end)
        return 0;
    do
        n = read(stream->fd, to, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        stream->failed = true;
    if (n == 0)
        stream->at_end = true;
    return n > 0 ? (size_t)n : 0;
}

/* Takes at most size bytes of what is buffered; may find nothing. */
static size_t take(FILE *stream, unsigned char *to, size_t size)
{
    size_t have = stream->used - stream->next;
    size_t n = have < size ? have : size;

    memcpy(to, stream->buffer + stream->next, n);
    stream->next += n;
    return n;
}

static bool refill(FILE *stream)
{
    stream->next = 0;
    stream->used = 0;
    stream->used = read_some(stream, stream->buffer, stream->size);
    return stream->used > 0;
}

int fgetc(FILE *stream)
{
    int c = stream->pushed_back;

    if (c != EOF) {
        stream->pushed_back = EOF;
        return c;
    }
    if (stream->next == stream->used && !refill(stream))
        return EOF;
    return stream->buffer[stream->next++];
}

int getc(FILE *stream)
{
    return fgetc(stream);
}

int getchar(void)
{
    return fgetc(stdin);
}

int ungetc(int c, FILE *stream)
{
    if (c == EOF || stream->pushed_back != EOF || !stream->readable)
        return EOF;
    stream->pushed_back = (unsigned char)c;
    stream->at_end = false;
    return stream->pushed_back;
}

/* Only an error of this call counts, not one that is remembered. */
char *fgets(char *to, int size, FILE *stream)
{
    const bool failed_before = stream->failed;
    int n = 0;

    if (size <= 0)
        return NULL;
    stream->failed = false;
    while (n < size - 1) {
        int c = fgetc(stream);

        if (c == EOF)
            break;
        to[n++] = (char)c;
        if (c == '\n')
            break;
    }
    const bool failed = stream->failed;

    stream->failed = failed || failed_before;
    if (failed || (n == 0 && size > 1))
        return NULL;
    to[n] = '\0';
    return to;
}

/* At most size bytes, by way of the buffer if they are few. */
static size_t read_piece(FILE *stream, unsigned char *to, size_t size)
{
    if (size >= stream->size)
        return read_some(stream, to, size);
    return refill(stream) ? take(stream, to, size) : 0;
}

size_t fread(void *to, size_t size, size_t count, FILE *stream)
{
    unsigned char *bytes = to;
    size_t total;
    size_t done = 0;

    if (size == 0 || count == 0 || __builtin_mul_overflow(size, count, &total))
        return 0;
    if (stream->pushed_back != EOF)
        bytes[done++] = (unsigned char)fgetc(stream);
    done += take(stream, bytes + done, total - done);
    while (done < total) {
        size_t n = read_piece(stream, bytes + done, total - done);

        if (n == 0)
            break;
        done += n;
    }
    return done / size;
}
