/*
 * tests/hostile.c - see hostile.h.
 *
 * Decisions:
 * - The ways' bases differ by an odd number of bytes, so what a way finds
 *   behind either end differs too; but not where accesses cost something, since
 *   a cache would tell the bases apart.
 * - Without a timer the lean way cannot be told when to stop. It runs when the
 *   others have stopped at a trap; when they reached the limit it gets their
 *   result.
 * - All of host memory around the image is compared: physical memory and the
 *   slack on both sides of it.
 */
#include "tests/hostile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STAGGER 3001u /* bytes between the bases of two ways */
#define WHOLE   (HOSTILE_PHYS + 2 * PHYS_SLACK)

static const char *const way_names[HOSTILE_WAYS] = {
    "plain", "observed", "paranoid", "round trip", "by use", "crowded", "lean"};

/* An instruction that has begun although its moment had come. */
static void note_start(struct hostile_machine *m, vaddr_t pc, uint32_t size)
{
    const cycles_t now =
        m->charge ? m->charge->clock.now : m->seen.instructions;

    m->late |=
        now >= m->due || (now >= m->timer && m->has_next && m->next != pc);
    m->next = pc + size;
    m->has_next = true;
}

static void observe(void *ctx, vaddr_t pc, const struct mmu_access *access,
                    paddr_t pa)
{
    struct hostile_machine *m = ctx;

    if (access->kind == MMU_EXEC)
        note_start(m, pc, access->size);
    assert(pa - m->base == access->va);
    if (access->kind == MMU_EXEC)
        m->seen.instructions++;
    else if (access->kind == MMU_READ)
        m->seen.loads++;
    else
        m->seen.stores++;
}

static uint8_t *whole_of(const struct phys *phys)
{
    return phys->bytes - PHYS_SLACK;
}

static void open_machine(struct hostile_machine *m, const struct isa *isa,
                         enum hostile_way way,
                         const struct memsys_config *caches)
{
    struct costs costs;

    costs_init(&costs);
    if (caches && charge_create(&m->charge, caches, &costs, 0))
        abort();
    if (phys_create(&m->phys, HOSTILE_PHYS))
        abort();

    const struct engine_config config = {
        .isa = isa,
        .phys = m->phys,
        .observer = way == HOSTILE_OBSERVED ? observe : NULL,
        .observer_ctx = m,
        .charge = m->charge,
        .counting = way != HOSTILE_LEAN,
        .paranoid = way == HOSTILE_PARANOID,
        .round_trip = way == HOSTILE_ROUND_TRIP,
        .crowded = way == HOSTILE_CROWDED,
    };
    m->around = malloc(WHOLE);
    if (!m->around || engine_create(&m->engine, &config))
        abort();
    for (unsigned i = 0; i < 2; i++) {
        base_bounds_init(&m->bb[i]);
        (void)implicit_init(&m->use[i], 32);
    }
    memset(whole_of(m->phys), 0xa5, WHOLE);
    phys_pattern_fill(m->phys, 0, HOSTILE_PHYS);
    memcpy(m->around, whole_of(m->phys), WHOLE);
}

void hostile_open_some(struct hostile *h, const struct isa *isa, unsigned ways)
{
    *h = (struct hostile){.isa = isa, .ways = ways};
    for (unsigned i = 0; i < h->ways; i++)
        open_machine(&h->machines[i], isa, (enum hostile_way)i, NULL);
}

void hostile_open_timed(struct hostile *h, const struct isa *isa,
                        const struct memsys_config *caches)
{
    *h = (struct hostile){.isa = isa, .ways = HOSTILE_LEAN, .timed = true};
    for (unsigned i = 0; i < h->ways; i++)
        open_machine(&h->machines[i], isa, (enum hostile_way)i, caches);
}

void hostile_open(struct hostile *h, const struct isa *isa)
{
    hostile_open_some(h, isa, HOSTILE_WAYS);
}

