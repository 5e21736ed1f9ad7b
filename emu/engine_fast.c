/*
 * emu/engine_fast.c - the fast core: every access judged in a hook.
 *
 * How a load or a store comes here: the windows are mapped without any right,
 * so that the engine asks at each access, and a hook that never matches keeps
 * it off its own shortcut (see the README's "How accesses are caught"). A
 * store to such memory is discarded by the engine; the hook performs it.
 *
 * Decisions:
 * - Instructions count when their block starts; a block that is cut short ends
 *   in a roll back, which takes the count back too.
 * - The fetch of a block is judged when it starts. What was judged stays legal
 *   until the MMU registers change, which drops all blocks.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Out of the way of what is hot: a hook saves no registers for it. */
#define APART __attribute__((noinline))

/* Give up here; the exact core will find out what this is. */
static bool suspect(struct engine *e)
{
    if (!e->running)
        return true; /* the library reads a descriptor for uc_reg_write() */
    if (!e->event)
        engine_stop(e, &e->fast, EVENT_SUSPECT);
    return false;
}

/*
 * The library makes several accesses of a long operand. One that ends where the
 * next segment begins may be the first part of one that goes on there.
 */
static bool may_go_on(const struct engine *e, vaddr_t va, uint32_t size)
{
    return (e->block->extra_loads || e->block->extra_stores) &&
           engine_segment_begins(e, va + size);
}

/* The same where the instruction says which segment the access means. */
static bool translate_use(struct engine *e, vaddr_t va, uint32_t size,
                          enum mmu_prot kind, paddr_t *pa)
{
    const enum mmu_use use = engine_use(e, kind);
    const struct span_cache *span = &e->by_use_spans[use];

    if (!engine_span_holds(span, va, size, kind))
        return false;
    *pa = span->base + (va - span->va);
    e->insn.access_count++;
    if (kind == MMU_READ) {
        e->loaded = use;
        engine_stage_put(e, va, *pa, size);
    }
    return true;
}

APART static bool translate_slowly(struct engine *e, vaddr_t va, uint32_t size,
                                   enum mmu_prot kind, paddr_t *pa)
{
    const struct mmu_access access = {va, size, kind};

    if (e->by_use)
        return translate_use(e, va, size, kind, pa);
    return !mmu_translate(e->mmu, &access, pa) && !may_go_on(e, va, size) &&
           engine_is_noted(e, &access);
}

/* Returns the physical address, or false: not legal, or not surely. */
static inline bool translate(struct engine *e, vaddr_t va, uint32_t size,
                             enum mmu_prot kind, paddr_t *pa)
{
    const struct span_cache *span = engine_span(e, va);

    if (likely(engine_span_holds(span, va, size, kind))) {
        *pa = span->base + (va - span->va);
        return true;
    }
    return translate_slowly(e, va, size, kind, pa);
}

/*
 * In a block with aligned operands, 8-byte accesses come in pairs: the first
 * aligned to 16, the second right behind it.
 */
static bool pairs_up(struct engine *e, vaddr_t va, uint32_t size)
{
    if (size != 8)
        return true;
    if (va % 16 == 0) {
        e->last_wide = (uint64_t)va + 8;
        return true;
    }
    const bool second = e->last_wide == va;
    e->last_wide = UINT64_MAX;
    return second;
}

/* True when the hook is done with this call; *verdict is its answer. */
static bool odd_call(struct engine *e, bool store, vaddr_t va, uint32_t size,
                     bool *verdict)
{
    if (e->event) {
        *verdict = !e->running; /* at rest: a descriptor is read */
        return true;
    }
    if (engine_is_echo(e, store, va, size)) {
        *verdict = true;
        return true;
    }
    e->odd = e->block->aligned;
    *verdict = false;
    return e->block->aligned && !pairs_up(e, va, size) && !suspect(e);
}

static inline bool load(struct engine *e, vaddr_t va, uint32_t size,
                        bool is_charged, bool is_crowded)
{
    bool verdict;
    paddr_t pa;

    if (unlikely(e->odd) && odd_call(e, false, va, size, &verdict))
        return verdict;
    if (unlikely(!translate(e, va, size, MMU_READ, &pa)))
        return suspect(e);
    if (is_charged && unlikely(!engine_charge_note(e, pa, size, MMU_READ)))
        return suspect(e);
    if (is_crowded)
        engine_stage_load(e, va, pa, size);
    e->counts.loads++;
    if (unlikely(va & (size - 1)))
        engine_expect_echo(e, false, va, size);
    return true;
}

