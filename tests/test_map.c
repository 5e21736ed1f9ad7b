/*
 * tests/test_map.c - whose each byte of physical memory is: os_map_next().
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"

#define PIECES 700u

struct map {
    struct os_piece pieces[PIECES];
    unsigned count;
};

/* They lie in order; from OS_END on there is nothing between them. */
static void draw(const struct rig *rig, struct map *map)
{
    struct os_map walk = {0};
    struct os_piece piece;
    paddr_t end = 0;

    for (map->count = 0; os_map_next(rig->os, &walk, &piece); map->count++) {
        assert_true(map->count < PIECES);
        assert_true(piece.size > 0);
        assert_true(piece.base == end || (piece.base > end && end < OS_END));
        end = piece.base + piece.size;
        map->pieces[map->count] = piece;
    }
    assert_int_equal(end, rig->phys->size);
}

static void expect(const struct map *map, unsigned index, paddr_t base,
                   uint32_t size, enum os_piece_kind what, uint32_t pid,
                   unsigned segment)
{
    const struct os_piece *p = &map->pieces[index];

    assert_true(index < map->count);
    assert_int_equal(p->base, base);
    assert_int_equal(p->size, size);
    assert_int_equal(p->what, what);
    assert_int_equal(p->pid, pid);
    assert_int_equal(p->segment, segment);
}

static void test_map_of_an_empty_machine(void **state)
{
    const struct rig *rig = *state;
    struct map map;

    draw(rig, &map);
    assert_int_equal(map.count, 3);
    expect(&map, 0, OS_TRAP_TABLE, 4 * TRAP_COUNT, OS_PIECE_TRAPS, 0, 0);
    expect(&map, 1, OS_PCBS, OS_PCBS_FIXED * PCB_SIZE, OS_PIECE_PCBS, 0, 0);
    expect(&map, 2, OS_END, RIG_PHYS - OS_END, OS_PIECE_HOLE, 0, 0);
}

static void test_map_names_images_and_holes(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_ARM, OS_END + 1000, 3000);
    struct map map;

    draw(rig, &map);
    assert_int_equal(map.count, 5);
    expect(&map, 2, OS_END, 1000, OS_PIECE_HOLE, 0, 0);
    expect(&map, 3, OS_END + 1000, 3000, OS_PIECE_SEGMENT, 1, 0);
    assert_int_equal(map.pieces[3].users, 1);
    expect(&map, 4, OS_END + 4000, RIG_PHYS - OS_END - 4000, OS_PIECE_HOLE, 0,
           0);
    os_exit(rig->os, p, 0);
    draw(rig, &map);
    assert_int_equal(map.count, 3);
}

static struct process *spawn(struct rig *rig, const char *scheme)
{
    static const char *const argv[] = {"prog"};
    struct elf_build elf;
    struct process *process = NULL;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, PH(1, PH_VADDR), 4, 0x40000000);
    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .base = OS_BASE_ANY,
                                       .scheme = os_scheme_find(scheme),
                                       .seg_bits = 2,
                                       .stack = 2048,
                                       .stack_max = 2048};
    assert_int_equal(os_spawn(rig->os, &program, &process, &rig->why), 0);
    return process;
}

static void test_map_names_segments_tables_and_who_shares(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, "segmented"), *q = spawn(rig, "segmented");
    struct process *t = spawn(rig, "table");
    struct map map;

    draw(rig, &map);
    assert_int_equal(map.count, 2 + 3 + 2 + 4 + 1);
    expect(&map, 2, OS_END, 164, OS_PIECE_SEGMENT, 1, 0);
    assert_int_equal(map.pieces[2].users, 2);
    expect(&map, 3, OS_END + 164, 0x30, OS_PIECE_SEGMENT, 1, 1);
    assert_int_equal(map.pieces[3].users, 1);
    expect(&map, 4, OS_END + 164 + 0x30, 2048, OS_PIECE_SEGMENT, 1, 3);
    assert_int_equal(map.pieces[5].pid, 2);
    assert_int_equal(map.pieces[5].segment, 1);
    assert_int_equal(map.pieces[7].what, OS_PIECE_TABLE);
    assert_int_equal(map.pieces[7].pid, 3);
    assert_int_equal(map.pieces[8].what, OS_PIECE_SEGMENT);

    /* The first is gone: it is the second's. */
    os_exit(rig->os, p, 0);
    draw(rig, &map);
    expect(&map, 2, OS_END, 164, OS_PIECE_SEGMENT, 2, 0);
    assert_int_equal(map.pieces[2].users, 1);
    os_exit(rig->os, q, 0);
    os_exit(rig->os, t, 0);
}

static void test_map_names_pipes_and_more_pcbs(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);
    unsigned pipes = 0, pcbs = 0;
    struct map map;

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_PIPE, 0x300, 0, 0), 0);
    for (unsigned i = 1; i < OS_PCBS_FIXED + 2; i++)
        assert_int_equal(rig_call(rig, p, ABI_SYS_FORK, 0, 0, 0), i + 1);
    draw(rig, &map);
    for (unsigned i = 0; i < map.count; i++) {
        pipes += map.pieces[i].what == OS_PIECE_PIPE;
        if (map.pieces[i].what == OS_PIECE_PCB) {
            assert_int_equal(map.pieces[i].size, PCB_SIZE);
            assert_int_equal(map.pieces[i].pid, OS_PCBS_FIXED + 1 + pcbs);
            pcbs++;
        }
    }
    assert_int_equal(pipes, 1);
    assert_int_equal(pcbs, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_map_of_an_empty_machine),
        TEST(test_map_names_images_and_holes),
        TEST(test_map_names_segments_tables_and_who_shares),
        TEST(test_map_names_pipes_and_more_pcbs),
    };

    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
