/* tests/test_machine.c - emu/machine.c: a program from PCB to PCB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/machine.h"
#include "os/abi.h"
#include "tests/elf_build.h"
#include "tests/failing.h"

#define PHYS (128u * 1024u)
#define BASE 0x8003u

/* What a watcher has been told. */
struct seen {
    unsigned accesses, before, after;
    bool ended;
    uint32_t result; /* of the system call, in the PCB after it */
    const struct machine *machine;
};

struct scene {
    struct machine *machine;
    struct process *process;
    struct seen seen;
};

/* mov eax, 1; mov ebx, 5; int 0x80: exit(5) after 3 instructions. */
static const uint8_t exit_5[16] = {0xb8, ABI_SYS_EXIT, 0,   0, 0, 0xbb, 5, 0, 0,
                                   0,    0xcd,         0x80};

/* mov eax, 20; int 0x80; then hlt: getpid and a privileged instruction. */
static const uint8_t ask_and_halt[16] = {0xb8, ABI_SYS_GETPID, 0,    0,
                                         0,    0xcd,           0x80, 0xf4};

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
    struct seen *seen = ctx;

    assert_int_equal(process->pid, 1);
    assert_int_equal(access->kind, MMU_EXEC);
    assert_int_equal(access->va, pc);
    assert_int_equal(pa, BASE + pc);
    seen->accesses++;
}

static void on_before(void *ctx, const struct process *process,
                      const struct trap *trap)
{
    struct seen *seen = ctx;

    assert_int_equal(process->pid, 1);
    assert_true(trap->cause < TRAP_COUNT);
    seen->before++;
}

static void on_after(void *ctx, const struct process *process,
                     const struct trap *trap, bool ended)
{
    struct seen *seen = ctx;

    (void)trap;
    seen->after++;
    seen->ended = ended;
    if (!ended)
        seen->result = pcb_get_reg(os_phys(machine_os(seen->machine)),
                                   process->pcb, &isa_x86, X86_EAX);
}

/* A machine with one process that runs @code. */
static void boot(struct scene *scene, const uint8_t code[16],
                 bool watch_accesses)
{
    const struct machine_config config = {
        .phys_size = PHYS, .io = {no_read, no_write, NULL}, .counting = true};
    const struct machine_watcher watcher = {.ctx = &scene->seen,
                                            .access = watch_accesses ? on_access
                                                                     : NULL,
                                            .before_trap = on_before,
                                            .after_trap = on_after};
    static const char *const argv[] = {"test"};
    struct elf_build elf;
    struct os_error why;

    memset(scene, 0, sizeof(*scene));
    assert_int_equal(machine_create(&scene->machine, &config, &watcher), 0);
    scene->seen.machine = scene->machine;
    elf_build(&elf, ELF_X86);
    memcpy(elf.bytes + ELF_BUILD_ENTRY, code, 16);
    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = 4096,
                                       .base = BASE};
    assert_int_equal(
        os_spawn(machine_os(scene->machine), &program, &scene->process, &why),
        0);
}

static void test_machine_runs_a_program_to_its_exit(void **state)
{
    struct scene scene;

    (void)state;
    boot(&scene, exit_5, false);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 5);
    assert_int_equal(machine_counts(scene.machine).engine.instructions, 3);
    assert_int_equal(machine_counts(scene.machine).traps[TRAP_SYSCALL], 1);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    machine_destroy(scene.machine);
    machine_destroy(NULL);
}

static void test_machine_tells_its_watcher(void **state)
{
    struct scene scene;

    (void)state;
    boot(&scene, ask_and_halt, true);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(scene.seen.accesses, 2);
    assert_int_equal(scene.seen.before, 2);
    assert_int_equal(scene.seen.after, 2);
    assert_int_equal(scene.seen.result, 1); /* getpid() */
    assert_true(scene.seen.ended);
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 128 + 4);
    machine_destroy(scene.machine);
}

