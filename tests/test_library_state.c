/* tests/test_library_state.c - emu/lib: registers, memory, segments, PCBs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "tests/library.h"

static void test_library_reads_and_writes_registers(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t x86 = load(machine, &x86_hello);
    const uint32_t arm = load(machine, &arm_hello);
    uint8_t wide[16] = {1, 2, 3}, back[16];
    uint32_t value;

    (void)state;
    assert_int_equal(fp_set_reg(machine, x86, "ebx", 0x1234), 0);
    assert_int_equal(fp_reg(machine, x86, "arg0", &value), 0);
    assert_int_equal(value, 0x1234);
    assert_int_equal(fp_set_reg(machine, arm, "result", 9), 0);
    assert_int_equal(fp_reg(machine, arm, "r0", &value), 0);
    assert_int_equal(value, 9);
    assert_int_equal(fp_set_reg_bytes(machine, x86, "xmm3", wide, 16), 0);
    assert_int_equal(fp_reg_bytes(machine, x86, "xmm3", back, 16), 0);
    assert_memory_equal(wide, back, 16);
    assert_int_equal(fp_reg_bytes(machine, arm, "d31", back, 8), 0);

    assert_int_equal(fp_reg(machine, x86, "r0", &value), -ENOENT);
    assert_int_equal(fp_reg(machine, x86, "xmm0", &value), -EINVAL);
    assert_int_equal(fp_reg_bytes(machine, x86, "st0", back, 16), -EINVAL);
    assert_int_equal(fp_reg(machine, 99, "pc", &value), -ESRCH);
    assert_int_equal(fp_set_reg(machine, 0, "pc", 1), -ESRCH);
    destroy(machine);
}

static void test_library_reads_and_writes_memory(void **state)
{
    const struct fp_program seg = {.path = GUESTS "x86/segmented/hello",
                                   .scheme = "segmented"};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &seg);
    enum fp_cause cause = FP_TRAPS;
    uint32_t pa, word = 0x01020304, back = 0;

    (void)state;
    /* Code can be read, and written only by who asks for no rights. */
    assert_int_equal(fp_read(machine, pid, 0, &back, 4), 0);
    assert_int_equal(fp_write(machine, pid, 0, &word, 4), -EFAULT);
    assert_int_equal(fp_translate(machine, pid, 0, 4, FP_WRITE, &pa, &cause),
                     -EFAULT);
    assert_int_equal(cause, FP_TRAP_PROTECTION);
    assert_int_equal(fp_poke(machine, pid, 4, &word, 4), 0);
    assert_int_equal(fp_peek(machine, pid, 4, &back, 4), 0);
    assert_int_equal(back, word);

    /* The last bytes of the stack. */
    assert_int_equal(fp_peek(machine, pid, 0xfffffffc, &back, 4), 0);
    assert_int_equal(fp_peek(machine, pid, 0xfffffffc, &back, 5), -EFAULT);
    assert_int_equal(fp_peek(machine, pid, 0x80000000, &back, 1), -EFAULT);
    assert_int_equal(
        fp_translate(machine, pid, 0x80000000, 1, FP_READ, &pa, &cause),
        -EFAULT);
    assert_int_equal(cause, FP_TRAP_BOUNDS);
    assert_int_equal(fp_translate(machine, pid, 0, 0, FP_READ, &pa, NULL),
                     -EINVAL);
    assert_int_equal(
        fp_translate(machine, pid, 0, 1, (enum fp_right)3, &pa, NULL), -EINVAL);
    assert_int_equal(fp_read(machine, 9, 0, &back, 1), -ESRCH);
    assert_int_equal(fp_phys_read(machine, UINT32_MAX, &back, 4), -ERANGE);
    assert_int_equal(fp_phys_write(machine, 64u << 20, &back, 1), -ERANGE);
    assert_int_equal(fp_phys_write(machine, (64u << 20) - 1, &back, 1), 0);
    destroy(machine);
}

