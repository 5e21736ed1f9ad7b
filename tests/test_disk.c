/*
 * tests/test_disk.c - a disk takes its time, and what is in flight stays where
 * it is, whatever happens meanwhile.
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
#include "os/signal.h"
#include "tests/failing.h"
#include "tests/rig.h"
#include "tests/rng.h"

#define BLOCK  ABI_DISK_BLOCK
#define BLOCKS 64u
#define SWAP   (512u * 1024u)
#define SEEK   1000u
#define SECTOR 100u

/* ---- the host's side ---- */

static struct host {
    uint8_t bytes[BLOCKS * BLOCK];
    uint8_t swap[SWAP];
    unsigned reads, writes;
    int error; /* of both; 0: none */
} host;

static int disk_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    struct host *h = ctx;

    assert_true(at <= sizeof(h->bytes) && size <= sizeof(h->bytes) - at);
    h->reads++;
    if (!h->error)
        memcpy(to, h->bytes + at, size);
    return h->error;
}

static int disk_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    struct host *h = ctx;

    assert_true(at <= sizeof(h->bytes) && size <= sizeof(h->bytes) - at);
    h->writes++;
    if (!h->error)
        memcpy(h->bytes + at, from, size);
    return h->error;
}

static int swap_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    memcpy(to, ((struct host *)ctx)->swap + at, size);
    return 0;
}

static int swap_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    memcpy(((struct host *)ctx)->swap + at, from, size);
    return 0;
}

static struct rig *begin(void **state)
{
    const struct os_disk disk = {disk_read, disk_write, &host};
    const struct os_disk swap = {swap_read, swap_write, &host};
    struct rig *rig = *state;
    struct costs costs;

    host = (struct host){.reads = 0};
    for (unsigned i = 0; i < sizeof(host.bytes); i++)
        host.bytes[i] = (uint8_t)(i / BLOCK + 1);
    costs_init(&costs);
    costs.cycles[COST_disk_seek] = SEEK;
    costs.cycles[COST_disk_sector] = SECTOR;
    os_set_costs(rig->os, &costs);
    assert_int_equal(os_set_disk(rig->os, &disk, BLOCKS), 0);
    assert_int_equal(os_set_swap(rig->os, &swap, SWAP), 0);
    return rig;
}

/* ---- processes ---- */

#define AT   0x400u /* a place for a buffer under base and bounds */
#define DATA 0x40000000u

static struct process *spawn(struct rig *rig)
{
    return rig_spawn(rig, ELF_X86, OS_BASE_ANY, 16 * 1024);
}

static struct process *spawn_with(struct rig *rig, unsigned va_bits,
                                  vaddr_t data)
{
    static const char *const argv[] = {"prog"};
    struct elf_build elf;
    struct process *process = NULL;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, PH(1, PH_VADDR), 4, data);
    const struct os_program program = {
        .file = elf.bytes,
        .file_size = elf.size,
        .argc = 1,
        .argv = argv,
        .scheme = os_scheme_find("segmented"),
        .base = OS_BASE_ANY,
        .stack = 4096,
        .stack_max = 4096,
        .va_bits = va_bits,
        .seg_bits = 2,
    };
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

static struct process *spawn_segmented(struct rig *rig)
{
    return spawn_with(rig, 32, DATA);
}

/* The call of @process at @cycle; returns who runs next. */
static struct process *call(struct rig *rig, struct process *process,
                            cycles_t cycle, uint32_t number, uint32_t a,
                            uint32_t b, uint32_t c)
{
    const struct isa *isa = process->isa;
    const uint32_t args[] = {a, b, c};
    const struct trap trap = {.cause = TRAP_SYSCALL, .cycle = cycle};

    for (unsigned i = 0; i < 3; i++)
        pcb_set_reg(rig->phys, process->pcb, isa, isa->call_args[i], args[i]);
    pcb_set_reg(rig->phys, process->pcb, isa, isa->call_number, number);
    return os_trap(rig->os, process, &trap);
}