static bool on_load(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                    int64_t value, void *user)
{
    (void)uc, (void)type, (void)value;
    return load(user, (vaddr_t)address, (uint32_t)n, false, false);
}

static bool on_charged_load(uc_engine *uc, uc_mem_type type, uint64_t address,
                            int n, int64_t value, void *user)
{
    (void)uc, (void)type, (void)value;
    return load(user, (vaddr_t)address, (uint32_t)n, true, false);
}

static bool on_crowded_load(uc_engine *uc, uc_mem_type type, uint64_t address,
                            int n, int64_t value, void *user)
{
    (void)uc, (void)type, (void)value;
    return load(user, (vaddr_t)address, (uint32_t)n, false, true);
}

static bool on_charged_crowded_load(uc_engine *uc, uc_mem_type type,
                                    uint64_t address, int n, int64_t value,
                                    void *user)
{
    (void)uc, (void)type, (void)value;
    return load(user, (vaddr_t)address, (uint32_t)n, true, true);
}

/* A store into translated code: all right unless the block itself runs on. */
static bool store_code(struct engine *e, vaddr_t va, uint32_t size, paddr_t pa,
                       uint64_t value)
{
    const struct block *b = e->block;

    if (va < b->va + b->size && b->va < va + size)
        return suspect(e);
    engine_store(e, pa, size, value);
    engine_code_changed(e, &e->fast, va, size);
    return true;
}

static inline bool store(struct engine *e, vaddr_t va, uint32_t size,
                         uint64_t value, bool is_charged)
{
    bool verdict;
    paddr_t pa;

    if (unlikely(e->odd) && odd_call(e, true, va, size, &verdict))
        return verdict;
    if (unlikely(!translate(e, va, size, MMU_WRITE, &pa)))
        return suspect(e);
    if (unlikely(e->journal_used == JOURNAL_SIZE))
        return suspect(e);
    if (unlikely(phys_is_code(e->phys, pa, size))) {
        if (!store_code(e, va, size, pa, value))
            return false;
    } else {
        engine_put(e, pa, size, value);
    }
    if (is_charged && unlikely(!engine_charge_note(e, pa, size, MMU_WRITE)))
        return suspect(e);
    e->counts.stores++;
    if (unlikely(va & (size - 1)))
        engine_expect_echo(e, true, va, size);
    return true;
}

static bool on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    (void)uc, (void)type;
    return store(user, (vaddr_t)address, (uint32_t)n, (uint64_t)value, false);
}

static bool on_charged_store(uc_engine *uc, uc_mem_type type, uint64_t address,
                             int n, int64_t value, void *user)
{
    (void)uc, (void)type;
    return store(user, (vaddr_t)address, (uint32_t)n, (uint64_t)value, true);
}

static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    struct engine *e = user;

    (void)uc, (void)type, (void)n, (void)value;
    e->translated = true;
    e->repeat.va = NO_REPEAT;
    engine_watch_fetch(e, (vaddr_t)address);
    if (e->stage)
        engine_stage_show_code(e, (vaddr_t)address);
    return true;
}

/* A block outside meets what is not mapped. The last one is complete. */
static bool on_fetch_unmapped(uc_engine *uc, uc_mem_type type, uint64_t address,
                              int n, int64_t value, void *user)
{
    struct engine *e = user;

    (void)uc, (void)type, (void)address, (void)n, (void)value;
    if (e->event)
        return false;
    engine_note_follows(e);
    e->pc = engine_read_reg(e, &e->fast, e->isa->pc);
    engine_stop(e, &e->fast, EVENT_CAREFUL);
    return false;
}

/* On ARM the library may run some more where each instruction has a hook. */
static void stop_before(struct engine *e, const struct block *next,
                        enum event event)
{
    e->pc = next->va;
    e->may_be_late = e->by_use && insn_is_arm(e);
    if (e->may_be_late)
        uc_context_save(e->fast.uc, e->before);
    engine_stop(e, &e->fast, event);
}

