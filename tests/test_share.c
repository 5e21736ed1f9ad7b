/*
 * tests/test_share.c - processes that were started apart and run one program:
 * what they have in common, what never, and that nobody has another's rights.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/internal.h"
#include "tests/failing.h"
#include "tests/rig.h"
#include "tests/rng.h"

#define CODE_SIZE  164u
#define STACK_SIZE 2048u

enum { CODE_SEGMENT = 0, DATA_SEGMENT = 1 };

static const char *const sharing[] = {"segmented", "table", "implicit"};
#define SHARING (sizeof(sharing) / sizeof(sharing[0]))

/* The good file, with its data where segment 1 begins. */
static void build(struct elf_build *elf)
{
    elf_build(elf, ELF_X86);
    elf_put(elf, PH(1, PH_VADDR), 4, 0x40000000);
}

static struct os_program program_of(const struct elf_build *elf,
                                    const char *scheme)
{
    static const char *const argv[] = {"prog"};

    return (struct os_program){
        .file = elf->bytes,
        .file_size = elf->size,
        .argc = 1,
        .argv = argv,
        .base = OS_BASE_ANY,
        .bounds = RIG_BOUNDS,
        .scheme = os_scheme_find(scheme),
        .seg_bits = strcmp(scheme, "implicit") == 0 ? 0 : 2,
        .stack = STACK_SIZE,
        .stack_max = STACK_SIZE,
    };
}

static struct process *spawn_program(struct rig *rig,
                                     const struct os_program *program)
{
    struct process *process = NULL;

    if (os_spawn(rig->os, program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    assert_true(os_check(rig->os));
    return process;
}

static struct process *spawn(struct rig *rig, const struct elf_build *elf,
                             const char *scheme)
{
    const struct os_program program = program_of(elf, scheme);

    return spawn_program(rig, &program);
}

/* For data that is large under implicit: it begins at 0 there. */
static struct process *spawn_good(struct rig *rig, const char *scheme)
{
    struct elf_build elf;

    build(&elf);
    if (strcmp(scheme, "implicit") == 0)
        elf_put(&elf, PH(1, PH_VADDR), 4, 0);
    return spawn(rig, &elf, scheme);
}

static unsigned users(const struct rig *rig, struct process *p,
                      unsigned selector)
{
    return os_users(rig->os, os_block_of(p, selector));
}

static uint32_t free_bytes(const struct rig *rig)
{
    uint32_t bytes, largest;

    os_memory(rig->os, &bytes, &largest);
    return bytes;
}

static void bring_in_all(struct rig *rig, struct process *p)
{
    for (unsigned i = 0; p->many && i < os_segments(rig->os, p); i++)
        (void)os_bring_in(rig->os, p, i);
}

static const uint8_t *bytes_of(const struct rig *rig, struct process *p,
                               unsigned selector)
{
    return rig->phys->bytes + os_block_of(p, selector)->base;
}

/* ---- what is common ---- */

static void test_share_one_code_for_all_of_a_program(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < SHARING; i++) {
        const uint32_t before = free_bytes(rig);
        struct process *p = spawn_good(rig, sharing[i]);
        const uint32_t one = before - free_bytes(rig);
        struct process *q = spawn_good(rig, sharing[i]);
        struct process *r = spawn_good(rig, sharing[i]);

        assert_int_equal(before - free_bytes(rig), 3 * one - 2 * CODE_SIZE);
        assert_int_equal(users(rig, p, CODE_SEGMENT), 3);
        assert_int_equal(users(rig, p, DATA_SEGMENT), 1);
        assert_int_equal(os_block_of(p, CODE_SEGMENT)->base,
                         os_block_of(q, CODE_SEGMENT)->base);
        bring_in_all(rig, r);
        assert_memory_equal(bytes_of(rig, r, CODE_SEGMENT), "\177ELF", 4);

        /* It is freed with the last, whoever began. */
        os_exit(rig->os, p, 0);
        assert_true(os_check(rig->os));
        assert_int_equal(users(rig, r, CODE_SEGMENT), 2);
        os_exit(rig->os, r, 0);
        assert_int_equal(users(rig, q, CODE_SEGMENT), 1);
        bring_in_all(rig, q);
        assert_memory_equal(bytes_of(rig, q, CODE_SEGMENT), "\177ELF", 4);
        os_exit(rig->os, q, 0);
        assert_true(os_check(rig->os));
        assert_int_equal(free_bytes(rig), before);
    }
}

static void test_share_what_a_program_execs_and_forks(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < SHARING; i++) {
        struct elf_build elf;
        struct process *child = NULL;

        build(&elf);
        elf_put(&elf, PH(1, PH_VADDR), 4, i == 2 ? 0 : 0x40000000);
        struct process *p = spawn(rig, &elf, sharing[i]);
        elf_put(&elf, ELF_BUILD_ENTRY, 1, 0x91);
        struct process *other = spawn(rig, &elf, sharing[i]);
        assert_int_equal(users(rig, p, CODE_SEGMENT), 1);

        const struct os_program program = program_of(&elf, sharing[i]);
        assert_int_equal(os_exec(rig->os, p, &program, &rig->why), 0);
        assert_true(os_check(rig->os));
        pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
        assert_int_equal(users(rig, p, CODE_SEGMENT), 2);
        assert_int_equal(os_fork(rig->os, other, &child), 0);
        assert_int_equal(users(rig, child, CODE_SEGMENT), 3);
        assert_int_equal(users(rig, child, DATA_SEGMENT), i == 1 ? 1 : 2);

        /* And when a program runs itself again. */
        assert_int_equal(os_exec(rig->os, p, &program, &rig->why), 0);
        assert_true(os_check(rig->os));
        assert_int_equal(users(rig, child, CODE_SEGMENT), 3);
        os_exit(rig->os, p, 0);
        os_exit(rig->os, other, 0);
        os_exit(rig->os, child, 0);
    }
}

