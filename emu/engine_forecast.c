/*
 * emu/engine_forecast.c - the lean core where it counts: its hook of blocks.
 *
 * Loads take the library's own path there, and nobody hears of them. So what a
 * block accesses is worked out when it starts (emu/forecast.h), judged and
 * written down, to be charged as what the fast core notes. What it stores over
 * is written down, too, for stores to an open page come to no hook either.
 * Under a timer alone that is done for stores only: a load takes its chance,
 * and what it meets is undone.
 *
 * Decisions:
 * - A block runs only when all that is foreseen of it is legal, in the first
 *   place that the fast core looks at. With a charge that is every access, so
 *   that it runs to its end: they are made.
 * - A block of which something is illegal, or not foreseen, or that misses in
 *   the first level of code, does not run here. Nothing of it is noted then.
 * - What a load gives is read from memory as the block starts. Bytes that a
 *   store of the same block has changed by then are known if that store was of
 *   just these, which may have another address there (shared memory); else the
 *   block is not foreseen this time.
 * - One that ever begins behind a Thumb IT is never foreseen: its address does
 *   not tell which of its instructions are conditional.
 */
#include "emu/engine_internal.h"

#include <unicorn/unicorn.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define INLINED     inline __attribute__((always_inline))
#define STORES_MAX  64u /* of a block that asks for what was stored */

struct stored {
    paddr_t pa;
    uint32_t size, value;
    bool known;
};

/* The values that a block has stored so far. */
struct sight {
    struct stored stored[STORES_MAX];
    unsigned count;
};

static bool remember(struct sight *sight, const struct step *step, paddr_t pa)
{
    if (sight->count == STORES_MAX)
        return false;
    sight->stored[sight->count++] = (struct stored){.pa = pa,
                                                    .size = step->size,
                                                    .known = step->is_known,
                                                    .value = *step->c};
    return true;
}

static uint32_t cut(uint32_t value, uint32_t size)
{
    return size == 4 ? value : value & ((1u << 8 * size) - 1);
}

/* What a load gives: of the last store there, or of memory. */
static bool recall(const struct sight *sight, paddr_t pa, uint32_t size,
                   const uint8_t *at, uint32_t *value)
{
    for (unsigned i = sight->count; i-- > 0;) {
        const struct stored *stored = &sight->stored[i];

        if (pa - stored->pa >= stored->size && stored->pa - pa >= size)
            continue;
        *value = cut(stored->value, size);
        return stored->known && stored->pa == pa && stored->size == size;
    }
    *value = 0;
    memcpy(value, at, size);
    return true;
}

/*
 * What a block has written down, which counts once it runs. No arrays, and only
 * what changes: it is to be in the host's registers.
 */
struct page {
    uint32_t count, data_line; /* as in struct noted */
    bool data_dirty;
    uint32_t again, stores_again; /* more than there were; of them, stores */
    uint32_t journal_used;
};

static INLINED struct page open_page(const struct engine *e)
{
    const struct noted *noted = &e->uncharged.noted;

    return (struct page){.count = noted->count,
                         .data_line = noted->data_line,
                         .data_dirty = noted->data_dirty,
                         .journal_used = e->journal_used};
}

static INLINED void close_page(struct engine *e, const struct page *page)
{
    struct noted *noted = &e->uncharged.noted;

    noted->count = page->count;
    noted->data_line = page->data_line;
    noted->data_dirty = page->data_dirty;
    noted->again[0] += page->again - page->stores_again;
    noted->again[1] += page->stores_again;
    e->journal_used = page->journal_used;
}

