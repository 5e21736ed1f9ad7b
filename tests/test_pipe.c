/* tests/test_pipe.c - descriptors and pipes: who gets which bytes, who waits.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"
#include "tests/rng.h"

#define BOUNDS 16384u
#define BUF    0x400u
#define BIG    8192u /* bytes at BUF */
#define FDS    0x300u

static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

static struct process *spawn(struct rig *rig)
{
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, BOUNDS);

    for (uint32_t i = 0; i < BIG; i++)
        *rig_bytes(rig, p, BUF + i) = (uint8_t)(i * 7 + i / 256);
    assert_non_null(os_next(rig->os));
    return p;
}

static struct process *fork_of(struct rig *rig, struct process *p)
{
    struct process *child = NULL;

    assert_int_equal(os_fork(rig->os, p, &child), 0);
    return child;
}

/* @p makes a call although another might have the CPU. */
static uint32_t call(struct rig *rig, struct process *p, uint32_t number,
                     uint32_t a, uint32_t b, uint32_t c)
{
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (os_in_state(rig->os, &rig->os->processes[i], PCB_RUNNING))
            pcb_set(rig->phys, rig->os->processes[i].pcb, PCB_FIELD_STATE,
                    PCB_READY);

    const uint32_t result = rig_call(rig, p, number, a, b, c);
    if (!os_check(rig->os))
        fail_msg("call %u", number);
    return result;
}

static uint32_t result(struct rig *rig, const struct process *p)
{
    return pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->call_result);
}

static bool waits(struct rig *rig, const struct process *p)
{
    return os_in_state(rig->os, p, PCB_BLOCKED);
}

/* Let @p go on with the call in which it has waited. */
static uint32_t go_on(struct rig *rig, struct process *p)
{
    assert_true(os_in_state(rig->os, p, PCB_READY) ||
                os_in_state(rig->os, p, PCB_RUNNING));
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (os_in_state(rig->os, &rig->os->processes[i], PCB_RUNNING))
            pcb_set(rig->phys, rig->os->processes[i].pcb, PCB_FIELD_STATE,
                    PCB_READY);
    for (unsigned i = 0; i <= OS_PROCESSES; i++) {
        struct process *next = os_next(rig->os);

        if (next == p || !os_lives(rig->os, p) || waits(rig, p))
            break;
        pcb_set(rig->phys, next->pcb, PCB_FIELD_STATE, PCB_READY);
    }
    assert_true(os_check(rig->os));
    return result(rig, p);
}

static uint32_t write_to(struct rig *rig, struct process *p, uint32_t fd,
                         vaddr_t from, uint32_t size)
{
    return call(rig, p, ABI_SYS_WRITE, fd, from, size);
}

static uint32_t read_from(struct rig *rig, struct process *p, uint32_t fd,
                          vaddr_t to, uint32_t size)
{
    return call(rig, p, ABI_SYS_READ, fd, to, size);
}

static void make_pipe(struct rig *rig, struct process *p)
{
    assert_int_equal(call(rig, p, ABI_SYS_PIPE, FDS, 0, 0), 0);
}

static uint32_t free_bytes(const struct rig *rig)
{
    uint32_t bytes, largest;

    os_memory(rig->os, &bytes, &largest);
    return bytes;
}

/* ---- descriptors ---- */

