/* tests/test_syscall.c - the system calls, and each error of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "tests/failing.h"
#include "tests/rig.h"

#define BOUNDS RIG_BOUNDS
#define BUF    0x300u /* free bytes between the image and the stack */
#define IOV    0x280u

/* A result register that holds a negated errno value. */
static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

static struct process *spawn(struct rig *rig)
{
    return rig_spawn(rig, ELF_X86, OS_BASE_ANY, BOUNDS);
}

static void expect_output(struct rig *rig, const char *text)
{
    assert_int_equal(rig->out_size, strlen(text));
    assert_memory_equal(rig->out, text, strlen(text));
    rig->out_size = 0;
}

static uint32_t call_write(struct rig *rig, struct process *p, uint32_t fd,
                           vaddr_t va, uint32_t size)
{
    return rig_call(rig, p, ABI_SYS_WRITE, fd, va, size);
}

static uint32_t call_read(struct rig *rig, struct process *p, uint32_t fd,
                          vaddr_t va, uint32_t size)
{
    return rig_call(rig, p, ABI_SYS_READ, fd, va, size);
}

static uint32_t call_brk(struct rig *rig, struct process *p, vaddr_t to)
{
    return rig_call(rig, p, ABI_SYS_BRK, to, 0, 0);
}

/* The two conventions of abi.h, register by register. */
static void test_syscall_conventions_are_linux(void **state)
{
    static const struct {
        uint16_t machine;
        unsigned number, a, b, c, result;
    } rows[] = {
        {ELF_X86, X86_EAX, X86_EBX, X86_ECX, X86_EDX, X86_EAX},
        {ELF_ARM, ARM_R7, ARM_R0, ARM_R0 + 1, ARM_R0 + 2, ARM_R0},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < 2; i++) {
        struct process *p =
            rig_spawn(rig, rows[i].machine, OS_BASE_ANY, BOUNDS);
        const struct trap trap = {.cause = TRAP_SYSCALL};
        struct cpu_state before, after;

        memcpy(rig_bytes(rig, p, BUF), "hello", 5);
        pcb_set_reg(rig->phys, p->pcb, p->isa, rows[i].number, 4);
        pcb_set_reg(rig->phys, p->pcb, p->isa, rows[i].a, 2);
        pcb_set_reg(rig->phys, p->pcb, p->isa, rows[i].b, BUF);
        pcb_set_reg(rig->phys, p->pcb, p->isa, rows[i].c, 5);
        pcb_restore(rig->phys, p->pcb, p->isa, &before);
        assert_ptr_equal(os_trap(rig->os, p, &trap), p);
        assert_int_equal(rig->out_fd, 2);
        expect_output(rig, "hello");
        /* Nothing but the result register changes. */
        pcb_restore(rig->phys, p->pcb, p->isa, &after);
        isa_set(p->isa, &before, rows[i].result, 5);
        assert_memory_equal(&after, &before, p->isa->save_size);
        os_exit(rig->os, p, 0);
    }
}

static void test_syscall_unknown_numbers_are_enosys(void **state)
{
    static const uint32_t numbers[] = {0, 5, 9, 248, 1000, 0xf0005, UINT32_MAX};
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        assert_true(rig_call(rig, p, numbers[i], 0, 0, 0) == minus(ABI_ENOSYS));
}

static void test_syscall_exit_keeps_the_low_byte(void **state)
{
    static const struct {
        uint16_t machine;
        uint32_t number, status, code;
    } cases[] = {
        {ELF_X86, 1, 0, 0},      {ELF_X86, 1, 7, 7},
        {ELF_X86, 252, 300, 44}, {ELF_X86, 252, UINT32_MAX, 255},
        {ELF_ARM, 1, 255, 255},  {ELF_ARM, 248, 256, 0},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *p =
            rig_spawn(rig, cases[i].machine, OS_BASE_ANY, BOUNDS);

        assert_int_equal(
            rig_call(rig, p, cases[i].number, cases[i].status, 0, 0),
            cases[i].code);
        assert_int_equal(p->pid, 0);
        assert_true(rig_is_empty(rig));
    }
}

static void test_syscall_getpid_counts_from_1(void **state)
{
    struct rig *rig = *state;

    for (uint32_t pid = 1; pid <= 3; pid++) {
        struct process *p = spawn(rig);

        assert_int_equal(rig_call(rig, p, ABI_SYS_GETPID, 9, 9, 9), pid);
        os_exit(rig->os, p, 0);
    }
}

