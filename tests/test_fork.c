/*
 * tests/test_fork.c - two processes from one: what is copied, what is shared,
 * who gets a copy when, and that nothing is lost when there is no room.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/failing.h"
#include "tests/rig.h"
#include "tests/rng.h"

#define DATA       0x40000000u
#define DATA_SIZE  0x30u
#define STACK_SIZE 2048u
#define STACK_MAX  16384u

enum { CODE_SEGMENT = 0, DATA_SEGMENT = 1, STACK_SEGMENT = 3 };

static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

/* The good file, with its data where segment 1 begins. */
static struct process *spawn_under(struct rig *rig, const char *scheme,
                                   unsigned seg_bits)
{
    static const char *const argv[] = {"prog", "x"};
    struct elf_build elf;
    struct process *process = NULL;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, PH(1, PH_VADDR), 4, DATA);

    const struct os_program program = {
        .file = elf.bytes,
        .file_size = elf.size,
        .argc = 2,
        .argv = argv,
        .base = OS_BASE_ANY,
        .scheme = os_scheme_find(scheme),
        .seg_bits = seg_bits,
        .stack = STACK_SIZE,
        .stack_max = STACK_MAX,
    };
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

static struct process *spawn(struct rig *rig)
{
    return spawn_under(rig, "segmented", 2);
}

static struct process *fork_of(struct rig *rig, struct process *p)
{
    struct process *child = NULL;

    assert_int_equal(os_fork(rig->os, p, &child), 0);
    assert_true(os_check(rig->os));
    return child;
}

static struct pcb_segment segment_of(const struct rig *rig,
                                     const struct process *p, unsigned index)
{
    return pcb_get_segment(rig->phys, p->pcb, index);
}

/* A byte of a process, by the registers in its PCB. */
static uint8_t *byte_at(struct rig *rig, const struct process *p, vaddr_t va)
{
    const union os_mmu regs = os_registers(rig->os, p);
    const struct mmu_access access = {va, 1, MMU_READ};
    paddr_t pa = 0;

    assert_int_equal(mmu_translate(&regs.mmu, &access, &pa), MMU_FAULT_NONE);
    return rig->phys->bytes + pa;
}

/* What the CPU does with a store of a byte: returns how often it trapped. */
static unsigned store(struct rig *rig, struct process *p, vaddr_t va,
                      uint8_t byte)
{
    const struct mmu_access access = {va, 1, MMU_WRITE};
    unsigned traps = 0;
    paddr_t pa;

    for (;; traps++) {
        const enum mmu_fault fault = mmu_translate(&p->regs.mmu, &access, &pa);

        if (fault == MMU_FAULT_NONE) {
            rig->phys->bytes[pa] = byte;
            return traps;
        }

        const struct trap trap = {.cause = trap_of_fault(fault),
                                  .access = access};
        os_trap(rig->os, p, &trap);
        if (!os_lives(rig->os, p) || traps > 2)
            return UINT32_MAX;
        pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    }
}

static uint32_t free_bytes(const struct rig *rig)
{
    uint32_t bytes, largest;

    os_memory(rig->os, &bytes, &largest);
    return bytes;
}

/* ---- base and bounds: a copy ---- */

