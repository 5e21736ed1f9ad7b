/*
 * emu/engine_core.c - the engine's public side and the way between its cores.
 *
 * Decisions:
 * - One context (all registers, opaque) travels between the cores; the PCB's
 *   layout is read and written only at traps, and only what changed.
 * - Translated code is dropped when physical memory says that code changed
 *   behind the engine's back, when the windows move, and after some thousands
 *   of single drops, each of which leaks a little inside Unicorn.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define WINDOW_UNIT  4096u
#define WINDOW_SLACK 8192u  /* more than a block reads past its end */
#define REMOVALS_MAX 65536u /* a flush costs the library 0.1 s */

static const struct engine_arch *arch_of(const struct isa *isa)
{
    return isa == &isa_x86 ? &engine_arch_x86 : &engine_arch_arm;
}

/* A core in user mode, without windows. */
static int core_open(struct engine *e, struct core *core)
{
    if (e->arch->open(&core->uc) < 0)
        return -ENOMEM;
    if (uc_context_alloc(core->uc, &core->spare))
        return -ENOMEM;
    return e->arch->enter_user(e, core);
}

static void core_close(struct core *core)
{
    if (core->spare)
        uc_context_free(core->spare);
    if (core->uc)
        uc_close(core->uc);
    free(core->private);
    *core = (struct core){0};
}

static int open_fast(struct engine *e)
{
    int err = core_open(e, &e->fast);

    if (err)
        return err;
    if (uc_context_alloc(e->fast.uc, &e->pristine) ||
        uc_context_alloc(e->fast.uc, &e->checkpoint.context) ||
        uc_context_alloc(e->fast.uc, &e->before) ||
        uc_context_save(e->fast.uc, e->pristine))
        return -ENOMEM;
    return engine_fast_hook(e);
}

/* The exact core is made when it is first needed: hello never does. */
static int open_exact(struct engine *e)
{
    if (e->exact.uc)
        return 0;

    const int err = core_open(e, &e->exact);
    if (err)
        return err;
    return engine_exact_hook(e);
}

/* The lean core too: most programs are over before it would pay. */
static int open_lean(struct engine *e)
{
    if (e->lean_core.uc)
        return 0;

    const int err = core_open(e, &e->lean_core);
    return err ? err : engine_lean_open(e);
}

/* Whether nobody asks for what the lean core does not do. */
static bool lean_suits(const struct engine_config *config)
{
    return !config->counting && !config->observer && !config->paranoid &&
           !config->round_trip;
}

int engine_create(struct engine **out, const struct engine_config *config)
{
    struct engine *e = calloc(1, sizeof(*e));

    if (!e)
        return -ENOMEM;
    e->config = *config;
    e->isa = config->isa;
    e->phys = config->phys;
    e->arch = arch_of(config->isa);
    e->page = e->arch->page;
    e->current = &e->fast;
    e->journal = calloc(JOURNAL_SIZE, sizeof(*e->journal));
    e->decoded = calloc(DECODE_SLOTS, sizeof(*e->decoded));

    int err = e->journal && e->decoded ? 0 : -ENOMEM;
    if (!err)
        err = block_table_init(&e->blocks);
    if (!err)
        err = decode_create(&e->decoder, e->isa);
    if (!err)
        err = open_fast(e);
    if (!err && lean_suits(config))
        err = engine_lean_init(e);
    if (err) {
        engine_destroy(e);
        return err;
    }
    *out = e;
    return 0;
}

void engine_destroy(struct engine *e)
{
    if (!e)
        return;
    if (e->pristine)
        uc_context_free(e->pristine);
    if (e->checkpoint.context)
        uc_context_free(e->checkpoint.context);
    if (e->before)
        uc_context_free(e->before);
    engine_lean_close(e);
    core_close(&e->lean_core);
    core_close(&e->fast);
    core_close(&e->exact);
    decode_destroy(e->decoder);
    block_table_free(&e->blocks);
    free(e->decoded);
    free(e->journal);
    free(e);
}

void engine_break(struct engine *e, const char *what, uint32_t number)
{
    snprintf(e->error, sizeof(e->error), "%s (%#x) at pc %#x", what, number,
             e->insn.active ? e->insn.pc : e->pc);
    e->event = EVENT_BROKEN;
}

void engine_stop(struct engine *e, struct core *core, enum event event)
{
    e->event = event;
    e->odd = true;
    uc_emu_stop(core->uc);
}

/* ---- registers ---- */

uint32_t engine_read_reg(struct engine *e, struct core *core, unsigned reg)
{
    uint32_t value = 0;

    uc_reg_read(core->uc, e->arch->reg_ids[reg], &value);
    return value;
}

void engine_write_reg(struct engine *e, struct core *core, unsigned reg,
                      uint32_t value)
{
    uc_reg_write(core->uc, e->arch->reg_ids[reg], &value);
}

bool engine_is_thumb(struct engine *e, struct core *core)
{
    return e->isa->thumb_flag &&
           engine_read_reg(e, core, e->isa->flags) & e->isa->thumb_flag;
}

