/*
 * emu/engine_exact.c - the exact core: one instruction at a time.
 *
 * Decisions:
 * - Before each instruction all registers are put aside (45 ns). A trap goes
 *   back to them and undoes the stores of the instruction, so that it has not
 *   begun, however many pieces of it were done.
 * - The library skips its hook for Thumb instructions whose IT condition fails,
 *   and its IT bits are stale inside a block: both are worked out here.
 * - An operand that the engine touches in pieces is judged whole before the
 *   instruction begins (README, "What one access is").
 * - An x86 instruction that does not fit before the end of a segment is a
 *   fetch up to the first byte outside, so that no byte behind it matters; ARM
 *   fetches words, Thumb halfwords.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <string.h>
#include <unicorn/unicorn.h>

static bool is_arm(const struct engine *e)
{
    return e->isa->thumb_flag != 0;
}

/* ---- Thumb's IT state ---- */

static uint8_t it_of_cpsr(uint32_t cpsr)
{
    return (uint8_t)((cpsr >> 8 & 0xfc) | (cpsr >> 25 & 3));
}

static uint32_t cpsr_with_it(uint32_t cpsr, uint8_t it)
{
    return (cpsr & ~ENGINE_IT_BITS) | (uint32_t)(it & 0xfc) << 8 |
           (uint32_t)(it & 3) << 25;
}

/* ARM DDI 0406C, A2.5.2: the state after an instruction inside the block. */
static uint8_t it_advance(uint8_t it)
{
    return (uint8_t)(it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0);
}

/* The state behind @insn, which has just been passed. */
static void it_pass(struct engine *e, const struct insn *insn,
                    const uint8_t *bytes)
{
    if (insn->facts.flags & DECODE_IT)
        e->it = bytes[0];
    else
        e->it = it_advance(e->it);
}

static void read_mode(struct engine *e)
{
    if (!is_arm(e))
        return;
    const uint32_t cpsr = engine_read_reg(e, &e->exact, e->isa->flags);

    e->thumb = (cpsr & e->isa->thumb_flag) != 0;
    e->it = it_of_cpsr(cpsr);
}

/* ---- facts ---- */

static bool translate(const struct engine *e, const struct mmu_access *access,
                      paddr_t *pa)
{
    return mmu_translate(e->mmu, access, pa) == MMU_FAULT_NONE;
}

/* Facts of the legal instruction at @pc; none when it does not decode. */
static void find_facts(struct engine *e, vaddr_t pc, struct decoded *facts)
{
    struct decode_slot *slot = &e->decoded[(pc >> 1) % DECODE_SLOTS];
    const struct mmu_access run = {pc, 15, MMU_EXEC};
    const struct mmu_access one = {pc, 1, MMU_EXEC};
    paddr_t pa;

    if (!slot->valid || slot->pc != pc || slot->thumb != e->thumb) {
        *slot = (struct decode_slot){.pc = pc, .thumb = e->thumb};
        if (translate(e, &one, &pa)) {
            const uint32_t size = mmu_legal_prefix(e->mmu, &run);

            slot->valid = true;
            slot->known = decode_insn(e->decoder, e->phys->bytes + pa, size, pc,
                                      e->thumb, &slot->facts);
        }
    }
    *facts = slot->known ? slot->facts : (struct decoded){0};
}

/* ---- one instruction ---- */

static void note_access(struct engine *e, vaddr_t va, uint32_t size,
                        enum mmu_prot kind, paddr_t pa)
{
    struct insn *insn = &e->insn;

    if (insn->access_count == INSN_ACCESSES) {
        engine_stop(e, &e->exact, EVENT_BROKEN);
        engine_break(e, "an instruction makes too many accesses", va);
        return;
    }
    insn->accesses[insn->access_count].access =
        (struct mmu_access){va, size, kind};
    insn->accesses[insn->access_count++].pa = pa;
}

static void observe(struct engine *e, vaddr_t pc,
                    const struct mmu_access *access, paddr_t pa)
{
    if (e->config.observer)
        e->config.observer(e->config.observer_ctx, pc, access, pa);
}