static void test_fork_copies_an_image(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, RIG_BOUNDS);
    struct process *other = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 2000);
    struct cpu_state before, child_cpu;

    for (unsigned i = 0; i < p->isa->save_size; i++)
        before.bytes[i] = (uint8_t)(i * 7 + 3);
    pcb_save(rig->phys, p->pcb, p->isa, &before);
    memset(rig_bytes(rig, p, 0x300), 0x5a, 100);
    pcb_set64(rig->phys, p->pcb, PCB_FIELD_CPU, 1000);

    struct process *child = fork_of(rig, p);
    assert_int_equal(child->pid, 3);
    assert_false(child->counts);
    assert_int_equal(pcb_get(rig->phys, child->pcb, PCB_FIELD_PARENT), 1);
    assert_int_equal(pcb_get(rig->phys, child->pcb, PCB_FIELD_STATE),
                     PCB_READY);
    assert_true(pcb_get64(rig->phys, child->pcb, PCB_FIELD_CPU) == 0);
    assert_int_equal(child->blocks[0].size, RIG_BOUNDS);
    assert_int_not_equal(child->blocks[0].base, p->blocks[0].base);
    assert_int_equal(child->regs.bb.base, child->blocks[0].base);
    assert_int_equal(child->regs.bb.bounds, RIG_BOUNDS);
    assert_memory_equal(rig_bytes(rig, child, 0), rig_bytes(rig, p, 0),
                        RIG_BOUNDS);

    /* All registers but the result. */
    isa_set(p->isa, &before, p->isa->call_result, 0);
    pcb_restore(rig->phys, child->pcb, child->isa, &child_cpu);
    assert_memory_equal(&child_cpu, &before, p->isa->save_size);

    /* And from now on each has its own. */
    *rig_bytes(rig, p, 0x300) = 1;
    *rig_bytes(rig, child, 0x301) = 2;
    assert_int_equal(*rig_bytes(rig, child, 0x300), 0x5a);
    assert_int_equal(*rig_bytes(rig, p, 0x301), 0x5a);
    os_exit(rig->os, other, 0);
}

static void test_fork_call_returns_twice(void **state)
{
    static const struct {
        uint32_t number, flags, stack;
    } cases[] = {
        {ABI_SYS_FORK, 0, 0},
        {ABI_SYS_VFORK, 99, 99},
        {ABI_SYS_CLONE, ABI_SIGCHLD, 0},
        {ABI_SYS_CLONE, ABI_SIGCHLD | ABI_CLONE_CHILD_CLEARTID, 0},
    };
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);

    assert_ptr_equal(os_next(rig->os), p);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t pid = rig_call(rig, p, cases[i].number, cases[i].flags,
                                      cases[i].stack, 0);
        struct process *child = os_find(rig->os, pid);

        assert_non_null(child);
        assert_true(os_check(rig->os));
        assert_int_equal(
            pcb_get_reg(rig->phys, child->pcb, child->isa, X86_EAX), 0);
        assert_ptr_equal(rig_trap(rig, p, TRAP_TIMER), child);
        assert_int_equal(rig_call(rig, child, ABI_SYS_GETPPID, 0, 0, 0),
                         p->pid);
        assert_int_equal(rig_call(rig, child, ABI_SYS_EXIT, 4, 0, 0), 4);
        assert_int_equal(rig_call(rig, p, ABI_SYS_WAIT4, pid, 0, 0), pid);
    }
}

static void test_fork_clone_takes_what_a_process_can_have(void **state)
{
    static const struct {
        uint32_t flags, stack;
    } refused[] = {
        {0, 0},                     /* no signal */
        {10, 0},                    /* another one */
        {ABI_SIGCHLD | 0x100, 0},   /* shared memory */
        {ABI_SIGCHLD | 0x4100, 0},  /* as vfork does */
        {ABI_SIGCHLD, 0x800},       /* a stack of its own */
        {ABI_SIGCHLD | 0x80000, 0}, /* a thread pointer */
    };
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, RIG_BOUNDS);

    assert_ptr_equal(os_next(rig->os), p);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_int_equal(rig_call(rig, p, ABI_SYS_CLONE, refused[i].flags,
                                  refused[i].stack, 0),
                         minus(ABI_EINVAL));

    pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->call_args[4], 0x304);
    const uint32_t pid =
        rig_call(rig, p, ABI_SYS_CLONE,
                 ABI_SIGCHLD | ABI_CLONE_PARENT_SETTID | ABI_CLONE_CHILD_SETTID,
                 0, 0x300);
    struct process *child = os_find(rig->os, pid);
    assert_int_equal(*rig_bytes(rig, p, 0x300), pid);
    assert_int_equal(*rig_bytes(rig, p, 0x304), 0);
    assert_int_equal(*rig_bytes(rig, child, 0x304), pid);
    assert_int_equal(*rig_bytes(rig, child, 0x300), 0);
    os_exit(rig->os, child, 0);
}

