/*
 * emu/engine_lean.c - the lean core: of loads nobody is told, little is hooked.
 *
 * It runs when nobody is to be told of loads. Pages all of whose bytes are
 * legal are mapped readable, so that loads there take the library's own path;
 * every other page keeps its hooks, and whoever touches one is sent to the fast
 * core. What a page cannot decide is thus never decided here.
 *
 * Decisions:
 * - Stores. The store hook performs them, and opens the page to those that
 *   follow, if it is without code (engine_tlb.c).
 * - Roll back. Now and then a copy of the address space and the registers are
 *   put aside. Whatever is unusual restores both, and the fast core runs the
 *   same way again, this time with every access looked at.
 * - Hopeful and wary. The state of a core is exact between blocks, but to stop
 *   there takes a hook in every block, a third of the time of a tight loop. So
 *   it runs without at first (hopeful), putting aside only where it stops
 *   anyway: at system calls, and before code it has not seen yet. If it must
 *   roll back far, it runs that way again with the hook (wary), and copies
 *   often; so a surprise costs at most as much again as what led to it.
 * - Counted. Under a timer it must know at each jump how many instructions have
 *   run, and a turn is over in less time than a copy takes; and where accesses
 *   cost something it must know them all. So there each block has a hook that
 *   counts, foresees what the block will access, and keeps the fast core's
 *   journal (engine_forecast.c); the way back is the fast core's, too.
 * - It begins warily, too: at each stop it empties the library's TLB, which is
 *   the only time at which the library makes that larger. Where it counts it
 *   does that now and then.
 * - When to put aside is decided by host time, which nothing else depends on:
 *   where a copy was made cannot be seen from inside or outside.
 * - Once the library has looked a page up, for whatever, it loads there without
 *   asking. So nothing runs here from, and nobody stores to, a page that may
 *   not be read; and where it has looked up one that it then refused, its TLB
 *   is emptied.
 * - Instructions that need care are found when they are translated; the
 *   translation is refused, so the block never runs here.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unicorn/unicorn.h>

#define PAGE        4096u
#define SPAN_BLOCKS 65536u   /* at first */
#define SPAN_NS     2000000u /* at least between two copies */
#define SPAN_COPIES 32u      /* and so many times what a copy takes */
#define WARM_COPIES 8u
#define WARY_COPIES 64u
#define FLUSH_RUNS  256u /* counted runs between two growths of the TLB */

enum hooked {
    HOOKED_NOT, /* hopeful: no block has a hook */
    HOOKED_WARY,
    HOOKED_COUNTED
};

struct lean {
    enum hooked hooked;
    size_t hook;       /* of every block */
    bool at_block;     /* stopped by that hook: engine->pc is set */
    uint64_t wary_for; /* copies to make before it is hopeful again */
    uint64_t wary_left;

    struct uc_context *context;
    vaddr_t pc;
    struct space_copy copy;
    uint64_t copied_at; /* host time */
    uint64_t blocks;    /* to run between two copies */
    uint64_t left;      /* of them */

    vaddr_t fetch_end; /* of the last byte fetched for translation */
    vaddr_t insn, insn_end;

    uint64_t counted_runs;
};

static uint64_t host_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- the copy ---- */

static void put_aside(struct engine *e)
{
    struct lean *lean = e->lean;
    const uint64_t start = host_ns();

    engine_copy_take(e, &lean->copy);
    uc_context_save(e->lean_core.uc, lean->context);
    lean->pc = e->pc;
    lean->copied_at = host_ns();
    e->lean_when.copy_ns = lean->copied_at - start;
}

/* Everything as it was when it was put aside. */
static void roll_back(struct engine *e)
{
    struct lean *lean = e->lean;

    engine_copy_restore(e, &lean->copy);
    uc_context_restore(e->lean_core.uc, lean->context);
    e->pc = lean->pc;
}

/* ---- hooks ---- */

