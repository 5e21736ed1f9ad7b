/*
 * tests/test_timer.c - emu/engine_timer.c: a core that runs ahead of the clock
 * stops where one does that knows each access, whatever happens to it when it
 * goes back: it is made anew, or code has come or gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/engine_internal.h"
#include "mmu/base_bounds.h"

#define PHYS       65536u
#define CODE       0x1000u
#define STACK      0x3ff0u
#define STEP       3001u /* cycles from one timer to the next */
#define STOPS      40u
#define PLACES     24u     /* at which a core is full of code */
#define SPIN       0x1005u /* of `once`: where the timer finds it */
#define LEAVE      0x100fu /* behind its store */
#define SPIN_INSNS (1 + 2 * 4000)

/* incb 0x1501; mov $20, %ecx; dec %ecx; jnz; jmp 0x1500 */
static const uint8_t again[] = {0xfe, 0x05, 1,    0x15, 0,    0,    0xb9,
                                20,   0,    0,    0,    0x49, 0x75, 0xfd,
                                0xe9, 0xed, 0x04, 0,    0};
/* mov $0, %al; jmp CODE */
static const uint8_t again_patch[] = {0xb0, 0, 0xe9, 0xf9, 0xfa, 0xff, 0xff};

/*
 * Makes a function in each round: mov $0x4000, %ebx; movl $0xc3, (%ebx);
 * mov $20, %ecx; dec %ecx; jnz; call *%ebx; add $16, %ebx; and $0x3fff, %ebx;
 * or $0x4000, %ebx; jmp to the movl
 */
static const uint8_t maker[] = {0xbb, 0,    0x40, 0,    0,    0xc7, 0x03, 0xc3,
                                0,    0,    0,    0xb9, 20,   0,    0,    0,
                                0x49, 0x75, 0xfd, 0xff, 0xd3, 0x83, 0xc3, 0x10,
                                0x81, 0xe3, 0xff, 0x3f, 0,    0,    0x81, 0xcb,
                                0,    0x40, 0,    0,    0xeb, 0xdf};

/*
 * mov $4000, %ecx; dec %ecx; jnz; movb $1, 0x1031; mov $3, %ecx; dec %ecx; jnz;
 * call 0x1030; int $0x80. Its patch is in the same line, which is there.
 */
static const uint8_t once[] = {0xb9, 0xa0, 0x0f, 0,    0,    0x49, 0x75, 0xfd,
                               0xc6, 0x05, 0x31, 0x10, 0,    0,    1,    0xb9,
                               3,    0,    0,    0,    0x49, 0x75, 0xfd, 0xe8,
                               0x14, 0,    0,    0,    0xcd, 0x80};
/* mov $2, %eax; ret */
static const uint8_t once_patch[] = {0xb8, 2, 0, 0, 0, 0xc3};

/* Never in the lean core, or at once. */
static const uint64_t lean_afters[] = {UINT32_MAX, 0};

struct program {
    const uint8_t *code, *patch;
    uint32_t size, patch_size;
    vaddr_t patch_va;
};

#define PROGRAM(name, patch, va)                                               \
    {                                                                          \
        name, patch, sizeof(name), sizeof(patch), va                           \
    }

static const struct program programs[] = {
    PROGRAM(again, again_patch, 0x1500),
    PROGRAM(maker, again_patch, 0x1500),
};
static const struct program once_program = PROGRAM(once, once_patch, 0x1030);

struct bench {
    struct phys *phys;
    struct charge *charge;
    struct base_bounds space;
    struct engine *engine;
};

static void on_access(void *ctx, vaddr_t pc, const struct mmu_access *access,
                      paddr_t pa)
{
    (void)ctx, (void)pc, (void)access, (void)pa;
}

static void open_bench(struct bench *b, const struct program *program,
                       uint64_t lean_after, engine_observer *observer)
{
    struct memsys_config caches;
    struct costs costs;
    struct cpu_state cpu;

    costs_init(&costs);
    memsys_config_init(&caches);
    assert_int_equal(phys_create(&b->phys, PHYS), 0);
    assert_int_equal(charge_create(&b->charge, &caches, &costs, 8), 0);

    const struct engine_config config = {.isa = &isa_x86,
                                         .phys = b->phys,
                                         .charge = b->charge,
                                         .lean_after = lean_after,
                                         .observer = observer};
    assert_int_equal(engine_create(&b->engine, &config), 0);
    base_bounds_init(&b->space);
    assert_int_equal(base_bounds_set(&b->space, 0, PHYS / 2, PHYS), 0);
    phys_write(b->phys, CODE, program->code, program->size);
    phys_write(b->phys, program->patch_va, program->patch, program->patch_size);
    isa_entry_state(&isa_x86, &cpu, CODE, STACK);
    assert_int_equal(engine_bind(b->engine, &b->space.mmu), 0);
    engine_load(b->engine, &cpu);
}

