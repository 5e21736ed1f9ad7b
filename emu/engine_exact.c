/*
 * emu/engine_exact.c - the exact core: one instruction at a time.
 *
 * Decisions:
 * - Before each instruction all registers are put aside (45 ns). A trap goes
 *   back to them and undoes the stores of the instruction, so that it has not
 *   begun, however many pieces of it were done.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <string.h>
#include <unicorn/unicorn.h>

/* ---- hooks ---- */

/* A trap on the way leaves the registers as they are now. */
static enum event pass_skipped(struct engine *e, vaddr_t to)
{
    const enum event stop = insn_pass_skipped(e, to);

    if (stop == EVENT_TRAP)
        uc_context_save(e->exact.uc, e->before);
    return stop;
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct engine *e = user;

    engine_end_fetch(e);
    if (e->event)
        return;
    insn_complete(e);
    if (e->translated) {
        block_mark(e, (vaddr_t)address, size);
        e->code_changed |= engine_made(&e->exact, size);
    }
    e->translated = false;

    const enum event stop = pass_skipped(e, e->block_end);
    if (stop) {
        uc_context_save(uc, e->before);
        engine_stop(e, &e->exact, stop);
        return;
    }
    e->pc = (vaddr_t)address;
    e->block_begin = e->pc;
    e->block_end = e->pc + size;
    e->block_start = true;
    insn_read_mode(e);
}

/* The fast core, or the lean one, may take over at the block that starts. */
static bool may_leave(struct engine *e)
{
    struct block block = {
        .va = e->pc, .size = e->block_end - e->pc, .thumb = e->thumb};

    if (!e->block_start || e->config.observer || engine_charge_wants_exact(e) ||
        engine_inject_is_near(e) || engine_due_is_near(e) ||
        e->counts.instructions < e->stay_until ||
        e->counts.instructions == e->entered ||
        e->limit - e->counts.instructions <= ENGINE_BLOCK_MAX)
        return false;
    block_scan(e, &block, e->config.charge && engine_lean_may_run(e));
    return !block.careful;
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct engine *e = user;
    const vaddr_t pc = (vaddr_t)address;

    if (e->event)
        return;
    insn_complete(e);

    enum event stop = pass_skipped(e, pc);
    if (!stop) {
        e->pc = pc;
        stop = insn_why_stop(e);
    }
    if (!stop && may_leave(e))
        stop = EVENT_LEAVE;
    uc_context_save(uc, e->before);
    if (stop) {
        engine_stop(e, &e->exact, stop);
        return;
    }
    e->block_start = false;

    const struct mmu_access fetch = insn_fetch(e, pc, size);
    paddr_t pa;
    const enum mmu_fault fault = engine_judge(e, &fetch, &pa);
    if (fault) {
        e->insn.active = false;
        engine_trap_access(e, fault, &fetch, pc, 0);
        engine_stop(e, &e->exact, EVENT_TRAP);
        return;
    }
    insn_begin(e, pc, fetch.size);
    if (!insn_judge_operand(e))
        engine_stop(e, &e->exact, EVENT_TRAP);
    else if (e->insn.facts.flags & DECODE_ENDIAN) {
        engine_trap(e, TRAP_UNDEFINED, pc, e->insn.size);
        engine_stop(e, &e->exact, EVENT_TRAP);
    } else if (!e->insn.facts.size) {
        engine_trap(e, TRAP_UNDEFINED, pc, e->insn.size);
        engine_stop(e, &e->exact, EVENT_TRAP);
    }
}

/* The engine's own read of a descriptor, not the guest's. */
static bool is_descriptor(const struct engine *e, vaddr_t va, uint32_t size)
{
    return e->insn.facts.flags & DECODE_SELECTOR && e->exact.private &&
           va - e->private_va <= ENGINE_PRIVATE_SIZE - size;
}

/* Part of the operand that insn_judge_operand() has noted as one access. */
static bool is_piece(const struct engine *e, vaddr_t va)
{
    const struct decoded *f = &e->insn.facts;
    const struct mmu_access *whole = &e->insn.accesses[0].access;

    if (f->flags & DECODE_PUSHA)
        return true;

    return f->flags & DECODE_WIDE && e->insn.access_count > 0 &&
           va - whole->va < (f->flags & DECODE_OVERREAD ? 16 : whole->size);
}

/* LOCK NEG loads its operand, and again to compare it. */
static bool is_loaded_again(const struct engine *e,
                            const struct mmu_access *access)
{
    const struct insn *insn = &e->insn;

    return !(insn->facts.flags & DECODE_WIDE) && insn->facts.pieces_load == 2 &&
           insn->access_count == 1 && insn->accesses[0].access.va == access->va;
}

static bool refuse(struct engine *e, enum mmu_fault fault,
                   const struct mmu_access *access)
{
    engine_trap_access(e, fault, access, e->insn.pc, e->insn.size);
    engine_stop(e, &e->exact, EVENT_TRAP);
    return false;
}