static void test_syscall_write_moves_bytes_or_says_why(void **state)
{
    static const struct {
        const char *what;
        uint32_t fd, va, size, result;
    } cases[] = {
        {"stdout", 1, BUF, 4, 4},
        {"stderr", 2, BUF, 4, 4},
        {"nothing", 1, BUF, 0, 0},
        {"nothing, from nowhere", 1, UINT32_MAX, 0, 0},
        {"the last bytes", 1, BOUNDS - 2, 2, 2},
        {"everything", 1, 0, BOUNDS, BOUNDS},
        {"one byte too many", 1, 0, BOUNDS + 1, 0u - ABI_EFAULT},
        {"straddles bounds", 1, BOUNDS - 1, 2, 0u - ABI_EFAULT},
        {"at bounds", 1, BOUNDS, 1, 0u - ABI_EFAULT},
        {"negative length", 1, BUF, UINT32_MAX, 0u - ABI_EFAULT},
        {"wraps", 1, UINT32_MAX, 2, 0u - ABI_EFAULT},
        {"stdin", 0, BUF, 4, 0u - ABI_EBADF},
        {"closed", 3, BUF, 4, 0u - ABI_EBADF},
        {"negative", UINT32_MAX, BUF, 4, 0u - ABI_EBADF},
        {"closed, from nowhere", 3, UINT32_MAX, 4, 0u - ABI_EBADF},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t want = cases[i].result;
        const uint32_t moved = want > BOUNDS ? 0 : want;

        rig->out_size = 0;
        const uint32_t result =
            call_write(rig, p, cases[i].fd, cases[i].va, cases[i].size);
        if (result != want || rig->out_size != moved)
            fail_msg("%s: %d, %u bytes", cases[i].what, (int)result,
                     rig->out_size);
        if (moved > 0) {
            assert_int_equal(rig->out_fd, cases[i].fd);
            assert_memory_equal(rig->out, rig_bytes(rig, p, cases[i].va),
                                moved);
        }
    }
}

/* More than one buffer's worth, in order. */
static void test_syscall_write_moves_large_ranges(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, 50000);

    phys_pattern_fill(rig->phys, p->blocks[0].base, 49000);
    assert_int_equal(call_write(rig, p, 1, 3, 48001), 48001);
    assert_int_equal(rig->out_size, 48001);
    assert_memory_equal(rig->out, rig_bytes(rig, p, 3), 48001);
}

static void test_syscall_write_passes_on_what_the_host_says(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 20000);

    rig->write_error = -ABI_EINTR;
    assert_true(call_write(rig, p, 1, 0, 10) == minus(ABI_EINTR));
    rig->writes_before_error = 0;
    rig->write_error = -ABI_ENOSPC;
    assert_true(call_write(rig, p, 1, 0, 10) == minus(ABI_ENOSPC));
    /* An error after some bytes: their number. */
    rig->writes_before_error = 2;
    assert_int_equal(call_write(rig, p, 1, 0, 20000), 8192);
    /* A host that takes less than it was offered. */
    rig->write_error = 0;
    rig->take_max = 100;
    rig->out_size = 0;
    assert_int_equal(call_write(rig, p, 1, 0, 20000), 100);
    assert_int_equal(rig->out_size, 100);
    rig->take_max = 0;
    assert_int_equal(call_write(rig, p, 1, 0, 5), 0);
}

static void test_syscall_write_without_reader_ends_the_process(void **state)
{
    struct rig *rig = *state;

    rig->write_error = -ABI_EPIPE;
    assert_int_equal(call_write(rig, spawn(rig), 1, BUF, 4), 128 + 13);
    rig->writes_before_error = 1;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 20000);
    assert_int_equal(call_write(rig, p, 1, 0, 20000), 128 + 13);
    p = spawn(rig);
    rig->writes_before_error = 1;
    phys_write32(rig->phys, p->blocks[0].base + IOV, BUF);
    phys_write32(rig->phys, p->blocks[0].base + IOV + 4, 1);
    phys_write32(rig->phys, p->blocks[0].base + IOV + 8, BUF);
    phys_write32(rig->phys, p->blocks[0].base + IOV + 12, 1);
    assert_int_equal(rig_call(rig, p, ABI_SYS_WRITEV, 1, IOV, 2), 128 + 13);
    assert_true(rig_is_empty(rig));
}

