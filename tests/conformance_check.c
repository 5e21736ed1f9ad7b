/* tests/conformance_check.c - what ran against what was expected. */
#include "tests/conformance_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILURES_MAX 30u /* lines that are printed */

void suite_failed(struct suite *s, const struct way *way, const char *what,
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
    suite_failed(s, way, what, text);
}

static void check_counts(struct suite *s, struct way *way, const char *what,
                         const struct engine_counts *want)
{
    const struct engine_counts got = way_counts(way);
    char text[160];

    if ((!way->counts_insns || got.instructions == want->instructions) &&
        (!way->counts ||
         (got.loads == want->loads && got.stores == want->stores)))
        return;
    snprintf(
        text, sizeof(text), "counts: want %llu %llu %llu, got %llu %llu %llu",
        (unsigned long long)want->instructions, (unsigned long long)want->loads,
        (unsigned long long)want->stores, (unsigned long long)got.instructions,
        (unsigned long long)got.loads, (unsigned long long)got.stores);
    suite_failed(s, way, what, text);
}

void suite_check_state(struct suite *s, struct way *way, const char *what,
                       const struct snapshot *want)
{
    struct cpu_state cpu;
    char text[120];

    engine_save(way->engine, &cpu);
    if (conf_cpu_differs(s->set->isa, &want->cpu, &cpu, text, sizeof(text)))
        suite_failed(s, way, what, text);
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

void suite_check_trap(struct suite *s, struct way *way, const struct verdict *v,
                      struct trap *got)
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

    if (!way->counts_insns)
        got->instructions = want.instructions;
    text_of_trap(&want, a, sizeof(a));
    text_of_trap(got, b, sizeof(b));
    if (strcmp(a, b) == 0)
        return;
    snprintf(text, sizeof(text), "want %s, got %s", a, b);
    suite_failed(s, way, "trap", text);
}

/* Where it selects nothing it may be anything. */
static bool same_use(const struct suite *s, const struct mmu_access *a,
                     const struct mmu_access *b)
{
    return !conf_shapes[s->shape].by_use || a->use == b->use;
}

/* The accesses that the observer saw of the form's instruction. */
void suite_check_seen(struct suite *s, struct way *way)
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
            want[n++] = suite_access(s, suite_legal_anchor(s), i, pass);
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
        suite_failed(s, way, "observed", text);
        return;
    }
    if (at != n) {
        snprintf(text, sizeof(text), "%u of %u accesses", at, n);
        suite_failed(s, way, "observed", text);
    }
}
