/*
 * tests/test_exec.c - another program in the same process: what is kept, what
 * is new, and every way in which nothing happens.
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
#include "tests/failing.h"
#include "tests/rig.h"

#define PATH 0x300u /* free bytes between the image and the stack */
#define ARGV 0x340u
#define TEXT 0x380u
#define DATA 0x40000000u

static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

/* The programs of the command line: x86, ARM, segments, one that is too large,
 * and no program. */
struct grants {
    struct elf_build files[5];
    struct os_grant grants[5];
};

static struct grants given;

static void grant(struct rig *rig)
{
    static const char *const names[] = {"x86", "arm", "segments", "large",
                                        "bad"};
    static const char *const none[] = {NULL};

    for (unsigned i = 0; i < 5; i++) {
        struct elf_build *file = &given.files[i];

        elf_build(file, i == 1 ? ELF_ARM : ELF_X86);
        if (i == 2)
            elf_put(file, PH(1, PH_VADDR), 4, DATA);
        if (i == 4)
            elf_put(file, EH_TYPE, 2, 3);
        given.grants[i] = (struct os_grant){
            .name = names[i],
            .program = {.file = file->bytes,
                        .file_size = file->size,
                        .argv = none,
                        .program = 10 + i,
                        .bounds = i == 3 ? RIG_PHYS : 3000,
                        .stack = 2048,
                        .stack_max = 4096,
                        .scheme = os_scheme_find(i == 2 ? "segmented"
                                                        : "base-bounds"),
                        .base = OS_BASE_ANY},
        };
    }
    os_grant(rig->os, given.grants, 5);
}

static struct process *spawn(struct rig *rig)
{
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);

    grant(rig);
    assert_ptr_equal(os_next(rig->os), p);
    return p;
}

static void put(struct rig *rig, struct process *p, vaddr_t va, uint32_t word)
{
    phys_write32(rig->phys, p->blocks[0].base + va, word);
}

/* execve(path, {"one", "two"}). */
static uint32_t exec(struct rig *rig, struct process *p, const char *path)
{
    strcpy((char *)rig_bytes(rig, p, PATH), path);
    memcpy(rig_bytes(rig, p, TEXT), "one\0two", 8);
    put(rig, p, ARGV, TEXT);
    put(rig, p, ARGV + 4, TEXT + 4);
    put(rig, p, ARGV + 8, 0);
    return rig_call(rig, p, ABI_SYS_EXECVE, PATH, ARGV, 0);
}

static void test_exec_runs_another_program(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    struct process *parent = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    const paddr_t pcb = p->pcb;
    const uint64_t generation = p->regs.mmu.generation;
    struct cpu_state entry, now;
    uint32_t word;

    pcb_set(rig->phys, p->pcb, PCB_FIELD_PARENT, parent->pid);
    pcb_set64(rig->phys, p->pcb, PCB_FIELD_CPU, 77);
    memset(rig_bytes(rig, p, 0x500), 0x5a, 100);
    assert_int_equal(exec(rig, p, "arm"), 0);
    assert_true(os_check(rig->os));

    /* The same process ... */
    assert_int_equal(p->pid, 1);
    assert_int_equal(p->pcb, pcb);
    assert_true(p->counts);
    assert_int_equal(pcb_get(rig->phys, pcb, PCB_FIELD_PARENT), parent->pid);
    assert_true(pcb_get64(rig->phys, pcb, PCB_FIELD_CPU) == 77);
    assert_int_equal(pcb_get(rig->phys, pcb, PCB_FIELD_STATE), PCB_RUNNING);

    /* ... and all else is new. */
    assert_ptr_equal(p->isa, &isa_arm);
    assert_int_equal(p->program, 11);
    assert_true(p->regs.mmu.generation > generation);
    assert_int_equal(p->regs.bb.bounds, 3000);
    assert_int_equal(p->regs.bb.base, p->blocks[0].base);
    const uint32_t sp = pcb_get_reg(rig->phys, pcb, &isa_arm, ARM_SP);
    isa_entry_state(&isa_arm, &entry, ELF_BUILD_ENTRY, sp);
    pcb_restore(rig->phys, pcb, &isa_arm, &now);
    assert_memory_equal(&now, &entry, isa_arm.save_size);
    assert_int_equal(*rig_bytes(rig, p, 0x500), 0);
    phys_read(rig->phys, p->blocks[0].base + sp, &word, 4);
    assert_int_equal(word, 2);
    phys_read(rig->phys, p->blocks[0].base + sp + 8, &word, 4);
    assert_string_equal((char *)rig_bytes(rig, p, word), "two");
}

