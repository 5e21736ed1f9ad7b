/*
 * tests/test_timer.c - emu/engine_timer.c: a core that runs ahead of the clock
 * stops where one does that knows each access, whatever happens to it when it
 * goes back: it is made anew, or its code is dropped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/engine_internal.h"
#include "mmu/base_bounds.h"

#define PHYS   65536u
#define CODE   0x1000u
#define PATCH  0x1500u /* code that is stored to in each round */
#define STACK  0x7ff0u
#define STEP   3001u /* cycles from one timer to the next */
#define STOPS  40u
#define PLACES 24u /* at which a core is full of code */

/* incb PATCH + 1; mov $20, %ecx; dec %ecx; jnz; jmp PATCH */
static const uint8_t loop[] = {0xfe, 0x05, 1,    0x15, 0,    0,    0xb9,
                               20,   0,    0,    0,    0x49, 0x75, 0xfd,
                               0xe9, 0xed, 0x04, 0,    0};
/* mov $0, %al; jmp CODE */
static const uint8_t patch[] = {0xb0, 0, 0xe9, 0xf9, 0xfa, 0xff, 0xff};

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

static void open_bench(struct bench *b, engine_observer *observer)
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
                                         .lean_after = UINT32_MAX,
                                         .observer = observer};
    assert_int_equal(engine_create(&b->engine, &config), 0);
    base_bounds_init(&b->space);
    assert_int_equal(base_bounds_set(&b->space, 0, PHYS / 2, PHYS), 0);
    phys_write(b->phys, CODE, loop, sizeof(loop));
    phys_write(b->phys, PATCH, patch, sizeof(patch));
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

/* Each core can take some more code, or none at all, before it is full. */
static void test_timer_is_exact_when_cores_are_full(void **state)
{
    (void)state;
    for (uint64_t place = 0; place < PLACES; place++) {
        struct bench b, watched;

        open_bench(&b, NULL);
        open_bench(&watched, on_access);
        for (unsigned stop = 0; stop < STOPS; stop++) {
            b.engine->fast.made = MADE_MAX - place * 2048;
            b.engine->lean_core.made = MADE_MAX - place * 2048;
            run_to_timer(&b);
            run_to_timer(&watched);
            compare(&b, &watched);
        }
        close_bench(&watched);
        close_bench(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer_is_exact_when_cores_are_full),
    };

    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