static void observe_fetch(struct engine *e, vaddr_t pc, uint32_t size)
{
    const struct mmu_access fetch = {pc, size, MMU_EXEC};
    paddr_t pa;

    if (e->config.observer && translate(e, &fetch, &pa))
        observe(e, pc, &fetch, pa);
}

/* The instruction in flight is complete. */
static void complete(struct engine *e)
{
    struct insn *insn = &e->insn;

    if (!insn->active)
        return;
    insn->active = false;
    e->counts.instructions++;
    observe_fetch(e, insn->pc, insn->size);
    for (unsigned i = 0; i < insn->access_count; i++) {
        const struct mmu_access *access = &insn->accesses[i].access;

        if (access->kind == MMU_READ)
            e->counts.loads++;
        else
            e->counts.stores++;
        observe(e, insn->pc, access, insn->accesses[i].pa);
    }
    e->journal_used = 0;
    e->journal_has_code = false;
    e->echo.left = 0;
    if (is_arm(e) && e->thumb)
        it_pass(e, insn, insn->bytes);
    e->pc = insn->pc + insn->size;
}

/* Whether the run ends before the instruction at e->pc, and why. */
static enum event why_stop(struct engine *e)
{
    if (e->counts.instructions >= e->limit)
        return EVENT_LIMIT;
    if (e->code_changed)
        return EVENT_STALE;
    return EVENT_NONE;
}

/* Begin the instruction at @pc, whose bytes may be fetched. */
static void begin(struct engine *e, vaddr_t pc, uint32_t size)
{
    struct insn *insn = &e->insn;
    const struct mmu_access first = {pc, 2, MMU_EXEC};
    paddr_t pa;

    insn->active = true;
    insn->pc = pc;
    insn->size = size;
    insn->access_count = 0;
    find_facts(e, pc, &insn->facts);
    if (!size)
        insn->size = insn->facts.size;
    if (is_arm(e) && translate(e, &first, &pa))
        memcpy(insn->bytes, e->phys->bytes + pa, 2);
}

/*
 * Count the Thumb instructions between e->pc and @to that the engine skipped
 * because their condition failed. They are fetched and do nothing.
 */
static enum event pass_skipped(struct engine *e, vaddr_t to)
{
    while (is_arm(e) && e->thumb && e->pc < to) {
        const enum event stop = why_stop(e);

        if (stop)
            return stop;
        begin(e, e->pc, 0);
        complete(e);
    }
    return EVENT_NONE;
}

/* ---- fetch ---- */

/* Bytes the CPU must have fetched before it can know the length. */
static uint32_t undecoded_size(const struct engine *e, vaddr_t pc)
{
    uint32_t n = 0;

    for (; n < 14; n++) {
        const struct mmu_access byte = {pc + n, 1, MMU_EXEC};
        paddr_t pa;

        if (!translate(e, &byte, &pa))
            return n + 1;
        const int value = e->phys->bytes[pa];
        if (!value || !strchr(X86_PREFIXES, value))
            return value == 0x0f ? n + 2 : n + 1;
    }
    return n + 1;
}

/* The access that fetches the instruction at @pc; @size as the engine says. */
static struct mmu_access fetch_of(const struct engine *e, vaddr_t pc,
                                  uint32_t size)
{
    const struct mmu_access half = {pc, 2, MMU_EXEC};
    struct mmu_access fetch = {pc, size, MMU_EXEC};
    paddr_t pa;

    if (is_arm(e)) {
        if (e->thumb && size == 4 && !translate(e, &half, &pa))
            fetch.size = 2;
        return fetch;
    }
    if (size > 15)
        fetch.size = undecoded_size(e, pc);
    const uint32_t legal = mmu_legal_prefix(e->mmu, &fetch);
    if (legal < fetch.size)
        fetch.size = legal + 1;
    return fetch;
}

/* ---- whole operands ---- */