static void test_pipe_gets_the_lowest_descriptors(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const uint32_t before = free_bytes(rig);

    make_pipe(rig, p);
    assert_memory_equal(rig_bytes(rig, p, FDS), "\3\0\0\0\4\0\0\0", 8);
    assert_int_equal(free_bytes(rig), before - ABI_PIPE_SIZE);
    assert_int_equal(call(rig, p, ABI_SYS_CLOSE, 0, 0, 0), 0);
    assert_int_equal(call(rig, p, ABI_SYS_CLOSE, 0, 0, 0), minus(ABI_EBADF));
    assert_int_equal(call(rig, p, ABI_SYS_PIPE2_X86, FDS, ABI_O_CLOEXEC, 0), 0);
    assert_memory_equal(rig_bytes(rig, p, FDS), "\0\0\0\0\5\0\0\0", 8);
    assert_int_equal(call(rig, p, ABI_SYS_FCNTL, 0, ABI_F_GETFD, 0), 1);
    assert_int_equal(call(rig, p, ABI_SYS_FCNTL, 3, ABI_F_GETFD, 0), 0);
    for (uint32_t fd = 0; fd < 6; fd++)
        assert_int_equal(call(rig, p, ABI_SYS_CLOSE, fd, 0, 0), 0);
    assert_int_equal(free_bytes(rig), before);
}

static void test_pipe_dup_makes_descriptors_mean_the_same(void **state)
{
    static const struct {
        const char *what;
        uint32_t number, a, b, c, result;
    } steps[] = {
        {"dup", ABI_SYS_DUP, 4, 0, 0, 5},
        {"dup of none", ABI_SYS_DUP, 9, 0, 0, 0u - ABI_EBADF},
        {"dup of -1", ABI_SYS_DUP, UINT32_MAX, 0, 0, 0u - ABI_EBADF},
        {"dup2 to a free one", ABI_SYS_DUP2, 4, 20, 0, 20},
        {"dup2 to itself", ABI_SYS_DUP2, 4, 4, 0, 4},
        {"dup2 of none to itself", ABI_SYS_DUP2, 9, 9, 0, 0u - ABI_EBADF},
        {"dup2 too high", ABI_SYS_DUP2, 4, PCB_FDS, 0, 0u - ABI_EBADF},
        {"dup2 of none", ABI_SYS_DUP2, 9, 1, 0, 0u - ABI_EBADF},
        {"dup3", ABI_SYS_DUP3_X86, 4, 21, ABI_O_CLOEXEC, 21},
        {"its flag", ABI_SYS_FCNTL64, 21, ABI_F_GETFD, 0, 1},
        {"dup3 to itself", ABI_SYS_DUP3_X86, 4, 4, 0, 0u - ABI_EINVAL},
        {"dup3 with a flag", ABI_SYS_DUP3_X86, 4, 9, 1, 0u - ABI_EINVAL},
        {"dup2 clears it", ABI_SYS_DUP2, 4, 21, 0, 21},
        {"its flag again", ABI_SYS_FCNTL, 21, ABI_F_GETFD, 0, 0},
        {"set it", ABI_SYS_FCNTL, 21, ABI_F_SETFD, 1, 0},
        {"it is set", ABI_SYS_FCNTL, 21, ABI_F_GETFD, 0, 1},
        {"dupfd", ABI_SYS_FCNTL, 4, ABI_F_DUPFD, 20, 22},
        {"dupfd, close", ABI_SYS_FCNTL, 4, ABI_F_DUPFD_CLOEXEC, 0, 6},
        {"dupfd's flag", ABI_SYS_FCNTL, 6, ABI_F_GETFD, 0, 1},
        {"dupfd too high", ABI_SYS_FCNTL, 4, 0, PCB_FDS, 0u - ABI_EINVAL},
        {"for reading", ABI_SYS_FCNTL, 3, ABI_F_GETFL, 0, 0},
        {"for writing", ABI_SYS_FCNTL, 4, ABI_F_GETFL, 0, 1},
        {"no such request", ABI_SYS_FCNTL, 4, 99, 0, 0u - ABI_EINVAL},
        {"of none", ABI_SYS_FCNTL, 9, ABI_F_GETFD, 0, 0u - ABI_EBADF},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    make_pipe(rig, p);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const uint32_t got =
            call(rig, p, steps[i].number, steps[i].a, steps[i].b, steps[i].c);

        if (got != steps[i].result)
            fail_msg("%s: %d", steps[i].what, (int)got);
    }

    /* All that mean the writing end write to the pipe. */
    assert_int_equal(write_to(rig, p, 20, BUF, 3), 3);
    assert_int_equal(write_to(rig, p, 22, BUF + 3, 4), 4);
    memset(rig_bytes(rig, p, FDS), 0, 16);
    assert_int_equal(read_from(rig, p, 3, FDS, 16), 7);
    assert_memory_equal(rig_bytes(rig, p, FDS), rig_bytes(rig, p, BUF), 7);

    /* The host's input and output can be moved, too. */
    assert_int_equal(call(rig, p, ABI_SYS_DUP2, 2, 3, 0), 3);
    write_to(rig, p, 3, BUF, 2);
    assert_int_equal(rig->out_fd, 2);
    assert_int_equal(call(rig, p, ABI_SYS_DUP2, 0, 1, 0), 1);
    assert_int_equal(write_to(rig, p, 1, BUF, 2), minus(ABI_EBADF));
    assert_int_equal(read_from(rig, p, 1, FDS, 1), 0);
}

