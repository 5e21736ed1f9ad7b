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

#include "os/call.h"

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

uint32_t sys_read(const struct call *call)
{
    const vaddr_t to = call->args[1];
    const uint32_t size = smaller(call->args[2], RW_MAX);
    uint8_t small[BUFFER];

    if (call->args[0] != 0)
        return call_error(ABI_EBADF);
    if (!call_may(call, to, size, MMU_WRITE))
        return call_error(ABI_EFAULT);
    if (size == 0)
        return 0;
    if (size <= sizeof(small))
        return read_through(call, small, to, size);

    void *large = malloc(size); /* costs what is read, not what was asked */
    if (!large)
        return call_error(ABI_ENOMEM);
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

    if (!call_may(call, from, size, MMU_READ))
        return call_error(ABI_EFAULT);
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
    if (result == call_error(ABI_EPIPE))
        os_exit_signal(call->os, call->process, ABI_SIGPIPE);
    return result;
}

uint32_t sys_write(const struct call *call)
{
    const uint32_t fd = call->args[0];

    if (!is_output(fd))
        return call_error(ABI_EBADF);
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

static uint32_t write_iovecs(const struct call *call, uint32_t fd,
                             const struct iovec *iov, uint32_t count)
{
    uint32_t done = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = smaller(iov[i].size, RW_MAX - done);
        const uint32_t put = write_out(call, fd, iov[i].base, size);

        if (call_failed(put))
            return done > 0 && put != call_error(ABI_EPIPE) ? done : put;
        done += put;
        if (put < size)
            break;
    }
    return done;
}

uint32_t sys_writev(const struct call *call)
{
    const uint32_t fd = call->args[0];
    const uint32_t count = call->args[2];
    struct iovec iov[ABI_IOV_MAX];

    if (!is_output(fd))
        return call_error(ABI_EBADF);
    if (count > ABI_IOV_MAX)
        return call_error(ABI_EINVAL);

    const uint32_t err = read_iovecs(call, call->args[1], iov, count);
    if (err)
        return err;
    return written(call, write_iovecs(call, fd, iov, count));
}

uint32_t sys_brk(const struct call *call)
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

/* ---- the table ---- */

#define NONE UINT32_MAX

struct row {
    uint32_t numbers[ISA_ABIS];
    struct os_call_info info;
    call_function *function;
};

/* A number that both have, and one for each. */
#define BOTH(n)                                                                \
    {                                                                          \
        n, n                                                                   \
    }
#define EACH(x, arm)                                                           \
    {                                                                          \
        x, arm                                                                 \
    }

static const struct row rows[] = {
    {BOTH(ABI_SYS_EXIT), {"exit", 1}, sys_exit},
    {EACH(ABI_SYS_EXIT_GROUP_X86, ABI_SYS_EXIT_GROUP_ARM),
     {"exit_group", 1},
     sys_exit},
    {BOTH(ABI_SYS_READ), {"read", 3}, sys_read},
    {BOTH(ABI_SYS_WRITE), {"write", 3}, sys_write},
    {BOTH(ABI_SYS_WRITEV), {"writev", 3}, sys_writev},
    {BOTH(ABI_SYS_BRK), {"brk", 1}, sys_brk},
    {BOTH(ABI_SYS_GETPID), {"getpid", 0}, sys_getpid},
    {BOTH(ABI_SYS_GETTID), {"gettid", 0}, sys_getpid},
    {BOTH(ABI_SYS_GETPPID), {"getppid", 0}, sys_getppid},
    {BOTH(ABI_SYS_SCHED_YIELD), {"sched_yield", 0}, sys_sched_yield},
    {BOTH(ABI_SYS_FORK), {"fork", 0}, sys_fork},
    {BOTH(ABI_SYS_VFORK), {"vfork", 0}, sys_fork},
    {BOTH(ABI_SYS_CLONE), {"clone", 5}, sys_clone},
    {BOTH(ABI_SYS_WAIT4), {"wait4", 4}, sys_wait4},
    {EACH(ABI_SYS_WAITPID_X86, NONE), {"waitpid", 3}, sys_waitpid},
    {BOTH(ABI_SYS_KILL), {"kill", 2}, sys_kill},
    {BOTH(ABI_SYS_NANOSLEEP), {"nanosleep", 2}, sys_nanosleep},
    {EACH(ABI_SYS_CLOCK_SLEEP_X86, ABI_SYS_CLOCK_SLEEP_ARM),
     {"clock_nanosleep", 4},
     sys_clock_nanosleep},
    {BOTH(ABI_SYS_CLOCK_SLEEP64),
     {"clock_nanosleep_time64", 4},
     sys_clock_nanosleep64},
    {EACH(ABI_SYS_CLOCK_GETTIME_X86, ABI_SYS_CLOCK_GETTIME_ARM),
     {"clock_gettime", 2},
     sys_clock_gettime},
    {BOTH(ABI_SYS_CLOCK_GETTIME64),
     {"clock_gettime64", 2},
     sys_clock_gettime64},
    {EACH(ABI_SYS_CLOCK_GETRES_X86, ABI_SYS_CLOCK_GETRES_ARM),
     {"clock_getres", 2},
     sys_clock_getres},
    {BOTH(ABI_SYS_CLOCK_GETRES64),
     {"clock_getres_time64", 2},
     sys_clock_getres64},
    {BOTH(ABI_SYS_GETTIMEOFDAY), {"gettimeofday", 2}, sys_gettimeofday},
    {EACH(ABI_SYS_TIME_X86, NONE), {"time", 1}, sys_time},
    {BOTH(ABI_SYS_TIMES), {"times", 1}, sys_times},
};

static const struct row *find(const struct isa *isa, uint32_t number)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].numbers[isa->abi] == number && number != NONE)
            return &rows[i];
    return NULL;
}

const struct os_call_info *os_call_find(const struct isa *isa, uint32_t number)
{
    const struct row *row = find(isa, number);

    return row ? &row->info : NULL;
}

uint32_t call_copy_in(const struct call *call, void *to, vaddr_t va,
                      uint32_t size)
{
    if (!call_may(call, va, size, MMU_READ) ||
        os_copy_from_user(call->os, call->process, to, va, size))
        return call_error(ABI_EFAULT);
    return 0;
}

uint32_t call_copy_out(const struct call *call, vaddr_t va, const void *from,
                       uint32_t size)
{
    if (!call_may(call, va, size, MMU_WRITE) ||
        os_copy_to_user(call->os, call->process, va, from, size))
        return call_error(ABI_EFAULT);
    return 0;
}

static void make_call(struct os *os, struct process *process, bool again)
{
    const struct isa *isa = process->isa;
    const paddr_t pcb = process->pcb;
    struct call call = {.os = os, .process = process, .again = again};

    for (unsigned i = 0; i < ISA_ARGS; i++)
        call.args[i] = pcb_get_reg(os->phys, pcb, isa, isa->call_args[i]);

    const struct row *row =
        find(isa, pcb_get_reg(os->phys, pcb, isa, isa->call_number));
    const uint32_t result = row ? row->function(&call) : call_error(ABI_ENOSYS);
    if (os_lives(os, process) && !os_in_state(os, process, PCB_BLOCKED))
        pcb_set_reg(os->phys, pcb, isa, isa->call_result, result);
}

void os_handle_syscall(struct os *os, struct process *process,
                       const struct trap *trap)
{
    (void)trap;
    make_call(os, process, false);
}

void os_call_again(struct os *os, struct process *process)
{
    pcb_set(os->phys, process->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    make_call(os, process, true);
    process->resumed = os_in_state(os, process, PCB_RUNNING);
}
