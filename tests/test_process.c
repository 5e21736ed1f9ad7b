/* tests/test_process.c - parents, children, zombies, and who kills whom. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"

#define BUF    0x300u /* free bytes between the image and the stack */
#define USAGE  0x340u
#define ANY    UINT32_MAX /* -1: any child */
#define BOUNDS 2000u

static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

static struct process *spawn(struct rig *rig)
{
    return rig_spawn(rig, ELF_X86, OS_BASE_ANY, BOUNDS);
}

/* A child of @parent, as fork() would leave it. */
static struct process *child_of(struct rig *rig, const struct process *parent)
{
    struct process *child = spawn(rig);

    pcb_set(rig->phys, child->pcb, PCB_FIELD_PARENT, parent->pid);
    child->counts = false;
    return child;
}

static uint32_t state_of(struct rig *rig, const struct process *p)
{
    return pcb_get(rig->phys, p->pcb, PCB_FIELD_STATE);
}

static uint32_t word(struct rig *rig, const struct process *p, vaddr_t va)
{
    return phys_read32(rig->phys, p->blocks[0].base + va);
}

static uint32_t call_wait(struct rig *rig, struct process *p, uint32_t pid,
                          vaddr_t status, uint32_t options)
{
    return rig_call(rig, p, ABI_SYS_WAITPID_X86, pid, status, options);
}

/* No PCB of the machine's own memory, and none beside it, is left. */
static void test_process_pcbs_beyond_the_first_come_and_go(void **state)
{
    struct rig *rig = *state;
    struct process *p[OS_PCBS_FIXED + 2];

    for (unsigned i = 0; i < OS_PCBS_FIXED + 2; i++) {
        p[i] = spawn(rig);
        assert_int_equal(os_slot(rig->os, p[i]), i);
        assert_int_equal(p[i]->pcb >= OS_END, i >= OS_PCBS_FIXED);
        assert_true(os_check(rig->os));
    }
    assert_int_equal(os_living(rig->os), OS_PCBS_FIXED + 2);
    for (unsigned i = 0; i < OS_PCBS_FIXED + 2; i++)
        os_exit(rig->os, p[i], 0);
    assert_true(rig_is_empty(rig));
    assert_int_equal(rig->os->slots, 0);
}

static void test_process_zombie_keeps_how_it_ended(void **state)
{
    static const struct {
        uint32_t code, signal, status;
    } cases[] = {
        {0, 0, 0}, {7, 0, 0x0700}, {255, 0, 0xff00},     {256, 0, 0},
        {0, 9, 9}, {0, 11, 11},    {0, ABI_SIGNALS, 64},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *child = child_of(rig, p);
        const uint32_t pid = child->pid;

        if (cases[i].signal)
            os_exit_signal(rig->os, child, cases[i].signal);
        else
            os_exit(rig->os, child, cases[i].code);
        assert_int_equal(state_of(rig, child), PCB_ZOMBIE);
        assert_false(os_lives(rig->os, child));
        assert_int_equal(os_reserved(child), 0);
        assert_true(os_check(rig->os));
        assert_int_equal(call_wait(rig, p, ANY, BUF, 0), pid);
        assert_int_equal(word(rig, p, BUF), cases[i].status);
        assert_int_equal(child->pid, 0);
        assert_true(os_check(rig->os));
        assert_int_equal(call_wait(rig, p, ANY, BUF, 0), minus(ABI_ECHILD));
    }
    assert_int_equal(os_first_failure(rig->os), 0); /* they are p's matter */
}