static struct process *trap_at(struct rig *rig, struct process *process,
                               enum trap_cause cause, cycles_t cycle)
{
    const struct trap trap = {.cause = cause, .cycle = cycle};

    return os_trap(rig->os, process, &trap);
}

static uint32_t result_of(const struct rig *rig, const struct process *process)
{
    return pcb_get_reg(rig->phys, process->pcb, process->isa,
                       process->isa->call_result);
}

static uint8_t byte_at(struct rig *rig, const struct process *process,
                       vaddr_t va)
{
    uint8_t byte = 0;

    assert_int_equal(os_copy_from_user(rig->os, process, &byte, va, 1), 0);
    return byte;
}

static void fill(struct rig *rig, const struct process *process, vaddr_t va,
                 uint8_t byte, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        assert_int_equal(os_copy_to_user(rig->os, process, va + i, &byte, 1),
                         0);
}

/* Whatever is in flight is done. */
static void settle(struct rig *rig)
{
    while (os_disk_wait(rig->os))
        assert_true(os_check(rig->os));
}

/* ---- time ---- */

static void test_disk_takes_a_seek_and_its_sectors(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(call(rig, p, 50, ABI_SYS_DISK_READ, 3, AT, 2), p);
    assert_int_equal(os_clock(rig->os), 50 + SEEK + 2 * SECTOR);
    assert_int_equal(os_idle(rig->os), SEEK + 2 * SECTOR);
    assert_int_equal(result_of(rig, p), 2);
    assert_int_equal(byte_at(rig, p, AT - 1), 0);
    assert_int_equal(byte_at(rig, p, AT), 4);
    assert_int_equal(byte_at(rig, p, AT + 2 * BLOCK - 1), 5);
    assert_int_equal(byte_at(rig, p, AT + 2 * BLOCK), 0);
    assert_int_equal(os_counts(rig->os).disk_read, 2);
    assert_int_equal(pcb_get64(rig->phys, p->pcb, PCB_FIELD_CPU), 50);
}

/* Another one runs meanwhile; the bytes come at the end, and not before. */
static void test_disk_works_while_another_runs(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig);
    const cycles_t due = 10 + SEEK + SECTOR;

    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(call(rig, p, 10, ABI_SYS_DISK_READ, 0, AT, 1), q);
    assert_int_equal(os_disk_due(rig->os), due);
    assert_true(os_in_flight(rig->os, p));
    assert_ptr_equal(trap_at(rig, q, TRAP_TIMER, due - 1), q);
    assert_int_equal(host.reads, 0);
    assert_int_equal(byte_at(rig, p, AT), 0);
    assert_true(os_check(rig->os));

    /* The interrupt: who runs goes on, the other one is ready. */
    assert_ptr_equal(trap_at(rig, q, TRAP_DISK, due), q);
    assert_int_equal(host.reads, 1);
    assert_int_equal(byte_at(rig, p, AT), 1);
    assert_true(os_in_state(rig->os, p, PCB_READY));
    assert_int_equal(os_disk_due(rig->os), OS_NEVER);
    assert_ptr_equal(trap_at(rig, q, TRAP_TIMER, due + 5), p);
    assert_int_equal(result_of(rig, p), 1);
    assert_int_equal(os_idle(rig->os), 0);
}

/* One arm: in the order of asking, one after the other. */
static void test_disk_does_one_after_the_other(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig), *r = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    fill(rig, p, AT, 0xaa, BLOCK);
    assert_ptr_equal(call(rig, p, 1, ABI_SYS_DISK_WRITE, 7, AT, 1), q);
    assert_ptr_equal(call(rig, q, 2, ABI_SYS_DISK_READ, 7, AT, 1), r);
    assert_int_equal(os_disk_due(rig->os), 1 + SEEK + SECTOR);
    assert_ptr_equal(trap_at(rig, r, TRAP_DISK, 1 + SEEK + SECTOR), r);
    assert_int_equal(host.bytes[7 * BLOCK], 0xaa);
    assert_int_equal(os_disk_due(rig->os), 1 + 2 * (SEEK + SECTOR));
    assert_ptr_equal(trap_at(rig, r, TRAP_DISK, 1 + 2 * (SEEK + SECTOR)), r);
    assert_int_equal(byte_at(rig, q, AT), 0xaa);
    assert_ptr_equal(trap_at(rig, r, TRAP_TIMER, 9999), p);
    assert_ptr_equal(trap_at(rig, p, TRAP_TIMER, 9999), q);
    assert_int_equal(result_of(rig, q), 1);
    assert_int_equal(os_counts(rig->os).disk_written, 1);
}

