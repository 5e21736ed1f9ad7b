/*
 * tests/test_swapio.c - images on their way to the disk and back while others
 * run, and a process that waits for the memory (tests/test_want.c has more of
 * them). The tests are the CPU, and say what time it is.
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
#include "tests/rig.h"
#include "tests/rng.h"
#include "tests/stage.h"

#define KIB  STAGE_KIB
#define DISK (512u * KIB)

static struct stage_disk disk;

static struct rig *begin(void **state)
{
    return stage_begin(state, &disk, DISK);
}

/* ---- out ---- */

static void test_swapio_others_run_while_an_image_leaves(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    const paddr_t base = s.has->blocks[0].base;
    const cycles_t due = 100 + stage_cost(s.size);

    stage_ask(rig, &s, 100);
    assert_int_equal(os_image(s.has), PCB_IMAGE_LEAVING);
    assert_int_equal(pcb_get(rig->phys, s.has->pcb, PCB_FIELD_SWAPPED),
                     PCB_IMAGE_LEAVING);
    assert_int_equal(os_disk_due(rig->os), due);
    assert_int_equal(disk.writes, 0);
    assert_int_equal(stage_free(rig), 0);
    assert_true(os_check(rig->os));

    /* It is ready, and does not run; it stays where it is. */
    assert_true(os_in_state(rig->os, s.has, PCB_READY));
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, due - 1), s.runs);
    os_compact(rig->os, 0);
    assert_int_equal(s.has->blocks[0].base, base);
    assert_int_equal(os_swap_out(rig->os, s.has), -EINVAL);
    assert_false(os_is_swapped(s.has));
    rig_expect(rig, s.has, 0x1000, "all of it");

    /* The interrupt: the memory is free, and the stack as large as asked. */
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_DISK, due), s.runs);
    assert_int_equal(os_image(s.has), PCB_IMAGE_AWAY);
    assert_int_equal(disk.writes, 1);
    assert_true(os_in_state(rig->os, s.asks, PCB_READY));
    assert_int_equal(stage_stack(rig, s.asks), 12 * KIB);
    assert_true(os_check(rig->os));
    assert_int_equal(os_idle(rig->os), 0);
    assert_int_equal(rig->os->clock->spent[CLOCK_swap], 0);
    assert_int_equal(disk.waits, 1);
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, due + 1), s.asks);
}

/* ---- in ---- */

static void test_swapio_others_run_while_an_image_arrives(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    const cycles_t gone = 100 + stage_cost(s.size);
    cycles_t due;

    stage_ask(rig, &s, 100);
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_DISK, gone), s.runs);
    os_exit(rig->os, s.asks, 0); /* now there is room again */
    due = gone + 50 + stage_cost(s.size);
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, gone + 50), s.runs);
    assert_int_equal(os_image(s.has), PCB_IMAGE_ARRIVING);
    assert_true(os_is_swapped(s.has));
    assert_int_equal(os_disk_due(rig->os), due);
    assert_int_equal(disk.reads, 0);
    assert_true(os_check(rig->os));

    /* Its memory is its own, and it cannot be seen yet. */
    const paddr_t base = s.has->blocks[0].base;
    char byte;
    assert_int_equal(os_copy_from_user(rig->os, s.has, &byte, 0, 1), -EFAULT);
    assert_true(os_is_pinned(rig->os, &s.has->blocks[0]));
    os_compact(rig->os, OS_COMPACT_DOWN);
    os_compact(rig->os, 0);
    assert_int_equal(s.has->blocks[0].base, base);
    assert_int_equal(os_swap_out(rig->os, s.has), -EINVAL);
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, due - 1), s.runs);

    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_DISK, due), s.runs);
    assert_int_equal(os_image(s.has), PCB_IMAGE_HERE);
    rig_expect(rig, s.has, 0x1000, "all of it");
    rig_expect(rig, s.has, s.size - 16, "the end");
    assert_int_equal(os_idle(rig->os), 0);
    assert_int_equal(os_swap_used(rig->os), 0);
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, due + 1), s.has);
}