bool engine_in_it_block(struct engine *e, struct core *core)
{
    return e->isa->thumb_flag &&
           engine_read_reg(e, core, e->isa->flags) & ENGINE_IT_BITS;
}

/* Move all registers from @from to @to. */
static void transfer(struct core *from, struct core *to)
{
    if (from == to)
        return;
    uc_context_save(from->uc, from->spare);
    uc_context_restore(to->uc, from->spare);
}

/* Note what the core holds, so that engine_load() writes only what differs. */
static void read_shadow(struct engine *e)
{
    memset(&e->shadow, 0, sizeof(e->shadow));
    for (unsigned i = 0; i < e->isa->reg_count; i++)
        uc_reg_read(e->current->uc, e->arch->reg_ids[i],
                    e->shadow.bytes + e->isa->regs[i].offset);
    isa_set(e->isa, &e->shadow, e->isa->pc, e->pc);
    e->shadow_valid = true;
}

void engine_save(struct engine *e, struct cpu_state *cpu)
{
    read_shadow(e);
    *cpu = e->shadow;
}

void engine_load(struct engine *e, const struct cpu_state *cpu)
{
    if (!e->shadow_valid)
        read_shadow(e);
    for (unsigned i = 0; i < e->isa->reg_count; i++) {
        const struct isa_reg *reg = &e->isa->regs[i];
        const uint8_t *want = cpu->bytes + reg->offset;

        if (i != e->isa->pc &&
            memcmp(want, e->shadow.bytes + reg->offset, reg->size) != 0)
            uc_reg_write(e->current->uc, e->arch->reg_ids[i], want);
    }
    e->pc = isa_get(e->isa, cpu, e->isa->pc);
    e->shadow = *cpu;
}

/* ---- windows and translated code ---- */

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
    forget_code(e, core);
}

/* The same, and the library reclaims what single removals leave behind. */
static void flush_code(struct engine *e, struct core *core)
{
    uc_ctl(core->uc, UC_CTL_WRITE(UC_CTL_TB_FLUSH, 0));
    core->removals = 0;
    forget_code(e, core);
}

/* The other core, and other engines, see the epoch and drop everything. */
void engine_code_changed(struct engine *e, struct core *core, vaddr_t va,
                         uint32_t size)
{
    const bool fresh = core->code_epoch == e->phys->code_epoch;

    e->phys->code_epoch++;
    if (fresh)
        core->code_epoch = e->phys->code_epoch;
    core->removals++;
    uc_ctl_remove_cache(core->uc, (uint64_t)va, (uint64_t)va + size);
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
        (uc_mem_map_ptr(core->uc, window.va, window.size, UC_PROT_ALL,
                        e->phys->bytes + span->base + window.va - span->va) ||
         uc_mem_protect(core->uc, window.va, window.size, UC_PROT_NONE)))
        return -ENOMEM;
    core->windows[core->window_count++] = window;
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

static int core_bind(struct engine *e, struct core *core)
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
        if (err)
            return err;
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
        .host = e->phys->bytes + span.base - span.va,
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
    return core_bind(e, &e->fast);
}

/* ---- stores ---- */

static uint64_t read_bytes(const uint8_t *at, uint32_t size)
{
    uint64_t value = 0;

    memcpy(&value, at, size);
    return value;
}

void engine_store(struct engine *e, paddr_t pa, uint32_t size, uint64_t value)
{
    uint8_t *at = e->phys->bytes + pa;

    e->journal[e->journal_used++] =
        (struct journal_entry){pa, size, read_bytes(at, size)};
    memcpy(at, &value, size);
}

/*
 * Undoing a store into code makes translations stale, in both cores; whoever
 * runs next drops them.
 */
void engine_undo(struct engine *e)
{
    while (e->journal_used > 0) {
        const struct journal_entry *old = &e->journal[--e->journal_used];
        memcpy(e->phys->bytes + old->pa, &old->old, old->size);
    }
    if (e->journal_has_code)
        e->phys->code_epoch++;
    e->journal_has_code = false;
}

/* ---- echoes ---- */

void engine_expect_echo(struct engine *e, bool store, vaddr_t va, uint32_t size)
{
    if (store)
        e->echo = (struct echo){size, va, 1, true};
    else if (va % e->page + size > e->page)
        e->echo = (struct echo){2, va & ~(size - 1), size, false};
    else
        return;
    e->odd = true;
}

bool engine_is_echo(struct engine *e, bool store, vaddr_t va, uint32_t size)
{
    struct echo *echo = &e->echo;

    if (!echo->left)
        return false;
    if (store != echo->store || va != echo->va || size != echo->size) {
        echo->left = 0;
        return false;
    }
    echo->left--;
    echo->va += size;
    return true;
}

/* ---- translation ---- */

void engine_end_fetch(struct engine *e)
{
    struct poison *p = &e->poison;

    if (p->active)
        memcpy(e->phys->bytes + p->pa, p->old, sizeof(p->old));
    p->active = false;
    p->size = 0;
}

