/* tests/guest_run.c - see guest_run.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/abi.h"
#include "tests/guest_run.h"

/* One of the programs of a run. */
struct runner {
    const struct guest *guest;
    struct guest_end *end;
    struct process *process;
    uint32_t pid;
    paddr_t base;
    size_t input_at;
};

struct guest_machine {
    struct guest_config config;
    struct machine *machine;
    struct os *os;
    struct phys *phys;
    uint8_t trap_table[OS_PCBS]; /* as at boot */
    uint64_t limit;              /* of the last slice */

    /* The run. */
    struct runner runners[2];
    unsigned count;
    struct runner *trapped; /* whose system call is being handled */
    paddr_t from, to;       /* where its programs may be */
    struct machine_counts before;
};

/* ---- hashes ---- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_bytes(const uint8_t *bytes, uint32_t size)
{
    uint64_t hash = size;
    uint64_t word;

    for (; size >= sizeof(word); bytes += sizeof(word), size -= 8) {
        memcpy(&word, bytes, sizeof(word));
        hash = mix(hash, word);
    }
    for (; size > 0; size--)
        hash = mix(hash, *bytes++);
    return hash;
}

/* ---- the host that the guest sees ---- */

static int host_read(void *ctx, int fd, void *to, uint32_t size)
{
    struct runner *runner = ((struct guest_machine *)ctx)->trapped;
    const char *input = runner->guest->input ? runner->guest->input : "";
    const size_t left = strlen(input) - runner->input_at;

    (void)fd;
    if (size > left)
        size = (uint32_t)left;
    memcpy(to, input + runner->input_at, size);
    runner->input_at += size;
    return (int)size;
}

static int host_write(void *ctx, int fd, const void *from, uint32_t size)
{
    struct guest_end *end = ((struct guest_machine *)ctx)->trapped->end;

    (void)fd;
    if (size > GUEST_OUTPUT_MAX - end->output_size)
        return -ABI_EIO;
    memcpy(end->output + end->output_size, from, size);
    end->output_size += size;
    return (int)size;
}

/* ---- watching ---- */

static struct runner *runner_of(struct guest_machine *gm,
                                const struct process *process)
{
    struct runner *runner = gm->runners;

    while (runner->process != process || runner->pid != process->pid) {
        runner++;
        assert_true(runner < gm->runners + gm->count);
    }
    return runner;
}

static void on_access(void *ctx, const struct process *process, vaddr_t pc,
                      const struct mmu_access *access, paddr_t pa)
{
    struct guest_machine *gm = ctx;
    const struct runner *runner = runner_of(gm, process);
    struct guest_end *end = runner->end;

    if (pa != runner->base + access->va)
        fail_msg("%s, %s: %s of %u at %#x by %#x went to %#x, not %#x",
                 runner->guest->name, gm->config.what,
                 mmu_kind_name(access->kind), access->size, access->va, pc, pa,
                 runner->base + access->va);
    end->seen.instructions += access->kind == MMU_EXEC;
    end->seen.loads += access->kind == MMU_READ;
    end->seen.stores += access->kind == MMU_WRITE;
    end->seen_hash = mix(end->seen_hash, (uint64_t)pc << 32 | access->va);
    end->seen_hash = mix(end->seen_hash, access->size << 3 | access->kind);
}

/* What can be compared with any other run, at @trap. */
static void look(struct guest_machine *gm, const struct process *process,
                 const struct runner *runner, struct guest_trap *trap)
{
    const struct isa *isa = process->isa;
    struct guest_end *end = runner->end;

    if (end->knows_pid)
        return;
    pcb_restore(gm->phys, process->pcb, isa, &end->cpu);
    trap->registers = hash_bytes(end->cpu.bytes, isa->save_size);
    trap->memory =
        hash_bytes(gm->phys->bytes + runner->base, runner->guest->bounds);
    end->knows_pid =
        trap->trap.cause == TRAP_SYSCALL &&
        isa_get(isa, &end->cpu, isa->call_number) == ABI_SYS_GETPID;
}

