/*
 * os/pipe.c - pipes: a ring of bytes between processes.
 *
 *      write -> [ .... begin #### used #### .... ] -> read
 *
 * Decisions of the model:
 * - The ring has ABI_PIPE_SIZE bytes of simulated memory, placed like any other
 *   and given back with the last descriptor.
 * - A write of no more than that is in one piece: it waits until all of it has
 *   room. A longer one goes in as room comes up, and is done when all is in, or
 *   when nobody can read any more.
 * - A read waits until there is a byte, and then takes what there is. It is at
 *   the end when nobody can write any more.
 */
#include <assert.h>
#include <string.h>

#include "os/call.h"
#include "os/signal.h"

static unsigned pipe_number(unsigned file)
{
    return (file - OS_HOST_FILES) / OS_PIPE_ENDS;
}

struct os_pipe *os_pipe_of(struct os *os, unsigned file, unsigned *end)
{
    if (file < OS_HOST_FILES || !os_file_exists(os, file))
        return NULL;
    *end = (file - OS_HOST_FILES) % OS_PIPE_ENDS;
    return &os->pipes[pipe_number(file)];
}

void os_pipe_use(struct os *os, unsigned file)
{
    unsigned end;
    struct os_pipe *pipe = os_pipe_of(os, file, &end);

    if (pipe)
        pipe->users[end]++;
}

static void wake(struct os *os, unsigned file, unsigned end)
{
    os_wake(os, end == OS_PIPE_READ ? PCB_WAIT_READ : PCB_WAIT_WRITE,
            pipe_number(file));
}

/* The last one at its end wakes those at the other: their wait is over. */
void os_pipe_leave(struct os *os, unsigned file)
{
    unsigned end;
    struct os_pipe *pipe = os_pipe_of(os, file, &end);

    if (!pipe || pipe->users[end] == 0 || --pipe->users[end] > 0)
        return;
    wake(os, file, end == OS_PIPE_READ ? OS_PIPE_WRITE : OS_PIPE_READ);
    if (pipe->users[OS_PIPE_READ] + pipe->users[OS_PIPE_WRITE] > 0)
        return;
    os_release(os, &pipe->buffer);
    *pipe = (struct os_pipe){0};
}

/* ---- the ring ---- */

/* The bytes from the @at-th on, at most @size, that lie in one piece. */
static uint32_t piece(const struct os_pipe *pipe, uint32_t at, uint32_t size,
                      paddr_t *pa)
{
    const uint32_t from = (pipe->begin + at) % ABI_PIPE_SIZE;
    const uint32_t rest = ABI_PIPE_SIZE - from;

    *pa = pipe->buffer.base + from;
    return size < rest ? size : rest;
}

uint32_t os_pipe_read(const struct call *call, unsigned file, vaddr_t to,
                      uint32_t size)
{
    struct os *os = call->os;
    struct os_pipe *pipe = &os->pipes[pipe_number(file)];
    uint8_t bytes[ABI_PIPE_SIZE];
    const uint32_t count = size < pipe->used ? size : pipe->used;
    paddr_t pa;

    if (pipe->used == 0) {
        if (pipe->users[OS_PIPE_WRITE] > 0)
            os_block(os, call->process, PCB_WAIT_READ, pipe_number(file));
        return 0;
    }

    const uint32_t first = piece(pipe, 0, count, &pa);
    os_work_load(os, bytes, pa, first);
    os_work_load(os, bytes + first, pipe->buffer.base, count - first);
    if (os_copy_to_user(os, call->process, to, bytes, count))
        return call_error(ABI_EFAULT);
    pipe->begin = (pipe->begin + count) % ABI_PIPE_SIZE;
    pipe->used -= count;
    wake(os, file, OS_PIPE_WRITE);
    return count;
}

/* Put @size bytes of the process's, which have room, into the ring. */
static void put(const struct call *call, struct os_pipe *pipe, vaddr_t from,
                uint32_t size)
{
    while (size > 0) {
        uint8_t bytes[ABI_PIPE_SIZE];
        paddr_t pa;
        const uint32_t part = piece(pipe, pipe->used, size, &pa);
        const int err =
            os_copy_from_user(call->os, call->process, bytes, from, part);

        assert(!err); /* the caller has looked */
        os_work_store(call->os, pa, bytes, part);
        pipe->used += part;
        from += part;
        size -= part;
    }
}

