/*
 * tests/test_conformance.c - every form of access at every edge, against a
 * byte-by-byte model, in every way that the engine can run.
 *
 * A case is a form, placed so that one of its bytes lies at an edge, amid
 * instructions that change registers, flags and memory. Three runs in wide
 * bounds say what should be seen: one stops in front of the form (a trap
 * instruction stands in its place), one behind so many passes of it, one goes
 * through. Then, in each way: run in narrow bounds, compare with what the model
 * says; repair the cause; go on, compare with the run that went through.
 *
 * CONFORMANCE_FORM=TEXT runs only forms with TEXT in them, CONFORMANCE_ALL=1
 * shows every failure, not one a form, CONFORMANCE_DUMP=1 also the program,
 * CONFORMANCE_OPEN=1 runs what is known to go wrong.
 *
 * The model knows no instruction, only the list of accesses that the form's
 * line names, and judges those byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/conformance.h"

#define MENU_MAX     48u
#define AROUND_MAX   5u /* instructions in front and behind */
#define CODE_MAX     512u
#define LOOPS_MAX    6000u
#define FAILURES_MAX 30u /* lines that are printed */

/* Where a case puts its anchor, and what the bounds are. */
struct place {
    const char *what;
    vaddr_t anchor;
    uint32_t bounds;
    bool beyond; /* repaired by moving the anchor, not the bounds */
};

/* The program of a case. */
struct program {
    uint8_t code[CODE_MAX];
    uint32_t size;
    uint32_t start, main, trail, end; /* of the form: offsets */
    uint32_t loops;
};

/* What the model expects of the narrow run. */
struct verdict {
    enum trap_cause cause; /* TRAP_COUNT: none */
    struct mmu_access access;
    uint32_t legal;
    uint32_t passes; /* completed before the trap */
};

/* The machine somewhere. */
struct snapshot {
    struct cpu_state cpu;
    struct engine_counts counts;
    uint8_t memory[CONF_PHYS];
};

struct suite {
    const struct form_set *set;
    struct rng rng;
    struct way ways[CONF_WAYS];
    struct plan menu[MENU_MAX];
    unsigned menu_count;

    /* The case. */
    struct plan plan;
    struct program program;
    struct place place;
    paddr_t base;
    vaddr_t code; /* where the program lies */
    struct snapshot initial, middle, before, after;

    unsigned forms, open, cases, traps, failures;
    const struct form *last_failed;
};

/* ---- failures ---- */

static void failed(struct suite *s, const struct way *way, const char *what,
                   const char *detail)
{
    if (s->last_failed == s->plan.form && !getenv("CONFORMANCE_ALL"))
        return;
    s->last_failed = s->plan.form;
    if (s->failures++ < FAILURES_MAX)
        fprintf(stderr,
                "%s `%s`, %s, anchor %#x, bounds %#x, base %#x, %u loops, "
                "%s: %s: %s\n",
                s->set->name, s->plan.form->text, s->place.what,
                s->place.anchor, s->place.bounds, s->base, s->program.loops,
                way->name, what, detail);
    if (getenv("CONFORMANCE_DUMP")) {
        fprintf(stderr, "   ");
        for (uint32_t i = 0; i < s->program.size; i++)
            fprintf(stderr, " %02x", s->program.code[i]);
        fprintf(stderr, "\n");
    }
}

/* ---- the program ---- */

static void emit(struct program *p, const void *bytes, uint32_t size)
{
    if (p->size + size > CODE_MAX)
        abort();
    memcpy(p->code + p->size, bytes, size);
    p->size += size;
}

/* Counts down the word at CONF_SCRATCH + 0x80, or r12 and stores it there. */
static void emit_loop(struct suite *s, struct program *p)
{
    static const uint8_t x86[] = {0xff, 0x0d, 0x80, 0x04, 0, 0, 0x75, 0xf8};
    static const uint8_t arm[] = {0x01, 0xc0, 0x5c, 0xe2, 0x80, 0xc0,
                                  0x8b, 0xe5, 0xfc, 0xff, 0xff, 0x1a};
    static const uint8_t thumb[] = {0xbc, 0xf1, 0x01, 0x0c, 0xcb,
                                    0xf8, 0x80, 0xc0, 0xfa, 0xd1};

    if (s->set->isa == &isa_x86)
        emit(p, x86, sizeof(x86));
    else if (s->set->thumb)
        emit(p, thumb, sizeof(thumb));
    else
        emit(p, arm, sizeof(arm));
}

