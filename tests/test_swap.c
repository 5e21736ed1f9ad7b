/*
 * tests/test_swap.c - images go to the disk and come back, and nobody notices.
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
#include "tests/failing.h"
#include "tests/rig.h"
#include "tests/rng.h"
#include "tests/stage.h"

#define KIB  1024u
#define DISK (256u * KIB)

/* ---- a disk that can fail ---- */

static struct disk {
    uint8_t bytes[DISK];
    unsigned fail_write_in, fail_read_in; /* 0: none fails */
    unsigned gone;                        /* processes that the OS ended */
    int why;                              /* the last one */
} disk;

static int disk_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    struct disk *d = ctx;

    assert_true(at <= DISK && size <= DISK - at);
    if (d->fail_write_in > 0 && --d->fail_write_in == 0)
        return -EIO;
    memcpy(d->bytes + at, from, size);
    return 0;
}

static int disk_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    struct disk *d = ctx;

    assert_true(at <= DISK && size <= DISK - at);
    if (d->fail_read_in > 0 && --d->fail_read_in == 0)
        return -EIO;
    memcpy(to, d->bytes + at, size);
    return 0;
}

static void on_end(void *ctx, const struct process *process, uint32_t signal)
{
    struct disk *d = ctx;

    if (os_swap_error(process) == 0)
        return;
    assert_int_equal(signal, ABI_SIGKILL);
    d->gone++;
    d->why = os_swap_error(process);
}

static struct rig *begin_sized(void **state, uint32_t size)
{
    const struct os_disk host = {disk_read, disk_write, &disk};
    struct rig *rig = *state;

    disk = (struct disk){.gone = 0};
    assert_int_equal(os_set_swap(rig->os, &host, size), 0);
    assert_int_equal(os_set_disk(rig->os, &stage_blocks, 64), 0);
    os_watch_ends(rig->os, on_end, &disk);
    return rig;
}

static struct rig *begin(void **state)
{
    return begin_sized(state, DISK);
}

/* ---- processes ---- */

static int try_spawn(struct rig *rig, const char *scheme, uint32_t size,
                     struct process **out)
{
    static const char *const argv[] = {"prog"};
    struct elf_build elf;

    elf_build(&elf, ELF_X86);
    if (strcmp(scheme, "base-bounds") != 0)
        elf_put(&elf, PH(1, PH_VADDR), 4, 0x40000000);
    const struct os_program program = {
        .file = elf.bytes,
        .file_size = elf.size,
        .argc = 1,
        .argv = argv,
        .scheme = os_scheme_find(scheme),
        .base = OS_BASE_ANY,
        .bounds = size,
        .stack = size,
        .stack_max = 4 * size,
        .va_bits = 32,
        .seg_bits = 2,
    };
    return os_spawn(rig->os, &program, out, &rig->why);
}

static struct process *spawn(struct rig *rig, const char *scheme, uint32_t size)
{
    struct process *process = NULL;