static void test_exec_into_another_scheme_and_back(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    static const struct os_program *program;
    struct os_error why;
    uint32_t before, after, largest;

    for (unsigned i = 0; i < 4; i++) {
        program = &given.grants[i % 2 ? 0 : 2].program;
        assert_int_equal(os_exec(rig->os, p, program, &why), 0);
        assert_true(os_check(rig->os));
        os_memory(rig->os, i < 2 ? &before : &after, &largest);
    }
    assert_int_equal(before, after);
    assert_string_equal(p->scheme->name, "base-bounds");
    assert_int_equal(pcb_get_segment(rig->phys, p->pcb, 3).bounds, 0);
}

/* A file stays open, unless it was to be closed. */
static void test_exec_keeps_files(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    assert_int_equal(rig_call(rig, p, ABI_SYS_PIPE, PATH, 0, 0), 0);
    assert_int_equal(
        rig_call(rig, p, ABI_SYS_FCNTL, 3, ABI_F_SETFD, ABI_FD_CLOEXEC), 0);
    assert_int_equal(exec(rig, p, "x86"), 0);
    assert_true(os_check(rig->os));
    assert_int_equal(rig_call(rig, p, ABI_SYS_FCNTL, 3, ABI_F_GETFD, 0),
                     minus(ABI_EBADF));
    assert_int_equal(rig_call(rig, p, ABI_SYS_FCNTL, 4, ABI_F_GETFD, 0), 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_FCNTL, 1, ABI_F_GETFD, 0), 0);
}

/* A child that shares its memory leaves it to the parent. */
static void test_exec_of_a_child_leaves_the_parents_memory(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child = NULL;
    struct os_error why;

    assert_int_equal(os_exec(rig->os, p, &given.grants[2].program, &why), 0);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    assert_int_equal(os_users(rig->os, &p->blocks[1]), 2);
    assert_int_equal(os_exec(rig->os, child, &given.grants[1].program, &why),
                     0);
    pcb_set(rig->phys, child->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_true(os_check(rig->os));
    assert_int_equal(os_users(rig->os, &p->blocks[1]), 1);
    assert_memory_equal(rig->phys->bytes + p->blocks[1].base, "datadata", 8);
}

static void test_exec_refusals_change_nothing(void **state)
{
    enum { END = RIG_BOUNDS };
    static const struct {
        const char *what, *name;
        uint32_t path, argv, first; /* argv[0] */
        uint32_t error;
    } cases[] = {
        {"not granted", "none", PATH, ARGV, TEXT, ABI_ENOENT},
        {"part of a name", "ar", PATH, ARGV, TEXT, ABI_ENOENT},
        {"an empty name", "", PATH, ARGV, TEXT, ABI_ENOENT},
        {"no program", "bad", PATH, ARGV, TEXT, ABI_ENOEXEC},
        {"no room", "large", PATH, ARGV, TEXT, ABI_ENOMEM},
        {"path outside", "x86", END, ARGV, TEXT, ABI_EFAULT},
        {"path at the top", "x86", UINT32_MAX, ARGV, TEXT, ABI_EFAULT},
        {"argv outside", "x86", PATH, END - 3, TEXT, ABI_EFAULT},
        {"an argument outside", "x86", PATH, ARGV, END, ABI_EFAULT},
        {"an argument without an end", "x86", PATH, ARGV, END - 4, ABI_EFAULT},
        {"argv without an end", "x86", PATH, END - 4, TEXT, ABI_EFAULT},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    static uint8_t before[RIG_PHYS];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        strcpy((char *)rig_bytes(rig, p, PATH), cases[i].name);
        strcpy((char *)rig_bytes(rig, p, TEXT), "arg");
        memset(rig_bytes(rig, p, END - 4), 'x', 4);
        put(rig, p, cases[i].argv < END - 3 ? cases[i].argv : ARGV,
            cases[i].first);
        if (cases[i].argv < END - 4)
            put(rig, p, cases[i].argv + 4, 0);

        pcb_set_reg(rig->phys, p->pcb, p->isa, X86_EAX, 0);
        struct process process = *p;
        memcpy(before, rig->phys->bytes, RIG_PHYS);
        const uint32_t got =
            rig_call(rig, p, ABI_SYS_EXECVE, cases[i].path, cases[i].argv, 0);
        process.result = got;
        if (got != minus(cases[i].error))
            fail_msg("%s: %d", cases[i].what, (int)got);
        assert_true(os_check(rig->os));
        assert_memory_equal(&process, p, sizeof(process));
        assert_memory_equal(before + OS_END, rig->phys->bytes + OS_END,
                            RIG_PHYS - OS_END);
    }
}

static void test_exec_arguments_are_bounded(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 60000);
    const vaddr_t text = 0x2000, argv = 0xd000;

    grant(rig);
    assert_ptr_equal(os_next(rig->os), p);
    strcpy((char *)rig_bytes(rig, p, PATH), "x86");
    for (uint32_t i = 0; i <= ABI_ARGS_MAX; i++)
        put(rig, p, argv + 4 * i, PATH);
    put(rig, p, argv + 4 * (ABI_ARGS_MAX + 1), 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_EXECVE, PATH, argv, 0),
                     minus(ABI_E2BIG));

    memset(rig_bytes(rig, p, text), 'a', ABI_ARG_MAX + 8);
    put(rig, p, argv, text);
    put(rig, p, argv + 4, 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_EXECVE, PATH, argv, 0),
                     minus(ABI_E2BIG));
    assert_int_equal(rig_call(rig, p, ABI_SYS_EXECVE, text, argv, 0),
                     minus(ABI_ENAMETOOLONG));

    /* None at all, or no array: one that is empty. */
    put(rig, p, argv, 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_EXECVE, PATH, 0, 0), 0);
    const uint32_t sp = pcb_get_reg(rig->phys, p->pcb, p->isa, X86_ESP);
    assert_int_equal(phys_read32(rig->phys, p->blocks[0].base + sp), 1);
}

