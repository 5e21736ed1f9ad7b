/* tests/conformance_case.c - run and compare; see conformance_case.h. */
#include "tests/conformance_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AROUND_MAX   5u /* instructions in front and behind */
#define LOOPS_MAX    6000u
#define FAILURES_MAX 30u /* lines that are printed */

#define FORMS_AN_ENGINE 32u

/* ---- failures ---- */

static void failed(struct suite *s, const struct way *way, const char *what,
                   const char *detail)
{
    if (s->last_failed == s->plan.form && !getenv("CONFORMANCE_ALL"))
        return;
    s->last_failed = s->plan.form;
    if (s->failures++ < FAILURES_MAX)
        fprintf(stderr,
                "%s `%s`, %s (%s), anchor %#x, bounds %#x, low %#x, base %#x, "
                "%u loops, %s: %s: %s\n",
                s->set->name, s->plan.form->text, s->place.what,
                conf_shapes[s->shape].name, s->place.anchor, s->place.bounds,
                s->place.low, s->base, s->program.loops, way->name, what,
                detail);
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
    if (p->size + size > SUITE_CODE)
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

void suite_program(struct suite *s)
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

/* Where the byte at @va lies in the image. */
static uint32_t in_image(vaddr_t va)
{
    return va % CONF_BOUNDS;
}

static paddr_t code_pa(const struct suite *s)
{
    return s->base + in_image(s->code);
}

static void put_pokes(struct suite *s, uint8_t *image)
{
    const vaddr_t anchor = legal_anchor(s);

    for (uint32_t i = 0; s->plan.fill >= 0 && i < 0x100; i++)
        image[in_image(anchor - 0x80 + i)] = (uint8_t)s->plan.fill;
    if (s->plan.fill_safe >= 0)
        memset(image + CONF_SAFE - 0x80, s->plan.fill_safe, 0x100);
    for (unsigned i = 0; i < s->plan.poke_count; i++)
        write_word(image +
                       in_image(value_of(s, s->plan.pokes[i].at, anchor, 0)),
                   value_of(s, s->plan.pokes[i].value, anchor, 0));
}

/* Where r11 points, which in A32 is a frame pointer. */
static vaddr_t scratch(const struct suite *s)
{
    return conf_shapes[s->shape].by_use && !s->set->thumb ? CONF_FRAME_USE
                                                          : CONF_SCRATCH;
}

/* Program and data; registers by the place. */
static void make_initial(struct suite *s)
{
    const struct isa *isa = s->set->isa;
    struct snapshot *in = &s->initial;
    uint8_t *image = in->memory + s->base;

    s->code = s->plan.pcrel ? s->place.anchor - s->plan.pcrel - s->program.main
              : s->place.code ? s->place.code
                              : CONF_CODE;
    for (uint32_t i = 0; i < CONF_PHYS; i += 4)
        write_word(in->memory + i, rng_next(&s->rng));
    put_pokes(s, image);
    write_word(image + CONF_SCRATCH + 0x80, s->program.loops);
    memcpy(image + in_image(s->code), s->program.code, s->program.size);
    patch_absolute(s, image + in_image(s->code) + s->program.main,
                   s->place.anchor);

    conf_random_cpu(isa, s->set->thumb, &s->rng,
                    conf_shapes[s->shape].by_use ? CONF_STACK_USE : CONF_STACK,
                    &in->cpu);
    if (isa == &isa_arm) {
        isa_set(isa, &in->cpu, ARM_R0 + 11, scratch(s));
        isa_set(isa, &in->cpu, ARM_R0 + 12, s->program.loops);
    }
    if (s->plan.down)
        isa_set(isa, &in->cpu, X86_EFLAGS,
                isa_get(isa, &in->cpu, X86_EFLAGS) | 0x400);
    isa_set(isa, &in->cpu, isa->pc, s->code);
    put_sets(s, &in->cpu, s->place.anchor);
}

/* ---- the model ---- */

/* By use: whether the byte at @va may be touched so. */
static bool use_holds(const struct place *place, enum mmu_use use, uint64_t va)
{
    return va < CONF_BOUNDS &&
           (use == MMU_USE_STACK ? va >= place->low : va < place->bounds);
}

/* By use: what the access traps with; TRAP_COUNT: nothing. */
static enum trap_cause judge_use(const struct mmu_access *access,
                                 const struct place *place, uint32_t *legal)
{
    uint32_t n = 0;

    while (n < access->size &&
           use_holds(place, access->use, (uint64_t)access->va + n))
        n++;
    *legal = n;
    if (n < access->size)
        return access->va < CONF_BOUNDS ? TRAP_BOUNDS : TRAP_SEGMENT;
    if (!place->prot || access->use != MMU_USE_STACK ||
        (place->prot & access->kind) == access->kind)
        return TRAP_COUNT;
    *legal = 0;
    return TRAP_PROTECTION;
}

/* The part of the shape that @va belongs to, or SHAPE_PARTS. */
static unsigned part_of(const struct shape *shape, uint64_t va)
{
    unsigned i = 0;

    while (i < SHAPE_PARTS &&
           (va < shape->parts[i].begin || va >= shape->parts[i].end))
        i++;
    return i;
}

/* Whether the byte at @va may be touched at all. */
static bool is_inside(const struct shape *shape, const struct place *place,
                      uint64_t va)
{
    const unsigned part = part_of(shape, va);

    if (part == SHAPE_PARTS)
        return false;
    return shape->parts[part].grows_down ? va >= place->low
                                         : va < place->bounds;
}

/* The number of leading bytes that are inside one part, one by one. */
static uint32_t legal_bytes(const struct shape *shape,
                            const struct mmu_access *access,
                            const struct place *place)
{
    const unsigned part = part_of(shape, access->va);
    uint32_t n = 0;

    while (n < access->size &&
           part_of(shape, (uint64_t)access->va + n) == part &&
           is_inside(shape, place, (uint64_t)access->va + n))
        n++;
    return n;
}

/* What the access traps with; TRAP_COUNT: nothing. */
static enum trap_cause judge(const struct shape *shape,
                             const struct mmu_access *access,
                             const struct place *place, uint32_t *legal)
{
    if (shape->by_use)
        return judge_use(access, place, legal);

    const unsigned part = part_of(shape, access->va);
    const bool selected =
        !shape->va_bits || (uint64_t)access->va >> shape->va_bits == 0;

    *legal = 0;
    if (place->absent && part < SHAPE_PARTS && shape->parts[part].grows_down)
        return TRAP_ABSENT;
    *legal = legal_bytes(shape, access, place);
    if (*legal < access->size)
        return selected ? TRAP_BOUNDS : TRAP_SEGMENT;
    if (!place->prot || !shape->parts[part].grows_down ||
        (place->prot & access->kind) == access->kind)
        return TRAP_COUNT;
    *legal = 0;
    return TRAP_PROTECTION;
}

static bool is_first_load(const struct plan *plan, unsigned index)
{
    while (index > 0)
        if (!plan->accesses[--index].write)
            return false;
    return true;
}

static struct mmu_access access_of(const struct suite *s, vaddr_t anchor,
                                   unsigned index, uint32_t pass)
{
    const struct plan_access *a = &s->plan.accesses[index];
    const uint32_t from = a->safe ? CONF_SAFE : anchor;
    struct mmu_access access = {from + a->offset + pass * s->plan.step, a->size,
                                a->write ? MMU_WRITE : MMU_READ};

    if (conf_shapes[s->shape].by_use)
        access.use = a->write                         ? s->uses.store
                     : is_first_load(&s->plan, index) ? s->uses.load
                                                      : s->uses.load_again;
    return access;
}

struct verdict suite_judge(struct suite *s, const struct place *place)
{
    const uint32_t passes = s->plan.rep ? s->plan.passes : 1;
    struct verdict v = {
        .cause = TRAP_COUNT,
        .at = s->program.main,
        .insn_size = s->program.trail - s->program.main,
    };

    for (; v.passes < passes; v.passes++) {
        for (unsigned i = 0; i < s->plan.access_count; i++) {
            v.access = access_of(s, place->anchor, i, v.passes);
            v.cause = judge(&conf_shapes[s->shape], &v.access, place, &v.legal);
            if (v.cause == TRAP_COUNT && s->plan.strict &&
                v.access.va % s->plan.align != 0)
                v.cause = TRAP_ALIGNMENT;
            if (v.cause != TRAP_COUNT)
                return v;
        }
    }
    v.passes = 0;
    v.cause = s->plan.trap;
    v.access = (struct mmu_access){0};
    v.legal = 0;
    return v;
}

/* ---- the runs in wide bounds ---- */

static void start(struct suite *s, struct way *way, const uint8_t *memory,
                  const struct cut *cut, const struct cpu_state *cpu)
{
    way_start_cut(way, memory, s->base, cut, code_pa(s), s->program.size, cpu);
}

static void start_wide(struct suite *s, struct way *way, const uint8_t *memory,
                       const struct cpu_state *cpu)
{
    const struct cut wide = conf_wide(s->shape);

    start(s, way, memory, &wide, cpu);
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
    const paddr_t pa = code_pa(s) + at;
    struct way *way = &s->ways[CONF_FAST];
    uint8_t saved[4];
    struct trap trap;

    memcpy(saved, from->memory + pa, sizeof(saved));
    put_stop(s, from->memory + pa);
    start_wide(s, way, from->memory, &from->cpu);
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
static bool find_before(struct suite *s, const struct verdict *want)
{
    const uint32_t passes = want->access.size ? want->passes : 0;
    const struct isa *isa = s->set->isa;

    if (!run_to(s, &s->initial, want->at, &s->before))
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

/* What the operating system does about an instruction that always traps. */
static void skip(struct suite *s, struct cpu_state *cpu)
{
    const struct isa *isa = s->set->isa;
    const uint32_t flags = isa_get(isa, cpu, isa->flags);

    isa_set(isa, cpu, isa->pc, s->code + s->program.trail);
    if (s->set->thumb)
        isa_set(isa, cpu, isa->flags, flags & ~0x0600fc00u); /* ends IT */
}

/* From the form on, if it is changed or skipped there; else from the start. */
static bool find_after(struct suite *s, const struct verdict *want)
{
    const bool skipped = want->cause != TRAP_COUNT && !want->access.size;
    const bool on = s->place.beyond || skipped;
    const struct snapshot *from = on ? &s->before : &s->initial;
    struct way *way = &s->ways[CONF_FAST];
    struct cpu_state cpu = from->cpu;
    struct trap trap;

    if (s->place.beyond)
        put_sets(s, &cpu, legal_anchor(s));
    if (skipped)
        skip(s, &cpu);
    start_wide(s, way, from->memory, &cpu);
    if (way_run(way, &trap) != ENGINE_TRAP || trap.cause != TRAP_SYSCALL) {
        failed(s, way, "does not run in wide bounds", trap_name(trap.cause));
        return false;
    }
    take_snapshot(way, &s->after);
    if (on)
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

static void text_of_trap(const struct trap *trap, char *text, size_t size)
{
    snprintf(text, size, "%s pc %#x (%u) %s of %u at %#x legal %u after %llu",
             trap_name(trap->cause), trap->pc, trap->insn_size,
             trap->access.size ? mmu_kind_name(trap->access.kind) : "nothing",
             trap->access.size, trap->access.va, trap->legal,
             (unsigned long long)trap->instructions);
}

static void check_trap(struct suite *s, struct way *way,
                       const struct verdict *v, struct trap *got)
{
    const struct trap want = {
        .cause = v->cause,
        .pc = s->code + v->at,
        .insn_size = v->insn_size,
        .instructions = s->before.counts.instructions,
        .access = v->access,
        .legal = v->legal,
    };
    char a[120], b[120], text[260];

    if (!way->counts)
        got->instructions = want.instructions;
    text_of_trap(&want, a, sizeof(a));
    text_of_trap(got, b, sizeof(b));
    if (strcmp(a, b) == 0)
        return;
    snprintf(text, sizeof(text), "want %s, got %s", a, b);
    failed(s, way, "trap", text);
}

/* Where it selects nothing it may be anything. */
static bool same_use(const struct suite *s, const struct mmu_access *a,
                     const struct mmu_access *b)
{
    return !conf_shapes[s->shape].by_use || a->use == b->use;
}

/* The accesses that the observer saw of the form's instruction. */
static void check_seen(struct suite *s, struct way *way)
{
    const struct form *form = s->plan.form;
    const uint32_t passes = s->plan.rep ? s->plan.passes : 1;
    const vaddr_t pc = s->code + s->program.main;
    const struct mmu_access fetch = {pc, (uint32_t)form->trail - form->main,
                                     MMU_EXEC};
    unsigned at = 0, n = 0;
    struct mmu_access want[256];
    char text[160];

    for (uint32_t pass = 0; pass < passes; pass++) {
        want[n++] = fetch;
        for (unsigned i = 0; i < s->plan.access_count; i++)
            want[n++] = access_of(s, legal_anchor(s), i, pass);
    }
    if (s->plan.rep)
        want[n++] = fetch; /* finds that no pass is left */

    for (unsigned i = 0; i < way->seen_count; i++) {
        const struct mmu_access *got = &way->seen[i].access;

        if (way->seen[i].pc != pc)
            continue;
        if (at < n && got->va == want[at].va && got->size == want[at].size &&
            got->kind == want[at].kind && same_use(s, got, &want[at])) {
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

/* ---- what a neighbour has behind the bounds ---- */

/* How much of the program it hides. */
static uint32_t hidden(const struct suite *s)
{
    const vaddr_t end = s->code + s->program.size;

    return s->place.outside && end > s->place.bounds ? end - s->place.bounds
                                                     : 0;
}

static void make_outside(struct suite *s)
{
    static const uint8_t fills[] = {0x00, 0xff, 0x90, 0x0f, 0xf3};
    const uint32_t kind = rng_below(&s->rng, 8);

    for (uint32_t i = 0; i < SUITE_CODE; i++)
        s->outside[i] = kind < 5 ? fills[kind] : (uint8_t)rng_next(&s->rng);
}

/* Between what is behind the bounds and the neighbour's bytes. */
static void swap_outside(struct suite *s, uint8_t *memory)
{
    const paddr_t pa = s->base + s->place.bounds;

    for (uint32_t i = 0; i < hidden(s); i++) {
        const uint8_t byte = memory[pa + i];

        memory[pa + i] = s->outside[i];
        s->outside[i] = byte;
    }
}

/* ---- one case ---- */

static void repair(struct suite *s, struct way *way, const struct verdict *want)
{
    const struct cut wide = conf_wide(s->shape);
    struct cpu_state cpu;

    way_cut(way, &wide);
    if (hidden(s))
        phys_write(way->phys, s->base + s->place.bounds,
                   s->initial.memory + s->base + s->place.bounds, hidden(s));
    engine_save(way->engine, &cpu);
    if (s->place.beyond)
        put_sets(s, &cpu, legal_anchor(s));
    if (!want->access.size)
        skip(s, &cpu);
    engine_load(way->engine, &cpu);
}

/* What the descriptors show, to be compared when all ways have run. */
static void take_noted(struct suite *s, struct way *way, enum moment moment)
{
    s->noted[moment][way - s->ways] = way_noted(way);
    if (way->seen)
        s->want_noted[moment] = way->seen_noted;
}

static enum engine_stop run_narrow(struct suite *s, struct way *way,
                                   const struct verdict *want,
                                   struct trap *trap)
{
    const struct cut narrow = {s->shape, s->place.bounds, s->place.low,
                               s->place.prot, s->place.absent};
    enum engine_stop stop;

    swap_outside(s, s->initial.memory);
    start(s, way, s->initial.memory, &narrow, &s->initial.cpu);
    swap_outside(s, s->initial.memory);
    stop = way_run(way, trap);
    if (want->cause == TRAP_COUNT || stop != ENGINE_TRAP)
        return stop;
    check_trap(s, way, want, trap);
    swap_outside(s, s->before.memory);
    check_state(s, way, "at the trap", &s->before);
    swap_outside(s, s->before.memory);
    take_noted(s, way, AT_TRAP);
    repair(s, way, want);
    return way_run(way, trap);
}

static void run_case(struct suite *s, struct way *way,
                     const struct verdict *want)
{
    struct trap trap;
    const enum engine_stop stop = run_narrow(s, way, want, &trap);

    if (stop != ENGINE_TRAP || trap.cause != TRAP_SYSCALL) {
        failed(s, way, "in the end",
               stop == ENGINE_TRAP ? trap_name(trap.cause)
                                   : engine_error(way->engine));
        return;
    }
    check_state(s, way, "in the end", &s->after);
    take_noted(s, way, IN_THE_END);
    if (way->seen && (want->cause == TRAP_COUNT || want->access.size))
        check_seen(s, way);
}

/* An associative memory without room, always full, or large enough. */
static void renew_copies(struct suite *s)
{
    static const unsigned sizes[] = {0, 1, 2, ASSOCIATIVE_DEFAULT};

    (void)associative_init(&s->ways[CONF_OBSERVED].am,
                           sizes[rng_below(&s->rng, 4)]);
}

/* They show just what was seen of their segments' use. */
static void check_noted(struct suite *s, enum moment moment)
{
    const struct noted want = s->want_noted[moment];
    char text[100];

    for (unsigned i = 0; i < CONF_WAYS; i++) {
        const struct noted got = s->noted[moment][i];

        if (got.accessed == want.accessed && got.modified == want.modified)
            continue;
        snprintf(text, sizeof(text),
                 "accessed: want %#x, got %#x; modified: want %#x, got %#x",
                 want.accessed, got.accessed, want.modified, got.modified);
        failed(s, &s->ways[i],
               moment == AT_TRAP ? "descriptors at the trap" : "descriptors",
               text);
    }
}

void suite_try(struct suite *s, const struct place *place,
               const struct verdict *want)
{
    if (want->cause != TRAP_COUNT && s->plan.nofault)
        return;
    if (place->beyond && want->passes > 0)
        return; /* would begin again */
    if (s->plan.trap != TRAP_COUNT && want->access.size)
        return; /* would trap twice */
    s->place = *place;
    make_outside(s);
    make_initial(s);
    s->cases++;
    s->traps += want->cause != TRAP_COUNT;
    if (!find_before(s, want) || !find_after(s, want))
        return;
    if (s->table)
        renew_copies(s);
    for (unsigned i = 0; i < CONF_WAYS; i++)
        run_case(s, &s->ways[i], want);
    if (want->cause != TRAP_COUNT)
        check_noted(s, AT_TRAP);
    check_noted(s, IN_THE_END);
}

/* ---- limits ---- */

uint64_t suite_length(const struct suite *s)
{
    return s->after.counts.instructions;
}

/* All registers by way of a save area, as a context switch does it. */
static void switch_registers(struct way *way)
{
    struct cpu_state cpu, spoilt;

    engine_save(way->engine, &cpu);
    spoilt = cpu;
    for (unsigned i = 0; i < way->isa->reg_count; i++)
        if (way->isa->regs[i].class == ISA_GENERAL && i != way->isa->flags)
            isa_set(way->isa, &spoilt, i, 0x5a5a5a58);
    engine_load(way->engine, &spoilt);
    engine_load(way->engine, &cpu);
}

static void run_limited(struct suite *s, struct way *way, uint64_t n)
{
    struct trap trap;

    start_wide(s, way, s->initial.memory, &s->initial.cpu);
    if (way_run_to(way, n, &trap) != ENGINE_LIMIT) {
        failed(s, way, "not stopped by the limit", trap_name(trap.cause));
        return;
    }
    if (way == &s->ways[0])
        take_snapshot(way, &s->middle);
    else
        check_state(s, way, "at the limit", &s->middle);
    switch_registers(way);
    if (way_run(way, &trap) != ENGINE_TRAP || trap.cause != TRAP_SYSCALL)
        failed(s, way, "behind the limit", trap_name(trap.cause));
    else
        check_state(s, way, "behind the limit", &s->after);
}

void suite_limit(struct suite *s, const struct place *place, uint64_t n)
{
    const struct verdict none = {.cause = TRAP_COUNT};

    s->place = *place;
    make_initial(s);
    s->cases++;
    if (!find_after(s, &none) || n >= suite_length(s))
        return;
    for (unsigned i = 0; i < CONF_WAYS; i++)
        run_limited(s, &s->ways[i], n);
}

/* ---- a set of forms ---- */

static void open_ways(struct suite *s)
{
    for (unsigned i = 0; i < CONF_WAYS; i++)
        way_open(&s->ways[i], s->set->isa, (enum conf_way)i, s->table);
}

static void close_ways(struct suite *s)
{
    for (unsigned i = 0; i < CONF_WAYS; i++)
        way_close(&s->ways[i]);
}

struct suite *suite_open(unsigned set, bool table)
{
    struct suite *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    s->set = &conf_sets[set];
    s->table = table;
    s->rng = rng_start();
    open_ways(s);
    for (size_t i = 0; i < s->set->count; i++) {
        struct plan *menu = &s->menu[s->menu_count];

        plan_read(menu, s->set, &s->set->forms[i]);
        s->menu_count += menu->menu;
        if (s->menu_count == SUITE_MENU)
            abort();
    }
    return s;
}

void suite_close(struct suite *s)
{
    close_ways(s);
    free(s);
}

/* Engines whose windows were changed often become slow: the library does. */
static void renew_ways(struct suite *s)
{
    close_ways(s);
    open_ways(s);
}

/* The same numbers whichever forms are run. */
static void begin_form(struct suite *s, size_t index)
{
    static const paddr_t bases[] = {0, 0x2a7d, 0x1001, 0x3fff,
                                    CONF_PHYS - CONF_BOUNDS};

    s->rng.state = s->rng.seed + ((uint64_t)index << 32);
    s->base = bases[rng_below(&s->rng, 5)];
    suite_program(s);
    if (++s->forms % FORMS_AN_ENGINE == 0)
        renew_ways(s);
}

/* Those of what Capstone does not know are data. */
static void find_uses(struct suite *s)
{
    const struct form *form = s->plan.form;

    if (!use_oracle(s->set->isa, s->set->thumb,
                    (const uint8_t *)form->code + form->main,
                    (size_t)form->trail - form->main, &s->uses))
        s->uses = (struct uses){MMU_USE_DATA, MMU_USE_DATA, MMU_USE_DATA};
}

void suite_each(struct suite *s, void (*try)(struct suite *s))
{
    const char *only = getenv("CONFORMANCE_FORM");

    for (size_t i = 0; i < s->set->count; i++) {
        const struct form *form = &s->set->forms[i];

        plan_read(&s->plan, s->set, form);
        if (s->plan.menu || (only && !strstr(form->text, only)))
            continue;
        if (s->plan.open && !getenv("CONFORMANCE_OPEN")) {
            s->open++;
            continue;
        }
        begin_form(s, i);
        find_uses(s);
        try(s);
    }
}
