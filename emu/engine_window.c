/*
 * emu/engine_window.c - how a core sees the bound address space.
 *
 * Decisions:
 * - A window shows one segment, with slack behind it, since the library reads
 *   a little past the end of code when it translates.
 * - Code that changed is dropped by address. The library does not reuse its
 *   room; with MADE_MAX bytes in use the core is made anew (engine_core.c).
 * - Windows are compared with the segments at each bind, and those that do not
 *   show theirs any more are mapped anew. A change of a segment that may hold
 *   code drops all that was translated.
 * - A window shows more than its segment, so that a heap can grow without a
 *   change. The hooks judge what is legal.
 */
#include "emu/engine_internal.h"
#include "mmu/implicit.h"

#include <errno.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define WINDOW_UNIT  4096u
#define WINDOW_SLACK 8192u /* more than a block reads past its end */
#define WINDOW_ROOM  65536u

/* Nothing that is translated in @core is to be run again. */
static void forget_code(struct engine *e, struct core *core)
{
    core->code_epoch = e->phys->code_epoch;
    if (core == &e->fast)
        block_table_clear(&e->blocks);
    if (core == &e->exact || e->by_use)
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
    if (core == &e->exact || e->by_use)
        memset(e->decoded, 0, DECODE_SLOTS * sizeof(*e->decoded));
}

bool engine_segment_begins(const struct engine *e, vaddr_t va)
{
    for (unsigned i = 0; i < e->list_count; i++)
        if (e->list[i].va == va)
            return true;
    return false;
}

/* Whether another one begins where @span ends. */
static bool is_followed(const struct engine *e, const struct mmu_span *span)
{
    return engine_segment_begins(e, span->va + span->bounds);
}

/*
 * The lean core must not even fetch from a page with illegal bytes: once the
 * library has looked a page up, for whatever, it loads there without asking.
 * Nor may the pages on both sides of a boundary between segments be open, or
 * nobody would see an access that crosses it.
 */
static void keep_whole_pages(const struct engine *e, struct window *window)
{
    const struct mmu_span *span = &window->span;
    const uint64_t end = (uint64_t)span->va + span->bounds;
    const uint64_t from =
        ((uint64_t)span->va + WINDOW_UNIT - 1) / WINDOW_UNIT * WINDOW_UNIT;
    const uint64_t to =
        (end - is_followed(e, span)) / WINDOW_UNIT * WINDOW_UNIT;

    window->va = (vaddr_t)from;
    window->size = from < to ? (uint32_t)(to - from) : 0;
}

/*
 * Where the window of @span must end: before the page on which the next segment
 * begins, and at the top of the address space.
 */
static uint64_t window_limit(const struct engine *e,
                             const struct mmu_span *span)
{
    for (unsigned i = 0; i < e->list_count; i++)
        if (e->list[i].va > span->va)
            return e->list[i].va / WINDOW_UNIT * WINDOW_UNIT;
    return UINT64_C(1) << 32;
}

/* Behind the last byte that @span needs to be shown, in whole pages. */
static uint64_t window_end(const struct engine *e, const struct mmu_span *span,
                           uint64_t room)
{
    const uint64_t limit = window_limit(e, span);
    const uint64_t end = ((uint64_t)span->va + span->bounds + room +
                          WINDOW_SLACK + WINDOW_UNIT - 1) /
                         WINDOW_UNIT * WINDOW_UNIT;

    return end < limit ? end : limit;
}

/* So many bytes behind @span may be shown too: it can grow without a change. */
static uint64_t growing_room(const struct engine *e,
                             const struct mmu_span *span)
{
    const uint64_t behind = (uint64_t)e->phys->size - span->base - span->bounds;
    const uint64_t wanted = span->bounds / 2 + WINDOW_ROOM;

    return span->prot & MMU_EXEC ? 0 : behind < wanted ? behind : wanted;
}

static struct window window_of(const struct engine *e, const struct core *core,
                               const struct mmu_span *span)
{
    struct window window = {.span = *span,
                            .va = span->va / WINDOW_UNIT * WINDOW_UNIT};

    if (core == &e->lean_core)
        keep_whole_pages(e, &window);
    else
        window.size =
            (uint32_t)(window_end(e, span, growing_room(e, span)) - window.va);
    return window;
}

/* Whether a segment of its own begins on a page that @window would take. */
static bool shares_page(const struct core *core, const struct window *window)
{
    for (unsigned i = 0; i < core->window_count; i++) {
        const struct window *other = &core->windows[i];

        if (window != other && window->size && other->size &&
            window->va < (uint64_t)other->va + other->size &&
            other->va < (uint64_t)window->va + window->size)
            return true;
    }
    return false;
}

