/* tests/test_os.c - boot, traps, handlers, the end of processes, os_check(). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/alloc/internal.h"
#include "os/internal.h"
#include "tests/failing.h"
#include "tests/rig.h"

static int no_io(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)fd, (void)to, (void)size;
    return 0;
}

static int no_output(void *ctx, int fd, const void *from, uint32_t size)
{
    (void)ctx, (void)fd, (void)from;
    return (int)size;
}

static const struct os_io nothing = {no_io, no_output, NULL};

static struct process *spawn(struct rig *rig)
{
    return rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
}

static void test_os_memory_is_laid_out_as_drawn(void **state)
{
    struct rig *rig = *state;

    for (uint32_t i = 0; i < OS_END / 4; i++) {
        const uint32_t word = phys_read32(rig->phys, 4 * i);

        assert_int_equal(word, i < TRAP_COUNT ? i + 1 : 0);
    }
    assert_true(OS_TRAP_TABLE + 4 * TRAP_COUNT <= OS_PCBS);
    assert_true(OS_PCBS + OS_PCBS_FIXED * PCB_SIZE <= OS_END);
    assert_ptr_equal(os_phys(rig->os), rig->phys);
    assert_true(rig_is_empty(rig));
}

static void test_os_create_clears_what_it_owns_and_no_more(void **state)
{
    struct phys *phys = NULL;
    struct os *os = NULL;

    (void)state;
    assert_int_equal(phys_create(&phys, PHYS_SIZE_MIN + 3), 0);
    phys_fill(phys, 0, 0xee, phys->size);
    assert_int_equal(os_create(&os, phys, &nothing), 0);
    assert_int_equal(phys->bytes[OS_END - 1], 0);
    assert_int_equal(phys->bytes[OS_END], 0xee);
    assert_true(os_check(os));
    os_destroy(os);
    phys_destroy(phys);
}

static void test_os_create_refuses_small_memory(void **state)
{
    struct phys small = {.size = PHYS_SIZE_MIN - 1};
    struct os *os = NULL;

    (void)state;
    assert_int_equal(os_create(&os, &small, &nothing), -EINVAL);
    assert_null(os);
    os_destroy(NULL);
}

static void test_os_create_survives_every_failing_allocation(void **state)
{
    struct phys *phys = NULL;
    struct os *os = NULL;

    (void)state;
    assert_int_equal(phys_create(&phys, PHYS_SIZE_MIN), 0);
    for (int n = 0; n < 2; n++) {
        failing_after(n);
        const int err = os_create(&os, phys, &nothing);
        failing_after(-1);
        assert_int_equal(err, -ENOMEM);
        assert_null(os);
    }
    assert_int_equal(os_create(&os, phys, &nothing), 0);
    os_destroy(os);
    phys_destroy(phys);
}

/* The one that was running is the last in turn. */
static void test_os_timer_gives_each_process_its_turn(void **state)
{
    struct rig *rig = *state;
    struct process *p[3];

    for (unsigned i = 0; i < 3; i++)
        p[i] = spawn(rig);
    assert_ptr_equal(os_next(rig->os), p[0]);
    for (unsigned i = 1; i < 10; i++) {
        assert_ptr_equal(rig_trap(rig, p[(i - 1) % 3], TRAP_TIMER), p[i % 3]);
        assert_true(os_check(rig->os));
    }
    os_exit(rig->os, p[1], 7);
    os_exit(rig->os, p[2], 0);
    assert_ptr_equal(os_next(rig->os), p[0]);
    assert_ptr_equal(rig_trap(rig, p[0], TRAP_TIMER), p[0]); /* alone */
    assert_null(rig_trap(rig, p[0], TRAP_DIVIDE));
    assert_int_equal(os_exit_code(rig->os), 136);
    assert_int_equal(os_first_failure(rig->os), 7);
}