    if (try_spawn(rig, scheme, size, &process))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

/* ---- out and in ---- */

static void test_swap_makes_room_for_a_program(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = spawn(rig, "base-bounds", 64 * KIB);

    rig_put(rig, a, 0x300, "first");
    struct process *b = spawn(rig, "base-bounds", 64 * KIB);
    assert_true(os_is_swapped(a));
    assert_int_equal(pcb_get(rig->phys, a->pcb, PCB_FIELD_SWAPPED), 1);
    assert_int_equal(os_reserved(a), 0);
    assert_int_equal(os_swap_used(rig->os), 64 * KIB);
    rig_put(rig, b, 0x300, "other");
    assert_true(os_check(rig->os));

    /* The one that is to run comes back, and the other one goes. */
    assert_ptr_equal(os_next(rig->os), a);
    assert_true(os_is_swapped(b));
    rig_expect(rig, a, 0x300, "first");
    assert_ptr_equal(rig_trap(rig, a, TRAP_TIMER), b);
    rig_expect(rig, b, 0x300, "other");
    assert_int_equal(os_counts(rig->os).swapped_out, 3);
    assert_int_equal(os_counts(rig->os).swapped_in, 2);
    assert_int_equal(os_counts(rig->os).swap_bytes, 5 * 64 * KIB);
}

/* Without a disk it is refused as ever. */
static void test_swap_needs_a_disk(void **state)
{
    struct rig *rig = *state;
    struct process *a = spawn(rig, "base-bounds", 64 * KIB), *b;

    assert_int_equal(try_spawn(rig, "base-bounds", 64 * KIB, &b), -ENOMEM);
    assert_int_equal(os_swap_out(rig->os, a), -EINVAL);
    assert_int_equal(os_swap_in(rig->os, a), 0);
}

static void test_swap_moves_every_kind_of_register(void **state)
{
    static const char *const schemes[] = {"base-bounds", "segmented", "table",
                                          "implicit"};
    struct rig *rig = begin(state);

    for (unsigned i = 0; i < 3; i++) {
        const vaddr_t data = i == 0 ? 0x300 : 0x40000000;
        struct process *low = spawn(rig, "base-bounds", 3001);
        struct process *p = spawn(rig, schemes[i], 4 * KIB);
        const vaddr_t sp = pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->sp);
        const struct segment before = os_get_segment(rig->os, p, i ? 1 : 0);
        uint32_t argc = 0;

        assert_true(os_user_ready(rig->os, p, data, 8, MMU_WRITE));
        rig_put(rig, p, data, schemes[i]);
        assert_int_equal(os_swap_out(rig->os, p), 0);
        assert_true(os_check(rig->os));
        assert_int_equal(os_copy_from_user(rig->os, p, &argc, sp, 4), -EFAULT);
        os_exit(rig->os, low, 0); /* now it comes to another place */
        assert_int_equal(os_swap_in(rig->os, p), 0);
        assert_true(os_check(rig->os));
        assert_int_equal(os_copy_from_user(rig->os, p, &argc, sp, 4), 0);
        assert_int_equal(argc, 1);
        rig_expect(rig, p, data, schemes[i]);
        assert_int_not_equal(os_get_segment(rig->os, p, i ? 1 : 0).base,
                             before.absent ? 1 : before.base);
        assert_int_equal(os_swap_used(rig->os), 0);
        os_exit(rig->os, p, 0);
    }
}

/* ---- who goes ---- */

static void test_swap_takes_who_waits_then_who_ran_longest_ago(void **state)
{
    struct rig *rig = begin(state);
    struct process *p[4];

    for (unsigned i = 0; i < 4; i++)
        p[i] = spawn(rig, "base-bounds", 24 * KIB);
    assert_ptr_equal(os_next(rig->os), p[0]);
    for (unsigned i = 0; i < 3; i++)
        assert_ptr_equal(rig_trap(rig, p[i], TRAP_TIMER), p[i + 1]);

    /* The last one runs; the second has run later than the first, but waits. */
    os_block(rig->os, p[1], PCB_WAIT_CHILD, p[1]->pid);
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned order[] = {1, 0, 2};

        assert_true(os_swap_for(rig->os, 1));
        assert_true(os_is_swapped(p[order[i]]));
    }
    assert_false(os_swap_for(rig->os, 1));
    assert_false(os_is_swapped(p[3]));
    os_wake(rig->os, PCB_WAIT_CHILD, p[1]->pid);
}

/* Segments that a child has in common with its parent stay where they are. */
static void test_swap_leaves_what_is_shared(void **state)
{
    struct rig *rig = begin(state);
    struct process *parent = spawn(rig, "segmented", 4 * KIB), *child;

    assert_int_equal(os_fork(rig->os, parent, &child), 0);
    assert_int_equal(os_swap_out(rig->os, child), -EINVAL);
    assert_int_equal(os_unshare(rig->os, child, 1), 0);
    rig_put(rig, child, 0x40000000, "mine");
    assert_int_equal(os_swap_out(rig->os, child), 0);
    assert_true(os_check(rig->os));
    assert_int_equal(os_block_of(child, 3)->base, os_block_of(parent, 3)->base);
    os_compact(rig->os, 40 * KIB);
    assert_true(os_check(rig->os));

    /* Touching it brings it in. */
    assert_true(os_user_ready(rig->os, child, 0x40000000, 4, MMU_WRITE));
    assert_false(os_is_swapped(child));
    rig_expect(rig, child, 0x40000000, "mine");
    rig_expect(rig, parent, 0x40000000, "data");
}

