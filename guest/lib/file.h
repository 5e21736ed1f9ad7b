/*
 * file.h - what a FILE is, for the files of this library only.
 *
 * stdout and stderr: bytes [0, used) of the buffer wait to be written.
 * stdin: bytes [next, used) of the buffer wait to be read; one more, pushed
 * back, may wait before them.
 */
#ifndef GUEST_LIB_FILE_H
#define GUEST_LIB_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct __file {
    int fd;
    int mode; /* _IOFBF, _IOLBF or _IONBF */
    unsigned char *buffer;
    size_t size;
    size_t used;
    size_t next;
    int pushed_back; /* EOF when none is */
    bool at_end;
    bool failed;
    bool readable;
};

extern struct __file __stdout_file;

void __stdout_flush(void);

/*
 * Adds size bytes to stream's buffer and writes when it is full. Returns the
 * number of bytes taken: fewer than size only after an error.
 */
size_t __file_put(FILE *stream, const void *from, size_t size);

#endif /* GUEST_LIB_FILE_H */