/* 128 + Linux's signal, as a shell shows it. */
static void test_os_default_handlers_end_the_process(void **state)
{
    static const struct {
        enum trap_cause cause;
        uint32_t x86, arm;
    } cases[] = {
        {TRAP_SEGMENT, 139, 139},   {TRAP_ABSENT, 139, 139},
        {TRAP_BOUNDS, 139, 139},    {TRAP_PROTECTION, 139, 139},
        {TRAP_UNDEFINED, 132, 132}, {TRAP_PRIVILEGED, 132, 132},
        {TRAP_DIVIDE, 136, 136},    {TRAP_BREAKPOINT, 133, 133},
        {TRAP_FLOAT, 136, 136},     {TRAP_OVERFLOW, 139, 139},
        {TRAP_ALIGNMENT, 139, 135},
    };
    struct rig *rig = *state;

    assert_int_equal(sizeof(cases) / sizeof(cases[0]), TRAP_COUNT - 3);
    for (size_t i = 0; i < TRAP_COUNT - 3; i++) {
        struct process *p = spawn(rig);

        assert_null(rig_trap(rig, p, cases[i].cause));
        if (os_exit_code(rig->os) != cases[i].x86)
            fail_msg("x86 %s: %u", trap_name(cases[i].cause),
                     os_exit_code(rig->os));
        p = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, RIG_BOUNDS);
        assert_null(rig_trap(rig, p, cases[i].cause));
        if (os_exit_code(rig->os) != cases[i].arm)
            fail_msg("ARM %s: %u", trap_name(cases[i].cause),
                     os_exit_code(rig->os));
        assert_true(rig_is_empty(rig));
    }
}

static void test_os_exit_code_is_0_before_any_exit(void **state)
{
    struct rig *rig = *state;

    spawn(rig);
    assert_int_equal(os_exit_code(rig->os), 0);
}

static enum os_action on_divide(struct os *os, struct process *process,
                                const struct trap *trap, void *context)
{
    unsigned *calls = context;

    if (calls)
        ++*calls;
    pcb_set_reg(os_phys(os), process->pcb, process->isa, X86_EAX, 42);
    pcb_set_reg(os_phys(os), process->pcb, process->isa, X86_EIP,
                trap->pc + trap->insn_size);
    return OS_RETRY;
}

static void test_os_set_handler_replaces_one_handler(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const struct trap trap = {.cause = TRAP_DIVIDE, .pc = 0x94, .insn_size = 2};

    os_set_handler(rig->os, TRAP_DIVIDE, on_divide, NULL);
    assert_ptr_equal(os_trap(rig->os, p, &trap), p);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, X86_EAX), 42);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, p->isa, X86_EIP), 0x96);
    assert_null(rig_trap(rig, p, TRAP_OVERFLOW));
}

/* The table in memory decides, not the one beside it. */
static void test_os_trap_follows_the_vector_in_memory(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    phys_write32(rig->phys, OS_TRAP_TABLE + 4 * TRAP_BOUNDS,
                 TRAP_BREAKPOINT + 1);
    assert_true(os_check(rig->os));
    assert_null(rig_trap(rig, p, TRAP_BOUNDS));
    assert_int_equal(os_exit_code(rig->os), 133);
}

static void test_os_trap_without_a_vector_is_fatal(void **state)
{
    static const uint32_t vectors[] = {0, TRAP_COUNT + 1, UINT32_MAX};
    struct rig *rig = *state;

    for (size_t i = 0; i < 3; i++) {
        struct process *p = spawn(rig);

        phys_write32(rig->phys, OS_TRAP_TABLE + 4 * TRAP_DIVIDE, vectors[i]);
        assert_false(os_check(rig->os));
        assert_null(rig_trap(rig, p, TRAP_DIVIDE));
        assert_int_equal(os_exit_code(rig->os), 139);
    }
    os_set_handler(rig->os, TRAP_DIVIDE, on_divide, NULL);
}