void hostile_open_moments(struct hostile *h, const struct isa *isa)
{
    hostile_open(h, isa);
    h->moments = true;
    h->rng = rng_start();
}

void hostile_close(struct hostile *h)
{
    for (unsigned i = 0; i < h->ways; i++) {
        engine_destroy(h->machines[i].engine);
        charge_destroy(h->machines[i].charge);
        phys_destroy(h->machines[i].phys);
        free(h->machines[i].around);
    }
}

static paddr_t base_of(paddr_t base, uint32_t bounds, unsigned way)
{
    const uint32_t room = HOSTILE_PHYS - bounds;

    return base <= room ? (base + way * STAGGER) % (room + 1) : room - way;
}

static void restore_around(struct hostile_machine *m, uint32_t bounds)
{
    phys_clear_code(m->phys, m->base, bounds);
    phys_write(m->phys, m->base, m->around + PHYS_SLACK + m->base, bounds);
}

/* The registers of whichever kind the machine goes by. */
static void set_registers(struct hostile *h, struct hostile_machine *m,
                          uint32_t bounds)
{
    const struct segment all = {
        .base = m->base, .bounds = bounds, .prot = MMU_RWX};

    base_bounds_set(&m->bb[h->turn], m->base, bounds, HOSTILE_PHYS);
    for (unsigned i = 0; i < IMPLICIT_REGISTERS; i++)
        (void)implicit_set(&m->use[h->turn], i, &all, HOSTILE_PHYS);
}

void hostile_start(struct hostile *h, paddr_t base, uint32_t bounds,
                   const uint8_t *image, const struct cpu_state *cpu)
{
    assert(bounds <= HOSTILE_BOUNDS);
    h->turn ^= 1;
    for (unsigned i = 0; i < h->ways; i++) {
        struct hostile_machine *m = &h->machines[i];

        restore_around(m, h->bounds);
        m->base = base_of(base, bounds, h->timed ? 0 : i);
        phys_write(m->phys, m->base, image, bounds);
        set_registers(h, m, bounds);
    }
    h->bounds = bounds;
    h->cpu = *cpu;
}

void hostile_follow(struct hostile *h, uint8_t byte)
{
    for (unsigned i = 0; i < h->ways; i++) {
        struct hostile_machine *m = &h->machines[i];
        const paddr_t end = m->base + h->bounds;

        assert(phys_holds(m->phys, end, 16));
        phys_fill(m->phys, end, byte, 16);
        memset(m->around + PHYS_SLACK + end, byte, 16);
    }
}

/* ---- what happened ---- */

static uint64_t mix(uint64_t digest, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++)
        digest = (digest ^ at[i]) * UINT64_C(0x100000001b3);
    return digest;
}

struct outcome {
    enum engine_stop stop;
    struct trap trap;
    struct engine_counts counts;
    struct cpu_state cpu;
};

static bool same_trap(const struct trap *a, const struct trap *b)
{
    return a->cause == b->cause && a->pc == b->pc &&
           a->insn_size == b->insn_size && a->access.va == b->access.va &&
           a->access.size == b->access.size &&
           a->access.kind == b->access.kind && a->legal == b->legal;
}

static int print_trap(char *to, size_t size, const struct outcome *o)
{
    static const char *const stops[] = {"trap", "limit", "timer", "broken"};
    const struct trap *t = &o->trap;

    if (o->stop != ENGINE_TRAP)
        return snprintf(to, size, "%s", stops[o->stop]);
    return snprintf(to, size, "%s pc %#x+%u insns %llu va %#x+%u kind %d",
                    trap_name(t->cause), t->pc, t->insn_size,
                    (unsigned long long)t->instructions, t->access.va,
                    t->access.size, (int)t->access.kind);
}

