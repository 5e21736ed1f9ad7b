/* tests/conformance.c - the machine that runs forms; see conformance.h. */
#include "tests/conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_SIZE 256u /* of up to 16 descriptors */

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "conformance: %s\n", what);
    abort();
}

/* ---- shapes ---- */

#define TOP UINT64_C(0x100000000)

const struct shape conf_shapes[CONF_SHAPES] = {
    [SHAPE_BOUNDS] = {.name = "base and bounds",
                      .parts = {{0, CONF_BOUNDS, false}},
                      .wide = SHAPE_BOUNDS},
    [SHAPE_UP] = {.name = "up",
                  .va_bits = 16,
                  .seg_bits = 2,
                  .parts = {{0, CONF_BOUNDS, false}},
                  .wide = SHAPE_UP},
    [SHAPE_SIDE] = {.name = "side by side",
                    .va_bits = 15,
                    .seg_bits = 3,
                    .parts = {{0, 0x1000, false},
                              {0x1000, 0x2000, false},
                              {0x2000, 0x3000, false},
                              {0x3000, 0x4000, false}},
                    .wide = SHAPE_BOUNDS},
    [SHAPE_DOWN] = {.name = "down",
                    .va_bits = 14,
                    .seg_bits = 1,
                    .parts = {{0, 0x2000, false}, {0x2000, 0x4000, true}},
                    .wide = SHAPE_DOWN},
    [SHAPE_TOP] = {.name = "top",
                   .va_bits = 32,
                   .seg_bits = 2,
                   .parts = {{0, 0x2000, false},
                             {(vaddr_t)(TOP - 0x2000), TOP, true}},
                   .wide = SHAPE_TOP},
    [SHAPE_USE] = {.name = "by use",
                   .va_bits = 14,
                   .by_use = true,
                   .parts = {{0, CONF_BOUNDS, false}, {0, CONF_BOUNDS, true}},
                   .wide = SHAPE_USE},
};

struct cut conf_wide(enum conf_shape shape)
{
    return (struct cut){.shape = conf_shapes[shape].wide,
                        .bounds = CONF_BOUNDS};
}

/* What the segment of part @index is to be. */
static struct segment segment_of(const struct cut *cut, unsigned index,
                                 paddr_t base)
{
    const struct shape *shape = &conf_shapes[cut->shape];
    const vaddr_t begin = shape->parts[index].begin;
    const uint64_t end = shape->parts[index].end;
    const bool down = shape->parts[index].grows_down;
    const uint64_t from = down && cut->low > begin ? cut->low : begin;
    const uint64_t to = !down && cut->bounds < end ? cut->bounds : end;

    return (struct segment){
        .base = base + (down ? (uint32_t)((end - 1) % CONF_BOUNDS) + 1
                             : begin % CONF_BOUNDS),
        .bounds = from < to ? (uint32_t)(to - from) : 0,
        .prot = (enum mmu_prot)(down && cut->prot ? cut->prot : MMU_RWX),
        .grows_down = down,
    };
}

static unsigned selector_of(const struct shape *shape, vaddr_t va)
{
    return va >> (shape->va_bits - shape->seg_bits);
}

static bool has_part(const struct shape *shape, unsigned index)
{
    return shape->parts[index].end != shape->parts[index].begin;
}

static void write_segments(struct segmented *regs, paddr_t base,
                           const struct cut *cut)
{
    const struct shape *shape = &conf_shapes[cut->shape];

    must(!segmented_init(regs, shape->va_bits, shape->seg_bits), "bad shape");
    for (unsigned i = 0; i < SHAPE_PARTS; i++) {
        const struct segment segment = segment_of(cut, i, base);

        if (has_part(shape, i))
            must(!segmented_set(regs, selector_of(shape, shape->parts[i].begin),
                                &segment, CONF_PHYS),
                 "bad segment");
    }
}

