/*
 * tests/test_work.c - what handlers copy, load, store and bring in: who watches
 * is told of all of it, once, with the right addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"

#define KIB        1024u
#define DATA       0x40000000u
#define TABLE_SIZE 64u /* bytes: 4 descriptors of 16 */
#define WORKS      64u
#define SIGNAL     10u

struct log {
    struct os_work works[WORKS];
    unsigned count;
};

static void on_worked(void *ctx, const struct os_work *work)
{
    struct log *log = ctx;

    assert_true(log->count < WORKS);
    log->works[log->count++] = *work;
}

static void expect(struct log *log, const struct os_work *want, unsigned count)
{
    for (unsigned i = 0; i < count && i < log->count; i++) {
        const struct os_work *got = &log->works[i];

        if (got->kind != want[i].kind || got->to != want[i].to ||
            got->from != want[i].from || got->size != want[i].size)
            fail_msg("%u: kind %d, to %#x, from %#x, size %u; want %d, %#x, "
                     "%#x, %u",
                     i, got->kind, got->to, got->from, got->size, want[i].kind,
                     want[i].to, want[i].from, want[i].size);
    }
    assert_int_equal(log->count, count);
    log->count = 0;
}

/* The good file, with its data where segment 1 begins. */
static struct process *spawn_under(struct rig *rig, const char *scheme)
{
    static const char *const argv[] = {"prog"};
    struct elf_build elf;
    struct process *process = NULL;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, PH(1, PH_VADDR), 4, DATA);

    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .base = OS_BASE_ANY,
                                       .scheme = os_scheme_find(scheme),
                                       .seg_bits = 2,
                                       .stack = 2 * KIB,
                                       .stack_max = 16 * KIB};
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

static uint32_t put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
    return value;
}

static void test_work_writes_load_and_reads_store(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    const paddr_t base = p->blocks[0].base;
    struct log log = {0};

    os_watch_work(rig->os, on_worked, &log);
    assert_int_equal(rig_call(rig, p, ABI_SYS_WRITE, 1, 0x300, 700), 700);
    const struct os_work loads[] = {{OS_WORK_LOAD, 0, base + 0x300, 512},
                                    {OS_WORK_LOAD, 0, base + 0x500, 188}};
    expect(&log, loads, 2);

    rig->in = (const uint8_t *)"seven b";
    rig->in_size = 7;
    assert_int_equal(rig_call(rig, p, ABI_SYS_READ, 0, 0x401, 100), 7);
    const struct os_work stores[] = {{OS_WORK_STORE, base + 0x401, 0, 7}};
    expect(&log, stores, 1);

    /* What is refused has moved nothing. */
    assert_int_equal(rig_call(rig, p, ABI_SYS_WRITE, 1, RIG_BOUNDS - 1, 2),
                     0u - ABI_EFAULT);
    assert_int_equal(rig_call(rig, p, ABI_SYS_GETPID, 0, 0, 0), p->pid);
    expect(&log, NULL, 0);
}

static void test_work_pipes_copy_twice(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    const paddr_t base = p->blocks[0].base;
    struct log log = {0};

    os_watch_work(rig->os, on_worked, &log);
    assert_int_equal(rig_call(rig, p, ABI_SYS_PIPE, 0x300, 0, 0), 0);

    const paddr_t ring = rig->os->pipes[0].buffer.base;
    const struct os_work made[] = {{OS_WORK_STORE, ring, 0, ABI_PIPE_SIZE},
                                   {OS_WORK_STORE, base + 0x300, 0, 8}};
    expect(&log, made, 2);

    assert_int_equal(rig_call(rig, p, ABI_SYS_WRITE, 4, 0x320, 10), 10);
    const struct os_work written[] = {{OS_WORK_LOAD, 0, base + 0x320, 10},
                                      {OS_WORK_STORE, ring, 0, 10}};
    expect(&log, written, 2);

    assert_int_equal(rig_call(rig, p, ABI_SYS_READ, 3, 0x340, 6), 6);
    const struct os_work got[] = {{OS_WORK_LOAD, 0, ring, 6},
                                  {OS_WORK_STORE, base + 0x340, 0, 6}};
    expect(&log, got, 2);
}

static void test_work_fork_copies_pcb_and_image(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    struct process *child = NULL;
    struct log log = {0};

    os_watch_work(rig->os, on_worked, &log);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    const struct os_work works[] = {
        {OS_WORK_STORE, child->pcb, 0, PCB_SIZE},
        {OS_WORK_COPY, child->pcb, p->pcb, PCB_SIZE},
        {OS_WORK_COPY, child->blocks[0].base, p->blocks[0].base, RIG_BOUNDS}};
    expect(&log, works, 3);
}