static void test_pipe_runs_out_of_everything(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    unsigned made = 0;

    assert_int_equal(call(rig, p, ABI_SYS_PIPE, BOUNDS - 7, 0, 0),
                     minus(ABI_EFAULT));
    assert_int_equal(call(rig, p, ABI_SYS_PIPE2_X86, FDS, 1, 0),
                     minus(ABI_EINVAL));
    const uint32_t before = free_bytes(rig);
    while (call(rig, p, ABI_SYS_PIPE, FDS, 0, 0) == 0)
        made++;
    assert_int_equal(made, (PCB_FDS - 3) / 2);
    assert_int_equal(result(rig, p), minus(ABI_EMFILE));
    assert_int_equal(call(rig, p, ABI_SYS_DUP, 0, 0, 0), PCB_FDS - 1);
    assert_int_equal(call(rig, p, ABI_SYS_DUP, 0, 0, 0), minus(ABI_EMFILE));
    assert_int_equal(free_bytes(rig), before - made * ABI_PIPE_SIZE);

    struct process *q = spawn(rig);
    while (call(rig, q, ABI_SYS_PIPE, FDS, 0, 0) == 0)
        continue;
    assert_int_equal(result(rig, q), minus(ABI_ENOMEM));
    os_exit(rig->os, p, 0);
    os_exit(rig->os, q, 0);
    assert_true(rig_is_empty(rig));
}

/* The machine has 128 pipes. */
static void test_pipe_number_is_bounded(void **state)
{
    struct rig *rig = *state;
    struct process *p[10];
    unsigned made = 0;

    for (unsigned i = 0; i < 10; i++) {
        p[i] = spawn(rig);
        while (call(rig, p[i], ABI_SYS_PIPE, FDS, 0, 0) == 0)
            made++;
    }
    assert_int_equal(made, OS_PIPES);
    assert_int_equal(result(rig, p[9]), minus(ABI_ENFILE));
}

/* ---- bytes ---- */

static void test_pipe_reader_waits_for_bytes(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *reader;

    make_pipe(rig, p);
    reader = fork_of(rig, p);
    assert_int_equal(read_from(rig, reader, 3, FDS, 100), ABI_SYS_READ);
    assert_true(waits(rig, reader));
    assert_int_equal(write_to(rig, p, 4, BUF, 5), 5);
    assert_int_equal(go_on(rig, reader), 5);
    assert_memory_equal(rig_bytes(rig, reader, FDS), rig_bytes(rig, p, BUF), 5);
    assert_int_equal(read_from(rig, reader, 3, FDS, 0), 0); /* does not wait */

    /* The end: when the last writer has closed it, itself included. */
    assert_int_equal(call(rig, p, ABI_SYS_CLOSE, 4, 0, 0), 0);
    read_from(rig, reader, 3, FDS, 100);
    assert_true(waits(rig, reader));
    assert_int_equal(write_to(rig, p, 4, BUF, 5), minus(ABI_EBADF));
    os_exit(rig->os, reader, 0);
    assert_int_equal(read_from(rig, p, 3, FDS, 100), 0);
}