static void test_fork_without_room_has_not_happened(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 60000);
    struct process *child = NULL;

    const uint32_t before = free_bytes(rig);
    assert_int_equal(os_fork(rig->os, p, &child), -ENOMEM);
    assert_null(child);
    assert_int_equal(free_bytes(rig), before);
    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_FORK, 0, 0, 0),
                     minus(ABI_ENOMEM));
    assert_int_equal(os_living(rig->os), 1);
}

/* A fork bomb goes off, and is bounded. */
static void test_fork_runs_out_of_processes(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 2000);

    assert_ptr_equal(os_next(rig->os), p);
    for (unsigned i = 1; i < OS_PROCESSES; i++)
        assert_int_equal(rig_call(rig, p, ABI_SYS_FORK, 0, 0, 0), i + 1);
    assert_int_equal(rig_call(rig, p, ABI_SYS_FORK, 0, 0, 0),
                     minus(ABI_EAGAIN));
    assert_true(os_check(rig->os));
    assert_int_equal(os_living(rig->os), OS_PROCESSES);
}

/* With segments a process costs its PCB, and its table where it has one. */
static void test_fork_runs_out_of_processes_with_segments(void **state)
{
    static const char *const schemes[] = {"segmented", "table"};
    struct rig *rig = *state;

    for (unsigned k = 0; k < 2; k++) {
        struct process *p = spawn_under(rig, schemes[k], 2);
        const uint32_t first = p->pid;

        assert_ptr_equal(os_next(rig->os), p);
        for (unsigned i = 1; i < OS_PROCESSES; i++)
            assert_int_equal(rig_call(rig, p, ABI_SYS_FORK, 0, 0, 0),
                             first + i);
        assert_int_equal(rig_call(rig, p, ABI_SYS_FORK, 0, 0, 0),
                         minus(ABI_EAGAIN));
        assert_true(os_check(rig->os));
        assert_int_equal(os_living(rig->os), OS_PROCESSES);
        for (unsigned i = 1; i < OS_PROCESSES; i++)
            os_exit(rig->os, os_find(rig->os, first + i), 0);
        assert_int_not_equal(rig_call(rig, p, ABI_SYS_WAIT4, UINT32_MAX, 0, 0),
                             minus(ABI_ECHILD));
        os_exit(rig->os, p, 0);
        assert_true(rig_is_empty(rig));
    }
}

/* ---- segments: shared until written ---- */