/* All wait, but that is not for ever. */
static void test_disk_in_flight_is_no_deadlock(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig);
    struct os_error who;

    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(call(rig, p, 0, ABI_SYS_PAUSE, 0, 0, 0), q);
    assert_ptr_equal(call(rig, q, 0, ABI_SYS_DISK_READ, 0, AT, 1), q);
    assert_int_equal(os_clock(rig->os), SEEK + SECTOR);
    pcb_set(rig->phys, q->pcb, PCB_FIELD_STATE, PCB_READY);
    os_block(rig->os, q, PCB_WAIT_DISK, 0);
    assert_true(os_waiting(rig->os, &who));
    assert_non_null(strstr(who.text, "for the disk"));
    pcb_set(rig->phys, q->pcb, PCB_FIELD_STATE, PCB_READY);
}

/* ---- errors ---- */

static void test_disk_errors_touch_nothing(void **state)
{
    static const struct {
        const char *what;
        uint32_t number, block, at, count;
        int error;
    } cases[] = {
        {"no blocks", ABI_SYS_DISK_READ, 0, AT, 0, ABI_EINVAL},
        {"too many", ABI_SYS_DISK_READ, 0, AT, 129, ABI_EINVAL},
        {"all bits", ABI_SYS_DISK_WRITE, 0, AT, UINT32_MAX, ABI_EINVAL},
        {"behind the end", ABI_SYS_DISK_READ, BLOCKS, AT, 1, ABI_ENXIO},
        {"past the end", ABI_SYS_DISK_READ, BLOCKS - 1, AT, 2, ABI_ENXIO},
        {"it wraps", ABI_SYS_DISK_WRITE, UINT32_MAX, AT, 2, ABI_ENXIO},
        {"past bounds", ABI_SYS_DISK_READ, 0, 16384 - BLOCK + 1, 1, ABI_EFAULT},
        {"wild", ABI_SYS_DISK_WRITE, 0, 0xfffffff0, 1, ABI_EFAULT},
        {"far", ABI_SYS_DISK_WRITE, 0, 0x80000000, 1, ABI_EFAULT},
    };
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);
    uint8_t before[16384];

    assert_ptr_equal(os_next(rig->os), p);
    memcpy(before, rig_bytes(rig, p, 0), sizeof(before));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_ptr_equal(call(rig, p, 0, cases[i].number, cases[i].block,
                              cases[i].at, cases[i].count),
                         p);
        if (result_of(rig, p) != (uint32_t)-cases[i].error)
            fail_msg("%s: %d", cases[i].what, (int)result_of(rig, p));
        assert_int_equal(os_disk_due(rig->os), OS_NEVER);
        assert_memory_equal(before, rig_bytes(rig, p, 0), sizeof(before));
    }
    assert_int_equal(host.reads + host.writes, 0);
    assert_int_equal(os_clock(rig->os), 0);
    call(rig, p, 0, ABI_SYS_DISK_BLOCKS, 0, 0, 0);
    assert_int_equal(result_of(rig, p), BLOCKS);
}