static void test_pipe_end_wakes_the_reader(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *reader;

    make_pipe(rig, p);
    reader = fork_of(rig, p);
    assert_int_equal(call(rig, reader, ABI_SYS_CLOSE, 4, 0, 0), 0);
    read_from(rig, reader, 3, FDS, 100);
    assert_true(waits(rig, reader));
    os_exit(rig->os, p, 0); /* and with it the last writer */
    assert_int_equal(go_on(rig, reader), 0);
}

static void test_pipe_short_writes_are_in_one_piece(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *writer;

    make_pipe(rig, p);
    writer = fork_of(rig, p);
    assert_int_equal(write_to(rig, p, 4, BUF, 4000), 4000);
    assert_int_equal(write_to(rig, p, 4, BUF, 96), 96);
    write_to(rig, writer, 4, BUF + 1, 200); /* no room for one byte */
    assert_true(waits(rig, writer));
    assert_int_equal(read_from(rig, p, 3, FDS, 150), 150);
    go_on(rig, writer);
    assert_true(waits(rig, writer)); /* only for 150 of 200 */
    assert_int_equal(rig->os->pipes[0].used, ABI_PIPE_SIZE - 150);
    assert_int_equal(read_from(rig, p, 3, FDS, 50), 50);
    assert_int_equal(go_on(rig, writer), 200);
    assert_int_equal(read_from(rig, p, 3, BUF, 3896), 3896);
    assert_int_equal(read_from(rig, p, 3, FDS, 256), 200);
    assert_memory_equal(rig_bytes(rig, p, FDS), rig_bytes(rig, writer, BUF + 1),
                        200);
}

static void test_pipe_long_writes_go_in_as_there_is_room(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *writer;
    uint32_t got = 0;

    make_pipe(rig, p);
    writer = fork_of(rig, p);
    memset(rig_bytes(rig, p, BUF), 0, BIG);
    write_to(rig, writer, 4, BUF, BIG);
    assert_true(waits(rig, writer));
    while (got < BIG) {
        const uint32_t part = 700 < BIG - got ? 700 : BIG - got;
        const uint32_t n = read_from(rig, p, 3, BUF + got, part);

        assert_in_range(n, 1, 700);
        got += n;
        if (!waits(rig, writer) && got < BIG)
            go_on(rig, writer);
    }
    assert_false(waits(rig, writer));
    assert_int_equal(result(rig, writer), BIG);
    assert_memory_equal(rig_bytes(rig, p, BUF), rig_bytes(rig, writer, BUF),
                        BIG);
}

static void test_pipe_writev_is_one_write(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *writer;
    const uint32_t iov[] = {BUF, 100, 7, 0, BUF + 3000, 200, BUF + 50, 1};

    make_pipe(rig, p);
    writer = fork_of(rig, p);
    memcpy(rig_bytes(rig, writer, FDS), iov, sizeof(iov));
    assert_int_equal(write_to(rig, p, 4, BUF, 3900), 3900);
    call(rig, writer, ABI_SYS_WRITEV, 4, FDS, 4);
    assert_true(waits(rig, writer)); /* for 301 */
    assert_int_equal(read_from(rig, p, 3, BUF, 3900), 3900);
    assert_int_equal(go_on(rig, writer), 301);
    assert_int_equal(read_from(rig, p, 3, BUF, 1000), 301);
    assert_memory_equal(rig_bytes(rig, p, BUF), rig_bytes(rig, writer, BUF),
                        100);
    assert_memory_equal(rig_bytes(rig, p, BUF + 100),
                        rig_bytes(rig, writer, BUF + 3000), 200);
    assert_int_equal(*rig_bytes(rig, p, BUF + 300),
                     *rig_bytes(rig, writer, BUF + 50));

    /* A bad piece: nothing of the others goes in. */
    phys_write32(rig->phys, writer->blocks[0].base + FDS + 16, BOUNDS - 199);
    assert_int_equal(call(rig, writer, ABI_SYS_WRITEV, 4, FDS, 4),
                     minus(ABI_EFAULT));
    assert_int_equal(rig->os->pipes[0].used, 0);
}