/* In place of another table: what was noted in that is gone. */
static void write_table(struct segment_table *regs, struct phys *phys,
                        paddr_t table, paddr_t base, const struct cut *cut)
{
    static const struct descriptor none = {.segment = {.bounds = 0}};
    const struct shape *shape = &conf_shapes[cut->shape];

    memset(phys->bytes + table, 0, TABLE_SIZE);
    must(!segment_table_init(regs, phys, shape->va_bits, shape->seg_bits) &&
             !segment_table_set(regs, table, 1u << shape->seg_bits),
         "bad shape");
    for (unsigned i = 0; i < 1u << shape->seg_bits; i++)
        must(!segment_table_put(regs, i, &none), "bad descriptor");
    for (unsigned i = 0; i < SHAPE_PARTS; i++) {
        struct descriptor d = {.segment = segment_of(cut, i, base)};

        d.segment.absent = cut->absent && d.segment.grows_down;
        if (has_part(shape, i))
            must(!segment_table_put(
                     regs, selector_of(shape, shape->parts[i].begin), &d),
                 "bad segment");
    }
}

/* All three have the same bytes, and their own bounds. */
static void write_uses(union os_mmu *regs, paddr_t base, const struct cut *cut)
{
    const struct segment up = segment_of(cut, 0, base);
    const struct segment stack = segment_of(cut, 1, base);
    struct implicit *i = &regs->implicit;

    must(!implicit_init(i, conf_shapes[cut->shape].va_bits) &&
             !implicit_set(i, IMPLICIT_CODE, &up, CONF_PHYS) &&
             !implicit_set(i, IMPLICIT_DATA, &up, CONF_PHYS) &&
             !implicit_set(i, IMPLICIT_STACK, &stack, CONF_PHYS),
         "bad segment");
}

/* Registers of any shape follow those of any other. */
static void write_registers(struct way *way, const struct cut *cut)
{
    union os_mmu *regs = &way->regs[way->turn];
    const uint64_t generation = regs->mmu.generation;

    if (conf_shapes[cut->shape].by_use) {
        write_uses(regs, way->base, cut);
    } else if (!conf_shapes[cut->shape].va_bits) {
        base_bounds_init(&regs->bb);
        must(!base_bounds_set(&regs->bb, way->base, cut->bounds, CONF_PHYS),
             "bad bounds");
    } else if (way->table) {
        write_table(&regs->table, way->phys, CONF_PHYS + way->turn * TABLE_SIZE,
                    way->base, cut);
    } else {
        write_segments(&regs->segmented, way->base, cut);
    }
    regs->mmu.generation = generation + 1;
}

static bool has_table(const struct way *way)
{
    return way->regs[way->turn].mmu.ops == &segment_table_ops;
}

struct noted way_noted(const struct way *way)
{
    const struct segment_table *t = &way->regs[way->turn].table;
    struct noted noted = {0, 0};

    for (unsigned i = 0; has_table(way) && i < t->count; i++) {
        const struct descriptor d = segment_table_get(t, i);

        noted.accessed |= (unsigned)d.accessed << i;
        noted.modified |= (unsigned)d.modified << i;
    }
    return noted;
}

/* ---- running ---- */

/* The hardware's own way to the descriptor comes to the same address. */
static void note_use(struct way *way, const struct mmu_access *access,
                     paddr_t pa)
{
    const struct segment_table *t = &way->regs[way->turn].table;
    const unsigned bit =
        1u << (access->va >> (t->layout.va_bits - t->layout.seg_bits));
    struct associative_walk walk;
    paddr_t by_copy;

    must(!associative_translate(&way->am, t, access, &by_copy, &walk) &&
             by_copy == pa && associative_check(&way->am),
         "a copy of a descriptor is wrong");
    way->seen_noted.accessed |= bit;
    if (access->kind == MMU_WRITE)
        way->seen_noted.modified |= bit;
}

static void on_access(void *ctx, vaddr_t pc, const struct mmu_access *access,
                      paddr_t pa)
{
    struct way *way = ctx;

    must(pa == way->base + access->va % CONF_BOUNDS,
         "an observed address is not base + va");
    must(way->seen_count < CONF_SEEN, "too many accesses");
    way->seen[way->seen_count++] = (struct seen){pc, *access};
    if (has_table(way))
        note_use(way, access, pa);
}

/* Small caches, so that much misses. */
static struct charge *make_charge(void)
{
    static const struct cache_config caches[3] = {
        {1024, 2, 32}, {512, 2, 16}, {4096, 4, 32}};
    struct memsys_config config;
    struct charge *charge;
    struct costs costs;