/* As engine_charge_item(), but there is room. */
static INLINED void note(struct engine *e, struct page *page, paddr_t pa,
                         uint32_t size, bool is_store)
{
    struct uncharged *u = &e->uncharged;

    if (!u->items)
        return;

    const uint32_t line = pa >> u->data_bits;
    const bool is_in_line = (pa + size - 1) >> u->data_bits == line;

    if (line == page->data_line && (page->data_dirty || !is_store) &&
        is_in_line) {
        page->again++;
        page->stores_again += is_store;
        return;
    }
    u->items[page->count++] = (struct memsys_item){
        pa, (uint16_t)size, (uint16_t)(is_store ? MMU_WRITE : MMU_READ)};
    page->data_dirty = is_store;
    page->data_line = u->filters && is_in_line ? line : NO_DATA_LINE;
    if (unlikely(page->count > UNCHARGED_SOFT))
        e->pause_at = 0;
}

static INLINED void journal_word(struct engine *e, struct page *page,
                                 paddr_t pa, uint32_t size)
{
    struct journal_entry *entry = &e->journal[page->journal_used++];

    entry->pa = pa;
    entry->size = size;
    memcpy(&entry->old, e->phys->bytes + pa, sizeof(entry->old));
}

/*
 * Write down what is about to be stored over, before any of the block has run:
 * if it is stored to twice, both times what there was at first.
 */
static INLINED bool journal(struct engine *e, struct page *page, paddr_t pa,
                            uint32_t size)
{
    if (unlikely(page->journal_used + size / 8 > JOURNAL_SIZE - FORECAST_STEPS))
        return false;
    for (; unlikely(size > 8); pa += 8, size -= 8)
        journal_word(e, page, pa, 8);
    journal_word(e, page, pa, size);
    if (unlikely(page->journal_used > JOURNAL_SOFT))
        e->pause_at = 0;
    return true;
}

/*
 * Note the access of @step at @va, or false: not legal, or not surely. Sets
 * *@pa to where it lies.
 */
static INLINED bool judge(struct engine *e, const struct step *step, vaddr_t va,
                          struct page *page, paddr_t *pa)
{
    const struct span_cache *span = engine_span(e, va);
    const bool stores = step_stores(step->op);

    if (unlikely(!engine_span_holds(span, va, step->size,
                                    stores ? MMU_WRITE : MMU_READ)))
        return false;
    *pa = span->base + (va - span->va);
    if (stores && unlikely(!journal(e, page, *pa, step->size)))
        return false;
    note(e, page, *pa, step->size, stores);
    return true;
}

static INLINED uint32_t sum(const struct step *step)
{
    return *step->a + (*step->b << step->shift) + step->plus;
}

/* A step that only computes. */
static void compute(const struct step *step)
{
    if (step->op == STEP_SUM)
        *step->dst = sum(step);
    else if (step->op == STEP_SELECT)
        *step->dst = *step->a ? *step->b : *step->c;
    else
        *step->dst = step_compute(step->op, *step->a, *step->b + step->plus);
}

/* An access; false also: the value that it gives is not known. */
static bool access_value(struct engine *e, const struct step *step,
                         struct page *page, struct sight *sight)
{
    const vaddr_t va = sum(step);
    paddr_t pa;

    if (va & step->misaligned || !judge(e, step, va, page, &pa))
        return false;
    if (step->op == STEP_STORE_VALUE)
        return remember(sight, step, pa);
    return step->op != STEP_LOAD_VALUE ||
           recall(sight, pa, step->size, e->phys->bytes + pa, step->dst);
}

/* The general case of note_all(). */
static __attribute__((noinline)) bool note_values(struct engine *e,
                                                  const struct block *b,
                                                  struct page *page)
{
    const struct step *step = e->lean_blocks.steps + b->first_step;
    const struct step *end = step + b->step_count;
    struct sight sight;