/* Without room for both, the old memory goes first. */
static void test_exec_in_a_full_memory(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *other;
    struct os_program program = given.grants[0].program;
    struct os_error why;
    uint32_t bytes, largest;

    program.bounds = 100000;
    assert_int_equal(os_exec(rig->os, p, &program, &why), 0);
    assert_int_equal(os_exec(rig->os, p, &program, &why), 0);
    const struct base_bounds old = p->regs.bb;
    assert_int_equal(os_exec(rig->os, p, &program, &why), 0); /* in its place */
    assert_int_equal(p->regs.bb.base, old.base);
    assert_true(p->regs.mmu.generation > old.mmu.generation);
    assert_true(os_check(rig->os));
    os_memory(rig->os, &bytes, &largest);
    program.bounds = 100000 + bytes + 1;
    assert_int_equal(os_exec(rig->os, p, &program, &why), -ENOMEM);
    assert_true(os_check(rig->os));
    assert_int_equal(p->regs.bb.bounds, 100000);

    /* What is free is in two places: the other one makes way. */
    program.bounds = 4000;
    assert_int_equal(os_exec(rig->os, p, &program, &why), 0);
    other = rig_spawn(rig, ELF_X86, OS_END + 50000, RIG_BOUNDS);
    os_memory(rig->os, &bytes, &largest);
    program.bounds = bytes;
    assert_int_equal(os_exec(rig->os, p, &program, &why), 0);
    assert_int_equal(os_counts(rig->os).compactions, 1);
    assert_true(os_check(rig->os));

    /* It could have fitted, but not there. */
    program.base = other->blocks[0].base;
    assert_int_equal(os_exec(rig->os, p, &program, &why), -ESRCH);
    assert_int_equal(p->pid, 0);
    assert_int_equal(os_exit_code(rig->os), 137);
    assert_true(os_check(rig->os));
    os_exit(rig->os, other, 0);
}

static void test_exec_survives_every_failing_allocation(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    uint32_t result;
    int n = 0;

    do {
        failing_after(n);
        result = exec(rig, p, "x86");
        failing_after(-1);
        assert_true(result == 0 || result == minus(ABI_ENOMEM));
        assert_true(os_check(rig->os));
        n++;
    } while (result != 0);
    assert_true(n > 1);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_exec_runs_another_program),
        TEST(test_exec_into_another_scheme_and_back),
        TEST(test_exec_keeps_files),
        TEST(test_exec_of_a_child_leaves_the_parents_memory),
        TEST(test_exec_refusals_change_nothing),
        TEST(test_exec_arguments_are_bounded),
        TEST(test_exec_in_a_full_memory),
        TEST(test_exec_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("exec", tests, NULL, NULL);
}
