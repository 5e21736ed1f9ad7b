/*
 * emu/engine_window.c - how a core sees the bound address space.
 *
 * Decisions:
 * - A window shows one segment, with slack behind it, since the library reads
 *   a little past the end of code when it translates.
 * - Code that changed is dropped by address. The library does not reuse its
 *   room; with MADE_MAX bytes in use the core is made anew (engine_core.c).
 * - Windows are compared with the segments at each bind, and those that do not
 *   show theirs any more are mapped anew. Where a segment that may hold code
 *   changes, what was translated of it is dropped.
 * - A window shows more than its segment, so that a heap can grow without a
 *   change. The hooks judge what is legal.
 * - The library takes long for each window where there are many, and has room
 *   for a thousand. Where there are more than CROWD_MAX segments, windows show
 *   a stage (engine_stage.c) at all addresses, once and for all; what comes or
 *   goes then costs only the code that was translated there.
 */
#include "emu/engine_internal.h"
#include "mmu/implicit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define WINDOW_UNIT  4096u
#define WINDOW_SLACK 8192u /* more than a block reads past its end */
#define WINDOW_ROOM  65536u

/* What is known of code that @core has translated. */
static void forget_facts(struct engine *e, const struct core *core)
{
    engine_forget_blocks(e, core);
    if (core == &e->exact || e->by_use)
        memset(e->decoded, 0, DECODE_SLOTS * sizeof(*e->decoded));
}

/* What was translated of @span; NULL: of nothing. */
static void remove_code(struct core *core, const struct mmu_span *span)
{
    if (span && span->prot & MMU_EXEC)
        uc_ctl_remove_cache(core->uc, (uint64_t)span->va,
                            (uint64_t)span->va + span->bounds);
}

/* In a crowd, what lies outside of code has been translated but never runs. */
static void remove_all_code(struct core *core)
{
    for (unsigned i = 0; core->crowded && i < core->span_count; i++)
        remove_code(core, &core->spans[i]);
    for (unsigned i = 0; !core->crowded && i < core->window_count; i++) {
        const uint64_t va = core->windows[i].va;

        uc_ctl_remove_cache(core->uc, va, va + core->windows[i].size);
    }
}