/* What touches a process that is on the disk brings it in first. */
static void test_swap_brings_in_who_is_changed(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig, "segmented", 4 * KIB), *child;
    const uint32_t bounds = os_get_segment(rig->os, p, 1).bounds;

    assert_int_equal(os_swap_out(rig->os, p), 0);
    assert_int_equal(os_swap_out(rig->os, p), -EINVAL);
    assert_int_equal(os_resize(rig->os, p, 1, bounds + 100), 0);
    assert_int_equal(os_swap_out(rig->os, p), 0);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    assert_false(os_is_swapped(p));
    rig_expect(rig, child, 0x40000000, "data");
}

/* ---- failures ---- */

static void test_swap_frees_the_disk_of_who_ends(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = spawn(rig, "base-bounds", 64 * KIB);
    struct process *b = spawn(rig, "segmented", 4 * KIB);

    assert_int_equal(os_swap_out(rig->os, a), 0);
    assert_int_equal(os_swap_out(rig->os, b), 0);
    os_exit(rig->os, a, 0);
    assert_true(os_check(rig->os));
    os_exit_signal(rig->os, b, ABI_SIGKILL);
    assert_int_equal(os_swap_used(rig->os), 0);
    assert_true(rig_is_empty(rig));
    assert_int_equal(disk.gone, 0);
}

static void test_swap_write_that_fails_refuses_the_request(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = spawn(rig, "segmented", 24 * KIB), *b = NULL;

    rig_put(rig, a, 0x40000000, "kept");
    for (unsigned n = 1; n <= 3; n++) {
        disk.fail_write_in = n;
        assert_int_equal(try_spawn(rig, "base-bounds", 104 * KIB, &b), -ENOMEM);
        assert_true(os_check(rig->os));
        assert_false(os_is_swapped(a));
        assert_int_equal(os_swap_used(rig->os), 0);
        rig_expect(rig, a, 0x40000000, "kept");
    }
    assert_int_equal(try_spawn(rig, "base-bounds", 104 * KIB, &b), 0);
}

static void test_swap_read_that_fails_ends_the_process(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = spawn(rig, "base-bounds", 64 * KIB);
    struct process *b = spawn(rig, "base-bounds", 64 * KIB);

    disk.fail_read_in = 3;
    assert_ptr_equal(os_next(rig->os), b);
    assert_int_equal(a->pid, 0);
    assert_int_equal(disk.gone, 1);
    assert_int_equal(disk.why, -EIO);
    assert_int_equal(os_first_failure(rig->os), 128 + ABI_SIGKILL);
    assert_true(os_check(rig->os));
}

static void test_swap_disk_that_is_full_refuses(void **state)
{
    struct rig *rig = begin_sized(state, 70 * KIB);
    struct process *a = spawn(rig, "base-bounds", 64 * KIB);
    struct process *b = spawn(rig, "base-bounds", 64 * KIB), *c;

    assert_int_equal(os_swap_out(rig->os, b), -ENOSPC);
    assert_int_equal(try_spawn(rig, "base-bounds", 64 * KIB, &c), -ENOMEM);
    assert_true(os_check(rig->os));

    /* Whose turn it is has no room, and waits for it while another runs. */
    assert_ptr_equal(os_next(rig->os), b);
    assert_ptr_equal(rig_trap(rig, b, TRAP_TIMER), b);
    assert_true(os_is_swapped(a));
    os_exit(rig->os, b, 0);
    assert_ptr_equal(os_next(rig->os), a);
    assert_int_equal(disk.gone, 0);
}

