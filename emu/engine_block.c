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
    table->slots = NULL;
}

void block_table_clear(struct block_table *table)
{
    if (!table->used)
        return;
    for (uint32_t i = 0; i <= table->mask; i++)
        table->slots[i].size = 0;
    table->used = 0;
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
    struct block_table bigger = {.mask = table->mask * 2 + 1};

    bigger.slots = calloc((size_t)bigger.mask + 1, sizeof(*bigger.slots));
    if (!bigger.slots)
        return -ENOMEM;
    for (uint32_t i = 0; i <= table->mask; i++)
        if (table->slots[i].size)
            *slot_for(&bigger, table->slots[i].va) = table->slots[i];
    bigger.used = table->used;
    free(table->slots);
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

bool block_needs_care(const struct decoded *facts)
{
    return always_careful(facts) || may_misalign(facts) ||
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
 * Where accesses cost something, other pieces are for the exact core, and so is
 * PUSHA, whose stores come in the wrong order.
 */
static bool comes_in_pieces(const struct decoded *facts)
{
    return !is_pair(facts) && (facts->flags & (DECODE_WIDE | DECODE_PUSHA) ||
                               facts->pieces_load || facts->pieces_store);
}

/* What the instructions of a block cost, and whether its pieces are clear. */
static void add_charge(struct block *block, const struct charge *charge,
                       const struct decoded *facts)
{
    if (!charge)
        return;
    block->execute += charge->costs.cycles[engine_cost_of(facts->class)];
    block->paired |= is_pair(facts);
    block->careful |= comes_in_pieces(facts);
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

void block_scan(const struct engine *engine, struct block *block)
{
    const struct mmu_access fetch = {block->va, 1, MMU_EXEC};
    const struct mmu_access last = {block->va + block->size - 1, 1, MMU_EXEC};
    uint32_t at = 0, before = 0;
    bool mixed = false, mixed_pairs = false;
    paddr_t pa, pa_last;

    if (mmu_translate(engine->mmu, &fetch, &pa) ||
        mmu_translate(engine->mmu, &last, &pa_last) ||
        pa_last - pa != block->size - 1) {
        block->careful = true;
        return;
    }

    block->pa = pa;

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
    if ((block->aligned && mixed) || (block->paired && mixed_pairs))
        block->careful = true;
}

const struct block *block_learn(const struct engine *engine,
                                struct block_table *table, vaddr_t va,
                                uint32_t size, bool thumb)
{
    struct block block = {.va = va, .size = size, .thumb = thumb};

    if (table->used > table->mask / 2 && grow(table) < 0)
        return NULL;
    block_scan(engine, &block);
    block_mark(engine, va, size);

    struct block *slot = slot_for(table, va);
    if (!slot->size)
        table->used++;
    else if (slot->thumb != thumb)
        block.careful = true;
    *slot = block;
    return slot;
}