void engine_watch_fetch(struct engine *e, vaddr_t va)
{
    static const uint8_t ud2[2] = {0x0f, 0x0b};
    const struct mmu_access fetch = {va, 1, MMU_EXEC};
    struct poison *p = &e->poison;
    struct decoded facts;
    paddr_t pa;

    if (!e->arch->watch_fetch || (va > p->va && va - p->va < p->size) ||
        mmu_translate(e->mmu, &fetch, &pa))
        return;
    engine_end_fetch(e);

    const uint8_t *bytes = e->phys->bytes + pa; /* the slack is readable */
    p->va = va;
    p->pa = pa;
    p->size = 1;
    if (decode_insn(e->decoder, bytes, 15, va, false, &facts)) {
        p->size = facts.size;
    } else {
        p->active = true;
        memcpy(p->old, bytes, sizeof(p->old));
        memcpy(e->phys->bytes + p->pa, ud2, sizeof(ud2));
    }
}

/* ---- traps ---- */

void engine_trap(struct engine *e, enum trap_cause cause, vaddr_t pc,
                 uint32_t insn_size)
{
    e->trap = (struct trap){
        .cause = cause,
        .pc = pc,
        .insn_size = insn_size,
        .instructions = e->counts.instructions,
    };
    e->event = EVENT_TRAP;
}

void engine_trap_access(struct engine *e, enum mmu_fault fault,
                        const struct mmu_access *access, vaddr_t pc,
                        uint32_t insn_size)
{
    engine_trap(e, trap_of_fault(fault), pc, insn_size);
    e->trap.access = *access;
    e->trap.legal = mmu_legal_prefix(e->mmu, access);
}

/* ---- the run ---- */

static void take_checkpoint(struct engine *e)
{
    uc_context_save(e->fast.uc, e->checkpoint.context);
    e->checkpoint.counts = e->counts;
    e->checkpoint.pc = e->pc;
    e->journal_used = 0;
    e->journal_has_code = false;
}

/* Back to the checkpoint: memory, counters, registers. */
static void roll_back(struct engine *e)
{
    engine_undo(e);
    e->counts = e->checkpoint.counts;
    e->pc = e->checkpoint.pc;
    uc_context_restore(e->fast.uc, e->checkpoint.context);
}

/* Make @core the one that runs, with nothing stale in it. */
static bool refresh(struct engine *e, struct core *core)
{
    const int err = core_bind(e, core);

    if (err) {
        engine_break(e, "cannot map the address space", (uint32_t)-err);
        return false;
    }
    if (core->removals > REMOVALS_MAX)
        flush_code(e, core);
    else if (core->code_epoch != e->phys->code_epoch)
        engine_drop_code(e, core);
    transfer(e->current, core);
    e->current = core;
    return true;
}

static enum event run_fast(struct engine *e)
{
    if (!refresh(e, &e->fast))
        return EVENT_BROKEN;
    take_checkpoint(e);

    const enum event event = engine_fast_run(e);
    if (event == EVENT_SUSPECT) {
        e->stay_until = e->counts.instructions;
        roll_back(e);
    } else {
        e->stay_until = 0;
    }
    return event;
}

static enum event run_exact(struct engine *e)
{
    if (open_exact(e) < 0) {
        engine_break(e, "no memory for a second core", 0);
        return EVENT_BROKEN;
    }
    if (!refresh(e, &e->exact))
        return EVENT_BROKEN;
    return engine_exact_run(e);
}

static enum event run_lean(struct engine *e)
{
    if (open_lean(e) < 0) {
        engine_break(e, "no memory for a third core", 0);
        return EVENT_BROKEN;
    }
    if (!refresh(e, &e->lean_core))
        return EVENT_BROKEN;
    return engine_lean_run(e);
}

/* What only the exact core can do. */
static bool wants_exact(const struct engine *e)
{
    return e->config.observer ||
           e->limit - e->counts.instructions <= ENGINE_BLOCK_MAX;
}

enum engine_stop engine_run(struct engine *e, uint64_t limit, struct trap *trap)
{
    enum event event = EVENT_LEAVE;

    e->limit = limit;
    e->stay_until = 0;
    e->shadow_valid = false;
    for (;;) {
        if (e->counts.instructions >= limit)
            return ENGINE_LIMIT;
        if (event == EVENT_CAREFUL || event == EVENT_SUSPECT ||
            event == EVENT_STALE || wants_exact(e))
            event = run_exact(e);
        else if (engine_lean_may_run(e))
            event = run_lean(e);
        else
            event = run_fast(e);
        if (event == EVENT_TRAP) {
            engine_lean_put_off(e);
            *trap = e->trap;
            return ENGINE_TRAP;
        }
        if (event == EVENT_BROKEN)
            return ENGINE_BROKEN;
    }
}

struct engine_counts engine_counts(const struct engine *e)
{
    return e->counts;
}

const char *engine_error(const struct engine *e)
{
    return e->error;
}

void engine_version(char *text, size_t size)
{
    unsigned major = 0, minor = 0;
    const unsigned whole = uc_version(&major, &minor);

    snprintf(text, size, "%u.%u.%u", major, minor, whole >> 8 & 0xff);
}
