/*
 * tests/test_mixed.c - twenty programs take turns of one instruction, while at
 * random moments memory is compacted and images are swapped: each does what it
 * does alone. TEST_SEED is the first seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emu/lib/fencepost.h"
#include "tests/rng.h"

#define COUNT 20u
#define ROOM  8192u /* bytes that a program may write */
#define SEEDS 6u

#define BB(file)                                                               \
    {                                                                          \
        .path = "build/guest/" file, .bounds = 65536                           \
    }
#define IN(by, file)                                                           \
    {                                                                          \
        .path = "build/guest/" file, .scheme = by, .stack = 16384              \
    }

static const struct fp_program programs[COUNT] = {
    BB("x86/hello"),
    BB("arm/hello"),
    BB("thumb/hello"),
    BB("x86/setjmp"),
    BB("arm/setjmp"),
    BB("x86/args"),
    BB("arm/args"),
    BB("thumb/setjmp"),
    IN("segmented", "x86/segmented/hello"),
    IN("segmented", "arm/segmented/hello"),
    IN("segmented", "x86/segmented/setjmp"),
    IN("segmented", "arm/segmented/setjmp"),
    IN("segmented", "x86/segmented/args"),
    IN("segmented", "x86/segmented/hello"), /* shares its code */
    IN("table", "x86/table/hello"),
    IN("table", "arm/table/hello"),
    IN("table", "x86/table/setjmp"),
    IN("table", "arm/table/setjmp"),
    IN("implicit", "x86/implicit/hello"),
    IN("implicit", "arm/implicit/hello"),
};

/* What each process has written. */
struct outputs {
    char at[COUNT + 1][ROOM];
    size_t used[COUNT + 1];
};

static int on_write(void *ctx, uint32_t pid, int fd, const void *from,
                    uint32_t size)
{
    struct outputs *out = ctx;

    (void)fd;
    assert_true(pid >= 1 && pid <= COUNT && size <= ROOM - out->used[pid]);
    memcpy(out->at[pid] + out->used[pid], from, size);
    out->used[pid] += size;
    return (int)size;
}

static int on_read(void *ctx, uint32_t pid, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)pid, (void)fd, (void)to, (void)size;
    return 0;
}

struct chaos {
    struct rng rng;
    unsigned compacted, swapped;
};

static void chaos(struct fp_machine *machine, void *context);

static void schedule(struct fp_machine *machine, struct chaos *c)
{
    assert_int_equal(fp_at(machine,
                           fp_clock(machine) + 1 + rng_below(&c->rng, 400),
                           chaos, c),
                     0);
}

static void chaos(struct fp_machine *machine, void *context)
{
    struct chaos *c = context;

    if (rng_below(&c->rng, 2)) {
        fp_compact(machine);
        c->compacted++;
    } else if (!fp_swap(machine, 1 + rng_below(&c->rng, COUNT)))
        c->swapped++;
    if (rng_below(&c->rng, 16) == 0)
        assert_true(fp_check(machine));
    schedule(machine, c);
}

static struct fp_machine *create(const struct fp_config *config,
                                 struct outputs *out)
{
    struct fp_config mine = *config;
    struct fp_machine *machine = NULL;

    mine.read = on_read;
    mine.write = on_write;
    mine.ctx = out;
    assert_int_equal(fp_create(&machine, &mine), 0);
    return machine;
}

static void run(struct fp_machine *machine)
{
    uint32_t bytes, largest;

    if (fp_run(machine, FP_FOREVER) != FP_DONE)
        fail_msg("%s", fp_error(machine));
    assert_true(fp_check(machine));
    fp_holes(machine, &bytes, &largest);
    assert_int_equal(bytes, largest);
}

/* Into the place that it will have among all. */
static void run_alone(unsigned n, struct outputs *out, uint32_t *code)
{
    const struct fp_config config = {.memory = 0};
    static struct outputs one;
    struct fp_machine *machine;

    one = (struct outputs){.used = {0}};
    machine = create(&config, &one);
    if (fp_load(machine, &programs[n], NULL))
        fail_msg("%s", fp_error(machine));
    run(machine);
    assert_int_equal(fp_exit_code(machine, 1, code), 0);
    fp_destroy(machine);
    memcpy(out->at[n + 1], one.at[1], ROOM);
    out->used[n + 1] = one.used[1];
}

static void run_together(const struct outputs *want, const uint32_t *codes,
                         const struct fp_config *config, uint64_t seed)
{
    struct chaos c = {.rng = {.state = seed}};
    static struct outputs out;
    struct fp_machine *machine;
    uint32_t code;

    out = (struct outputs){.used = {0}};
    machine = create(config, &out);
    for (unsigned n = 0; n < COUNT; n++)
        if (fp_load(machine, &programs[n], NULL))
            fail_msg("%s", fp_error(machine));
    schedule(machine, &c);
    run(machine);
    for (unsigned n = 0; n < COUNT; n++) {
        assert_int_equal(fp_exit_code(machine, n + 1, &code), 0);
        if (code != codes[n] || out.used[n + 1] != want->used[n + 1] ||
            memcmp(out.at[n + 1], want->at[n + 1], ROOM) != 0)
            fail_msg("seed %llu, program %u: %s", (unsigned long long)seed,
                     n + 1, programs[n].path);
    }
    assert_true(c.compacted > 20 && c.swapped > 20);
    fp_destroy(machine);
}

static void test_mixed_programs_do_what_they_do_alone(void **state)
{
    static struct outputs want;
    uint32_t codes[COUNT];
    struct rng rng = rng_start();

    (void)state;
    for (unsigned n = 0; n < COUNT; n++) {
        run_alone(n, &want, &codes[n]);
        if (want.used[n + 1] == 0 && codes[n] == 0)
            fail_msg("%s does nothing", programs[n].path);
    }
    for (unsigned i = 0; i < SEEDS; i++) {
        const struct fp_config config = {
            .memory = i % 2 ? 1 << 20 : 600 << 10,
            .slice = 1,
            .paranoid = i == 0,
            .schedule = i % 2 ? "lottery" : "rr",
            .seed = i,
            .swap = 4 << 20,
        };

        run_together(&want, codes, &config, rng_next(&rng));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixed_programs_do_what_they_do_alone),
    };

    return cmocka_run_group_tests_name("mixed", tests, NULL, NULL);
}