    sight.count = 0;
    if (b->asks_flags)
        e->values[VALUE_FLAGS] =
            engine_read_reg(e, &e->lean_core, e->isa->flags);
    if (b->asks_bases) {
        e->values[VALUE_FS] = engine_read_reg(e, &e->lean_core, X86_FS_BASE);
        e->values[VALUE_GS] = engine_read_reg(e, &e->lean_core, X86_GS_BASE);
    }
    for (; step < end; step++) {
        if (step_is_access(step->op)) {
            if (unlikely(!access_value(e, step, page, &sight)))
                return false;
        } else if (step->op != STEP_SKIP) {
            compute(step);
        } else if (!*step->a) {
            *step->dst = 0;
            step++;
        }
    }
    return true;
}

/* The accesses of the run that begins with @step; the first one is at @pa. */
static INLINED void note_run(struct engine *e, const struct step *step,
                             struct page *page, paddr_t pa)
{
    const struct uncharged *u = &e->uncharged;
    const bool stores = step_stores(step->op);
    const paddr_t low = pa - step->down;

    if (!u->items)
        return;
    note(e, page, pa, step->size, stores);
    if (step->run == 1)
        return;
    if (u->filters && (low ^ (low + step->reach - 1)) >> u->data_bits == 0) {
        page->again += step->run - 1u;
        page->stores_again += stores ? step->run - 1u : 0;
        return;
    }
    for (unsigned i = 1; i < step->run; i++)
        note(e, page, pa + (step[i].plus - step->plus), step[i].size, stores);
}

/*
 * Note all accesses of @b on @page. False: that cannot be done, or not in runs,
 * and the page is of no use.
 */
static INLINED bool note_all(struct engine *e, const struct block *b,
                             struct page *page)
{
    const struct step *step = e->lean_blocks.steps + b->first_step;
    const struct step *end = step + b->step_count;

    for (; step < end; step += step->run) {
        const vaddr_t low = sum(step) - step->down;
        const struct span_cache *span = engine_span(e, low);
        const bool stores = step_stores(step->op);
        const paddr_t pa = span->base + (low - span->va);

        if (unlikely(!engine_span_holds(span, low, step->reach,
                                        stores ? MMU_WRITE : MMU_READ)) ||
            (stores && unlikely(!journal(e, page, pa, step->reach))))
            return false;
        note_run(e, step, page, pa + step->down);
    }
    return true;
}

/* What has been repeated counts in full. */
static INLINED void settle(struct engine *e)
{
    struct repeat *repeat = &e->repeat;

    e->uncharged.execute += repeat->times * repeat->execute;
    e->uncharged.noted.again[0] += repeat->times * repeat->loads;
    repeat->times = 0;
}

void engine_forecast_settle(struct engine *e)
{
    settle(e);
}

/* Whether its fetch costs what is known, if it costs anything; then note it. */
static INLINED bool fetches_again(struct engine *e, const struct block *b)
{
    return !e->uncharged.items || engine_charge_again(e, b);
}

/*
 * It is foreseen and fetched. It may be repeated where it only loads, and only
 * from the line that was accessed last.
 */
static INLINED void enter_block(struct engine *e, const struct block *b,
                                const struct page *page)
{
    struct repeat *repeat = &e->repeat;

    if (unlikely(e->uncharged.marking))
        engine_mark(e, b);
    e->block = b;
    e->counts.instructions += b->insns;
    repeat->va = NO_REPEAT;
    if (!b->only_reg || page->again != b->step_count ||
        unlikely(e->uncharged.marking))
        return;
    repeat->va = b->va;
    repeat->insns = b->insns;
    repeat->execute = b->execute;
    repeat->reg = b->only_reg;
    repeat->value = *b->only_reg;
    repeat->loads = b->step_count;
}

static INLINED void close_and_enter(struct engine *e, const struct block *b,
                                    const struct page *page)
{
    enter_block(e, b, page); /* first: a mark is of what was before */
    close_page(e, page);
}