/* What no one runs through is swap; what comes first is done first. */
static void test_swapio_waits_in_the_queue_of_the_disk(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    const cycles_t first = 100 + stage_cost(512);

    /* One reads a block, and the one that asks finds the disk at work. */
    assert_ptr_equal(stage_trap(rig, s.asks, TRAP_TIMER, 50), s.has);
    assert_ptr_equal(stage_trap(rig, s.has, TRAP_TIMER, 60), s.runs);
    assert_ptr_equal(
        stage_call(rig, s.runs, 100, ABI_SYS_DISK_READ, 0, 0x400, 1), s.asks);
    assert_ptr_equal(
        stage_fault(rig, s.asks, TRAP_BOUNDS, stage_below(12 * KIB), 300),
        s.runs);
    assert_int_equal(os_clock(rig->os), first);
    assert_int_equal(os_idle(rig->os), first - 300);
    assert_int_equal(rig->os->clock->spent[CLOCK_swap], 0);
    assert_int_equal(os_disk_due(rig->os), first + stage_cost(s.size));

    /* Now all wait. */
    assert_ptr_equal(
        stage_call(rig, s.runs, first + 10, ABI_SYS_PAUSE, 0, 0, 0), s.asks);
    assert_int_equal(os_clock(rig->os), first + stage_cost(s.size));
    assert_int_equal(rig->os->clock->spent[CLOCK_swap],
                     stage_cost(s.size) - 10);
    assert_int_equal(os_idle(rig->os), first - 300 + stage_cost(s.size) - 10);
    assert_int_equal(stage_stack(rig, s.asks), 12 * KIB);
}

/* ---- who waits ---- */

/* All that can lack memory: the request of @p, and whether it was done. */
struct request {
    const char *what;
    const char *scheme;
    void (*ask)(struct rig *rig, struct process *p, cycles_t cycle);
    bool (*done)(struct rig *rig, struct process *p);
};

static void ask_brk(struct rig *rig, struct process *p, cycles_t cycle)
{
    stage_call(rig, p, cycle, ABI_SYS_BRK, STAGE_DATA + 20000, 0, 0);
}

static bool has_brk(struct rig *rig, struct process *p)
{
    return stage_result(rig, p) == STAGE_DATA + 20000 &&
           os_get_segment(rig->os, p, 1).bounds == 20000;
}

static void ask_shm(struct rig *rig, struct process *p, cycles_t cycle)
{
    stage_call(rig, p, cycle, ABI_SYS_SHM_ATTACH, 7, 5000,
               ABI_SHM_READ | ABI_SHM_WRITE);
}

static bool has_shm(struct rig *rig, struct process *p)
{
    return stage_result(rig, p) == 2u << 30 &&
           os_get_segment(rig->os, p, 2).bounds == 5000;
}

static void ask_pipe(struct rig *rig, struct process *p, cycles_t cycle)
{
    stage_call(rig, p, cycle, ABI_SYS_PIPE, STAGE_DATA, 0, 0);
}

static bool has_pipe(struct rig *rig, struct process *p)
{
    return stage_result(rig, p) == 0 && pcb_get_fd(rig->phys, p->pcb, 3) &&
           pcb_get_fd(rig->phys, p->pcb, 4) &&
           !pcb_get_fd(rig->phys, p->pcb, 5);
}

static void ask_fork(struct rig *rig, struct process *p, cycles_t cycle)
{
    stage_call(rig, p, cycle, ABI_SYS_FORK, 0, 0, 0);
}

/* The child has the next pid, and there is one of them. */
static bool has_fork(struct rig *rig, struct process *p)
{
    const uint32_t pid = stage_result(rig, p);
    struct process *child = os_find(rig->os, pid);

    return child && child != p && pid == 4 && os_living(rig->os) == 4;
}

static void ask_exec(struct rig *rig, struct process *p, cycles_t cycle)
{
    assert_int_equal(os_copy_to_user(rig->os, p, STAGE_DATA, "other", 6), 0);
    stage_call(rig, p, cycle, ABI_SYS_EXECVE, STAGE_DATA, 0, 0);
}

static bool has_exec(struct rig *rig, struct process *p)
{
    (void)rig;
    return p->scheme == &os_scheme_base_bounds && p->blocks[0].size == 20 * KIB;
}

