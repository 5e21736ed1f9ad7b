/*
 * tests/test_space_implicit.c - address spaces whose segments follow from use,
 * without a CPU: what lies where, what is refused, what grows and for whom.
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

#define VA_BITS    20u
#define END        (1u << VA_BITS)
#define DATA_SIZE  0x30u
#define CODE_SIZE  164u
#define STACK_SIZE 2048u
#define STACK_MAX  16384u

/* The good file, with data and code both from 0 on. */
static void build(struct elf_build *elf)
{
    elf_build(elf, ELF_X86);
    elf_put(elf, PH(1, PH_VADDR), 4, 0);
}

static struct os_program program_of(const struct elf_build *elf)
{
    static const char *const argv[] = {"prog", "x"};

    return (struct os_program){
        .file = elf->bytes,
        .file_size = elf->size,
        .argc = 2,
        .argv = argv,
        .base = OS_BASE_ANY,
        .scheme = os_scheme_find("implicit"),
        .va_bits = VA_BITS,
        .stack = STACK_SIZE,
        .stack_max = STACK_MAX,
    };
}

static struct process *spawn(struct rig *rig)
{
    struct elf_build elf;
    struct process *process = NULL;

    build(&elf);
    const struct os_program program = program_of(&elf);
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

/* A byte of a process, for @use. */
static const char *at(struct rig *rig, const struct process *p, vaddr_t va,
                      enum mmu_use use)
{
    const union os_mmu regs = os_registers(rig->os, p);
    const struct mmu_access access = {va, 1, MMU_READ, use};
    paddr_t pa = 0;

    assert_int_equal(mmu_translate(&regs.mmu, &access, &pa), MMU_FAULT_NONE);
    return (const char *)rig->phys->bytes + pa;
}

static void test_space_implicit_has_all_three_at_their_places(void **state)
{
    struct rig *rig = *state;
    const struct process *p = spawn(rig);
    static const struct {
        uint32_t bounds, flags;
    } want[] = {
        [IMPLICIT_CODE] = {CODE_SIZE, MMU_READ | MMU_EXEC | PCB_PRESENT},
        [IMPLICIT_DATA] = {DATA_SIZE, MMU_READ | MMU_WRITE | PCB_PRESENT},
        [IMPLICIT_STACK] = {STACK_SIZE, MMU_READ | MMU_WRITE | PCB_PRESENT |
                                            PCB_GROWS_DOWN},
    };

    for (unsigned i = 0; i < IMPLICIT_REGISTERS; i++) {
        const struct pcb_segment s = pcb_get_segment(rig->phys, p->pcb, i);

        assert_int_equal(s.bounds, want[i].bounds);
        assert_int_equal(s.flags, want[i].flags);
    }
    assert_int_equal(pcb_get(rig->phys, p->pcb, PCB_FIELD_SPACE), VA_BITS);
    assert_int_equal(pcb_get(rig->phys, p->pcb, PCB_FIELD_BREAK), DATA_SIZE);
    assert_memory_equal(at(rig, p, 0, MMU_USE_CODE),
                        "\x7f"
                        "ELF",
                        4);
    assert_memory_equal(at(rig, p, 0, MMU_USE_DATA), "datadata", 8);
    assert_string_equal(at(rig, p, END - 2, MMU_USE_STACK), "x");
    assert_true(os_check(rig->os));
}

static void test_space_implicit_refuses_and_says_why(void **state)
{
    static const struct {
        const char *why; /* part of it */
        size_t at;       /* of the file; 0: unspoilt */
        uint32_t value;
        unsigned va_bits, seg_bits;
    } cases[] = {
        {"selector bits 2: under implicit an address selects no", 0, 0, 32, 2},
        {"2^11 bytes: a program needs 2^12 to 2^32", 0, 0, 11, 0},
        {"header 1: its bytes from 0xff0 to 0x101f do not fit in 2^12",
         PH(1, PH_VADDR), 0xff0, 12, 0},
        {"header 0 at 0 is writable, but its segment is not", PH(0, PH_FLAGS),
         7, 20, 0},
        {"header 1: [0, 0x30) overlaps program header 0", PH(1, PH_FLAGS), 7,
         20, 0},
        {"lies in no executable LOAD", PH(0, PH_VADDR), 0x400, 20, 0},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *process = NULL;
        struct elf_build elf;

        build(&elf);
        if (cases[i].at)
            elf_put(&elf, cases[i].at, 4, cases[i].value);
        struct os_program program = program_of(&elf);
        program.va_bits = cases[i].va_bits;
        program.seg_bits = cases[i].seg_bits;
        program.stack_max = 0;
        assert_int_equal(os_spawn(rig->os, &program, &process, &rig->why),
                         -ENOEXEC);
        if (!strstr(rig->why.text, cases[i].why))
            fail_msg("case %zu: \"%s\"", i, rig->why.text);
        assert_null(process);
        assert_true(rig_is_empty(rig));
    }
}

static void test_space_implicit_files_are_for_it_alone(void **state)
{
    struct rig *rig = *state;
    struct process *process = NULL;
    struct elf_build elf;

    build(&elf);
    struct os_program program = program_of(&elf);
    program.scheme = os_scheme_find("segmented");
    program.va_bits = 32;
    assert_int_equal(os_spawn(rig->os, &program, &process, &rig->why),
                     -ENOEXEC);
    assert_non_null(strstr(rig->why.text, "overlaps"));
}

/* The trap of an access of 4 bytes below the stack. */
static uint32_t bounds_of_stack_after(struct rig *rig, enum mmu_use use)
{
    struct process *p = spawn(rig);
    const struct trap trap = {
        .cause = TRAP_BOUNDS,
        .access = {END - STACK_SIZE - 4, 4, MMU_WRITE, use},
    };
    uint32_t bounds = 0;

    os_next(rig->os);
    if (os_trap(rig->os, p, &trap) == p) {
        bounds = pcb_get_segment(rig->phys, p->pcb, IMPLICIT_STACK).bounds;
        assert_true(os_check(rig->os));
        os_exit(rig->os, p, 0);
    }
    return bounds;
}

static void test_space_implicit_stack_grows_for_the_stack_alone(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(bounds_of_stack_after(rig, MMU_USE_STACK), 4096);
    assert_int_equal(bounds_of_stack_after(rig, MMU_USE_DATA), 0);
    assert_int_equal(os_exit_code(rig->os), 139);
}

static void test_space_implicit_calls_take_data(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    os_next(rig->os);
    assert_int_equal(rig_call(rig, p, ABI_SYS_WRITE, 1, 0, 4), 4);
    assert_memory_equal(rig->out, "data", 4);
    assert_int_equal(rig_call(rig, p, ABI_SYS_WRITE, 1, END - 2, 1),
                     (uint32_t)-ABI_EFAULT);
    assert_int_equal(rig_call(rig, p, ABI_SYS_READ, 0, END - STACK_SIZE - 4, 4),
                     (uint32_t)-ABI_EFAULT);
    assert_int_equal(pcb_get_segment(rig->phys, p->pcb, IMPLICIT_STACK).bounds,
                     STACK_SIZE);
}

static void test_space_implicit_heap_is_the_end_of_data(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    os_next(rig->os);
    assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, 5000, 0, 0), 5000);
    assert_int_equal(pcb_get_segment(rig->phys, p->pcb, IMPLICIT_DATA).bounds,
                     5000);
    assert_memory_equal(at(rig, p, 0, MMU_USE_DATA), "datadata", 8);
    assert_int_equal(*at(rig, p, 4999, MMU_USE_DATA), 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, END + 1, 0, 0), 5000);
    assert_true(os_check(rig->os));
}