static bool on_load(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                    int64_t value, void *user)
{
    struct engine *e = user;
    struct mmu_access access = {(vaddr_t)address, (uint32_t)n, MMU_READ};
    paddr_t pa;

    (void)uc, (void)type, (void)value;
    if (!e->running || is_descriptor(e, access.va, access.size))
        return true;
    if (e->event)
        return false;

    if (engine_is_echo(e, false, access.va, access.size))
        return true;
    access.use = engine_use(e, MMU_READ);
    if (e->stage)
        engine_stage_show(e, &access);

    engine_expect_echo(e, false, access.va, access.size);
    if (is_loaded_again(e, &access))
        return true;
    if (is_piece(e, access.va))
        return true; /* judged; or an overread, which nobody sees */

    const bool counts = !(e->insn.facts.flags & DECODE_EXCLUSIVE);
    const enum mmu_fault fault = counts ? engine_judge(e, &access, &pa)
                                        : mmu_translate(e->mmu, &access, &pa);
    if (fault)
        return refuse(e, fault, &access);
    if (counts)
        insn_note_access(e, &access, pa);
    return true;
}

/*
 * The block that runs on may hold what this store changes; others are gone. The
 * last instruction may have been looked at beyond the end (engine_watch.c).
 */
static bool changes_block(const struct engine *e,
                          const struct mmu_access *store)
{
    return store->va < e->block_end + 14 &&
           e->block_begin < store->va + store->size;
}

static bool on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    struct engine *e = user;
    const struct mmu_access access = {(vaddr_t)address, (uint32_t)n, MMU_WRITE,
                                      engine_use(e, MMU_WRITE)};
    paddr_t pa;

    (void)uc, (void)type;
    if (e->event)
        return false;
    if (engine_is_echo(e, true, access.va, access.size))
        return true;

    const bool counts = !is_piece(e, access.va);
    const enum mmu_fault fault = counts ? engine_judge(e, &access, &pa)
                                        : mmu_translate(e->mmu, &access, &pa);
    if (fault)
        return refuse(e, fault, &access);
    if (phys_is_code(e->phys, pa, access.size)) {
        e->code_changed |= changes_block(e, &access);
        engine_code_changed(e, &e->exact, access.va, access.size);
    }
    engine_store(e, pa, access.size, (uint64_t)value);
    if (counts)
        insn_note_access(e, &access, pa);
    if (access.va & (access.size - 1))
        engine_expect_echo(e, true, access.va, access.size);
    return !e->event;
}

static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    struct engine *e = user;

    (void)uc, (void)type, (void)n, (void)value;
    e->translated = true;
    engine_watch_fetch(e, (vaddr_t)address);
    if (e->stage)
        engine_stage_show_code(e, (vaddr_t)address);
    return true;
}

/*
 * Control went outside, where the code soon meets what is not mapped: the
 * address may lie behind. What came before is complete.
 */
static bool on_fetch_unmapped(uc_engine *uc, uc_mem_type type, uint64_t address,
                              int n, int64_t value, void *user)
{
    struct engine *e = user;

    (void)uc, (void)type, (void)address, (void)n, (void)value;
    if (e->event)
        return false;
    insn_complete(e);

    const enum event stop = pass_skipped(e, e->block_end);
    if (!stop)
        e->pc = engine_read_reg(e, &e->exact, e->isa->pc);
    engine_stop(e, &e->exact, stop ? stop : EVENT_LOST);
    return false;
}

/* The gates that an INT of ring 3 may use: those of Linux. */
static bool may_call_gate(uint32_t number)
{
    return number == 3 || number == 4 || number == 0x80;
}

static void on_exception(uc_engine *uc, uint32_t number, void *user)
{
    struct engine *e = user;
    const struct insn *insn = &e->insn;
    int cause = e->arch->cause(number);

    (void)uc;
    if (e->event)
        return;
    if (insn->facts.flags & DECODE_INT && !may_call_gate(number))
        cause = TRAP_PRIVILEGED;
    if (cause < 0) {
        engine_stop(e, &e->exact, EVENT_BROKEN);
        engine_break(e, "unknown exception", number);
    } else if (cause == TRAP_SYSCALL) {
        insn_complete(e);
        engine_trap(e, TRAP_SYSCALL, e->pc, engine_call_size(e, &e->exact));
        engine_stop(e, &e->exact, EVENT_TRAP);
    } else if (cause == TRAP_ALIGNMENT) {
        insn_trap_misaligned(e);
        engine_stop(e, &e->exact, EVENT_TRAP);
    } else {
        engine_trap(e, (enum trap_cause)cause, insn->pc, insn->size);
        engine_stop(e, &e->exact, EVENT_TRAP);
    }
}

static bool on_invalid(uc_engine *uc, void *user)
{
    struct engine *e = user;

    (void)uc;
    if (e->event)
        return false;
    if (e->insn.facts.flags & DECODE_HINT) {
        insn_complete(e); /* begin again behind it */
        engine_stop(e, &e->exact, EVENT_STALE);
        return false;
    }
    engine_trap(
        e, e->insn.facts.flags & DECODE_INT ? TRAP_PRIVILEGED : TRAP_UNDEFINED,
        e->insn.pc, e->insn.size);
    engine_stop(e, &e->exact, EVENT_TRAP);
    return false;
}