static void before_trap(void *ctx, const struct process *process,
                        const struct trap *trap)
{
    struct guest_machine *gm = ctx;
    struct runner *runner = runner_of(gm, process);
    struct guest_end *end = runner->end;

    if (end->trap_count == GUEST_TRAPS_MAX)
        fail_msg("%s: more than %u traps", runner->guest->name,
                 GUEST_TRAPS_MAX);
    gm->trapped = runner;
    end->isa = process->isa;
    end->traps[end->trap_count] = (struct guest_trap){.trap = *trap};
    look(gm, process, runner, &end->traps[end->trap_count++]);
}

static void after_trap(void *ctx, const struct process *process,
                       const struct trap *trap, bool ended)
{
    struct guest_machine *gm = ctx;

    (void)process, (void)trap;
    if (!ended)
        return;
    gm->trapped->end->exit_code = os_exit_code(gm->os);
    gm->trapped->process = NULL;
}

/* ---- the machine ---- */

struct guest_machine *guest_machine_create(const struct guest_config *config,
                                           uint32_t phys_size)
{
    struct guest_machine *gm = calloc(1, sizeof(*gm));

    assert_non_null(gm);
    gm->config = *config;
    const struct machine_config machine_config = {
        .phys_size = phys_size,
        .io = {host_read, host_write, gm},
        .counting = config->counting || config->slice,
        .paranoid = config->paranoid,
        .round_trip = config->round_trip,
        .lean_after = config->lean_after,
    };
    const struct machine_watcher watcher = {
        .ctx = gm,
        .access = config->observed ? on_access : NULL,
        .before_trap = before_trap,
        .after_trap = after_trap,
    };
    assert_int_equal(machine_create(&gm->machine, &machine_config, &watcher),
                     0);
    gm->os = machine_os(gm->machine);
    gm->phys = os_phys(gm->os);
    phys_read(gm->phys, 0, gm->trap_table, sizeof(gm->trap_table));
    phys_pattern_fill(gm->phys, OS_END, phys_size - OS_END);
    return gm;
}

void guest_machine_destroy(struct guest_machine *gm)
{
    machine_destroy(gm->machine);
    free(gm);
}

static void spawn(struct guest_machine *gm, const struct guest *guest,
                  paddr_t base, struct guest_end *end)
{
    struct runner *runner = &gm->runners[gm->count++];
    struct os_error why;
    int argc = 0;

    while (guest->argv[argc])
        argc++;
    const struct os_program program = {
        .file = guest->file,
        .file_size = guest->file_size,
        .argc = argc,
        .argv = guest->argv,
        .bounds = guest->bounds,
        .base = base,
    };
    memset(end, 0, sizeof(*end));
    *runner = (struct runner){.guest = guest, .end = end, .base = base};
    if (os_spawn(gm->os, &program, &runner->process, &why))
        fail_msg("%s at %#x: %s", guest->name, base, why.text);
    assert_int_equal(runner->process->regs.bb.base, base);
    assert_int_equal(runner->process->regs.bb.bounds, guest->bounds);
    runner->pid = runner->process->pid;
}

static void assert_intact(const struct guest_machine *gm, paddr_t from,
                          paddr_t to);

/* The OS moves the only program between the two places that it may be in. */
static void move(struct guest_machine *gm)
{
    struct runner *runner = gm->runners;
    const uint32_t bounds = runner->guest->bounds;
    const paddr_t old = runner->base;
    const paddr_t new = old == gm->from ? gm->to - bounds : gm->from;

    assert_intact(gm, new, new + bounds);
    phys_write(gm->phys, new, gm->phys->bytes + old, bounds);
    phys_pattern_fill(gm->phys, old, bounds);
    pcb_set(gm->phys, runner->process->pcb, PCB_FIELD_BASE, new);
    runner->base = new;
}

/* Whoever is running has to wait; the OS then takes the next that is ready. */
static void take_turns(struct guest_machine *gm)
{
    for (unsigned i = 0; i < gm->count; i++)
        if (gm->runners[i].process)
            pcb_set(gm->phys, gm->runners[i].process->pcb, PCB_FIELD_STATE,
                    PCB_READY);
}