static void test_syscall_read_moves_bytes_or_says_why(void **state)
{
    static const struct {
        const char *what;
        uint32_t fd, va, size, result;
    } cases[] = {
        {"all there is", 0, BUF, 100, 6},
        {"some of it", 0, BUF, 4, 4},
        {"nothing", 0, BUF, 0, 0},
        {"nothing, to nowhere", 0, UINT32_MAX, 0, 0},
        {"the last bytes", 0, BOUNDS - 3, 3, 3},
        {"straddles bounds", 0, BOUNDS - 3, 4, 0u - ABI_EFAULT},
        {"at bounds", 0, BOUNDS, 1, 0u - ABI_EFAULT},
        {"negative length", 0, BUF, UINT32_MAX, 0u - ABI_EFAULT},
        {"stdout", 1, BUF, 4, 0u - ABI_EBADF},
        {"closed, to nowhere", 3, UINT32_MAX, 4, 0u - ABI_EBADF},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t want = cases[i].result;
        const uint32_t moved = want > BOUNDS ? 0 : want;
        const vaddr_t va = moved ? cases[i].va : BUF;

        rig->in = (const uint8_t *)"abcdef";
        rig->in_size = 6;
        phys_pattern_fill(rig->phys, p->blocks[0].base + BUF, BOUNDS - BUF);
        const uint32_t result =
            call_read(rig, p, cases[i].fd, cases[i].va, cases[i].size);
        if (result != want)
            fail_msg("%s: %d", cases[i].what, (int)result);
        assert_int_equal(rig->in_size, 6 - moved);
        assert_memory_equal(rig_bytes(rig, p, va), "abcdef", moved);
        assert_int_equal(phys_pattern_find(rig->phys,
                                           p->blocks[0].base + va + moved,
                                           BOUNDS - va - moved),
                         p->blocks[0].base + BOUNDS);
        assert_int_equal(
            phys_pattern_find(rig->phys, p->blocks[0].base + BUF, va - BUF),
            p->blocks[0].base + va);
    }
}

static void test_syscall_read_ends_with_0_and_passes_errors_on(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    assert_int_equal(call_read(rig, p, 0, BUF, 10), 0);
    rig->read_error = -ABI_EINTR;
    assert_true(call_read(rig, p, 0, BUF, 10) == minus(ABI_EINTR));
    rig->read_error = -ABI_EIO;
    assert_true(call_read(rig, p, 0, BUF, 10) == minus(ABI_EIO));
}

/* One host read for one read, however large. */
static void test_syscall_read_moves_large_ranges(void **state)
{
    static uint8_t input[30000];
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 50000);

    for (size_t i = 0; i < sizeof(input); i++)
        input[i] = (uint8_t)(i * 31 >> 3);
    rig->in = input;
    rig->in_size = sizeof(input);
    assert_int_equal(call_read(rig, p, 0, 1001, 40000), 30000);
    assert_int_equal(rig->reads, 1);
    assert_memory_equal(rig_bytes(rig, p, 1001), input, sizeof(input));

    rig->in = input;
    rig->in_size = sizeof(input);
    failing_after(0);
    const uint32_t result = call_read(rig, p, 0, 1001, 40000);
    failing_after(-1);
    assert_true(result == minus(ABI_ENOMEM));
    assert_int_equal(rig->in_size, sizeof(input));
}

static void test_syscall_read_into_code_raises_epoch(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const uint64_t before = rig->phys->code_epoch;

    phys_mark_code(rig->phys, p->blocks[0].base + BUF + 1, 1);
    rig->in = (const uint8_t *)"abc";
    rig->in_size = 3;
    assert_int_equal(call_read(rig, p, 0, BUF, 1), 1);
    assert_true(rig->phys->code_epoch == before);
    assert_int_equal(call_read(rig, p, 0, BUF, 2), 2);
    assert_true(rig->phys->code_epoch > before);
}

struct iov {
    uint32_t base, size;
};

static uint32_t call_writev(struct rig *rig, struct process *p, uint32_t fd,
                            const struct iov *iov, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        phys_write32(rig->phys, p->blocks[0].base + IOV + 8 * i, iov[i].base);
        phys_write32(rig->phys, p->blocks[0].base + IOV + 8 * i + 4,
                     iov[i].size);
    }
    return rig_call(rig, p, ABI_SYS_WRITEV, fd, IOV, count);
}

