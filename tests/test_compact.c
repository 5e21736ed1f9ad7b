/*
 * tests/test_compact.c - holes become one, under processes that do not notice.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"
#include "tests/rng.h"

#define KIB 1024u

/* ---- the textbook ---- */

static struct process *spawn_at(struct os *os, paddr_t base, uint32_t bounds)
{
    static const char *const argv[] = {"prog"};
    struct elf_build elf;
    struct process *process = NULL;
    struct os_error why;

    elf_build(&elf, ELF_X86);
    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = bounds,
                                       .base = base};
    if (os_spawn(os, &program, &process, &why))
        fail_msg("refused: %s", why.text);
    return process;
}

static int no_input(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)fd, (void)to, (void)size;
    return 0;
}

static int no_output(void *ctx, int fd, const void *from, uint32_t size)
{
    (void)ctx, (void)fd, (void)from;
    return (int)size;
}

static void on_moved(void *ctx, paddr_t to, paddr_t from, uint32_t size)
{
    uint32_t *bytes = ctx;

    assert_true(to < from);
    *bytes += size;
}

/* OSTEP ch. 16, figure 16.6: 24 KiB are free in three pieces. */
static void test_compact_serves_the_textbooks_request(void **state)
{
    const struct os_io io = {no_input, no_output, NULL};
    struct phys *phys;
    struct os *os;
    uint32_t bytes, largest;

    (void)state;
    assert_int_equal(phys_create(&phys, 64 * KIB), 0);
    assert_int_equal(os_create(&os, phys, &io), 0);
    spawn_at(os, 24 * KIB, 8 * KIB);
    spawn_at(os, 40 * KIB, 8 * KIB);
    spawn_at(os, 56 * KIB, 8 * KIB);
    os_memory(os, &bytes, &largest);
    assert_int_equal(bytes, 24 * KIB);
    assert_int_equal(largest, 8 * KIB);

    uint32_t told = 0;
    os_watch_moves(os, on_moved, &told);
    const struct process *p = spawn_at(os, OS_BASE_ANY, 20 * KIB);
    assert_int_equal(p->blocks[0].base, 40960);
    os_memory(os, &bytes, &largest);
    assert_int_equal(largest, 4 * KIB);
    assert_int_equal(os_counts(os).compactions, 1);
    assert_int_equal(os_counts(os).moved_bytes, 24 * KIB);
    assert_int_equal(told, 24 * KIB);
    assert_true(os_check(os));
    os_destroy(os);
    phys_destroy(phys);
}

/* ---- what a process knows ---- */

#define NOTES   24u
#define HISTORY 8u /* processes */

/* Bytes that a process has written, and must find again. */
struct memory {
    struct process *process;
    struct {
        vaddr_t va;
        uint8_t byte;
    } notes[NOTES];
    unsigned count;
};

static void write_note(struct rig *rig, struct memory *m, struct rng *rng,
                       vaddr_t va)
{
    const uint8_t byte = (uint8_t)rng_next(rng);

    if (os_copy_to_user(rig->os, m->process, va, &byte, 1))
        return;
    for (unsigned i = 0; i < m->count; i++)
        if (m->notes[i].va == va)
            m->notes[i].byte = byte;
    if (m->count == NOTES)
        return;
    m->notes[m->count].va = va;
    m->notes[m->count++].byte = byte;
}

static void check_notes(struct rig *rig, const struct memory *m)
{
    for (unsigned i = 0; i < m->count; i++) {
        uint8_t byte;

        assert_int_equal(
            os_copy_from_user(rig->os, m->process, &byte, m->notes[i].va, 1),
            0);
        assert_int_equal(byte, m->notes[i].byte);
    }
}

/* ---- one move ---- */

static struct process *spawn_scheme(struct rig *rig, const char *scheme,
                                    uint32_t size)
{
    static const char *const argv[] = {"prog"};
    struct elf_build elf;
    struct process *process = NULL;

    elf_build(&elf, ELF_X86);
    if (strcmp(scheme, "base-bounds") != 0)
        elf_put(&elf, PH(1, PH_VADDR), 4, 0x40000000);
    const struct os_program program = {
        .file = elf.bytes,
        .file_size = elf.size,
        .argc = 1,
        .argv = argv,
        .scheme = os_scheme_find(scheme),
        .base = OS_BASE_ANY,
        .bounds = size,
        .stack = size,
        .stack_max = 2 * size,
        .va_bits = 32,
        .seg_bits = 2,
    };
    return os_spawn(rig->os, &program, &process, &rig->why) ? NULL : process;
}

static void test_compact_moves_every_kind_of_register(void **state)
{
    static const char *const schemes[] = {"base-bounds", "segmented", "table"};

    for (unsigned i = 0; i < 3; i++) {
        struct rig *rig;
        void *mine = NULL;

        (void)state;
        assert_int_equal(rig_setup(&mine), 0);
        rig = mine;

        struct process *first = spawn_scheme(rig, "base-bounds", 3001);
        struct process *second = spawn_scheme(rig, schemes[i], 2048);
        const vaddr_t sp =
            pcb_get_reg(rig->phys, second->pcb, second->isa, second->isa->sp);
        uint32_t before, after;

        assert_int_equal(
            os_copy_from_user(rig->os, second, &before, sp, sizeof(before)), 0);
        os_exit(rig->os, first, 0);
        os_compact(rig->os, OS_COMPACT_DOWN);
        assert_int_equal(second->blocks[0].base, OS_END);
        assert_true(os_check(rig->os));
        assert_int_equal(
            os_copy_from_user(rig->os, second, &after, sp, sizeof(after)), 0);
        assert_int_equal(before, after);
        rig_teardown(&mine);
    }
}