static void execute(struct guest_machine *gm)
{
    enum machine_end end = MACHINE_LIMIT;

    if (!gm->config.slice)
        end = machine_run(gm->machine, UINT64_MAX);
    while (end == MACHINE_LIMIT) {
        gm->limit += gm->config.slice;
        end = machine_run(gm->machine, gm->limit);
        if (end != MACHINE_LIMIT)
            break;
        assert_int_equal(machine_counts(gm->machine).engine.instructions,
                         gm->limit);
        if (gm->config.moving)
            move(gm);
        take_turns(gm);
    }
    if (end != MACHINE_DONE)
        fail_msg("%s, %s: %s", gm->runners[0].guest->name, gm->config.what,
                 machine_error(gm->machine));
    gm->limit = machine_counts(gm->machine).engine.instructions;
}

/* The pattern in [@from, @to) is intact. */
static void assert_intact(const struct guest_machine *gm, paddr_t from,
                          paddr_t to)
{
    const paddr_t at = phys_pattern_find(gm->phys, from, to - from);

    if (at != to)
        fail_msg("%s, %s, at [%#x, %#x): the byte at %#x has changed",
                 gm->runners[0].guest->name, gm->config.what, gm->from, gm->to,
                 at);
}

static bool is_zero(const struct phys *phys, paddr_t from, paddr_t to)
{
    while (from < to && phys->bytes[from] == 0)
        from++;
    return from == to;
}

static void assert_no_residue(const struct guest_machine *gm)
{
    const uint32_t all = gm->phys->size - OS_END;
    uint32_t free_bytes, largest;

    os_memory(gm->os, &free_bytes, &largest);
    if (!os_check(gm->os) || free_bytes != all || largest != all)
        fail_msg("%s, %s: %u of %u bytes are free, %u in one hole",
                 gm->runners[0].guest->name, gm->config.what, free_bytes, all,
                 largest);
    assert_memory_equal(gm->phys->bytes, gm->trap_table,
                        sizeof(gm->trap_table));
    if (!is_zero(gm->phys, OS_PCBS, OS_END))
        fail_msg("%s, %s: a PCB is not zero", gm->runners[0].guest->name,
                 gm->config.what);
}

/* What a single program did, on a machine that has run others before. */
static void count(const struct guest_machine *gm)
{
    const struct engine_counts now = machine_counts(gm->machine).engine;
    const struct engine_counts before = gm->before.engine;
    struct guest_end *end = gm->runners[0].end;

    end->observed = gm->config.observed;
    end->counted =
        gm->config.counting || gm->config.slice || gm->config.observed;
    end->counts = (struct engine_counts){
        .instructions = now.instructions - before.instructions,
        .loads = now.loads - before.loads,
        .stores = now.stores - before.stores,
    };
    for (unsigned i = 0; i < end->trap_count; i++)
        end->traps[i].trap.instructions -= before.instructions;
}

static void begin(struct guest_machine *gm, paddr_t from, paddr_t to)
{
    gm->from = from;
    gm->to = to;
    gm->count = 0;
    gm->before = machine_counts(gm->machine);
}

static void finish(struct guest_machine *gm)
{
    assert_intact(gm, OS_END, gm->from);
    assert_intact(gm, gm->to, gm->phys->size);
    assert_no_residue(gm);
    phys_pattern_fill(gm->phys, gm->from, gm->to - gm->from);
}

void guest_run(struct guest_machine *gm, const struct guest *guest,
               paddr_t base, struct guest_end *end)
{
    const uint32_t room = guest->bounds * (gm->config.moving ? 2 : 1);

    begin(gm, base, base + room + gm->config.moving);
    spawn(gm, guest, base, end);
    execute(gm);
    count(gm);
    finish(gm);
}

void guest_run_pair(struct guest_machine *gm, const struct guest *guest,
                    paddr_t base, struct guest_end *end,
                    struct guest_end *partner_end)
{
    const struct guest *partner = guest->partner;
    const paddr_t behind = base + guest->bounds;

    begin(gm, base, behind + partner->bounds);
    spawn(gm, guest, base, end);
    spawn(gm, partner, behind, partner_end);
    execute(gm);
    finish(gm);
}

