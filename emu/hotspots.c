/*
 * emu/hotspots.c - stalls by instruction and function; see hotspots.h.
 *
 * Decisions:
 * - A hash table by process and address. It grows; when it cannot, what is new
 *   is passed over and that is said.
 */
#include "emu/hotspots.h"

#include <errno.h>
#include <stdlib.h>

#define START 1024u /* slots: a power of two */

struct hotspots {
    struct hotspot *slots;
    size_t mask; /* slots - 1 */
    size_t used;
    bool incomplete;
    struct hotspot *last; /* the instruction that is being charged, or NULL */
    cycles_t before;      /* all stalls before it */
    uint64_t missed[HOTSPOT_CACHES]; /* and all misses */
};

int hotspots_create(struct hotspots **out)
{
    struct hotspots *hotspots = calloc(1, sizeof(*hotspots));

    if (!hotspots)
        return -ENOMEM;
    hotspots->slots = calloc(START, sizeof(*hotspots->slots));
    hotspots->mask = START - 1;
    if (!hotspots->slots) {
        free(hotspots);
        return -ENOMEM;
    }
    *out = hotspots;
    return 0;
}

void hotspots_destroy(struct hotspots *hotspots)
{
    if (!hotspots)
        return;
    free(hotspots->slots);
    free(hotspots);
}

bool hotspots_incomplete(const struct hotspots *hotspots)
{
    return hotspots->incomplete;
}

/* The slot of an instruction: its own, or the empty one where it would be. */
static struct hotspot *slot_for(const struct hotspots *h, uint32_t program,
                                vaddr_t pc)
{
    size_t i = (pc ^ pc >> 11 ^ program * 0x9e3779b1u) & h->mask;

    while (h->slots[i].program &&
           (h->slots[i].program != program || h->slots[i].pc != pc))
        i = (i + 1) & h->mask;
    return &h->slots[i];
}

static bool grow(struct hotspots *h)
{
    struct hotspots bigger = *h;

    bigger.mask = h->mask * 2 + 1;
    bigger.slots = calloc(bigger.mask + 1, sizeof(*bigger.slots));
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i <= h->mask; i++)
        if (h->slots[i].program)
            *slot_for(&bigger, h->slots[i].program, h->slots[i].pc) =
                h->slots[i];
    free(h->slots);
    *h = bigger;
    return true;
}

/* Its slot, new if need be; NULL when there is no room. */
static struct hotspot *enter(struct hotspots *h, uint32_t program, vaddr_t pc)
{
    struct hotspot *slot = slot_for(h, program, pc);

    if (slot->program)
        return slot;
    if (h->used >= h->mask / 2) {
        if (!grow(h))
            return NULL;
        slot = slot_for(h, program, pc);
    }
    h->used++;
    *slot = (struct hotspot){.program = program, .pc = pc};
    return slot;
}

static cycles_t stalls(const struct clock *clock)
{
    return clock->spent[CLOCK_fetch_stall] + clock->spent[CLOCK_load_stall] +
           clock->spent[CLOCK_store_stall];
}

static void count_misses(struct hotspots *h, const struct memsys *memsys)
{
    const enum memsys_level levels[HOTSPOT_CACHES] = {
        [HOTSPOT_L1I] = MEMSYS_L1I,
        [HOTSPOT_L1D] = MEMSYS_L1D,
        [HOTSPOT_LL] = memsys_last(memsys),
    };

    for (unsigned i = 0; i < HOTSPOT_CACHES; i++) {
        const uint64_t now = cache_total(memsys->caches[levels[i]]).misses;

        if (h->last)
            h->last->misses[i] += now - h->missed[i];
        h->missed[i] = now;
    }
}

void hotspots_finish(struct hotspots *h, const struct charge *charge)
{
    const cycles_t now = stalls(&charge->clock);

    if (h->last)
        h->last->stall += now - h->before;
    count_misses(h, charge->memsys);
    h->last = NULL;
    h->before = now;
}

void hotspots_fetch(struct hotspots *h, uint32_t program, vaddr_t pc,
                    const struct charge *charge)
{
    hotspots_finish(h, charge);
    h->last = enter(h, program, pc);
    if (h->last)
        h->last->executed++;
    else
        h->incomplete = true;
}

/* Longest first, then by process and address. */
static int compare(const void *left, const void *right)
{
    const struct hotspot *a = left, *b = right;

    if (a->stall != b->stall)
        return a->stall < b->stall ? 1 : -1;
    if (a->program != b->program)
        return a->program < b->program ? -1 : 1;
    return (a->pc > b->pc) - (a->pc < b->pc);
}

size_t hotspots_instructions(const struct hotspots *h, struct hotspot *out,
                             size_t max)
{
    struct hotspot *all = malloc(h->used * sizeof(*all) + 1);
    size_t count = 0;

    if (!all)
        return 0;
    for (size_t i = 0; i <= h->mask; i++)
        if (h->slots[i].program)
            all[count++] = h->slots[i];
    qsort(all, count, sizeof(*all), compare);
    if (count > max)
        count = max;
    for (size_t i = 0; i < count; i++)
        out[i] = all[i];
    free(all);
    return count;
}

size_t hotspots_functions(const struct hotspots *h, hotspots_symbols *symbols,
                          void *ctx, struct hotspot *out, size_t max)
{
    struct hotspots *functions = NULL;
    size_t count;

    if (hotspots_create(&functions))
        return 0;
    for (size_t i = 0; i <= h->mask; i++) {
        const struct hotspot *insn = &h->slots[i];
        const struct symbols *known =
            insn->program ? symbols(ctx, insn->program) : NULL;
        struct symbol symbol = {.start = insn->pc};

        if (!insn->program)
            continue;
        if (known)
            symbols_find(known, insn->pc, &symbol);

        struct hotspot *function =
            enter(functions, insn->program, symbol.start);
        if (!function)
            continue;
        function->executed += insn->executed;
        function->stall += insn->stall;
        for (unsigned k = 0; k < HOTSPOT_CACHES; k++)
            function->misses[k] += insn->misses[k];
    }
    count = hotspots_instructions(functions, out, max);
    hotspots_destroy(functions);
    return count;
}