static uint32_t effective_address(struct engine *e, const struct decoded *f)
{
    uint32_t va = (uint32_t)f->ea_disp;

    if (f->ea_base >= 0)
        va += engine_read_reg(e, &e->exact, (unsigned)f->ea_base);
    if (f->ea_index >= 0)
        va +=
            engine_read_reg(e, &e->exact, (unsigned)f->ea_index) * f->ea_scale;
    if (f->ea_16bit)
        va &= 0xffff;
    if (f->ea_segment >= 0)
        va += engine_read_reg(e, &e->exact, (unsigned)f->ea_segment);
    return va;
}

static uint32_t divisor_of(struct engine *e, const struct decoded *f,
                           bool *known)
{
    const uint32_t mask = f->operand_size == 4 ? UINT32_MAX : 0xffff;
    uint32_t value = 0;
    paddr_t pa;

    *known = true;
    if (f->ea_scale == 0 && f->ea_base >= 0)
        return engine_read_reg(e, &e->exact, (unsigned)f->ea_base) & mask;

    const struct mmu_access access = {effective_address(e, f), f->operand_size,
                                      MMU_READ};
    *known = translate(e, &access, &pa);
    if (*known)
        phys_read(e->phys, pa, &value, f->operand_size);
    return value;
}

/* The smallest dividend by -1: the library would end the host process. */
static bool overflows(struct engine *e, const struct decoded *f)
{
    const bool wide = f->operand_size == 4;
    const uint32_t mask = wide ? UINT32_MAX : 0xffff;
    const uint32_t high = engine_read_reg(e, &e->exact, X86_EDX) & mask;
    const uint32_t low = engine_read_reg(e, &e->exact, X86_EAX) & mask;
    bool known;
    const uint32_t divisor = divisor_of(e, f, &known);

    return known && divisor == mask && low == 0 &&
           high == (wide ? 0x80000000u : 0x8000u);
}

/* False after a trap: the operand is illegal as a whole, or misaligned. */
static bool judge_operand(struct engine *e)
{
    const struct insn *insn = &e->insn;
    const struct decoded *f = &insn->facts;

    if (f->flags & DECODE_IDIV && overflows(e, f)) {
        engine_trap(e, TRAP_DIVIDE, insn->pc, insn->size);
        return false;
    }
    if (!(f->flags & (DECODE_WIDE | DECODE_SELECTOR)) || !f->operand_size)
        return true;

    const struct mmu_access access = {effective_address(e, f), f->operand_size,
                                      f->writes ? MMU_WRITE : MMU_READ};
    paddr_t pa;
    const enum mmu_fault fault = mmu_translate(e->mmu, &access, &pa);

    if (fault) {
        engine_trap_access(e, fault, &access, insn->pc, insn->size);
    } else if (f->flags & DECODE_ALIGNED && access.va % 16 != 0) {
        engine_trap(e, TRAP_ALIGNMENT, insn->pc, insn->size);
        e->trap.access = access;
        e->trap.legal = access.size;
    } else {
        if (f->flags & DECODE_WIDE)
            note_access(e, access.va, access.size, access.kind, pa);
        return true;
    }
    return false;
}

/* ---- hooks ---- */

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct engine *e = user;

    (void)uc;
    engine_end_fetch(e);
    if (e->event)
        return;
    complete(e);
    if (e->translated)
        block_mark(e, (vaddr_t)address, size);
    e->translated = false;

    const enum event stop = pass_skipped(e, e->block_end);
    if (stop) {
        engine_stop(e, &e->exact, stop);
        return;
    }
    e->pc = (vaddr_t)address;
    e->block_end = e->pc + size;
    e->block_start = true;
    read_mode(e);
}

