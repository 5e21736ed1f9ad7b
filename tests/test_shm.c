/*
 * tests/test_shm.c - memory that processes attach by a key: what they see, what
 * each may do, when it comes and goes, and what is refused.
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
#include "tests/rng.h"

#define READ  ABI_SHM_READ
#define WRITE ABI_SHM_WRITE
#define BOTH  (ABI_SHM_READ | ABI_SHM_WRITE)

#define VA2 0x80000000u /* selector 2 of 2 bits */

static const char *const schemes[] = {"segmented", "table"};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

static struct os_program program_of(struct elf_build *elf, uint16_t machine,
                                    const char *scheme, unsigned seg_bits)
{
    static const char *const argv[] = {"prog"};
    const bool by_use = strcmp(scheme, "implicit") == 0;

    elf_build(elf, machine);
    if (seg_bits)
        elf_put(elf, PH(1, PH_VADDR), 4, 1u << (32 - seg_bits));
    return (struct os_program){
        .file = elf->bytes,
        .file_size = elf->size,
        .argc = 1,
        .argv = argv,
        .base = OS_BASE_ANY,
        .bounds = RIG_BOUNDS,
        .scheme = os_scheme_find(scheme),
        .seg_bits = by_use ? 0 : seg_bits,
        .stack = 2048,
        .stack_max = 2048,
    };
}

static struct process *spawn_bits(struct rig *rig, uint16_t machine,
                                  const char *scheme, unsigned seg_bits)
{
    struct elf_build elf;
    const struct os_program program =
        program_of(&elf, machine, scheme, seg_bits);
    struct process *process = NULL;

    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

static struct process *spawn(struct rig *rig, const char *scheme)
{
    return spawn_bits(rig, ELF_X86, scheme, 2);
}

/* A call of @process, whoever has the CPU. */
static uint32_t call(struct rig *rig, struct process *process, uint32_t number,
                     uint32_t a, uint32_t b, uint32_t c)
{
    for (struct process *p = os_next(rig->os); p != process;)
        p = rig_trap(rig, p, TRAP_TIMER);

    const uint32_t result = rig_call(rig, process, number, a, b, c);
    assert_true(os_check(rig->os));
    return result;
}

static uint32_t attach(struct rig *rig, struct process *process, uint32_t key,
                       uint32_t size, uint32_t prot)
{
    return call(rig, process, ABI_SYS_SHM_ATTACH, key, size, prot);
}

static uint32_t detach(struct rig *rig, struct process *process, vaddr_t va)
{
    return call(rig, process, ABI_SYS_SHM_DETACH, va, 0, 0);
}

static uint32_t free_bytes(const struct rig *rig)
{
    uint32_t bytes, largest;

    os_memory(rig->os, &bytes, &largest);
    return bytes;
}

static bool may(const struct rig *rig, const struct process *p, vaddr_t va,
                uint32_t size, enum mmu_prot kind)
{
    return os_user_holds(rig->os, p, va, size, kind);
}

static void put(struct rig *rig, struct process *p, vaddr_t va, uint8_t byte)
{
    assert_int_equal(os_copy_to_user(rig->os, p, va, &byte, 1), 0);
}

static uint8_t get(struct rig *rig, struct process *p, vaddr_t va)
{
    uint8_t byte = 0xee;

    assert_int_equal(os_copy_from_user(rig->os, p, &byte, va, 1), 0);
    return byte;
}

/* ---- what processes see ---- */

static void test_shm_is_the_same_for_who_knows_the_key(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < SCHEMES; i++) {
        struct process *p = spawn(rig, schemes[i]);
        struct process *q = spawn_bits(rig, ELF_ARM, schemes[1 - i], 2);
        const uint32_t before = free_bytes(rig);

        phys_fill(rig->phys, RIG_PHYS - 40000, 0x77, 40000);
        assert_int_equal(attach(rig, p, 5, 1000, BOTH), VA2);
        assert_int_equal(get(rig, p, VA2), 0);
        assert_int_equal(get(rig, p, VA2 + 999), 0);
        assert_false(may(rig, p, VA2 + 1000, 1, MMU_READ));
        put(rig, p, VA2 + 3, 0x41);
        assert_int_equal(attach(rig, q, 5, 0, BOTH), VA2);
        assert_int_equal(free_bytes(rig), before - 1000);
        assert_int_equal(get(rig, q, VA2 + 3), 0x41);
        put(rig, q, VA2 + 999, 0x42);
        assert_int_equal(get(rig, p, VA2 + 999), 0x42);

        /* Gone with the last, however it goes; then it is new again. */
        assert_int_equal(detach(rig, p, VA2), 0);
        assert_false(may(rig, p, VA2, 1, MMU_READ));
        assert_int_equal(free_bytes(rig), before - 1000);
        os_exit(rig->os, q, 0);
        assert_true(os_check(rig->os));
        assert_int_equal(attach(rig, p, 5, 2000, BOTH), VA2);
        assert_int_equal(get(rig, p, VA2 + 3), 0);
        os_exit(rig->os, p, 0);
        assert_true(rig_is_empty(rig));
    }
}

