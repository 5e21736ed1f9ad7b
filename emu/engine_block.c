/*
 * emu/engine_block.c - what is known of each block.
 *
 * Decisions:
 * - A block's instructions are counted from its bytes, once, when it is first
 *   run after a translation.
 * - A block is careful when part of it may not be fetched, when an instruction
 *   is one that only the exact core judges rightly, or when its bytes do not
 *   decode (the engine may still know the instruction).
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_START 4096u
#define RUN_REACH   64 /* bytes: what is likely to be one line */

const struct block engine_no_block;

int block_table_init(struct block_table *table)
{
    table->slots = calloc(TABLE_START, sizeof(*table->slots));
    table->mask = TABLE_START - 1;
    table->used = 0;
    return table->slots ? 0 : -ENOMEM;
}

void block_table_free(struct block_table *table)
{
    free(table->slots);
    free(table->outgrown);
    free(table->steps);
    *table = (struct block_table){0};
}

void block_table_clear(struct block_table *table)
{
    if (!table->used)
        return;
    for (uint32_t i = 0; i <= table->mask; i++)
        table->slots[i].size = 0;
    table->used = 0;
    table->step_count = 0;
}

void engine_forget_blocks(struct engine *e, const struct core *core)
{
    if (core == &e->fast)
        block_table_clear(&e->blocks);
    else if (core == &e->lean_core)
        block_table_clear(&e->lean_blocks);
}

static struct block *slot_for(struct block_table *table, vaddr_t va)
{
    uint32_t i = (va >> 1 ^ va >> 13) & table->mask;

    while (table->slots[i].size && table->slots[i].va != va)
        i = (i + 1) & table->mask;
    return &table->slots[i];
}

static int grow(struct block_table *table)
{
    struct block_table bigger = *table;

    bigger.mask = table->mask * 2 + 1;
    bigger.slots = calloc((size_t)bigger.mask + 1, sizeof(*bigger.slots));
    if (!bigger.slots)
        return -ENOMEM;
    for (uint32_t i = 0; i <= table->mask; i++)
        if (table->slots[i].size)
            *slot_for(&bigger, table->slots[i].va) = table->slots[i];
    free(table->outgrown);
    bigger.outgrown = table->slots;
    *table = bigger;
    return 0;
}

/* An absolute operand can be judged here, once. */
static bool surely_aligned(const struct decoded *facts)
{
    return facts->ea_base < 0 && facts->ea_index < 0 && facts->ea_segment < 0 &&
           (uint32_t)facts->ea_disp % facts->operand_size == 0;
}

/* Whether its operand may be misaligned, which only the exact core sees. */
static bool may_misalign(const struct decoded *facts)
{
    return facts->flags & DECODE_ALIGNED && !surely_aligned(facts);
}

static bool always_careful(const struct decoded *facts)
{
    const unsigned careful = DECODE_SPARSE | DECODE_SELECTOR | DECODE_ENDIAN |
                             DECODE_HINT | DECODE_FLAGS;

    return facts->flags & careful ||
           (facts->flags & DECODE_WIDE && !facts->pieces_load &&
            !facts->pieces_store);
}

bool block_needs_care(const struct decoded *facts, bool is_foreseen)
{
    return always_careful(facts) || (may_misalign(facts) && !is_foreseen) ||
           facts->flags & DECODE_REP_SCAN;
}

bool block_divides_safely(const struct decoded *facts, const uint8_t *before,
                          uint32_t before_size)
{
    if (!(facts->flags & DECODE_IDIV))
        return true;
    if (facts->operand_size == 4)
        return before_size == 1 && before[0] == 0x99;
    return before_size == 2 && before[0] == 0x66 && before[1] == 0x99;
}

/* What @facts adds to what is known of @block. */
static void add_facts(struct block *block, const struct decoded *facts)
{
    if (always_careful(facts) || facts->flags & DECODE_EXCLUSIVE)
        block->careful = true;
    if (facts->pieces_load)
        block->extra_loads =
            (uint16_t)(block->extra_loads + facts->pieces_load - 1);
    if (facts->pieces_store)
        block->extra_stores =
            (uint16_t)(block->extra_stores + facts->pieces_store - 1);
    if (may_misalign(facts))
        block->aligned = true;
    block->special |=
        block->extra_loads || block->extra_stores || block->aligned;
}

/*
 * Whether an x86 instruction may make an 8-byte access that is not half of an
 * aligned operand: all that can begin with 0F or are x87's.
 */
