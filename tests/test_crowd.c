/*
 * tests/test_crowd.c - a full table of segments, all in memory at once, or
 * coming and going: the engine against a model that knows only descriptors and
 * bytes.
 *
 * Every third segment holds code, a step:
 *
 *      load a word of A, add a constant, store it in B, jump to the next step
 *
 * The steps are one ring. Now and then B is the constant of another step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/engine.h"
#include "mmu/base_bounds.h"
#include "mmu/segment_table.h"
#include "tests/rng.h"

#define SEGMENTS  SEGMENT_TABLE_MAX
#define SHIFT     20u
#define PHYS      (32u << 20)
#define STEPS     ((SEGMENTS + 2u) / 3u)
#define INSNS_MAX 10u
#define NOBODY    SEGMENTS

/* ---- the program ---- */

/* The shape of a step, in one instruction set. */
struct shape {
    const char *name;
    const struct isa *isa;
    bool thumb;
    unsigned insns;
    uint8_t sizes[INSNS_MAX];
    unsigned load, store; /* instructions */
    uint32_t size;        /* bytes in all */
    uint32_t constant;    /* where the byte of it is that others change */
    uint32_t constant_size;
    void (*assemble)(uint8_t *to, uint32_t at, uint32_t a, uint32_t b,
                     uint32_t next, bool narrow, uint8_t constant);
};

static void put32(uint8_t *to, uint32_t value)
{
    memcpy(to, &value, 4);
}

/* mov A, %eax; add $constant, %eax; mov %eax or %al, B; jmp next */
static void assemble_x86(uint8_t *to, uint32_t at, uint32_t a, uint32_t b,
                         uint32_t next, bool narrow, uint8_t constant)
{
    to[0] = 0xa1;
    put32(to + 1, a);
    to[5] = 0x05;
    put32(to + 6, constant);
    to[10] = narrow ? 0xa2 : 0xa3;
    put32(to + 11, b);
    to[15] = 0xe9;
    put32(to + 16, next - (at + 20));
}

static void mov_arm(uint8_t *to, uint32_t value)
{
    put32(to, 0xe3000000 | (value & 0xf000) << 4 | (value & 0xfff));
    value >>= 16;
    put32(to + 4, 0xe3400000 | (value & 0xf000) << 4 | (value & 0xfff));
}

/* r0 = A; ldr r1, [r0]; add r1, #constant; r0 = B; str; r0 = next; bx r0 */
static void assemble_arm(uint8_t *to, uint32_t at, uint32_t a, uint32_t b,
                         uint32_t next, bool narrow, uint8_t constant)
{
    (void)at;
    mov_arm(to, a);
    put32(to + 8, 0xe5901000);
    put32(to + 12, 0xe2811000u | constant);
    mov_arm(to + 16, b);
    put32(to + 24, narrow ? 0xe5c01000 : 0xe5801000);
    mov_arm(to + 28, next);
    put32(to + 36, 0xe12fff10);
}

static void put_halves(uint8_t *to, uint32_t first, uint32_t second)
{
    put32(to, first | second << 16);
}

static void mov_thumb(uint8_t *to, uint32_t value)
{
    for (unsigned half = 0; half < 2; half++, value >>= 16)
        put_halves(to + 4 * half,
                   (half ? 0xf2c0u : 0xf240u) | (value >> 12 & 15) |
                       (value >> 11 & 1) << 10,
                   (value >> 8 & 7) << 12 | (value & 0xff));
}

static void assemble_thumb(uint8_t *to, uint32_t at, uint32_t a, uint32_t b,
                           uint32_t next, bool narrow, uint8_t constant)
{
    (void)at;
    mov_thumb(to, a);
    put_halves(to + 8, 0xf8d0, 0x1000);
    put_halves(to + 12, 0xf101, 0x0100u | constant);
    mov_thumb(to + 16, b);
    put_halves(to + 24, narrow ? 0xf880 : 0xf8c0, 0x1000);
    mov_thumb(to + 28, next | 1);
    to[36] = 0x00;
    to[37] = 0x47;
}