static void test_syscall_writev_moves_elements_or_says_why(void **state)
{
    static const struct {
        const char *what;
        uint32_t fd, count;
        struct iov iov[3];
        uint32_t result;
        const char *out;
    } cases[] = {
        {"two", 1, 2, {{BUF, 3}, {BUF + 4, 2}}, 5, "abcef"},
        {"in any order", 2, 2, {{BUF + 4, 2}, {BUF, 1}}, 3, "efa"},
        {"none", 1, 0, {{0, 0}}, 0, ""},
        {"empty elements", 1, 3, {{BUF, 0}, {BUF, 1}, {9999, 0}}, 1, "a"},
        {"bad first", 1, 2, {{BOUNDS, 1}, {BUF, 1}}, 0u - ABI_EFAULT, ""},
        {"bad second", 1, 2, {{BUF, 2}, {BOUNDS - 1, 2}}, 2, "ab"},
        {"bad after empty", 1, 2, {{BUF, 0}, {BOUNDS, 1}}, 0u - ABI_EFAULT, ""},
        {"nothing after a bad one",
         1,
         3,
         {{BUF, 2}, {BOUNDS, 1}, {BUF, 3}},
         2,
         "ab"},
        {"negative length", 1, 1, {{BUF, 0x80000000}}, 0u - ABI_EINVAL, ""},
        {"negative length last",
         1,
         2,
         {{BUF, 1}, {BUF, UINT32_MAX}},
         0u - ABI_EINVAL,
         ""},
        {"stdin", 0, 1, {{BUF, 1}}, 0u - ABI_EBADF, ""},
        {"closed", 3, 1, {{BUF, 1}}, 0u - ABI_EBADF, ""},
        /* The sum of lengths may overflow; Linux clips it. */
        {"huge second", 1, 2, {{BUF, 2}, {0, INT32_MAX}}, 2, "ab"},
        {"huge both",
         1,
         2,
         {{0, INT32_MAX}, {0, INT32_MAX}},
         0u - ABI_EFAULT,
         ""},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    memcpy(rig_bytes(rig, p, BUF), "abcdef", 6);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t result =
            call_writev(rig, p, cases[i].fd, cases[i].iov, cases[i].count);

        if (result != cases[i].result)
            fail_msg("%s: %d", cases[i].what, (int)result);
        expect_output(rig, cases[i].out);
    }
}

static void test_syscall_writev_checks_its_array(void **state)
{
    static const struct {
        const char *what;
        uint32_t fd, va, count, result;
    } cases[] = {
        {"at bounds", 1, BOUNDS, 1, 0u - ABI_EFAULT},
        {"straddles bounds", 1, BOUNDS - 7, 1, 0u - ABI_EFAULT},
        {"second straddles", 1, BOUNDS - 12, 2, 0u - ABI_EFAULT},
        {"wraps", 1, UINT32_MAX - 3, 1, 0u - ABI_EFAULT},
        {"none, nowhere", 1, UINT32_MAX, 0, 0},
        {"too many", 1, BUF, 1025, 0u - ABI_EINVAL},
        {"negative", 1, BUF, UINT32_MAX, 0u - ABI_EINVAL},
        {"count that overflows", 1, BUF, 0x20000000, 0u - ABI_EINVAL},
        {"too many, closed", 3, BUF, 1025, 0u - ABI_EBADF},
        {"too many, nowhere", 1, UINT32_MAX, 1025, 0u - ABI_EINVAL},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t result = rig_call(rig, p, ABI_SYS_WRITEV, cases[i].fd,
                                         cases[i].va, cases[i].count);

        if (result != cases[i].result)
            fail_msg("%s: %d", cases[i].what, (int)result);
        expect_output(rig, "");
    }
}

static void test_syscall_writev_takes_1024_elements(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 20000);
    static struct iov iov[1024];

    for (uint32_t i = 0; i < 1024; i++)
        iov[i] = (struct iov){i, 1};
    assert_int_equal(call_writev(rig, p, 1, iov, 1024), 1024);
    assert_memory_equal(rig->out, rig_bytes(rig, p, 0), 1024);
}

static void test_syscall_writev_stops_where_the_host_does(void **state)
{
    static const struct iov iov[] = {{BUF, 3}, {BUF, 3}};
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    memcpy(rig_bytes(rig, p, BUF), "abc", 3);
    rig->take_max = 2;
    assert_int_equal(call_writev(rig, p, 1, iov, 2), 2);
    expect_output(rig, "ab");
    rig->take_max = UINT32_MAX;
    rig->write_error = -ABI_EINTR;
    rig->writes_before_error = 1;
    assert_int_equal(call_writev(rig, p, 1, iov, 2), 3);
    rig->writes_before_error = 0;
    assert_true(call_writev(rig, p, 1, iov, 2) == minus(ABI_EINTR));
}