static void test_disk_that_is_not_there(void **state)
{
    const struct os_disk disk = {disk_read, disk_write, &host};
    struct rig *rig = *state;
    struct process *p;

    assert_int_equal(os_set_disk(rig->os, &disk, 0), -EINVAL);
    assert_int_equal(os_set_disk(rig->os, &disk, OS_DISK_BLOCKS_MAX + 1),
                     -EINVAL);
    p = spawn(rig);
    assert_int_equal(os_set_disk(rig->os, &disk, 1), -EBUSY);
    for (uint32_t n = ABI_SYS_DISK_READ; n <= ABI_SYS_DISK_BLOCKS; n++)
        assert_int_equal(rig_call(rig, p, n, 0, AT, 1), (uint32_t)-ABI_ENXIO);
}

static void test_disk_error_of_the_host_is_eio(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    host.error = -ENOSPC;
    for (uint32_t n = ABI_SYS_DISK_READ; n <= ABI_SYS_DISK_WRITE; n++) {
        assert_ptr_equal(call(rig, p, 0, n, 0, AT, 1), p);
        assert_int_equal(result_of(rig, p), (uint32_t)-ABI_EIO);
        assert_int_equal(byte_at(rig, p, AT), 0);
    }
    assert_int_equal(os_counts(rig->os).disk_read, 0);
    assert_int_equal(os_counts(rig->os).disk_written, 0);
}

static void test_disk_survives_the_want_of_host_memory(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);
    uint32_t result;
    int n = 0;

    assert_ptr_equal(os_next(rig->os), p);
    do {
        failing_after(n++);
        assert_ptr_equal(call(rig, p, 0, ABI_SYS_DISK_READ, 2, AT, 1), p);
        failing_after(-1);
        result = result_of(rig, p);
        assert_true(result == 1 || result == (uint32_t)-ABI_ENOMEM);
        assert_int_equal(byte_at(rig, p, AT), result == 1 ? 3 : 0);
        assert_true(os_check(rig->os));
    } while (result != 1);
    assert_int_equal(n, 2);
}

/* Read-only memory may be written from, and not read into. */
static void test_disk_minds_rights(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn_segmented(rig);
    const uint32_t code = os_get_segment(rig->os, p, 0).bounds;

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(os_resize(rig->os, p, 0, code > BLOCK ? code : BLOCK), 0);
    call(rig, p, 0, ABI_SYS_DISK_READ, 0, 0, 1);
    assert_int_equal(result_of(rig, p), (uint32_t)-ABI_EFAULT);
    call(rig, p, 0, ABI_SYS_DISK_WRITE, 0, 0, 1);
    assert_int_equal(result_of(rig, p), 1);
}

/* ---- pins ---- */

/* @p waits for a read, @q runs; holes below and behind both. */
static void put_in_flight(struct rig *rig, struct process **p,
                          struct process **q)
{
    struct process *low = spawn(rig);

    *p = spawn(rig);
    struct process *middle = spawn(rig);
    *q = spawn(rig);
    os_exit(rig->os, low, 0);
    os_exit(rig->os, middle, 0);
    pcb_set(rig->phys, (*q)->pcb, PCB_FIELD_STATE, PCB_BLOCKED);
    assert_ptr_equal(os_next(rig->os), *p);
    pcb_set(rig->phys, (*q)->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_ptr_equal(call(rig, *p, 0, ABI_SYS_DISK_READ, 4, AT, 1), *q);
}

static void test_disk_pins_against_compaction(void **state)
{
    static const paddr_t splits[] = {OS_COMPACT_DOWN, 0, 40 * 1024};
    struct rig *rig = begin(state);
    struct process *p, *q;

    put_in_flight(rig, &p, &q);
    for (unsigned i = 0; i < 3; i++) {
        const paddr_t base = p->blocks[0].base;

        assert_true(base > OS_END);
        os_compact(rig->os, splits[i]);
        assert_int_equal(p->blocks[0].base, base);
        assert_true(os_check(rig->os));
    }
    os_compact(rig->os, OS_COMPACT_DOWN);
    assert_int_equal(q->blocks[0].base, p->blocks[0].base + p->blocks[0].size);
    settle(rig);
    assert_int_equal(byte_at(rig, p, AT), 5);
    os_compact(rig->os, OS_COMPACT_DOWN);
    assert_int_equal(p->blocks[0].base, OS_END);
    assert_int_equal(byte_at(rig, p, AT), 5);
}

static void test_disk_pins_against_swapping(void **state)
{
    struct rig *rig = begin(state);
    struct process *p, *q;

    put_in_flight(rig, &p, &q);
    assert_int_equal(os_swap_out(rig->os, p), -EINVAL);
    assert_false(os_swap_for(rig->os, 1));
    settle(rig);
    assert_int_equal(os_swap_out(rig->os, p), 0);
    assert_int_equal(os_swap_in(rig->os, p), 0);
    assert_int_equal(byte_at(rig, p, AT), 5);
}

/* Memory that is pinned is waited for, and then it moves or goes. */
static void test_disk_is_waited_for_by_who_needs_memory(void **state)
{
    struct rig *rig = begin(state);
    struct process *p, *q, *more;

    put_in_flight(rig, &p, &q);
    more = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_PHYS - OS_END - 20 * 1024);
    assert_non_null(more);
    assert_true(os_is_swapped(p));
    assert_true(os_clock(rig->os) >= SEEK + SECTOR);
    assert_false(os_in_flight(rig->os, p));
    assert_true(os_check(rig->os));
}