static void test_shm_gives_each_its_own_rights(void **state)
{
    static const unsigned rights[] = {READ, WRITE, BOTH};
    struct rig *rig = *state;

    for (size_t i = 0; i < SCHEMES; i++)
        for (unsigned a = 0; a < 3; a++)
            for (unsigned b = 0; b < 3; b++) {
                struct process *p = spawn(rig, schemes[i]);
                struct process *q = spawn(rig, schemes[i]);
                const unsigned pr = rights[a], qr = rights[b];

                assert_int_equal(attach(rig, p, 1, 64, pr), VA2);
                assert_int_equal(attach(rig, q, 1, 64, qr), VA2);
                assert_int_equal(may(rig, p, VA2, 64, MMU_READ), pr & 1);
                assert_int_equal(may(rig, p, VA2, 64, MMU_WRITE), pr >> 1);
                assert_int_equal(may(rig, q, VA2, 64, MMU_READ), qr & 1);
                assert_int_equal(may(rig, q, VA2, 64, MMU_WRITE), qr >> 1);
                assert_false(may(rig, q, VA2, 1, MMU_EXEC));
                os_exit(rig->os, p, 0);
                os_exit(rig->os, q, 0);
            }
}

static void test_shm_is_common_after_fork_and_gone_after_exec(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < SCHEMES; i++) {
        struct elf_build elf;
        const struct os_program program =
            program_of(&elf, ELF_ARM, schemes[i], 2);
        struct process *p = spawn(rig, schemes[i]), *child = NULL;

        assert_int_equal(attach(rig, p, 1, 64, BOTH), VA2);
        assert_int_equal(os_fork(rig->os, p, &child), 0);
        assert_true(os_check(rig->os));
        assert_false(os_get_copy(rig->os, p, 2));
        assert_true(may(rig, p, VA2, 64, MMU_WRITE));
        assert_true(may(rig, child, VA2, 64, MMU_WRITE));
        put(rig, p, VA2, 9);
        assert_int_equal(get(rig, child, VA2), 9);

        /* The code and data of the next program are its own. */
        const uint32_t before = free_bytes(rig);
        pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
        assert_int_equal(os_exec(rig->os, child, &program, &rig->why), 0);
        assert_true(os_check(rig->os));
        assert_false(may(rig, child, VA2, 1, MMU_READ));
        assert_true(free_bytes(rig) < before);
        assert_int_equal(get(rig, p, VA2), 9);
        pcb_set(rig->phys, child->pcb, PCB_FIELD_STATE, PCB_READY);
        os_exit(rig->os, child, 0);
        os_exit(rig->os, p, 0);
    }
}