/* Registers that are not 0 and the bytes at the program counter. */
static void log_state(struct hostile *h, const char *what)
{
    const uint32_t pc = isa_get(h->isa, &h->cpu, h->isa->pc);

    fprintf(h->log, "%s: base %#x bounds %#x\n ", what, h->machines[0].base,
            h->bounds);
    for (unsigned i = 0; i < h->isa->reg_count; i++)
        if (h->isa->regs[i].size == 4 && isa_get(h->isa, &h->cpu, i))
            fprintf(h->log, " %s=%x", h->isa->regs[i].name,
                    isa_get(h->isa, &h->cpu, i));
    fprintf(h->log, "\n  code");
    for (uint32_t i = 0; i < 48 && pc < h->bounds && i < h->bounds - pc; i++)
        fprintf(h->log, " %02x", hostile_bytes(h)[pc + i]);
    fprintf(h->log, "\n");
}

static void log_stop(struct hostile *h, unsigned way, const struct outcome *o)
{
    char text[120];

    print_trap(text, sizeof(text), o);
    fprintf(h->log, "%s: %s; %llu insns\n", way_names[way], text,
            (unsigned long long)o->counts.instructions);
}

static bool differ(struct hostile *h, unsigned way, const char *what)
{
    snprintf(h->why, sizeof(h->why), "%s: %s", way_names[way], what);
    return false;
}

static bool same_registers(struct hostile *h, unsigned way,
                           const struct outcome *a, const struct outcome *b)
{
    for (unsigned i = 0; i < h->isa->reg_count; i++) {
        const struct isa_reg *reg = &h->isa->regs[i];
        const uint8_t *x = a->cpu.bytes + reg->offset;
        const uint8_t *y = b->cpu.bytes + reg->offset;
        uint64_t vx = 0, vy = 0;

        if (memcmp(x, y, reg->size) == 0)
            continue;
        memcpy(&vx, x, reg->size < 8 ? reg->size : 8);
        memcpy(&vy, y, reg->size < 8 ? reg->size : 8);
        snprintf(h->why, sizeof(h->why), "%s: %s %llx, plain %llx",
                 way_names[way], reg->name, (unsigned long long)vy,
                 (unsigned long long)vx);
        return false;
    }
    return true;
}

static bool same_memory(struct hostile *h, unsigned way)
{
    const uint8_t *a = hostile_bytes(h);
    const struct hostile_machine *m = &h->machines[way];
    const uint8_t *b = m->phys->bytes + m->base;

    for (uint32_t i = 0; i < h->bounds; i++) {
        if (a[i] == b[i])
            continue;
        snprintf(h->why, sizeof(h->why), "%s: byte %#x is %02x, plain %02x",
                 way_names[way], i, b[i], a[i]);
        return false;
    }
    return true;
}

static bool same_counts(struct hostile *h, unsigned way,
                        const struct engine_counts *a,
                        const struct engine_counts *b)
{
    const bool all = way != HOSTILE_LEAN;

    if (a->instructions == b->instructions &&
        (!all || (a->loads == b->loads && a->stores == b->stores)))
        return true;
    snprintf(h->why, sizeof(h->why),
             "%s: counts %llu %llu %llu, expected %llu %llu %llu",
             way_names[way], (unsigned long long)b->instructions,
             (unsigned long long)b->loads, (unsigned long long)b->stores,
             (unsigned long long)a->instructions, (unsigned long long)a->loads,
             (unsigned long long)a->stores);
    return false;
}

static bool same_clock(struct hostile *h, unsigned way)
{
    const struct charge *a = h->machines[HOSTILE_PLAIN].charge;
    const struct charge *b = h->machines[way].charge;

    for (unsigned i = 0; h->timed && i < CLOCK_CAUSE_COUNT; i++) {
        if (a->clock.spent[i] == b->clock.spent[i])
            continue;
        snprintf(h->why, sizeof(h->why), "%s: %llu cycles of %s, plain %llu",
                 way_names[way], (unsigned long long)b->clock.spent[i],
                 clock_cause_name((enum clock_cause)i),
                 (unsigned long long)a->clock.spent[i]);
        return false;
    }
    return true;
}