static void test_library_reads_and_writes_segments(void **state)
{
    static const struct {
        struct fp_segment segment;
        unsigned number;
        int err;
    } rows[] = {
        {{.base = 0, .bounds = 16, .rights = 7, .present = true}, 8, -ERANGE},
        {{.base = 64u << 20, .bounds = 1, .present = true}, 1, -EFAULT},
        {{.bounds = UINT32_MAX, .present = true}, 1, -ERANGE},
        {{.base = 1, .bounds = 2, .grows_down = true, .present = true},
         3,
         -EFAULT},
    };
    const struct fp_program seg = {.path = GUESTS "arm/segmented/hello",
                                   .scheme = "segmented"};
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &seg);
    struct fp_segment s;
    struct fp_process process;
    uint32_t base, size;

    (void)state;
    assert_int_equal(fp_process(machine, pid, &process), 0);
    assert_string_equal(process.arch, "arm");
    assert_string_equal(process.scheme, "segmented");
    assert_int_equal(process.segments, 8);
    assert_int_equal(fp_segment(machine, pid, 3, &s), 0);
    assert_true(s.grows_down && s.present && s.bounds == 65536);
    assert_int_equal(fp_reserved(machine, pid, 3, &base, &size), 0);
    assert_int_equal(base + size, s.base);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            fp_set_segment(machine, pid, rows[i].number, &rows[i].segment),
            rows[i].err);
    assert_true(fp_check(machine));

    assert_int_equal(fp_resize(machine, pid, 3, 70000), 0);
    assert_int_equal(fp_segment(machine, pid, 3, &s), 0);
    assert_int_equal(s.bounds, 70000);
    assert_int_equal(fp_resize(machine, pid, 3, 64u << 20), -ENOMEM);
    assert_int_equal(fp_resize(machine, pid, 3, UINT32_MAX), -ERANGE);
    assert_int_equal(fp_resize(machine, pid, 8, 1), -ERANGE);
    assert_int_equal(fp_resize(machine, 5, 3, 1), -ESRCH);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_string_equal(fp_output(machine, 1, NULL), "hello, world\n");
    destroy(machine);
}

static void test_library_reads_and_writes_pcbs(void **state)
{
    struct fp_machine *machine = create(NULL);
    const uint32_t pid = load(machine, &x86_hello);
    uint32_t value = 0;

    (void)state;
    assert_int_equal(fp_pcb_read(machine, pid, FP_PCB_PID, &value, 4), 0);
    assert_int_equal(value, pid);
    assert_int_equal(fp_pcb_write(machine, pid, FP_PCB_STATE, &value, 4),
                     -EPERM);
    assert_int_equal(fp_pcb_read(machine, pid, FP_PCB_SIZE, &value, 1),
                     -ERANGE);
    assert_int_equal(fp_pcb_read(machine, pid, 8, &value, UINT32_MAX), -ERANGE);
    value = 42; /* eax is the first register */
    assert_int_equal(fp_pcb_write(machine, pid, FP_PCB_REGISTERS, &value, 4),
                     0);
    assert_int_equal(fp_reg(machine, pid, "eax", &value), 0);
    assert_int_equal(value, 42);
    assert_int_equal(fp_pcb_read(machine, 2, 0, &value, 4), -ESRCH);
    assert_int_equal(fp_kill(machine, pid, 0), -EINVAL);
    assert_int_equal(fp_kill(machine, pid, 65), -EINVAL);
    assert_int_equal(fp_kill(machine, pid, 9), 0);
    assert_int_equal(exit_code(machine, pid), 137);
    assert_int_equal(fp_exit(machine, pid, 0), -ESRCH);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    destroy(machine);
}

/* What a kernel alone may have in its registers a guest does not get. */
static void test_library_keeps_guests_in_user_mode(void **state)
{
    static const struct {
        const char *guest, *reg;
        uint32_t value, code;
    } rows[] = {
        {"x86/zoo/privileged_instruction", "cs", 0x08, 132},
        {"x86/zoo/privileged_instruction", "ss", 0x10, 132},
        {"x86/zoo/privileged_instruction", "flags", 0x23200, 132},
        {"x86/hello", "ds", 0x10, 0},
        {"x86/hello", "fs", 0xffff, 0},
        {"x86/hello", "flags", 0x23200, 0},
        {"arm/hello", "cpsr", 0x13, 0},
        {"arm/hello", "cpsr", 0x0f, 0},
        {"arm/hello", "cpsr", 0x200, 0},
        {"arm/zoo/privileged_instruction", "cpsr", 0x1f, 132},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fp_machine *machine = create(NULL);
        char path[64];
        const struct fp_program program = {.path = path};
        uint32_t pid;

        snprintf(path, sizeof(path), GUESTS "%s", rows[i].guest);
        pid = load(machine, &program);
        assert_int_equal(fp_set_reg(machine, pid, rows[i].reg, rows[i].value),
                         0);
        assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
        assert_int_equal(exit_code(machine, pid), rows[i].code);
        destroy(machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_reads_and_writes_registers),
        cmocka_unit_test(test_library_reads_and_writes_memory),
        cmocka_unit_test(test_library_reads_and_writes_segments),
        cmocka_unit_test(test_library_reads_and_writes_pcbs),
        cmocka_unit_test(test_library_keeps_guests_in_user_mode),
    };

    return cmocka_run_group_tests_name("library state", tests, NULL, NULL);
}