static void test_disk_keeps_the_memory_of_the_dead(void **state)
{
    struct rig *rig = begin(state);
    struct process *p, *q, *other;
    paddr_t base;
    uint32_t bytes, then, largest;

    put_in_flight(rig, &p, &q);
    base = p->blocks[0].base;
    os_memory(rig->os, &bytes, &largest);
    os_exit_signal(rig->os, p, ABI_SIGKILL);
    assert_int_equal(p->pid, 0);
    assert_true(os_check(rig->os));
    os_memory(rig->os, &then, &largest);
    assert_int_equal(bytes, then);

    struct os_map map = {0};
    struct os_piece piece = {0};
    while (piece.base != base)
        assert_true(os_map_next(rig->os, &map, &piece));
    assert_int_equal(piece.what, OS_PIECE_PINNED);

    /* Others come and go; the bytes are nobody's. */
    other = spawn(rig);
    os_compact(rig->os, OS_COMPACT_DOWN);
    assert_true(os_check(rig->os));
    assert_int_equal(other->blocks[0].base, OS_END);
    settle(rig);
    assert_int_equal(rig->phys->bytes[base + AT], 5);
    assert_int_equal(byte_at(rig, other, AT), 0);
    os_memory(rig->os, &then, &largest);
    assert_int_equal(bytes, then);
    assert_true(os_check(rig->os));
}

/* A machine does not end before its disk is at rest. */
static void test_disk_ends_after_the_last_process(void **state)
{
    struct rig *rig = begin(state);
    struct process *p, *q;

    put_in_flight(rig, &p, &q);
    os_exit_signal(rig->os, p, ABI_SIGKILL);
    os_exit(rig->os, q, 0);
    assert_false(rig_is_empty(rig));
    assert_null(os_next(rig->os));
    assert_true(rig_is_empty(rig));
    assert_int_equal(os_clock(rig->os), SEEK + SECTOR);
}

/* Killed by another process, at every moment of a transfer. */
static void test_disk_kill_at_any_moment_leaks_nothing(void **state)
{
    struct rig *rig = begin(state);

    for (cycles_t cycle = 0; cycle <= SEEK + 2 * SECTOR; cycle += 10) {
        const cycles_t start = os_clock(rig->os);
        struct process *p = spawn(rig), *q = spawn(rig);

        assert_ptr_equal(os_next(rig->os), p);
        struct process *next =
            call(rig, p, start, ABI_SYS_DISK_WRITE, 1, AT, 1);
        assert_ptr_equal(next, q);
        next =
            call(rig, q, start + cycle, ABI_SYS_KILL, p->pid, ABI_SIGKILL, 0);
        assert_ptr_equal(next, q);
        assert_false(os_in_flight(rig->os, p));
        assert_true(os_check(rig->os));
        os_exit(rig->os, q, 0);
        assert_null(os_next(rig->os));
        assert_true(os_clock(rig->os) >= start + SEEK + SECTOR);
        assert_true(rig_is_empty(rig));
    }
    assert_int_equal(host.bytes[BLOCK], 0);
}