/* A block for the exact core, the timer, or time for a new checkpoint. */
static bool stops_before(struct engine *e, const struct block *next)
{
    const enum event event =
        e->counts.instructions == e->again_to ? e->again_event
        : engine_timer_fires(e, next->va)     ? EVENT_TIMER
        : next->careful                       ? EVENT_CAREFUL
        : e->counts.instructions >= e->slice_at || e->pause_at == 0
            ? EVENT_PAUSE
            : EVENT_NONE;

    if (!event)
        return false;
    stop_before(e, next, event);
    return true;
}

/* A block whose fetch misses is for the exact core. */
static bool misses(struct engine *e, const struct block *next)
{
    if (!e->uncharged.items || likely(engine_charge_block(e, next)))
        return false;
    stop_before(e, next, EVENT_CAREFUL);
    return true;
}

/* Whether a block may be learned; otherwise it is for the exact core. */
static bool has_noted(struct engine *e, vaddr_t va, uint32_t size)
{
    const struct mmu_access fetch = {va, size, MMU_EXEC};

    if (engine_is_noted(e, &fetch))
        return true;
    e->pc = va;
    engine_stop(e, &e->fast, EVENT_CAREFUL);
    return false;
}

/* The block begins; what is rare about it was seen when it was learned. */
static inline void enter_block(struct engine *e, const struct block *b)
{
    if (unlikely(e->uncharged.marking))
        engine_mark(e, b);
    e->block = b;
    e->thumb = b->thumb;
    e->counts.instructions += b->insns;
    e->repeat.va = b->va;
    e->repeat.insns = b->insns;
    e->repeat.execute = b->execute;
    if (likely(!b->special && !b->paired && !e->uncharged.marking))
        return;
    e->repeat.va = NO_REPEAT;
    e->counts.loads -= b->extra_loads;
    e->counts.stores -= b->extra_stores;
    if (b->aligned) {
        e->odd = true;
        e->last_wide = UINT64_MAX;
    }
}

/* What a translation has just shown, or NULL: the run stops here. */
static const struct block *learn(struct engine *e, vaddr_t va, uint32_t size)
{
    const struct block *b;

    e->translated = false;
    engine_end_fetch(e);
    if (engine_made(&e->fast, size))
        e->pause_at = 0;
    if (!has_noted(e, va, size))
        return NULL;
    b = block_learn(e, &e->blocks, va, size, engine_is_thumb(e, &e->fast));
    if (!b) {
        engine_break(e, "no memory for the block table", 0);
        engine_stop(e, &e->fast, EVENT_BROKEN);
    }
    return b;
}

APART static void start_slowly(struct engine *e, vaddr_t va, uint32_t size)
{
    const struct block *b = block_find(&e->blocks, va);

    if (e->event)
        return;
    engine_note_follows(e); /* first: to learn may move the blocks */
    if (!b || e->translated)
        b = learn(e, va, size);
    if (!b)
        return;
    if ((b->careful || e->counts.instructions >= e->pause_at) &&
        stops_before(e, b))
        return;
    if (!misses(e, b))
        enter_block(e, b);
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct engine *e = user;

    (void)uc;
    if (address == e->repeat.va && e->counts.instructions < e->pause_at) {
        e->counts.instructions += e->repeat.insns;
        e->uncharged.execute += e->repeat.execute;
        return;
    }

    const vaddr_t va = (vaddr_t)address;
    const struct block *b = block_find(&e->blocks, va);

    if (likely(b && !e->event && !e->translated && !b->careful &&
               e->counts.instructions < e->pause_at &&
               (!e->uncharged.items || engine_charge_again(e, b))))
        enter_block(e, b);
    else
        start_slowly(e, va, size);
}

/* By use only: what the accesses that follow are for. */
static void on_insn(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct engine *e = user;

    (void)uc, (void)size;
    if (!e->event)
        insn_look(e, (vaddr_t)address);
}

/* A system call ends its block, so everything is exact; the rest is not. */
static void on_exception(uc_engine *uc, uint32_t number, void *user)
{
    struct engine *e = user;

    (void)uc;
    if (e->event)
        return;
    if (e->arch->cause(number) != TRAP_SYSCALL ||
        engine_in_it_block(e, &e->fast)) {
        suspect(e);
        return;
    }
    e->pc = e->block->va + e->block->size;
    engine_trap(e, TRAP_SYSCALL, e->pc, engine_call_size(e, &e->fast));
    engine_stop(e, &e->fast, EVENT_TRAP);
}