static void test_shm_moves_with_all_who_have_it(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < SCHEMES; i++) {
        struct process *hole = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, 5000);
        struct process *p = spawn(rig, schemes[i]);
        struct process *q = spawn(rig, schemes[i]);

        assert_int_equal(attach(rig, p, 1, 64, BOTH), VA2);
        assert_int_equal(attach(rig, q, 1, 64, READ), VA2);
        const paddr_t before = os_block_of(q, 2)->base;
        put(rig, p, VA2 + 63, 0x5c);
        os_exit(rig->os, hole, 0);
        os_compact(rig->os, OS_COMPACT_DOWN);
        assert_true(os_check(rig->os));
        assert_int_equal(os_block_of(q, 2)->base, before - 5000);
        assert_int_equal(get(rig, p, VA2 + 63), 0x5c);
        assert_int_equal(get(rig, q, VA2 + 63), 0x5c);
        assert_false(may(rig, q, VA2, 1, MMU_WRITE));

        /* A third one finds it by the key. */
        struct process *r = spawn(rig, schemes[i]);
        assert_int_equal(attach(rig, r, 1, 64, READ), VA2);
        assert_int_equal(get(rig, r, VA2 + 63), 0x5c);
        os_exit(rig->os, p, 0);
        os_exit(rig->os, q, 0);
        os_exit(rig->os, r, 0);
    }
}

/* Neither what is constant by chance nor what grows takes it. */
static void test_shm_is_nothing_else(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, "table");

    assert_int_equal(attach(rig, p, 1, 64, READ), VA2);
    assert_int_equal(os_resize(rig->os, p, 2, 100), -ENOMEM);
    assert_int_equal(os_resize(rig->os, p, 2, 10), -ENOMEM);
    assert_int_equal(os_unshare(rig->os, p, 2), -EINVAL);

    /* A program whose constants are such bytes, under the same selector. */
    struct elf_build elf;
    struct process *q = NULL;
    struct os_program program = program_of(&elf, ELF_X86, "table", 2);
    elf_put(&elf, PH(1, PH_VADDR), 4, 0x40000000);
    elf_put(&elf, PH(2, PH_TYPE), 4, 1);
    elf_put(&elf, PH(2, PH_VADDR), 4, VA2);
    elf_put(&elf, PH(2, PH_FILESZ), 4, 0);
    elf_put(&elf, PH(2, PH_MEMSZ), 4, 64);
    elf_put(&elf, PH(2, PH_FLAGS), 4, 4);
    assert_int_equal(os_spawn(rig->os, &program, &q, &rig->why), 0);
    assert_true(os_check(rig->os));
    assert_int_not_equal(os_block_of(q, 2)->base, os_block_of(p, 2)->base);
    os_exit(rig->os, p, 0);
    os_exit(rig->os, q, 0);
}

/* ---- what is refused ---- */

static void test_shm_refuses_what_it_cannot_give(void **state)
{
    static const struct {
        const char *what;
        uint32_t size, prot;
        int error;
    } cases[] = {
        {"no rights", 64, 0, ABI_EINVAL},
        {"code", 64, BOTH | 4, ABI_EINVAL},
        {"unknown rights", 64, 0x80000001, ABI_EINVAL},
        {"no size", 0, BOTH, ABI_EINVAL},
        {"more than an offset says", 0x40000001, BOTH, ABI_EINVAL},
        {"more than there is", RIG_PHYS, BOTH, ABI_ENOMEM},
        {"the most", 0x40000000, BOTH, ABI_ENOMEM},
    };
    struct rig *rig = *state;
    struct process *p = spawn(rig, "segmented");
    struct process *q = spawn(rig, "segmented");
    const uint32_t before = free_bytes(rig);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (attach(rig, p, 1, cases[i].size, cases[i].prot) !=
            minus((uint32_t)cases[i].error))
            fail_msg("%s", cases[i].what);
    assert_int_equal(free_bytes(rig), before);

    assert_int_equal(attach(rig, p, 1, 64, BOTH), VA2);
    assert_int_equal(attach(rig, q, 1, 65, BOTH), minus(ABI_EINVAL));
    assert_int_equal(attach(rig, p, 2, 64, BOTH), minus(ABI_EMFILE));
    assert_int_equal(attach(rig, q, 1, 1, BOTH), VA2);

    /* Nothing, the inside, code, stack, nobody's. */
    static const vaddr_t wrong[] = {0,          VA2 + 1, 0x40000000,
                                    0xc0000000, 1234,    UINT32_MAX};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(detach(rig, p, wrong[i]), minus(ABI_EINVAL));
    assert_int_equal(detach(rig, p, VA2), 0);
    assert_int_equal(detach(rig, p, VA2), minus(ABI_EINVAL));
    os_exit(rig->os, p, 0);
    os_exit(rig->os, q, 0);
}