static void ask_stack(struct rig *rig, struct process *p, cycles_t cycle)
{
    stage_fault(rig, p, TRAP_BOUNDS, stage_below(12 * KIB), cycle);
}

static bool has_stack(struct rig *rig, struct process *p)
{
    return stage_stack(rig, p) == 12 * KIB;
}

/* A write to where the stack is not yet: the call needs it. */
static void ask_buffer(struct rig *rig, struct process *p, cycles_t cycle)
{
    static const uint8_t in[] = "input";

    rig->in = in;
    rig->in_size = 5;
    stage_call(rig, p, cycle, ABI_SYS_READ, 0, stage_below(12 * KIB), 5);
}

static bool has_buffer(struct rig *rig, struct process *p)
{
    rig_expect(rig, p, stage_below(12 * KIB), "input");
    return stage_result(rig, p) == 5 && rig->reads == 1;
}

/* Its stack was shared with a child. */
static void ask_copy(struct rig *rig, struct process *p, cycles_t cycle)
{
    struct process *child;

    assert_int_equal(os_fork(rig->os, p, &child), 0);
    os_block(rig->os, child, PCB_WAIT_CHILD, child->pid);
    stage_fault(rig, p, TRAP_PROTECTION, stage_sp(rig, p), cycle);
}

static bool has_copy(struct rig *rig, struct process *p)
{
    return os_get_segment(rig->os, p, 3).prot & MMU_WRITE &&
           os_users(rig->os, os_block_of(p, 3)) == 1;
}

/* Its handler's frame needs more stack. */
static void ask_frame(struct rig *rig, struct process *p, cycles_t cycle)
{
    const struct pcb_action action = {.handler = 0x94,
                                      .restorer = 0x98,
                                      .flags =
                                          ABI_SA_RESTORER | ABI_SA_RESETHAND};

    pcb_set_action(rig->phys, p->pcb, ABI_SIGTERM, &action);
    pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->sp,
                stage_below(STAGE_SMALL) + 64);
    stage_call(rig, p, cycle, ABI_SYS_KILL, p->pid, ABI_SIGTERM, 0);
}

/* The frame is pushed when its turn comes. */
static bool has_frame(struct rig *rig, struct process *p)
{
    struct process *now = os_next(rig->os);

    while (now != p)
        now = stage_trap(rig, now, TRAP_TIMER, os_clock(rig->os));
    return stage_stack(rig, p) > STAGE_SMALL &&
           pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->pc) == 0x94 &&
           pcb_get_action(rig->phys, p->pcb, ABI_SIGTERM).handler == 0;
}

static const struct request requests[] = {
    {"brk", "segmented", ask_brk, has_brk},
    {"shm_attach", "segmented", ask_shm, has_shm},
    {"pipe", "segmented", ask_pipe, has_pipe},
    {"fork", "base-bounds", ask_fork, has_fork},
    {"execve", "segmented", ask_exec, has_exec},
    {"a stack that grows", "segmented", ask_stack, has_stack},
    {"a call's buffer", "segmented", ask_buffer, has_buffer},
    {"a copy", "segmented", ask_copy, has_copy},
    {"a frame", "segmented", ask_frame, has_frame},
};
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

static struct elf_build other;
static struct os_grant grant = {.name = "other"};

static void allow_other(struct rig *rig)
{
    stage_build(&other, "base-bounds");
    grant.program = stage_program(&other, "base-bounds", 20 * KIB);
    os_grant(rig->os, &grant, 1);
}

static int restart(void **state)
{
    assert_int_equal(rig_teardown(state), 0);
    return rig_setup(state);
}

static void test_swapio_each_request_waits_and_is_done(void **state)
{
    for (size_t i = 0; i < REQUESTS; i++) {
        const struct request *r = &requests[i];
        struct rig *rig = begin(state);
        struct stage s;

        allow_other(rig);
        s = stage_set(rig, r->scheme);
        r->ask(rig, s.asks, 100);
        if (!stage_waits(rig, s.asks) || disk.waits != 1)
            fail_msg("%s: does not wait", r->what);
        assert_true(os_in_state(rig->os, s.runs, PCB_RUNNING));
        assert_int_equal(os_image(s.has), PCB_IMAGE_LEAVING);
        assert_true(os_check(rig->os));
        stage_trap(rig, s.runs, TRAP_DISK, 100 + stage_cost(s.size));
        assert_true(os_in_state(rig->os, s.asks, PCB_READY));
        assert_true(os_check(rig->os));
        if (!r->done(rig, s.asks))
            fail_msg("%s: not done", r->what);
        assert_int_equal(rig->os->waiting, s.has->stalled);
        stage_clear(rig);
        restart(state);
    }
}