void engine_drop_code(struct engine *e, struct core *core)
{
    remove_all_code(core);
    if (core == &e->lean_core)
        e->arch->flush_tlb(core); /* to remove code looks its page up */
    core->code_epoch = e->phys->code_epoch;
    forget_facts(e, core);
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

/*
 * The lean core must not even fetch from a page with illegal bytes: once the
 * library has looked a page up, for whatever, it loads there without asking.
 * Nor may the pages on both sides of a boundary between segments be open, or
 * nobody would see an access that crosses it. What may not be read, or not
 * before that has been noted, is not shown at all: the library looks pages up
 * for reasons of its own, too, as to drop code or to stop.
 */
static void keep_whole_pages(const struct engine *e, struct window *window)
{
    const struct mmu_span *span = &window->span;
    const uint64_t end = (uint64_t)span->va + span->bounds;
    const uint64_t from =
        ((uint64_t)span->va + WINDOW_UNIT - 1) / WINDOW_UNIT * WINDOW_UNIT;
    const uint64_t to =
        (end - engine_is_followed(e, span)) / WINDOW_UNIT * WINDOW_UNIT;

    window->va = (vaddr_t)from;
    window->size = from < to && span->prot & span->noted & MMU_READ
                       ? (uint32_t)(to - from)
                       : 0;
}

/*
 * Where the window of @span must end: before the page on which the next segment
 * begins, and at the top of the address space.
 */
static uint64_t window_limit(const struct engine *e,
                             const struct mmu_span *span)
{
    const unsigned next = engine_list_find(e, (uint64_t)span->va + 1);

    return next < e->list_count ? e->list[next].va / WINDOW_UNIT * WINDOW_UNIT
                                : UINT64_C(1) << 32;
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

/* A segment of the core's, of the list, or one that is in both. */
struct change {
    const struct mmu_span *was, *is; /* NULL: not there */
};

/* The next one: @at counts what is passed of both, which are by address. */
static bool next_change(const struct engine *e, const struct core *core,
                        unsigned at[2], struct change *change)
{
    const struct mmu_span *was =
        at[0] < core->span_count ? &core->spans[at[0]] : NULL;
    const struct mmu_span *is = at[1] < e->list_count ? &e->list[at[1]] : NULL;
    const bool comes = is && (!was || is->va < was->va);
    const bool goes = was && (!is || was->va < is->va);

    *change = (struct change){comes ? NULL : was, goes ? NULL : is};
    at[0] += !comes;
    at[1] += !goes;
    return was || is;
}

/* Whether what was translated there may be wrong. */
static bool changes_code(const struct change *change)
{
    const struct mmu_span *was = change->was, *is = change->is;

    if (!was || !is)
        return ((was ? was : is)->prot & MMU_EXEC) != 0;
    return (was->prot | is->prot) & MMU_EXEC &&
           (!same_bytes(was, is) || was->noted & ~is->noted & MMU_EXEC);
}

/* The windows that do not fit any more are another matter. */
static bool code_stays(const struct engine *e, const struct core *core)
{
    unsigned at[2] = {0, 0};
    struct change change;

    while (next_change(e, core, at, &change))
        if (changes_code(&change))
            return false;
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

/* One of the two windows to the stage. */
static int map_stage(struct engine *e, struct core *core, uint64_t from,
                     uint64_t to)
{
    const struct window window = {.va = (vaddr_t)from,
                                  .size = (uint32_t)(to - from)};

    if (from == to)
        return 0;
    if (uc_mem_map_ptr(core->uc, from, to - from, UC_PROT_ALL,
                       e->crowd_stage.bytes + from))
        return -ENOMEM;
    core->windows[core->window_count++] = window;
    return uc_mem_protect(core->uc, from, to - from, UC_PROT_NONE) ? -ENOMEM
                                                                   : 0;
}

/* All addresses but those of the private page, where there is one. */
static int map_crowd(struct engine *e, struct core *core)
{
    const uint64_t hole = e->private_va;
    const int err = map_stage(e, core, 0, hole);

    return err ? err
               : map_stage(e, core,
                           hole + (core->private ? ENGINE_PRIVATE_SIZE : 0),
                           CROWD_STAGE);
}

static int map_windows(struct engine *e, struct core *core)
{
    int err = 0;

    if (core->crowded)
        return map_crowd(e, core);
    for (unsigned i = 0; !err && i < e->list_count; i++) {
        core->window_count++;
        err = map_window(e, core, &core->windows[i], &e->list[i]);
    }
    return err;
}

/* Begin again: nothing of the last address space is of use. */
static int show_anew(struct engine *e, struct core *core)
{
    int err;

    engine_drop_code(e, core);
    while (core->window_count > 0)
        unmap_window(core, &core->windows[--core->window_count]);
    err = move_private(e, core);
    return err ? err : map_windows(e, core);
}

/*
 * Drop what was translated of segments that change: while the windows show what
 * was, or what is. Slack that was translated is no matter: it never runs.
 */
static bool drop_changes(const struct engine *e, struct core *core, bool now)
{
    unsigned at[2] = {0, 0};
    struct change change;
    bool any = false;

    while (next_change(e, core, at, &change)) {
        if (!changes_code(&change))
            continue;
        remove_code(core, now ? change.is : change.was);
        any = true;
    }
    return any;
}

/* In a crowd: memory of the stage that will not be used again. */
static void discard_changes(struct engine *e, const struct core *core)
{
    unsigned at[2] = {0, 0};
    struct change change;

    while (next_change(e, core, at, &change))
        if (!change.is)
            engine_stage_discard(&e->crowd_stage, change.was->va,
                                 change.was->bounds);
}

/* Where one address has bytes of several segments, or rights of pages: all. */
static bool must_begin_again(const struct engine *e, const struct core *core)
{
    return !core->shown ||
           (core->private && core->private_va != e->private_va) ||
           ((e->by_use || core == &e->lean_core) && !code_stays(e, core));
}

static int show_changes(struct engine *e, struct core *core)
{
    int err = 0;

    if (must_begin_again(e, core))
        return show_anew(e, core);

    const bool any = drop_changes(e, core, false);
    if (!core->crowded)
        err = refit_windows(e, core);
    else if (core == &e->fast)
        discard_changes(e, core);
    if (any && !err) {
        (void)drop_changes(e, core, true);
        forget_facts(e, core);
    }
    return err;
}

/* Remember the list, to see what changes. */
static int keep_spans(const struct engine *e, struct core *core)
{
    const unsigned count = e->list_count;

    if (count > core->span_room) {
        void *spans = realloc(core->spans, count * sizeof(*core->spans));

        if (!spans)
            return -ENOMEM;
        core->spans = spans;
        core->span_room = count;
    }
    if (count > 0)
        memcpy(core->spans, e->list, count * sizeof(*core->spans));
    core->span_count = count;
    return 0;
}

int engine_core_bind(struct engine *e, struct core *core)
{
    int err;

    if (core->shown == e->mmu && core->shown_generation == e->mmu->generation)
        return 0;
    err = show_changes(e, core);
    if (core == &e->lean_core)
        e->arch->flush_tlb(core); /* what was open may not be now; as above */
    if (!err)
        err = keep_spans(e, core);
    core->code = e->code;
    core->shown = err ? NULL : e->mmu;
    core->shown_generation = e->mmu->generation;
    if (err)
        engine_break(e, "cannot map the address space", (uint32_t)-err);
    return err;
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
        if (engine_lean_counts(e))
            engine_lean_begin(e);
    }
    int err = engine_map_spans(e);
    if (!err && e->fast.crowded != e->crowded && !engine_reopen(e, &e->fast))
        err = -ENOMEM;
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