static void test_pipe_without_a_reader_kills_the_writer(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *writer, *waiter;

    make_pipe(rig, p);
    assert_int_equal(write_to(rig, p, 4, BUF, 4096), 4096);
    assert_int_equal(call(rig, p, ABI_SYS_CLOSE, 3, 0, 0), 0);
    writer = p;
    assert_int_equal(write_to(rig, writer, 4, BUF, 0), 0);
    assert_int_equal(write_to(rig, writer, 4, BOUNDS - 1, 2),
                     minus(ABI_EFAULT));
    assert_int_equal(write_to(rig, writer, 4, BUF, 1), 141);
    assert_false(os_lives(rig->os, writer));

    /* Also one that waits for room. */
    p = spawn(rig);
    make_pipe(rig, p);
    waiter = fork_of(rig, p);
    call(rig, waiter, ABI_SYS_CLOSE, 3, 0, 0);
    write_to(rig, waiter, 4, BUF, BIG);
    assert_true(waits(rig, waiter));
    assert_int_equal(call(rig, p, ABI_SYS_CLOSE, 3, 0, 0), 0);
    go_on(rig, waiter);
    assert_false(os_lives(rig->os, waiter));
    assert_int_equal(os_exit_code(rig->os), 141);
    const uint32_t pid = waiter->pid;
    assert_int_equal(call(rig, p, ABI_SYS_WAIT4, UINT32_MAX, FDS, 0), pid);
    assert_int_equal(*rig_bytes(rig, p, FDS), 13);
}

/* As on Linux: the bytes that went in are told, and the signal comes. */
static void test_pipe_part_of_a_write_counts(void **state)
{
    const struct pcb_action ignored = {.handler = ABI_SIG_IGN};
    struct rig *rig = *state;
    struct process *p = spawn(rig), *writer;

    make_pipe(rig, p);
    writer = fork_of(rig, p);
    call(rig, writer, ABI_SYS_CLOSE, 3, 0, 0);
    pcb_set_action(rig->phys, writer->pcb, ABI_SIGPIPE, &ignored);
    write_to(rig, writer, 4, BUF, BIG);
    assert_int_equal(call(rig, p, ABI_SYS_CLOSE, 3, 0, 0), 0);
    go_on(rig, writer);
    assert_int_equal(result(rig, writer), ABI_PIPE_SIZE);
    assert_int_equal(write_to(rig, writer, 4, BUF, BIG), minus(ABI_EPIPE));
}

static void test_pipe_spoilt_descriptors_mean_no_file(void **state)
{
    static const unsigned values[] = {5, 0x7fff, 0xffff, 1 + OS_HOST_FILES};
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        pcb_set_fd(rig->phys, p->pcb, 7, values[i]);
        rig_call(rig, p, ABI_SYS_CLOSE, 7, 0, 0);
        pcb_set_fd(rig->phys, p->pcb, 7, values[i]);
        struct process *child = fork_of(rig, p);
        pcb_set_fd(rig->phys, p->pcb, 7, 0);
        os_exit_signal(rig->os, child, ABI_SIGKILL);
        assert_true(os_check(rig->os));
    }
}

static void test_pipe_bad_pointers_move_nothing(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    make_pipe(rig, p);
    assert_int_equal(write_to(rig, p, 4, BUF, 10), 10);
    assert_int_equal(read_from(rig, p, 3, BOUNDS - 5, 6), minus(ABI_EFAULT));
    assert_int_equal(read_from(rig, p, 3, UINT32_MAX, 2), minus(ABI_EFAULT));
    assert_int_equal(write_to(rig, p, 4, BOUNDS - 5, 6), minus(ABI_EFAULT));
    assert_int_equal(rig->os->pipes[0].used, 10);
    assert_int_equal(read_from(rig, p, 4, FDS, 6), minus(ABI_EBADF));
    assert_int_equal(write_to(rig, p, 3, FDS, 6), minus(ABI_EBADF));
    assert_int_equal(read_from(rig, p, 3, FDS, 6), 6);
    assert_memory_equal(rig_bytes(rig, p, FDS), rig_bytes(rig, p, BUF), 6);
}