/* A process ends in each state, at each moment of the transfer. */
static void test_swapio_kill_at_any_moment_leaks_nothing(void **state)
{
    struct rig *rig = begin(state);

    for (unsigned who = 0; who < 3; who++)
        for (cycles_t later = 0; later < 50000; later += 777) {
            const cycles_t start = os_clock(rig->os);
            const struct stage s = stage_set(rig, "segmented");
            struct process *all[] = {s.asks, s.has, s.runs}, *now;

            stage_ask(rig, &s, start);
            now = s.runs;
            while (os_disk_due(rig->os) <= start + later)
                now = stage_trap(rig, now, TRAP_TIMER, os_disk_due(rig->os));
            if (now == all[who])
                os_exit(rig->os, now, 0);
            else
                now = stage_call(rig, now, start + later, ABI_SYS_KILL,
                                 all[who]->pid, ABI_SIGKILL, 0);
            assert_true(os_check(rig->os));
            stage_clear(rig);
        }
}

/* A zombie has nothing on the disk, and its PCB says so. */
static void test_swapio_child_killed_while_away_leaves_a_zombie(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = stage_spawn(rig, "base-bounds", 16 * KIB);
    struct process *child = stage_spawn(rig, "base-bounds", 16 * KIB);

    pcb_set(rig->phys, child->pcb, PCB_FIELD_PARENT, p->pid);
    child->counts = false;
    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(os_swap_out(rig->os, child), 0);
    stage_call(rig, p, 10, ABI_SYS_KILL, child->pid, ABI_SIGKILL, 0);
    assert_int_equal(pcb_get(rig->phys, child->pcb, PCB_FIELD_STATE),
                     PCB_ZOMBIE);
    assert_true(os_check(rig->os));
    assert_int_equal(os_swap_used(rig->os), 0);
}

static void test_swapio_memory_of_the_dead_is_free_at_the_end(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    const cycles_t due = 100 + stage_cost(s.size);
    const uint32_t used = s.size;

    stage_ask(rig, &s, 100);
    assert_ptr_equal(
        stage_call(rig, s.runs, 200, ABI_SYS_KILL, s.has->pid, ABI_SIGKILL, 0),
        s.runs);
    assert_int_equal(s.has->pid, 0);
    assert_int_equal(stage_free(rig), 0);
    assert_int_equal(os_swap_used(rig->os), used);
    assert_true(stage_waits(rig, s.asks));
    assert_true(os_check(rig->os));
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_DISK, due), s.runs);
    assert_int_equal(stage_stack(rig, s.asks), 12 * KIB);
    assert_int_equal(os_swap_used(rig->os), 0);
    assert_int_equal(os_counts(rig->os).swapped_out, 0);
}

static void test_swapio_signals_do_not_end_the_wait(void **state)
{
    static const struct pcb_cause cause = {.code = ABI_SI_USER};
    const struct pcb_action action = {.handler = 0x94,
                                      .flags = ABI_SA_RESTORER};
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    struct os_error who;

    stage_ask(rig, &s, 100);
    pcb_set_action(rig->phys, s.asks->pcb, ABI_SIGTERM, &action);
    os_signal_send(rig->os, s.asks, ABI_SIGTERM, &cause);
    assert_true(stage_waits(rig, s.asks));
    assert_true(os_waiting(rig->os, &who));
    assert_string_equal(who.text, "pid 1 waits for memory");
    os_exit_signal(rig->os, s.asks, ABI_SIGKILL);
    assert_int_equal(s.asks->pid, 0);
    assert_int_equal(rig->os->waiting, 0);
    assert_true(os_check(rig->os));
}

/* ---- errors ---- */

