/*
 * emu/engine_window.c - how a core sees the bound address space.
 *
 * Decisions:
 * - A window shows one segment, with slack behind it, since the library reads
 *   a little past the end of code when it translates.
 * - Code that changed is dropped by address. The library does not reuse its
 *   room; with MADE_MAX bytes in use the core is made anew (engine_core.c).
 * - Windows are compared with the segments at each bind; a change of base,
 *   bounds or rights maps them anew and drops what was translated.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define WINDOW_UNIT  4096u
#define WINDOW_SLACK 8192u /* more than a block reads past its end */

/* Nothing that is translated in @core is to be run again. */
static void forget_code(struct engine *e, struct core *core)
{
    core->code_epoch = e->phys->code_epoch;
    if (core == &e->fast)
        block_table_clear(&e->blocks);
    else if (core == &e->exact)
        memset(e->decoded, 0, DECODE_SLOTS * sizeof(*e->decoded));
}

void engine_drop_code(struct engine *e, struct core *core)
{
    for (unsigned i = 0; i < core->window_count; i++) {
        const uint64_t va = core->windows[i].va;

        uc_ctl_remove_cache(core->uc, va, va + core->windows[i].size);
    }
    if (core == &e->lean_core)
        engine_lean_drop_pages(e);
    forget_code(e, core);
}

/*
 * Where a translation may begin that looked at @va: what is no instruction is
 * translated as UD2, which is shorter than what was looked at.
 */
static vaddr_t looked_from(const struct engine *e, vaddr_t va)
{
    paddr_t pa;

    if (!e->arch->watch_fetch)
        return va;
    for (unsigned n = 1; n < 15; n++) {
        const struct mmu_access before = {va - n, 1, MMU_EXEC};

        if (mmu_translate(e->mmu, &before, &pa))
            return va - n + 1;
    }
    return va - 14;
}

/* The other cores, and other engines, see the epoch and drop everything. */
void engine_code_changed(struct engine *e, struct core *core, vaddr_t va,
                         uint32_t size)
{
    const bool fresh = core->code_epoch == e->phys->code_epoch;

    e->phys->code_epoch++;
    if (fresh)
        core->code_epoch = e->phys->code_epoch;
    uc_ctl_remove_cache(core->uc, (uint64_t)looked_from(e, va),
                        (uint64_t)va + size);
    if (core == &e->exact)
        memset(e->decoded, 0, DECODE_SLOTS * sizeof(*e->decoded));
}

/*
 * The lean core must not even fetch from a page with illegal bytes: once the
 * library has looked a page up, for whatever, it loads there without asking.
 */
static void keep_whole_pages(struct window *window)
{
    const struct mmu_span *span = &window->span;
    const uint64_t end = (uint64_t)span->va + span->bounds;
    const uint64_t from =
        ((uint64_t)span->va + WINDOW_UNIT - 1) / WINDOW_UNIT * WINDOW_UNIT;
    const uint64_t to = end / WINDOW_UNIT * WINDOW_UNIT;

    window->va = (vaddr_t)from;
    window->size = from < to ? (uint32_t)(to - from) : 0;
}

static int map_window(struct engine *e, struct core *core,
                      const struct mmu_span *span)
{
    const uint32_t lead = span->va % WINDOW_UNIT;
    struct window window = {
        .span = *span,
        .va = span->va - lead,
        .size = (lead + span->bounds + WINDOW_SLACK + WINDOW_UNIT - 1) /
                WINDOW_UNIT * WINDOW_UNIT,
    };

    if (core == &e->lean_core)
        keep_whole_pages(&window);
    if (core->window_count == WINDOWS_MAX)
        return -ENOTSUP;
    if (window.size &&
        uc_mem_map_ptr(core->uc, window.va, window.size, UC_PROT_ALL,
                       e->phys->bytes + span->base + window.va - span->va))
        return -ENOMEM;
    core->windows[core->window_count++] = window;
    if (window.size &&
        uc_mem_protect(core->uc, window.va, window.size, UC_PROT_NONE))
        return -ENOMEM;
    return core == &e->lean_core ? engine_lean_open_window(e, &window) : 0;
}

static bool same_span(const struct mmu_span *a, const struct mmu_span *b)
{
    return a->va == b->va && a->base == b->base && a->bounds == b->bounds &&
           a->prot == b->prot;
}

/* Whether the windows of @core show the segments of the bound MMU. */
static bool windows_fit(const struct engine *e, const struct core *core)
{
    struct mmu_span span;
    unsigned i = 0;

    for (; e->mmu->ops->span(e->mmu, i, &span); i++)
        if (i >= core->window_count ||
            !same_span(&span, &core->windows[i].span))
            return false;
    return i == core->window_count;
}

int engine_core_bind(struct engine *e, struct core *core)
{
    struct mmu_span span;

    if (windows_fit(e, core))
        return 0;
    engine_drop_code(e, core);
    while (core->window_count > 0) {
        const struct window *window = &core->windows[--core->window_count];
        if (window->size)
            uc_mem_unmap(core->uc, window->va, window->size);
    }
    for (unsigned i = 0; e->mmu->ops->span(e->mmu, i, &span); i++) {
        const int err = map_window(e, core, &span);
        if (err) {
            engine_break(e, "cannot map the address space", (uint32_t)-err);
            return err;
        }
    }
    return 0;
}

static void cache_span(struct engine *e)
{
    struct mmu_span span = {0};

    e->mmu->ops->span(e->mmu, 0, &span);
    e->span = (struct span_cache){
        .va = span.va,
        .bounds = span.bounds,
        .prot = span.prot,
        .base = span.base,
    };
}

int engine_bind(struct engine *e, const struct mmu *mmu)
{
    if (e->mmu != mmu) {
        /* Another process: nothing of the last one's hidden state stays. */
        uc_context_restore(e->current->uc, e->pristine);
        e->shadow_valid = false;
    }
    e->mmu = mmu;
    cache_span(e);
    return engine_core_bind(e, &e->fast);
}