static void emit_around(struct suite *s, struct program *p)
{
    for (unsigned n = rng_below(&s->rng, AROUND_MAX + 1); n > 0; n--) {
        const struct plan *menu = &s->menu[rng_below(&s->rng, s->menu_count)];

        if (!(menu->regs & s->plan.regs))
            emit(p, menu->form->code, menu->form->end);
    }
}

static void emit_end(struct suite *s, struct program *p)
{
    static const uint8_t x86[] = {0xcd, 0x80};
    static const uint8_t arm[] = {0, 0, 0, 0xef};
    static const uint8_t thumb[] = {0, 0xdf};

    if (s->set->isa == &isa_x86)
        emit(p, x86, sizeof(x86));
    else if (s->set->thumb)
        emit(p, thumb, sizeof(thumb));
    else
        emit(p, arm, sizeof(arm));
}

/* A trap instead of an instruction; a Thumb BKPT heeds no condition. */
static void put_stop(const struct suite *s, uint8_t *at)
{
    static const uint8_t x86[] = {0xcd, 0x80};
    static const uint8_t one[] = {0xcc};
    static const uint8_t arm[] = {0, 0, 0, 0xef};
    static const uint8_t thumb[] = {0, 0xbe};
    const struct form *form = s->plan.form;

    if (s->set->thumb)
        memcpy(at, thumb, sizeof(thumb));
    else if (s->set->isa == &isa_arm)
        memcpy(at, arm, sizeof(arm));
    else if (form->trail - form->main == 1)
        memcpy(at, one, sizeof(one));
    else
        memcpy(at, x86, sizeof(x86));
}

