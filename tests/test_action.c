/* tests/test_action.c - os/action.c: what a handler can want. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/abi.h"
#include "tests/rig.h"

#define PC 0x94u

/* A handler that wants what its context says. */
static enum os_action on_trap(struct os *os, struct process *process,
                              const struct trap *trap, void *context)
{
    const enum os_action *action = context;

    (void)os, (void)process, (void)trap;
    return *action;
}

static enum os_action on_trap_end(struct os *os, struct process *process,
                                  const struct trap *trap, void *context)
{
    (void)trap, (void)context;
    os_exit(os, process, 7);
    return OS_KILL;
}

/* Raise @trap in @process while its handler wants @action. */
static struct process *act(struct rig *rig, struct process *process,
                           enum os_action action, struct trap trap)
{
    struct process *next;

    trap.pc = PC;
    os_set_handler(rig->os, trap.cause, on_trap, &action);
    next = os_trap(rig->os, process, &trap);
    os_set_handler(rig->os, trap.cause, NULL, NULL);
    return next;
}

static struct process *spawn(struct rig *rig)
{
    return rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
}

static uint32_t pc_of(struct rig *rig, const struct process *p)
{
    return pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->pc);
}

static void test_action_default_is_what_boot_installs(void **state)
{
    struct rig *rig = *state;

    assert_null(
        act(rig, spawn(rig), OS_DEFAULT, (struct trap){.cause = TRAP_DIVIDE}));
    assert_int_equal(os_exit_code(rig->os), 136);
}

static void test_action_retry_and_skip_set_the_pc(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const struct trap trap = {.cause = TRAP_UNDEFINED, .insn_size = 3};

    pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->pc, PC);
    assert_ptr_equal(act(rig, p, OS_RETRY, trap), p);
    assert_int_equal(pc_of(rig, p), PC);
    assert_ptr_equal(act(rig, p, OS_SKIP, trap), p);
    assert_int_equal(pc_of(rig, p), PC + 3);
    assert_ptr_equal(act(rig, p, OS_SKIP, (struct trap){.cause = TRAP_SYSCALL}),
                     p);
    assert_int_equal(pc_of(rig, p), PC + 3); /* it is behind it already */
}

/* An instruction that could not be fetched has no end. */
static void test_action_skip_of_no_instruction_kills(void **state)
{
    struct rig *rig = *state;

    assert_null(
        act(rig, spawn(rig), OS_SKIP, (struct trap){.cause = TRAP_UNDEFINED}));
    assert_int_equal(os_exit_code(rig->os), 132);
}

/* ITTE EQ: the state is 0x06, then 0x0c, then 0x18 (NE), then none. */
static void test_action_skip_moves_the_it_state_on(void **state)
{
    static const uint8_t states[] = {0x06, 0x0c, 0x18, 0};
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, RIG_BOUNDS);
    const uint32_t thumb = p->isa->thumb_flag | 0x10;

    for (unsigned i = 0; i + 1 < sizeof(states); i++) {
        const uint32_t it = states[i], then = states[i + 1];

        pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->flags,
                    thumb | (it & 3) << 25 | (it >> 2) << 10);
        act(rig, p, OS_SKIP,
            (struct trap){.cause = TRAP_UNDEFINED, .insn_size = 2});
        assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->flags),
                         thumb | (then & 3) << 25 | (then >> 2) << 10);
    }
}

static void test_action_switch_lets_another_run(void **state)
{
    struct rig *rig = *state;
    struct process *a = spawn(rig), *b = spawn(rig);
    const struct trap trap = {.cause = TRAP_BREAKPOINT};

    assert_ptr_equal(os_next(rig->os), a);
    assert_ptr_equal(act(rig, a, OS_SWITCH, trap), b);
    assert_ptr_equal(act(rig, b, OS_SWITCH, trap), a);
}

static void test_action_grow_reaches_the_end_of_the_access(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const struct trap trap = {
        .cause = TRAP_BOUNDS,
        .access = {RIG_BOUNDS - 2, 4, MMU_WRITE},
    };

    assert_ptr_equal(act(rig, p, OS_GROW, trap), p);
    assert_int_equal(pcb_get(rig->phys, p->pcb, PCB_FIELD_BOUNDS),
                     RIG_BOUNDS + 2);
    assert_true(os_check(rig->os));

    /* Now that it is inside, to grow for it again would change nothing. */
    assert_null(act(rig, p, OS_GROW, trap));
    assert_int_equal(os_exit_code(rig->os), 139);
}

static void test_action_grow_past_all_memory_kills(void **state)
{
    static const vaddr_t places[] = {RIG_PHYS, RIG_PHYS - OS_END, UINT32_MAX};
    struct rig *rig = *state;

    for (size_t i = 0; i < 3; i++) {
        assert_null(act(rig, spawn(rig), OS_GROW,
                        (struct trap){.cause = TRAP_BOUNDS,
                                      .access = {places[i], 4, MMU_READ}}));
        assert_int_equal(os_exit_code(rig->os), 139);
    }
}

static void test_action_deliver_is_the_fault_s_signal(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const struct pcb_action ignore = {.handler = ABI_SIG_IGN};

    assert_null(
        act(rig, p, OS_DELIVER, (struct trap){.cause = TRAP_BREAKPOINT}));
    assert_int_equal(os_exit_code(rig->os), 133);

    p = spawn(rig); /* one that is ignored kills all the same */
    pcb_set_action(rig->phys, p->pcb, ABI_SIGSEGV, &ignore);
    assert_null(act(rig, p, OS_DELIVER, (struct trap){.cause = TRAP_SEGMENT}));
    assert_int_equal(os_exit_code(rig->os), 139);
}

static void test_action_kill_is_by_the_fault_s_signal(void **state)
{
    static const struct {
        enum trap_cause cause;
        uint32_t code;
    } rows[] = {{TRAP_BOUNDS, 139},    {TRAP_DIVIDE, 136},
                {TRAP_ALIGNMENT, 139}, {TRAP_TIMER, 137},
                {TRAP_SYSCALL, 137},   {TRAP_PRIVILEGED, 132}};
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_null(act(rig, spawn(rig), OS_KILL,
                        (struct trap){.cause = rows[i].cause}));
        assert_int_equal(os_exit_code(rig->os), rows[i].code);
        assert_null(act(rig, spawn(rig), (enum os_action)99,
                        (struct trap){.cause = rows[i].cause}));
        assert_int_equal(os_exit_code(rig->os), rows[i].code);
    }
}

static void test_action_of_who_has_ended_is_nothing(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    os_set_handler(rig->os, TRAP_BOUNDS, on_trap_end, NULL);
    assert_null(rig_trap(rig, p, TRAP_BOUNDS));
    assert_int_equal(os_exit_code(rig->os), 7);
    os_set_handler(rig->os, TRAP_BOUNDS, NULL, NULL);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_action_default_is_what_boot_installs),
        TEST(test_action_retry_and_skip_set_the_pc),
        TEST(test_action_skip_of_no_instruction_kills),
        TEST(test_action_skip_moves_the_it_state_on),
        TEST(test_action_switch_lets_another_run),
        TEST(test_action_grow_reaches_the_end_of_the_access),
        TEST(test_action_grow_past_all_memory_kills),
        TEST(test_action_deliver_is_the_fault_s_signal),
        TEST(test_action_kill_is_by_the_fault_s_signal),
        TEST(test_action_of_who_has_ended_is_nothing),
    };

    return cmocka_run_group_tests_name("action", tests, NULL, NULL);
}