static bool suspect(struct engine *e)
{
    if (!e->running)
        return true; /* the library reads a descriptor for uc_reg_write() */
    if (!e->event)
        engine_stop(e, &e->lean_core, EVENT_SUSPECT);
    return false;
}

static bool on_unopened(uc_engine *uc, uc_mem_type type, uint64_t address,
                        int n, int64_t value, void *user)
{
    (void)uc, (void)type, (void)address, (void)n, (void)value;
    return suspect(user);
}

/*
 * An unaligned store may come again, byte by byte, for a reason that cannot be
 * seen from here; each is performed, which changes nothing.
 */
static bool on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    struct engine *e = user;
    const vaddr_t va = (vaddr_t)address;
    const uint32_t size = (uint32_t)n;
    const struct span_cache *span = engine_span(e, va);

    (void)uc, (void)type;
    if (e->event)
        return false;
    if (!engine_span_holds(span, va, size, MMU_READ | MMU_WRITE))
        return suspect(e);

    const paddr_t pa = span->base + (va - span->va);
    if (phys_is_code(e->phys, pa, size))
        return suspect(e);
    if (!e->journals)
        memcpy(e->phys->bytes + pa, &value, size);
    else if (e->journal_used < JOURNAL_SIZE)
        engine_put(e, pa, size, (uint64_t)value);
    else
        return suspect(e);
    engine_tlb_open(e, &e->lean_core, span, va);
    return true;
}

/* Refuse the translation that is under way: nothing of it has run. */
static bool refuse(struct engine *e)
{
    e->lean->fetch_end = e->lean->insn_end = 0;
    engine_stop(e, &e->lean_core, EVENT_CAREFUL);
    return false;
}

/* A copy is old when making one now takes a small part of the time. */
static bool copy_is_old(const struct engine *e)
{
    return host_ns() - e->lean->copied_at >
           SPAN_NS + e->lean_when.copy_ns * SPAN_COPIES;
}

/* The instruction before the IDIV at @va counts only if it is in its block. */
static bool divides_safely(struct engine *e, vaddr_t va, const uint8_t *bytes,
                           vaddr_t before, const struct decoded *facts)
{
    const vaddr_t start = engine_read_reg(e, &e->lean_core, e->isa->pc);
    const uint32_t size =
        before >= start && before < va && va - before < 15 ? va - before : 0;

    return block_divides_safely(facts, bytes - size, size);
}

/* Whether the instruction at @va is one that this core runs rightly. */
static bool runs_here(struct engine *e, vaddr_t va)
{
    const struct mmu_access first = {va, 1, MMU_EXEC};
    struct lean *lean = e->lean;
    const vaddr_t before = lean->insn_end == va ? lean->insn : va;
    struct decoded facts;
    paddr_t pa;

    lean->insn = va;
    lean->insn_end = va + 1;
    if (mmu_translate(e->mmu, &first, &pa) ||
        !engine_span_holds(engine_span(e, va), va, 1, MMU_READ | MMU_EXEC))
        return false;
    if (!decode_insn(e->decoder, e->phys->bytes + pa, 15, va, e->thumb, &facts))
        return false;
    lean->insn_end = va + facts.size;
    if (facts.flags & DECODE_IDIV &&
        !divides_safely(e, va, e->phys->bytes + pa, before, &facts))
        return false;

    const struct mmu_access whole = {va, facts.size, MMU_EXEC};
    return !mmu_translate(e->mmu, &whole, &pa) &&
           !block_needs_care(&facts, engine_lean_counts(e)) &&
           engine_is_noted(e, &whole);
}