static void test_os_next_takes_turns(void **state)
{
    struct rig *rig = *state;

    assert_null(os_next(rig->os));
    struct process *a = spawn(rig);
    struct process *b = spawn(rig);
    struct process *c = spawn(rig);
    assert_ptr_equal(os_next(rig->os), a);
    assert_int_equal(pcb_get(rig->phys, a->pcb, PCB_FIELD_STATE), PCB_RUNNING);
    assert_int_equal(pcb_get(rig->phys, b->pcb, PCB_FIELD_STATE), PCB_READY);
    assert_ptr_equal(os_next(rig->os), a); /* it keeps the CPU */
    pcb_set(rig->phys, a->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_ptr_equal(os_next(rig->os), b);
    assert_true(os_check(rig->os));
    assert_ptr_equal(rig_trap(rig, b, TRAP_DIVIDE), c);
    assert_ptr_equal(rig_trap(rig, c, TRAP_DIVIDE), a);
    pcb_set(rig->phys, a->pcb, PCB_FIELD_STATE, PCB_ZOMBIE);
    assert_null(os_next(rig->os));
    pcb_set(rig->phys, a->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_ptr_equal(os_next(rig->os), a);
    assert_null(rig_trap(rig, a, TRAP_DIVIDE));
}

/* The CPU may start with what os_spawn() returned. */
static void test_os_trap_marks_who_runs(void **state)
{
    struct rig *rig = *state;
    struct process *a = spawn(rig);
    struct process *b = spawn(rig);

    os_set_handler(rig->os, TRAP_DIVIDE, on_divide, NULL);
    assert_ptr_equal(rig_trap(rig, b, TRAP_DIVIDE), b);
    assert_int_equal(pcb_get(rig->phys, a->pcb, PCB_FIELD_STATE), PCB_READY);
    assert_int_equal(pcb_get(rig->phys, b->pcb, PCB_FIELD_STATE), PCB_RUNNING);
    assert_ptr_equal(rig_trap(rig, b, TRAP_BOUNDS), a);
}

static void test_os_registers_in_the_pcb_take_effect(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const paddr_t base = p->blocks[0].base;

    os_set_handler(rig->os, TRAP_DIVIDE, on_divide, NULL);
    assert_ptr_equal(os_next(rig->os), p);
    const uint64_t generation = p->regs.bb.mmu.generation;
    rig_trap(rig, p, TRAP_DIVIDE);
    assert_true(p->regs.bb.mmu.generation == generation); /* nothing changed */

    pcb_set(rig->phys, p->pcb, PCB_FIELD_BASE, base + 16);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BOUNDS, 1000);
    rig_trap(rig, p, TRAP_DIVIDE);
    assert_int_equal(p->regs.bb.base, base + 16);
    assert_int_equal(p->regs.bb.bounds, 1000);
    assert_true(p->regs.bb.mmu.generation > generation);

    /* Registers that describe no memory: nothing is legal. */
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BASE, RIG_PHYS);
    rig_trap(rig, p, TRAP_DIVIDE);
    assert_int_equal(p->regs.bb.bounds, 0);
    assert_false(os_check(rig->os));
    assert_null(rig_trap(rig, p, TRAP_BOUNDS)); /* all is reclaimed */
}

/* An engine that remembers (address, generation) must see a new process. */
static void test_os_slot_reuse_raises_generation(void **state)
{
    struct rig *rig = *state;
    struct process *first = spawn(rig);
    const uint64_t generation = first->regs.bb.mmu.generation;

    os_exit(rig->os, first, 0);
    struct process *second = spawn(rig);
    assert_ptr_equal(first, second);
    assert_true(second->regs.bb.mmu.generation > generation);
    assert_int_equal(second->pid, 2);
}

#define MANY (OS_PCBS_FIXED + 6u) /* not a multiple of 7 */

static void test_os_exit_leaves_no_residue(void **state)
{
    static uint8_t before[OS_END], after[OS_END];
    struct rig *rig = *state;
    struct process *p[MANY];

    phys_read(rig->phys, 0, before, OS_END);
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            p[i] = rig_spawn(rig, i % 2 ? ELF_ARM : ELF_X86, OS_BASE_ANY,
                             2000 + 77 * i);
            phys_mark_code(rig->phys, p[i]->blocks[0].base,
                           p[i]->blocks[0].size);
        }
        for (unsigned i = 0; i < MANY; i++) {
            os_exit(rig->os, p[i * 7 % MANY], i);
            assert_true(os_check(rig->os));
            assert_int_equal(os_exit_code(rig->os), i);
        }
        assert_true(rig_is_empty(rig));
        phys_read(rig->phys, 0, after, OS_END);
        assert_memory_equal(before, after, OS_END);
        for (paddr_t pa = OS_END; pa < RIG_PHYS - 16; pa += 16)
            assert_false(phys_is_code(rig->phys, pa, 16));
    }
}

static void test_os_destroy_ends_who_still_runs(void **state)
{
    struct rig *rig = *state;
    struct os *os = NULL;

    os_destroy(rig->os);
    assert_int_equal(os_create(&rig->os, rig->phys, &nothing), 0);
    struct process *p = spawn(rig);
    phys_mark_code(rig->phys, p->blocks[0].base, 4);
    const paddr_t image = p->blocks[0].base;
    os_destroy(rig->os);
    assert_false(phys_is_code(rig->phys, image, 4));
    assert_int_equal(os_create(&os, rig->phys, &nothing), 0);
    rig->os = os;
}

