/*
 * tests/test_break.c - os/break.c: the program break is where the heap's
 * segment ends, whoever moves it, and whether it is in memory or on the disk.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/inspect.h"
#include "os/internal.h"
#include "tests/rig.h"

#define BOUNDS 4096u
#define PC     0x94u
#define DISK   (64u * 1024u)

/* How many bytes the good file has before its heap, and where. */
static const struct space {
    const char *scheme;
    unsigned selector;
    vaddr_t begin;
    uint32_t least; /* bounds */
} spaces[] = {
    {"segmented", 1, 0x40000000, 0x30},
    {"implicit", IMPLICIT_DATA, 0, 0x30},
    {"table", 1, 0x40000000, 0x30},
};
#define SPACES (sizeof(spaces) / sizeof(spaces[0]))

static uint8_t disk[DISK];

static int disk_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    (void)ctx;
    memcpy(disk + at, from, size);
    return 0;
}

static int disk_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    (void)ctx;
    memcpy(to, disk + at, size);
    return 0;
}

static struct rig *begin(void **state)
{
    const struct os_disk host = {disk_read, disk_write, NULL};
    struct rig *rig = *state;

    assert_int_equal(os_set_swap(rig->os, &host, DISK), 0);
    return rig;
}

static struct process *spawn(struct rig *rig, const struct space *space)
{
    static const char *const argv[] = {"prog"};
    struct process *process = NULL;
    struct elf_build elf;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, PH(1, PH_VADDR), 4, space->begin);
    const struct os_program program = {
        .file = elf.bytes,
        .file_size = elf.size,
        .argc = 1,
        .argv = argv,
        .scheme = os_scheme_find(space->scheme),
        .base = OS_BASE_ANY,
        .bounds = BOUNDS,
        .stack = BOUNDS,
        .va_bits = 32,
        .seg_bits = strcmp(space->scheme, "implicit") == 0 ? 0 : 2,
    };
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

static uint32_t break_of(struct rig *rig, const struct process *p)
{
    return pcb_get(rig->phys, p->pcb, PCB_FIELD_BREAK);
}

static enum os_action want_growth(struct os *os, struct process *process,
                                  const struct trap *trap, void *context)
{
    (void)os, (void)process, (void)trap, (void)context;
    return OS_GROW;
}

/* What becomes of an access at @va, 4 bytes, that is out of bounds. */
static struct process *grow_for(struct rig *rig, struct process *p, vaddr_t va)
{
    const struct trap trap = {
        .cause = TRAP_BOUNDS,
        .pc = PC,
        .access = {va, 4, MMU_WRITE, MMU_USE_DATA},
    };
    struct process *next;

    os_set_handler(rig->os, TRAP_BOUNDS, want_growth, NULL);
    next = os_trap(rig->os, p, &trap);
    os_set_handler(rig->os, TRAP_BOUNDS, NULL, NULL);
    return next;
}

/* Present, where a table had it absent at first. */
static void bring_in(struct rig *rig, struct process *p, unsigned selector)
{
    if (os_get_segment(rig->os, p, selector).absent)
        assert_int_equal(os_bring_in(rig->os, p, selector), 0);
}

static void test_break_follows_a_segment_that_grows(void **state)
{
    struct rig *rig = begin(state);

    for (size_t i = 0; i < SPACES; i++) {
        const struct space *space = &spaces[i];
        struct process *p = spawn(rig, space);
        const vaddr_t far = space->begin + 1000;

        bring_in(rig, p, space->selector);
        assert_int_equal(break_of(rig, p), space->begin + space->least);
        assert_ptr_equal(grow_for(rig, p, far - 4), p);
        assert_int_equal(break_of(rig, p), far);
        assert_true(os_check(rig->os));

        /* What the guest stores there stays when it moves the break itself. */
        rig_put(rig, p, far - 4, "kept");
        assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, far + 16, 0, 0),
                         far + 16);
        rig_expect(rig, p, far - 4, "kept");
        assert_true(os_check(rig->os));
        os_exit(rig->os, p, 0);
    }
}

static void test_break_follows_who_resizes(void **state)
{
    struct rig *rig = begin(state);

    for (size_t i = 0; i < SPACES; i++) {
        const struct space *space = &spaces[i];
        struct process *p = spawn(rig, space);
        static const uint32_t sizes[] = {2000, 0x31, 0x30, 500};

        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            assert_int_equal(
                os_try_resize(rig->os, p, space->selector, sizes[k]), 0);
            assert_int_equal(break_of(rig, p), space->begin + sizes[k]);
            assert_true(os_check(rig->os));
        }
        os_exit(rig->os, p, 0);
    }
}

/* The stack's end is not the heap's. */
static void test_break_stays_when_another_segment_moves(void **state)
{
    struct rig *rig = begin(state);

    for (size_t i = 0; i < SPACES; i++) {
        const struct space *space = &spaces[i];
        struct process *p = spawn(rig, space);
        const unsigned stack = strcmp(space->scheme, "implicit") == 0
                                   ? (unsigned)IMPLICIT_STACK
                                   : 3u;

        assert_int_equal(os_try_resize(rig->os, p, stack, BOUNDS + 64), 0);
        assert_int_equal(os_try_resize(rig->os, p, stack, 64), 0);
        assert_int_equal(break_of(rig, p), space->begin + space->least);
        assert_true(os_check(rig->os));
        os_exit(rig->os, p, 0);
    }
}