/* A heap with neighbours on both sides gets all memory there is. */
static void test_compact_makes_room_at_the_end_that_grows(void **state)
{
    struct rig *rig = *state;
    struct process *low = spawn_scheme(rig, "base-bounds", 4 * KIB);
    struct process *p = spawn_scheme(rig, "segmented", 4 * KIB);
    uint32_t bytes, largest;

    spawn_scheme(rig, "base-bounds", 40 * KIB);
    os_exit(rig->os, low, 0);
    os_memory(rig->os, &bytes, &largest);

    const vaddr_t end = 0x40000000 + os_get_segment(rig->os, p, 1).bounds;
    assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, end + bytes + 1, 0, 0), end);
    assert_int_equal(os_counts(rig->os).compactions, 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, end + bytes, 0, 0),
                     end + bytes);
    os_memory(rig->os, &bytes, &largest);
    assert_int_equal(bytes, 0);
    assert_int_equal(os_counts(rig->os).compactions, 1);

    const struct segment data = os_get_segment(rig->os, p, 1);
    const uint8_t *at = rig->phys->bytes + data.base;
    assert_memory_equal(at, "datadata", 8);
    for (uint32_t i = 8; i < data.bounds; i++)
        assert_int_equal(at[i], 0);
}

static void test_compact_lets_a_stack_grow_down(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn_scheme(rig, "segmented", 4 * KIB);
    const uint32_t before = os_get_segment(rig->os, p, 3).bounds;
    uint32_t bytes, largest;

    os_memory(rig->os, &bytes, &largest);
    spawn_scheme(rig, "base-bounds", bytes - 3 * KIB);
    assert_int_equal(os_resize(rig->os, p, 3, before + 3 * KIB), 0);
    assert_int_equal(os_get_segment(rig->os, p, 3).bounds, before + 3 * KIB);
    assert_int_equal(os_counts(rig->os).compactions, 1);
}

/* Blocks of a buddy allocator stay where they are. */
static void test_compact_leaves_buddies_alone(void **state)
{
    const struct os_io io = {no_input, no_output, NULL};
    struct phys *phys;
    struct os *os;

    (void)state;
    assert_int_equal(phys_create(&phys, 64 * KIB), 0);
    assert_int_equal(os_create(&os, phys, &io), 0);
    assert_int_equal(os_set_placement(os, &alloc_buddy, 0), 0);

    struct process *first = spawn_at(os, OS_BASE_ANY, 4 * KIB);
    struct process *second = spawn_at(os, OS_BASE_ANY, 8 * KIB);
    const paddr_t base = second->blocks[0].base;
    os_exit(os, first, 0);
    os_compact(os, OS_COMPACT_DOWN);
    assert_int_equal(second->blocks[0].base, base);
    assert_int_equal(os_counts(os).compactions, 0);
    assert_true(os_check(os));
    os_destroy(os);
    phys_destroy(phys);
}

/* ---- histories ---- */

static void change_size(struct rig *rig, struct memory *m, struct rng *rng)
{
    const unsigned selector = rng_below(rng, 2) ? 1 : 3;

    if (m->process->scheme == &os_scheme_base_bounds)
        return;
    const uint32_t bounds =
        os_get_segment(rig->os, m->process, selector).bounds;
    const uint32_t more = rng_below(rng, 3000);

    (void)os_resize(rig->os, m->process, selector, bounds + more);
}

static void take_step(struct rig *rig, struct memory *m, struct rng *rng)
{
    static const char *const schemes[] = {"base-bounds", "segmented", "table"};
    static const vaddr_t regions[] = {0x200, 0x40000000, 0xfffff000};

    if (!m->process) {
        m->process = spawn_scheme(rig, schemes[rng_below(rng, 3)],
                                  2 * KIB + rng_below(rng, 6000));
        m->count = 0;
        return;
    }
    switch (rng_below(rng, 16)) {
    case 0:
        os_exit(rig->os, m->process, 0);
        m->process = NULL;
        break;
    case 1:
    case 2:
        change_size(rig, m, rng);
        break;
    case 3:
        os_compact(rig->os, rng_below(rng, RIG_PHYS));
        break;
    default:
        write_note(rig, m, rng,
                   regions[rng_below(rng, 3)] + rng_below(rng, 4096));
    }
}

static void test_compact_histories_lose_nothing(void **state)
{
    struct rig *rig = *state;
    struct memory memories[HISTORY] = {{0}};
    struct rng rng = rng_start();

    os_guard(rig->os);
    for (unsigned n = 0; n < 20000; n++) {
        paddr_t pa;

        take_step(rig, &memories[rng_below(&rng, HISTORY)], &rng);
        assert_true(os_check(rig->os));
        assert_false(os_guard_broken(rig->os, &pa));
        for (unsigned i = 0; i < HISTORY; i++)
            if (memories[i].process)
                check_notes(rig, &memories[i]);
    }
    assert_true(os_counts(rig->os).compactions > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact_serves_the_textbooks_request),
        cmocka_unit_test(test_compact_moves_every_kind_of_register),
        cmocka_unit_test_setup_teardown(
            test_compact_makes_room_at_the_end_that_grows, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_compact_lets_a_stack_grow_down,
                                        rig_setup, rig_teardown),
        cmocka_unit_test(test_compact_leaves_buddies_alone),
        cmocka_unit_test_setup_teardown(test_compact_histories_lose_nothing,
                                        rig_setup, rig_teardown),
    };

    return cmocka_run_group_tests_name("compact", tests, NULL, NULL);
}