static void test_os_check_notices_a_corrupt_pcb(void **state)
{
    static const struct {
        const char *what;
        enum pcb_field field;
        uint32_t value;
    } cases[] = {
        {"magic", PCB_FIELD_MAGIC, 0},
        {"pid", PCB_FIELD_PID, 3},
        {"another's pid", PCB_FIELD_PID, 1},
        {"state", PCB_FIELD_STATE, PCB_STATE_COUNT},
        {"two that run", PCB_FIELD_STATE, PCB_RUNNING},
        {"machine", PCB_FIELD_ISA, 40},
        {"base below its block", PCB_FIELD_BASE, OS_END + RIG_BOUNDS - 1},
        {"base above its block", PCB_FIELD_BASE, OS_END + RIG_BOUNDS + 1},
        {"base outside memory", PCB_FIELD_BASE, UINT32_MAX},
        {"bounds too large", PCB_FIELD_BOUNDS, RIG_BOUNDS + 1},
        {"bounds huge", PCB_FIELD_BOUNDS, UINT32_MAX},
        {"break above bounds", PCB_FIELD_BREAK, RIG_BOUNDS + 1},
        {"break below its least", PCB_FIELD_BREAK, ELF_BUILD_END - 1},
        {"least break above", PCB_FIELD_BREAK_MIN, ELF_BUILD_END + 1},
    };
    struct rig *rig = *state;

    spawn(rig);
    struct process *p = spawn(rig);
    os_next(rig->os);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t good = pcb_get(rig->phys, p->pcb, cases[i].field);

        assert_true(os_check(rig->os));
        pcb_set(rig->phys, p->pcb, cases[i].field, cases[i].value);
        if (os_check(rig->os))
            fail_msg("%s", cases[i].what);
        pcb_set(rig->phys, p->pcb, cases[i].field, good);
    }
}

static void test_os_check_notices_a_corrupt_free_slot(void **state)
{
    struct rig *rig = *state;
    const paddr_t slot = OS_PCBS + PCB_SIZE;

    spawn(rig);
    pcb_set(rig->phys, slot, PCB_FIELD_MAGIC, PCB_MAGIC);
    assert_false(os_check(rig->os));
    pcb_set(rig->phys, slot, PCB_FIELD_MAGIC, 0);
}

/* Each of a process's fields beside the memory, one after the other. */
static void test_os_check_notices_a_corrupt_process(void **state)
{
    struct rig *rig = *state;
    struct process *other = spawn(rig);
    struct process *p = spawn(rig);
    const struct process good = *p;
    struct process bad[] = {good, good, good, good, good,
                            good, good, good, good, good};

    bad[0].pid = other->pid;
    bad[1].pid = 0;
    bad[2].pid = 99;
    bad[3].pcb += 4;
    bad[4].isa = NULL;
    bad[5].isa = &isa_arm;
    bad[6].blocks[0].base = other->blocks[0].base;
    bad[7].blocks[0].base += 1;
    bad[8].blocks[0].size -= 1;
    bad[9].regs.bb.mmu.generation = 0;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_true(os_check(rig->os));
        *p = bad[i];
        if (os_check(rig->os))
            fail_msg("row %zu", i);
        *p = good;
    }
    p->regs.bb.base = RIG_PHYS;
    assert_false(os_check(rig->os));
    *p = good;
}

/* Lies that PCB and process agree on. */
static void test_os_check_notices_two_that_are_one(void **state)
{
    struct rig *rig = *state;
    struct process *other = spawn(rig);
    struct process *p = spawn(rig);
    const struct process good = *p;

    p->pid = other->pid;
    pcb_set(rig->phys, p->pcb, PCB_FIELD_PID, other->pid);
    assert_false(os_check(rig->os));
    p->pid = good.pid;
    pcb_set(rig->phys, p->pcb, PCB_FIELD_PID, good.pid);
    assert_true(os_check(rig->os));

    p->blocks[0].base = other->blocks[0].base;
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BASE, other->blocks[0].base);
    assert_false(os_check(rig->os));
    p->blocks[0].base = good.blocks[0].base;
    pcb_set(rig->phys, p->pcb, PCB_FIELD_BASE, good.blocks[0].base);
}