static void write_word(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* The anchor instead of 12345678, or its low half. */
static void patch_absolute(struct suite *s, uint8_t *at, vaddr_t anchor)
{
    static const uint8_t word[4] = {0x78, 0x56, 0x34, 0x12};
    const uint32_t size = s->plan.absolute ? 4 : 2;
    uint8_t bytes[4];

    if (!s->plan.absolute && !s->plan.absolute16)
        return;
    write_word(bytes, anchor);
    while (memcmp(at, word, size) != 0)
        at++;
    memcpy(at, bytes, size);
}

static void make_program(struct suite *s)
{
    struct program *p = &s->program;
    const struct form *form = s->plan.form;

    p->size = 0;
    p->loops = rng_below(&s->rng, 16) ? 1 : 1 + rng_below(&s->rng, LOOPS_MAX);
    emit_loop(s, p);
    emit_around(s, p);
    p->start = p->size;
    emit(p, form->code, form->end);
    p->main = p->start + form->main;
    p->trail = p->start + form->trail;
    p->end = p->start + form->end;
    emit_around(s, p);
    emit_end(s, p);
}

/* ---- the initial state ---- */

static uint32_t value_of(struct suite *s, struct value value, vaddr_t anchor,
                         uint32_t old)
{
    switch (value.kind) {
    case V_ANCHOR:
        return anchor + value.add;
    case V_HALF:
        return anchor / 2 + value.add;
    case V_LOW16:
        return (old & 0xffff0000) | ((anchor + value.add) & 0xffff);
    case V_SAFE:
        return CONF_SAFE + value.add;
    case V_NEXT:
        return s->code + s->program.trail + (s->set->thumb ? 1 : 0);
    case V_NUMBER:
        break;
    }
    return value.add;
}

static void put_sets(struct suite *s, struct cpu_state *cpu, vaddr_t anchor)
{
    const struct isa *isa = s->set->isa;

    for (unsigned i = 0; i < s->plan.set_count; i++) {
        const unsigned reg = s->plan.sets[i].reg;
        const uint32_t old = isa_get(isa, cpu, reg);

        isa_set(isa, cpu, reg, value_of(s, s->plan.sets[i].value, anchor, old));
    }
}

/* Where a repair puts the anchor when no bounds would do. */
static vaddr_t legal_anchor(const struct suite *s)
{
    return s->place.beyond ? CONF_ANCHOR + 0x40 : s->place.anchor;
}

static void put_pokes(struct suite *s, uint8_t *image)
{
    const vaddr_t anchor = legal_anchor(s);

    if (s->plan.fill >= 0)
        memset(image + anchor - 0x80, s->plan.fill, 0x100);
    if (s->plan.fill_safe >= 0)
        memset(image + CONF_SAFE - 0x80, s->plan.fill_safe, 0x100);
    for (unsigned i = 0; i < s->plan.poke_count; i++)
        write_word(image + value_of(s, s->plan.pokes[i].at, anchor, 0),
                   value_of(s, s->plan.pokes[i].value, anchor, 0));
}

/* Program and data; registers by the place. */
static void make_initial(struct suite *s)
{
    const struct isa *isa = s->set->isa;
    struct snapshot *in = &s->initial;
    uint8_t *image = in->memory + s->base;

    s->code = s->plan.pcrel ? s->place.anchor - s->plan.pcrel - s->program.main
                            : CONF_CODE;
    for (uint32_t i = 0; i < CONF_PHYS; i += 4)
        write_word(in->memory + i, rng_next(&s->rng));
    put_pokes(s, image);
    write_word(image + CONF_SCRATCH + 0x80, s->program.loops);
    memcpy(image + s->code, s->program.code, s->program.size);
    patch_absolute(s, image + s->code + s->program.main, s->place.anchor);

    conf_random_cpu(isa, s->set->thumb, &s->rng, CONF_STACK, &in->cpu);
    if (isa == &isa_arm) {
        isa_set(isa, &in->cpu, ARM_R0 + 11, CONF_SCRATCH);
        isa_set(isa, &in->cpu, ARM_R0 + 12, s->program.loops);
    }
    if (s->plan.down)
        isa_set(isa, &in->cpu, X86_EFLAGS,
                isa_get(isa, &in->cpu, X86_EFLAGS) | 0x400);
    isa_set(isa, &in->cpu, isa->pc, s->code);
    put_sets(s, &in->cpu, s->place.anchor);
}

/* ---- the model ---- */

/* The number of leading bytes inside [0, bounds), one by one. */
static uint32_t legal_bytes(const struct mmu_access *access, uint32_t bounds)
{
    uint32_t n = 0;

    while (n < access->size && (uint64_t)access->va + n < bounds)
        n++;
    return n;
}

static struct mmu_access access_of(const struct suite *s, unsigned index,
                                   uint32_t pass)
{
    const struct plan_access *a = &s->plan.accesses[index];
    const uint32_t from = a->safe ? CONF_SAFE : s->place.anchor;

    return (struct mmu_access){from + a->offset + pass * s->plan.step, a->size,
                               a->write ? MMU_WRITE : MMU_READ};
}

static struct verdict judge(const struct suite *s)
{
    const uint32_t passes = s->plan.rep ? s->plan.passes : 1;
    struct verdict v = {.cause = TRAP_COUNT};

    for (v.passes = 0; v.passes < passes; v.passes++) {
        for (unsigned i = 0; i < s->plan.access_count; i++) {
            v.access = access_of(s, i, v.passes);
            v.legal = legal_bytes(&v.access, s->place.bounds);
            if (v.legal < v.access.size) {
                v.cause = TRAP_BOUNDS;
                return v;
            }
            if (s->plan.strict && v.access.va % s->plan.align != 0) {
                v.cause = TRAP_ALIGNMENT;
                return v;
            }
        }
    }
    return v;
}

/* ---- the runs in wide bounds ---- */

static void start(struct suite *s, struct way *way, const uint8_t *memory,
                  uint32_t bounds, const struct cpu_state *cpu)
{
    way_start(way, memory, s->base, bounds, s->base + s->code, s->program.size,
              cpu);
}

static void take_snapshot(struct way *way, struct snapshot *to)
{
    engine_save(way->engine, &to->cpu);
    to->counts = way_counts(way);
    memcpy(to->memory, way->phys->bytes, CONF_PHYS);
}

/* On from @from to a trap instruction at offset @at of the program. */
static bool run_to(struct suite *s, struct snapshot *from, uint32_t at,
                   struct snapshot *to)
{
    const paddr_t pa = s->base + s->code + at;
    struct way *way = &s->ways[CONF_FAST];
    uint8_t saved[4];
    struct trap trap;

    memcpy(saved, from->memory + pa, sizeof(saved));
    put_stop(s, from->memory + pa);
    start(s, way, from->memory, CONF_BOUNDS, &from->cpu);
    memcpy(from->memory + pa, saved, sizeof(saved));
    if (way_run(way, &trap) != ENGINE_TRAP ||
        (trap.cause != TRAP_SYSCALL && trap.cause != TRAP_BREAKPOINT)) {
        failed(s, way, "no way to the form", trap_name(trap.cause));
        return false;
    }
    take_snapshot(way, to);
    memcpy(to->memory + pa, saved, sizeof(saved));
    if (trap.cause == TRAP_SYSCALL)
        to->counts.instructions--;
    isa_set(s->set->isa, &to->cpu, s->set->isa->pc, s->code + at);
    return true;
}

static void add_counts(struct engine_counts *to,
                       const struct engine_counts *more)
{
    to->instructions += more->instructions;
    to->loads += more->loads;
    to->stores += more->stores;
}

/* The state in which the form, or a pass of it, begins. */
static bool find_before(struct suite *s, uint32_t passes)
{
    const struct isa *isa = s->set->isa;

    if (!run_to(s, &s->initial, s->program.main, &s->before))
        return false;
    if (!passes)
        return true;

    /* From here, with only so many passes to go. */
    s->middle = s->before;
    isa_set(isa, &s->middle.cpu, X86_ECX, passes);
    if (!run_to(s, &s->middle, s->program.trail, &s->before))
        return false;
    add_counts(&s->before.counts, &s->middle.counts);
    s->before.counts.instructions = s->middle.counts.instructions + passes;
    isa_set(isa, &s->before.cpu, X86_ECX, s->plan.passes - passes);
    isa_set(isa, &s->before.cpu, isa->pc, s->code + s->program.main);
    return true;
}

/* From the form on, if the anchor moves there; else from the start. */
static bool find_after(struct suite *s)
{
    const struct snapshot *from = s->place.beyond ? &s->before : &s->initial;
    struct way *way = &s->ways[CONF_FAST];
    struct cpu_state cpu = from->cpu;
    struct trap trap;

    if (s->place.beyond)
        put_sets(s, &cpu, legal_anchor(s));
    start(s, way, from->memory, CONF_BOUNDS, &cpu);
    if (way_run(way, &trap) != ENGINE_TRAP || trap.cause != TRAP_SYSCALL) {
        failed(s, way, "does not run in wide bounds", trap_name(trap.cause));
        return false;
    }
    take_snapshot(way, &s->after);
    if (s->place.beyond)
        add_counts(&s->after.counts, &from->counts);
    return true;
}

/* ---- comparing ---- */

static void check_memory(struct suite *s, struct way *way, const char *what,
                         const struct snapshot *want)
{
    char text[80];
    uint32_t at = 0;

    if (memcmp(want->memory, way->phys->bytes, CONF_PHYS) == 0)
        return;
    while (want->memory[at] == way->phys->bytes[at])
        at++;
    snprintf(text, sizeof(text), "memory at va %#x: want %02x, got %02x",
             at - s->base, want->memory[at], way->phys->bytes[at]);
    failed(s, way, what, text);
}

static void check_counts(struct suite *s, struct way *way, const char *what,
                         const struct engine_counts *want)
{
    const struct engine_counts got = way_counts(way);
    char text[160];

    if (!way->counts ||
        (got.instructions == want->instructions && got.loads == want->loads &&
         got.stores == want->stores))
        return;
    snprintf(
        text, sizeof(text), "counts: want %llu %llu %llu, got %llu %llu %llu",
        (unsigned long long)want->instructions, (unsigned long long)want->loads,
        (unsigned long long)want->stores, (unsigned long long)got.instructions,
        (unsigned long long)got.loads, (unsigned long long)got.stores);
    failed(s, way, what, text);
}

static void check_state(struct suite *s, struct way *way, const char *what,
                        const struct snapshot *want)
{
    struct cpu_state cpu;
    char text[120];

    engine_save(way->engine, &cpu);
    if (conf_cpu_differs(s->set->isa, &want->cpu, &cpu, text, sizeof(text)))
        failed(s, way, what, text);
    check_memory(s, way, what, want);
    check_counts(s, way, what, &want->counts);
}

static void check_trap(struct suite *s, struct way *way,
                       const struct verdict *want, const struct trap *got)
{
    const struct form *form = s->plan.form;
    char text[200];

    if (got->cause == want->cause && got->pc == s->code + s->program.main &&
        got->insn_size == (uint32_t)form->trail - form->main &&
        got->access.va == want->access.va &&
        got->access.size == want->access.size &&
        got->access.kind == want->access.kind && got->legal == want->legal &&
        (!way->counts || got->instructions == s->before.counts.instructions))
        return;
    snprintf(text, sizeof(text),
             "want %s pc %#x (%u) %s of %u at %#x legal %u after %llu, "
             "got %s pc %#x (%u) %s of %u at %#x legal %u after %llu",
             trap_name(want->cause), s->code + s->program.main,
             form->trail - form->main, mmu_kind_name(want->access.kind),
             want->access.size, want->access.va, want->legal,
             (unsigned long long)s->before.counts.instructions,
             trap_name(got->cause), got->pc, got->insn_size,
             got->access.size ? mmu_kind_name(got->access.kind) : "nothing",
             got->access.size, got->access.va, got->legal,
             (unsigned long long)got->instructions);
    failed(s, way, "trap", text);
}

/* The accesses that the observer saw of the form's instruction. */
static void check_seen(struct suite *s, struct way *way)
{
    const struct form *form = s->plan.form;
    const uint32_t passes = s->plan.rep ? s->plan.passes : 1;
    const vaddr_t pc = s->code + s->program.main;
    const struct mmu_access fetch = {pc, (uint32_t)form->trail - form->main,
                                     MMU_EXEC};
    const vaddr_t anchor = s->place.anchor;
    unsigned at = 0, n = 0;
    struct mmu_access want[256];
    char text[160];

    s->place.anchor = legal_anchor(s);
    for (uint32_t pass = 0; pass < passes; pass++) {
        want[n++] = fetch;
        for (unsigned i = 0; i < s->plan.access_count; i++)
            want[n++] = access_of(s, i, pass);
    }
    if (s->plan.rep)
        want[n++] = fetch; /* finds that no pass is left */
    s->place.anchor = anchor;

    for (unsigned i = 0; i < way->seen_count; i++) {
        const struct mmu_access *got = &way->seen[i].access;

        if (way->seen[i].pc != pc)
            continue;
        if (at < n && got->va == want[at].va && got->size == want[at].size &&
            got->kind == want[at].kind) {
            at++;
            continue;
        }
        snprintf(text, sizeof(text), "access %u: got %s of %u at %#x", at,
                 mmu_kind_name(got->kind), got->size, got->va);
        failed(s, way, "observed", text);
        return;
    }
    if (at != n) {
        snprintf(text, sizeof(text), "%u of %u accesses", at, n);
        failed(s, way, "observed", text);
    }
}

/* ---- one case ---- */

static void repair(struct suite *s, struct way *way)
{
    struct cpu_state cpu;

    way_bounds(way, CONF_BOUNDS);
    if (!s->place.beyond)
        return;
    engine_save(way->engine, &cpu);
    put_sets(s, &cpu, legal_anchor(s));
    engine_load(way->engine, &cpu);
}

static void run_case(struct suite *s, struct way *way,
                     const struct verdict *want)
{
    enum engine_stop stop;
    struct trap trap;

    start(s, way, s->initial.memory, s->place.bounds, &s->initial.cpu);
    stop = way_run(way, &trap);
    if (want->cause != TRAP_COUNT && stop == ENGINE_TRAP) {
        check_trap(s, way, want, &trap);
        check_state(s, way, "at the trap", &s->before);
        repair(s, way);
        stop = way_run(way, &trap);
    }
    if (stop != ENGINE_TRAP || trap.cause != TRAP_SYSCALL) {
        failed(s, way, "in the end",
               stop == ENGINE_TRAP ? trap_name(trap.cause)
                                   : engine_error(way->engine));
        return;
    }
    check_state(s, way, "in the end", &s->after);
    if (way->seen)
        check_seen(s, way);
}

static void try_place(struct suite *s, struct place place)
{
    s->place = place;
    make_initial(s);

    const struct verdict want = judge(s);
    if (want.cause != TRAP_COUNT && s->plan.nofault)
        return;
    if (s->place.beyond && want.passes > 0)
        return; /* would begin again */
    s->cases++;
    s->traps += want.cause != TRAP_COUNT;
    if (!find_before(s, want.cause == TRAP_COUNT ? 0 : want.passes) ||
        !find_after(s))
        return;
    for (unsigned i = 0; i < CONF_WAYS; i++)
        run_case(s, &s->ways[i], &want);
}

/* ---- the places of a form ---- */

/* The bytes around the anchor that the form touches: [lo, hi). */
struct reach {
    int32_t lo, hi;
};

static struct reach reach_of(const struct plan *plan)
{
    const uint32_t passes = plan->rep ? plan->passes : 1;
    struct reach reach = {INT32_MAX, INT32_MIN};

    for (uint32_t pass = 0; pass < passes; pass++) {
        for (unsigned i = 0; i < plan->access_count; i++) {
            const struct plan_access *a = &plan->accesses[i];
            const int32_t lo = (int32_t)(a->offset + pass * plan->step);
            const int32_t hi = lo + (int32_t)a->size;

            if (a->safe)
                continue;
            if (lo < reach.lo)
                reach.lo = lo;
            if (hi > reach.hi)
                reach.hi = hi;
        }
    }
    if (reach.lo > reach.hi)
        reach = (struct reach){0, 0};
    return reach;
}

/* An anchor at which byte @byte of the form lies at @va, or a little before. */
static vaddr_t anchor_for(const struct plan *plan, vaddr_t va, int32_t byte)
{
    return (va - (uint32_t)byte) / plan->align * plan->align;
}

static vaddr_t random_anchor(struct suite *s)
{
    return anchor_for(&s->plan, CONF_ANCHOR + 0x100 + rng_below(&s->rng, 0x200),
                      0);
}

/* All of a small operand's bytes; of a large one both ends and some. */
static int32_t next_byte(struct suite *s, int32_t byte, struct reach reach)
{
    const int32_t size = reach.hi - reach.lo;

    if (size <= 20 || byte < reach.lo + 4 || byte >= reach.hi - 4)
        return byte + 1;
    byte += 1 + (int32_t)rng_below(&s->rng, (uint32_t)size / 4);
    return byte < reach.hi - 4 ? byte : reach.hi - 4;
}

static void try_bounds(struct suite *s, struct reach reach)
{
    for (int32_t i = reach.lo; i <= reach.hi; i = next_byte(s, i, reach)) {
        const vaddr_t anchor = random_anchor(s);

        try_place(s, (struct place){"at the bounds", anchor,
                                    anchor + (uint32_t)i, false});
    }
}

static void try_page(struct suite *s, struct reach reach)
{
    const vaddr_t page = s->set->isa == &isa_x86 ? 0x2000 : 0x2400;
    const uint32_t size = (uint32_t)(reach.hi - reach.lo);

    for (uint32_t n = 0; n < 3 && size > 0; n++) {
        const int32_t byte = reach.lo + (int32_t)rng_below(&s->rng, size);
        const vaddr_t anchor = anchor_for(&s->plan, page, byte);

        try_place(s,
                  (struct place){"across a page", anchor, CONF_BOUNDS, false});
        try_place(s, (struct place){"page and bounds", anchor,
                                    anchor + (uint32_t)reach.lo +
                                        rng_below(&s->rng, size),
                                    false});
        try_place(s, (struct place){"bounds a page", anchor, page, false});
    }
}

static void try_low(struct suite *s, struct reach reach)
{
    const uint32_t size = (uint32_t)(reach.hi - reach.lo);
    vaddr_t anchor = anchor_for(&s->plan, s->plan.align - 1, reach.lo);

    if (!size)
        return;
    try_place(s, (struct place){"at 0", anchor, CONF_BOUNDS, false});
    for (uint32_t n = 0; n < 3; n++) {
        anchor = anchor_for(&s->plan, 0,
                            reach.lo + 1 + (int32_t)rng_below(&s->rng, size));
        try_place(s, (struct place){"below 0", anchor, CONF_BOUNDS, true});
    }
}

static void try_high(struct suite *s, struct reach reach)
{
    static const vaddr_t ends[] = {0,          0xffffffff, 0xfffe0200,
                                   0xfffe1000, 0x80000000, 0x4400,
                                   0x6123,     0x10000,    0x7fff};

    for (unsigned n = 0; n < 3; n++)
        try_place(
            s, (struct place){
                   "far",
                   anchor_for(&s->plan, ends[rng_below(&s->rng, 9)], reach.hi),
                   CONF_BOUNDS, true});
}

static void try_misaligned(struct suite *s)
{
    for (unsigned n = 0; n < 3; n++) {
        const uint32_t by = 1 + rng_below(&s->rng, s->plan.align - 1);

        try_place(s, (struct place){"misaligned", random_anchor(s) + by,
                                    CONF_BOUNDS, true});
    }
}

static void try_form(struct suite *s, const struct form *form)
{
    static const paddr_t bases[] = {0, 0x2a7d, 0x1001, 0x3fff,
                                    CONF_PHYS - CONF_BOUNDS};

    plan_read(&s->plan, s->set, form);
    if (s->plan.menu)
        return;
    s->rng.state = s->rng.seed + ((uint64_t)(form - s->set->forms) << 32);

    const struct reach reach = reach_of(&s->plan);
    const bool tied = s->plan.pcrel || s->plan.absolute || s->plan.absolute16;

    if (s->plan.open && !getenv("CONFORMANCE_OPEN")) {
        s->open++;
        return;
    }
    s->forms++;
    s->base = bases[rng_below(&s->rng, 5)];
    make_program(s);
    try_bounds(s, reach);
    if (tied)
        return;
    make_program(s);
    try_page(s, reach);
    make_program(s);
    for (unsigned i = 0; i < s->plan.set_count; i++)
        if (s->plan.sets[i].value.kind == V_LOW16 ||
            s->plan.sets[i].value.kind == V_HALF)
            return;
    if (s->plan.align == 1)
        try_low(s, reach);
    if (reach.hi > reach.lo)
        try_high(s, reach);
    if (s->plan.strict && s->set->isa == &isa_x86)
        try_misaligned(s); /* open: ARM raises nothing */
}

/* ---- a set of forms ---- */

static struct suite *suite_open(unsigned set)
{
    struct suite *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    s->set = &conf_sets[set];
    s->rng = rng_start();
    for (unsigned i = 0; i < CONF_WAYS; i++)
        way_open(&s->ways[i], s->set->isa, (enum conf_way)i);
    for (size_t i = 0; i < s->set->count; i++) {
        struct plan *menu = &s->menu[s->menu_count];

        plan_read(menu, s->set, &s->set->forms[i]);
        s->menu_count += menu->menu;
        assert_true(s->menu_count < MENU_MAX);
    }
    return s;
}

static void suite_close(struct suite *s)
{
    for (unsigned i = 0; i < CONF_WAYS; i++)
        way_close(&s->ways[i]);
    free(s);
}

static void check_set(unsigned set)
{
    const char *only = getenv("CONFORMANCE_FORM");
    struct suite *s = suite_open(set);

    for (size_t i = 0; i < s->set->count; i++)
        if (!only || strstr(s->set->forms[i].text, only))
            try_form(s, &s->set->forms[i]);
    printf("%s: %u forms, %u cases, %u of them trap, in %u ways; %u open\n",
           s->set->name, s->forms, s->cases, s->traps, CONF_WAYS, s->open);

    const unsigned failures = s->failures;
    suite_close(s);
    assert_int_equal(failures, 0);
}

static void test_conformance_x86_forms_are_precise(void **state)
{
    (void)state;
    check_set(CONF_X86);
}

static void test_conformance_arm_forms_are_precise(void **state)
{
    (void)state;
    check_set(CONF_ARM);
}

static void test_conformance_thumb_forms_are_precise(void **state)
{
    (void)state;
    check_set(CONF_THUMB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance_x86_forms_are_precise),
        cmocka_unit_test(test_conformance_arm_forms_are_precise),
        cmocka_unit_test(test_conformance_thumb_forms_are_precise),
    };

    return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