/* Put @size bytes behind the first @done of all pieces into the ring. */
static void put_pieces(const struct call *call, struct os_pipe *pipe,
                       const struct iovec *iov, uint32_t done, uint32_t size)
{
    for (; size > 0; iov++) {
        const uint32_t skip = done < iov->size ? done : iov->size;
        const uint32_t left = iov->size - skip;
        const uint32_t part = left < size ? left : size;

        put(call, pipe, iov->base + skip, part);
        done -= skip;
        size -= part;
    }
}

uint32_t os_pipe_write(const struct call *call, unsigned file,
                       const struct iovec *iov, uint32_t size)
{
    struct os *os = call->os;
    const paddr_t pcb = call->process->pcb;
    struct os_pipe *pipe = &os->pipes[pipe_number(file)];
    const uint32_t moved = pcb_get(os->phys, pcb, PCB_FIELD_MOVED);
    const uint32_t done = call->again && moved <= size ? moved : 0;
    const uint32_t room = ABI_PIPE_SIZE - pipe->used;
    uint32_t part = size - done < room ? size - done : room;

    if (pipe->users[OS_PIPE_READ] == 0)
        return os_broken_pipe(call, done);
    if (size <= ABI_PIPE_SIZE && part < size)
        part = 0;
    put_pieces(call, pipe, iov, done, part);
    if (part > 0)
        wake(os, file, OS_PIPE_READ);
    if (done + part == size)
        return size;
    if (done + part > 0 && os_signal_waits(os, call->process))
        return done + part;
    pcb_set(os->phys, pcb, PCB_FIELD_MOVED, done + part);
    os_block(os, call->process, PCB_WAIT_WRITE, pipe_number(file));
    return 0;
}

/* ---- the calls ---- */

static unsigned unused_pipe(const struct os *os)
{
    unsigned n = 0;

    while (n < OS_PIPES && os->pipes[n].buffer.size > 0)
        n++;
    return n;
}

/* All that can go wrong, before anything changes. */
static uint32_t reserve(const struct call *call, unsigned number, unsigned fd)
{
    struct os *os = call->os;

    if (fd >= PCB_FDS)
        return call_error(ABI_EMFILE);
    if (number == OS_PIPES)
        return call_error(ABI_ENFILE);
    if (!call_may(call, call->args[0], 8, MMU_WRITE))
        return call_error(ABI_EFAULT);
    if (os_reserve(os, ABI_PIPE_SIZE, &os->pipes[number].buffer))
        return call_error(ABI_ENOMEM);
    return 0;
}

static uint32_t make_pipe(const struct call *call, unsigned flags)
{
    struct os *os = call->os;
    const unsigned first = os_fd_unused(os, call->process, 0);
    const unsigned second = os_fd_unused(os, call->process, first + 1);
    const unsigned number = unused_pipe(os);
    const unsigned file = OS_HOST_FILES + OS_PIPE_ENDS * number;
    const uint8_t fds[8] = {(uint8_t)first, 0, 0, 0, (uint8_t)second};
    const uint32_t err = reserve(call, number, second);

    if (err)
        return err;
    os_work_clear(os, os->pipes[number].buffer.base, ABI_PIPE_SIZE);
    (void)call_copy_out(call, call->args[0], fds, sizeof(fds));
    for (unsigned end = 0; end < OS_PIPE_ENDS; end++) {
        os_pipe_use(os, file + end);
        pcb_set_fd(os->phys, call->process->pcb, end ? second : first,
                   (1 + file + end) | flags);
    }
    return 0;
}

uint32_t sys_pipe(const struct call *call)
{
    return make_pipe(call, 0);
}

uint32_t sys_pipe2(const struct call *call)
{
    const uint32_t flags = call->args[1];

    if (flags & ~(uint32_t)ABI_O_CLOEXEC)
        return call_error(ABI_EINVAL);
    return make_pipe(call, flags ? PCB_FD_CLOSE : 0);
}