/* Who should go is too large for the disk; another one is not. */
static void test_swap_lets_another_go_for_want_of_disk(void **state)
{
    struct rig *rig = begin_sized(state, 20 * KIB);
    struct process *a = spawn(rig, "base-bounds", 64 * KIB);
    struct process *b = spawn(rig, "base-bounds", 16 * KIB);
    struct process *c = spawn(rig, "base-bounds", 40 * KIB);

    assert_false(os_is_swapped(a));
    assert_true(os_is_swapped(b));
    assert_false(os_is_swapped(c));
    assert_true(os_check(rig->os));
}

/* Nobody else can run, and there will never be room. */
static void test_swap_without_room_for_ever_ends_one(void **state)
{
    struct rig *rig = begin_sized(state, 70 * KIB);
    struct process *a = spawn(rig, "base-bounds", 64 * KIB);
    struct process *b = spawn(rig, "base-bounds", 64 * KIB);

    os_block(rig->os, b, PCB_WAIT_CHILD, b->pid);
    assert_null(os_next(rig->os));
    assert_int_equal(a->pid, 0);
    assert_int_equal(disk.gone, 1);
    assert_int_equal(disk.why, -ENOMEM);
    assert_int_equal(os_swap_used(rig->os), 0);
    os_wake(rig->os, PCB_WAIT_CHILD, b->pid);
}

/* Each host allocation on the way fails once: all or nothing. */
static void test_swap_survives_the_want_of_host_memory(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = spawn(rig, "segmented", 24 * KIB), *b = NULL;
    int n = 0, err;

    rig_put(rig, a, 0x40000000, "kept");
    do {
        failing_after(n++);
        err = try_spawn(rig, "table", 64 * KIB, &b);
        failing_after(-1);
        assert_true(os_check(rig->os));
        if (!os_is_swapped(a))
            rig_expect(rig, a, 0x40000000, "kept");
    } while (err);
    assert_true(n > 2);
    os_exit(rig->os, b, 0);

    for (n = 0; os_is_swapped(a); n++) {
        failing_after(n);
        (void)os_swap_in(rig->os, a);
        failing_after(-1);
        assert_true(os_check(rig->os));
    }
    rig_expect(rig, a, 0x40000000, "kept");
}

static void test_swap_always_keeps_one_in_memory(void **state)
{
    struct rig *rig = begin(state);
    struct process *p[3], *now;

    for (unsigned i = 0; i < 3; i++)
        p[i] = spawn(rig, "base-bounds", 8 * KIB);
    os_swap_always(rig->os);
    now = os_next(rig->os);
    for (unsigned n = 0; n < 7; n++) {
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(os_is_swapped(p[i]), p[i] != now);
        assert_true(os_check(rig->os));
        now = rig_trap(rig, now, TRAP_TIMER);
    }
}

/* ---- histories ---- */

#define NOTES   16u
#define HISTORY 12u /* processes */

/* Bytes that a process has written, and must find again. */
struct memory {
    struct process *process;
    uint32_t pid;
    struct {
        vaddr_t va;
        uint8_t byte;
    } notes[NOTES];
    unsigned count;
};

static bool is_alive(const struct rig *rig, const struct memory *m)
{
    return m->process && m->process->pid == m->pid &&
           os_lives(rig->os, m->process);
}

/* A read that is under way, or is to be, would overwrite it. */
static bool is_reading(struct rig *rig, const struct process *process)
{
    return os_in_flight(rig->os, process) ||
           pcb_get(rig->phys, process->pcb, PCB_FIELD_WAIT) == PCB_WAIT_MEMORY;
}

static void write_note(struct rig *rig, struct memory *m, vaddr_t va,
                       uint8_t byte)
{
    if (is_reading(rig, m->process) ||
        !os_user_ready(rig->os, m->process, va, 1, MMU_WRITE) ||
        os_copy_to_user(rig->os, m->process, va, &byte, 1))
        return;
    for (unsigned i = 0; i < m->count; i++)
        if (m->notes[i].va == va) {
            m->notes[i].byte = byte;
            return;
        }
    if (m->count == NOTES)
        return;
    m->notes[m->count].va = va;
    m->notes[m->count++].byte = byte;
}

