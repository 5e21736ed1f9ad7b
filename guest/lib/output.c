/*
 * output.c - standard output and standard error.
 *
 * A line-buffered stream is flushed after the last newline of what one call
 * adds, so a call with many lines costs one system call. On an error what was
 * buffered is dropped: there is nobody to try again.
 */
#include "file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static unsigned char stdout_buffer[BUFSIZ];

struct __file __stdout_file = {
    .fd = STDOUT_FILENO,
    .mode = _IOLBF,
    .buffer = stdout_buffer,
    .size = sizeof stdout_buffer,
    .pushed_back = EOF,
};

static struct __file stderr_file = {
    .fd = STDERR_FILENO,
    .mode = _IONBF,
    .pushed_back = EOF,
};

FILE *const stdout = &__stdout_file;
FILE *const stderr = &stderr_file;

/* Returns how much was written, which is all unless an error is noted. */
static size_t write_all(FILE *stream, const unsigned char *from, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = write(stream->fd, from + done, size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            stream->failed = true;
            break;
        }
        done += (size_t)n;
    }
    return done;
}

static int flush(FILE *stream)
{
    size_t used = stream->used;

    stream->used = 0;
    return write_all(stream, stream->buffer, used) == used ? 0 : EOF;
}

int fflush(FILE *stream)
{
    if (stream == NULL)
        stream = stdout;
    return stream->readable ? 0 : flush(stream);
}

void __stdout_flush(void)
{
    flush(stdout);
}

size_t __file_put(FILE *stream, const void *from, size_t size)
{
    const unsigned char *bytes = from;
    size_t left = size;

    if (stream->readable) {
        stream->failed = true;
        errno = EBADF;
        return 0;
    }
    if (stream->size == 0)
        return write_all(stream, bytes, size);
    while (left > 0) {
        size_t room = stream->size - stream->used;
        size_t n = left < room ? left : room;

        memcpy(stream->buffer + stream->used, bytes, n);
        stream->used += n;
        bytes += n;
        left -= n;
        if (stream->used == stream->size && flush(stream) != 0)
            return size - left - n;
    }
    return size;
}

size_t fwrite(const void *from, size_t size, size_t count, FILE *stream)
{
    size_t total;

    if (size == 0 || count == 0)
        return 0;
    if (__builtin_mul_overflow(size, count, &total)) {
        errno = EINVAL;
        return 0;
    }
    size_t done = __file_put(stream, from, total);

    if (stream->mode == _IOLBF && memchr(from, '\n', done) != NULL &&
        flush(stream) != 0)
        return 0;
    return done == total ? count : done / size;
}

int fputc(int c, FILE *stream)
{
    unsigned char byte = (unsigned char)c;

    return fwrite(&byte, 1, 1, stream) == 1 ? byte : EOF;
}

int putc(int c, FILE *stream)
{
    return fputc(c, stream);
}

int putchar(int c)
{
    return fputc(c, stdout);
}

int fputs(const char *text, FILE *stream)
{
    size_t size = strlen(text);

    return fwrite(text, 1, size, stream) == size ? 0 : EOF;
}

int puts(const char *text)
{
    return fputs(text, stdout) == EOF || putchar('\n') == EOF ? EOF : 0;
}