static void close_bench(struct bench *b)
{
    engine_destroy(b->engine);
    charge_destroy(b->charge);
    phys_destroy(b->phys);
}

static void run_to_timer(struct bench *b)
{
    struct trap trap;
    enum engine_stop stop;

    engine_set_timer(b->engine, b->charge->clock.now + STEP);
    stop = engine_run(b->engine, UINT64_MAX, &trap);
    if (stop != ENGINE_TIMER)
        fail_msg("stop %d: %s", stop, engine_error(b->engine));
}

static void compare(struct bench *b, struct bench *watched)
{
    struct cpu_state cpu, want;

    assert_int_equal(b->charge->clock.now, watched->charge->clock.now);
    assert_int_equal(engine_counts(b->engine).instructions,
                     engine_counts(watched->engine).instructions);
    engine_save(b->engine, &cpu);
    engine_save(watched->engine, &want);
    assert_memory_equal(&cpu, &want, sizeof(cpu));
}

/* Each core may take @room bytes of code more; NO_REPEAT: enough. */
static void compare_all(const struct program *program, uint64_t lean_after,
                        uint64_t room)
{
    struct bench b, watched;

    open_bench(&b, program, lean_after, NULL);
    open_bench(&watched, program, 0, on_access);
    for (unsigned stop = 0; stop < STOPS; stop++) {
        if (room < MADE_MAX) {
            b.engine->fast.made = MADE_MAX - room;
            b.engine->lean_core.made = MADE_MAX - room;
        }
        run_to_timer(&b);
        run_to_timer(&watched);
        compare(&b, &watched);
    }
    close_bench(&watched);
    close_bench(&b);
}

static void test_timer_is_exact_where_code_is_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        for (size_t j = 0; j < 2; j++)
            compare_all(&programs[i], lean_afters[j], NO_REPEAT);
}

static void test_timer_is_exact_when_cores_are_full(void **state)
{
    (void)state;
    for (uint64_t place = 0; place < PLACES; place++)
        compare_all(&programs[0], lean_afters[place % 2], place * 2048);
}

/*
 * The core has run ahead, stored to the patch and run it. It goes back
 * to where the timer fires, and from there on the program takes another way.
 * Returns whether the timer has found it at SPIN.
 */
static bool leave_at(uint64_t lean_after, cycles_t timer)
{
    struct bench b;
    struct trap trap;
    struct cpu_state cpu;
    bool is_there;

    open_bench(&b, &once_program, lean_after, NULL);
    engine_set_timer(b.engine, timer);
    is_there = engine_run(b.engine, UINT64_MAX, &trap) == ENGINE_TIMER;
    engine_save(b.engine, &cpu);
    is_there = is_there && isa_get(&isa_x86, &cpu, isa_x86.pc) == SPIN;
    if (is_there) {
        isa_set(&isa_x86, &cpu, isa_x86.pc, LEAVE);
        engine_load(b.engine, &cpu);
        engine_set_timer(b.engine, UINT64_MAX);
        assert_int_equal(engine_run(b.engine, UINT64_MAX, &trap), ENGINE_TRAP);
        engine_save(b.engine, &cpu);
        assert_int_equal(isa_get(&isa_x86, &cpu, isa_x86.call_result), 2);
    }
    close_bench(&b);
    return is_there;
}

/* When `once` leaves SPIN. */
static cycles_t end_of_spin(void)
{
    struct bench b;
    struct trap trap;
    cycles_t end;

    open_bench(&b, &once_program, 0, on_access);
    assert_int_equal(engine_run(b.engine, SPIN_INSNS, &trap), ENGINE_LIMIT);
    end = b.charge->clock.now;
    close_bench(&b);
    return end;
}

static void test_timer_leaves_no_code_that_was_undone(void **state)
{
    const cycles_t end = end_of_spin();
    unsigned there = 0;

    (void)state;
    for (cycles_t before = 1; before < 300; before += 7)
        there += leave_at(lean_afters[before % 2], end - before);
    assert_true(there > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer_is_exact_where_code_is_made),
        cmocka_unit_test(test_timer_is_exact_when_cores_are_full),
        cmocka_unit_test(test_timer_leaves_no_code_that_was_undone),
    };

    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