/* The fast core may take over at the block that starts here. */
static bool may_leave(struct engine *e)
{
    struct block block = {
        .va = e->pc, .size = e->block_end - e->pc, .thumb = e->thumb};

    if (!e->block_start || e->config.observer ||
        e->counts.instructions < e->stay_until ||
        e->counts.instructions == e->entered ||
        e->limit - e->counts.instructions <= ENGINE_BLOCK_MAX)
        return false;
    block_scan(e, &block);
    return !block.careful;
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct engine *e = user;
    const vaddr_t pc = (vaddr_t)address;

    if (e->event)
        return;
    complete(e);

    enum event stop = pass_skipped(e, pc);
    if (!stop) {
        e->pc = pc;
        stop = why_stop(e);
    }
    if (!stop && may_leave(e))
        stop = EVENT_LEAVE;
    if (stop) {
        engine_stop(e, &e->exact, stop);
        return;
    }
    e->block_start = false;
    uc_context_save(uc, e->before);

    const struct mmu_access fetch = fetch_of(e, pc, size);
    paddr_t pa;
    const enum mmu_fault fault = mmu_translate(e->mmu, &fetch, &pa);
    if (fault) {
        e->insn.active = false;
        engine_trap_access(e, fault, &fetch, pc, 0);
        engine_stop(e, &e->exact, EVENT_TRAP);
        return;
    }
    begin(e, pc, fetch.size);
    if (!judge_operand(e))
        engine_stop(e, &e->exact, EVENT_TRAP);
    else if (e->insn.facts.flags & DECODE_ENDIAN) {
        engine_trap(e, TRAP_UNDEFINED, pc, e->insn.size);
        engine_stop(e, &e->exact, EVENT_TRAP);
    }
}

/* The engine's own read of a descriptor, not the guest's. */
static bool is_descriptor(const struct engine *e, vaddr_t va, uint32_t size)
{
    return e->insn.facts.flags & DECODE_SELECTOR && e->exact.private &&
           va >= ENGINE_PRIVATE &&
           va - ENGINE_PRIVATE <= ENGINE_PRIVATE_SIZE - size;
}

/* Part of the operand that judge_operand() has noted as one access. */
static bool is_piece(const struct engine *e, vaddr_t va)
{
    const struct decoded *f = &e->insn.facts;
    const struct mmu_access *whole = &e->insn.accesses[0].access;

    return f->flags & DECODE_WIDE && e->insn.access_count > 0 &&
           va - whole->va < (f->flags & DECODE_OVERREAD ? 16 : whole->size);
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
    const struct mmu_access access = {(vaddr_t)address, (uint32_t)n, MMU_READ};
    paddr_t pa;

    (void)uc, (void)type, (void)value;
    if (!e->running || is_descriptor(e, access.va, access.size))
        return true;
    if (e->event)
        return false;
    if (engine_is_echo(e, false, access.va, access.size))
        return true;

    engine_expect_echo(e, false, access.va, access.size);
    if (is_piece(e, access.va))
        return true; /* judged; or an overread, which nobody sees */

    const enum mmu_fault fault = mmu_translate(e->mmu, &access, &pa);
    if (fault)
        return refuse(e, fault, &access);
    if (!(e->insn.facts.flags & DECODE_EXCLUSIVE))
        note_access(e, access.va, access.size, MMU_READ, pa);
    return true;
}

static bool on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    struct engine *e = user;
    const struct mmu_access access = {(vaddr_t)address, (uint32_t)n, MMU_WRITE};
    paddr_t pa;

    (void)uc, (void)type;
    if (e->event)
        return false;
    if (engine_is_echo(e, true, access.va, access.size))
        return true;

    const enum mmu_fault fault = mmu_translate(e->mmu, &access, &pa);
    if (fault)
        return refuse(e, fault, &access);
    if (phys_is_code(e->phys, pa, access.size)) {
        e->journal_has_code = true;
        e->code_changed = true;
        engine_code_changed(e, &e->exact, access.va, access.size);
    }
    engine_store(e, pa, access.size, (uint64_t)value);
    if (!is_piece(e, access.va))
        note_access(e, access.va, access.size, MMU_WRITE, pa);
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
    complete(e);
    e->pc = engine_read_reg(e, &e->exact, e->isa->pc);
    engine_stop(e, &e->exact, EVENT_LOST);
    return false;
}