static void test_fork_shares_segments_until_a_store(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const uint32_t before = free_bytes(rig);

    assert_ptr_equal(os_next(rig->os), p);
    struct process *child = fork_of(rig, p);
    assert_int_equal(free_bytes(rig), before);
    for (unsigned i = 0; i < PCB_SEGMENTS; i++)
        assert_int_equal(child->blocks[i].base, p->blocks[i].base);
    assert_int_equal(segment_of(rig, p, CODE_SEGMENT).flags,
                     MMU_READ | MMU_EXEC | PCB_PRESENT);
    assert_int_equal(segment_of(rig, p, DATA_SEGMENT).flags,
                     MMU_READ | PCB_PRESENT | PCB_COPY);
    assert_int_equal(segment_of(rig, child, STACK_SEGMENT).flags,
                     MMU_READ | PCB_PRESENT | PCB_GROWS_DOWN | PCB_COPY);
    assert_int_equal(os_users(rig->os, &p->blocks[CODE_SEGMENT]), 2);

    /* The first store of each traps once; the second writer needs no copy. */
    os_load_registers(rig->os, p);
    assert_int_equal(store(rig, p, DATA + 3, 'X'), 1);
    assert_true(os_check(rig->os));
    assert_int_equal(free_bytes(rig), before - DATA_SIZE);
    assert_int_equal(store(rig, p, DATA + 4, 'Y'), 0);
    assert_memory_equal(byte_at(rig, p, DATA), "datXYata", 8);
    assert_memory_equal(byte_at(rig, child, DATA), "datadata", 8);
    assert_int_equal(store(rig, child, DATA + 4, 'Z'), 1);
    assert_int_equal(free_bytes(rig), before - DATA_SIZE);
    assert_int_equal(store(rig, child, DATA + 4, 'Z'), 0);
    assert_memory_equal(byte_at(rig, child, DATA), "dataZata", 8);
    assert_memory_equal(byte_at(rig, p, DATA), "datXYata", 8);
    assert_int_equal(segment_of(rig, p, DATA_SEGMENT).flags,
                     MMU_READ | MMU_WRITE | PCB_PRESENT);
    assert_int_equal(segment_of(rig, child, DATA_SEGMENT).flags,
                     MMU_READ | MMU_WRITE | PCB_PRESENT);

    /* The stack is copied with its end in place. */
    assert_int_equal(store(rig, child, 0u - 7, 9), 1);
    assert_int_equal(*byte_at(rig, child, 0u - 7), 9);
    assert_string_equal((char *)byte_at(rig, child, UINT32_MAX - 1), "x");
    assert_int_equal(*byte_at(rig, p, 0u - 7), 'p'); /* of "prog" */

    /* Code stays shared, and what was never writable stays so. */
    assert_int_equal(os_users(rig->os, &p->blocks[CODE_SEGMENT]), 2);
    assert_int_equal(store(rig, child, 0, 1), UINT32_MAX);
    assert_int_equal(os_exit_code(rig->os), 139);
    assert_int_equal(os_users(rig->os, &p->blocks[CODE_SEGMENT]), 1);
    assert_true(os_check(rig->os));
}

static void test_fork_shares_among_many(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig), *child[9];

    assert_ptr_equal(os_next(rig->os), p);
    for (unsigned i = 0; i < 9; i++)
        child[i] = fork_of(rig, i % 2 ? child[i - 1] : p);
    assert_int_equal(os_users(rig->os, &p->blocks[DATA_SEGMENT]), 10);
    for (unsigned i = 0; i < 9; i++) {
        os_load_registers(rig->os, child[i]);
        assert_int_equal(store(rig, child[i], DATA, (uint8_t)i), 1);
        assert_true(os_check(rig->os));
    }
    assert_int_equal(os_users(rig->os, &p->blocks[DATA_SEGMENT]), 1);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(*byte_at(rig, child[i], DATA), i);
        os_exit(rig->os, child[i], 0);
        assert_true(os_check(rig->os));
    }
    assert_int_equal(*byte_at(rig, p, DATA), 'd');
}

/* The operating system's own stores copy, too: read() and what it grows. */
static void test_fork_system_calls_write_to_copies(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    struct process *child = fork_of(rig, p);
    rig->in = (const uint8_t *)"INPUT";
    rig->in_size = 5;
    assert_int_equal(rig_call(rig, p, ABI_SYS_READ, 0, DATA + 1, 5), 5);
    assert_true(os_check(rig->os));
    assert_memory_equal(byte_at(rig, p, DATA), "dINPUTta", 8);
    assert_memory_equal(byte_at(rig, child, DATA), "datadata", 8);

    /* To write() from it needs none. */
    const uint32_t before = free_bytes(rig);
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_int_equal(rig_call(rig, child, ABI_SYS_WRITE, 1, DATA, 8), 8);
    assert_int_equal(free_bytes(rig), before);
}