/* The registers are those of the call until the child ends. */
static void test_process_waits_for_a_child(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);
    struct process *other = child_of(rig, p);

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(call_wait(rig, p, ANY, BUF, 0), ABI_SYS_WAITPID_X86);
    assert_int_equal(state_of(rig, p), PCB_BLOCKED);
    assert_int_equal(os_running_pid(rig->os), child->pid);
    assert_true(os_check(rig->os));
    const uint32_t pid = child->pid;
    assert_int_equal(rig_call(rig, child, ABI_SYS_EXIT, 3, 0, 0), 3);
    assert_int_equal(os_running_pid(rig->os), other->pid);
    assert_int_equal(state_of(rig, p), PCB_READY);
    assert_true(os_check(rig->os));
    assert_ptr_equal(rig_trap(rig, other, TRAP_TIMER), p);
    assert_true(os_resumed(p));
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, X86_EAX), pid);
    assert_int_equal(word(rig, p, BUF), 0x300);
    assert_int_equal(child->pid, 0);
}

/* Another child's end wakes nobody for good. */
static void test_process_waits_on_for_the_child_that_it_means(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);
    struct process *other = child_of(rig, p);
    const uint32_t pid = other->pid;

    assert_ptr_equal(os_next(rig->os), p);
    call_wait(rig, p, pid, 0, 0);
    assert_ptr_equal(rig_trap(rig, child, TRAP_DIVIDE), other);
    assert_ptr_equal(rig_trap(rig, other, TRAP_TIMER), other);
    assert_int_equal(state_of(rig, p), PCB_BLOCKED);
    assert_false(os_resumed(p));
    assert_true(os_check(rig->os));
    assert_ptr_equal(rig_trap(rig, other, TRAP_DIVIDE), p);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, X86_EAX), pid);
    assert_int_equal(call_wait(rig, p, 0, BUF, 0), child->pid);
    assert_int_equal(word(rig, p, BUF), 8);
}

/* Whatever slots they are in. */
static void test_process_wait_tells_the_oldest_first(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *gone = spawn(rig);
    struct process *first = child_of(rig, p), *second;
    const uint32_t pid = first->pid;

    os_exit(rig->os, gone, 0);
    second = child_of(rig, p);
    assert_true(second < first);
    os_exit(rig->os, second, 0);
    os_exit(rig->os, first, 0);
    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(call_wait(rig, p, ANY, 0, 0), pid);
    assert_int_equal(call_wait(rig, p, ANY, 0, 0), pid + 1);
}

static void test_process_wait_flags_and_errors(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);
    struct process *stranger = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(call_wait(rig, p, ANY, BUF, ABI_WNOHANG), 0);
    assert_int_equal(call_wait(rig, p, stranger->pid, 0, 1), minus(ABI_ECHILD));
    assert_int_equal(call_wait(rig, p, p->pid, 0, 1), minus(ABI_ECHILD));
    assert_int_equal(call_wait(rig, p, (uint32_t)INT32_MIN, 0, 1),
                     minus(ABI_ESRCH));
    assert_int_equal(call_wait(rig, p, minus(child->pid), 0, 1),
                     minus(ABI_ECHILD));
    assert_int_equal(call_wait(rig, p, ANY, 0, 4), minus(ABI_EINVAL));
    assert_int_equal(call_wait(rig, p, ANY, 0, 0x10), minus(ABI_EINVAL));

    /* A bad pointer loses nothing. */
    const uint32_t pid = child->pid;
    os_exit(rig->os, child, 1);
    assert_int_equal(call_wait(rig, p, ANY, BOUNDS - 3, 0), minus(ABI_EFAULT));
    pcb_set_reg(rig->phys, p->pcb, p->isa, X86_ESI, BOUNDS - 71);
    assert_int_equal(rig_call(rig, p, ABI_SYS_WAIT4, ANY, BUF, 0),
                     minus(ABI_EFAULT));
    assert_int_equal(word(rig, p, BUF), 0);
    pcb_set_reg(rig->phys, p->pcb, p->isa, X86_ESI, 0);
    assert_int_equal(
        rig_call(rig, p, ABI_SYS_WAIT4, ANY, 0, ABI_WNOHANG | ABI_WUNTRACED),
        pid);
}