static void test_shm_needs_selectors(void **state)
{
    static const char *const without[] = {"base-bounds", "implicit"};
    struct rig *rig = *state;

    for (size_t i = 0; i < 2; i++) {
        struct process *p = spawn_bits(rig, ELF_X86, without[i], 0);

        assert_int_equal(attach(rig, p, 1, 64, BOTH), minus(ABI_ENOSYS));
        assert_int_equal(detach(rig, p, 0), minus(ABI_ENOSYS));
        os_exit(rig->os, p, 0);
    }
}

/* Selectors run out for one process, keys for all. */
static void test_shm_runs_out(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn_bits(rig, ELF_X86, "segmented", 3);
    struct process *q = spawn_bits(rig, ELF_X86, "table", 8);

    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(attach(rig, p, i, 16, BOTH), (6 - i) << 29);
    assert_int_equal(attach(rig, p, 0, 16, BOTH), minus(ABI_EMFILE));
    for (uint32_t i = 5; i < OS_SHARED; i++)
        assert_int_equal(attach(rig, q, i, 16, BOTH), (254 - (i - 5)) << 24);
    assert_int_equal(attach(rig, q, 1000, 16, BOTH), minus(ABI_ENOSPC));
    os_exit(rig->os, p, 0);
    assert_int_not_equal(attach(rig, q, 1000, 16, BOTH), minus(ABI_ENOSPC));

    /* One of them twice, with other rights each time. */
    const vaddr_t a = attach(rig, q, 1000, 0, READ);
    put(rig, q, attach(rig, q, 1000, 0, WRITE), 3);
    assert_int_equal(get(rig, q, a), 3);
    os_exit(rig->os, q, 0);
}

static void test_shm_survives_every_failing_allocation(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, "segmented");
    struct process *q = spawn(rig, "table");
    struct process *const who[] = {p, q};

    for (unsigned i = 0; i < 2; i++) {
        const uint32_t before = free_bytes(rig);
        uint32_t va;
        int n = 0;

        do {
            while (os_next(rig->os) != who[i])
                rig_trap(rig, os_next(rig->os), TRAP_TIMER);
            failing_after(n++);
            va = rig_call(rig, who[i], ABI_SYS_SHM_ATTACH, 1, 64, BOTH);
            failing_after(-1);
            assert_true(os_check(rig->os));
            assert_true(va == VA2 ||
                        (va == minus(ABI_ENOMEM) && free_bytes(rig) == before));
        } while (va != VA2 && n < 20);
        assert_int_equal(va, VA2);
    }
    os_exit(rig->os, p, 0);
    os_exit(rig->os, q, 0);
}

/* ---- the walker ---- */

static void test_shm_check_notices(void **state)
{
    struct rig *rig = *state;
    struct os *os = rig->os;
    struct process *p = spawn(rig, "segmented");
    struct segment s;

    assert_int_equal(attach(rig, p, 1, 64, BOTH), VA2);
    const struct os_shared was = os->shared[0];
    s = os_get_segment(os, p, 2);

    s.prot = MMU_RWX;
    os_set_segment(os, p, 2, &s);
    assert_false(os_check(os));
    s.prot = MMU_READ;
    s.bounds = 63;
    os_set_segment(os, p, 2, &s);
    assert_false(os_check(os));
    s.bounds = 64;
    os_set_segment(os, p, 2, &s);
    assert_true(os_check(os));

    os->shared[0].block.base += 16;
    assert_false(os_check(os));
    os->shared[0] = was;
    os->shared[1] = was;
    os->shared_count = 2;
    assert_false(os_check(os));
    os->shared_count = OS_SHARED + 1;
    assert_false(os_check(os));
    os->shared_count = 1;
    assert_true(os_check(os));
}

/* ---- any history ---- */

#define ACTORS 6u
#define KEYS   4u
#define STEPS  6000u

/*
 * The model: for each key how many have it and what its first byte is; for each
 * process which key it has, and whether it may write.
 */
