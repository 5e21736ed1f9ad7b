/*
 * emu/engine_use.c - how the library sees segments that the use of an access
 * selects (mmu/implicit.h). No Unicorn here.
 *
 * The library knows an access by its address alone, and here one address means
 * three bytes. Its windows show none of them but a stage (engine_stage.c): an
 * access is judged with the use that its instruction gives it, and the bytes
 * that it is to find are put there just before the library looks.
 *
 *      load at va of [esp]   stack segment --> stage[va % STAGE]
 *      fetch at va           code segment  --> stage[va % STAGE]
 *      store at va           the hook stores it in its segment; the library's
 *                            own store is discarded as under every scheme
 *
 * Decisions:
 * - A CPU's own segment bases could keep the three apart, on x86. But the
 *   library checks no segment limits, and three spaces of up to 4 GiB do not
 *   fit into its 4 GiB: a wild address in data would be a good one in the
 * stack.
 * - The stage is small, and the windows show it again and again.
 * - Ranges are listed in large units, so that a heap can grow without a change.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mmu/implicit.h"

#define STAGE (16u << 20)
#define UNIT  65536u

enum mmu_use engine_use(const struct engine *e, enum mmu_prot kind)
{
    const struct insn *insn = &e->insn;

    if (kind == MMU_WRITE)
        return (enum mmu_use)insn->facts.use_store;
    return (enum mmu_use)(insn->access_count > 0 ? insn->facts.use_load_again
                                                 : insn->facts.use_load);
}

/* ---- the windows ---- */

uint8_t *engine_use_window(const struct engine *e, const struct mmu_span *span,
                           vaddr_t va)
{
    return e->use_stage.bytes + span->base + (va - span->va);
}

/* Addresses where any segment has a byte, in whole units. */
struct range {
    uint64_t from, to;
};

static struct range range_of(const struct mmu_span *span)
{
    const uint64_t end = (uint64_t)span->va + span->bounds;

    return (struct range){span->va / UNIT * UNIT,
                          (end + UNIT - 1) / UNIT * UNIT};
}

/* In order, and none touches another. */
static unsigned find_ranges(const struct engine *e,
                            struct range ranges[IMPLICIT_REGISTERS])
{
    unsigned count = 0;
    struct mmu_span span;

    for (unsigned next = 0; mmu_next_span(e->mmu, &next, &span);) {
        struct range new = range_of(&span);
        unsigned kept = 0;

        for (unsigned k = 0; k < count; k++) {
            if (ranges[k].to < new.from || new.to < ranges[k].from) {
                ranges[kept++] = ranges[k];
                continue;
            }
            new.from = new.from < ranges[k].from ? new.from : ranges[k].from;
            new.to = new.to > ranges[k].to ? new.to : ranges[k].to;
        }
        for (count = kept++; count > 0 && ranges[count - 1].from > new.from;
             count--)
            ranges[count] = ranges[count - 1];
        ranges[count] = new;
        count = kept;
    }
    return count;
}

/* A range in pieces, each of which the stage can show. */
static void list_range(struct engine *e, struct range range)
{
    while (range.from < range.to) {
        const uint64_t end = (range.from / STAGE + 1) * STAGE;
        const uint64_t to = range.to < end ? range.to : end;

        e->list[e->list_count++] = (struct mmu_span){
            .va = (vaddr_t)range.from,
            .base = (paddr_t)(range.from % STAGE),
            .bounds = (uint32_t)(to - range.from),
            .prot = MMU_RWX,
            .noted = MMU_RWX,
        };
        range.from = to;
    }
}

/* For the fast core: most accesses then cost two compares. */
static void cache_spans(struct engine *e)
{
    static const enum mmu_use uses[IMPLICIT_REGISTERS] = {
        [IMPLICIT_CODE] = MMU_USE_CODE,
        [IMPLICIT_DATA] = MMU_USE_DATA,
        [IMPLICIT_STACK] = MMU_USE_STACK,
    };
    struct mmu_span span;

    memset(e->by_use_spans, 0, sizeof(e->by_use_spans));
    for (unsigned next = 0; mmu_next_span(e->mmu, &next, &span);)
        e->by_use_spans[uses[span.segment]] =
            (struct span_cache){span.va, span.bounds, span.prot, span.base};
}

/* What is translated stays right as long as this segment does. */
static struct mmu_span find_code(const struct engine *e)
{
    const struct mmu_access fetch = {0, 1, MMU_EXEC};
    struct mmu_span span = {0};

    (void)e->mmu->ops->locate(e->mmu, &fetch, &span);
    return span;
}

int engine_use_list(struct engine *e)
{
    struct range ranges[IMPLICIT_REGISTERS];
    const unsigned count = find_ranges(e, ranges);

    e->stage = &e->use_stage;
    if (engine_stage_open(&e->use_stage, STAGE))
        return -ENOMEM;
    e->list_count = 0;
    for (unsigned i = 0; i < count; i++)
        list_range(e, ranges[i]);
    e->code = find_code(e);
    cache_spans(e);
    return 0;
}
