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

#endif /* GUEST_FENCEPOST_H */