static void test_swapio_write_that_fails_refuses(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    const cycles_t due = 100 + stage_cost(s.size);

    disk.fail_writes = true;
    assert_ptr_equal(
        stage_call(rig, s.asks, 100, ABI_SYS_SHM_ATTACH, 7, 5000, ABI_SHM_READ),
        s.runs);
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_DISK, due), s.runs);
    assert_int_equal(os_image(s.has), PCB_IMAGE_HERE);
    rig_expect(rig, s.has, 0x1000, "all of it");
    assert_true(os_in_state(rig->os, s.asks, PCB_READY));
    assert_int_equal(stage_result(rig, s.asks), (uint32_t)-ABI_ENOMEM);
    assert_int_equal(os_swap_used(rig->os), 0);
    assert_int_equal(disk.writes, 1);
    assert_true(os_check(rig->os));
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, due + 1), s.asks);
    assert_ptr_equal(stage_trap(rig, s.asks, TRAP_TIMER, due + 2), s.has);
}

/* For a stack nothing else can be said. */
static void test_swapio_fault_that_is_refused_kills(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");

    disk.fail_writes = true;
    stage_ask(rig, &s, 100);
    assert_ptr_equal(
        stage_trap(rig, s.runs, TRAP_DISK, 100 + stage_cost(s.size)), s.runs);
    assert_int_equal(s.asks->pid, 0);
    assert_int_equal(os_exit_code(rig->os), 128 + ABI_SIGSEGV);
    assert_true(os_check(rig->os));
}

static void test_swapio_read_that_fails_kills(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    const cycles_t gone = 100 + stage_cost(s.size);

    stage_ask(rig, &s, 100);
    stage_trap(rig, s.runs, TRAP_DISK, gone);
    os_exit(rig->os, s.asks, 0);
    disk.fail_reads = true;
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, gone + 1), s.runs);
    assert_int_equal(os_image(s.has), PCB_IMAGE_ARRIVING);
    assert_ptr_equal(
        stage_trap(rig, s.runs, TRAP_DISK, gone + 1 + stage_cost(s.size)),
        s.runs);
    assert_int_equal(s.has->pid, 0);
    assert_int_equal(os_exit_code(rig->os), 128 + ABI_SIGKILL);
    assert_int_equal(os_swap_used(rig->os), 0);
    assert_true(os_check(rig->os));
}

/* Nobody goes for what would not fit into all that they could give. */
static void test_swapio_hopeless_request_is_refused_at_once(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");

    assert_ptr_equal(stage_call(rig, s.asks, 100, ABI_SYS_SHM_ATTACH, 7,
                                RIG_PHYS, ABI_SHM_READ),
                     s.asks);
    assert_int_equal(stage_result(rig, s.asks), (uint32_t)-ABI_ENOMEM);
    assert_int_equal(os_image(s.has), PCB_IMAGE_HERE);
    assert_int_equal(os_disk_due(rig->os), OS_NEVER);
}

/* Nobody has room on the disk. */
static void test_swapio_full_disk_refuses(void **state)
{
    struct rig *rig = stage_begin(state, &disk, 4 * KIB);
    const struct stage s = stage_set(rig, "segmented");

    assert_ptr_equal(
        stage_call(rig, s.asks, 100, ABI_SYS_SHM_ATTACH, 7, 5000, ABI_SHM_READ),
        s.asks);
    assert_int_equal(stage_result(rig, s.asks), (uint32_t)-ABI_ENOMEM);
    assert_true(os_check(rig->os));
}

/* ---- those who cannot wait ---- */