/* What a translation has just shown, or NULL: the run stops here. */
static const struct block *learn(struct engine *e, vaddr_t va, uint32_t size)
{
    const struct block *old = block_find(&e->lean_blocks, va);
    const bool behind_it =
        engine_in_it_block(e, &e->lean_core) || (old && old->behind_it);
    struct block *b;

    e->translated = false;
    b = block_learn(e, &e->lean_blocks, va, size,
                    engine_is_thumb(e, &e->lean_core));
    if (!b) {
        engine_lean_stop_before(e, va, EVENT_CAREFUL); /* no host memory */
        return NULL;
    }
    b->behind_it = behind_it;
    if (!behind_it)
        block_foresee(e, &e->lean_blocks, b);
    return b;
}

static enum event why_stop(const struct engine *e, const struct block *next)
{
    if (e->counts.instructions < e->pause_at)
        return next->careful ? EVENT_CAREFUL : EVENT_NONE;
    if (e->counts.instructions == e->again_to)
        return e->again_event;
    if (engine_timer_fires(e, next->va))
        return EVENT_TIMER;
    if (next->careful)
        return EVENT_CAREFUL;
    return e->counts.instructions >= e->slice_at || e->pause_at == 0
               ? EVENT_PAUSE
               : EVENT_NONE;
}

static __attribute__((noinline)) void start_slowly(struct engine *e, vaddr_t va,
                                                   uint32_t size)
{
    const struct block *b = block_find(&e->lean_blocks, va);
    struct page page;
    enum event event;

    engine_note_follows(e); /* first: to learn may move the blocks */
    if (!b || e->translated)
        b = learn(e, va, size);
    if (!b)
        return;
    page = open_page(e);
    event = why_stop(e, b);
    if (event) {
        engine_lean_stop_before(e, va, event);
    } else if (!b->foreseen || !note_values(e, b, &page)) {
        engine_lean_leave(e, false);
        engine_lean_stop_before(e, va, EVENT_PAUSE);
    } else if (e->uncharged.items && !engine_charge_block(e, b)) {
        engine_lean_stop_before(e, va, EVENT_CAREFUL);
    } else {
        close_and_enter(e, b, &page);
    }
}

static __attribute__((noinline)) void start_valued(struct engine *e,
                                                   const struct block *b)
{
    struct page page = open_page(e);

    if (likely(note_values(e, b, &page) && fetches_again(e, b)))
        close_and_enter(e, b, &page);
    else
        start_slowly(e, b->va, b->size);
}

static __attribute__((noinline)) void start_accessing(struct engine *e,
                                                      const struct block *b)
{
    struct page page = open_page(e);

    if (likely(note_all(e, b, &page) && fetches_again(e, b)))
        close_and_enter(e, b, &page);
    else
        start_slowly(e, b->va, b->size);
}

/* A block without accesses. */
static __attribute__((noinline)) void start_plain(struct engine *e,
                                                  const struct block *b)
{
    if (likely(fetches_again(e, b)))
        enter_block(e, b, &(struct page){0});
    else
        start_slowly(e, b->va, b->size);
}

static __attribute__((noinline)) void start_block(struct engine *e, vaddr_t va,
                                                  uint32_t size)
{
    const struct block *b;

    if (unlikely(e->event))
        return;
    b = e->block->va == va ? e->block : block_find(&e->lean_blocks, va);
    settle(e);
    if (unlikely(!b || e->translated || !b->foreseen ||
                 e->counts.instructions >= e->pause_at))
        start_slowly(e, va, size);
    else if (!b->only_accesses)
        start_valued(e, b);
    else if (b->step_count)
        start_accessing(e, b);
    else
        start_plain(e, b);
}

void engine_forecast_block(uc_engine *uc, uint64_t address, uint32_t size,
                           void *user)
{
    struct engine *e = user;
    struct repeat *repeat = &e->repeat;

    (void)uc;
    if (likely(address == repeat->va && *repeat->reg == repeat->value &&
               e->counts.instructions < e->pause_at)) {
        e->counts.instructions += repeat->insns;
        repeat->times++;
    } else {
        start_block(e, (vaddr_t)address, size);
    }
}