static void unmap_window(struct core *core, struct window *window)
{
    if (window->size)
        uc_mem_unmap(core->uc, window->va, window->size);
    window->size = 0;
}

/* What the window of @span shows at @va. */
static uint8_t *host_of(const struct engine *e, const struct mmu_span *span,
                        vaddr_t va)
{
    return e->by_use ? engine_use_window(e, span, va)
                     : e->phys->bytes + span->base + va - span->va;
}

/* Show @span in *@window, which shows nothing. */
static int map_window(struct engine *e, struct core *core,
                      struct window *window, const struct mmu_span *span)
{
    const struct window new = window_of(e, core, span);

    *window = (struct window){.span = *span};
    if (shares_page(core, &new))
        return -ENOTSUP;
    if (new.size && uc_mem_map_ptr(core->uc, new.va, new.size, UC_PROT_ALL,
                                   host_of(e, span, new.va)))
        return -ENOMEM;
    *window = new;
    if (new.size && uc_mem_protect(core->uc, new.va, new.size, UC_PROT_NONE))
        return -ENOMEM;
    return core == &e->lean_core ? engine_lean_open_window(e, &new) : 0;
}

static bool same_bytes(const struct mmu_span *a, const struct mmu_span *b)
{
    return a->va == b->va && a->base == b->base && a->bounds == b->bounds &&
           a->prot == b->prot;
}

/* Whether @window shows @span, perhaps with room around it. */
static bool window_fits(const struct engine *e, const struct core *core,
                        const struct window *window,
                        const struct mmu_span *span)
{
    const uint64_t end = (uint64_t)window->va + window->size;

    if (core == &e->lean_core)
        return same_bytes(span, &window->span) &&
               span->noted == window->span.noted &&
               window_of(e, core, span).size == window->size;
    return window->size &&
           span->base - span->va == window->span.base - window->span.va &&
           span->prot == window->span.prot && span->va >= window->va &&
           window_end(e, span, 0) <= end && end <= window_limit(e, span);
}

/*
 * Whether what is translated stays right: no segment with code in it has
 * changed or is new. The windows that do not fit any more are another matter.
 */
static bool code_stays(const struct engine *e, const struct core *core)
{
    static const struct mmu_span none;
    unsigned i = 0, w = 0;

    while (i < e->list_count || w < core->window_count) {
        const struct mmu_span *new = i < e->list_count ? &e->list[i] : NULL;
        const struct mmu_span *old =
            w < core->window_count ? &core->windows[w].span : NULL;
        const bool comes = new && (!old || new->va < old->va);
        const bool goes = old && (!new || old->va < new->va);
        const struct mmu_span *is = goes ? &none : new;
        const struct mmu_span *was = comes ? &none : old;

        if ((is->prot | was->prot) & MMU_EXEC &&
            (!same_bytes(is, was) || was->noted & ~is->noted & MMU_EXEC))
            return false;
        i += !goes;
        w += !comes;
    }
    return same_bytes(&e->code, &core->code);
}

/* Make room for, or take away, one window at @at. */
static void move_windows(struct core *core, unsigned at, int by)
{
    struct window *from = &core->windows[at + (by < 0)];
    const unsigned count = core->window_count - at - (by < 0);

    memmove(from + by, from, count * sizeof(*from));
    core->window_count += (unsigned)by;
    if (by > 0)
        core->windows[at] = (struct window){0};
}

/*
 * Let window i be that of segment i again when some have come or gone. Both
 * are by address.
 */
static void match_windows(const struct engine *e, struct core *core)
{
    unsigned i = 0;

    for (; i < e->list_count; i++) {
        const vaddr_t va = e->list[i].va;

        while (i < core->window_count && core->windows[i].span.va < va) {
            unmap_window(core, &core->windows[i]);
            move_windows(core, i, -1);
        }
        if (i == core->window_count || core->windows[i].span.va != va)
            move_windows(core, i, 1);
        core->windows[i].span.va = va;
    }
    while (core->window_count > i)
        unmap_window(core, &core->windows[--core->window_count]);
}