static void test_fork_break_and_stack_grow_in_copies(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, DATA + 1000, 0, 0),
                     DATA + 1000);
    memset(byte_at(rig, p, DATA + 500), 0x77, 500);
    struct process *child = fork_of(rig, p);

    /* Less needs no copy, but what it loses the other keeps. */
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_int_equal(rig_call(rig, child, ABI_SYS_BRK, DATA + 600, 0, 0),
                     DATA + 600);
    assert_int_equal(os_users(rig->os, &p->blocks[DATA_SEGMENT]), 2);
    assert_true(os_check(rig->os));
    assert_int_equal(rig_call(rig, child, ABI_SYS_BRK, DATA + 900, 0, 0),
                     DATA + 900);
    assert_true(os_check(rig->os));
    assert_int_equal(os_users(rig->os, &p->blocks[DATA_SEGMENT]), 1);
    assert_int_equal(*byte_at(rig, child, DATA + 599), 0x77);
    assert_int_equal(*byte_at(rig, child, DATA + 600), 0);
    assert_int_equal(*byte_at(rig, p, DATA + 600), 0x77);
    assert_int_equal(store(rig, child, DATA + 899, 1), 0);

    /* The stack: the end stays where it is, the rest is new. */
    pcb_set_reg(rig->phys, child->pcb, child->isa, X86_ESP, 0u - 3000);
    os_load_registers(rig->os, child);
    assert_int_equal(store(rig, child, 0u - 3000, 9), 1);
    assert_true(os_check(rig->os));
    assert_int_equal(segment_of(rig, p, STACK_SEGMENT).bounds, STACK_SIZE);
    assert_string_equal((char *)byte_at(rig, child, UINT32_MAX - 1), "x");
    assert_int_equal(*byte_at(rig, child, 0u - 2999), 0);
    os_load_registers(rig->os, p);
    assert_int_equal(store(rig, p, 0u - 1, 9), 1);
    assert_int_equal(*byte_at(rig, child, 0u - 1), 0);
}

