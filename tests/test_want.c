/*
 * tests/test_want.c - the queue of those who wait for memory: in which order
 * they get it, and that they do. The tests are the CPU.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"
#include "tests/rng.h"
#include "tests/stage.h"

#define KIB STAGE_KIB

static struct stage_disk disk;

static struct rig *begin(void **state)
{
    return stage_begin(state, &disk, STAGE_DISK);
}

/* ---- the queue ---- */

/* Who asks later does not get what an image leaves for the first. */
static void test_want_serves_in_the_order_of_asking(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = stage_spawn(rig, "segmented", STAGE_SMALL);
    struct process *b = stage_spawn(rig, "segmented", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(stage_trap(rig, a, TRAP_TIMER, 1), b);
    assert_ptr_equal(stage_trap(rig, b, TRAP_TIMER, 2), a);

    const uint32_t half = (stage_free(rig) - STAGE_SMALL) / 2;
    struct process *d = stage_spawn(rig, "base-bounds", half);
    struct process *e = stage_spawn(rig, "base-bounds", half);
    struct process *c = stage_spawn_large(rig);
    cycles_t due = 10 + stage_cost(half);

    /* All that d has is for a; b asks for more than that leaves. */
    assert_ptr_equal(
        stage_call(rig, a, 10, ABI_SYS_SHM_ATTACH, 1, half - 100, 1), b);
    assert_ptr_equal(stage_call(rig, b, 20, ABI_SYS_SHM_ATTACH, 2, 5000, 1), e);
    assert_ptr_equal(stage_trap(rig, e, TRAP_TIMER, 30), c);
    assert_int_equal(os_image(d), PCB_IMAGE_LEAVING);
    assert_int_equal(os_image(e), PCB_IMAGE_HERE);
    assert_true(stage_waits(rig, a) && stage_waits(rig, b));
    assert_int_equal(disk.waits, 2);
    assert_true(os_check(rig->os));

    /* Then it is b's turn to have somebody sent away. */
    assert_ptr_equal(stage_trap(rig, c, TRAP_DISK, due), c);
    assert_true(os_in_state(rig->os, a, PCB_READY));
    assert_true(stage_waits(rig, b));
    assert_int_equal(os_image(d), PCB_IMAGE_AWAY);
    assert_int_not_equal(os_image(a), PCB_IMAGE_AWAY);
    assert_true(os_disk_due(rig->os) < OS_NEVER);
    assert_true(os_check(rig->os));
    while (stage_waits(rig, b)) {
        due = os_disk_due(rig->os);
        assert_true(due < OS_NEVER);
        c = stage_trap(rig, c, TRAP_DISK, due);
        assert_non_null(c);
        assert_true(os_check(rig->os));
    }
    assert_int_equal(stage_result(rig, b), 2u << 30);
}

/* Two that do not fit together: each runs each time that it has come. */
static void test_want_who_came_in_runs_first(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = stage_spawn(rig, "base-bounds", 64 * KIB);
    struct process *b = stage_spawn(rig, "base-bounds", 64 * KIB), *now;
    unsigned turns[2] = {0};

    now = os_next(rig->os);
    for (unsigned n = 0; n < 40; n++) {
        assert_true(now == a || now == b);
        turns[now == b]++;
        now = stage_trap(rig, now, TRAP_TIMER, os_clock(rig->os) + 100);
        assert_true(os_check(rig->os));
    }
    assert_int_equal(turns[0], 20);
    assert_int_equal(turns[1], 20);
    assert_int_equal(os_clock(rig->os), os_idle(rig->os) + 40 * 100);
    assert_int_equal(rig->os->clock->spent[CLOCK_swap], os_idle(rig->os));
}

/* One who reads blocks all the time is sent away between two reads. */
static void test_want_busy_disk_starves_nobody(void **state)
{
    struct rig *rig = begin(state);
    struct process *a = stage_spawn(rig, "segmented", STAGE_SMALL), *now;
    struct process *reader = stage_spawn_large(rig);

    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(stage_trap(rig, a, TRAP_TIMER, 10), reader);
    assert_ptr_equal(
        stage_call(rig, reader, 20, ABI_SYS_DISK_READ, 0, 0x400, 1), a);
    now = stage_fault(rig, a, TRAP_BOUNDS, stage_below(12 * KIB), 30);
    for (unsigned n = 0; now == reader; n++) {
        assert_true(n < 3);
        now = stage_call(rig, now, os_clock(rig->os) + 5, ABI_SYS_DISK_READ, 0,
                         0x400, 1);
    }
    assert_ptr_equal(now, a);
    assert_int_equal(stage_stack(rig, a), 12 * KIB);
}

/* ---- two that wait ---- */

/* Who has left and come, in order: "1> 2> 1<". */
struct log {
    char text[256];
};

static void log_swap(void *ctx, const struct process *process,
                     enum os_swap_what what, uint32_t bytes)
{
    static const char *const signs[] = {
        [OS_SWAP_OUT] = ">", [OS_SWAP_IN] = "<", [OS_SWAP_WAIT] = "?"};
    struct log *log = ctx;
    const size_t used = strlen(log->text);

    (void)bytes;
    assert_in_range(snprintf(log->text + used, sizeof(log->text) - used,
                             "%s%u%s", used ? " " : "", process->pid,
                             signs[what]),
                    1, sizeof(log->text) - used - 1);
}

/* Both wait for more stack, came in for that, and have had no turn yet. */
struct pair {
    struct process *first, *second, *runs;
};

#define MORE (20u * KIB) /* that the first one wants */
#define SOME (12u * KIB) /* that the second one wants */

static struct pair set_pair(struct rig *rig)
{
    struct pair p;
    struct process *has;

    p.first = stage_spawn(rig, "segmented", STAGE_SMALL);
    p.second = stage_spawn(rig, "segmented", 32 * KIB);
    p.runs = stage_spawn(rig, "segmented", STAGE_SMALL);
    assert_ptr_equal(os_next(rig->os), p.first);
    assert_ptr_equal(stage_trap(rig, p.first, TRAP_TIMER, 10), p.second);
    assert_ptr_equal(stage_trap(rig, p.second, TRAP_TIMER, 20), p.runs);
    assert_ptr_equal(stage_trap(rig, p.runs, TRAP_TIMER, 30), p.first);
    has = stage_spawn_large(rig); /* who has never run goes first */
    assert_ptr_equal(stage_fault(rig, p.first, TRAP_BOUNDS,
                                 stage_below(STAGE_SMALL + MORE), 100),
                     p.second);
    assert_ptr_equal(stage_fault(rig, p.second, TRAP_BOUNDS,
                                 stage_below(32 * KIB + SOME), 200),
                     p.runs);
    assert_int_equal(os_swap_out(rig->os, p.first), 0);
    assert_int_equal(os_swap_out(rig->os, p.second), 0);
    os_exit(rig->os, has, 0);
    assert_int_equal(os_swap_in(rig->os, p.second), 0);
    assert_int_equal(os_swap_in(rig->os, p.first), 0);
    assert_true(stage_waits(rig, p.first) && stage_waits(rig, p.second));
    assert_true(os_check(rig->os));
    return p;
}

/*
 * What the first one needs only the second one has, who is to ask, too: it
 * asks, waits, and goes. Then its own turn comes.
 */
static void test_want_first_waits_for_who_is_to_ask(void **state)
{
    struct rig *rig = begin(state);
    const struct pair p = set_pair(rig);
    struct log log = {""};

    /* Memory by key does not leave: nearly all that is free. */
    os_watch_swaps(rig->os, log_swap, &log);
    assert_ptr_equal(stage_call(rig, p.runs, os_clock(rig->os),
                                ABI_SYS_SHM_ATTACH, 1, stage_free(rig) - KIB,
                                ABI_SHM_READ),
                     p.runs);
    assert_int_equal(stage_result(rig, p.runs), 2u << 30);
    assert_ptr_equal(
        stage_trap(rig, p.runs, TRAP_TIMER, os_clock(rig->os) + 10), p.first);
    assert_int_equal(stage_stack(rig, p.first), STAGE_SMALL + MORE);
    assert_string_equal(log.text, "3> 2>");
    assert_true(os_check(rig->os));

    /* It has been sent away with its place in the queue. */
    assert_true(stage_waits(rig, p.second));
    struct process *now = p.first;
    while (now != p.second)
        now = stage_trap(rig, now, TRAP_TIMER, os_clock(rig->os) + 10);
    assert_int_equal(stage_stack(rig, p.second), 32 * KIB + SOME);
    assert_true(os_check(rig->os));
}

/* ---- histories ---- */

#define CROWD 12u
#define STEPS 20000u
#define MOST  (76u * KIB) /* of an image: each fits alone, with what it asks */
#define REACH (60u * KIB) /* of a stack; none grows far below its pointer */

/* What a process must have when it has the CPU again. */
struct member {
    struct process *process;
    uint32_t pid;
    uint32_t stack; /* at least */
    vaddr_t brk;
};

struct history {
    struct rig *rig;
    struct rng rng;
    struct member all[CROWD];
    unsigned asked;
};

static void join(struct history *h, struct member *m)
{
    struct process *process = NULL;
    struct elf_build elf;

    stage_build(&elf, "segmented");
    const struct os_program program =
        stage_program(&elf, "segmented", 1 * KIB + rng_below(&h->rng, 20000));
    if (os_spawn(h->rig->os, &program, &process, &h->rig->why))
        return;
    *m = (struct member){
        .process = process,
        .pid = process->pid,
        .stack = program.stack,
        .brk = pcb_get(h->rig->phys, process->pcb, PCB_FIELD_BREAK),
    };
}

/* One of them is ended from outside, and another one is swapped at once. */
static void meddle(struct history *h)
{
    struct member *m = &h->all[rng_below(&h->rng, CROWD)];

    if (!m->process) {
        join(h, m);
        return;
    }
    switch (rng_below(&h->rng, 24)) {
    case 0:
        os_exit(h->rig->os, m->process, 0);
        *m = (struct member){.process = NULL};
        break;
    case 1:
    case 2:
    case 3:
        (void)os_swap_out(h->rig->os, m->process);
        break;
    case 4:
        (void)os_swap_in(h->rig->os, m->process);
        break;
    default:
        break;
    }
}

/* It has got what it asked for last, and may ask for more. */
static void take_turn(struct history *h, struct member *m)
{
    struct rig *rig = h->rig;
    struct process *p = m->process;
    const cycles_t now = os_clock(rig->os) + 1 + rng_below(&h->rng, 3000);
    const uint32_t more = 1 + rng_below(&h->rng, 20000);

    assert_in_range(stage_stack(rig, p), m->stack, m->stack + 4 * KIB);
    assert_int_equal(pcb_get(rig->phys, p->pcb, PCB_FIELD_BREAK), m->brk);
    switch (rng_below(&h->rng, 6)) {
    case 0:
        stage_call(rig, p, now, ABI_SYS_DISK_READ, 0, stage_below(1024), 1);
        return;
    case 1:
        if (os_reserved(p) > MOST - more || stage_stack(rig, p) > REACH - more)
            break;
        h->asked++;
        m->stack = stage_stack(rig, p) + more;
        stage_fault(rig, p, TRAP_BOUNDS, stage_below(m->stack), now);
        return;
    case 2:
        if (os_reserved(p) > MOST - more)
            break;
        h->asked++;
        m->brk += more;
        stage_call(rig, p, now, ABI_SYS_BRK, m->brk, 0, 0);
        return;
    case 3:
        m->brk = pcb_get(rig->phys, p->pcb, PCB_FIELD_BREAK_MIN);
        stage_call(rig, p, now, ABI_SYS_BRK, m->brk, 0, 0);
        return;
    default:
        break;
    }
    stage_trap(rig, p, TRAP_TIMER, now);
}

/* Each fits alone, the disk has room for all, and nobody fails: so nobody is
 * refused, and nobody is ended. */
static void test_want_histories_refuse_nobody(void **state)
{
    struct rig *rig = begin(state);
    struct history h = {.rig = rig, .rng = rng_start()};

    for (unsigned n = 0; n < STEPS; n++) {
        struct process *now;

        if (rng_below(&h.rng, 3) == 0)
            meddle(&h);
        now = os_next(rig->os);
        for (unsigned i = 0; i < CROWD; i++) {
            struct member *m = &h.all[i];

            assert_true(!m->process || (m->process->pid == m->pid &&
                                        os_lives(rig->os, m->process)));
            if (now && m->process == now) {
                take_turn(&h, m);
                now = NULL;
            }
        }
        assert_null(now);
        assert_true(os_check(rig->os));
    }
    assert_true(h.asked > 1000);
    assert_true(disk.waits > 300);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_want_serves_in_the_order_of_asking),
        TEST(test_want_who_came_in_runs_first),
        TEST(test_want_busy_disk_starves_nobody),
        TEST(test_want_first_waits_for_who_is_to_ask),
        TEST(test_want_histories_refuse_nobody),
    };

    return cmocka_run_group_tests_name("want", tests, NULL, NULL);
}