static bool on_invalid(uc_engine *uc, void *user)
{
    (void)uc;
    return suspect(user);
}

/* --round-trip: nothing of a register survives but what the PCB holds. */
static void round_trip(struct engine *e)
{
    struct cpu_state saved, spoilt;

    engine_save(e, &saved);
    spoilt = saved;
    for (unsigned i = 0; i < e->isa->reg_count; i++)
        if (e->isa->regs[i].class != ISA_SYSTEM && i != e->isa->flags)
            memset(spoilt.bytes + e->isa->regs[i].offset, 0x5a,
                   e->isa->regs[i].size);
    isa_set(e->isa, &spoilt, e->isa->flags,
            isa_get(e->isa, &saved, e->isa->flags) ^ e->arch->user_flags);
    engine_load(e, &spoilt);
    engine_load(e, &saved);
}

enum event engine_fast_run(struct engine *e)
{
    if (e->config.round_trip)
        round_trip(e);
    e->event = EVENT_NONE;
    e->odd = false;
    e->may_be_late = false;
    e->block = &engine_no_block;
    e->repeat.va = NO_REPEAT;
    e->echo.left = 0;
    engine_plan_checkpoint(e);

    const uint64_t start = e->pc | (engine_is_thumb(e, &e->fast) ? 1 : 0);
    e->running = true;
    const uc_err err = uc_emu_start(e->fast.uc, start, ENGINE_UNTIL, 0, 0);
    e->running = false;
    engine_end_fetch(e);
    if (e->may_be_late)
        uc_context_restore(e->fast.uc, e->before);
    if (e->event)
        return e->event;
    if (err)
        return EVENT_SUSPECT;
    e->pc = engine_read_reg(e, &e->fast, e->isa->pc);
    return EVENT_NONE;
}

/* Hooks of their own, so that who pays nothing does not even look. */
static int hook_accesses(struct engine *e)
{
    enum {
        LOADS = UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_READ_UNMAPPED,
        STORES = UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_WRITE_UNMAPPED
    };
    /* By whether there is a charge, and a crowd. */
    static void *const loads[2][2] = {
        {(void *)on_load, (void *)on_crowded_load},
        {(void *)on_charged_load, (void *)on_charged_crowded_load}};
    static void *const stores[2] = {(void *)on_store, (void *)on_charged_store};
    const bool charged = e->config.charge != NULL;
    const struct hook_row rows[] = {
        {LOADS, loads[charged][e->fast.crowded]},
        {STORES, stores[charged]},
    };

    return engine_add_hooks(&e->fast, rows, HOOK_ROWS(rows), e);
}

/* Have each instruction looked at, or none; what is translated must go. */
int engine_fast_look(struct engine *e, bool look)
{
    const struct hook_row row = {UC_HOOK_CODE, (void *)on_insn};

    if (look == e->looks)
        return 0;
    if (!look)
        uc_hook_del(e->fast.uc, e->look_hook);
    else if (uc_hook_add(e->fast.uc, &e->look_hook, row.type, row.callback, e,
                         1, 0))
        return -ENOTSUP;
    e->looks = look;
    engine_drop_code(e, &e->fast);
    return 0;
}

/* A core made anew has the hooks of the old one. */
int engine_fast_hook(struct engine *e)
{
    static const struct hook_row rows[] = {
        {UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch},
        {UC_HOOK_MEM_FETCH_UNMAPPED, (void *)on_fetch_unmapped},
        {UC_HOOK_BLOCK, (void *)on_block},
        {UC_HOOK_INTR, (void *)on_exception},
        {UC_HOOK_INSN_INVALID, (void *)on_invalid},
    };
    int err = hook_accesses(e);

    if (!err)
        err = engine_add_hooks(&e->fast, rows, HOOK_ROWS(rows), e);
    if (!err)
        err = engine_hook_nothing(&e->fast);
    if (!err && e->config.paranoid)
        err = engine_hook_loads(e, &e->fast);
    if (!err) {
        const bool looks = e->looks;

        e->looks = false;
        err = engine_fast_look(e, looks);
    }
    return err;
}