/* One instruction at a time is the same as all at once. */
static void test_machine_goes_on_after_its_limit(void **state)
{
    struct scene scene;

    (void)state;
    boot(&scene, exit_5, false);
    for (uint64_t limit = 0; limit < 3; limit++) {
        assert_int_equal(machine_run(scene.machine, limit), MACHINE_LIMIT);
        assert_int_equal(machine_counts(scene.machine).engine.instructions,
                         limit);
    }
    assert_int_equal(machine_run(scene.machine, 4), MACHINE_DONE);
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 5);
    machine_destroy(scene.machine);
}

/* Between two runs the registers in simulated memory are the only ones. */
static void test_machine_keeps_registers_in_the_pcb(void **state)
{
    struct scene scene;

    (void)state;
    boot(&scene, exit_5, false);
    assert_int_equal(machine_run(scene.machine, 2), MACHINE_LIMIT);

    struct phys *phys = os_phys(machine_os(scene.machine));
    const paddr_t pcb = scene.process->pcb;
    assert_int_equal(pcb_get_reg(phys, pcb, &isa_x86, X86_EBX), 5);
    assert_int_equal(pcb_get_reg(phys, pcb, &isa_x86, X86_EIP),
                     ELF_BUILD_ENTRY + 10);
    pcb_set_reg(phys, pcb, &isa_x86, X86_EBX, 77);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 77);
    machine_destroy(scene.machine);
}

/* The engine follows when the OS moves a process. */
static void test_machine_follows_moved_memory(void **state)
{
    struct scene scene;

    (void)state;
    boot(&scene, exit_5, false);
    assert_int_equal(machine_run(scene.machine, 1), MACHINE_LIMIT);

    struct phys *phys = os_phys(machine_os(scene.machine));
    uint8_t image[4096];
    phys_read(phys, BASE, image, sizeof(image));
    phys_fill(phys, BASE, 0xf4, sizeof(image));
    phys_write(phys, 0x10001, image, sizeof(image));
    pcb_set(phys, scene.process->pcb, PCB_FIELD_BASE, 0x10001);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 5);
    machine_destroy(scene.machine);
}

static void test_machine_guard_sees_each_side(void **state)
{
    static const paddr_t places[] = {OS_END, BASE - 1, BASE, BASE + 4096,
                                     PHYS - 1};
    struct scene scene;
    paddr_t pa = 0;

    (void)state;
    boot(&scene, exit_5, false);
    assert_false(
        os_guard_broken(machine_os(scene.machine), &pa)); /* not yet on */
    os_guard(machine_os(scene.machine));

    struct phys *phys = os_phys(machine_os(scene.machine));
    phys->bytes[BASE + 4095] ^= 1; /* the image is the process's own */
    assert_false(os_guard_broken(machine_os(scene.machine), &pa));
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_false(os_guard_broken(machine_os(scene.machine), &pa));

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        phys->bytes[places[i]] ^= 1;
        assert_true(os_guard_broken(machine_os(scene.machine), &pa));
        assert_int_equal(pa, places[i]);
        phys->bytes[places[i]] ^= 1;
    }
    machine_destroy(scene.machine);
}

/* push eax; pop ecx; mov eax, 1; mov ebx, 5; int 0x80 */
static const uint8_t push_pop_exit[16] = {
    0x50, 0x59, 0xb8, ABI_SYS_EXIT, 0, 0, 0, 0xbb, 5, 0, 0, 0, 0xcd, 0x80};

/* A handler that has seen one trap and lets the instruction run again. */
static enum os_action on_injected(struct os *os, struct process *process,
                                  const struct trap *trap, void *context)
{
    struct trap *seen = context;

    (void)os, (void)process;
    assert_int_equal(seen->access.size, 0); /* it happens once */
    *seen = *trap;
    return OS_RETRY;
}

