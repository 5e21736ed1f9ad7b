/* disk.c - the system calls about the disk. */
#include <fencepost.h>
#include <sys/syscall.h>
#include <unistd.h>

int disk_read(unsigned block, void *to, unsigned count)
{
    return syscall(SYS_disk_read, block, to, count);
}

int disk_write(unsigned block, const void *from, unsigned count)
{
    return syscall(SYS_disk_write, block, from, count);
}

long disk_blocks(void)
{
    return syscall(SYS_disk_blocks);
}