static void test_share_survives_compaction(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < SHARING; i++) {
        struct process *hole = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, 5000);
        struct process *p = spawn_good(rig, sharing[i]);
        struct process *q = spawn_good(rig, sharing[i]);
        const paddr_t before = os_block_of(q, CODE_SEGMENT)->base;

        bring_in_all(rig, p);
        bring_in_all(rig, q);
        os_exit(rig->os, hole, 0);
        os_compact(rig->os, OS_COMPACT_DOWN);
        assert_true(os_check(rig->os));
        assert_int_equal(os_block_of(q, CODE_SEGMENT)->base, before - 5000);
        assert_int_equal(os_get_segment(rig->os, p, CODE_SEGMENT).base,
                         before - 5000);
        assert_int_equal(os_get_segment(rig->os, q, CODE_SEGMENT).base,
                         before - 5000);
        assert_memory_equal(bytes_of(rig, q, CODE_SEGMENT), "\177ELF", 4);
        os_exit(rig->os, p, 0);
        os_exit(rig->os, q, 0);
    }
}

/* ---- what is absent ---- */

static void test_share_brings_in_once_for_all(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn_good(rig, "table");
    struct process *q = spawn_good(rig, "table");

    assert_ptr_equal(p->many->source, q->many->source);
    assert_int_equal(os_bring_in(rig->os, p, CODE_SEGMENT), 0);
    assert_true(os_check(rig->os));
    assert_true(os_get_segment(rig->os, q, CODE_SEGMENT).absent);

    /* Whoever is late does not undo what was done to the bytes since. */
    rig->phys->bytes[p->many->blocks[CODE_SEGMENT].base + 7] = 0xcc;
    assert_int_equal(os_bring_in(rig->os, q, CODE_SEGMENT), 0);
    assert_true(os_check(rig->os));
    assert_int_equal(bytes_of(rig, q, CODE_SEGMENT)[7], 0xcc);
    assert_memory_equal(bytes_of(rig, q, CODE_SEGMENT), "\177ELF", 4);

    /* Nor is it what a new process gets. */
    struct process *r = spawn_good(rig, "table");
    assert_int_equal(users(rig, r, CODE_SEGMENT), 1);
    os_exit(rig->os, p, 0);
    os_exit(rig->os, q, 0);
    bring_in_all(rig, r);
    assert_int_equal(bytes_of(rig, r, CODE_SEGMENT)[7], 0);
}

/* ---- what is never common ---- */

static void test_share_nothing_with_another_program(void **state)
{
    static const struct {
        const char *what;
        unsigned at;
        unsigned users; /* of the code afterwards */
    } cases[] = {
        {"one byte of code differs", ELF_BUILD_ENTRY + 15, 1},
        {"only its data differs", ELF_BUILD_ENTRY + 16, 2},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct elf_build elf;

        build(&elf);
        struct process *p = spawn(rig, &elf, "segmented");
        elf_put(&elf, cases[i].at, 1, 0x55);
        struct process *q = spawn(rig, &elf, "segmented");
        if (users(rig, q, CODE_SEGMENT) != cases[i].users)
            fail_msg("%s", cases[i].what);
        assert_int_equal(users(rig, q, DATA_SEGMENT), 1);
        os_exit(rig->os, p, 0);
        os_exit(rig->os, q, 0);
    }
}