/* As many images as processes, but not theirs. */
static void test_os_check_notices_swapped_holes(void **state)
{
    struct rig *rig = *state;

    spawn(rig);
    struct process *gone = spawn(rig);
    spawn(rig);
    os_exit(rig->os, gone, 0);
    assert_true(os_check(rig->os));
    struct place *place = &rig->os->place;
    assert_int_equal(place_alloc_at(place, OS_END + RIG_BOUNDS, RIG_BOUNDS), 0);
    place_free(place, OS_END);
    assert_true(place_check(place));
    assert_false(os_check(rig->os));
    assert_int_equal(place_alloc_at(place, OS_END, RIG_BOUNDS), 0);
    place_free(place, OS_END + RIG_BOUNDS);
    assert_true(os_check(rig->os));
}

static void test_os_places_by_any_policy(void **state)
{
    struct rig *rig = *state;

    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        uint32_t bytes, largest, before;

        assert_int_equal(os_set_placement(rig->os, alloc_policies[i], 6000), 0);
        os_memory(rig->os, &before, &largest);
        struct process *one = spawn(rig), *two = spawn(rig);
        assert_true(os_check(rig->os));
        assert_int_equal(os_set_placement(rig->os, &alloc_first, 0), -EBUSY);
        os_exit(rig->os, one, 0);
        assert_true(os_check(rig->os));
        os_exit(rig->os, two, 0);
        os_memory(rig->os, &bytes, &largest);
        assert_int_equal(bytes, before);
        failing_after(0);
        assert_int_equal(os_set_placement(rig->os, &alloc_first, 0), -ENOMEM);
        failing_after(-1);
        assert_true(os_check(rig->os));
    }
}

static void test_os_check_notices_corrupt_placement(void **state)
{
    struct rig *rig = *state;

    spawn(rig);
    struct alloc *heap = &rig->os->place.alloc;
    const uint32_t image = alloc_lowest(heap);
    const uint32_t hole = alloc_above(heap, image);
    uint32_t *size = &block_words(heap, image)[WORD_SIZE];
    uint32_t *rest = &block_words(heap, hole)[WORD_SIZE];
    uint32_t *base = &block_words(heap, hole)[WORD_ADDRESS];

    --*size; /* a byte that nobody owns */
    assert_false(os_check(rig->os));
    --*base;
    ++*rest; /* the block no longer is what the process has */
    heap->free_bytes++;
    assert_true(place_check(&rig->os->place));
    assert_false(os_check(rig->os));
    ++*base;
    --*rest;
    heap->free_bytes--;
    ++*size;
    assert_true(os_check(rig->os));
    uint32_t taken; /* memory that no process owns */
    assert_int_equal(alloc_take_at(heap, *base, 1, &taken), ALLOC_OK);
    assert_true(place_check(&rig->os->place));
    assert_false(os_check(rig->os));
    alloc_give(heap, taken);
    assert_true(os_check(rig->os));
    rig->os->place.end--; /* the end of memory is lost */
    assert_false(os_check(rig->os));
    rig->os->place.end++;
    rig->os->place.start++;
    assert_false(os_check(rig->os));
    rig->os->place.start--;
    rig->os->current = OS_PROCESSES;
    assert_false(os_check(rig->os));
    rig->os->current = 0;
    os_handler *handler = rig->os->handlers[TRAP_ABSENT];
    rig->os->handlers[TRAP_ABSENT] = NULL;
    assert_false(os_check(rig->os));
    rig->os->handlers[TRAP_ABSENT] = handler;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_os_memory_is_laid_out_as_drawn,
                                        rig_setup, rig_teardown),
        cmocka_unit_test(test_os_create_clears_what_it_owns_and_no_more),
        cmocka_unit_test(test_os_create_refuses_small_memory),
        cmocka_unit_test(test_os_create_survives_every_failing_allocation),
        cmocka_unit_test_setup_teardown(
            test_os_default_handlers_end_the_process, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_os_timer_gives_each_process_its_turn, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_exit_code_is_0_before_any_exit,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_os_set_handler_replaces_one_handler, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_os_trap_follows_the_vector_in_memory, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_trap_without_a_vector_is_fatal,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_next_takes_turns, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_trap_marks_who_runs, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_os_registers_in_the_pcb_take_effect, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_slot_reuse_raises_generation,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_exit_leaves_no_residue,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_destroy_ends_who_still_runs,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_check_notices_a_corrupt_pcb,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_os_check_notices_a_corrupt_free_slot, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_check_notices_a_corrupt_process,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_check_notices_two_that_are_one,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_check_notices_swapped_holes,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_places_by_any_policy, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_os_check_notices_corrupt_placement,
                                        rig_setup, rig_teardown),
    };

    return cmocka_run_group_tests_name("os", tests, NULL, NULL);
}