/* Whatever the headers say, it is a sound process or a reason. */
static void test_space_implicit_hostile_files_do_no_harm(void **state)
{
    static const uint32_t values[] = {0,   1,   4096,       END,       END - 8,
                                      164, 172, 0x80000000, UINT32_MAX};
    struct rng rng = rng_start();
    struct rig *rig = *state;
    unsigned spawned = 0;

    for (int i = 0; i < 20000; i++) {
        struct process *process = NULL;
        struct elf_build elf;

        build(&elf);
        for (uint32_t n = 1 + rng_below(&rng, 4); n > 0; n--)
            elf_put(&elf, 52 + 4 * rng_below(&rng, 16), 4,
                    values[rng_below(&rng, 9)] + rng_below(&rng, 8));
        const struct os_program program = program_of(&elf);
        if (os_spawn(rig->os, &program, &process, &rig->why)) {
            assert_true(rig->why.text[0]);
            assert_true(rig_is_empty(rig));
            continue;
        }
        spawned++;
        assert_true(os_check(rig->os));
        os_exit(rig->os, process, 0);
    }
    assert_in_range(spawned, 1000, 19000);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_space_implicit_has_all_three_at_their_places),
        TEST(test_space_implicit_refuses_and_says_why),
        TEST(test_space_implicit_files_are_for_it_alone),
        TEST(test_space_implicit_stack_grows_for_the_stack_alone),
        TEST(test_space_implicit_calls_take_data),
        TEST(test_space_implicit_heap_is_the_end_of_data),
        TEST(test_space_implicit_hostile_files_do_no_harm),
    };

    return cmocka_run_group_tests_name("space, implicit", tests, NULL, NULL);
}