/* ---- the run ---- */

/*
 * After a stop inside a block the core's IT bits are not the architecture's.
 * There are none in A32, even for who goes there from inside an IT block.
 */
static void mend_it(struct engine *e)
{
    const unsigned flags = e->isa->flags;
    const uint8_t it = e->thumb ? e->it : 0;

    if (!insn_is_arm(e))
        return;
    const uint32_t cpsr = engine_read_reg(e, &e->exact, flags);
    engine_write_reg(e, &e->exact, flags, insn_cpsr_with_it(cpsr, it));
}

/*
 * A context saved inside a hook holds the x86 flags where the library keeps
 * them while it runs, and a start takes them from elsewhere: settle them.
 */
static void settle_flags(struct engine *e)
{
    const unsigned flags = e->isa->flags;

    if (!insn_is_arm(e))
        engine_write_reg(e, &e->exact, flags,
                         engine_read_reg(e, &e->exact, flags));
}

/*
 * On ARM the library may stop late, always inside an IT block and now and then
 * in A32: the instruction before which it was told to, or a few, have run.
 * Their stores were refused, so going back to the registers is all.
 */
static void stop_in_time(struct engine *e)
{
    const bool before_insn = e->event == EVENT_LIMIT ||
                             e->event == EVENT_TIMER ||
                             e->event == EVENT_STALE || e->event == EVENT_LEAVE;

    if (before_insn && insn_is_arm(e))
        uc_context_restore(e->exact.uc, e->before);
}

/* As if the instruction that trapped had not begun. */
static void take_back(struct engine *e)
{
    uc_context_restore(e->exact.uc, e->before);
    settle_flags(e);
    engine_undo(e);
    e->insn.active = false;
    e->pc = e->trap.pc;
}

/* Nothing is mapped at e->pc, so no hook has judged its fetch, nor the time. */
static enum event trap_lost(struct engine *e)
{
    if (engine_is_at_limit(e))
        return EVENT_LIMIT;
    if (engine_timer_fires(e, e->pc))
        return EVENT_TIMER;

    const struct mmu_access fetch = {e->pc,
                                     !insn_is_arm(e) ? 1
                                     : e->thumb      ? 2
                                                     : 4,
                                     MMU_EXEC};
    paddr_t pa;
    const enum mmu_fault fault = mmu_translate(e->mmu, &fetch, &pa);

    if (fault)
        engine_trap_access(e, fault, &fetch, e->pc, 0);
    else
        engine_break(e, "a legal fetch finds nothing", e->pc);
    return e->event;
}

/* The library came back by itself: a WFI. */
static enum event came_back(struct engine *e)
{
    insn_complete(e);
    e->pc = engine_read_reg(e, &e->exact, e->isa->pc);
    return EVENT_NONE;
}

enum event engine_exact_run(struct engine *e)
{
    e->event = EVENT_NONE;
    e->echo.left = 0;
    e->insn.active = false;
    e->code_changed = false;
    e->journal_used = 0;
    e->entered = e->counts.instructions;
    e->block_begin = e->block_end = e->pc;
    insn_read_mode(e);

    e->running = true;
    const uc_err err = uc_emu_start(e->exact.uc, e->pc | (e->thumb ? 1 : 0),
                                    ENGINE_UNTIL, 0, 0);
    e->running = false;
    engine_end_fetch(e);
    mend_flags(e);
    if (e->event == EVENT_LOST) {
        insn_read_mode(e);
        mend_it(e);
        return trap_lost(e);
    }
    if (!e->event && err)
        engine_break(e, uc_strerror(err), err);
    else if (!e->event)
        return came_back(e);
    if (e->event == EVENT_TRAP && e->trap.cause != TRAP_SYSCALL)
        take_back(e);
    stop_in_time(e);
    mend_it(e);
    return e->event;
}

int engine_exact_hook(struct engine *e)
{
    static const struct hook_row rows[] = {
        {UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_READ_UNMAPPED, (void *)on_load},
        {UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_WRITE_UNMAPPED, (void *)on_store},
        {UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch},
        {UC_HOOK_MEM_FETCH_UNMAPPED, (void *)on_fetch_unmapped},
        {UC_HOOK_BLOCK, (void *)on_block},
        {UC_HOOK_CODE, (void *)on_code},
        {UC_HOOK_INTR, (void *)on_exception},
        {UC_HOOK_INSN_INVALID, (void *)on_invalid},
    };
    int err = engine_add_hooks(&e->exact, rows, HOOK_ROWS(rows), e);

    if (!err)
        err = engine_hook_nothing(&e->exact);
    if (!err && e->config.paranoid)
        err = engine_hook_loads(e, &e->exact);
    return err;
}