static bool may_move_eight(const struct decoded *facts, const uint8_t *bytes)
{
    uint32_t at = 0;

    if (facts->flags & DECODE_ALIGNED)
        return false;
    while (at < facts->size && bytes[at] && strchr(X86_PREFIXES, bytes[at]))
        at++;
    return at < facts->size && (bytes[at] == 0x0f || bytes[at] >> 3 == 0x1b);
}

/* An operand of 16 bytes that comes as two accesses of 8. */
static bool is_pair(const struct decoded *facts)
{
    return facts->flags & DECODE_WIDE && !(facts->flags & DECODE_OVERREAD) &&
           facts->operand_size == 16 &&
           (facts->pieces_load == 2 || facts->pieces_store == 2);
}

/*
 * Where accesses cost something and are not foreseen, other pieces are for the
 * exact core, and so is PUSHA, whose stores come in the wrong order.
 */
static bool comes_in_pieces(const struct decoded *facts)
{
    return !is_pair(facts) && (facts->flags & (DECODE_WIDE | DECODE_PUSHA) ||
                               facts->pieces_load || facts->pieces_store);
}

/* What the instructions of a block cost. */
static void add_charge(struct block *block, const struct charge *charge,
                       const struct decoded *facts)
{
    if (!charge)
        return;
    block->execute += charge->costs.cycles[engine_cost_of(facts->class)];
    block->paired |= is_pair(facts);
}

void block_mark(const struct engine *engine, vaddr_t va, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        const struct mmu_access fetch = {va + i, 1, MMU_EXEC};
        paddr_t pa;

        if (mmu_translate(engine->mmu, &fetch, &pa))
            return;
        phys_mark_code(engine->phys, pa, 1);
    }
}

/* All of its bytes may be legal, and yet not as one instruction. */
static bool leaves_segment(const struct engine *engine, vaddr_t va,
                           uint32_t size)
{
    const struct mmu_access fetch = {va, size, MMU_EXEC};
    paddr_t pa;

    return mmu_translate(engine->mmu, &fetch, &pa) != MMU_FAULT_NONE;
}

void block_scan(const struct engine *engine, struct block *block,
                bool is_foreseen)
{
    const struct mmu_access fetch = {block->va, 1, MMU_EXEC};
    const struct mmu_access last = {block->va + block->size - 1, 1, MMU_EXEC};
    uint32_t at = 0, before = 0;
    bool mixed = false, mixed_pairs = false, unclear = false;
    paddr_t pa, pa_last;

    if (mmu_translate(engine->mmu, &fetch, &pa) ||
        mmu_translate(engine->mmu, &last, &pa_last) ||
        pa_last - pa != block->size - 1) {
        block->careful = true;
        return;
    }

    block->pa = pa;
    block->first_line = pa >> engine->uncharged.line_bits;
    block->last_line = pa_last >> engine->uncharged.line_bits;

    const uint8_t *bytes = engine->phys->bytes + pa;
    while (at < block->size) {
        struct decoded facts;

        if (!decode_insn(engine->decoder, bytes + at, block->size - at,
                         block->va + at, block->thumb, &facts)) {
            block->careful = true;
            return;
        }
        add_facts(block, &facts);
        add_charge(block, engine->config.charge, &facts);
        unclear |= engine->config.charge && comes_in_pieces(&facts);
        if (leaves_segment(engine, block->va + at, facts.size))
            block->careful = true;
        if (!block_divides_safely(&facts, bytes + before, at - before))
            block->careful = true;
        mixed |= may_move_eight(&facts, bytes + at);
        mixed_pairs |= !is_pair(&facts) && may_move_eight(&facts, bytes + at);
        block->insns++;
        before = at;
        at += facts.size;
    }
    unclear |= (block->aligned && mixed) || (block->paired && mixed_pairs);
    block->careful |= unclear && !is_foreseen;
}

struct block *block_learn(const struct engine *engine,
                          struct block_table *table, vaddr_t va, uint32_t size,
                          bool thumb)
{
    struct block block = {.va = va, .size = size, .thumb = thumb};

    if (table->used > table->mask / 2 && grow(table) < 0)
        return NULL;
    block_scan(engine, &block, table == &engine->lean_blocks);
    block_mark(engine, va, size);

    struct block *slot = slot_for(table, va);
    if (!slot->size)
        table->used++;
    else if (slot->thumb != thumb)
        block.careful = true;
    *slot = block;
    return slot;
}

/* ---- what it will access ---- */

static bool lift_all(const struct engine *engine, const struct block *block,
                     struct lift *lift)
{
    const uint8_t *bytes = engine->phys->bytes + block->pa;
    struct decoded facts;