struct story {
    struct rig *rig;
    struct rng rng;
    struct {
        struct process *process;
        bool has, writes;
        uint32_t key;
    } actors[ACTORS];
    unsigned users[KEYS];
    uint8_t bytes[KEYS];
};

static void drop(struct story *story, unsigned a)
{
    if (story->actors[a].has)
        story->users[story->actors[a].key]--;
    story->actors[a].has = false;
}

static void take(struct story *story, unsigned a, uint32_t key, bool writes)
{
    if (story->users[key]++ == 0)
        story->bytes[key] = 0;
    story->actors[a].has = true;
    story->actors[a].key = key;
    story->actors[a].writes = writes;
}

static void step(struct story *story)
{
    struct rig *rig = story->rig;
    const unsigned a = rng_below(&story->rng, ACTORS);
    const unsigned b = rng_below(&story->rng, ACTORS);
    const uint32_t key = rng_below(&story->rng, KEYS);
    const bool writes = rng_below(&story->rng, 2);
    struct process *p = story->actors[a].process;

    switch (p ? 1 + rng_below(&story->rng, 6) : 0) {
    case 0:
        story->actors[a].process =
            spawn(rig, schemes[rng_below(&story->rng, SCHEMES)]);
        break;
    case 1:
        os_exit(rig->os, p, 0);
        story->actors[a].process = NULL;
        drop(story, a);
        break;
    case 2:
        if (story->actors[a].has) {
            assert_int_equal(detach(rig, p, VA2), 0);
            drop(story, a);
            break;
        }
        assert_int_equal(attach(rig, p, key, 100, writes ? BOTH : READ), VA2);
        take(story, a, key, writes);
        break;
    case 3:
        if (story->actors[b].process)
            break;
        assert_int_equal(os_fork(rig->os, p, &story->actors[b].process), 0);
        pcb_set(rig->phys, story->actors[b].process->pcb, PCB_FIELD_PARENT, 0);
        if (story->actors[a].has)
            take(story, b, story->actors[a].key, story->actors[a].writes);
        break;
    case 4:
        os_compact(rig->os, rng_below(&story->rng, RIG_PHYS));
        break;
    default:
        if (!story->actors[a].has || !story->actors[a].writes)
            break;
        story->bytes[story->actors[a].key]++;
        put(rig, p, VA2, story->bytes[story->actors[a].key]);
    }
}

static void look(struct story *story)
{
    assert_true(os_check(story->rig->os));
    for (unsigned a = 0; a < ACTORS; a++) {
        struct process *p = story->actors[a].process;

        if (!p)
            continue;
        assert_int_equal(may(story->rig, p, VA2, 100, MMU_READ),
                         story->actors[a].has);
        assert_int_equal(may(story->rig, p, VA2, 100, MMU_WRITE),
                         story->actors[a].has && story->actors[a].writes);
        if (story->actors[a].has)
            assert_int_equal(get(story->rig, p, VA2),
                             story->bytes[story->actors[a].key]);
    }
}

static void test_shm_any_history_is_as_the_model_says(void **state)
{
    struct story story = {.rig = *state, .rng = rng_start()};

    for (unsigned i = 0; i < STEPS; i++) {
        step(&story);
        look(&story);
    }
    for (unsigned a = 0; a < ACTORS; a++)
        if (story.actors[a].process)
            os_exit(story.rig->os, story.actors[a].process, 0);
    assert_true(rig_is_empty(story.rig));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_shm_is_the_same_for_who_knows_the_key),
        TEST(test_shm_gives_each_its_own_rights),
        TEST(test_shm_is_common_after_fork_and_gone_after_exec),
        TEST(test_shm_moves_with_all_who_have_it),
        TEST(test_shm_is_nothing_else),
        TEST(test_shm_refuses_what_it_cannot_give),
        TEST(test_shm_needs_selectors),
        TEST(test_shm_runs_out),
        TEST(test_shm_survives_every_failing_allocation),
        TEST(test_shm_check_notices),
        TEST(test_shm_any_history_is_as_the_model_says),
    };

    return cmocka_run_group_tests_name("shm", tests, NULL, NULL);
}