static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    struct engine *e = user;
    struct lean *lean = e->lean;
    const vaddr_t va = (vaddr_t)address;
    const bool inside =
        va == lean->fetch_end && va > lean->insn && va < lean->insn_end;

    (void)uc, (void)type, (void)value;
    if (e->event)
        return false;
    e->translated = true;
    e->repeat.va = NO_REPEAT;
    if (engine_made(&e->lean_core, (uint32_t)n) ||
        (lean->hooked == HOOKED_NOT && copy_is_old(e))) {
        lean->fetch_end = lean->insn_end = 0;
        engine_stop(e, &e->lean_core, EVENT_PAUSE);
        return false;
    }
    if (!inside)
        e->thumb = engine_is_thumb(e, &e->lean_core);
    if (!inside && !runs_here(e, va))
        return refuse(e);
    block_mark(e, va, (uint32_t)n);
    if (engine_tlb_is_stale(e, &e->lean_core)) {
        lean->fetch_end = lean->insn_end = 0;
        engine_stop(e, &e->lean_core, EVENT_PAUSE);
        return false;
    }
    lean->fetch_end = va + (uint32_t)n;
    return true;
}

static bool on_fetch_unmapped(uc_engine *uc, uc_mem_type type, uint64_t address,
                              int n, int64_t value, void *user)
{
    struct engine *e = user;

    (void)uc, (void)type, (void)address, (void)n, (void)value;
    return e->event ? false : refuse(e);
}

void engine_lean_stop_before(struct engine *e, vaddr_t va, enum event event)
{
    e->pc = va;
    e->lean->at_block = true;
    engine_stop(e, &e->lean_core, event);
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct engine *e = user;
    struct lean *lean = e->lean;

    (void)uc, (void)size;
    if (__builtin_expect(lean->left-- > 0, 1))
        return;
    lean->left = 0;
    if (!e->event)
        engine_lean_stop_before(e, (vaddr_t)address, EVENT_PAUSE);
}

/* A system call ends its block, so everything is exact; the rest is not. */
static void on_exception(uc_engine *uc, uint32_t number, void *user)
{
    struct engine *e = user;

    (void)uc;
    if (e->event)
        return;
    if (e->arch->cause(number) != TRAP_SYSCALL ||
        engine_in_it_block(e, &e->lean_core))
        suspect(e);
    else
        engine_stop(e, &e->lean_core, EVENT_TRAP);
}

static bool on_invalid(uc_engine *uc, void *user)
{
    (void)uc;
    return suspect(user);
}

static int hook_all(struct engine *e)
{
    static const struct hook_row rows[] = {
        {UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_READ_UNMAPPED |
             UC_HOOK_MEM_WRITE_UNMAPPED,
         (void *)on_unopened},
        {UC_HOOK_MEM_WRITE_PROT, (void *)on_store},
        {UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch},
        {UC_HOOK_MEM_FETCH_UNMAPPED, (void *)on_fetch_unmapped},
        {UC_HOOK_INTR, (void *)on_exception},
        {UC_HOOK_INSN_INVALID, (void *)on_invalid},
    };

    return engine_add_hooks(&e->lean_core, rows, HOOK_ROWS(rows), e);
}

/* ---- windows ---- */

/* Open the pages of @window, all of whose bytes are legal, to loads. */
int engine_lean_open_window(struct engine *e, const struct window *window)
{
    if (!window->size || !(window->span.prot & window->span.noted & MMU_READ))
        return 0;
    return uc_mem_protect(e->lean_core.uc, window->va, window->size,
                          UC_PROT_READ)
               ? -ENOMEM
               : 0;
}

/* Hook every block, or none; what is translated has it or has not. */
static bool hook_blocks(struct engine *e, enum hooked hooked)
{
    static void *const hooks[] = {NULL, (void *)on_block,
                                  (void *)engine_forecast_block};
    struct lean *lean = e->lean;

    if (hooked == lean->hooked)
        return true;
    if (lean->hooked)
        uc_hook_del(e->lean_core.uc, lean->hook);
    lean->hooked = HOOKED_NOT;
    engine_drop_code(e, &e->lean_core);
    if (hooked && uc_hook_add(e->lean_core.uc, &lean->hook, UC_HOOK_BLOCK,
                              hooks[hooked], e, 1, 0))
        return false;
    lean->hooked = hooked;
    return true;
}