    costs_init(&costs);
    memsys_config_init(&config);
    memcpy(config.caches, caches, sizeof(caches));
    must(!charge_create(&charge, &config, &costs, ASSOCIATIVE_DEFAULT),
         "no charge");
    return charge;
}

void way_open(struct way *way, const struct isa *isa, enum conf_way kind,
              bool table)
{
    static const char *const names[CONF_WAYS] = {
        "lean",    "fast",       "observed", "paranoid",
        "crowded", "round trip", "charged",  "counted"};
    struct engine_config config = {
        .isa = isa,
        .counting =
            kind == CONF_FAST || kind == CONF_PARANOID || kind == CONF_CROWDED,
        .lean_after = 0,
        .paranoid = kind == CONF_PARANOID || kind == CONF_CROWDED,
        .round_trip = kind == CONF_ROUND_TRIP,
        .crowded = kind == CONF_CROWDED,
    };

    *way = (struct way){
        .name = names[kind],
        .isa = isa,
        .counts = kind != CONF_LEAN && kind != CONF_COUNTED,
        .counts_insns = kind != CONF_LEAN,
        .table = table,
    };
    must(!phys_create(&way->phys, CONF_PHYS + (table ? 0x1000 : 0)),
         "no memory");
    config.phys = way->phys;
    if (kind == CONF_OBSERVED || kind == CONF_CHARGED)
        config.charge = way->charge = make_charge();
    if (kind == CONF_OBSERVED) {
        way->seen = calloc(CONF_SEEN, sizeof(*way->seen));
        must(way->seen != NULL, "no memory");
        config.observer = on_access;
        config.observer_ctx = way;
    }
    base_bounds_init(&way->regs[0].bb);
    base_bounds_init(&way->regs[1].bb);
    must(!engine_create(&way->engine, &config), "no engine");
    if (kind == CONF_COUNTED)
        engine_set_timer(way->engine, UINT64_MAX - 1);
}

void way_close(struct way *way)
{
    engine_destroy(way->engine);
    charge_destroy(way->charge);
    phys_destroy(way->phys);
    free(way->seen);
}

/* Code only when it differs: engines translate it anew. */
static void put_memory(struct phys *phys, const uint8_t *memory, paddr_t code,
                       uint32_t code_size)
{
    const paddr_t end = code + code_size;

    if (memcmp(phys->bytes + code, memory + code, code_size) != 0)
        phys_write(phys, code, memory + code, code_size);
    memcpy(phys->bytes, memory, code);
    memcpy(phys->bytes + end, memory + end, CONF_PHYS - end);
}

void way_cut(struct way *way, const struct cut *cut)
{
    union os_mmu *regs = &way->regs[way->turn];

    write_registers(way, cut);
    way->seen_noted = (struct noted){0, 0};
    if (way->charge)
        associative_flush(&way->charge->associative); /* of another table */
    must(!engine_bind(way->engine, &regs->mmu), "cannot bind");
}

void way_start_cut(struct way *way, const uint8_t *memory, paddr_t base,
                   const struct cut *cut, paddr_t code, uint32_t code_size,
                   const struct cpu_state *cpu)
{
    put_memory(way->phys, memory, code, code_size);
    way->base = base;
    way->turn ^= 1;
    way_cut(way, cut);
    engine_load(way->engine, cpu);
    way->start = engine_counts(way->engine);
    way->seen_count = 0;
}

void way_start(struct way *way, const uint8_t *memory, paddr_t base,
               uint32_t bounds, paddr_t code, uint32_t code_size,
               const struct cpu_state *cpu)
{
    const struct cut cut = {.shape = SHAPE_BOUNDS, .bounds = bounds};

    way_start_cut(way, memory, base, &cut, code, code_size, cpu);
}

static enum engine_stop run(struct way *way, uint64_t limit, struct trap *trap)
{
    enum engine_stop stop;

    memset(trap, 0, sizeof(*trap));
    stop = engine_run(way->engine, limit, trap);
    trap->instructions -= way->start.instructions;
    return stop;
}

enum engine_stop way_run(struct way *way, struct trap *trap)
{
    return run(way, UINT64_MAX, trap);
}

enum engine_stop way_run_to(struct way *way, uint64_t n, struct trap *trap)
{
    return run(way, way->start.instructions + n, trap);
}

