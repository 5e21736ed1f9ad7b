/*
 * tests/test_load.c - absent segments that come through the disk's device while
 * others run. The tests are the CPU, and say what time it is.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "os/signal.h"
#include "tests/failing.h"
#include "tests/rig.h"
#include "tests/rng.h"
#include "tests/stage.h"

#define KIB       STAGE_KIB
#define CODE      0u /* selectors of the program, and what they hold */
#define DATA      1u
#define CODE_SIZE (ELF_BUILD_ENTRY + 16u)
#define DATA_SIZE (4u * KIB)

static struct stage_disk disk;

static struct rig *begin(void **state)
{
    struct rig *rig = stage_begin(state, &disk, STAGE_DISK);

    os_load_by_device(rig->os);
    return rig;
}

/* ---- processes ---- */

/* One with a table, or NULL; its data has room for a stack. */
static struct process *try_spawn(struct rig *rig)
{
    struct process *process = NULL;
    struct elf_build elf;

    stage_build(&elf, "table");
    elf_put(&elf, PH(1, PH_MEMSZ), 4, DATA_SIZE);
    const struct os_program program = stage_program(&elf, "table", KIB);
    return os_spawn(rig->os, &program, &process, &rig->why) ? NULL : process;
}

static struct process *spawn(struct rig *rig)
{
    struct process *process = try_spawn(rig);

    if (!process)
        fail_msg("refused: %s", rig->why.text);
    return process;
}

static bool is_absent(const struct rig *rig, const struct process *p,
                      unsigned selector)
{
    return os_get_segment(rig->os, p, selector).absent;
}

static bool waits(const struct rig *rig, const struct process *p)
{
    return os_in_state(rig->os, p, PCB_BLOCKED) &&
           pcb_get(rig->phys, p->pcb, PCB_FIELD_WAIT) == PCB_WAIT_LOAD;
}

/* It touches the first word of a segment. */
static struct process *touch(struct rig *rig, struct process *p,
                             unsigned selector, cycles_t cycle)
{
    return stage_fault(rig, p, TRAP_ABSENT, selector << 30, cycle);
}

static void expect_data(struct rig *rig, struct process *p)
{
    static const uint8_t zeros[DATA_SIZE - 8];
    uint8_t bytes[DATA_SIZE];

    assert_false(is_absent(rig, p, DATA));
    assert_int_equal(
        os_copy_from_user(rig->os, p, bytes, STAGE_DATA, DATA_SIZE), 0);
    assert_memory_equal(bytes, "datadata", 8);
    assert_memory_equal(bytes + 8, zeros, sizeof(zeros));
}

/* ---- one load ---- */

/* Others have left their bytes in all memory that is free. */
static void soil(struct rig *rig)
{
    struct process *p = stage_spawn_large(rig);

    memset(rig->phys->bytes + p->blocks[0].base, 0xaa, p->blocks[0].size);
    os_exit(rig->os, p, 0);
}

static void test_load_others_run_meanwhile(void **state)
{
    struct rig *rig = begin(state);
    struct process *hole = stage_spawn(rig, "base-bounds", STAGE_SMALL);
    struct process *p = spawn(rig);
    struct process *q = stage_spawn(rig, "base-bounds", STAGE_SMALL);
    const cycles_t due = 100 + stage_cost(DATA_SIZE);

    assert_int_equal(os_swap_out(rig->os, p), 0); /* but for what is absent */
    soil(rig);
    assert_int_equal(os_swap_in(rig->os, p), 0);
    os_exit(rig->os, hole, 0);
    assert_ptr_equal(os_next(rig->os), p);
    const paddr_t base = os_block_of(p, DATA)->base;
    assert_ptr_equal(touch(rig, p, DATA, 100), q);
    assert_true(waits(rig, p));
    assert_int_equal(os_disk_due(rig->os), due);
    assert_true(os_check(rig->os));

    /* Until then it is absent, and stays where it is. */
    assert_ptr_equal(stage_trap(rig, q, TRAP_TIMER, due - 1), q);
    assert_true(is_absent(rig, p, DATA));
    os_compact(rig->os, OS_COMPACT_DOWN);
    assert_int_equal(os_block_of(p, DATA)->base, base);
    assert_int_equal(os_swap_out(rig->os, p), -EINVAL);
    assert_true(os_check(rig->os));

    /* The interrupt: it is present, and its process may run. */
    assert_ptr_equal(stage_trap(rig, q, TRAP_DISK, due), q);
    assert_true(os_in_state(rig->os, p, PCB_READY));
    expect_data(rig, p);
    assert_int_equal(os_counts(rig->os).loaded, 1);
    assert_int_equal(os_counts(rig->os).load_bytes, DATA_SIZE);
    assert_int_equal(os_idle(rig->os), 0);
    assert_true(os_check(rig->os));
    assert_ptr_equal(stage_trap(rig, q, TRAP_TIMER, due + 1), p);
    assert_int_equal(pcb_get(rig->phys, p->pcb, PCB_FIELD_WAIT),
                     PCB_WAIT_NOTHING);
}