static void test_break_is_never_below_the_file_s_bytes(void **state)
{
    struct rig *rig = begin(state);

    for (size_t i = 0; i < SPACES; i++) {
        const struct space *space = &spaces[i];
        struct process *p = spawn(rig, space);

        for (uint32_t bounds = 0; bounds < space->least; bounds += 0x2f) {
            assert_int_equal(os_try_resize(rig->os, p, space->selector, bounds),
                             -EINVAL);
            assert_int_equal(break_of(rig, p), space->begin + space->least);
            assert_int_equal(os_get_segment(rig->os, p, space->selector).bounds,
                             space->least);
            assert_true(os_check(rig->os));
        }
        os_exit(rig->os, p, 0);
    }
}

/* One segment for all: its end is not the heap's, but bounds it. */
static void test_break_comes_down_under_base_and_bounds(void **state)
{
    struct rig *rig = begin(state);
    struct process *p =
        spawn(rig, &(struct space){.scheme = "base-bounds", .begin = 0x200});

    assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, 0x400, 0, 0), 0x400);
    assert_int_equal(os_try_resize(rig->os, p, 0, 2 * BOUNDS), 0);
    assert_int_equal(break_of(rig, p), 0x400);
    assert_int_equal(os_try_resize(rig->os, p, 0, 0x300), 0);
    assert_int_equal(break_of(rig, p), 0x300);
    assert_true(os_check(rig->os));
    assert_int_equal(os_try_resize(rig->os, p, 0, ELF_BUILD_END), 0);
    assert_true(os_check(rig->os));
    assert_int_equal(os_try_resize(rig->os, p, 0, ELF_BUILD_END - 1), -EINVAL);
    assert_true(os_check(rig->os));
}

/* Who is on the disk is brought in first, by resizing and by writing. */
static void test_break_follows_who_was_on_the_disk(void **state)
{
    struct rig *rig = begin(state);

    for (size_t i = 0; i < SPACES; i++) {
        const struct space *space = &spaces[i];
        struct process *p = spawn(rig, space);

        bring_in(rig, p, space->selector);
        rig_put(rig, p, space->begin, "data");
        assert_int_equal(os_swap_out(rig->os, p), 0);
        assert_true(os_check(rig->os));
        assert_int_equal(
            os_try_resize(rig->os, p, space->selector, space->least - 1),
            -EINVAL);
        assert_true(os_is_swapped(p));
        assert_int_equal(os_try_resize(rig->os, p, space->selector, 3000), 0);
        assert_false(os_is_swapped(p));
        assert_int_equal(break_of(rig, p), space->begin + 3000);
        assert_true(os_check(rig->os));
        rig_expect(rig, p, space->begin, "data");

        /* And it goes out and comes back with the size that it has now. */
        assert_int_equal(os_swap_out(rig->os, p), 0);
        assert_true(os_check(rig->os));
        assert_int_equal(os_swap_in(rig->os, p), 0);
        assert_true(os_check(rig->os));
        rig_expect(rig, p, space->begin, "data");
        os_exit(rig->os, p, 0);
    }
}

static void test_break_writing_a_register_brings_its_process_in(void **state)
{
    struct rig *rig = begin(state);

    for (size_t i = 0; i < SPACES; i++) {
        const struct space *space = &spaces[i];
        struct process *p = spawn(rig, space);
        struct segment s;

        bring_in(rig, p, space->selector);
        rig_put(rig, p, space->begin, "data");
        s = os_get_segment(rig->os, p, space->selector);
        assert_int_equal(os_swap_out(rig->os, p), 0);

        /* Out of reach: it is not even brought in. */
        s.base = RIG_PHYS;
        assert_int_equal(os_write_segment(rig->os, p, space->selector, &s),
                         -EFAULT);
        assert_true(os_is_swapped(p));
        assert_true(os_check(rig->os));

        /* There is one hole, so it comes back to where it was. */
        assert_int_equal(os_swap_in(rig->os, p), 0);
        s = os_get_segment(rig->os, p, space->selector);
        assert_int_equal(os_swap_out(rig->os, p), 0);
        s.prot = MMU_READ;
        assert_int_equal(os_write_segment(rig->os, p, space->selector, &s), 0);
        assert_false(os_is_swapped(p));
        assert_true(os_check(rig->os));
        assert_int_equal(os_get_segment(rig->os, p, space->selector).prot,
                         MMU_READ);
        rig_expect(rig, p, space->begin, "data");
        os_exit(rig->os, p, 0);
    }
}

/* 2^32 bytes are as many as no 32 bits tell from 0. */
static void test_break_no_segment_grows_to_all_addresses(void **state)
{
    struct rig *rig = begin(state);
    struct process *p = spawn(rig, &spaces[1]);

    assert_null(grow_for(rig, p, UINT32_MAX - 3));
    assert_int_equal(os_exit_code(rig->os), 139);
    assert_true(os_check(rig->os));
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_break_follows_a_segment_that_grows),
        TEST(test_break_follows_who_resizes),
        TEST(test_break_stays_when_another_segment_moves),
        TEST(test_break_is_never_below_the_file_s_bytes),
        TEST(test_break_comes_down_under_base_and_bounds),
        TEST(test_break_follows_who_was_on_the_disk),
        TEST(test_break_writing_a_register_brings_its_process_in),
        TEST(test_break_no_segment_grows_to_all_addresses),
    };

    return cmocka_run_group_tests_name("break", tests, NULL, NULL);
}