static void test_syscall_brk_moves_between_image_and_stack(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const uint32_t sp = pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->sp);
    const uint32_t top = sp - ABI_STACK_GAP;
    const struct {
        const char *what;
        uint32_t wanted, now;
    } steps[] = {
        {"where it starts", 0, ELF_BUILD_END},
        {"one byte", ELF_BUILD_END + 1, ELF_BUILD_END + 1},
        {"back", ELF_BUILD_END, ELF_BUILD_END},
        {"below the image's end", ELF_BUILD_END - 1, ELF_BUILD_END},
        {"up to the gap", top, top},
        {"into the gap", top + 1, top},
        {"into the stack", sp + 1, top},
        {"up to bounds", BOUNDS, top},
        {"past bounds", BOUNDS + 1, top},
        {"to the top", UINT32_MAX, top},
        {"the same again", top, top},
        {"less", top - 100, top - 100},
        {"a question", 0, top - 100},
    };

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const uint32_t now = call_brk(rig, p, steps[i].wanted);

        if (now != steps[i].now)
            fail_msg("%s: want %#x, got %#x", steps[i].what, steps[i].now, now);
        assert_int_equal(pcb_get(rig->phys, p->pcb, PCB_FIELD_BREAK), now);
        assert_true(os_check(rig->os));
    }
}

/* Wherever the stack pointer points. */
static void test_syscall_brk_survives_any_stack_pointer(void **state)
{
    static const struct {
        const char *what;
        uint32_t sp, wanted, now;
    } cases[] = {
        {"at 0", 0, 0x400, ELF_BUILD_END},
        {"less than the gap", ABI_STACK_GAP - 1, 0x400, ELF_BUILD_END},
        {"in the image", 0x100, 0x400, ELF_BUILD_END},
        {"at the top", UINT32_MAX, BOUNDS - ABI_STACK_GAP,
         BOUNDS - ABI_STACK_GAP},
        {"at the top, too far", UINT32_MAX, BOUNDS - ABI_STACK_GAP + 1,
         ELF_BUILD_END},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *p = spawn(rig);

        pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->sp, cases[i].sp);
        const uint32_t now = call_brk(rig, p, cases[i].wanted);
        if (now != cases[i].now)
            fail_msg("%s: %#x", cases[i].what, now);
        /* Giving back is always possible. */
        assert_int_equal(call_brk(rig, p, ELF_BUILD_END), ELF_BUILD_END);
        os_exit(rig->os, p, 0);
    }
}

static void test_syscall_brk_memory_reads_zero(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_ARM, 0x5003, 20000);
    const uint32_t end = ELF_BUILD_END + 9000;

    for (int round = 0; round < 3; round++) {
        phys_fill(rig->phys, p->blocks[0].base + ELF_BUILD_END, 0xee, 10000);
        assert_int_equal(call_brk(rig, p, end), end);
        for (vaddr_t va = ELF_BUILD_END; va < end; va++)
            assert_int_equal(*rig_bytes(rig, p, va), 0);
        assert_int_equal(*rig_bytes(rig, p, end), 0xee);
        assert_memory_equal(rig_bytes(rig, p, ELF_BUILD_DATA), "datadata", 8);
        assert_int_equal(call_brk(rig, p, ELF_BUILD_END), ELF_BUILD_END);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_syscall_conventions_are_linux,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_unknown_numbers_are_enosys,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_exit_keeps_the_low_byte,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_getpid_counts_from_1,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_write_moves_bytes_or_says_why, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_write_moves_large_ranges,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_write_passes_on_what_the_host_says, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_write_without_reader_ends_the_process, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_read_moves_bytes_or_says_why, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_read_ends_with_0_and_passes_errors_on, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_read_moves_large_ranges,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_read_into_code_raises_epoch, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_writev_moves_elements_or_says_why, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_writev_checks_its_array,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_writev_takes_1024_elements,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_writev_stops_where_the_host_does, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_brk_moves_between_image_and_stack, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_syscall_brk_survives_any_stack_pointer, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_syscall_brk_memory_reads_zero,
                                        rig_setup, rig_teardown),
    };

    return cmocka_run_group_tests_name("syscall", tests, NULL, NULL);
}