/* There is one arm; nobody runs meanwhile, and that is the disk's time. */
static void test_load_waits_in_the_queue_of_the_disk(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig);
    const cycles_t first = 100 + stage_cost(DATA_SIZE);
    const cycles_t second = first + stage_cost(DATA_SIZE);

    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(touch(rig, p, DATA, 100), q);
    assert_ptr_equal(touch(rig, q, DATA, 150), p);
    assert_int_equal(os_clock(rig->os), first);
    assert_int_equal(os_disk_due(rig->os), second);
    assert_true(waits(rig, q));
    assert_true(os_check(rig->os));
    assert_ptr_equal(stage_call(rig, p, first + 30, ABI_SYS_PAUSE, 0, 0, 0), q);
    assert_int_equal(os_clock(rig->os), second);
    expect_data(rig, q);
    assert_int_equal(rig->os->clock->spent[CLOCK_swap], second - 150 - 30);
    assert_int_equal(os_idle(rig->os), second - 150 - 30);
}

/* What two processes of one program share is moved once. */
static void test_load_of_shared_memory_is_one(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig);
    struct process *r = stage_spawn(rig, "base-bounds", STAGE_SMALL);
    const cycles_t due = 100 + stage_cost(CODE_SIZE);

    assert_int_equal(os_users(rig->os, os_block_of(p, CODE)), 2);
    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(touch(rig, p, CODE, 100), q);
    assert_ptr_equal(touch(rig, q, CODE, 150), r);
    assert_true(waits(rig, p) && waits(rig, q));
    assert_null(rig->os->disk.first->next);
    assert_true(os_check(rig->os));
    assert_ptr_equal(stage_trap(rig, r, TRAP_DISK, due), r);
    assert_true(os_in_state(rig->os, p, PCB_READY));
    assert_true(os_in_state(rig->os, q, PCB_READY));
    assert_false(is_absent(rig, p, CODE));

    /* The other one looks again, and that is all. */
    assert_ptr_equal(stage_trap(rig, r, TRAP_TIMER, due + 1), p);
    assert_ptr_equal(stage_trap(rig, p, TRAP_TIMER, due + 2), q);
    assert_ptr_equal(touch(rig, q, CODE, due + 3), q);
    assert_false(is_absent(rig, q, CODE));
    assert_int_equal(os_counts(rig->os).loaded, 1);
    assert_int_equal(os_disk_due(rig->os), OS_NEVER);
    assert_true(os_check(rig->os));
}