/* Map anew what does not fit; all that does not goes before any comes. */
static int refit_windows(struct engine *e, struct core *core)
{
    match_windows(e, core);
    for (unsigned i = 0; i < e->list_count; i++)
        if (!window_fits(e, core, &core->windows[i], &e->list[i]))
            unmap_window(core, &core->windows[i]);
    for (unsigned i = 0; i < e->list_count; i++) {
        struct window *window = &core->windows[i];
        const int err =
            window->size ? 0 : map_window(e, core, window, &e->list[i]);

        if (err)
            return err;
        window->span = e->list[i];
    }
    return 0;
}

/* Whether a page that begins at @va is clear of all windows. */
static bool is_free_page(const struct engine *e, vaddr_t va)
{
    for (unsigned i = 0; i < e->list_count; i++) {
        const struct mmu_span *span = &e->list[i];

        if (va < (uint64_t)span->va + span->bounds + 2 * WINDOW_SLACK &&
            span->va < (uint64_t)va + ENGINE_PRIVATE_SIZE + WINDOW_UNIT)
            return false;
    }
    return true;
}

/*
 * Find a place for the private page where no segment is. Below one of them
 * there is room, since they are smaller than all addresses together.
 */
static bool choose_private(struct engine *e)
{
    if (is_free_page(e, e->private_va))
        return true;
    e->private_va = ENGINE_PRIVATE;
    if (is_free_page(e, e->private_va))
        return true;
    for (unsigned i = 0; i < e->list_count; i++) {
        const vaddr_t page = e->list[i].va / WINDOW_UNIT * WINDOW_UNIT;

        e->private_va = page - 4 * WINDOW_UNIT;
        if (e->private_va < page && is_free_page(e, e->private_va))
            return true;
    }
    return false;
}

static int move_private(struct engine *e, struct core *core)
{
    if (!core->private || core->private_va == e->private_va)
        return 0;
    uc_mem_unmap(core->uc, core->private_va, ENGINE_PRIVATE_SIZE);
    core->private_va = e->private_va;
    if (uc_mem_map_ptr(core->uc, core->private_va, ENGINE_PRIVATE_SIZE,
                       UC_PROT_ALL, core->private) ||
        uc_mem_protect(core->uc, core->private_va, ENGINE_PRIVATE_SIZE,
                       UC_PROT_NONE))
        return -ENOMEM;
    return 0;
}

/* Begin again: nothing of the last address space is of use. */
static int show_anew(struct engine *e, struct core *core)
{
    int err;

    engine_drop_code(e, core);
    if (core == &e->lean_core)
        engine_lean_forget_pages(e);
    while (core->window_count > 0)
        unmap_window(core, &core->windows[--core->window_count]);
    err = move_private(e, core);
    for (unsigned i = 0; !err && i < e->list_count; i++) {
        core->window_count++;
        err = map_window(e, core, &core->windows[i], &e->list[i]);
    }
    return err;
}

int engine_core_bind(struct engine *e, struct core *core)
{
    const bool stays = core->shown && code_stays(e, core) &&
                       (!core->private || core->private_va == e->private_va);
    int err = 0;

    if (core->shown == e->mmu && core->shown_generation == e->mmu->generation)
        return 0;
    err = stays ? refit_windows(e, core) : show_anew(e, core);
    core->code = e->code;
    core->shown = err ? NULL : e->mmu;
    core->shown_generation = e->mmu->generation;
    if (err)
        engine_break(e, "cannot map the address space", (uint32_t)-err);
    return err;
}

static struct span_cache *slot_of(struct span_map *map, uint32_t bucket)
{
    return &map->entries[bucket & (SPAN_SLOTS - 1)];
}

static unsigned cached_prot(const struct mmu_span *span)
{
    return span->prot & span->noted;
}

/*
 * Put @span into each slot that it touches; false when one is taken. Its last
 * byte is left to mmu_translate() if an operand may go on in the next one.
 */
static bool enter_span(struct engine *e, const struct mmu_span *span)
{
    struct span_map *map = &e->spans;
    const uint32_t first = span->va >> map->shift;
    const uint32_t last = (span->va + (span->bounds - 1)) >> map->shift;
    const uint32_t followed = is_followed(e, span);
    bool alone = true;

    for (uint32_t b = first; b <= last && b - first < SPAN_SLOTS; b++) {
        struct span_cache *slot = slot_of(map, b);

        if (slot->bounds) {
            alone = false;
            continue;
        }
        *slot = (struct span_cache){.va = span->va,
                                    .bounds = span->bounds - followed,
                                    .prot = cached_prot(span),
                                    .base = span->base};
    }
    return alone;
}

