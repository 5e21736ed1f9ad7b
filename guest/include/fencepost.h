/* fencepost.h - what only this operating system has. */
#ifndef GUEST_FENCEPOST_H
#define GUEST_FENCEPOST_H

#include <stddef.h>

#define SHM_READ  1
#define SHM_WRITE 2

/*
 * Memory that all processes share which attach the same key, in a segment of
 * its own. The first gives it its size and finds zeros; for the others @size
 * may be less, or 0. Only the rights are each process's own. A child has what
 * its parent has attached; another program begins without. It is freed when
 * nobody has it any more.
 *
 * Returns its address, or NULL and sets errno; os/abi.h says why.
 */
void *shm_attach(unsigned key, size_t size, int rights);

/* Returns 0, or -1 and EINVAL: @address is not what shm_attach() returned. */
int shm_detach(void *address);

#define DISK_BLOCK 512u /* bytes */

/*
 * Move @count blocks of the disk, from @block on, between it and memory: at
 * most 128 at once. The process waits as long as a disk takes.
 *
 * Return @count, or -1 and set errno; nothing has moved then. os/abi.h says
 * why.
 */
int disk_read(unsigned block, void *to, unsigned count);
int disk_write(unsigned block, const void *from, unsigned count);

/* How many blocks it has, or -1 and ENXIO: there is none. */
long disk_blocks(void);

#endif /* GUEST_FENCEPOST_H */