/* Of who is killed nothing comes; who has waited with it begins anew. */
static void test_load_of_the_dead_is_begun_anew(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig);
    struct process *r = stage_spawn(rig, "base-bounds", STAGE_SMALL);
    const cycles_t due = 100 + stage_cost(CODE_SIZE);

    assert_ptr_equal(os_next(rig->os), p);
    touch(rig, p, CODE, 100);
    touch(rig, q, CODE, 150);
    assert_ptr_equal(
        stage_call(rig, r, 200, ABI_SYS_KILL, p->pid, ABI_SIGKILL, 0), r);
    assert_int_equal(p->pid, 0);
    assert_true(os_check(rig->os));
    assert_ptr_equal(stage_trap(rig, r, TRAP_DISK, due), r);
    assert_true(is_absent(rig, q, CODE));
    assert_ptr_equal(stage_trap(rig, r, TRAP_TIMER, due), q);
    assert_ptr_equal(touch(rig, q, CODE, due + 10), r);
    assert_int_equal(os_disk_due(rig->os), due + 10 + stage_cost(CODE_SIZE));
    stage_trap(rig, r, TRAP_DISK, os_disk_due(rig->os));
    assert_false(is_absent(rig, q, CODE));
    assert_memory_equal(rig->phys->bytes + os_block_of(q, CODE)->base,
                        "\177ELF", 4);
}

/* The one that loads, one that waits for the same, or another: one ends. */
static void test_load_kill_at_any_moment_leaks_nothing(void **state)
{
    struct rig *rig = begin(state);

    for (unsigned who = 0; who < 3; who++)
        for (cycles_t later = 0; later < 4500; later += 77) {
            const cycles_t start = os_clock(rig->os);
            struct process *p = spawn(rig), *q = spawn(rig);
            struct process *r = stage_spawn(rig, "base-bounds", STAGE_SMALL);
            struct process *all[] = {p, q, r}, *now = r;

            rig->os->current = OS_PROCESSES - 1;
            assert_ptr_equal(os_next(rig->os), p);
            touch(rig, p, later % 2 ? CODE : DATA, start);
            assert_ptr_equal(touch(rig, q, CODE, start + 10), r);
            while (os_disk_due(rig->os) <= start + 20 + later)
                now = stage_trap(rig, now, TRAP_DISK, os_disk_due(rig->os));
            if (now == all[who])
                os_exit(rig->os, now, 0);
            else
                stage_call(rig, now, start + 20 + later, ABI_SYS_KILL,
                           all[who]->pid, ABI_SIGKILL, 0);
            assert_int_equal(all[who]->pid, 0);
            assert_true(os_check(rig->os));
            stage_clear(rig);
        }
}

/* ---- calls and signals ---- */

static void test_load_calls_wait_and_are_made_once(void **state)
{
    static const uint8_t in[] = "input";
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);
    struct process *q = stage_spawn(rig, "base-bounds", STAGE_SMALL);
    cycles_t due = 100 + stage_cost(DATA_SIZE);

    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(stage_call(rig, p, 100, ABI_SYS_WRITE, 1, STAGE_DATA, 8),
                     q);
    assert_true(waits(rig, p));
    assert_int_equal(rig->out_size, 0);
    assert_ptr_equal(stage_trap(rig, q, TRAP_DISK, due), q);
    assert_ptr_equal(stage_trap(rig, q, TRAP_TIMER, due + 1), p);
    assert_true(os_resumed(p));
    assert_int_equal(stage_result(rig, p), 8);
    assert_int_equal(rig->out_size, 8);
    assert_memory_equal(rig->out, "datadata", 8);

    /* Another process of the program; its data is its own. */
    struct process *r = spawn(rig);
    rig->in = in;
    rig->in_size = 5;
    assert_ptr_equal(stage_trap(rig, p, TRAP_TIMER, due + 2), q);
    assert_ptr_equal(stage_trap(rig, q, TRAP_TIMER, due + 3), r);
    assert_ptr_equal(
        stage_call(rig, r, due + 4, ABI_SYS_READ, 0, STAGE_DATA + 8, 5), p);
    assert_int_equal(rig->reads, 0);
    due = os_disk_due(rig->os);
    assert_ptr_equal(stage_trap(rig, p, TRAP_DISK, due), p);
    stage_trap(rig, p, TRAP_TIMER, due + 1);
    assert_ptr_equal(stage_trap(rig, q, TRAP_TIMER, due + 2), r);
    assert_int_equal(stage_result(rig, r), 5);
    assert_int_equal(rig->reads, 1);
    rig_expect(rig, r, STAGE_DATA, "datadatainput");
}