/* What is on the disk is looked at when it is back. */
static void check_notes(struct rig *rig, const struct memory *m)
{
    for (unsigned i = 0; i < m->count && !os_is_swapped(m->process); i++) {
        uint8_t byte;

        if (!os_user_ready(rig->os, m->process, m->notes[i].va, 1, MMU_READ))
            continue;
        assert_int_equal(
            os_copy_from_user(rig->os, m->process, &byte, m->notes[i].va, 1),
            0);
        assert_int_equal(byte, m->notes[i].byte);
    }
}

static void change_size(struct rig *rig, struct memory *m, struct rng *rng)
{
    const unsigned selector = rng_below(rng, 2) ? 1 : 3;
    const uint32_t more = rng_below(rng, 6000);

    if (m->process->scheme == &os_scheme_base_bounds ||
        os_swap_in(rig->os, m->process))
        return;
    const uint32_t bounds =
        os_get_segment(rig->os, m->process, selector).bounds;
    (void)os_resize(rig->os, m->process, selector, bounds + more);
}

static void spawn_into(struct rig *rig, struct memory *m, struct rng *rng)
{
    static const char *const schemes[] = {"base-bounds", "segmented", "table"};

    m->process = NULL;
    m->count = 0;
    if (!try_spawn(rig, schemes[rng_below(rng, 3)],
                   2 * KIB + rng_below(rng, 30000), &m->process))
        m->pid = m->process->pid;
}

static void fork_into(struct rig *rig, const struct memory *m,
                      struct memory *child)
{
    struct process *process;

    if (is_alive(rig, child) || os_fork(rig->os, m->process, &process))
        return;
    *child = *m;
    child->process = process;
    child->pid = process->pid;
}

/* The CPU goes round. */
static void run(struct rig *rig, struct rng *rng)
{
    struct process *now = os_next(rig->os);

    for (unsigned i = rng_below(rng, 4); i > 0 && now; i--)
        now = rig_trap(rig, now, TRAP_TIMER);
    if (now)
        assert_false(os_is_swapped(now));
}

static void forget_notes(struct memory *m, vaddr_t va, uint32_t size)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < m->count; i++)
        if (m->notes[i].va < va || m->notes[i].va - va >= size)
            m->notes[kept++] = m->notes[i];
    m->count = kept;
}

/* Who has the CPU reads from the disk or writes to it, if it may. */
static void use_disk(struct rig *rig, struct memory all[HISTORY],
                     struct rng *rng)
{
    static const vaddr_t regions[] = {0x200, 0x40000000, 0xffffe000};
    struct process *now = os_next(rig->os);
    const vaddr_t va = regions[rng_below(rng, 3)] + rng_below(rng, 2000);
    const uint32_t count = 1 + rng_below(rng, 3);
    const bool read = rng_below(rng, 2);

    for (unsigned i = 0; now && read && i < HISTORY; i++)
        if (all[i].process == now)
            forget_notes(&all[i], va, count * ABI_DISK_BLOCK);
    if (now)
        rig_call(rig, now, read ? ABI_SYS_DISK_READ : ABI_SYS_DISK_WRITE,
                 rng_below(rng, 64), va, count);
}

static void end(struct rig *rig, struct memory *m, bool killed)
{
    if (killed)
        os_exit_signal(rig->os, m->process, ABI_SIGKILL);
    else
        os_exit(rig->os, m->process, 0);
    if (m->process->pid == m->pid) /* a zombie: nobody will wait for it */
        os_exit(rig->os, m->process, 0);
    m->process = NULL;
}

static void take_step(struct rig *rig, struct memory all[HISTORY],
                      struct rng *rng)
{
    static const vaddr_t regions[] = {0x200, 0x40000000, 0xffffe000};
    struct memory *m = &all[rng_below(rng, HISTORY)];