/* Zeros behind the bytes of the file, and between, have to be zeros. */
static void test_share_compares_what_is_not_in_the_file(void **state)
{
    struct rig *rig = *state;
    struct elf_build elf;

    build(&elf);
    elf_put(&elf, PH(0, PH_MEMSZ), 4, CODE_SIZE + 40);
    struct process *p = spawn(rig, &elf, "segmented");
    struct process *q = spawn(rig, &elf, "segmented");
    assert_int_equal(users(rig, q, CODE_SEGMENT), 2);
    rig->phys->bytes[p->blocks[CODE_SEGMENT].base + CODE_SIZE + 39] = 1;
    struct process *r = spawn(rig, &elf, "segmented");
    assert_int_equal(users(rig, r, CODE_SEGMENT), 1);
    os_exit(rig->os, p, 0);
    os_exit(rig->os, q, 0);
    os_exit(rig->os, r, 0);
}

static void test_share_nothing_that_may_be_written(void **state)
{
    static const struct {
        unsigned first, second;
        unsigned users;
    } cases[] = {
        {MMU_RWX, MMU_RWX, 1},
        {MMU_RWX, MMU_READ | MMU_EXEC, 1},
        {MMU_READ | MMU_EXEC, MMU_RWX, 1},
        {MMU_READ | MMU_EXEC, MMU_READ | MMU_EXEC, 2},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct elf_build elf;

        build(&elf);
        struct os_program program = program_of(&elf, "segmented");
        program.prot[OS_CODE] = cases[i].first;
        struct process *p = spawn_program(rig, &program);
        program.prot[OS_CODE] = cases[i].second;
        struct process *q = spawn_program(rig, &program);
        assert_int_equal(users(rig, q, CODE_SEGMENT), cases[i].users);
        os_exit(rig->os, p, 0);
        os_exit(rig->os, q, 0);
    }
}

static void test_share_nothing_under_base_and_bounds(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    struct process *q = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);

    assert_int_not_equal(p->blocks[0].base, q->blocks[0].base);
    os_exit(rig->os, p, 0);
    os_exit(rig->os, q, 0);
}

/* Memory is common, rights are not. */
static void test_share_no_rights(void **state)
{
    struct rig *rig = *state;
    struct elf_build elf;

    build(&elf);
    struct os_program program = program_of(&elf, "segmented");
    struct process *p = spawn_program(rig, &program);
    program.prot[OS_CODE] = MMU_EXEC;
    struct process *q = spawn_program(rig, &program);
    assert_int_equal(users(rig, q, CODE_SEGMENT), 2);
    assert_int_equal(os_get_segment(rig->os, p, CODE_SEGMENT).prot,
                     MMU_READ | MMU_EXEC);
    assert_int_equal(os_get_segment(rig->os, q, CODE_SEGMENT).prot, MMU_EXEC);
    assert_true(os_user_holds(rig->os, p, 0, 4, MMU_READ));
    assert_false(os_user_holds(rig->os, q, 0, 4, MMU_READ));

    /* Nor does it help to give one of them more. */
    struct segment s = os_get_segment(rig->os, q, CODE_SEGMENT);
    s.prot = MMU_RWX;
    os_set_segment(rig->os, q, CODE_SEGMENT, &s);
    assert_false(os_user_holds(rig->os, p, 0, 4, MMU_WRITE));
    assert_false(os_check(rig->os)); /* it may write to another's memory */
    s.prot = MMU_EXEC;
    os_set_segment(rig->os, q, CODE_SEGMENT, &s);
    assert_true(os_check(rig->os));
}

/* ---- when there is no room ---- */

static void test_share_survives_every_failing_allocation(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < SHARING; i++) {
        struct process *p = spawn_good(rig, sharing[i]), *q = NULL;
        const uint32_t before = free_bytes(rig);
        struct elf_build elf;
        int n, err = -ENOMEM;

        build(&elf);
        elf_put(&elf, PH(1, PH_VADDR), 4, i == 2 ? 0 : 0x40000000);
        const struct os_program program = program_of(&elf, sharing[i]);
        for (n = 0; err; n++) {
            failing_after(n);
            err = os_spawn(rig->os, &program, &q, &rig->why);
            failing_after(-1);
            if (err) {
                assert_int_equal(err, -ENOMEM);
                assert_int_equal(free_bytes(rig), before);
                assert_int_equal(users(rig, p, CODE_SEGMENT), 1);
            }
            assert_true(os_check(rig->os));
        }
        os_exit(rig->os, q, 0);
        os_exit(rig->os, p, 0);
    }
}

