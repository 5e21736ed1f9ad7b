/* sys/uio.h - write from several places at once. */
#ifndef GUEST_SYS_UIO_H
#define GUEST_SYS_UIO_H

#include <sys/types.h>

struct iovec {
    void *iov_base;
    size_t iov_len;
};

ssize_t writev(int fd, const struct iovec *pieces, int count);

#endif /* GUEST_SYS_UIO_H */
