/*
 * tests/test_textbook.c - the textbook's own program runs as it says.
 *
 * Operating Systems: Three Easy Pieces, ch. 15 "Mechanism: Address
 * Translation": an address space of 16 KiB at 32 KiB, and in it
 *
 *      128: movl 0x0(%ebx), %eax       load 0 + ebx into eax
 *      132: addl $0x03, %eax           add 3 to eax
 *      135: movl %eax, 0x0(%ebx)       store eax back to memory
 *
 * with x, which is 3000, at 15 KiB, whose address is in ebx. The book's
 * addresses leave four bytes for the first instruction, whose shortest form has
 * three: a DS prefix fills the gap. What follows at 138 is ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "emu/machine.h"
#include "tests/elf_build.h"

#define KIB(n) ((uint32_t)(n)*1024u)

#define PHYS   KIB(64)
#define BASE   KIB(32)
#define BOUNDS KIB(16)
#define CODE   128u
#define X      KIB(15)
#define AFTER  138u

static const uint8_t program[] = {0x3e, 0x8b, 0x43, 0x00, /* movl (ebx), eax */
                                  0x83, 0xc0, 0x03,       /* addl $3, eax    */
                                  0x89, 0x43, 0x00,       /* movl eax, (ebx) */
                                  0xf4};                  /* hlt             */

struct record {
    vaddr_t pc;
    struct mmu_access access;
    paddr_t pa;
};

struct scene {
    struct machine *machine;
    struct process *process;
    struct phys *phys;
    struct record records[8];
    unsigned count;
    struct trap trap;
    uint32_t x; /* when it trapped */
};

static int no_read(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)fd, (void)to, (void)size;
    return 0;
}

static int no_write(void *ctx, int fd, const void *from, uint32_t size)
{
    (void)ctx, (void)fd, (void)from;
    return (int)size;
}

static void on_access(void *ctx, const struct process *process, vaddr_t pc,
                      const struct mmu_access *access, paddr_t pa)
{
    struct scene *scene = ctx;

    (void)process;
    assert_true(scene->count < 8);
    scene->records[scene->count++] = (struct record){pc, *access, pa};
}

static void on_trap(void *ctx, const struct process *process,
                    const struct trap *trap)
{
    struct scene *scene = ctx;

    (void)process;
    scene->trap = *trap;
    scene->x = phys_read32(scene->phys, BASE + X);
}

static void spawn(struct scene *scene)
{
    static const char *const argv[] = {"textbook"};
    struct os_error why;
    struct elf_build elf;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, EH_PHNUM, 2, 1);
    elf_put(&elf, EH_ENTRY, 4, CODE);
    memcpy(elf.bytes + CODE, program, sizeof(program));
    const struct os_program request = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = BOUNDS,
                                       .base = BASE};
    if (os_spawn(machine_os(scene->machine), &request, &scene->process, &why))
        fail_msg("%s", why.text);
}

/* The machine of the book, about to fetch from 128. */
static void boot(struct scene *scene, bool observed)
{
    const struct machine_config config = {.phys_size = PHYS,
                                          .io = {no_read, no_write, NULL}};
    const struct machine_watcher watcher = {.ctx = scene,
                                            .access =
                                                observed ? on_access : NULL,
                                            .before_trap = on_trap};

    memset(scene, 0, sizeof(*scene));
    assert_int_equal(machine_create(&scene->machine, &config, &watcher), 0);
    scene->phys = os_phys(machine_os(scene->machine));
    spawn(scene);
    phys_write32(scene->phys, BASE + X, 3000);
    pcb_set_reg(scene->phys, scene->process->pcb, &isa_x86, X86_EBX, X);
}

static void test_textbook_program_makes_five_accesses(void **state)
{
    static const struct record want[] = {
        {128, {128, 4, MMU_EXEC}, 32896}, /* fetch instruction at 128  */
        {128, {X, 4, MMU_READ}, 48128},   /* execute: load from 15 KiB */
        {132, {132, 3, MMU_EXEC}, 32900}, /* fetch instruction at 132  */
        {135, {135, 3, MMU_EXEC}, 32903}, /* fetch instruction at 135  */
        {135, {X, 4, MMU_WRITE}, 48128},  /* execute: store to 15 KiB  */
    };
    struct scene scene;

    (void)state;
    boot(&scene, true);
    assert_int_equal(machine_run(scene.machine, 3), MACHINE_LIMIT);
    assert_int_equal(scene.count, 5);
    for (unsigned i = 0; i < 5; i++) {
        const struct record *is = &scene.records[i];

        assert_int_equal(is->pc, want[i].pc);
        assert_int_equal(is->access.kind, want[i].access.kind);
        assert_int_equal(is->access.va, want[i].access.va);
        assert_int_equal(is->access.size, want[i].access.size);
        assert_int_equal(is->pa, want[i].pa);
    }
    assert_int_equal(phys_read32(scene.phys, 48128), 3003);
    assert_int_equal(
        pcb_get_reg(scene.phys, scene.process->pcb, &isa_x86, X86_EIP), AFTER);
    machine_destroy(scene.machine);
}

static void test_textbook_program_needs_no_observer(void **state)
{
    struct scene scene;

    (void)state;
    boot(&scene, false);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(scene.trap.cause, TRAP_PRIVILEGED);
    assert_int_equal(scene.trap.pc, AFTER);
    assert_int_equal(scene.x, 3003);
    machine_destroy(scene.machine);
}

/* With bounds of 15 KiB and 3 bytes x is no longer whole. */
static void test_textbook_program_is_stopped_at_bounds(void **state)
{
    struct scene scene;

    (void)state;
    boot(&scene, false);
    pcb_set(scene.phys, scene.process->pcb, PCB_FIELD_BOUNDS, X + 3);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(scene.trap.cause, TRAP_BOUNDS);
    assert_int_equal(scene.trap.pc, CODE);
    assert_int_equal(scene.trap.access.va, X);
    assert_int_equal(scene.trap.legal, 3);
    assert_int_equal(scene.x, 3000);
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 128 + 11);
    machine_destroy(scene.machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_textbook_program_makes_five_accesses),
        cmocka_unit_test(test_textbook_program_needs_no_observer),
        cmocka_unit_test(test_textbook_program_is_stopped_at_bounds),
    };

    return cmocka_run_group_tests_name("textbook", tests, NULL, NULL);
}