static void test_process_wait_tells_what_the_child_ran(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);
    struct trap trap = {.cause = TRAP_TIMER, .cycle = 1000};

    assert_ptr_equal(os_next(rig->os), p);
    assert_ptr_equal(os_trap(rig->os, p, &trap), child);
    trap.cycle += 3 * (uint64_t)OS_CLOCK_HZ + 12345678;
    trap.cause = TRAP_DIVIDE;
    assert_ptr_equal(os_trap(rig->os, child, &trap), p);
    memset(rig_bytes(rig, p, USAGE), 0xee, 72);
    pcb_set_reg(rig->phys, p->pcb, p->isa, X86_ESI, USAGE);
    rig_call(rig, p, ABI_SYS_WAIT4, ANY, BUF, 0);
    assert_int_equal(word(rig, p, USAGE), 3);
    assert_int_equal(word(rig, p, USAGE + 4), 12345);
    for (unsigned i = 8; i < 72; i += 4)
        assert_int_equal(word(rig, p, USAGE + i), 0);
    rig_call(rig, p, ABI_SYS_TIMES, BUF, 0, 0);
    assert_int_equal(word(rig, p, BUF), 0);
    assert_int_equal(word(rig, p, BUF + 8), 301);
}

static void test_process_orphans_are_the_systems(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);
    struct process *zombie = child_of(rig, p);

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_GETPPID, 0, 0, 0), 0);
    assert_int_equal(rig_call(rig, child, ABI_SYS_GETPPID, 0, 0, 0), p->pid);
    os_exit(rig->os, zombie, 5);
    assert_int_equal(state_of(rig, zombie), PCB_ZOMBIE);
    os_exit(rig->os, p, 0);
    assert_true(os_check(rig->os));
    assert_int_equal(zombie->pid, 0); /* nobody will ask for it */
    assert_int_equal(p->pid, 0);
    assert_int_equal(rig_call(rig, child, ABI_SYS_GETPPID, 0, 0, 0), 0);
    os_exit(rig->os, child, 9);
    assert_int_equal(child->pid, 0);
    assert_int_equal(os_exit_code(rig->os), 9);
    assert_int_equal(os_first_failure(rig->os), 0);
}

static void test_process_kill_ends_or_says_why(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);
    struct process *waiter = child_of(rig, p);
    const uint32_t pid = child->pid;

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, 99, 9, 0),
                     minus(ABI_ESRCH));
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, minus(pid), 9, 0),
                     minus(ABI_ESRCH));
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, pid, 65, 0),
                     minus(ABI_EINVAL));
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, pid, 0, 0), 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, pid, ABI_SIGCHLD, 0), 0);
    assert_true(os_lives(rig->os, child));

    /* Also one that waits. */
    assert_ptr_equal(rig_trap(rig, p, TRAP_TIMER), child);
    struct process *grandchild = child_of(rig, waiter);
    assert_ptr_equal(rig_trap(rig, child, TRAP_TIMER), waiter);
    call_wait(rig, waiter, ANY, 0, 0);
    assert_int_equal(state_of(rig, waiter), PCB_BLOCKED);
    assert_ptr_equal(rig_trap(rig, grandchild, TRAP_TIMER), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, waiter->pid, 15, 0), 0);
    assert_int_equal(state_of(rig, waiter), PCB_ZOMBIE);
    assert_true(os_check(rig->os));
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, waiter->pid, 9, 0), 0);
    assert_int_equal(call_wait(rig, p, waiter->pid, BUF, 0), 3);
    assert_int_equal(word(rig, p, BUF), 15);
    os_exit(rig->os, grandchild, 0);

    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, pid, ABI_SIGKILL, 0), 0);
    assert_int_equal(call_wait(rig, p, pid, BUF, 0), pid);
    assert_int_equal(word(rig, p, BUF), 9);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, p->pid, 15, 0), 143);
    assert_int_equal(os_first_failure(rig->os), 143);
}

static void test_process_kill_of_many(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *a = spawn(rig), *b = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, ANY, 0, 0), 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, ANY, 9, 0), 0);
    assert_int_equal(a->pid, 0);
    assert_int_equal(b->pid, 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, ANY, 9, 0),
                     minus(ABI_ESRCH));
    a = spawn(rig);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, 0, 9, 0), 137);
    assert_int_equal(a->pid, 0);
    assert_int_equal(os_living(rig->os), 0);
}

