/*
 * emu/engine_insn.c - the exact core's instruction in flight: what it is, what
 * it fetches and touches, when it counts. No Unicorn here.
 *
 * Decisions:
 * - The library skips its hook for Thumb instructions whose IT condition fails,
 *   and its IT bits are stale inside a block: both are worked out here.
 * - An operand that the engine touches in pieces is judged whole before the
 *   instruction begins (README, "What one access is").
 * - An x86 instruction that does not fit before the end of a segment is a
 *   fetch up to the first byte outside, so that no byte behind it matters; ARM
 *   fetches words, Thumb halfwords.
 */
#include "emu/engine_internal.h"

#include <string.h>

#define X86_VM 0x00020000u /* of EFLAGS */

bool insn_is_arm(const struct engine *e)
{
    return e->isa->thumb_flag != 0;
}

/* ---- Thumb's IT state ---- */

static uint8_t it_of_cpsr(uint32_t cpsr)
{
    return (uint8_t)((cpsr >> 8 & 0xfc) | (cpsr >> 25 & 3));
}

uint32_t insn_cpsr_with_it(uint32_t cpsr, uint8_t it)
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

void insn_read_mode(struct engine *e)
{
    if (!insn_is_arm(e))
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
    const uint32_t place = insn_is_arm(e) ? pc >> 1 : pc;
    struct decode_slot *slot = &e->decoded[place % DECODE_SLOTS];
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

void insn_note_access(struct engine *e, const struct mmu_access *access,
                      paddr_t pa)
{
    struct insn *insn = &e->insn;

    if (insn->access_count == INSN_ACCESSES) {
        engine_stop(e, &e->exact, EVENT_BROKEN);
        engine_break(e, "an instruction makes too many accesses", access->va);
        return;
    }
    insn->accesses[insn->access_count].access = *access;
    insn->accesses[insn->access_count++].pa = pa;
}

/* Show an access, then charge it. */
static void tell(struct engine *e, vaddr_t pc, const struct mmu_access *access,
                 paddr_t pa)
{
    if (e->config.observer)
        e->config.observer(e->config.observer_ctx, pc, access, pa);
    if (e->config.charge)
        charge_access(e->config.charge, e->mmu, access, pa);
}

static void tell_fetch(struct engine *e, const struct insn *insn)
{
    const struct mmu_access fetch = {insn->pc, insn->size, MMU_EXEC};
    paddr_t pa;

    if (!e->config.observer && !e->config.charge)
        return;
    if (translate(e, &fetch, &pa))
        tell(e, insn->pc, &fetch, pa);
    if (e->config.charge)
        charge_execute(e->config.charge, engine_cost_of(insn->facts.class));
}

/* The instruction in flight is complete. */
void insn_complete(struct engine *e)
{
    struct insn *insn = &e->insn;

    if (!insn->active)
        return;
    insn->active = false;
    e->mend.due = e->mend.expected;
    e->counts.instructions++;
    tell_fetch(e, insn);
    engine_note(e, insn->pc, MMU_EXEC);
    for (unsigned i = 0; i < insn->access_count; i++) {
        const struct mmu_access *access = &insn->accesses[i].access;

        if (access->kind == MMU_READ)
            e->counts.loads++;
        else
            e->counts.stores++;
        tell(e, insn->pc, access, insn->accesses[i].pa);
        engine_note(e, access->va, access->kind);
    }
    e->journal_used = 0;
    e->echo.left = 0;
    if (insn_is_arm(e) && e->thumb)
        it_pass(e, insn, insn->bytes);
    e->pc = insn->pc + insn->size;
    e->follows = e->pc;
}

/* Whether the run ends before the instruction at e->pc, and why. */
enum event insn_why_stop(struct engine *e)
{
    if (engine_is_at_limit(e))
        return EVENT_LIMIT;
    if (e->code_changed || e->mend.due)
        return EVENT_STALE;
    if (engine_timer_fires(e, e->pc))
        return EVENT_TIMER;
    return EVENT_NONE;
}

void insn_look(struct engine *e, vaddr_t pc)
{
    e->insn.access_count = 0;
    find_facts(e, pc, &e->insn.facts);
}

/* Begin the instruction at @pc, whose bytes may be fetched. */
void insn_begin(struct engine *e, vaddr_t pc, uint32_t size)
{
    struct insn *insn = &e->insn;
    const struct mmu_access first = {pc, 2, MMU_EXEC};
    paddr_t pa;

    insn->active = true;
    insn->pc = pc;
    insn->size = size;
    insn->access_count = 0;
    e->mend = (struct mend){0};
    find_facts(e, pc, &insn->facts);
    if (!size)
        insn->size = insn->facts.size;
    if (insn_is_arm(e) && translate(e, &first, &pa))
        memcpy(insn->bytes, e->phys->bytes + pa, 2);
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

/*
 * The access that fetches the x86 instruction at @pc: all of it; or up to the
 * first byte outside, if it does not end before; or what shows that it is none.
 */
static struct mmu_access fetch_x86(struct engine *e, vaddr_t pc)
{
    const struct mmu_access longest = {pc, 15, MMU_EXEC};
    struct mmu_access fetch = {pc, 1, MMU_EXEC};
    struct decoded facts;
    paddr_t pa;

    find_facts(e, pc, &facts);
    if (facts.size) {
        fetch.size = facts.size;
    } else if (translate(e, &fetch, &pa)) {
        const uint32_t legal = mmu_legal_prefix(e->mmu, &longest);

        fetch.size = decode_is_cut(e->phys->bytes + pa, legal)
                         ? legal + 1
                         : undecoded_size(e, pc);
    }
    return fetch;
}

/* The access that fetches the instruction at @pc; @size as the engine says. */
struct mmu_access insn_fetch(struct engine *e, vaddr_t pc, uint32_t size)
{
    const struct mmu_access half = {pc, 2, MMU_EXEC};
    struct mmu_access fetch = {pc, size, MMU_EXEC};
    paddr_t pa;

    if (!insn_is_arm(e))
        return fetch_x86(e, pc);
    if (e->thumb && size == 4 && !translate(e, &half, &pa))
        fetch.size = 2;
    return fetch;
}

/* The fetch of a Thumb instruction that the library passes over. */
static struct mmu_access fetch_skipped(struct engine *e, vaddr_t pc)
{
    struct decoded facts;

    find_facts(e, pc, &facts); /* none when its second half is outside */
    return insn_fetch(e, pc, facts.size ? facts.size : 4);
}

/*
 * Count the Thumb instructions between e->pc and @to that the engine skipped
 * because their condition failed. They are fetched and do nothing.
 */
enum event insn_pass_skipped(struct engine *e, vaddr_t to)
{
    while (insn_is_arm(e) && e->thumb && e->pc < to) {
        const enum event stop = insn_why_stop(e);
        const struct mmu_access fetch = fetch_skipped(e, e->pc);
        paddr_t pa;

        if (stop)
            return stop;

        const enum mmu_fault fault = engine_judge(e, &fetch, &pa);
        if (fault) {
            engine_trap_access(e, fault, &fetch, e->pc, 0);
            return EVENT_TRAP;
        }
        insn_begin(e, e->pc, fetch.size);
        insn_complete(e);
    }
    return EVENT_NONE;
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
                                      MMU_READ, (enum mmu_use)f->use_load};
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

/*
 * IRET with the VM flag on the stack. From ring 3 a CPU ignores that flag; the
 * library would go to virtual-8086 mode, in which any selector is a base.
 */
static bool enters_v86(struct engine *e, const struct decoded *f)
{
    const struct mmu_access flags = {effective_address(e, f), 4, MMU_READ,
                                     MMU_USE_STACK};
    paddr_t pa;

    return translate(e, &flags, &pa) && phys_read32(e->phys, pa) & X86_VM;
}

/* The access that the whole operand is. */
static struct mmu_access operand_of(struct engine *e, const struct decoded *f)
{
    return (struct mmu_access){
        .va = effective_address(e, f),
        .size = f->operand_size,
        .kind = f->writes ? MMU_WRITE : MMU_READ,
        .use = (enum mmu_use)(f->writes ? f->use_store : f->use_load),
    };
}

void insn_trap_misaligned(struct engine *e)
{
    const struct insn *insn = &e->insn;
    const struct mmu_access access = operand_of(e, &insn->facts);

    engine_trap(e, TRAP_ALIGNMENT, insn->pc, insn->size);
    if (!access.size)
        return;
    e->trap.access = access;
    e->trap.legal = mmu_legal_prefix(e->mmu, &access);
}

/* False after a trap: one of the stores, in the architecture's order. */
static bool judge_pusha(struct engine *e)
{
    const uint32_t size = e->insn.facts.operand_size;
    const uint32_t top = engine_read_reg(e, &e->exact, X86_ESP);

    for (uint32_t i = 1; i <= 8; i++) {
        const struct mmu_access access = {top - i * size, size, MMU_WRITE,
                                          MMU_USE_STACK};
        paddr_t pa;
        const enum mmu_fault fault = engine_judge(e, &access, &pa);

        if (fault) {
            engine_trap_access(e, fault, &access, e->insn.pc, e->insn.size);
            return false;
        }
        insn_note_access(e, &access, pa);
    }
    return true;
}

/* False after a trap: the operand is illegal as a whole, or misaligned. */
bool insn_judge_operand(struct engine *e)
{
    const struct insn *insn = &e->insn;
    const struct decoded *f = &insn->facts;

    if (f->flags & DECODE_IDIV && overflows(e, f)) {
        engine_trap(e, TRAP_DIVIDE, insn->pc, insn->size);
        return false;
    }
    if (f->flags & DECODE_IRET && enters_v86(e, f)) {
        engine_trap(e, TRAP_PRIVILEGED, insn->pc, insn->size);
        return false;
    }
    if (f->flags & DECODE_PUSHA)
        return judge_pusha(e);
    if (f->flags & DECODE_SHIFT)
        mend_expect(e, effective_address(e, f));
    if (!(f->flags & (DECODE_WIDE | DECODE_SELECTOR)) || !f->operand_size)
        return true;

    const struct mmu_access access = operand_of(e, f);
    paddr_t pa;
    const enum mmu_fault fault = f->flags & DECODE_WIDE
                                     ? engine_judge(e, &access, &pa)
                                     : mmu_translate(e->mmu, &access, &pa);

    if (fault) {
        engine_trap_access(e, fault, &access, insn->pc, insn->size);
    } else if (f->flags & DECODE_ALIGNED && access.va % 16 != 0) {
        engine_trap(e, TRAP_ALIGNMENT, insn->pc, insn->size);
        e->trap.access = access;
        e->trap.legal = access.size;
    } else {
        if (f->flags & DECODE_WIDE)
            insn_note_access(e, &access, pa);
        return true;
    }
    return false;
}
