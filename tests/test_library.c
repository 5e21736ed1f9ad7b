/* tests/test_library.c - emu/lib: machines as users of the library see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/failing.h"
#include "tests/library.h"

static void test_library_runs_and_captures(void **state)
{
    static const char *const argv[] = {"args", "one", "two words", NULL};
    const struct fp_program args = {.path = GUESTS "arm/args", .argv = argv};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_hello);
    size_t size;

    (void)state;
    assert_int_equal(fp_living(machine), 1);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 0);
    assert_string_equal(fp_output(machine, 1, &size), "hello, world\n");
    assert_int_equal(size, 13);
    assert_string_equal(fp_output(machine, 2, &size), "");
    assert_string_equal(fp_output(machine, 7, NULL), "");

    (void)load(machine, &args);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_non_null(strstr(fp_output(machine, 1, NULL), "two words"));
    destroy(machine);
    fp_destroy(NULL);
}

static void test_library_gives_input(void **state)
{
    struct fp_machine *machine = create(NULL);
    const struct fp_program echo = {.path = GUESTS "x86/echo", .bounds = 65536};

    (void)state;
    assert_int_equal(fp_input(machine, "abc\n", 4), 0);
    assert_int_equal(fp_input(machine, "de\n", 3), 0);
    (void)load(machine, &echo);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_non_null(strstr(fp_output(machine, 1, NULL), "abc"));
    assert_non_null(strstr(fp_output(machine, 1, NULL), "de"));
    destroy(machine);
}

static int refuse(void *ctx, uint32_t pid, int fd, const void *from,
                  uint32_t size)
{
    uint32_t *seen = ctx;

    (void)fd, (void)from;
    *seen = pid;
    return (int)size + 1; /* more than there was: the guest gets EIO */
}

static void test_library_lets_others_write(void **state)
{
    uint32_t seen = 0;
    const struct fp_config config = {.write = refuse, .ctx = &seen};
    struct fp_machine *machine = create(&config);
    const uint32_t pid = load(machine, &x86_hello);

    (void)state;
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(seen, pid);
    assert_string_equal(fp_output(machine, 1, NULL), "");
    destroy(machine);
}

static void test_library_captures_no_more_than_it_may(void **state)
{
    const struct fp_config config = {.output_max = 5};
    struct fp_machine *machine = create(&config);

    (void)state;
    (void)load(machine, &x86_hello);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_string_equal(fp_output(machine, 1, NULL), "hello");
    destroy(machine);
}

static void test_library_runs_step_by_step(void **state)
{
    struct fp_machine *machine = create(NULL), *whole = create(NULL);
    uint64_t steps = 0;
    int end;

    (void)state;
    (void)load(machine, &x86_hello);
    (void)load(whole, &x86_hello);
    while ((end = fp_run(machine, 1)) == FP_LIMIT)
        assert_int_equal(fp_instructions(machine), ++steps);
    assert_int_equal(end, FP_DONE);
    assert_int_equal(fp_run(whole, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_instructions(machine), fp_instructions(whole));
    assert_int_equal(fp_loads(machine), fp_loads(whole));
    assert_int_equal(fp_stores(machine), fp_stores(whole));
    assert_string_equal(fp_output(machine, 1, NULL), "hello, world\n");
    destroy(machine);
    destroy(whole);
}

/* Turn by turn, and neither knows of the other. */
static void test_library_has_two_machines_at_once(void **state)
{
    struct fp_machine *a = create(NULL), *b = create(NULL);
    const uint32_t pid_a = load(a, &x86_divides), pid_b = load(b, &arm_hello);

    (void)state;
    while (fp_living(a) > 0 || fp_living(b) > 0) {
        fp_run(a, 7);
        fp_run(b, 11);
    }
    assert_int_equal(exit_code(a, pid_a), 136);
    assert_int_equal(exit_code(b, pid_b), 0);
    assert_string_equal(fp_output(b, 1, NULL), "hello, world\n");
    assert_int_equal(fp_trap_count(a, FP_TRAP_DIVIDE), 1);
    assert_int_equal(fp_trap_count(b, FP_TRAP_DIVIDE), 0);
    destroy(b);
    destroy(a);
}

static void test_library_knows_how_each_process_ended(void **state)
{
    const struct fp_program family = {.path = GUESTS "x86/processes/family",
                                      .bounds = 65536};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &family);
    uint32_t code;

    (void)state;
    assert_int_equal(fp_exit_code(machine, pid, &code), -EAGAIN);
    assert_int_equal(fp_exit_code(machine, pid + 1, &code), -ESRCH);
    assert_int_equal(fp_exit_code(machine, 0, &code), -ESRCH);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(exit_code(machine, pid), 0);
    (void)exit_code(machine, pid + 1); /* a child has ended, too */
    assert_int_equal(fp_exit_code(machine, 4000000000u, &code), -ESRCH);
    destroy(machine);
}