    if (!is_alive(rig, m)) {
        spawn_into(rig, m, rng);
        return;
    }
    switch (rng_below(rng, 20)) {
    case 0:
    case 1:
        end(rig, m, rng_below(rng, 2));
        break;
    case 2:
    case 3:
        change_size(rig, m, rng);
        break;
    case 4:
        fork_into(rig, m, &all[rng_below(rng, HISTORY)]);
        break;
    case 5:
        os_compact(rig->os, rng_below(rng, RIG_PHYS));
        break;
    case 6:
    case 7:
        (void)os_swap_out(rig->os, m->process);
        break;
    case 8:
        (void)os_swap_in(rig->os, m->process);
        break;
    case 9:
    case 10:
    case 11:
        run(rig, rng);
        break;
    case 12:
    case 13:
        use_disk(rig, all, rng);
        break;
    default:
        write_note(rig, m, regions[rng_below(rng, 3)] + rng_below(rng, 8192),
                   (uint8_t)rng_next(rng));
    }
}

/* Some histories go without failures; in others whatever can fail does. */
static void live(struct rig *rig, unsigned steps, struct rng *rng, bool hostile)
{
    struct memory memories[HISTORY] = {{0}};

    for (unsigned n = 0; n < steps; n++) {
        paddr_t pa;

        disk.fail_write_in = hostile ? rng_below(rng, 12) : 0;
        if (hostile && rng_below(rng, 4) == 0)
            failing_after((int)rng_below(rng, 6));
        if (hostile && rng_below(rng, 8) == 0)
            os_fail_allocation(rig->os, 1 + rng_below(rng, 4));
        take_step(rig, memories, rng);
        failing_after(-1);
        os_fail_allocation(rig->os, 0);
        assert_true(os_check(rig->os));
        assert_false(os_guard_broken(rig->os, &pa));
        for (unsigned i = 0; i < HISTORY; i++)
            if (is_alive(rig, &memories[i]))
                check_notes(rig, &memories[i]);
    }
}

static void test_swap_histories_lose_nothing(void **state)
{
    struct rig *rig = begin(state);
    struct rng rng = rng_start();

    os_guard(rig->os);
    live(rig, 12000, &rng, false);
    assert_true(os_counts(rig->os).swapped_out > 1000);
    assert_true(os_counts(rig->os).swapped_in > 500);
    assert_true(os_counts(rig->os).disk_read > 100);
    assert_true(os_counts(rig->os).disk_written > 100);
}

static void test_swap_histories_bear_failures(void **state)
{
    struct rig *rig = begin_sized(state, 96 * KIB);
    struct rng rng = rng_start();

    os_guard(rig->os);
    live(rig, 12000, &rng, true);
    assert_true(os_counts(rig->os).swapped_out > 500);
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (rig->os->processes[i].pid)
            os_exit(rig->os, &rig->os->processes[i], 0);
    while (os_disk_wait(rig->os))
        assert_true(os_check(rig->os));
    assert_int_equal(os_swap_used(rig->os), 0);
    return rig_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_swap_makes_room_for_a_program),
        TEST(test_swap_needs_a_disk),
        TEST(test_swap_moves_every_kind_of_register),
        TEST(test_swap_takes_who_waits_then_who_ran_longest_ago),
        TEST(test_swap_leaves_what_is_shared),
        TEST(test_swap_brings_in_who_is_changed),
        TEST(test_swap_frees_the_disk_of_who_ends),
        TEST(test_swap_write_that_fails_refuses_the_request),
        TEST(test_swap_read_that_fails_ends_the_process),
        TEST(test_swap_disk_that_is_full_refuses),
        TEST(test_swap_lets_another_go_for_want_of_disk),
        TEST(test_swap_without_room_for_ever_ends_one),
        TEST(test_swap_survives_the_want_of_host_memory),
        TEST(test_swap_always_keeps_one_in_memory),
        TEST(test_swap_histories_lose_nothing),
        TEST(test_swap_histories_bear_failures),
    };

    return cmocka_run_group_tests_name("swap", tests, NULL, NULL);
}