static size_t slots_at(unsigned shift)
{
    const uint64_t all = UINT64_C(1) << (32 - shift);

    return all < SPAN_SLOTS ? (size_t)all : SPAN_SLOTS;
}

/* Fill @map with slots of @shift bits; false when some span lacks its own. */
static bool fill_spans(struct engine *e, unsigned shift)
{
    struct span_map *map = &e->spans;
    bool alone = true;

    memset(map->entries, 0, slots_at(shift) * sizeof(*map->entries));
    map->shift = shift;
    for (unsigned i = 0; i < e->list_count; i++)
        alone &= enter_span(e, &e->list[i]);
    return alone;
}

#define SHIFT_MAX 31u
#define SHIFT_MIN 8u

/* The segments, by address. False when there are too many. */
static bool list_spans(struct engine *e)
{
    struct mmu_span span;

    e->list_count = 0;
    for (unsigned i = 0; e->mmu->ops->span(e->mmu, i, &span); i++) {
        unsigned at = e->list_count;

        if (span.bounds == 0)
            continue;
        if (e->list_count++ == WINDOWS_MAX)
            return false;
        for (; at > 0 && e->list[at - 1].va > span.va; at--)
            e->list[at] = e->list[at - 1];
        e->list[at] = span;
    }
    return true;
}

/* The address selects none, so no slot has any. */
static int map_by_use(struct engine *e)
{
    memset(&e->spans, 0, sizeof(e->spans));
    e->spans.shift = SHIFT_MAX;
    if (engine_use_list(e)) {
        engine_break(e, "no memory to show segments by use", WINDOWS_MAX);
        return -ENOMEM;
    }
    e->mapped = e->mmu;
    e->mapped_generation = e->mmu->generation;
    return 0;
}

static int too_many(struct engine *e)
{
    engine_break(e, "too many segments are in memory", WINDOWS_MAX);
    return -ENOTSUP;
}

/* Slots as large as keeps the segments apart: most schemes need only a few. */
static int map_spans(struct engine *e)
{
    if (e->mapped == e->mmu && e->mapped_generation == e->mmu->generation)
        return 0;
    e->mapped = NULL;
    if (e->by_use)
        return map_by_use(e);
    e->code = (struct mmu_span){0};
    if (!list_spans(e))
        return too_many(e);
    for (unsigned shift = SHIFT_MAX; shift >= SHIFT_MIN; shift--)
        if (fill_spans(e, shift))
            break;
    e->mapped = e->mmu;
    e->mapped_generation = e->mmu->generation;
    return 0;
}

bool engine_is_noted(const struct engine *e, const struct mmu_access *access)
{
    struct mmu_span span;

    return !e->mmu->ops->touch ||
           (e->mmu->ops->locate(e->mmu, access, &span) &&
            (span.noted & access->kind) == access->kind &&
            (uint64_t)access->va + access->size <=
                (uint64_t)span.va + span.bounds);
}

/* Let the lean core, too, see the rights that need no look any more. */
void engine_note_use(struct engine *e, vaddr_t va, enum mmu_prot kind)
{
    struct span_cache *slot = slot_of(&e->spans, va >> e->spans.shift);
    const struct mmu_access access = {.va = va, .size = 1, .kind = kind};
    struct mmu_span span;

    if (!e->mmu->ops->touch)
        return;
    e->mmu->ops->touch(e->mmu, va, kind);
    if (!e->mmu->ops->locate(e->mmu, &access, &span))
        return;
    if (slot->va == span.va)
        slot->prot = cached_prot(&span);
    for (unsigned i = 0; i < e->list_count; i++)
        if (e->list[i].va == span.va)
            e->list[i].noted = span.noted;
    e->lean_core.shown_generation = 0;
}

int engine_bind(struct engine *e, const struct mmu *mmu)
{
    const bool other = e->mmu != mmu;

    e->mmu = mmu;
    e->by_use = mmu->ops == &implicit_ops;
    if (other) {
        /* Another process: nothing of the last one's hidden state stays. */
        uc_context_restore(e->current->uc, e->pristine);
        e->follows = FOLLOWS_NONE;
        e->shadow_valid = false;
    }
    int err = map_spans(e);
    if (!err)
        err = engine_fast_look(e, e->by_use);
    if (err)
        return err;
    if (e->arch->place_private) {
        if (!choose_private(e)) {
            engine_break(e, "no room for the descriptor table", 0);
            return -ENOTSUP;
        }
        e->arch->place_private(e, e->current);
    }
    return engine_core_bind(e, &e->fast);
}