/* Way @way against the plain one. */
static bool agree(struct hostile *h, unsigned way, const struct outcome *a,
                  const struct outcome *b)
{
    char one[100], two[100];

    if (a->stop != b->stop ||
        (a->stop == ENGINE_TRAP && !same_trap(&a->trap, &b->trap))) {
        print_trap(one, sizeof(one), a);
        print_trap(two, sizeof(two), b);
        snprintf(h->why, sizeof(h->why), "%s: %s; plain: %s", way_names[way],
                 two, one);
        return false;
    }
    if (!same_registers(h, way, a, b) || !same_memory(h, way) ||
        !same_clock(h, way))
        return false;
    if (way == HOSTILE_LEAN && !h->moments)
        return true;
    if (!same_counts(h, way, &a->counts, &b->counts))
        return false;
    return a->trap.instructions == b->trap.instructions ||
           differ(h, way, "the trap says other instructions");
}

static struct outcome run_one(struct hostile *h, unsigned way, bool load,
                              uint64_t instructions)
{
    struct hostile_machine *m = &h->machines[way];
    const uint64_t now = engine_counts(m->engine).instructions;
    const bool is_unlimited = way == HOSTILE_LEAN || h->moments;
    struct outcome o = {0};

    if (engine_bind(m->engine, way == HOSTILE_BY_USE ? &m->use[h->turn].mmu
                                                     : &m->bb[h->turn].mmu))
        abort();
    if (load)
        engine_load(m->engine, &h->cpu);
    engine_set_timer(m->engine, m->timer);
    engine_set_due(m->engine, m->due);
    m->has_next = false;
    o.stop = engine_run(
        m->engine, is_unlimited ? UINT64_MAX : now + instructions, &o.trap);
    o.counts = engine_counts(m->engine);
    engine_save(m->engine, &o.cpu);
    if (h->log)
        log_stop(h, way, &o);
    return o;
}

/* The others have not trapped, so the lean way may never: it is given this. */
static void skip_lean(struct hostile *h)
{
    const struct hostile_machine *m = &h->machines[HOSTILE_LEAN];

    phys_write(m->phys, m->base, hostile_bytes(h), h->bounds);
    h->lean_skipped = true;
}

static void accept(struct hostile *h, const struct outcome *o)
{
    h->stop = o->stop;
    h->trap = o->trap;
    h->cpu = o->cpu;
    h->digest = mix(UINT64_C(0xcbf29ce484222325), &h->stop, sizeof(h->stop));
    h->digest = mix(h->digest, &h->trap.cause, sizeof(h->trap.cause));
    h->digest = mix(h->digest, &h->trap.pc, sizeof(h->trap.pc));
    h->digest = mix(h->digest, &h->trap.insn_size, sizeof(h->trap.insn_size));
    h->digest = mix(h->digest, &h->cpu, sizeof(h->cpu));
}

/* In @cycles from now, which is the same in all ways; 0: never. */
static void set_moments(struct hostile *h, cycles_t timer, cycles_t due)
{
    for (unsigned i = 0; i < h->ways; i++) {
        struct hostile_machine *m = &h->machines[i];
        const cycles_t now = h->timed ? m->charge->clock.now
                                      : engine_counts(m->engine).instructions;

        m->timer = timer ? now + timer : UINT64_MAX;
        m->due = due ? now + due : UINT64_MAX;
    }
}

/* From 1 up to about 2^17: the small ones as often as the large ones. */
static cycles_t some_cycles(struct hostile *h)
{
    const uint32_t most = 1u << rng_below(&h->rng, h->timed ? 18 : 16);

    return 1 + rng_below(&h->rng, most);
}

/* At least one comes, so that every run ends. */
static void choose_moments(struct hostile *h)
{
    const uint32_t which = rng_below(&h->rng, 3);
    const cycles_t timer = which != 0 ? some_cycles(h) : 0;
    const cycles_t due = which != 1 ? some_cycles(h) : 0;

    set_moments(h, timer, due);
}

