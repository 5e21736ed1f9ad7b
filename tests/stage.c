/*
 * tests/stage.c - see stage.h.
 */
#include "tests/stage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"

/* ---- the host's side ---- */

static int disk_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    struct stage_disk *d = ctx;

    assert_true(at <= STAGE_DISK && size <= STAGE_DISK - at);
    d->writes++;
    if (d->fail_writes)
        return -EIO;
    memcpy(d->bytes + at, from, size);
    return 0;
}

static int disk_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    struct stage_disk *d = ctx;

    assert_true(at <= STAGE_DISK && size <= STAGE_DISK - at);
    d->reads++;
    if (d->fail_reads)
        return -EIO;
    memcpy(to, d->bytes + at, size);
    return 0;
}

static int block_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    (void)ctx, (void)at;
    memset(to, 0x5d, size);
    return 0;
}

static int block_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    (void)ctx, (void)at, (void)from, (void)size;
    return 0;
}

const struct os_disk stage_blocks = {block_read, block_write, NULL};

static void on_swap(void *ctx, const struct process *process,
                    enum os_swap_what what, uint32_t bytes)
{
    struct stage_disk *d = ctx;

    assert_non_null(process);
    assert_true(bytes > 0 || what == OS_SWAP_OUT || what == OS_SWAP_IN);
    d->waits += what == OS_SWAP_WAIT;
}

struct rig *stage_begin(void **state, struct stage_disk *disk, uint32_t size)
{
    const struct os_disk host = {disk_read, disk_write, disk};
    struct rig *rig = *state;
    struct costs costs;

    memset(disk, 0, sizeof(*disk));
    costs_init(&costs);
    costs.cycles[COST_disk_seek] = STAGE_SEEK;
    costs.cycles[COST_disk_sector] = STAGE_SECTOR;
    os_set_costs(rig->os, &costs);
    assert_int_equal(os_set_swap(rig->os, &host, size), 0);
    assert_int_equal(os_set_disk(rig->os, &stage_blocks, STAGE_BLOCKS), 0);
    os_watch_swaps(rig->os, on_swap, disk);
    return rig;
}

/* All end, and what is in flight is done: nothing may be left. */
void stage_clear(struct rig *rig)
{
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (rig->os->processes[i].pid)
            os_exit(rig->os, &rig->os->processes[i], 0);
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (rig->os->processes[i].pid)
            os_exit(rig->os, &rig->os->processes[i], 0);
    assert_true(os_check(rig->os));
    while (os_disk_wait(rig->os))
        assert_true(os_check(rig->os));
    assert_true(rig_is_empty(rig));
    assert_int_equal(os_swap_used(rig->os), 0);
    assert_int_equal(rig->os->waiting, 0);
}

int stage_teardown(void **state)
{
    stage_clear(*state);
    return rig_teardown(state);
}

/* ---- processes ---- */

static const char *const argv[] = {"prog"};

struct os_program stage_program(const struct elf_build *elf, const char *scheme,
                                uint32_t size)
{
    return (struct os_program){
        .file = elf->bytes,
        .file_size = elf->size,
        .argc = 1,
        .argv = argv,
        .scheme = os_scheme_find(scheme),
        .base = OS_BASE_ANY,
        .bounds = size,
        .stack = size,
        .stack_max = 128 * STAGE_KIB,
        .va_bits = 32,
        .seg_bits = 2,
    };
}

void stage_build(struct elf_build *elf, const char *scheme)
{
    elf_build(elf, ELF_X86);
    if (strcmp(scheme, "base-bounds") != 0)
        elf_put(elf, PH(1, PH_VADDR), 4, STAGE_DATA);
}

struct process *stage_spawn(struct rig *rig, const char *scheme, uint32_t size)
{
    struct process *process = NULL;
    struct elf_build elf;

    stage_build(&elf, scheme);
    const struct os_program program = stage_program(&elf, scheme, size);
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

uint32_t stage_free(const struct rig *rig)
{
    uint32_t bytes, largest;

    os_memory(rig->os, &bytes, &largest);
    return bytes;
}

/* One that takes all that is left. */
struct process *stage_spawn_large(struct rig *rig)
{
    return stage_spawn(rig, "base-bounds", stage_free(rig));
}

/* ---- traps ---- */

struct process *stage_trap(struct rig *rig, struct process *process,
                           enum trap_cause cause, cycles_t cycle)
{
    const struct trap trap = {.cause = cause, .cycle = cycle};

    return os_trap(rig->os, process, &trap);
}

struct process *stage_call(struct rig *rig, struct process *process,
                           cycles_t cycle, uint32_t number, uint32_t a,
                           uint32_t b, uint32_t c)
{
    const struct isa *isa = process->isa;
    const uint32_t args[] = {a, b, c};

    for (unsigned i = 0; i < 3; i++)
        pcb_set_reg(rig->phys, process->pcb, isa, isa->call_args[i], args[i]);
    pcb_set_reg(rig->phys, process->pcb, isa, isa->call_number, number);
    return stage_trap(rig, process, TRAP_SYSCALL, cycle);
}

/* An access to @va, which its MMU has refused. */
struct process *stage_fault(struct rig *rig, struct process *process,
                            enum trap_cause cause, vaddr_t va, cycles_t cycle)
{
    const struct trap trap = {
        .cause = cause,
        .cycle = cycle,
        .pc = 0x94,
        .insn_size = 1,
        .access = {va, 4, MMU_WRITE},
    };

    return os_trap(rig->os, process, &trap);
}

vaddr_t stage_sp(const struct rig *rig, const struct process *p)
{
    return pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->sp);
}

uint32_t stage_result(const struct rig *rig, const struct process *p)
{
    return pcb_get_reg(rig->phys, p->pcb, p->isa, p->isa->call_result);
}

uint32_t stage_stack(const struct rig *rig, const struct process *p)
{
    return os_get_segment(rig->os, p, 3).bounds;
}

/* What the stack of @p lacks when it is to have @size bytes. */
vaddr_t stage_below(uint32_t size)
{
    return (vaddr_t)0 - size;
}

bool stage_waits(const struct rig *rig, const struct process *p)
{
    return os_in_state(rig->os, p, PCB_BLOCKED) &&
           pcb_get(rig->phys, p->pcb, PCB_FIELD_WAIT) == PCB_WAIT_MEMORY;
}

cycles_t stage_cost(uint32_t bytes)
{
    return STAGE_SEEK + (bytes + 511) / 512 * STAGE_SECTOR;
}

/* ---- a stage: one asks, one has all the memory, one runs ---- */

struct stage stage_set(struct rig *rig, const char *scheme)
{
    struct stage s;

    s.asks = stage_spawn(rig, scheme, STAGE_SMALL);
    s.size = stage_free(rig) - STAGE_SMALL;
    s.has = stage_spawn(rig, "base-bounds", s.size);
    s.runs = stage_spawn_large(rig);
    rig_put(rig, s.has, 0x1000, "all of it");
    rig_put(rig, s.has, s.size - 16, "the end");
    assert_int_equal(stage_free(rig), 0);
    rig->os->current = OS_PROCESSES - 1; /* the first one is next */
    assert_ptr_equal(os_next(rig->os), s.asks);
    return s;
}

/* It asks at @cycle for a stack of 12 KiB. */
void stage_ask(struct rig *rig, const struct stage *s, cycles_t cycle)
{
    assert_ptr_equal(stage_fault(rig, s->asks, TRAP_BOUNDS,
                                 stage_below(12 * STAGE_KIB), cycle),
                     s->runs);
    assert_true(stage_waits(rig, s->asks));
}