static void test_pipe_of_who_is_killed_is_given_back(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *a, *b;
    const uint32_t before = free_bytes(rig);

    make_pipe(rig, p);
    a = fork_of(rig, p);
    b = fork_of(rig, p);
    read_from(rig, a, 3, FDS, 9);
    write_to(rig, b, 4, BUF, 5);
    write_to(rig, b, 4, BUF, BIG);
    assert_true(waits(rig, b));
    call(rig, p, ABI_SYS_CLOSE, 3, 0, 0);
    call(rig, p, ABI_SYS_CLOSE, 4, 0, 0);
    assert_int_equal(call(rig, p, ABI_SYS_KILL, b->pid, ABI_SIGKILL, 0), 0);
    assert_int_equal(call(rig, p, ABI_SYS_KILL, a->pid, ABI_SIGKILL, 0), 0);
    while ((int32_t)call(rig, p, ABI_SYS_WAIT4, UINT32_MAX, 0, 0) > 0)
        continue;
    assert_int_equal(free_bytes(rig), before);
}

static void test_pipe_check_notices_each_corruption(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    struct os_pipe *pipe = &rig->os->pipes[0];

    make_pipe(rig, p);
    const struct os_pipe good = *pipe;
    struct os_pipe bad[6] = {good, good, good, good, good, good};
    bad[0].users[0]++;
    bad[1].users[1] = 0;
    bad[2].used = ABI_PIPE_SIZE + 1;
    bad[3].begin = ABI_PIPE_SIZE;
    bad[4].buffer.size--;
    bad[5].buffer.base++;
    for (size_t i = 0; i < 6; i++) {
        *pipe = bad[i];
        if (os_check(rig->os))
            fail_msg("row %zu", i);
        *pipe = good;
        assert_true(os_check(rig->os));
    }
    pcb_set_fd(rig->phys, p->pcb, 9, 4); /* one more than is counted */
    assert_false(os_check(rig->os));
    pcb_set_fd(rig->phys, p->pcb, 9, 6); /* of no pipe */
    assert_false(os_check(rig->os));
    pcb_set_fd(rig->phys, p->pcb, 9, 0);
    pcb_set_fd(rig->phys, p->pcb, 3, 0); /* one is forgotten */
    assert_false(os_check(rig->os));
    pcb_set_fd(rig->phys, p->pcb, 3, 4);
    os_block(rig->os, p, PCB_WAIT_WRITE, 0); /* nobody will wake it */
    assert_false(os_check(rig->os));
    os_block(rig->os, p, PCB_WAIT_READ, 1);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_WAIT, 0);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_true(os_check(rig->os));
}

/* ---- histories ---- */

#define STEPS   20000u
#define WRITERS 3u
#define READERS 2u

/* Each writer's bytes: the upper bits say whose, the lower ones count. */
struct story {
    struct rig *rig;
    struct rng rng;
    struct process *writers[WRITERS], *readers[READERS];
    uint8_t sent[WRITERS], got[WRITERS]; /* low bits of the next one */
    uint32_t asked[READERS];             /* while it waits or has bytes */
    uint64_t bytes;
};

static bool is_free(struct story *story, const struct process *p)
{
    return os_in_state(story->rig->os, p, PCB_RUNNING) ||
           (os_in_state(story->rig->os, p, PCB_READY) &&
            pcb_get(story->rig->phys, p->pcb, PCB_FIELD_WAIT) == 0);
}