static bool run_all(struct hostile *h, bool load, uint64_t instructions)
{
    struct outcome o[HOSTILE_WAYS] = {0};

    if (h->moments)
        choose_moments(h);
    else
        set_moments(h, 0, 0);

    if (h->log)
        log_state(h, load ? "run" : "go on");
    for (unsigned i = 0; i < h->ways; i++) {
        if (i == HOSTILE_LEAN && !h->moments && o[0].stop != ENGINE_TRAP)
            break;
        o[i] = run_one(h, i, load || (i == HOSTILE_LEAN && h->lean_skipped),
                       instructions);
        if (o[i].stop == ENGINE_BROKEN)
            return differ(h, i, engine_error(h->machines[i].engine));
        if (i > 0 && !agree(h, i, &o[0], &o[i]))
            return false;
    }
    h->lean_skipped = false;
    if (o[0].stop != ENGINE_TRAP && h->ways > HOSTILE_LEAN && !h->moments)
        skip_lean(h);
    accept(h, &o[0]);
    if (h->machines[HOSTILE_OBSERVED].late)
        return differ(h, HOSTILE_OBSERVED, "its moment has passed");
    return same_counts(h, HOSTILE_OBSERVED, &o[HOSTILE_OBSERVED].counts,
                       &h->machines[HOSTILE_OBSERVED].seen);
}

bool hostile_run(struct hostile *h, uint64_t instructions)
{
    return run_all(h, true, instructions);
}

bool hostile_go_on(struct hostile *h, uint64_t instructions)
{
    return run_all(h, false, instructions);
}

bool hostile_contained(struct hostile *h)
{
    for (unsigned i = 0; i < h->ways; i++) {
        const struct hostile_machine *m = &h->machines[i];
        const uint8_t *whole = whole_of(m->phys);
        const size_t end = PHYS_SLACK + m->base + h->bounds;

        if (memcmp(whole, m->around, PHYS_SLACK + m->base) != 0 ||
            memcmp(whole + end, m->around + end, WHOLE - end) != 0)
            return differ(h, i, "a byte outside has changed");
    }
    return true;
}

/* ---- the operating system's acts ---- */

void hostile_write(struct hostile *h, vaddr_t va, const void *from,
                   uint32_t size)
{
    for (unsigned i = 0; i < h->ways; i++)
        phys_write(h->machines[i].phys, h->machines[i].base + va, from, size);
}

void hostile_move(struct hostile *h, paddr_t base)
{
    static uint8_t image[HOSTILE_BOUNDS];

    for (unsigned i = 0; i < h->ways; i++) {
        struct hostile_machine *m = &h->machines[i];

        phys_read(m->phys, m->base, image, h->bounds);
        restore_around(m, h->bounds);
        m->base = base_of(base, h->bounds, h->timed ? 0 : i);
        phys_write(m->phys, m->base, image, h->bounds);
        set_registers(h, m, h->bounds);
    }
}

void hostile_resize(struct hostile *h, uint32_t bounds)
{
    static const uint8_t zero[HOSTILE_BOUNDS];
    const uint32_t old = h->bounds;

    for (unsigned i = 0; i < h->ways; i++) {
        struct hostile_machine *m = &h->machines[i];

        if (m->base > HOSTILE_PHYS - bounds)
            return; /* no room in one of them: in none */
    }
    for (unsigned i = 0; i < h->ways; i++) {
        struct hostile_machine *m = &h->machines[i];

        if (bounds < old)
            phys_write(m->phys, m->base + bounds,
                       m->around + PHYS_SLACK + m->base + bounds, old - bounds);
        else
            phys_write(m->phys, m->base + old, zero, bounds - old);
        set_registers(h, m, bounds);
    }
    h->bounds = bounds;
}

const uint8_t *hostile_bytes(const struct hostile *h)
{
    const struct hostile_machine *m = &h->machines[HOSTILE_PLAIN];

    return m->phys->bytes + m->base;
}