struct engine_counts way_counts(const struct way *way)
{
    struct engine_counts counts = engine_counts(way->engine);

    counts.instructions -= way->start.instructions;
    counts.loads -= way->start.loads;
    counts.stores -= way->start.stores;
    return counts;
}

/* ---- registers ---- */

static void random_bytes(struct rng *rng, uint8_t *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)rng_next(rng);
}

/* A number that is valid in its register: 1.xxx times a power of two. */
static void random_x87(struct rng *rng, uint8_t *at)
{
    random_bytes(rng, at, 8);
    at[7] |= 0x80;
    at[8] = (uint8_t)rng_next(rng);
    at[9] = (uint8_t)(0x3f + rng_below(rng, 2) + (rng_next(rng) & 0x80));
}

static void random_x86(struct rng *rng, struct cpu_state *cpu)
{
    const struct isa *isa = &isa_x86;
    uint32_t tags = 0;

    for (unsigned i = X86_EAX; i <= X86_EDI; i++)
        isa_set(isa, cpu, i, rng_next(rng));
    isa_set(isa, cpu, X86_EFLAGS, 0x202 | (rng_next(rng) & 0x8d5));
    for (unsigned i = 0; i < 8; i++) {
        random_x87(rng, cpu->bytes + isa->regs[X86_ST0 + i].offset);
        random_bytes(rng, cpu->bytes + isa->regs[X86_XMM0 + i].offset, 16);
        tags |= (rng_below(rng, 4) ? 0u : 3u) << 2 * i;
    }
    isa_set(isa, cpu, X86_FPCW, 0x37f | (rng_next(rng) & 0xc00));
    isa_set(isa, cpu, X86_FPSW, rng_next(rng) & 0x7f00);
    isa_set(isa, cpu, X86_FPTAG, tags);
    isa_set(isa, cpu, X86_MXCSR, 0x1f80 | (rng_next(rng) & 0x6000));
}

static void random_arm(struct rng *rng, bool thumb, struct cpu_state *cpu)
{
    const struct isa *isa = &isa_arm;

    for (unsigned i = ARM_R0; i <= ARM_LR; i++)
        isa_set(isa, cpu, i, rng_next(rng));
    isa_set(isa, cpu, ARM_CPSR,
            0x10u | (thumb ? 0x20u : 0) | (rng_next(rng) & 0xf80f0000));
    isa_set(isa, cpu, ARM_TPIDRURO, rng_next(rng));
    isa_set(isa, cpu, ARM_TPIDRURW, rng_next(rng));
    isa_set(isa, cpu, ARM_FPSCR, rng_next(rng) & 0xf0c00000);
    for (unsigned i = ARM_D0; i < ARM_D0 + 32; i++)
        random_bytes(rng, cpu->bytes + isa->regs[i].offset, 8);
}

void conf_random_cpu(const struct isa *isa, bool thumb, struct rng *rng,
                     uint32_t sp, struct cpu_state *cpu)
{
    isa_entry_state(isa, cpu, 0, 0);
    if (isa == &isa_x86)
        random_x86(rng, cpu);
    else
        random_arm(rng, thumb, cpu);
    isa_set(isa, cpu, isa->sp, sp);
}

static void text_of_bytes(const uint8_t *bytes, size_t count, char *text,
                          size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    while (count-- > 0 && used + 2 < size)
        used += (size_t)snprintf(text + used, size - used, "%02x",
                                 (unsigned)bytes[count]);
}

bool conf_cpu_differs(const struct isa *isa, const struct cpu_state *want,
                      const struct cpu_state *got, char *text, size_t size)
{
    for (unsigned i = 0; i < isa->reg_count; i++) {
        const struct isa_reg *reg = &isa->regs[i];
        const uint8_t *a = want->bytes + reg->offset;
        const uint8_t *b = got->bytes + reg->offset;
        char was[40], is[40];

        if (memcmp(a, b, reg->size) == 0)
            continue;
        text_of_bytes(a, reg->size, was, sizeof(was));
        text_of_bytes(b, reg->size, is, sizeof(is));
        snprintf(text, size, "%s: want %s, got %s", reg->name, was, is);
        return true;
    }
    return false;
}
