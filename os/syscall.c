/*
 * os/syscall.c - the system calls; numbers and registers are in abi.h.
 *
 * Decisions of the model:
 * - A call's answer is what Linux would give, with one difference: a range of
 *   memory that is not wholly the process's own moves nothing (Linux moves up
 *   to the first bad page).
 * - File descriptors are 0 (input), 1 and 2 (output); no call changes that.
 * - A write that nobody reads any more ends the process, as SIGPIPE does one
 *   that has not asked otherwise.
 * - Data moves through a buffer of the host; one read is one host read, since
 *   a second one could wait for input that Linux would not have waited for.
 */
#include <assert.h>
#include <stdlib.h>

#include "os/abi.h"
#include "os/internal.h"

#define RW_MAX       UINT32_C(0x7ffff000) /* Linux's MAX_RW_COUNT */
#define BUFFER       4096u
#define SIGPIPE_EXIT (128u + 13u)

struct call {
    struct os *os;
    struct process *process;
    uint32_t args[ISA_ARGS];
};

/* Returns the result register's value; ignored when the process has ended. */
typedef uint32_t call_function(const struct call *call);

static uint32_t error(int number)
{
    return (uint32_t)-number;
}

static bool is_error(uint32_t result)
{
    return result >= (uint32_t)-4095;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool may(const struct call *call, vaddr_t va, uint32_t size,
                enum mmu_prot kind)
{
    return os_user_ready(call->os, call->process, va, size, kind);
}

static uint32_t sys_exit(const struct call *call)
{
    os_exit(call->os, call->process, call->args[0] & 0xff);
    return 0;
}

static uint32_t sys_getpid(const struct call *call)
{
    return call->process->pid;
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
        return error(ABI_EFAULT);
    return (uint32_t)got;
}

static uint32_t sys_read(const struct call *call)
{
    const vaddr_t to = call->args[1];
    const uint32_t size = smaller(call->args[2], RW_MAX);
    uint8_t small[BUFFER];

    if (call->args[0] != 0)
        return error(ABI_EBADF);
    if (!may(call, to, size, MMU_WRITE))
        return error(ABI_EFAULT);
    if (size == 0)
        return 0;
    if (size <= sizeof(small))
        return read_through(call, small, to, size);

    void *large = malloc(size); /* costs what is read, not what was asked */
    if (!large)
        return error(ABI_ENOMEM);
    const uint32_t got = read_through(call, large, to, size);
    free(large);
    return got;
}

/* Write until done or the host takes less than it was offered. */
static uint32_t write_out(const struct call *call, uint32_t fd, vaddr_t from,
                          uint32_t size)
{
    const struct os_io *io = &call->os->io;
    uint8_t buffer[BUFFER];
    uint32_t done = 0;

    if (!may(call, from, size, MMU_READ))
        return error(ABI_EFAULT);
    while (done < size) {
        const uint32_t part = smaller(size - done, sizeof(buffer));
        const int err = os_copy_from_user(call->os, call->process, buffer,
                                          from + done, part);
        assert(!err);
        const int put = io->write(io->ctx, (int)fd, buffer, part);

        if (put < 0)
            return done > 0 && put != -ABI_EPIPE ? done : (uint32_t)put;
        assert((uint32_t)put <= part);
        done += (uint32_t)put;
        if ((uint32_t)put < part)
            break;
    }
    return done;
}

static bool is_output(uint32_t fd)
{
    return fd == 1 || fd == 2;
}

/* The result of a write, unless it was the writer's last. */
static uint32_t written(const struct call *call, uint32_t result)
{
    if (result == error(ABI_EPIPE))
        os_exit(call->os, call->process, SIGPIPE_EXIT);
    return result;
}

static uint32_t sys_write(const struct call *call)
{
    const uint32_t fd = call->args[0];

    if (!is_output(fd))
        return error(ABI_EBADF);
    return written(call, write_out(call, fd, call->args[1],
                                   smaller(call->args[2], RW_MAX)));
}

struct iovec {
    vaddr_t base;
    uint32_t size;
};

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

    if (!may(call, from, count * ABI_IOVEC_SIZE, MMU_READ) ||
        os_copy_from_user(call->os, call->process, raw, from,
                          count * ABI_IOVEC_SIZE))
        return error(ABI_EFAULT);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *item = raw + (size_t)i * ABI_IOVEC_SIZE;

        to[i] = (struct iovec){le32(item), le32(item + 4)};
        if (to[i].size > INT32_MAX)
            return error(ABI_EINVAL);
    }
    return 0;
}

static uint32_t write_iovecs(const struct call *call, uint32_t fd,
                             const struct iovec *iov, uint32_t count)
{
    uint32_t done = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = smaller(iov[i].size, RW_MAX - done);
        const uint32_t put = write_out(call, fd, iov[i].base, size);

        if (is_error(put))
            return done > 0 && put != error(ABI_EPIPE) ? done : put;
        done += put;
        if (put < size)
            break;
    }
    return done;
}

static uint32_t sys_writev(const struct call *call)
{
    const uint32_t fd = call->args[0];
    const uint32_t count = call->args[2];
    struct iovec iov[ABI_IOV_MAX];

    if (!is_output(fd))
        return error(ABI_EBADF);
    if (count > ABI_IOV_MAX)
        return error(ABI_EINVAL);

    const uint32_t err = read_iovecs(call, call->args[1], iov, count);
    if (err)
        return err;
    return written(call, write_iovecs(call, fd, iov, count));
}

static uint32_t sys_brk(const struct call *call)
{
    struct phys *phys = call->os->phys;
    const paddr_t pcb = call->process->pcb;
    const uint32_t old = pcb_get(phys, pcb, PCB_FIELD_BREAK);
    const uint32_t wanted = call->args[0];

    if (wanted < pcb_get(phys, pcb, PCB_FIELD_BREAK_MIN))
        return old;
    if (!call->process->scheme->set_break(call->os, call->process, wanted))
        return old;
    pcb_set(phys, pcb, PCB_FIELD_BREAK, wanted);
    return wanted;
}

static uint32_t sys_missing(const struct call *call)
{
    (void)call;
    return error(ABI_ENOSYS);
}

static call_function *find(const struct isa *isa, uint32_t number)
{
    static const struct {
        uint32_t number;
        call_function *function;
    } rows[] = {
        {ABI_SYS_EXIT, sys_exit},   {ABI_SYS_READ, sys_read},
        {ABI_SYS_WRITE, sys_write}, {ABI_SYS_GETPID, sys_getpid},
        {ABI_SYS_BRK, sys_brk},     {ABI_SYS_WRITEV, sys_writev},
    };

    if (number == isa->sys_exit_group)
        return sys_exit;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].number == number)
            return rows[i].function;
    return sys_missing;
}

void os_handle_syscall(struct os *os, struct process *process,
                       const struct trap *trap)
{
    const struct isa *isa = process->isa;
    const paddr_t pcb = process->pcb;
    struct call call = {.os = os, .process = process};

    (void)trap;
    for (unsigned i = 0; i < ISA_ARGS; i++)
        call.args[i] = pcb_get_reg(os->phys, pcb, isa, isa->call_args[i]);

    const uint32_t number = pcb_get_reg(os->phys, pcb, isa, isa->call_number);
    const uint32_t result = find(isa, number)(&call);
    if (process->pid != 0)
        pcb_set_reg(os->phys, pcb, isa, isa->call_result, result);
}