static void test_load_signals_do_not_end_the_wait(void **state)
{
    static const struct pcb_cause cause = {.code = ABI_SI_USER};
    const struct pcb_action action = {
        .handler = 0x94, .restorer = 0x98, .flags = ABI_SA_RESTORER};
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q = spawn(rig);
    struct process *r = stage_spawn(rig, "base-bounds", STAGE_SMALL);
    struct os_error who;

    assert_ptr_equal(os_next(rig->os), p);
    pcb_set_action(rig->phys, p->pcb, ABI_SIGTERM, &action);
    pcb_set_action(rig->phys, q->pcb, ABI_SIGTERM, &action);
    touch(rig, p, CODE, 100);
    touch(rig, q, CODE, 150);
    os_signal_send(rig->os, p, ABI_SIGTERM, &cause);
    os_signal_send(rig->os, q, ABI_SIGTERM, &cause);
    assert_true(waits(rig, p) && waits(rig, q));
    assert_true(os_waiting(rig->os, &who));
    assert_string_equal(who.text,
                        "pid 1 waits for a segment, pid 2 waits for a segment");
    stage_trap(rig, r, TRAP_DISK, os_disk_due(rig->os));
    assert_ptr_equal(stage_trap(rig, r, TRAP_TIMER, os_clock(rig->os)), p);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->pc), 0x94);
}

/* The frame goes to an alternate stack that is absent: it is pushed later. */
static void test_load_delivery_waits(void **state)
{
    static const struct pcb_cause cause = {.code = ABI_SI_USER};
    const struct pcb_action action = {
        .handler = 0x94,
        .restorer = 0x98,
        .flags = ABI_SA_RESTORER | ABI_SA_ONSTACK | ABI_SA_RESETHAND};
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);
    struct process *q = stage_spawn(rig, "base-bounds", STAGE_SMALL);

    assert_ptr_equal(os_next(rig->os), p);
    pcb_set_action(rig->phys, p->pcb, ABI_SIGTERM, &action);
    assert_int_equal(os_signal_set_alt(rig->os, p, STAGE_DATA, 0, DATA_SIZE),
                     0);
    os_signal_send(rig->os, p, ABI_SIGTERM, &cause);
    assert_ptr_equal(stage_call(rig, p, 100, ABI_SYS_GETPID, 0, 0, 0), q);
    assert_true(waits(rig, p));
    assert_int_equal(pcb_get_action(rig->phys, p->pcb, ABI_SIGTERM).handler,
                     0x94);
    stage_trap(rig, q, TRAP_DISK, os_disk_due(rig->os));
    assert_ptr_equal(stage_trap(rig, q, TRAP_TIMER, os_clock(rig->os)), p);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->pc), 0x94);
    assert_in_range(stage_sp(rig, p), STAGE_DATA, STAGE_DATA + DATA_SIZE);
    assert_int_equal(pcb_get_action(rig->phys, p->pcb, ABI_SIGTERM).handler, 0);
}

/* ---- those who cannot wait ---- */

/* What has been written is not written again. */
static void test_load_nothing_is_written_twice(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);
    const vaddr_t at = stage_below(64);
    const uint32_t iov[] = {at, 4, STAGE_DATA, 8};

    stage_spawn(rig, "base-bounds", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(os_copy_to_user(rig->os, p, at, iov, sizeof(iov)), 0);
    assert_ptr_equal(stage_call(rig, p, 100, ABI_SYS_WRITEV, 1, at, 2), p);
    assert_int_equal(stage_result(rig, p), 12);
    assert_int_equal(rig->out_size, 12);
    assert_memory_equal(rig->out + 4, "datadata", 8);
    assert_int_equal(os_clock(rig->os), 100 + stage_cost(DATA_SIZE));
}