/* A signal with a handler waits for the disk; SIGKILL does not. */
static void test_disk_is_not_interrupted(void **state)
{
    struct rig *rig = begin(state);
    struct process *p, *q;
    const struct pcb_action action = {.handler = 0x100,
                                      .flags = ABI_SA_RESTORER};
    const struct pcb_cause cause = {.code = ABI_SI_USER};

    put_in_flight(rig, &p, &q);
    pcb_set_action(rig->phys, p->pcb, ABI_SIGTERM, &action);
    os_signal_send(rig->os, p, ABI_SIGTERM, &cause);
    assert_true(os_in_state(rig->os, p, PCB_BLOCKED));
    assert_true(os_check(rig->os));
    settle(rig);
    assert_true(os_in_state(rig->os, p, PCB_READY));
    assert_ptr_equal(trap_at(rig, q, TRAP_TIMER, os_clock(rig->os)), p);
    assert_int_equal(byte_at(rig, p, AT), 5);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->pc), 0x100);
}

/* What the last process to share it writes is not what the dead one wrote. */
static void test_disk_writes_what_is_pinned(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn_segmented(rig), *child;

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(os_resize(rig->os, p, 1, BLOCK), 0);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BREAK, DATA + BLOCK);
    fill(rig, p, DATA, 0x11, BLOCK);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    assert_ptr_equal(call(rig, p, 0, ABI_SYS_DISK_WRITE, 9, DATA, 1), child);
    os_exit_signal(rig->os, p, ABI_SIGKILL);
    assert_true(os_check(rig->os));
    assert_int_equal(os_unshare(rig->os, child, 1), 0);
    fill(rig, child, DATA, 0x22, BLOCK);
    assert_true(os_check(rig->os));
    settle(rig);
    assert_int_equal(host.bytes[9 * BLOCK], 0x11);
    assert_int_equal(host.bytes[10 * BLOCK - 1], 0x11);
    assert_int_equal(byte_at(rig, child, DATA), 0x22);
}

/* A transfer whose memory is in two segments pins both. */
static void test_disk_pins_all_pieces(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn_with(rig, 14, 0x1000), *q = spawn(rig);
    const vaddr_t at = 0x1000 - BLOCK / 2;
    struct segment s;

    assert_int_equal(os_resize(rig->os, p, 0, 0x1000), 0);
    assert_int_equal(os_resize(rig->os, p, 1, 0x800), 0);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BREAK, 0x1800);
    s = os_get_segment(rig->os, p, 0);
    s.prot = MMU_READ | MMU_WRITE;
    os_set_segment(rig->os, p, 0, &s);
    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(call(rig, p, 0, ABI_SYS_DISK_READ, 2, at, 1), q);
    for (unsigned i = 0; i < 2; i++)
        assert_true(os_is_pinned(rig->os, os_block_of(p, i)));
    assert_false(os_is_pinned(rig->os, os_block_of(p, 3)));
    assert_int_equal(os_swap_out(rig->os, p), -EINVAL); /* the stack neither */
    os_exit_signal(rig->os, p, ABI_SIGKILL);
    assert_true(os_check(rig->os));
    os_exit(rig->os, q, 0);
    assert_null(os_next(rig->os));
    assert_true(rig_is_empty(rig));

    p = spawn_with(rig, 14, 0x1000);
    assert_int_equal(os_resize(rig->os, p, 0, 0x1000), 0);
    assert_int_equal(os_resize(rig->os, p, 1, 0x800), 0);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BREAK, 0x1800);
    os_set_segment(rig->os, p, 0,
                   &(struct segment){.base = os_block_of(p, 0)->base,
                                     .bounds = 0x1000,
                                     .prot = MMU_READ | MMU_WRITE});
    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(call(rig, p, 0, ABI_SYS_DISK_READ, 2, at, 2), p);
    assert_int_equal(result_of(rig, p), 2);
    for (unsigned i = 0; i < 2 * BLOCK; i++)
        assert_int_equal(byte_at(rig, p, at + i), 3 + i / BLOCK);
}

