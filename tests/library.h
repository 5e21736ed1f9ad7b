/*
 * tests/library.h - machines of the library, for the tests of it.
 *
 * Each fails the test that calls it where the library refuses.
 */
#ifndef TESTS_LIBRARY_H
#define TESTS_LIBRARY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/lib/fencepost.h"

#define GUESTS "build/guest/"

static inline struct fp_machine *create(const struct fp_config *config)
{
    struct fp_machine *machine = NULL;

    assert_int_equal(fp_create(&machine, config), 0);
    return machine;
}

static inline uint32_t load(struct fp_machine *machine,
                            const struct fp_program *program)
{
    uint32_t pid = 0;
    const int err = fp_load(machine, program, &pid);

    if (err)
        fail_msg("%s: %d", fp_error(machine), err);
    return pid;
}

static inline uint32_t exit_code(const struct fp_machine *machine, uint32_t pid)
{
    uint32_t code = UINT32_MAX;

    assert_int_equal(fp_exit_code(machine, pid, &code), 0);
    return code;
}

/* Whatever ran, all memory but the operating system's is one hole again. */
static inline void destroy(struct fp_machine *machine)
{
    uint32_t bytes, largest;

    assert_true(fp_check(machine));
    if (fp_living(machine) == 0) {
        fp_holes(machine, &bytes, &largest);
        assert_int_equal(bytes, largest);
    }
    fp_destroy(machine);
}

/* A handler whose answer is the enum fp_action at @context. */
static inline enum fp_action answer(struct fp_machine *machine,
                                    const struct fp_trap *trap, void *context)
{
    const enum fp_action *action = context;

    (void)machine, (void)trap;
    return *action;
}

static const struct fp_program x86_hello = {.path = GUESTS "x86/hello"};
static const struct fp_program arm_hello = {.path = GUESTS "arm/hello"};
static const struct fp_program x86_divides = {.path = GUESTS
                                              "x86/zoo/divide_by_zero"};
static const struct fp_program x86_strays = {.path = GUESTS
                                             "x86/zoo/straddle_bounds"};

#endif /* TESTS_LIBRARY_H */
