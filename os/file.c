/*
 * os/file.c - the file descriptors of processes.
 *
 * Decisions of the model:
 * - A file is a number: 0, 1 and 2 are the host's input and outputs, others are
 *   the ends of pipes. There is nothing about a file that two descriptors could
 *   have in common but who uses it, so a descriptor is that number.
 * - Descriptors are a process's own; they lie in its PCB. One that somebody has
 *   spoilt there means no file; os_check() finds that those who use pipes are
 *   more or fewer than are counted.
 */
#include "os/call.h"

static unsigned fd_get(const struct os *os, const struct process *process,
                       unsigned fd)
{
    return pcb_get_fd(os->phys, process->pcb, fd);
}

/* The file of a descriptor's value that is not 0. */
static unsigned file_of(unsigned value)
{
    return (value & ~PCB_FD_CLOSE) - 1;
}

bool os_file_exists(const struct os *os, unsigned file)
{
    return file < OS_HOST_FILES + OS_PIPE_ENDS * OS_PIPES &&
           (file < OS_HOST_FILES ||
            os->pipes[(file - OS_HOST_FILES) / OS_PIPE_ENDS].buffer.size > 0);
}

bool os_file_is_output(unsigned file)
{
    return file < OS_HOST_FILES
               ? file > 0
               : (file - OS_HOST_FILES) % OS_PIPE_ENDS == OS_PIPE_WRITE;
}

bool os_file_find(const struct os *os, const struct process *process,
                  uint32_t fd, unsigned *file)
{
    if (fd >= PCB_FDS || fd_get(os, process, fd) == 0)
        return false;
    *file = file_of(fd_get(os, process, fd));
    return os_file_exists(os, *file);
}

unsigned os_fd_unused(const struct os *os, const struct process *process,
                      unsigned from)
{
    while (from < PCB_FDS && fd_get(os, process, from) != 0)
        from++;
    return from;
}

/* ---- a process's descriptors ---- */

void os_files_begin(struct os *os, const struct process *process)
{
    for (unsigned fd = 0; fd < OS_HOST_FILES; fd++)
        pcb_set_fd(os->phys, process->pcb, fd, 1 + fd);
}

void os_files_fork(struct os *os, const struct process *child)
{
    for (unsigned fd = 0; fd < PCB_FDS; fd++)
        if (fd_get(os, child, fd) != 0)
            os_pipe_use(os, file_of(fd_get(os, child, fd)));
}

static void close_fd(struct os *os, const struct process *process, unsigned fd)
{
    const unsigned value = fd_get(os, process, fd);

    if (value == 0)
        return;
    pcb_set_fd(os->phys, process->pcb, fd, 0);
    os_pipe_leave(os, file_of(value));
}

void os_files_end(struct os *os, const struct process *process)
{
    for (unsigned fd = 0; fd < PCB_FDS; fd++)
        close_fd(os, process, fd);
}

void os_files_exec(struct os *os, const struct process *process)
{
    for (unsigned fd = 0; fd < PCB_FDS; fd++)
        if (fd_get(os, process, fd) & PCB_FD_CLOSE)
            close_fd(os, process, fd);
}

/* ---- the calls ---- */

uint32_t sys_close(const struct call *call)
{
    unsigned file;

    if (!os_file_find(call->os, call->process, call->args[0], &file))
        return call_error(ABI_EBADF);
    close_fd(call->os, call->process, call->args[0]);
    return 0;
}

/* Make @to mean @file, and nothing that it meant before. */
static uint32_t put_fd(const struct call *call, unsigned to, unsigned file,
                       bool close)
{
    os_pipe_use(call->os, file);
    close_fd(call->os, call->process, to);
    pcb_set_fd(call->os->phys, call->process->pcb, to,
               (1 + file) | (close ? PCB_FD_CLOSE : 0));
    return to;
}

/* Into the lowest one from @from on. */
static uint32_t duplicate(const struct call *call, unsigned from, bool close)
{
    const unsigned to = os_fd_unused(call->os, call->process, from);
    unsigned file;

    if (!os_file_find(call->os, call->process, call->args[0], &file))
        return call_error(ABI_EBADF);
    return to < PCB_FDS ? put_fd(call, to, file, close)
                        : call_error(ABI_EMFILE);
}

uint32_t sys_dup(const struct call *call)
{
    return duplicate(call, 0, false);
}

uint32_t sys_dup2(const struct call *call)
{
    const uint32_t to = call->args[1];
    unsigned file;

    if (to >= PCB_FDS ||
        !os_file_find(call->os, call->process, call->args[0], &file))
        return call_error(ABI_EBADF);
    return to == call->args[0] ? to : put_fd(call, to, file, false);
}

uint32_t sys_dup3(const struct call *call)
{
    const uint32_t to = call->args[1], flags = call->args[2];
    unsigned file;

    if (flags & ~(uint32_t)ABI_O_CLOEXEC || to == call->args[0])
        return call_error(ABI_EINVAL);
    if (to >= PCB_FDS ||
        !os_file_find(call->os, call->process, call->args[0], &file))
        return call_error(ABI_EBADF);
    return put_fd(call, to, file, flags & ABI_O_CLOEXEC);
}

static uint32_t set_flags(const struct call *call, unsigned fd, uint32_t flags)
{
    const unsigned value = fd_get(call->os, call->process, fd) & ~PCB_FD_CLOSE;

    pcb_set_fd(call->os->phys, call->process->pcb, fd,
               value | (flags & ABI_FD_CLOEXEC ? PCB_FD_CLOSE : 0));
    return 0;
}

uint32_t sys_fcntl(const struct call *call)
{
    const uint32_t fd = call->args[0], value = call->args[2];
    unsigned file;

    if (!os_file_find(call->os, call->process, fd, &file))
        return call_error(ABI_EBADF);
    switch (call->args[1]) {
    case ABI_F_DUPFD:
    case ABI_F_DUPFD_CLOEXEC:
        return value < PCB_FDS
                   ? duplicate(call, value, call->args[1] != ABI_F_DUPFD)
                   : call_error(ABI_EINVAL);
    case ABI_F_GETFD:
        return fd_get(call->os, call->process, fd) & PCB_FD_CLOSE
                   ? ABI_FD_CLOEXEC
                   : 0;
    case ABI_F_SETFD:
        return set_flags(call, fd, value);
    case ABI_F_GETFL:
        return os_file_is_output(file) ? ABI_O_WRONLY : 0;
    default:
        return call_error(ABI_EINVAL);
    }
}
