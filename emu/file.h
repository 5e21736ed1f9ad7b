/*
 * emu/file.h - read a whole file.
 *
 * Layer: emu/.
 */
#ifndef EMU_FILE_H
#define EMU_FILE_H

#include <stddef.h>

#define FILE_SIZE_MAX (1024u * 1024u * 1024u)

/*
 * Read the regular file @path into memory that the caller frees; "-" is stdin,
 * which may be anything and is read to its end.
 *
 * Returns 0 and sets *@bytes and *@size, or a negative errno:
 *   -EISDIR  it is a folder        -EINVAL  it is no regular file
 *   -EFBIG   it is larger than FILE_SIZE_MAX
 *   -ENOMEM, and what open() and read() return
 */
int file_read(const char *path, void **bytes, size_t *size);

#endif /* EMU_FILE_H */