static void test_library_refuses_bad_use(void **state)
{
    static const struct fp_config bad[] = {
        {.memory = 1},        {.memory = UINT32_MAX},
        {.schedule = "fair"}, {.placement = "anywhere"},
        {.swap = UINT32_MAX},
    };
    static const struct {
        struct fp_program program;
        int err;
    } rows[] = {
        {{.tickets = 1}, -EINVAL},
        {{.path = "no/such/file"}, -ENOENT},
        {{.path = "tests"}, -EISDIR},
        {{.path = "Makefile"}, -ENOEXEC},
        {{.path = GUESTS "x86/hello", .scheme = "paged"}, -EINVAL},
        {{.path = GUESTS "x86/hello", .tickets = UINT32_MAX}, -EINVAL},
        {{.path = GUESTS "x86/hello", .code = 8}, -EINVAL},
        {{.path = GUESTS "x86/hello", .bounds = 100}, -ENOEXEC},
        {{.path = GUESTS "x86/hello", .bounds = 1u << 30}, -ENOMEM},
        {{.path = GUESTS "x86/hello", .base = 1}, -ENOMEM},
        {{.image = "abc", .image_size = 3}, -ENOEXEC},
        {{.image = "", .image_size = 0}, -ENOEXEC},
    };
    struct fp_machine *machine = NULL;
    uint32_t pid = 77;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(fp_create(&machine, &bad[i]), -EINVAL);
    assert_null(machine);

    machine = create(NULL);
    assert_string_equal(fp_error(machine), "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(fp_load(machine, &rows[i].program, &pid), rows[i].err);
        assert_true(strlen(fp_error(machine)) > 0);
        assert_int_equal(fp_living(machine), 0);
    }
    assert_int_equal(pid, 77);
    assert_int_equal(fp_grant(machine, "x", &rows[0].program), -EINVAL);
    assert_int_equal(fp_set_handler(machine, FP_TRAPS, NULL, NULL), -EINVAL);
    assert_int_equal(fp_inject_fault(machine, 1, FP_TRAP_TIMER), -EINVAL);
    assert_int_equal(fp_inject_fault(machine, 1, (enum fp_cause)99), -EINVAL);
    assert_int_equal(fp_at(machine, 1, NULL, NULL), -EINVAL);
    assert_null(fp_cause_name(FP_TRAPS));
    assert_string_equal(fp_cause_name(FP_TRAP_BOUNDS), "bounds");
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    destroy(machine);
}

static void test_library_finds_what_it_grants(void **state)
{
    static const char *const argv[] = {"pipeline", NULL};
    const struct fp_program pipeline = {
        .path = GUESTS "x86/processes/pipeline", .argv = argv, .bounds = 65536};
    struct fp_machine *with = create(NULL), *without = create(NULL);

    (void)state;
    assert_int_equal(fp_grant(with, "pipeline", &pipeline), 0);
    (void)load(with, &pipeline);
    (void)load(without, &pipeline);
    assert_int_equal(fp_run(with, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_run(without, FP_FOREVER), FP_DONE);
    assert_string_not_equal(fp_output(with, 1, NULL),
                            fp_output(without, 1, NULL));
    destroy(with);
    destroy(without);
}

static void test_library_survives_every_enomem(void **state)
{
    const struct fp_config config = {.memory = 65536};
    bool done = false;

    (void)state;
    for (int n = 0; !done; n++) {
        struct fp_machine *machine = NULL;
        uint32_t pid;
        int err;

        failing_after(n);
        err = fp_create(&machine, &config);
        if (!err)
            err = fp_input(machine, "x", 1);
        if (!err)
            err = fp_grant(machine, "hello", &x86_hello);
        if (!err)
            err = fp_load(machine, &x86_hello, &pid);
        if (!err)
            err = fp_compact_at(machine, 100);
        failing_after(-1);
        assert_true(err == 0 || err == -ENOMEM);
        done = err == 0;
        if (done)
            assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
        fp_destroy(machine);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_runs_and_captures),
        cmocka_unit_test(test_library_gives_input),
        cmocka_unit_test(test_library_lets_others_write),
        cmocka_unit_test(test_library_captures_no_more_than_it_may),
        cmocka_unit_test(test_library_runs_step_by_step),
        cmocka_unit_test(test_library_has_two_machines_at_once),
        cmocka_unit_test(test_library_knows_how_each_process_ended),
        cmocka_unit_test(test_library_refuses_bad_use),
        cmocka_unit_test(test_library_finds_what_it_grants),
        cmocka_unit_test(test_library_survives_every_enomem),
    };

    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