static void test_machine_injects_into_the_nth_access(void **state)
{
    static const struct {
        enum mmu_prot kind;
        unsigned pc; /* from the entry on */
    } want[] = {{MMU_EXEC, 0}, {MMU_WRITE, 0}, {MMU_EXEC, 1}, {MMU_READ, 1},
                {MMU_EXEC, 2}, {MMU_EXEC, 7},  {MMU_EXEC, 12}};
    struct scene scene;

    (void)state;
    for (unsigned i = 0; i <= 7; i++) {
        struct trap seen = {0};

        boot(&scene, push_pop_exit, false);
        os_set_handler(machine_os(scene.machine), TRAP_ABSENT, on_injected,
                       &seen);
        machine_inject(scene.machine, i + 1, MMU_FAULT_ABSENT);
        assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
        assert_int_equal(os_exit_code(machine_os(scene.machine)), 5);

        const struct machine_counts counts = machine_counts(scene.machine);
        assert_int_equal(counts.engine.instructions, 5);
        assert_int_equal(counts.engine.loads, 1);
        assert_int_equal(counts.engine.stores, 1);
        assert_int_equal(counts.traps[TRAP_ABSENT], i < 7);
        if (i < 7) {
            assert_int_equal(seen.access.kind, want[i].kind);
            assert_int_equal(seen.pc, ELF_BUILD_ENTRY + want[i].pc);
            assert_int_equal(seen.legal, 0);
        }
        machine_destroy(scene.machine);
    }
}

/* Notes how many instructions were complete when it happened. */
struct happening {
    unsigned count;
    uint64_t at[4];
};

static void happen(struct machine *machine, void *ctx)
{
    struct happening *h = ctx;

    h->at[h->count++] = machine_counts(machine).engine.instructions;
}

static void stop(struct machine *machine, void *ctx)
{
    happen(machine, ctx);
    machine_stop(machine);
}

static void test_machine_lets_things_happen_at_their_cycle(void **state)
{
    struct happening h = {0};
    struct scene scene;

    (void)state;
    boot(&scene, push_pop_exit, false);
    assert_int_equal(machine_at(scene.machine, 4, stop, &h), 0);
    assert_int_equal(machine_at(scene.machine, 0, happen, &h), 0);
    assert_int_equal(machine_at(scene.machine, 2, happen, &h), 0);
    assert_int_equal(machine_at(scene.machine, 100, happen, &h), 0);
    assert_int_equal(machine_run(scene.machine, 3), MACHINE_LIMIT);
    assert_int_equal(h.count, 2);
    assert_int_equal(h.at[0], 0);
    assert_int_equal(h.at[1], 2);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_STOPPED);
    assert_int_equal(h.at[2], 4);
    assert_int_equal(machine_clock(scene.machine), 4);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(h.count, 3); /* the end came before the last one */
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 5);
    machine_destroy(scene.machine);
}

static void test_machine_create_refuses_bad_sizes(void **state)
{
    const struct machine_config config = {.phys_size = PHYS_SIZE_MIN - 1,
                                          .io = {no_read, no_write, NULL}};
    struct machine *machine = NULL;

    (void)state;
    assert_int_equal(machine_create(&machine, &config, NULL), -EINVAL);
    assert_null(machine);
}

static void test_machine_create_reports_every_enomem(void **state)
{
    const struct machine_config config = {.phys_size = PHYS,
                                          .io = {no_read, no_write, NULL}};
    struct machine *machine = NULL;
    int n = 0;

    (void)state;
    do {
        failing_after(n++);
        const int err = machine_create(&machine, &config, NULL);
        failing_after(-1);
        assert_true(err == -ENOMEM ? !machine : !err);
    } while (!machine);
    assert_true(n > 3);
    machine_destroy(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machine_runs_a_program_to_its_exit),
        cmocka_unit_test(test_machine_tells_its_watcher),
        cmocka_unit_test(test_machine_goes_on_after_its_limit),
        cmocka_unit_test(test_machine_keeps_registers_in_the_pcb),
        cmocka_unit_test(test_machine_follows_moved_memory),
        cmocka_unit_test(test_machine_guard_sees_each_side),
        cmocka_unit_test(test_machine_injects_into_the_nth_access),
        cmocka_unit_test(test_machine_lets_things_happen_at_their_cycle),
        cmocka_unit_test(test_machine_create_refuses_bad_sizes),
        cmocka_unit_test(test_machine_create_reports_every_enomem),
    };

    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