static const struct shape shapes[] = {
    {"x86", &isa_x86, false, 4, {5, 5, 5, 5}, 0, 2, 20, 6, 4, assemble_x86},
    {"arm",
     &isa_arm,
     false,
     10,
     {4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
     2,
     6,
     40,
     12,
     1,
     assemble_arm},
    {"thumb",
     &isa_arm,
     true,
     10,
     {4, 4, 4, 4, 4, 4, 4, 4, 4, 2},
     2,
     6,
     38,
     14,
     1,
     assemble_thumb},
};

/* ---- the model ---- */

struct model_segment {
    paddr_t base; /* of its lowest byte */
    uint32_t bounds;
    vaddr_t va; /* the same byte's */
    bool grows_down, absent, accessed, modified;
    unsigned prot;
    uint32_t code; /* offset of its step */
};

struct step {
    unsigned segment;
    vaddr_t va, a, b;
    bool narrow, stores_constant;
};

struct crowd {
    const struct shape *shape;
    bool calm; /* no code changes */
    struct rng rng;
    struct phys *phys;
    struct segment_table table;
    struct charge *charge;
    struct engine *engine;
    uint8_t *bytes; /* the model's memory */
    struct model_segment segments[SEGMENTS];
    struct step steps[STEPS];
    unsigned step, insn; /* the next of the model's */
    uint32_t sum;
    uint64_t completed;
    uint64_t told, seen; /* hashes of accesses: the model's, the observer's */
};

static uint64_t mix(uint64_t hash, vaddr_t pc, const struct mmu_access *access,
                    paddr_t pa)
{
    const uint64_t parts[] = {pc, access->va, access->size, access->kind, pa};

    for (unsigned i = 0; i < 5; i++)
        hash = (hash ^ parts[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 31;
}

static void on_access(void *ctx, vaddr_t pc, const struct mmu_access *access,
                      paddr_t pa)
{
    struct crowd *c = ctx;

    c->seen = mix(c->seen, pc, access, pa);
}

static struct model_segment *segment_at(struct crowd *c, vaddr_t va)
{
    return &c->segments[va >> SHIFT];
}

static uint8_t *bytes_at(struct crowd *c, vaddr_t va)
{
    const struct model_segment *s = segment_at(c, va);

    assert_true(va >= s->va && va - s->va < s->bounds);
    return c->bytes + s->base + (va - s->va);
}

/* It is complete: told, and noted. */
static void model_tell(struct crowd *c, vaddr_t pc,
                       const struct mmu_access *access)
{
    struct model_segment *s = segment_at(c, access->va);

    c->told =
        mix(c->told, pc, access, (paddr_t)(bytes_at(c, access->va) - c->bytes));
    s->accessed = true;
    s->modified |= access->kind == MMU_WRITE;
}

/*
 * One instruction. False: *@fault is an access to a segment that is absent, and
 * nothing has happened.
 */
static bool model_insn(struct crowd *c, struct mmu_access *fault)
{
    const struct shape *shape = c->shape;
    const struct step *step = &c->steps[c->step];
    vaddr_t pc = step->va;

    for (unsigned i = 0; i < c->insn; i++)
        pc += shape->sizes[i];

    const struct mmu_access fetch = {pc, shape->sizes[c->insn], MMU_EXEC};
    const bool loads = c->insn == shape->load;
    const struct mmu_access data = {
        .va = loads ? step->a : step->b,
        .size = !loads && step->narrow ? 1 : 4,
        .kind = loads ? MMU_READ : MMU_WRITE,
    };
    const bool has_data = loads || c->insn == shape->store;

    *fault = segment_at(c, pc)->absent ? fetch : data;
    if (segment_at(c, pc)->absent ||
        (has_data && segment_at(c, data.va)->absent))
        return false;
    model_tell(c, pc, &fetch);
    if (has_data)
        model_tell(c, pc, &data);
    if (loads) {
        memcpy(&c->sum, bytes_at(c, data.va), 4);
    } else if (has_data) {
        memcpy(bytes_at(c, data.va), &c->sum, data.size);
    } else if (c->insn == shape->load + 1) {
        uint32_t constant = 0;

        memcpy(&constant, bytes_at(c, step->va + shape->constant),
               shape->constant_size);
        c->sum += constant;
    }
    c->completed++;
    if (++c->insn == shape->insns) {
        c->insn = 0;
        c->step = (c->step + 1) % STEPS;
    }
    return true;
}

/* ---- both ---- */

static void write_descriptor(struct crowd *c, unsigned i)
{
    struct model_segment *s = &c->segments[i];
    const struct descriptor d = {
        .segment = {.base = s->base + (s->grows_down ? s->bounds : 0),
                    .bounds = s->bounds,
                    .prot = (enum mmu_prot)s->prot,
                    .grows_down = s->grows_down,
                    .absent = s->absent},
    };

    s->accessed = s->modified = false;
    assert_int_equal(segment_table_put(&c->table, i, &d), 0);
}

static void assemble(struct crowd *c, struct step *step)
{
    const unsigned next = (unsigned)(step - c->steps + 1) % STEPS;

    c->shape->assemble(bytes_at(c, step->va), step->va, step->a, step->b,
                       c->steps[next].va, step->narrow,
                       (uint8_t)rng_next(&c->rng));
}

/* A step that stores a word of data stores only a byte from now on, or again
 * a word. */
static void change_step(struct crowd *c, unsigned segment)
{
    for (unsigned i = 0; i < STEPS; i++) {
        struct step *step = &c->steps[i];

        if (step->segment != segment || step->stores_constant)
            continue;
        step->narrow ^= true;
        assemble(c, step);
    }
}

/* As an operating system would: its bytes come to another place, or others. */
static void bring_in(struct crowd *c, unsigned i)
{
    struct model_segment *s = &c->segments[i];
    const paddr_t half = PHYS / 2 - SEGMENTS * DESCRIPTOR_SIZE;
    const paddr_t to = s->base < PHYS / 2 ? s->base + half : s->base - half;

    if (rng_below(&c->rng, 4) == 0) {
        memcpy(c->bytes + to, c->bytes + s->base, s->bounds);
        phys_clear_code(c->phys, s->base, s->bounds);
        s->base = to;
        change_step(c, i);
        phys_write(c->phys, to, c->bytes + to, s->bounds);
    }
    s->absent = false;
    write_descriptor(c, i);
}

/* Of some segments nothing is noted any more; where all is calm, only code's,
 * or what is loaded and stored would be looked at closely. */
static void clear_notes(struct crowd *c)
{
    for (unsigned i = 0; i < SEGMENTS; i++)
        if (!c->segments[i].absent && rng_below(&c->rng, 4) == 0 &&
            !(c->calm && i % 3))
            write_descriptor(c, i);
}

static void lay_out(struct crowd *c)
{
    paddr_t at = SEGMENTS * DESCRIPTOR_SIZE;

    for (unsigned i = 0; i < SEGMENTS; i++) {
        struct model_segment *s = &c->segments[i];
        const bool large = rng_below(&c->rng, 8) == 0;

        *s = (struct model_segment){
            .base = at + rng_below(&c->rng, 16),
            .bounds = 64 + rng_below(&c->rng, large ? 9000 : 500),
            .grows_down = rng_below(&c->rng, 4) == 0,
            .prot = i % 3 ? MMU_READ | MMU_WRITE : MMU_RWX,
        };
        s->va = (i << SHIFT) + (s->grows_down ? (1u << SHIFT) - s->bounds : 0);
        at = s->base + s->bounds;
        if (i % 3)
            continue;
        s->code = rng_below(&c->rng, s->bounds - c->shape->size + 1);
        s->code = (s->code + s->va) / 4 * 4;
        s->code = s->code < s->va ? s->va + 4 - s->va % 4 : s->code;
        if (s->code + c->shape->size > s->va + s->bounds)
            s->code = (s->va + 3) / 4 * 4;
        s->code -= s->va;
    }
    assert_true(at < PHYS / 2);
    for (paddr_t i = 0; i < PHYS; i += 4)
        put32(c->bytes + i, rng_next(&c->rng));
}

static vaddr_t code_of(const struct crowd *c, unsigned segment)
{
    return c->segments[segment].va + c->segments[segment].code;
}

static vaddr_t word_of(struct crowd *c, unsigned segment)
{
    const struct model_segment *s = &c->segments[segment];

    return s->va + rng_below(&c->rng, s->bounds - 3);
}

static void shuffle_steps(struct crowd *c)
{
    for (unsigned i = 0; i < STEPS; i++)
        c->steps[i].segment = 3 * i;
    for (unsigned i = STEPS - 1; i > 0; i--) {
        const unsigned other = rng_below(&c->rng, i + 1);
        const unsigned kept = c->steps[i].segment;

        c->steps[i].segment = c->steps[other].segment;
        c->steps[other].segment = kept;
    }
}

/* Where to store: a constant, what another step loads, or data of its own. */
static void choose_store(struct crowd *c, struct step *step)
{
    const unsigned other = rng_below(&c->rng, STEPS);
    const unsigned own = step->segment + 2 < SEGMENTS ? step->segment + 2 : 1;

    step->narrow = step->stores_constant =
        !c->calm && rng_below(&c->rng, 8) == 0;
    if (step->narrow)
        step->b = code_of(c, 3 * other) + c->shape->constant;
    else
        step->b = other % 4 == 0 ? c->steps[other].a : word_of(c, own);
}

/* Most segments of data are loaded from or stored to by somebody. */
static void write_steps(struct crowd *c)
{
    shuffle_steps(c);
    for (unsigned i = 0; i < STEPS; i++) {
        const unsigned n = c->steps[i].segment;

        c->steps[i].va = code_of(c, n);
        c->steps[i].a = word_of(c, n + 1 < SEGMENTS ? n + 1 : 1);
    }
    for (unsigned i = 0; i < STEPS; i++)
        choose_store(c, &c->steps[i]);
    for (unsigned i = 0; i < STEPS; i++)
        assemble(c, &c->steps[i]);
}

/* Who watches. */
struct watch {
    const char *what;
    bool observed, paranoid, round_trip, charged, calm;
};

static struct crowd *crowd_open(const struct shape *shape,
                                const struct watch *watch, bool absent)
{
    struct crowd *c = calloc(1, sizeof(*c));
    struct memsys_config caches;
    struct costs costs;

    assert_non_null(c);
    c->shape = shape;
    c->calm = watch->calm;
    c->rng = (struct rng){.state = 4};
    c->bytes = malloc(PHYS);
    assert_non_null(c->bytes);
    memsys_config_init(&caches);
    costs_init(&costs);
    assert_int_equal(phys_create(&c->phys, PHYS), 0);
    assert_int_equal(charge_create(&c->charge, &caches, &costs, 16), 0);

    const struct engine_config config = {
        .isa = shape->isa,
        .phys = c->phys,
        .observer = watch->observed ? on_access : NULL,
        .observer_ctx = c,
        .charge = watch->charged ? c->charge : NULL,
        .counting = true,
        .paranoid = watch->paranoid,
        .round_trip = watch->round_trip,
    };
    assert_int_equal(engine_create(&c->engine, &config), 0);
    lay_out(c);
    write_steps(c);
    phys_write(c->phys, 0, c->bytes, PHYS);
    assert_int_equal(segment_table_init(&c->table, c->phys, 32, 12), 0);
    assert_int_equal(segment_table_set(&c->table, 0, SEGMENTS), 0);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        c->segments[i].absent = absent;
        write_descriptor(c, i);
    }
    return c;
}

static void crowd_close(struct crowd *c)
{
    engine_destroy(c->engine);
    charge_destroy(c->charge);
    phys_destroy(c->phys);
    free(c->bytes);
    free(c);
}

/* All bytes, and what the hardware has noted. */
static void compare(struct crowd *c, const struct watch *watch)
{
    const struct engine_counts counts = engine_counts(c->engine);

    assert_int_equal(counts.instructions, c->completed);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        const struct model_segment *s = &c->segments[i];
        const struct descriptor d = segment_table_get(&c->table, i);

        assert_memory_equal(c->phys->bytes + s->base, c->bytes + s->base,
                            s->bounds);
        assert_int_equal(d.accessed, s->accessed);
        assert_int_equal(d.modified, s->modified);
    }
    if (watch->observed)
        assert_true(c->seen == c->told);
}

/* @count instructions, bringing in what is absent. Returns the traps. */
static unsigned run(struct crowd *c, uint64_t count)
{
    const uint64_t limit = c->completed + count;
    struct cpu_state cpu;
    struct mmu_access fault = {0};
    struct trap trap;
    unsigned traps = 0;

    for (;; traps++) {
        assert_int_equal(engine_bind(c->engine, &c->table.mmu), 0);
        if (c->completed == 0 && traps == 0) {
            isa_entry_state(c->shape->isa, &cpu,
                            c->steps[0].va | c->shape->thumb, 0);
            engine_load(c->engine, &cpu);
        }
        while (c->completed < limit && model_insn(c, &fault))
            ;

        const enum engine_stop stop = engine_run(c->engine, limit, &trap);
        if (stop == ENGINE_LIMIT)
            break;
        if (stop == ENGINE_BROKEN)
            fail_msg("%s", engine_error(c->engine));
        assert_int_equal(stop, ENGINE_TRAP);
        assert_int_equal(trap.cause, TRAP_ABSENT);
        assert_int_equal(trap.access.va, fault.va);
        assert_int_equal(trap.access.kind, fault.kind);
        assert_int_equal(trap.instructions, c->completed);
        bring_in(c, fault.va >> SHIFT);
    }
    assert_int_equal(c->completed, limit);
    return traps;
}

static const struct watch watches[] = {
    {.what = "nobody"},
    {.what = "an observer", .observed = true},
    {.what = "paranoia", .paranoid = true},
    {.what = "round trips", .round_trip = true},
    {.what = "a clock", .charged = true},
    {.what = "all", true, true, true, true},
    {.what = "nobody, and code stays", .calm = true},
};

#define WATCHES (sizeof(watches) / sizeof(watches[0]))

/* All at once; the whole ring, a few times. */
static void hold_all(const struct shape *shape)
{
    cycles_t cycles[WATCHES] = {0};

    for (size_t i = 0; i < WATCHES; i++) {
        struct crowd *c = crowd_open(shape, &watches[i], false);
        unsigned touched = 0;

        assert_int_equal(run(c, 3u * STEPS * shape->insns), 0);
        clear_notes(c);
        assert_int_equal(run(c, 2u * STEPS * shape->insns + 5), 0);
        compare(c, &watches[i]);
        for (unsigned n = 0; n < SEGMENTS; n++)
            touched += segment_table_get(&c->table, n).accessed;
        assert_true(touched > SEGMENTS - SEGMENTS / 4);
        cycles[i] = c->charge->clock.now;
        crowd_close(c);
    }
    assert_true(cycles[4] > 0);
    assert_true(cycles[5] == cycles[4]);
}

static void leave(struct crowd *c, unsigned i)
{
    if (c->segments[i].absent)
        return;
    c->segments[i].absent = true;
    write_descriptor(c, i);
}

/* As many as are left: few, many, few again. */
static void come_and_go(const struct shape *shape, const struct watch *watch)
{
    static const unsigned lefts[] = {3000, 200, 100, 0, 20};
    struct crowd *c = crowd_open(shape, watch, true);
    unsigned traps = run(c, STEPS * shape->insns);

    assert_true(traps > SEGMENTS - SEGMENTS / 4);
    compare(c, watch);
    for (size_t i = 0; i < sizeof(lefts) / sizeof(lefts[0]); i++) {
        unsigned there = 0;

        for (unsigned n = 0; n < SEGMENTS; n++)
            there += !c->segments[n].absent;
        while (there > lefts[i]) {
            const unsigned n = rng_below(&c->rng, SEGMENTS);

            there -= !c->segments[n].absent;
            leave(c, n);
        }
        clear_notes(c);
        traps = run(c, 33u * shape->insns + rng_below(&c->rng, 9));
        assert_true(traps <= 3 * 37);
        compare(c, watch);
        traps = run(c, STEPS / 6 * shape->insns);
        compare(c, watch);
    }
    crowd_close(c);
}

/* A jump far out, with a timer and then a limit that are due there. */
static void test_crowd_is_stopped_where_others_are(void **state)
{
    static const uint8_t jump[] = {0xe9, 0xfb, 0xff, 0x8f, 0x00};
    struct base_bounds bb;
    struct phys *phys;

    (void)state;
    assert_int_equal(phys_create(&phys, PHYS), 0);
    base_bounds_init(&bb);
    assert_int_equal(base_bounds_set(&bb, 4096, 4096, PHYS), 0);
    phys_write(phys, 4096, jump, sizeof(jump));
    for (unsigned crowded = 0; crowded < 2; crowded++) {
        const struct engine_config config = {
            .isa = &isa_x86, .phys = phys, .crowded = crowded};
        struct engine *engine;
        struct cpu_state cpu;
        struct trap trap;

        assert_int_equal(engine_create(&engine, &config), 0);
        assert_int_equal(engine_bind(engine, &bb.mmu), 0);
        isa_entry_state(&isa_x86, &cpu, 0, 0);
        engine_load(engine, &cpu);
        engine_set_timer(engine, 1);
        assert_int_equal(engine_run(engine, 100, &trap), ENGINE_TIMER);
        engine_save(engine, &cpu);
        assert_int_equal(isa_get(&isa_x86, &cpu, X86_EIP), 0x900000);
        assert_int_equal(engine_run(engine, 1, &trap), ENGINE_LIMIT);
        assert_int_equal(engine_run(engine, 100, &trap), ENGINE_TRAP);
        assert_int_equal(trap.cause, TRAP_BOUNDS);
        assert_int_equal(trap.access.va, 0x900000);
        engine_destroy(engine);
    }
    phys_destroy(phys);
}

static void test_crowd_of_4096_segments_runs_on_x86(void **state)
{
    (void)state;
    hold_all(&shapes[0]);
}

static void test_crowd_of_4096_segments_runs_on_arm(void **state)
{
    (void)state;
    hold_all(&shapes[1]);
}

static void test_crowd_of_4096_segments_runs_on_thumb(void **state)
{
    (void)state;
    hold_all(&shapes[2]);
}

static void test_crowd_comes_and_goes_on_x86(void **state)
{
    (void)state;
    come_and_go(&shapes[0], &watches[0]);
    come_and_go(&shapes[0], &watches[5]);
}

static void test_crowd_comes_and_goes_on_arm(void **state)
{
    (void)state;
    come_and_go(&shapes[1], &watches[2]);
}

static void test_crowd_comes_and_goes_on_thumb(void **state)
{
    (void)state;
    come_and_go(&shapes[2], &watches[0]);
    come_and_go(&shapes[2], &watches[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crowd_is_stopped_where_others_are),
        cmocka_unit_test(test_crowd_of_4096_segments_runs_on_x86),
        cmocka_unit_test(test_crowd_of_4096_segments_runs_on_arm),
        cmocka_unit_test(test_crowd_of_4096_segments_runs_on_thumb),
        cmocka_unit_test(test_crowd_comes_and_goes_on_x86),
        cmocka_unit_test(test_crowd_comes_and_goes_on_arm),
        cmocka_unit_test(test_crowd_comes_and_goes_on_thumb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
