/*
 * os/io.c - read and write.
 *
 * Decisions of the model:
 * - A write that nobody reads any more ends the process, as SIGPIPE does one
 *   that has not asked otherwise.
 * - The host's data moves through a buffer; one read is one host read, since a
 *   second one could wait for input that Linux would not have waited for. The
 *   whole machine waits with it: the host's time is not the machine's.
 */
#include <assert.h>
#include <stdlib.h>

#include "os/call.h"
#include "os/signal.h"

#define RW_MAX UINT32_C(0x7ffff000) /* Linux's MAX_RW_COUNT */
#define BUFFER 4096u

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* One host read into @buffer, and from there to the process. */
static uint32_t read_through(const struct call *call, void *buffer, vaddr_t to,
                             uint32_t size)
{
    const struct os_io *io = &call->os->io;
    const int got = io->read(io->ctx, 0, buffer, size);

    if (got < 0)
        return (uint32_t)got;
    assert((uint32_t)got <= size);
    if (os_copy_to_user(call->os, call->process, to, buffer, (uint32_t)got))
        return call_error(ABI_EFAULT);
    return (uint32_t)got;
}

static uint32_t host_read(const struct call *call, vaddr_t to, uint32_t size)
{
    uint8_t small[BUFFER];

    if (size <= sizeof(small))
        return read_through(call, small, to, size);

    void *large = malloc(size); /* costs what is read, not what was asked */
    if (!large)
        return call_error(ABI_ENOMEM);
    const uint32_t got = read_through(call, large, to, size);
    free(large);
    return got;
}

uint32_t sys_read(const struct call *call)
{
    const vaddr_t to = call->args[1];
    const uint32_t size = smaller(call->args[2], RW_MAX);
    unsigned file;

    if (!os_file_find(call->os, call->process, call->args[0], &file) ||
        os_file_is_output(file))
        return call_error(ABI_EBADF);
    if (!call_may(call, to, size, MMU_WRITE))
        return call_error(ABI_EFAULT);
    if (size == 0)
        return 0;
    return file < OS_HOST_FILES ? host_read(call, to, size)
                                : os_pipe_read(call, file, to, size);
}

uint32_t os_broken_pipe(const struct call *call, uint32_t done)
{
    const struct pcb_cause cause = {.code = ABI_SI_USER,
                                    .value = call->process->pid};

    os_signal_send(call->os, call->process, ABI_SIGPIPE, &cause);
    return done > 0 ? done : call_error(ABI_EPIPE);
}

/* Write until done or the host takes less than it was offered. */
static uint32_t host_write(const struct call *call, unsigned file, vaddr_t from,
                           uint32_t size)
{
    const struct os_io *io = &call->os->io;
    uint8_t buffer[BUFFER];
    uint32_t done = 0;

    if (!call_may(call, from, size, MMU_READ))
        return call_error(ABI_EFAULT);
    while (done < size) {
        const uint32_t part = smaller(size - done, sizeof(buffer));
        const int err = os_copy_from_user(call->os, call->process, buffer,
                                          from + done, part);
        assert(!err);
        const int put = io->write(io->ctx, (int)file, buffer, part);

        if (put < 0)
            return put == -ABI_EPIPE ? os_broken_pipe(call, done)
                   : done > 0        ? done
                                     : (uint32_t)put;
        assert((uint32_t)put <= part);
        done += (uint32_t)put;
        if ((uint32_t)put < part)
            break;
    }
    return done;
}

static uint32_t host_writev(const struct call *call, unsigned file,
                            const struct iovec *iov, uint32_t count)
{
    uint32_t done = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = smaller(iov[i].size, RW_MAX - done);
        const uint32_t put = host_write(call, file, iov[i].base, size);

        if (call_failed(put))
            return done > 0 ? done : put;
        done += put;
        if (done > 0)
            call->os->waiter = NULL; /* nothing may be written twice */
        if (put < size)
            break;
    }
    return done;
}

/* What a pipe takes as one write: it must all be legal. */
static uint32_t pipe_writev(const struct call *call, unsigned file,
                            const struct iovec *iov, uint32_t count)
{
    uint32_t size = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (iov[i].size > RW_MAX - size)
            return call_error(ABI_EINVAL);
        if (!call_may(call, iov[i].base, iov[i].size, MMU_READ))
            return call_error(ABI_EFAULT);
        size += iov[i].size;
    }
    return size > 0 ? os_pipe_write(call, file, iov, size) : 0;
}

static uint32_t write_pieces(const struct call *call, unsigned file,
                             const struct iovec *iov, uint32_t count)
{
    return file < OS_HOST_FILES ? host_writev(call, file, iov, count)
                                : pipe_writev(call, file, iov, count);
}

static bool find_output(const struct call *call, unsigned *file)
{
    return os_file_find(call->os, call->process, call->args[0], file) &&
           os_file_is_output(*file);
}

uint32_t sys_write(const struct call *call)
{
    const struct iovec iov = {call->args[1], smaller(call->args[2], RW_MAX)};
    unsigned file;

    if (!find_output(call, &file))
        return call_error(ABI_EBADF);
    return write_pieces(call, file, &iov, 1);
}

static uint32_t le32(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

/*
 * Copy the array in and check its lengths: 0, or a negated errno value. Their
 * sum may be anything: Linux writes what RW_MAX leaves of it.
 */
static uint32_t read_iovecs(const struct call *call, vaddr_t from,
                            struct iovec *to, uint32_t count)
{
    uint8_t raw[ABI_IOV_MAX * ABI_IOVEC_SIZE];

    if (!call_may(call, from, count * ABI_IOVEC_SIZE, MMU_READ) ||
        os_copy_from_user(call->os, call->process, raw, from,
                          count * ABI_IOVEC_SIZE))
        return call_error(ABI_EFAULT);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *item = raw + (size_t)i * ABI_IOVEC_SIZE;

        to[i] = (struct iovec){le32(item), le32(item + 4)};
        if (to[i].size > INT32_MAX)
            return call_error(ABI_EINVAL);
    }
    return 0;
}

uint32_t sys_writev(const struct call *call)
{
    const uint32_t count = call->args[2];
    struct iovec iov[ABI_IOV_MAX];
    unsigned file;

    if (!find_output(call, &file))
        return call_error(ABI_EBADF);
    if (count > ABI_IOV_MAX)
        return call_error(ABI_EINVAL);

    const uint32_t err = read_iovecs(call, call->args[1], iov, count);
    if (err)
        return err;
    return write_pieces(call, file, iov, count);
}