    lift_begin(lift, engine->config.charge != NULL);
    for (uint32_t at = 0; at < block->size && !lift->failed; at += facts.size) {
        const vaddr_t pc = block->va + at;

        if (!decode_insn(engine->decoder, bytes + at, block->size - at, pc,
                         block->thumb, &facts))
            return false;
        engine->arch->lift(lift, bytes + at, facts.size, pc, block->thumb);
    }
    return lift_end(lift);
}

/* Room for @count steps more. */
static int grow_steps(struct block_table *table, uint32_t count)
{
    const uint32_t room = (table->step_room + count) * 2;
    struct step *steps;

    if (table->step_count + count <= table->step_room)
        return 0;
    steps = realloc(table->steps, room * sizeof(*steps));
    if (!steps)
        return -ENOMEM;
    table->steps = steps;
    table->step_room = room;
    return 0;
}

/* Where @value is as a block starts, or will be. */
static uint32_t *place_of(struct engine *engine, uint16_t value)
{
    const unsigned stride = engine->isa->thumb_flag ? 1 : 2;

    if (value < VALUE_ZERO)
        return engine->lean_core.regs + value * stride;
    return &engine->values[value == VALUE_UNKNOWN ? VALUE_ZERO : value];
}

static struct step put_places(struct engine *engine,
                              const struct forecast_step *step)
{
    return (struct step){.a = place_of(engine, step->a),
                         .b = place_of(engine, step->b),
                         .c = place_of(engine, step->c),
                         .dst = place_of(engine, step->dst),
                         .plus = step->plus,
                         .op = step->op,
                         .shift = step->shift,
                         .size = step->size,
                         .misaligned =
                             (uint16_t)(step->aligned ? step->size - 1 : 0),
                         .is_known = step->c != VALUE_UNKNOWN};
}

static bool reads(const struct forecast_step *step, uint16_t value)
{
    return step->a == value || step->b == value || step->c == value;
}

static void add_step(struct block *block, const struct forecast_step *step)
{
    block->asks_flags |= reads(step, VALUE_FLAGS);
    block->asks_bases |= reads(step, VALUE_FS) || reads(step, VALUE_GS);
    block->only_accesses &= (step->op == STEP_LOAD || step->op == STEP_STORE) &&
                            !step->aligned && !block->asks_bases;
}

static bool joins(const struct step *first, const struct step *step)
{
    return step->op == first->op && step->a == first->a &&
           step->b == first->b && step->shift == first->shift;
}

/* Begin a run at @step, of at most @count steps. */
static void find_run(struct step *step, uint32_t count)
{
    int64_t low = 0, high = step->size;

    step->run = 1;
    for (; step->run < count && joins(step, step + step->run); step->run++) {
        const struct step *next = step + step->run;
        const int32_t at = (int32_t)(next->plus - step->plus);
        const int64_t new_low = at < low ? at : low;
        const int64_t new_high =
            at + next->size > high ? (int64_t)at + next->size : high;

        if (new_high - new_low > RUN_REACH)
            break;
        low = new_low;
        high = new_high;
    }
    step->reach = (uint16_t)(high - low);
    step->down = (uint32_t)-low;
}

static void find_runs(struct step *step, uint32_t count)
{
    const struct step *end = step + count;

    for (; step < end; step += step->run)
        find_run(step, (uint32_t)(end - step));
}

/* The one value that decides which places the steps load from, or NULL. */
static const uint32_t *only_reg(const struct engine *engine,
                                const struct step *steps, uint32_t count)
{
    const uint32_t *zero = &engine->values[VALUE_ZERO];
    const uint32_t *only = zero;

    for (uint32_t i = 0; i < count; i++) {
        if (steps[i].op != STEP_LOAD || steps[i].b != zero ||
            (only != zero && steps[i].a != zero && steps[i].a != only))
            return NULL;
        if (steps[i].a != zero)
            only = steps[i].a;
    }
    return only;
}

void block_foresee(struct engine *engine, struct block_table *table,
                   struct block *block)
{
    struct lift lift;

    if (block->careful || !lift_all(engine, block, &lift) ||
        grow_steps(table, lift.count))
        return;
    block->only_accesses = true;
    for (unsigned i = 0; i < lift.count; i++) {
        table->steps[table->step_count + i] =
            put_places(engine, &lift.steps[i]);
        add_step(block, &lift.steps[i]);
    }
    block->first_step = table->step_count;
    block->step_count = lift.count;
    block->only_reg =
        only_reg(engine, table->steps + block->first_step, lift.count);
    if (block->only_accesses)
        find_runs(table->steps + block->first_step, lift.count);
    block->foreseen = true;
    table->step_count += lift.count;
}