static void test_swapio_others_may_insist(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");

    /* LEAVING: it goes, and comes back. */
    stage_ask(rig, &s, 100);
    os_exit(rig->os, s.asks, 0);
    assert_int_equal(os_swap_in(rig->os, s.has), 0);
    assert_int_equal(os_image(s.has), PCB_IMAGE_HERE);
    assert_int_equal(os_clock(rig->os), 100 + 2 * stage_cost(s.size));
    rig_expect(rig, s.has, 0x1000, "all of it");

    /* ARRIVING: it is waited for; a failure is told, and kills nobody. */
    assert_int_equal(os_swap_out(rig->os, s.has), 0);
    assert_ptr_equal(stage_trap(rig, s.runs, TRAP_TIMER, 0), s.runs);
    assert_int_equal(os_image(s.has), PCB_IMAGE_ARRIVING);
    disk.fail_reads = true;
    assert_int_equal(os_swap_in(rig->os, s.has), -EIO);
    assert_int_equal(os_image(s.has), PCB_IMAGE_AWAY);
    assert_true(os_check(rig->os));
    disk.fail_reads = false;
    assert_true(os_user_ready(rig->os, s.has, 0x1000, 9, MMU_READ));
    rig_expect(rig, s.has, 0x1000, "all of it");
    disk.fail_writes = true;
    assert_int_equal(os_swap_out(rig->os, s.has), -EIO);
    assert_int_equal(os_image(s.has), PCB_IMAGE_HERE);
}

/* A handler that needs memory now gets it now. */
static enum os_action grow_now(struct os *os, struct process *process,
                               const struct trap *trap, void *context)
{
    (void)trap;
    *(int *)context = os_resize(os, process, 3, 12 * KIB);
    return OS_RETRY;
}

static void test_swapio_handlers_do_not_wait(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    int err = 1;

    os_set_handler(rig->os, TRAP_BOUNDS, grow_now, &err);
    assert_ptr_equal(
        stage_fault(rig, s.asks, TRAP_BOUNDS, stage_below(12 * KIB), 100),
        s.asks);
    assert_int_equal(err, 0);
    assert_int_equal(os_clock(rig->os), 100 + stage_cost(s.size));
}

/* What it wants done may wait, and it is not asked again. */
static enum os_action grow_later(struct os *os, struct process *process,
                                 const struct trap *trap, void *context)
{
    (void)os, (void)process, (void)trap;
    ++*(int *)context;
    return OS_GROW;
}

static void test_swapio_what_handlers_want_waits(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    int asked = 0;

    os_set_handler(rig->os, TRAP_BOUNDS, grow_later, &asked);
    stage_ask(rig, &s, 100);
    stage_trap(rig, s.runs, TRAP_DISK, 100 + stage_cost(s.size));
    assert_int_equal(asked, 1);
    assert_int_equal(stage_stack(rig, s.asks), 12 * KIB);
    assert_true(os_in_state(rig->os, s.asks, PCB_READY));
}

/* What has been written is not written again: there nobody runs meanwhile. */
static void test_swapio_nothing_is_written_twice(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    const uint32_t iov[] = {STAGE_DATA, 4, stage_below(12 * KIB), 2};

    rig_put(rig, s.asks, STAGE_DATA, "data");
    assert_int_equal(
        os_copy_to_user(rig->os, s.asks, STAGE_DATA + 16, iov, sizeof(iov)), 0);
    assert_ptr_equal(
        stage_call(rig, s.asks, 100, ABI_SYS_WRITEV, 1, STAGE_DATA + 16, 2),
        s.asks);
    assert_int_equal(stage_result(rig, s.asks), 6);
    assert_int_equal(rig->out_size, 6);
    assert_int_equal(os_clock(rig->os), 100 + stage_cost(s.size));
}

/* ---- the walker ---- */

static void test_swapio_check_notices(void **state)
{
    struct rig *rig = begin(state);
    const struct stage s = stage_set(rig, "segmented");
    struct os_want *want = &rig->os->wants[os_slot(rig->os, s.asks)];

    stage_ask(rig, &s, 100);
    assert_true(os_check(rig->os));
    s.has->swapped->state = PCB_IMAGE_AWAY;
    assert_false(os_check(rig->os));
    s.has->swapped->state = PCB_IMAGE_LEAVING;
    pcb_set(rig->phys, s.has->pcb, PCB_FIELD_SWAPPED, PCB_IMAGE_HERE);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, s.has->pcb, PCB_FIELD_SWAPPED, PCB_IMAGE_LEAVING);
    rig->os->disk.first->write = false;
    assert_false(os_check(rig->os));
    rig->os->disk.first->write = true;
    s.has->swapped->segments[0].size--;
    assert_false(os_check(rig->os));
    s.has->swapped->segments[0].size++;
    rig->os->disk.first->pieces[0].block.base++;
    assert_false(os_check(rig->os));
    rig->os->disk.first->pieces[0].block.base--;
    rig->os->waiting++;
    assert_false(os_check(rig->os));
    rig->os->waiting--;
    pcb_set(rig->phys, s.asks->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, s.asks->pcb, PCB_FIELD_STATE, PCB_BLOCKED);
    want->tried = rig->os->changes + 1;
    assert_false(os_check(rig->os));
    want->tried = 0;
    assert_true(os_check(rig->os));
}