/* ---- life ---- */

void engine_lean_close(struct engine *e)
{
    struct lean *lean = e->lean;

    if (!lean)
        return;
    if (lean->context)
        uc_context_free(lean->context);
    engine_copy_free(&lean->copy);
    free(lean);
    e->lean = NULL;
}

int engine_lean_init(struct engine *e)
{
    e->lean = calloc(1, sizeof(*e->lean));
    if (!e->lean)
        return -ENOMEM;
    e->lean->blocks = SPAN_BLOCKS;
    e->lean->wary_for = WARY_COPIES;
    engine_lean_begin(e);
    return 0;
}

/* A core made anew has the hooks of the old one. */
int engine_lean_hook(struct engine *e)
{
    struct lean *lean = e->lean;
    const enum hooked hooked = lean->hooked;

    lean->hooked = HOOKED_NOT;
    return hook_blocks(e, hooked) ? hook_all(e) : -ENOTSUP;
}

int engine_lean_open(struct engine *e)
{
    struct lean *lean = e->lean;

    if (uc_context_alloc(e->lean_core.uc, &lean->context))
        return -ENOMEM;
    if (block_table_init(&e->lean_blocks))
        return -ENOMEM;
    lean->wary_left = WARM_COPIES;
    return hook_all(e);
}

/* What to do about a surprise that came long after the last copy. */
static bool try_warily(struct engine *e)
{
    struct lean *lean = e->lean;

    if (lean->hooked || !copy_is_old(e) || !hook_blocks(e, HOOKED_WARY))
        return false;
    lean->wary_for *= 2;
    lean->wary_left = lean->wary_for;
    return true;
}

/* Make copies so rare that they take a small part of the time. */
static void adapt(struct engine *e, uint64_t run_ns)
{
    struct lean *lean = e->lean;

    if (lean->left == 0 &&
        run_ns < SPAN_NS + e->lean_when.copy_ns * SPAN_COPIES)
        lean->blocks *= 2;
}

/*
 * Empty the library's TLB. On x86 Unicorn 2.0.1 does that only for whom a right
 * changes: for a moment, that to store to what is open to loads. False: the
 * engine is broken.
 */
static bool empty_tlb(struct engine *e)
{
    struct core *core = &e->lean_core;

    engine_tlb_emptied(core);
    for (unsigned i = 0; i < core->window_count; i++) {
        const struct window *window = &core->windows[i];

        if (!window->size ||
            !(window->span.prot & window->span.noted & MMU_READ))
            continue;
        (void)uc_mem_protect(core->uc, window->va, window->size,
                             UC_PROT_READ | UC_PROT_WRITE);
        if (!uc_mem_protect(core->uc, window->va, window->size, UC_PROT_READ))
            return true;
        engine_break(e, "cannot take a right back", window->va);
        return false;
    }
    e->arch->flush_tlb(&e->lean_core);
    return true;
}

/* Where stores must come to the hook again, let them. False: broken. */
static bool shut_pages(struct engine *e)
{
    return !engine_tlb_is_stale(e, &e->lean_core) || empty_tlb(e);
}

static enum event start(struct engine *e)
{
    struct lean *lean = e->lean;

    if (!shut_pages(e))
        return EVENT_BROKEN;

    const uint64_t begin = e->pc | (engine_is_thumb(e, &e->lean_core) ? 1 : 0);

    e->event = EVENT_NONE;
    lean->at_block = false;
    lean->fetch_end = lean->insn_end = 0;
    e->lean_core.opener.shut = NO_PAGE;
    e->running = true;
    const uc_err err = uc_emu_start(e->lean_core.uc, begin, ENGINE_UNTIL, 0, 0);
    e->running = false;
    if (e->event != EVENT_SUSPECT && !lean->at_block)
        e->pc = engine_read_reg(e, &e->lean_core, e->isa->pc);
    if (e->event)
        return e->event;
    return err ? EVENT_SUSPECT : EVENT_PAUSE;
}