/* A handler that needs the bytes now gets them now. */
static enum os_action look_now(struct os *os, struct process *process,
                               const struct trap *trap, void *context)
{
    (void)trap;
    *(bool *)context = os_user_ready(os, process, STAGE_DATA, 8, MMU_READ);
    return OS_RETRY;
}

static void test_load_handlers_do_not_wait(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);
    bool ready = false;

    stage_spawn(rig, "base-bounds", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), p);
    os_set_handler(rig->os, TRAP_TIMER, look_now, &ready);
    assert_ptr_equal(stage_trap(rig, p, TRAP_TIMER, 100), p);
    assert_true(ready);
    assert_int_equal(os_clock(rig->os), 100 + stage_cost(DATA_SIZE));
    expect_data(rig, p);
}

/* One that brings it in by itself has it at once, also during a load. */
static enum os_action bring_in(struct os *os, struct process *process,
                               const struct trap *trap, void *context)
{
    (void)trap;
    *(int *)context = os_bring_in(os, process, DATA);
    return OS_RETRY;
}

static void test_load_handlers_may_bring_in(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig), *q;
    int err = 1;

    q = stage_spawn(rig, "base-bounds", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), p);
    os_set_handler(rig->os, TRAP_ABSENT, bring_in, &err);
    assert_ptr_equal(touch(rig, p, DATA, 100), p);
    assert_int_equal(err, 0);
    assert_int_equal(os_clock(rig->os), 100);
    expect_data(rig, p);
    assert_int_equal(os_disk_due(rig->os), OS_NEVER);

    /* What is there already when the device is done is not loaded again. */
    os_set_handler(rig->os, TRAP_ABSENT, NULL, NULL);
    assert_ptr_equal(touch(rig, p, CODE, 200), q);
    assert_int_equal(os_bring_in(rig->os, p, CODE), 0);
    assert_true(os_check(rig->os));
    stage_trap(rig, q, TRAP_DISK, os_disk_due(rig->os));
    assert_int_equal(os_counts(rig->os).loaded, 0);
    assert_true(os_in_state(rig->os, p, PCB_READY));
}

static void test_load_without_a_device_is_at_once(void **state)
{
    struct rig *rig = stage_begin(state, &disk, STAGE_DISK);
    struct process *p = spawn(rig);

    stage_spawn(rig, "base-bounds", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(touch(rig, p, DATA, 100), p);
    expect_data(rig, p);
    assert_int_equal(os_clock(rig->os), 100);
    assert_int_equal(os_counts(rig->os).loaded, 0);
}

/* Without host memory for a transfer, too. */
static void test_load_without_host_memory_is_at_once(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    failing_after(0);
    assert_ptr_equal(touch(rig, p, DATA, 100), p);
    failing_after(-1);
    expect_data(rig, p);
    assert_int_equal(os_clock(rig->os), 100);
}

/* ---- the walker ---- */

static void test_load_check_notices(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig);
    struct os_transfer *t;

    stage_spawn(rig, "base-bounds", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), p);
    touch(rig, p, DATA, 100);
    t = rig->os->disk.first;
    assert_true(os_check(rig->os));
    t->write = true;
    assert_false(os_check(rig->os));
    t->write = false;
    t->load = false;
    assert_false(os_check(rig->os));
    t->load = true;
    pcb_set(rig->phys, p->pcb, PCB_FIELD_WAIT_FOR, 0x100);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_WAIT_FOR, t->pieces[0].block.base);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_BLOCKED);
    assert_true(os_check(rig->os));
}

/* ---- histories ---- */

#define CROWD 7u
#define STEPS 4000u

/* What is present holds what the file has. */
static void check_bytes(struct rig *rig, struct process *p)
{
    const uint8_t *bytes = rig->phys->bytes;

    if (!is_absent(rig, p, CODE))
        assert_memory_equal(bytes + os_block_of(p, CODE)->base, "\177ELF", 4);
    if (!is_absent(rig, p, DATA))
        assert_memory_equal(bytes + os_block_of(p, DATA)->base, "datadata", 8);
}

