/*
 * emu/disk_file.h - bytes of a disk that is a file of the host's.
 *
 * Layer: emu/.
 */
#ifndef EMU_DISK_FILE_H
#define EMU_DISK_FILE_H

#include <stdint.h>

/*
 * Read or write all @size bytes from byte @at of the open file @fd on. Return
 * 0, or a negative errno; -EIO too when the file ends before.
 */
int disk_file_read(int fd, uint32_t at, void *to, uint32_t size);
int disk_file_write(int fd, uint32_t at, const void *from, uint32_t size);

#endif /* EMU_DISK_FILE_H */