/* After a roll back, if there was one. */
static void conclude(struct engine *e, enum event event)
{
    if (event == EVENT_PAUSE && !e->lean->at_block)
        e->arch->flush_tlb(&e->lean_core); /* a page to fetch from */
    if (event != EVENT_SUSPECT && event != EVENT_CAREFUL) {
        engine_lean_went_well(e);
        return;
    }
    e->arch->flush_tlb(&e->lean_core); /* it knows the page refused */
    engine_lean_back_off(e);
}

/*
 * Often at first: the library at most doubles it each time that it is emptied,
 * and only if it was full.
 */
static bool wants_larger_tlb(struct lean *lean)
{
    const uint64_t runs = lean->counted_runs++;

    return runs % FLUSH_RUNS == 0 || !(runs & (runs - 1));
}

/*
 * From one checkpoint to the next: who asked for that goes back or goes on as
 * after the fast core. Whatever is unusual, or not foreseen, is for the other
 * two, and that is nothing to stay away for.
 */
enum event engine_lean_run_counted(struct engine *e)
{
    struct lean *lean = e->lean;
    enum event event;

    if (wants_larger_tlb(lean) && !empty_tlb(e))
        return EVENT_BROKEN;
    engine_plan_checkpoint(e);
    e->block = &engine_no_block;
    e->repeat = (struct repeat){.va = NO_REPEAT};
    e->journals = true;
    event = start(e);
    e->journals = false;
    engine_forecast_settle(e);
    engine_charge_count(e);
    if (event != EVENT_SUSPECT && !lean->at_block)
        engine_note_follows(e);
    if (event == EVENT_TRAP) {
        engine_trap(e, TRAP_SYSCALL, e->pc, engine_call_size(e, &e->lean_core));
    } else if (!lean->at_block) {
        e->arch->flush_tlb(&e->lean_core); /* it knows a page refused */
        engine_lean_leave(e, event == EVENT_SUSPECT);
    }
    return event == EVENT_CAREFUL && !lean->at_block ? EVENT_PAUSE : event;
}

/* From one copy to the next. */
static enum event run_uncounted(struct engine *e)
{
    struct lean *lean = e->lean;
    enum event event;

    if (engine_copy_room(e, &lean->copy) < 0 ||
        !hook_blocks(e, lean->wary_left > 0 ? HOOKED_WARY : HOOKED_NOT)) {
        engine_lean_back_off(e);
        return EVENT_PAUSE;
    }
    if (lean->wary_left > 0) {
        lean->wary_left--;
        if (!empty_tlb(e))
            return EVENT_BROKEN;
    }
    (void)engine_find_registers(e, &e->lean_core);
    put_aside(e);
    e->lost_count = true;
    lean->left = lean->blocks;

    const uint64_t begin = host_ns();
    event = start(e);
    adapt(e, host_ns() - begin);
    if (event == EVENT_SUSPECT) {
        roll_back(e);
        if (try_warily(e)) {
            e->arch->flush_tlb(&e->lean_core);
            return EVENT_PAUSE;
        }
    }
    conclude(e, event);
    return event;
}

bool engine_lean_prepare_counted(struct engine *e)
{
    return hook_blocks(e, HOOKED_COUNTED) &&
           engine_find_registers(e, &e->lean_core);
}

enum event engine_lean_run(struct engine *e)
{
    const enum event event = run_uncounted(e);

    if (event == EVENT_TRAP)
        engine_trap(e, TRAP_SYSCALL, e->pc, engine_call_size(e, &e->lean_core));
    return event == EVENT_TRAP || event == EVENT_BROKEN ? event : EVENT_PAUSE;
}