/* ---- histories ---- */

#define CROWD 10u
#define STEPS 15000u

/* A process, and the byte that it keeps. */
struct member {
    struct process *process;
    uint32_t pid;
    bool segmented;
    uint8_t kept; /* what it has written */
};

struct history {
    struct rig *rig;
    struct rng rng;
    struct member all[CROWD];
    cycles_t now;
    unsigned turns, killed;
};

static bool is_alive(const struct history *h, const struct member *m)
{
    return m->process && m->process->pid == m->pid &&
           os_lives(h->rig->os, m->process);
}

static vaddr_t low_of(const struct member *m)
{
    return m->segmented ? STAGE_DATA + 0x20 : 0x220;
}

static void keep(struct history *h, struct member *m)
{
    m->kept = (uint8_t)rng_next(&h->rng);
    assert_int_equal(
        os_copy_to_user(h->rig->os, m->process, low_of(m), &m->kept, 1), 0);
}

static void check_kept(const struct history *h, const struct member *m)
{
    uint8_t byte;

    assert_int_equal(
        os_copy_from_user(h->rig->os, m->process, &byte, low_of(m), 1), 0);
    assert_int_equal(byte, m->kept);
}

static void join(struct history *h, struct member *m)
{
    const bool segmented = rng_below(&h->rng, 2);
    const char *scheme = segmented ? "segmented" : "base-bounds";
    struct process *process = NULL;
    struct elf_build elf;

    stage_build(&elf, scheme);
    const struct os_program program =
        stage_program(&elf, scheme, STAGE_SMALL + rng_below(&h->rng, 40000));
    if (os_spawn(h->rig->os, &program, &process, &h->rig->why))
        return;
    *m = (struct member){process, process->pid, segmented, 0};
    if (os_user_ready(h->rig->os, process, low_of(m), 1, MMU_WRITE))
        keep(h, m);
    h->now = os_clock(h->rig->os);
}

/* Whose process it is, or NULL: a child's. */
static struct member *member_of(struct history *h, const struct process *p)
{
    for (unsigned i = 0; i < CROWD; i++)
        if (h->all[i].process == p && h->all[i].pid == p->pid)
            return &h->all[i];
    return NULL;
}

/* A trap of the one that has the CPU, of any kind. */
static void take_turn(struct history *h, struct process *p)
{
    struct rig *rig = h->rig;
    struct member *m = member_of(h, p), *victim;
    const cycles_t due = os_disk_due(rig->os);

    h->turns++;
    h->now = os_clock(rig->os) + 1 + rng_below(&h->rng, 3000);
    if (due <= h->now) {
        h->now = due < os_clock(rig->os) ? os_clock(rig->os) : due;
        stage_trap(rig, p, TRAP_DISK, h->now);
        return;
    }
    assert_int_equal(os_image(p), PCB_IMAGE_HERE);
    if (!m) {
        stage_trap(rig, p, TRAP_TIMER, h->now);
        return;
    }
    check_kept(h, m);
    keep(h, m);
    switch (rng_below(&h->rng, 10)) {
    case 0:
        stage_call(rig, p, h->now, ABI_SYS_DISK_READ, 0, low_of(m) + 0x200, 1);
        return;
    case 1:
        if (m->segmented)
            stage_fault(
                rig, p, TRAP_BOUNDS,
                stage_below(stage_stack(rig, p) + rng_below(&h->rng, 9000) + 4),
                h->now);
        return;
    case 2:
        stage_call(rig, p, h->now, ABI_SYS_SHM_ATTACH,
                   1 + rng_below(&h->rng, 3), 1 + rng_below(&h->rng, 6000),
                   ABI_SHM_READ);
        return;
    case 3:
        stage_call(rig, p, h->now, ABI_SYS_SHM_DETACH, 2u << 30, 0, 0);
        return;
    case 4:
        victim = &h->all[rng_below(&h->rng, CROWD)];
        if (is_alive(h, victim) && rng_below(&h->rng, 3) == 0) {
            h->killed++;
            stage_call(rig, p, h->now, ABI_SYS_KILL, victim->pid, ABI_SIGKILL,
                       0);
        }
        return;
    case 5:
        stage_call(rig, p, h->now, ABI_SYS_BRK,
                   pcb_get(rig->phys, p->pcb, PCB_FIELD_BREAK) +
                       rng_below(&h->rng, 3000),
                   0, 0);
        return;
    default:
        stage_trap(rig, p, TRAP_TIMER, h->now);
    }
}