static void step_writer(struct story *story, unsigned i)
{
    struct process *p = story->writers[i];
    const uint32_t size =
        1 + rng_below(&story->rng, rng_below(&story->rng, 8) ? 300 : BIG);

    if (!is_free(story, p))
        return;
    for (uint32_t k = 0; k < size; k++)
        *rig_bytes(story->rig, p, BUF + k) =
            (uint8_t)(i << 6 | (story->sent[i]++ & 63));
    write_to(story->rig, p, 4, BUF, size);
}

/* What a reader has got: in order for each writer. */
static void take(struct story *story, unsigned i)
{
    struct process *p = story->readers[i];
    const uint32_t n = result(story->rig, p);

    assert_true(n > 0 && n <= story->asked[i]);
    for (uint32_t k = 0; k < n; k++) {
        const uint8_t byte = *rig_bytes(story->rig, p, BUF + k);
        const unsigned from = byte >> 6;

        assert_true(from < WRITERS);
        if ((byte & 63) != (story->got[from]++ & 63))
            fail_msg("writer %u: a byte is lost or twice", from);
    }
    story->bytes += n;
    story->asked[i] = 0;
}

static void step_reader(struct story *story, unsigned i)
{
    struct process *p = story->readers[i];

    if (!is_free(story, p))
        return;
    if (story->asked[i] == 0) {
        story->asked[i] = 1 + rng_below(&story->rng, 5000);
        read_from(story->rig, p, 3, BUF, story->asked[i]);
    }
    if (is_free(story, p))
        take(story, i);
}

/* Who is ready gets the CPU; then the call that it waited in goes on. */
static void run_all(struct story *story)
{
    for (unsigned i = 0; i < WRITERS + READERS + 1; i++) {
        struct process *p = os_next(story->rig->os);

        if (!p)
            return;
        for (unsigned k = 0; k < READERS; k++)
            if (story->readers[k] == p && story->asked[k])
                take(story, k);
        pcb_set(story->rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    }
}

static void test_pipe_any_history_loses_no_byte(void **state)
{
    struct story story = {.rig = *state, .rng = rng_start()};
    struct process *p = spawn(story.rig);

    make_pipe(story.rig, p);
    for (unsigned i = 0; i < WRITERS; i++)
        story.writers[i] = fork_of(story.rig, p);
    for (unsigned i = 0; i < READERS; i++)
        story.readers[i] = fork_of(story.rig, p);
    for (unsigned n = 0; n < STEPS; n++) {
        const unsigned who = rng_below(&story.rng, WRITERS + READERS);

        if (who < WRITERS)
            step_writer(&story, who);
        else
            step_reader(&story, who - WRITERS);
        run_all(&story);
        if (n % 16 == 0)
            os_compact(story.rig->os, n * 13 % story.rig->phys->size);
        if (!os_check(story.rig->os))
            fail_msg("step %u", n);
    }
    assert_true(story.bytes > 1000000);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define LARGE(name)                                                            \
    cmocka_unit_test_setup_teardown(name, rig_setup_large, rig_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_pipe_gets_the_lowest_descriptors),
        TEST(test_pipe_dup_makes_descriptors_mean_the_same),
        TEST(test_pipe_runs_out_of_everything),
        LARGE(test_pipe_number_is_bounded),
        TEST(test_pipe_reader_waits_for_bytes),
        TEST(test_pipe_end_wakes_the_reader),
        TEST(test_pipe_short_writes_are_in_one_piece),
        TEST(test_pipe_long_writes_go_in_as_there_is_room),
        TEST(test_pipe_writev_is_one_write),
        TEST(test_pipe_without_a_reader_kills_the_writer),
        TEST(test_pipe_part_of_a_write_counts),
        TEST(test_pipe_spoilt_descriptors_mean_no_file),
        TEST(test_pipe_bad_pointers_move_nothing),
        TEST(test_pipe_of_who_is_killed_is_given_back),
        TEST(test_pipe_check_notices_each_corruption),
        LARGE(test_pipe_any_history_loses_no_byte),
    };

    return cmocka_run_group_tests_name("pipe", tests, NULL, NULL);
}