/* ---- comparison ---- */

static bool same_counts(const struct engine_counts *a,
                        const struct engine_counts *b)
{
    return a->instructions == b->instructions && a->loads == b->loads &&
           a->stores == b->stores;
}

static bool same_trap(const struct trap *a, const struct trap *b, bool counted)
{
    return a->cause == b->cause && a->pc == b->pc &&
           a->insn_size == b->insn_size && a->legal == b->legal &&
           a->access.va == b->access.va && a->access.size == b->access.size &&
           a->access.kind == b->access.kind &&
           (!counted || a->instructions == b->instructions);
}

static void say_trap(const char *whose, const struct trap *trap)
{
    print_error("%s: %s at pc %#x (%u), access %u of %u at %#x, %u legal, "
                "after %llu instructions\n",
                whose, trap_name(trap->cause), trap->pc, trap->insn_size,
                trap->access.kind, trap->access.size, trap->access.va,
                trap->legal, (unsigned long long)trap->instructions);
}

static void assert_same_traps(const struct guest *guest, const char *what,
                              const struct guest_end *is,
                              const struct guest_end *want)
{
    const bool counted = is->counted && want->counted;

    for (unsigned i = 0; i < is->trap_count && i < want->trap_count; i++) {
        const struct guest_trap *a = &is->traps[i], *b = &want->traps[i];

        if (same_trap(&a->trap, &b->trap, counted) &&
            a->registers == b->registers && a->memory == b->memory)
            continue;
        say_trap("is", &a->trap);
        say_trap("want", &b->trap);
        fail_msg("%s, %s: trap %u: registers %s, memory %s", guest->name, what,
                 i, a->registers == b->registers ? "agree" : "differ",
                 a->memory == b->memory ? "agrees" : "differs");
    }
    if (is->trap_count != want->trap_count)
        fail_msg("%s, %s: %u traps, not %u", guest->name, what, is->trap_count,
                 want->trap_count);
}

static void assert_same_registers(const struct guest *guest, const char *what,
                                  const struct guest_end *is,
                                  const struct guest_end *want)
{
    for (unsigned i = 0; i < want->isa->reg_count; i++) {
        const struct isa_reg *reg = &want->isa->regs[i];

        if (memcmp(is->cpu.bytes + reg->offset, want->cpu.bytes + reg->offset,
                   reg->size) != 0)
            fail_msg("%s, %s: at the end %s differs", guest->name, what,
                     reg->name);
    }
}

static void assert_same_counts(const struct guest *guest, const char *what,
                               const struct engine_counts *is,
                               const struct engine_counts *want)
{
    if (!same_counts(is, want))
        fail_msg("%s, %s: %llu instructions, %llu loads, %llu stores, not "
                 "%llu, %llu, %llu",
                 guest->name, what, (unsigned long long)is->instructions,
                 (unsigned long long)is->loads, (unsigned long long)is->stores,
                 (unsigned long long)want->instructions,
                 (unsigned long long)want->loads,
                 (unsigned long long)want->stores);
}

void guest_assert_same(const struct guest *guest, const char *what,
                       const struct guest_end *is, const struct guest_end *want)
{
    assert_same_registers(guest, what, is, want);
    assert_same_traps(guest, what, is, want);
    if (is->exit_code != want->exit_code)
        fail_msg("%s, %s: exit code %u, not %u", guest->name, what,
                 is->exit_code, want->exit_code);
    if (is->output_size != want->output_size ||
        memcmp(is->output, want->output, is->output_size) != 0)
        fail_msg("%s, %s: printed\n%.*s\nnot\n%.*s", guest->name, what,
                 (int)is->output_size, is->output, (int)want->output_size,
                 want->output);
    if (is->counted && want->counted)
        assert_same_counts(guest, what, &is->counts, &want->counts);
    if (is->observed)
        assert_same_counts(guest, what, &is->seen, &is->counts);
    if (is->observed && want->observed && is->seen_hash != want->seen_hash)
        fail_msg("%s, %s: other accesses, or in another order", guest->name,
                 what);
}
