/* stream.c - the state of a stream: how it is buffered, how it ended. */
#include "file.h"

#include <errno.h>
#include <string.h>

/*
 * Only a buffer that the caller brings is used; without one the stream keeps
 * its own and changes its mode. Reading is always in pieces.
 */
int setvbuf(FILE *stream, char *buffer, int mode, size_t size)
{
    if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF)
        return -1;
    if (stream->readable)
        return 0;
    fflush(stream);
    stream->mode = mode;
    if (mode != _IONBF && buffer != NULL && size > 0) {
        stream->buffer = (unsigned char *)buffer;
        stream->size = size;
    } else if (mode == _IONBF) {
        stream->size = 0;
    }
    return 0;
}

void setbuf(FILE *stream, char *buffer)
{
    setvbuf(stream, buffer, buffer ? _IOFBF : _IONBF, BUFSIZ);
}

int feof(FILE *stream)
{
    return stream->at_end;
}

int ferror(FILE *stream)
{
    return stream->failed;
}

void clearerr(FILE *stream)
{
    stream->at_end = false;
    stream->failed = false;
}

int fileno(FILE *stream)
{
    return stream->fd;
}

void perror(const char *prefix)
{
    const char *reason = strerror(errno);

    if (prefix != NULL && *prefix != '\0')
        fprintf(stderr, "%s: %s\n", prefix, reason);
    else
        fprintf(stderr, "%s\n", reason);
}