/* ---- any history ---- */

#define ACTORS 12u
#define STEPS  3000u
#define FILES  3u

/*
 * Three programs that differ in one byte of code and one of data. The model: a
 * process's segments begin with what its own file says, whatever others do.
 */
struct story {
    struct rig *rig;
    struct rng rng;
    struct elf_build files[FILES];
    struct {
        struct process *process;
        unsigned file;
    } actors[ACTORS];
};

static void look(struct story *story)
{
    assert_true(os_check(story->rig->os));
    for (unsigned i = 0; i < ACTORS; i++) {
        struct process *p = story->actors[i].process;
        const struct elf_build *elf = &story->files[story->actors[i].file];

        if (!p)
            continue;
        bring_in_all(story->rig, p);
        assert_memory_equal(bytes_of(story->rig, p, CODE_SEGMENT), elf->bytes,
                            CODE_SIZE);
        assert_memory_equal(bytes_of(story->rig, p, DATA_SEGMENT),
                            elf->bytes + CODE_SIZE, 8);
    }
}

static void step(struct story *story, const char *scheme)
{
    struct os *os = story->rig->os;
    const unsigned a = rng_below(&story->rng, ACTORS);
    const unsigned b = rng_below(&story->rng, ACTORS);
    const unsigned file = rng_below(&story->rng, FILES);
    struct process *p = story->actors[a].process;
    const struct os_program program = program_of(&story->files[file], scheme);

    switch (rng_below(&story->rng, 5)) {
    case 0:
        if (p)
            os_exit(os, p, 0);
        story->actors[a].process = NULL;
        break;
    case 1:
        if (p && os_exec(os, p, &program, &story->rig->why) == 0) {
            pcb_set(story->rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
            story->actors[a].file = file;
        }
        break;
    case 2:
        if (!p || story->actors[b].process ||
            os_fork(os, p, &story->actors[b].process))
            break;
        pcb_set(story->rig->phys, story->actors[b].process->pcb,
                PCB_FIELD_PARENT, 0);
        story->actors[b].file = story->actors[a].file;
        break;
    case 3:
        os_compact(os, rng_below(&story->rng, RIG_PHYS));
        break;
    default:
        if (!p && os_spawn(os, &program, &story->actors[a].process,
                           &story->rig->why) == 0)
            story->actors[a].file = file;
    }
}

static void test_share_any_history_keeps_all_bytes(void **state)
{
    struct story story = {.rig = *state, .rng = rng_start()};

    for (size_t s = 0; s < SHARING; s++) {
        for (unsigned i = 0; i < FILES; i++) {
            build(&story.files[i]);
            elf_put(&story.files[i], PH(1, PH_VADDR), 4,
                    s == 2 ? 0 : 0x40000000);
            elf_put(&story.files[i], ELF_BUILD_ENTRY + 9, 1, i);
            elf_put(&story.files[i], ELF_BUILD_ENTRY + 20, 1, i);
        }
        for (unsigned i = 0; i < STEPS; i++) {
            step(&story, sharing[s]);
            if (rng_below(&story.rng, 4) == 0)
                look(&story);
        }
        look(&story);
        for (unsigned i = 0; i < ACTORS; i++) {
            if (story.actors[i].process)
                os_exit(story.rig->os, story.actors[i].process, 0);
            story.actors[i].process = NULL;
        }
        assert_true(rig_is_empty(story.rig));
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_share_one_code_for_all_of_a_program),
        TEST(test_share_what_a_program_execs_and_forks),
        TEST(test_share_survives_compaction),
        TEST(test_share_brings_in_once_for_all),
        TEST(test_share_nothing_with_another_program),
        TEST(test_share_compares_what_is_not_in_the_file),
        TEST(test_share_nothing_that_may_be_written),
        TEST(test_share_nothing_under_base_and_bounds),
        TEST(test_share_no_rights),
        TEST(test_share_survives_every_failing_allocation),
        TEST(test_share_any_history_keeps_all_bytes),
    };

    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