static void test_fork_store_without_room_ends_the_process(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    uint32_t bytes, largest;

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(rig_call(rig, p, ABI_SYS_BRK, DATA + 60000, 0, 0),
                     DATA + 60000);
    struct process *child = fork_of(rig, p);
    os_memory(rig->os, &bytes, &largest);
    assert_true(largest < 60000);
    os_load_registers(rig->os, child);

    /* A call says so; a store cannot be told. */
    rig->in = (const uint8_t *)"INPUT";
    rig->in_size = 5;
    pcb_set(rig->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
    assert_int_equal(rig_call(rig, child, ABI_SYS_READ, 0, DATA, 5),
                     minus(ABI_EFAULT));
    assert_int_equal(rig->in_size, 5);
    assert_true(os_check(rig->os));
    assert_int_equal(store(rig, child, DATA, 1), UINT32_MAX);
    assert_int_equal(os_exit_code(rig->os), 137);
    assert_true(os_check(rig->os));
    os_load_registers(rig->os, p);
    assert_int_equal(store(rig, p, DATA, 1), 1); /* it is alone now */
}

/* Under a table descriptors say the same, and what is absent stays so. */
static void test_fork_of_a_table(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn_under(rig, "table", 2);

    assert_ptr_equal(os_next(rig->os), p);
    assert_int_equal(os_bring_in(rig->os, p, DATA_SEGMENT), 0);
    struct process *child = fork_of(rig, p);
    assert_int_not_equal(child->blocks[0].base, p->blocks[0].base);
    assert_int_equal(os_users(rig->os, os_block_of(p, DATA_SEGMENT)), 2);
    assert_int_equal(os_users(rig->os, os_block_of(p, CODE_SEGMENT)), 2);
    os_load_registers(rig->os, p);
    assert_int_equal(store(rig, p, DATA + 3, 'X'), 1);
    assert_int_equal(store(rig, p, DATA + 3, 'X'), 0);
    assert_memory_equal(byte_at(rig, p, DATA), "datXdata", 8);
    assert_memory_equal(byte_at(rig, child, DATA), "datadata", 8);
    assert_true(os_check(rig->os));

    /* The file's bytes outlive the parent. */
    os_exit(rig->os, p, 0);
    assert_true(os_check(rig->os));
    assert_true(os_get_segment(rig->os, child, CODE_SEGMENT).absent);
    assert_int_equal(os_bring_in(rig->os, child, CODE_SEGMENT), 0);
    assert_memory_equal(byte_at(rig, child, 0), "\177ELF", 4);
    os_load_registers(rig->os, child);
    assert_int_equal(store(rig, child, DATA + 3, 'Z'), 1);
    assert_true(os_check(rig->os));
}

static void test_fork_survives_every_failing_allocation(void **state)
{
    static const char *const schemes[] = {"segmented", "table"};
    struct rig *rig = *state;

    for (unsigned i = 0; i < 2; i++) {
        struct process *p = spawn_under(rig, schemes[i], 2), *child = NULL;
        int n, err = -ENOMEM;

        (void)os_bring_in(rig->os, p, DATA_SEGMENT);
        const uint32_t before = free_bytes(rig);
        for (n = 0; err; n++) {
            failing_after(n);
            err = os_fork(rig->os, p, &child);
            failing_after(-1);
            if (err) {
                assert_int_equal(err, -ENOMEM);
                assert_int_equal(free_bytes(rig), before);
            }
            assert_true(os_check(rig->os));
        }
        assert_true(n > 1); /* some did fail */
        os_exit(rig->os, child, 0);
        os_exit(rig->os, p, 0);
    }
}

static void test_fork_check_notices_bad_sharing(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    struct process *child = fork_of(rig, p);
    struct pcb_segment s = segment_of(rig, p, DATA_SEGMENT);
    struct os *os = rig->os;

    s.flags |= MMU_WRITE; /* it could write to the other's memory */
    pcb_set_segment(rig->phys, p->pcb, DATA_SEGMENT, &s);
    assert_false(os_check(os));
    s.flags &= ~(uint32_t)MMU_WRITE;
    pcb_set_segment(rig->phys, p->pcb, DATA_SEGMENT, &s);
    assert_true(os_check(os));
    os->shares[1].users++;
    assert_false(os_check(os));
    os->shares[1].users--;
    os->share_count--; /* one is forgotten */
    assert_false(os_check(os));
    os->share_count++;
    child->blocks[DATA_SEGMENT].size = 0; /* its memory is lost */
    assert_false(os_check(os));
    child->blocks[DATA_SEGMENT].size = p->blocks[DATA_SEGMENT].size;
    assert_true(os_check(os));
}

/* ---- histories ---- */

#define STEPS  6000u
#define ACTORS 12u
#define HEAP   4000u

/* What a process should have in memory. */
struct actor {
    struct process *process; /* NULL: none */
    uint32_t heap;           /* bytes of data */
    uint8_t bytes[HEAP];
    uint8_t stack[STACK_SIZE];
};

struct story {
    struct rig *rig;
    struct rng rng;
    struct actor actors[ACTORS];
};

static void look(struct story *story, const struct actor *a)
{
    if (memcmp(byte_at(story->rig, a->process, DATA), a->bytes, a->heap) ||
        memcmp(byte_at(story->rig, a->process, 0u - STACK_SIZE), a->stack,
               STACK_SIZE))
        fail_msg("pid %u has lost a byte", a->process->pid);
}

static void begin_actor(struct story *story, struct actor *a)
{
    a->process = spawn(story->rig);
    a->heap = DATA_SIZE;
    memset(a->bytes, 0, sizeof(a->bytes));
    memcpy(a->bytes, byte_at(story->rig, a->process, DATA), DATA_SIZE);
    memcpy(a->stack, byte_at(story->rig, a->process, 0u - STACK_SIZE),
           STACK_SIZE);
}

static void fork_actor(struct story *story, const struct actor *a,
                       struct actor *to)
{
    struct process *child;

    if (to->process || os_fork(story->rig->os, a->process, &child))
        return;
    *to = *a;
    to->process = child;
}

/* Zombies are reaped at once, and orphans' parent is the system. */
static void end_actor(struct story *story, struct actor *a)
{
    os_exit(story->rig->os, a->process, 0);
    if (a->process->pid)
        os_exit(story->rig->os, a->process, 0);
    a->process = NULL;
}

static void store_actor(struct story *story, struct actor *a)
{
    const uint8_t byte = (uint8_t)rng_next(&story->rng);
    const uint32_t at = rng_below(&story->rng, a->heap);
    const bool stack = rng_below(&story->rng, 2);
    const vaddr_t va = stack ? 0u - STACK_SIZE + at % STACK_SIZE : DATA + at;

    os_load_registers(story->rig->os, a->process);
    if (store(story->rig, a->process, va, byte) > 1)
        fail_msg("a store to %#x", va);
    *(stack ? &a->stack[at % STACK_SIZE] : &a->bytes[at]) = byte;
}

static void resize_actor(struct story *story, struct actor *a)
{
    const uint32_t to = DATA_SIZE + rng_below(&story->rng, HEAP - DATA_SIZE);

    if (rig_call(story->rig, a->process, ABI_SYS_BRK, DATA + to, 0, 0) !=
        DATA + to)
        return; /* no room just now */
    if (to > a->heap)
        memset(a->bytes + a->heap, 0, to - a->heap);
    a->heap = to;
}

static void step(struct story *story)
{
    struct actor *a = &story->actors[rng_below(&story->rng, ACTORS)];
    const uint32_t what = rng_below(&story->rng, 16);

    for (unsigned i = 0; i < ACTORS; i++)
        if (story->actors[i].process)
            pcb_set(story->rig->phys, story->actors[i].process->pcb,
                    PCB_FIELD_STATE, PCB_READY);
    if (!a->process && what == 0)
        begin_actor(story, a);
    else if (!a->process)
        return;
    else if (what == 0)
        end_actor(story, a);
    else if (what < 4)
        fork_actor(story, a, &story->actors[rng_below(&story->rng, ACTORS)]);
    else if (what < 8)
        resize_actor(story, a);
    else if (what == 8)
        os_compact(story->rig->os,
                   rng_below(&story->rng, story->rig->phys->size));
    else
        store_actor(story, a);
}

static void test_fork_any_history_keeps_all_bytes(void **state)
{
    struct story *story = calloc(1, sizeof(*story));
    paddr_t pa;

    assert_non_null(story);
    story->rig = *state;
    story->rng = rng_start();
    os_guard(story->rig->os);
    for (unsigned n = 0; n < STEPS; n++) {
        step(story);
        if (!os_check(story->rig->os))
            fail_msg("step %u", n);
        for (unsigned i = 0; i < ACTORS; i++)
            if (story->actors[i].process)
                look(story, &story->actors[i]);
    }
    assert_false(os_guard_broken(story->rig->os, &pa));
    free(story);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define LARGE(name)                                                            \
    cmocka_unit_test_setup_teardown(name, rig_setup_large, rig_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_fork_copies_an_image),
        TEST(test_fork_call_returns_twice),
        TEST(test_fork_clone_takes_what_a_process_can_have),
        TEST(test_fork_without_room_has_not_happened),
        LARGE(test_fork_runs_out_of_processes),
        LARGE(test_fork_runs_out_of_processes_with_segments),
        TEST(test_fork_shares_segments_until_a_store),
        TEST(test_fork_shares_among_many),
        TEST(test_fork_system_calls_write_to_copies),
        TEST(test_fork_break_and_stack_grow_in_copies),
        TEST(test_fork_store_without_room_ends_the_process),
        TEST(test_fork_of_a_table),
        TEST(test_fork_survives_every_failing_allocation),
        TEST(test_fork_check_notices_bad_sharing),
        LARGE(test_fork_any_history_keeps_all_bytes),
    };

    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