/* A trap of the one that has the CPU. */
static void take_turn(struct rig *rig, struct rng *rng, struct process *p)
{
    cycles_t now = os_clock(rig->os) + 1 + rng_below(rng, 1500);
    const cycles_t due = os_disk_due(rig->os);
    const unsigned selector = rng_below(rng, 2) ? CODE : DATA;
    uint32_t victim;

    if (due <= now) {
        now = due < os_clock(rig->os) ? os_clock(rig->os) : due;
        stage_trap(rig, p, TRAP_DISK, now);
        return;
    }
    check_bytes(rig, p);
    rig->out_size = 0;
    switch (rng_below(rng, 10)) {
    case 0:
        stage_call(rig, p, now, ABI_SYS_WRITE, 1, STAGE_DATA, 8);
        return;
    case 1:
        stage_call(rig, p, now, ABI_SYS_DISK_READ, 0, STAGE_DATA + 512, 1);
        return;
    case 2:
        stage_call(rig, p, now, ABI_SYS_BRK,
                   pcb_get(rig->phys, p->pcb, PCB_FIELD_BREAK) +
                       rng_below(rng, 3000),
                   0, 0);
        return;
    case 3:
        if (os_living(rig->os) >= CROWD)
            break;
        stage_call(rig, p, now, ABI_SYS_FORK, 0, 0, 0);
        return;
    case 4:
        victim = rig->os->processes[rng_below(rng, CROWD)].pid;
        if (victim == 0)
            break;
        stage_call(rig, p, now, ABI_SYS_KILL, victim, ABI_SIGKILL, 0);
        return;
    case 5:
    case 6:
        if (is_absent(rig, p, selector)) {
            touch(rig, p, selector, now);
            return;
        }
        break;
    default:
        break;
    }
    stage_trap(rig, p, TRAP_TIMER, now);
}

/* From outside. */
static void meddle(struct rig *rig, struct rng *rng)
{
    struct process *p = &rig->os->processes[rng_below(rng, CROWD)];

    switch (rng_below(rng, 6)) {
    case 0:
        os_compact(rig->os, rng_below(rng, RIG_PHYS));
        break;
    case 1:
        if (p->pid && os_lives(rig->os, p))
            (void)os_swap_out(rig->os, p);
        break;
    case 2:
        if (p->pid && os_lives(rig->os, p))
            (void)os_swap_in(rig->os, p);
        break;
    default:
        if (p->pid) {
            if (rng_below(rng, 4) == 0)
                os_exit(rig->os, p, 0);
        } else {
            (void)try_spawn(rig); /* if there is room */
        }
    }
}

static void test_load_histories_lose_nothing(void **state)
{
    struct rig *rig = begin(state);
    struct rng rng = rng_start();

    os_guard(rig->os);
    for (unsigned n = 0; n < STEPS; n++) {
        struct process *now;
        paddr_t pa;

        if (rng_below(&rng, 3) == 0)
            meddle(rig, &rng);
        now = os_next(rig->os);
        if (now)
            take_turn(rig, &rng, now);
        assert_true(os_check(rig->os));
        assert_false(os_guard_broken(rig->os, &pa));
    }
    assert_true(os_counts(rig->os).loaded > 50);
    assert_true(os_counts(rig->os).swapped_out > 20);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_load_others_run_meanwhile),
        TEST(test_load_waits_in_the_queue_of_the_disk),
        TEST(test_load_of_shared_memory_is_one),
        TEST(test_load_of_the_dead_is_begun_anew),
        TEST(test_load_kill_at_any_moment_leaks_nothing),
        TEST(test_load_calls_wait_and_are_made_once),
        TEST(test_load_signals_do_not_end_the_wait),
        TEST(test_load_delivery_waits),
        TEST(test_load_nothing_is_written_twice),
        TEST(test_load_handlers_do_not_wait),
        TEST(test_load_handlers_may_bring_in),
        TEST(test_load_without_a_device_is_at_once),
        TEST(test_load_without_host_memory_is_at_once),
        TEST(test_load_check_notices),
        TEST(test_load_histories_lose_nothing),
    };

    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