static void test_process_yield_gives_way(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *q = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_SCHED_YIELD, 0, 0, 0), 0);
    assert_int_equal(os_running_pid(rig->os), q->pid);
    assert_int_equal(rig_call(rig, q, ABI_SYS_GETTID, 0, 0, 0), q->pid);
    os_exit(rig->os, q, 0);
    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_SCHED_YIELD, 0, 0, 0), 0);
    assert_int_equal(os_running_pid(rig->os), p->pid);
}

static void test_process_waiting_for_ever_is_told(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);
    struct os_error who;

    assert_ptr_equal(os_next(rig->os), p);
    assert_false(os_waiting(rig->os, &who));
    call_wait(rig, p, ANY, 0, 0);
    assert_true(os_waiting(rig->os, &who));
    assert_string_equal(who.text, "pid 1 waits for a child");
    os_block(rig->os, child, PCB_WAIT_CHILD, child->pid);
    assert_null(os_next(rig->os));
    assert_int_equal(os_living(rig->os), 2);
    assert_true(os_waiting(rig->os, &who));
    assert_string_equal(who.text,
                        "pid 1 waits for a child, pid 2 waits for a child");
    for (unsigned i = 0; i < 20; i++) {
        struct process *one = spawn(rig);

        os_block(rig->os, one, PCB_WAIT_CHILD, one->pid);
    }
    assert_true(os_waiting(rig->os, &who));
    assert_true(strlen(who.text) < sizeof(who.text) - 1);
    assert_string_equal(who.text + strlen(who.text) - 3, "...");
}

static void test_process_check_notices_bad_families(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = child_of(rig, p);

    assert_true(os_check(rig->os));
    pcb_set(rig->phys, child->pcb, PCB_FIELD_PARENT, child->pid);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, child->pcb, PCB_FIELD_PARENT, 99);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, child->pcb, PCB_FIELD_PARENT, p->pid);
    pcb_set(rig->phys, child->pcb, PCB_FIELD_STATE, PCB_ZOMBIE);
    assert_false(os_check(rig->os)); /* it has memory */
    pcb_set(rig->phys, child->pcb, PCB_FIELD_STATE, PCB_READY);
    os_exit(rig->os, child, 0);
    assert_true(os_check(rig->os));
    pcb_set(rig->phys, child->pcb, PCB_FIELD_PARENT, 0);
    assert_false(os_check(rig->os)); /* nobody waits for it */
    pcb_set(rig->phys, child->pcb, PCB_FIELD_PARENT, p->pid);
    pcb_set(rig->phys, child->pcb, PCB_FIELD_WAIT, PCB_WAIT_CHILD);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, child->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_STATE_COUNT);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    rig->os->slots = 1; /* one slot is forgotten */
    assert_false(os_check(rig->os));
    rig->os->slots = 2;
    assert_true(os_check(rig->os));
}

int main(void)
{
#define RIGGED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
    static const struct CMUnitTest tests[] = {
        RIGGED(test_process_pcbs_beyond_the_first_come_and_go),
        RIGGED(test_process_zombie_keeps_how_it_ended),
        RIGGED(test_process_waits_for_a_child),
        RIGGED(test_process_waits_on_for_the_child_that_it_means),
        RIGGED(test_process_wait_tells_the_oldest_first),
        RIGGED(test_process_wait_flags_and_errors),
        RIGGED(test_process_wait_tells_what_the_child_ran),
        RIGGED(test_process_orphans_are_the_systems),
        RIGGED(test_process_kill_ends_or_says_why),
        RIGGED(test_process_kill_of_many),
        RIGGED(test_process_yield_gives_way),
        RIGGED(test_process_waiting_for_ever_is_told),
        RIGGED(test_process_check_notices_bad_families),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