static void test_work_segments_are_copied_on_a_write(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn_under(rig, "segmented"), *child = NULL;
    const paddr_t old = p->blocks[1].base;
    struct log log = {0};

    os_watch_work(rig->os, on_worked, &log);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    const struct os_work forked[] = {
        {OS_WORK_STORE, child->pcb, 0, PCB_SIZE},
        {OS_WORK_COPY, child->pcb, p->pcb, PCB_SIZE}};
    expect(&log, forked, 2);

    assert_int_equal(os_unshare(rig->os, child, 1), 0);
    const struct os_work copied[] = {
        {OS_WORK_COPY, child->blocks[1].base, old, 0x30}};
    expect(&log, copied, 1);

    /* The last user keeps the memory. */
    assert_int_equal(os_unshare(rig->os, p, 1), 0);
    expect(&log, NULL, 0);
}

static void test_work_absent_segments_come_from_the_disk(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn_under(rig, "table");
    struct log log = {0};

    os_watch_work(rig->os, on_worked, &log);
    assert_int_equal(os_bring_in(rig->os, p, 1), 0);

    const paddr_t base = os_block_of(p, 1)->base;
    const struct os_work works[] = {{OS_WORK_STORE, base, 0, 0x30},
                                    {OS_WORK_DISK, base, 0, 0x30}};
    expect(&log, works, 2);
}

static void test_work_fork_copies_a_table(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn_under(rig, "table"), *child = NULL;
    struct log log = {0};

    os_watch_work(rig->os, on_worked, &log);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    const struct os_work works[] = {
        {OS_WORK_STORE, child->pcb, 0, PCB_SIZE},
        {OS_WORK_COPY, child->pcb, p->pcb, PCB_SIZE},
        {OS_WORK_COPY, child->blocks[0].base, p->blocks[0].base, TABLE_SIZE}};
    expect(&log, works, 3);
}

/*
 * Cleared whole, 164 and 8 bytes of the file, and the stack: argc, argv, its
 * string, its end, the environment's, 14 pairs, and 16 random bytes.
 */
static void test_work_programs_are_loaded(void **state)
{
    static const char *const argv[] = {"next"};
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    struct log log = {0};
    struct elf_build elf;

    elf_build(&elf, ELF_X86);
    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = RIG_BOUNDS,
                                       .base = OS_BASE_ANY};
    os_watch_work(rig->os, on_worked, &log);
    assert_int_equal(os_exec(rig->os, p, &program, &rig->why), 0);

    const paddr_t base = p->blocks[0].base;
    assert_int_equal(log.count, 3 + 5 + 28 + 1);
    log.count = 3;
    const struct os_work works[] = {
        {OS_WORK_STORE, base, 0, RIG_BOUNDS},
        {OS_WORK_STORE, base, 0, ELF_BUILD_ENTRY + 16},
        {OS_WORK_STORE, base + ELF_BUILD_DATA, 0, 8}};
    expect(&log, works, 3);
}

static void test_work_signals_push_and_pop_frames(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    const paddr_t base = p->blocks[0].base;
    struct log log = {0};

    os_watch_work(rig->os, on_worked, &log);
    /* handler, mask, flags, restorer: i386's sigaction() */
    put32(rig_bytes(rig, p, 0x300), 0x40);
    put32(rig_bytes(rig, p, 0x308), ABI_SA_RESTORER);
    put32(rig_bytes(rig, p, 0x30c), 0x50);
    assert_int_equal(rig_call(rig, p, ABI_SYS_SIGACTION, SIGNAL, 0x300, 0), 0);
    const struct os_work action[] = {{OS_WORK_LOAD, 0, base + 0x300, 16}};
    expect(&log, action, 1);

    rig_call(rig, p, ABI_SYS_KILL, p->pid, SIGNAL, 0);
    /* Linux's sigframe, 8 bytes that align, FSAVE's and FXSAVE's area. */
    const paddr_t frame = log.works[0].to;
    const struct os_work pushed[] = {
        {OS_WORK_STORE, frame, 0, 512},
        {OS_WORK_STORE, frame + 512, 0, 512},
        {OS_WORK_STORE, frame + 1024, 0, 732 + 8 + 112 + 512 - 1024}};
    expect(&log, pushed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_work_writes_load_and_reads_store,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_work_pipes_copy_twice, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_work_fork_copies_pcb_and_image,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_work_segments_are_copied_on_a_write, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_work_absent_segments_come_from_the_disk, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_work_fork_copies_a_table,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_work_programs_are_loaded,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_work_signals_push_and_pop_frames,
                                        rig_setup, rig_teardown),
    };

    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