static void on_exception(uc_engine *uc, uint32_t number, void *user)
{
    struct engine *e = user;
    const struct insn *insn = &e->insn;
    const int cause = e->arch->cause(number);

    (void)uc;
    if (e->event)
        return;
    if (cause < 0) {
        engine_stop(e, &e->exact, EVENT_BROKEN);
        engine_break(e, "unknown exception", number);
    } else if (cause == TRAP_SYSCALL) {
        complete(e);
        engine_trap(e, TRAP_SYSCALL, e->pc, 0);
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
    if (!e->event) {
        engine_trap(e, TRAP_UNDEFINED, e->insn.pc, 0);
        engine_stop(e, &e->exact, EVENT_TRAP);
    }
    return false;
}

/* ---- the run ---- */

/* After a stop inside a block the core's IT bits are not the architecture's. */
static void mend_it(struct engine *e)
{
    const unsigned flags = e->isa->flags;

    if (!is_arm(e) || !e->thumb)
        return;
    const uint32_t cpsr = engine_read_reg(e, &e->exact, flags);
    engine_write_reg(e, &e->exact, flags, cpsr_with_it(cpsr, e->it));
}

/*
 * A context saved inside a hook holds the x86 flags where the library keeps
 * them while it runs, and a start takes them from elsewhere: settle them.
 */
static void settle_flags(struct engine *e)
{
    const unsigned flags = e->isa->flags;

    if (!is_arm(e))
        engine_write_reg(e, &e->exact, flags,
                         engine_read_reg(e, &e->exact, flags));
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

/* Nothing is mapped at e->pc, so no hook has judged its fetch. */
static enum event trap_lost(struct engine *e)
{
    const struct mmu_access fetch = {e->pc,
                                     !is_arm(e) ? 1
                                     : e->thumb ? 2
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

/* The library came back by itself: a WFI, or where emulation ends. */
static enum event came_back(struct engine *e)
{
    complete(e);
    e->pc = engine_read_reg(e, &e->exact, e->isa->pc);
    return e->pc == ENGINE_UNTIL ? trap_lost(e) : EVENT_NONE;
}

enum event engine_exact_run(struct engine *e)
{
    e->event = EVENT_NONE;
    e->echo.left = 0;
    e->insn.active = false;
    e->code_changed = false;
    e->journal_used = 0;
    e->entered = e->counts.instructions;
    e->block_end = e->pc;
    read_mode(e);

    e->running = true;
    const uc_err err = uc_emu_start(e->exact.uc, e->pc | (e->thumb ? 1 : 0),
                                    ENGINE_UNTIL, 0, 0);
    e->running = false;
    engine_end_fetch(e);
    if (e->event == EVENT_LOST) {
        read_mode(e);
        return trap_lost(e);
    }
    if (!e->event && err)
        engine_break(e, uc_strerror(err), err);
    else if (!e->event)
        return came_back(e);
    if (e->event == EVENT_TRAP && e->trap.cause != TRAP_SYSCALL)
        take_back(e);
    mend_it(e);
    return e->event;
}

static int add(struct engine *e, int type, void *callback, uint64_t from,
               uint64_t to)
{
    uc_hook hook;

    return uc_hook_add(e->exact.uc, &hook, type, callback, e, from, to)
               ? -ENOTSUP
               : 0;
}

/* A hook for no access keeps all of them off the library's shortcut. */
static void never(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                  int64_t value, void *user)
{
    (void)uc, (void)type, (void)address, (void)n, (void)value, (void)user;
}

int engine_exact_hook(struct engine *e)
{
    int err = 0;

    err |= add(e, UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_READ_UNMAPPED,
               (void *)on_load, 1, 0);
    err |= add(e, UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_WRITE_UNMAPPED,
               (void *)on_store, 1, 0);
    err |= add(e, UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch, 1, 0);
    err |= add(e, UC_HOOK_MEM_FETCH_UNMAPPED, (void *)on_fetch_unmapped, 1, 0);
    err |= add(e, UC_HOOK_MEM_WRITE, (void *)never, UINT64_MAX, UINT64_MAX);
    err |= add(e, UC_HOOK_BLOCK, (void *)on_block, 1, 0);
    err |= add(e, UC_HOOK_CODE, (void *)on_code, 1, 0);
    err |= add(e, UC_HOOK_INTR, (void *)on_exception, 1, 0);
    err |= add(e, UC_HOOK_INSN_INVALID, (void *)on_invalid, 1, 0);
    return err ? -ENOTSUP : 0;
}