/* A register that a handler has led astray shows no way to others' memory. */
static void test_disk_touches_no_memory_of_others(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig);
    const struct segment own = os_get_segment(rig->os, p, 0);
    struct segment s = own;

    s.base = q->blocks[0].base;
    os_set_segment(rig->os, p, 0, &s);
    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(call(rig, p, 0, ABI_SYS_DISK_READ, 2, AT, 1), p);
    assert_int_equal(result_of(rig, p), (uint32_t)-ABI_EFAULT);
    os_set_segment(rig->os, p, 0, &own);
    assert_int_equal(byte_at(rig, q, AT), 0);
}

/* ---- swapping ---- */

static void test_disk_swapping_takes_time_behind_the_queue(void **state)
{
    struct rig *rig = begin(state);
    struct process *p, *q, *r;
    const cycles_t image = SEEK + 32 * SECTOR;

    put_in_flight(rig, &p, &q);
    r = spawn(rig);
    assert_int_equal(os_clock(rig->os), 0);
    assert_int_equal(os_swap_out(rig->os, r), 0);
    assert_int_equal(os_clock(rig->os), SEEK + SECTOR + image);
    assert_int_equal(rig->os->clock->spent[CLOCK_swap], image);
    assert_int_equal(byte_at(rig, p, AT), 5); /* it was first */
    assert_int_equal(os_swap_in(rig->os, r), 0);
    assert_int_equal(os_clock(rig->os), SEEK + SECTOR + 2 * image);
    assert_int_equal(os_idle(rig->os), os_clock(rig->os));
}

/* ---- the walker ---- */

static void test_disk_check_notices(void **state)
{
    struct rig *rig = begin(state);
    struct process *p, *q;

    put_in_flight(rig, &p, &q);
    assert_true(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_BLOCKED);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_WAIT, PCB_WAIT_CHILD);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_WAIT, PCB_WAIT_DISK);
    rig->os->disk.busy_until--;
    assert_false(os_check(rig->os));
    rig->os->disk.busy_until++;
    rig->os->disk.blocks = 4;
    assert_false(os_check(rig->os));
    rig->os->disk.blocks = BLOCKS;
    assert_true(os_check(rig->os));
    settle(rig);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_BLOCKED);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (rig->os->processes[i].pid)
            os_exit(rig->os, &rig->os->processes[i], 0);
    settle(rig);
    return rig_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_disk_takes_a_seek_and_its_sectors),
        TEST(test_disk_works_while_another_runs),
        TEST(test_disk_does_one_after_the_other),
        TEST(test_disk_in_flight_is_no_deadlock),
        TEST(test_disk_errors_touch_nothing),
        TEST(test_disk_that_is_not_there),
        TEST(test_disk_error_of_the_host_is_eio),
        TEST(test_disk_survives_the_want_of_host_memory),
        TEST(test_disk_minds_rights),
        TEST(test_disk_pins_against_compaction),
        TEST(test_disk_pins_against_swapping),
        TEST(test_disk_is_waited_for_by_who_needs_memory),
        TEST(test_disk_keeps_the_memory_of_the_dead),
        TEST(test_disk_ends_after_the_last_process),
        TEST(test_disk_kill_at_any_moment_leaks_nothing),
        TEST(test_disk_is_not_interrupted),
        TEST(test_disk_writes_what_is_pinned),
        TEST(test_disk_pins_all_pieces),
        TEST(test_disk_touches_no_memory_of_others),
        TEST(test_disk_swapping_takes_time_behind_the_queue),
        TEST(test_disk_check_notices),
    };

    return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}