/* From outside: a compaction, or one is swapped at once. */
static void meddle(struct history *h)
{
    struct member *m = &h->all[rng_below(&h->rng, CROWD)];

    switch (rng_below(&h->rng, 12)) {
    case 0:
        os_compact(h->rig->os, rng_below(&h->rng, RIG_PHYS));
        break;
    case 1:
        if (is_alive(h, m))
            (void)os_swap_out(h->rig->os, m->process);
        break;
    case 2:
        if (is_alive(h, m))
            (void)os_swap_in(h->rig->os, m->process);
        break;
    default:
        if (!is_alive(h, m))
            join(h, m);
    }
}

static void live(struct history *h, bool hostile)
{
    for (unsigned n = 0; n < STEPS; n++) {
        struct process *now;
        paddr_t pa;

        disk.fail_writes = hostile && rng_below(&h->rng, 10) == 0;
        disk.fail_reads = hostile && rng_below(&h->rng, 40) == 0;
        if (rng_below(&h->rng, 3) == 0)
            meddle(h);
        now = os_next(h->rig->os);
        if (now)
            take_turn(h, now);
        assert_true(os_check(h->rig->os));
        assert_false(os_guard_broken(h->rig->os, &pa));
    }
    stage_clear(h->rig);
}

static void test_swapio_histories_lose_nothing(void **state)
{
    struct rig *rig = begin(state);
    struct history h = {.rig = rig, .rng = rng_start()};

    os_guard(rig->os);
    live(&h, false);
    assert_true(os_counts(rig->os).swapped_out > 300);
    assert_true(os_counts(rig->os).swapped_in > 300);
    assert_true(disk.waits > 100);
    assert_true(h.killed > 50);
}

static void test_swapio_histories_bear_failures(void **state)
{
    struct rig *rig = stage_begin(state, &disk, 150 * KIB);
    struct history h = {.rig = rig, .rng = rng_start()};

    os_guard(rig->os);
    live(&h, true);
    assert_true(os_counts(rig->os).swapped_in > 100);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_swapio_others_run_while_an_image_leaves),
        TEST(test_swapio_others_run_while_an_image_arrives),
        TEST(test_swapio_waits_in_the_queue_of_the_disk),
        TEST(test_swapio_each_request_waits_and_is_done),
        TEST(test_swapio_kill_at_any_moment_leaks_nothing),
        TEST(test_swapio_child_killed_while_away_leaves_a_zombie),
        TEST(test_swapio_memory_of_the_dead_is_free_at_the_end),
        TEST(test_swapio_signals_do_not_end_the_wait),
        TEST(test_swapio_write_that_fails_refuses),
        TEST(test_swapio_fault_that_is_refused_kills),
        TEST(test_swapio_read_that_fails_kills),
        TEST(test_swapio_hopeless_request_is_refused_at_once),
        TEST(test_swapio_full_disk_refuses),
        TEST(test_swapio_others_may_insist),
        TEST(test_swapio_handlers_do_not_wait),
        TEST(test_swapio_what_handlers_want_waits),
        TEST(test_swapio_nothing_is_written_twice),
        TEST(test_swapio_check_notices),
        TEST(test_swapio_histories_lose_nothing),
        TEST(test_swapio_histories_bear_failures),
    };

    return cmocka_run_group_tests_name("swapio", tests, NULL, NULL);
}
