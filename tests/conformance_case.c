/* tests/conformance_case.c - run and compare; see conformance_case.h. */
#include "tests/conformance_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMS_AN_ENGINE 32u

/* ---- the runs in wide bounds ---- */

static void start(struct suite *s, struct way *way, const uint8_t *memory,
                  const struct cut *cut, const struct cpu_state *cpu)
{
    way_start_cut(way, memory, s->base, cut, suite_code_pa(s), s->program.size,
                  cpu);
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
    const paddr_t pa = suite_code_pa(s) + at;
    struct way *way = &s->ways[CONF_FAST];
    uint8_t saved[4];
    struct trap trap;

    memcpy(saved, from->memory + pa, sizeof(saved));
    suite_put_stop(s, from->memory + pa);
    start_wide(s, way, from->memory, &from->cpu);
    memcpy(from->memory + pa, saved, sizeof(saved));
    if (way_run(way, &trap) != ENGINE_TRAP ||
        (trap.cause != TRAP_SYSCALL && trap.cause != TRAP_BREAKPOINT)) {
        suite_failed(s, way, "no way to the form", trap_name(trap.cause));
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
        suite_put_sets(s, &cpu, suite_legal_anchor(s));
    if (skipped)
        skip(s, &cpu);
    start_wide(s, way, from->memory, &cpu);
    if (way_run(way, &trap) != ENGINE_TRAP || trap.cause != TRAP_SYSCALL) {
        suite_failed(s, way, "does not run in wide bounds",
                     trap_name(trap.cause));
        return false;
    }
    take_snapshot(way, &s->after);
    if (on)
        add_counts(&s->after.counts, &from->counts);
    return true;
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
        suite_put_sets(s, &cpu, suite_legal_anchor(s));
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
    suite_check_trap(s, way, want, trap);
    swap_outside(s, s->before.memory);
    suite_check_state(s, way, "at the trap", &s->before);
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
        suite_failed(s, way, "in the end",
                     stop == ENGINE_TRAP ? trap_name(trap.cause)
                                         : engine_error(way->engine));
        return;
    }
    suite_check_state(s, way, "in the end", &s->after);
    take_noted(s, way, IN_THE_END);
    if (way->seen && (want->cause == TRAP_COUNT || want->access.size))
        suite_check_seen(s, way);
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
        suite_failed(s, &s->ways[i],
                     moment == AT_TRAP ? "descriptors at the trap"
                                       : "descriptors",
                     text);
    }
}

/*
 * All has cost the same, whichever core ran it. Not with a table, of which the
 * observer notes the uses before they could cost anything.
 */
static void check_charge(struct suite *s)
{
    struct way *way = &s->ways[CONF_CHARGED];
    const struct clock *want = &s->ways[CONF_OBSERVED].charge->clock;
    const struct clock *got = &way->charge->clock;
    char text[100];

    for (unsigned i = 0; i < CLOCK_CAUSE_COUNT; i++) {
        if (got->spent[i] == want->spent[i])
            continue;
        snprintf(text, sizeof(text), "%s: want %llu, got %llu",
                 clock_cause_name((enum clock_cause)i),
                 (unsigned long long)want->spent[i],
                 (unsigned long long)got->spent[i]);
        suite_failed(s, way, "cycles", text);
        return;
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
    suite_make_initial(s);
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
    if (!s->table)
        check_charge(s);
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
        suite_failed(s, way, "not stopped by the limit", trap_name(trap.cause));
        return;
    }
    if (way == &s->ways[0])
        take_snapshot(way, &s->middle);
    else
        suite_check_state(s, way, "at the limit", &s->middle);
    switch_registers(way);
    if (way_run(way, &trap) != ENGINE_TRAP || trap.cause != TRAP_SYSCALL)
        suite_failed(s, way, "behind the limit", trap_name(trap.cause));
    else
        suite_check_state(s, way, "behind the limit", &s->after);
}

void suite_limit(struct suite *s, const struct place *place, uint64_t n)
{
    const struct verdict none = {.cause = TRAP_COUNT};

    s->place = *place;
    suite_make_initial(s);
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
