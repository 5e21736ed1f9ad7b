/*
 * emu/engine_internal.h - the parts of the engine, for emu/engine_*.c only.
 *
 * An engine is three Unicorn instances (cores) over the same physical memory:
 *
 *   lean   Looks at what a page cannot decide, and is told of no load; under a
 *          timer, or where instructions cost something, it counts them and
 *          foresees what each block will access. Runs when nobody needs more,
 *          after the program has run for a while.
 *   fast   Judges every access in a hook, counts by block. Its registers are
 *          exact at block starts only, so it keeps a checkpoint and a journal
 *          of overwritten bytes.
 *   exact  Also stops at every instruction, so that registers, flags and
 *          memory before each instruction are known.
 *
 * When anything unusual happens in the lean core, memory and registers go back
 * to a copy, and the fast core runs the same way; or, where it counts, by the
 * journal, and the exact core does. When it happens in the fast core (an
 * illegal access, an exception, a store into the running block) it takes no
 * decision: the journal is undone, the checkpoint goes to the exact core, and
 * that runs forward to the same point and decides. Hence both always agree.
 *
 *   engine_core.c   the public interface, the way between the cores
 *   engine_span.c   the segments of the address space, in order (no Unicorn)
 *   engine_window.c how a core sees the address space; translated code
 *   engine_use.c    the same where the use of an access selects its segment
 *   engine_stage.c  what windows show where they show no segments
 *   engine_access.c the journal of stores, echoes, traps
 *   engine_fast.c   hooks and run of the fast core
 *   engine_exact.c  hooks and run of the exact core
 *   engine_lean.c   hooks and run of the lean core
 *   engine_lean_when.c  when that may run
 *   engine_forecast.c   its hook of blocks where it counts
 *   engine_registers.c  where the library keeps the registers
 *   engine_tlb.c    pages of the lean core that are stored to unasked
 *   engine_insn.c   the instruction in flight in the exact core
 *   engine_charge.c what instructions cost in a core that runs ahead
 *   engine_timer.c  moments of the clock, which such a core may pass
 *   engine_copy.c   the copy that the lean core goes back to
 *   engine_inject.c an access that is refused although it is legal
 *   engine_hook.c   adding hooks, and those that cores share
 *   engine_watch.c  what is no instruction never reaches the library
 *   engine_block.c  what is known of each block (no Unicorn)
 *   engine_x86.c, engine_arm.c   user mode, register numbers, exceptions
 *
 * Layer: emu/.
 */
#ifndef EMU_ENGINE_INTERNAL_H
#define EMU_ENGINE_INTERNAL_H

#include "emu/engine_state.h"

#include <string.h>

/* The cost of an instruction of @class: both are in the same order. */
static inline enum cost engine_cost_of(enum decode_class class)
{
    return (enum cost)(COST_execute_simple + (unsigned)class);
}

_Static_assert(COST_execute_float_divide - COST_execute_simple ==
                   DECODE_FLOAT_DIVIDE,
               "a cost for each class");

/* engine_core.c */

/* Say what contradicts the model; the run ends with ENGINE_BROKEN. */
void engine_break(struct engine *engine, const char *what, uint32_t number);

/* Stop @core at once from inside a hook, for @event. */
void engine_stop(struct engine *engine, struct core *core, enum event event);

/* Nothing that is translated in @core is to be run again. */
void engine_drop_code(struct engine *engine, struct core *core);

/* [va, va + size) was code and has changed; works inside a hook of @core. */
void engine_code_changed(struct engine *engine, struct core *core, vaddr_t va,
                         uint32_t size);

/* What the timer and the due go by; a core may run ahead of the charge. */
static inline uint64_t engine_clock(const struct engine *engine)
{
    return engine->config.charge ? engine->config.charge->clock.now
                                 : engine->counts.instructions;
}

/*
 * Whether the timer fires before the instruction at @pc. What runs again has
 * been charged before: the clock is ahead, and says nothing.
 */
static inline bool engine_timer_fires(const struct engine *engine, vaddr_t pc)
{
    return engine_clock(engine) >= engine->timer &&
           engine->again_to == NO_REPEAT && engine->follows != FOLLOWS_NONE &&
           engine->follows != pc;
}

/* Whether the run ends before the next instruction. */
static inline bool engine_is_at_limit(const struct engine *engine)
{
    return engine->counts.instructions >= engine->limit ||
           engine_clock(engine) >= engine->due;
}

/* Perform and journal a legal store. The journal must have room. */
void engine_store(struct engine *engine, paddr_t pa, uint32_t size,
                  uint64_t value);

static inline void engine_put_bytes(uint8_t *at, uint32_t size, uint64_t value)
{
    switch (size) {
    case 1:
        *at = (uint8_t)value;
        break;
    case 2:
        memcpy(at, &value, 2);
        break;
    case 4:
        memcpy(at, &value, 4);
        break;
    default:
        memcpy(at, &value, size);
        break;
    }
}

/*
 * engine_store() where no code is, inlined: the old bytes are read as one word.
 * Hot.
 */
static inline void engine_put(struct engine *e, paddr_t pa, uint32_t size,
                              uint64_t value)
{
    uint8_t *at = e->phys->bytes + pa;
    struct journal_entry *entry = &e->journal[e->journal_used++];

    entry->pa = pa;
    entry->size = size;
    memcpy(&entry->old, at, sizeof(entry->old)); /* into the slack at worst */
    engine_put_bytes(at, size, value);
    if (__builtin_expect(e->journal_used > JOURNAL_SOFT, 0))
        e->pause_at = 0;
}

/* Undo the journal. */
void engine_undo(struct engine *engine);

/* What the current core holds is what a roll back goes back to. */
void engine_take_checkpoint(struct engine *engine);

/* Back to the checkpoint: memory, counters, registers. */
void engine_roll_back(struct engine *engine);

/* The access is an echo of one already announced; consumes it. */
bool engine_is_echo(struct engine *engine, bool store, vaddr_t va,
                    uint32_t size);

/* Expect the echoes of the access just announced, if it has any. */
void engine_expect_echo(struct engine *engine, bool store, vaddr_t va,
                        uint32_t size);

bool engine_is_thumb(struct engine *engine, struct core *core);

/* Bytes of the system-call instruction: int $0x80, svc. */
uint32_t engine_call_size(struct engine *engine, struct core *core);

/* Inside an IT block the IT bits of a core are not exact. */
bool engine_in_it_block(struct engine *engine, struct core *core);

uint32_t engine_read_reg(struct engine *engine, struct core *core,
                         unsigned reg);
void engine_write_reg(struct engine *engine, struct core *core, unsigned reg,
                      uint32_t value);

/* Fill engine->trap for @cause at the instruction @pc. */
void engine_trap(struct engine *engine, enum trap_cause cause, vaddr_t pc,
                 uint32_t insn_size);

/* The same for an access that the MMU refused. */
void engine_trap_access(struct engine *engine, enum mmu_fault fault,
                        const struct mmu_access *access, vaddr_t pc,
                        uint32_t insn_size);

/* Watch a byte being fetched for translation; and when that is over. */
void engine_watch_fetch(struct engine *engine, vaddr_t va);
void engine_end_fetch(struct engine *engine);

/* engine_fast.c, engine_exact.c: hooks, and one run until an event. */
int engine_fast_hook(struct engine *engine);
int engine_exact_hook(struct engine *engine);
enum event engine_fast_run(struct engine *engine);

/* Look at each instruction in the fast core, or at none. 0 or -ENOTSUP. */
int engine_fast_look(struct engine *engine, bool look);
enum event engine_exact_run(struct engine *engine);

/* engine_hook.c */

struct hook_row {
    int type;       /* the library's name for when to call */
    void *callback; /* whose signature follows from the type */
};

#define HOOK_ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Hook all addresses; @user is handed to each callback. 0 or -ENOTSUP. */
int engine_add_hooks(struct core *core, const struct hook_row *rows,
                     size_t count, void *user);

/* A hook for no access keeps all of them off the library's shortcut. */
int engine_hook_nothing(struct core *core);

/* Compare each loaded value with memory at the pa (--paranoid). */
int engine_hook_loads(struct engine *engine, struct core *core);

/* Make @core anew, with its registers. False: the host could not. */
bool engine_reopen(struct engine *engine, struct core *core);

/* engine_window.c */

/* Show @core the segments of the bound MMU. 0, -ENOMEM or -ENOTSUP. */
int engine_core_bind(struct engine *engine, struct core *core);

/* The segment that is most likely to hold @va. Hot. */
static inline const struct span_cache *engine_span(const struct engine *engine,
                                                   vaddr_t va)
{
    const struct span_map *map = &engine->spans;

    return &map->entries[va >> map->shift & (SPAN_SLOTS - 1)];
}

/* Whether all of [va, va + size) lies in @span and may be accessed so. Hot. */
static inline bool engine_span_holds(const struct span_cache *span, vaddr_t va,
                                     uint32_t size, unsigned prot)
{
    return size <= span->bounds && va - span->va <= span->bounds - size &&
           (span->prot & prot) == prot;
}

/*
 * @core has translated @size bytes of code. The library does not give room back
 * for code that is dropped, and where its buffer of 1 GiB is full 2.0.1 ends
 * the host process: true when the run must stop, for the core to be made anew.
 * Counted on the high side.
 */
static inline bool engine_made(struct core *core, uint32_t size)
{
    core->made += 1024u + 192u * (uint64_t)size;
    return core->made > MADE_MAX;
}

/* engine_span.c */

/* List the segments of the bound MMU. 0, or -ENOMEM and it is broken. */
int engine_map_spans(struct engine *engine);

/* The number of the first one in the list that begins at @va or above. */
unsigned engine_list_find(const struct engine *engine, uint64_t va);

/* Whether a segment begins at @va; and whether one does where @span ends. */
bool engine_segment_begins(const struct engine *engine, vaddr_t va);
bool engine_is_followed(const struct engine *engine,
                        const struct mmu_span *span);

/*
 * A complete access of @kind to the segment of @va: slow, but the first time.
 * Only the exact core notes, and only for an instruction that is complete: one
 * that traps leaves no trace in a descriptor either.
 */
void engine_note_use(struct engine *engine, vaddr_t va, enum mmu_prot kind);

/* Let the slots show whose copies are at hand now, where that is charged. */
void engine_follow_copies(struct engine *engine);

/*
 * Whether the segment of the legal @access has noted such a use already, holds
 * all of it and, where that is charged, has a copy at hand. Slow.
 */
bool engine_is_noted(const struct engine *engine,
                     const struct mmu_access *access);

/* Note it if that has not been done. Hot. */
static inline void engine_note(struct engine *engine, vaddr_t va,
                               enum mmu_prot kind)
{
    const struct span_cache *span = engine_span(engine, va);

    if (!engine_span_holds(span, va, 1, kind))
        engine_note_use(engine, va, kind);
}

/* engine_inject.c */

/* mmu_translate() for an access of the guest's, in the exact core. */
enum mmu_fault engine_judge(struct engine *engine,
                            const struct mmu_access *access, paddr_t *pa);

/* Whether the fast core might run past the access that is to be refused. */
bool engine_inject_is_near(const struct engine *engine);

/* engine_use.c: where the use of an access selects its segment */

/* The use of an access of @kind by the instruction in flight. */
enum mmu_use engine_use(const struct engine *engine, enum mmu_prot kind);

/* Put the ranges that have any byte into engine->list. 0 or -ENOMEM. */
int engine_use_list(struct engine *engine);

/* The host's side of the window address @va of @span. */
uint8_t *engine_use_window(const struct engine *engine,
                           const struct mmu_span *span, vaddr_t va);

/* engine_stage.c */

/* Reserve a stage, if that has not been done. Returns 0 or -ENOMEM. */
int engine_stage_open(struct stage *stage, uint64_t size);
void engine_stage_close(struct stage *stage);

/* Give the host back what memory [va, va + size) has. */
void engine_stage_discard(struct stage *stage, vaddr_t va, uint32_t size);

/* Let the library find the @size legal bytes of @va, which lie at @pa. */
void engine_stage_put(struct engine *engine, vaddr_t va, paddr_t pa,
                      uint32_t size);

/* The same for a load in a crowd. Hot: more bytes than asked for do no harm. */
static inline void engine_stage_load(struct engine *engine, vaddr_t va,
                                     paddr_t pa, uint32_t size)
{
    memcpy(engine->crowd_stage.bytes + va, engine->phys->bytes + pa,
           size <= 8 ? 8 : size);
}

/* Let the library find the bytes of the load @access, as far as they are
 * legal. */
void engine_stage_show(struct engine *engine, const struct mmu_access *access);

/* The same for code at @va, which is about to be translated. */
void engine_stage_show_code(struct engine *engine, vaddr_t va);

/* engine_copy.c */

/* Make room for a copy of the bound address space. Returns 0 or -ENOMEM. */
int engine_copy_room(const struct engine *engine, struct space_copy *copy);
void engine_copy_take(const struct engine *engine, struct space_copy *copy);
void engine_copy_restore(const struct engine *engine,
                         const struct space_copy *copy);
void engine_copy_free(struct space_copy *copy);

/* engine_charge.c (no Unicorn) */

/* Returns 0 or -ENOMEM. */
int engine_charge_init(struct engine *engine);
void engine_charge_free(struct engine *engine);

/* Whether only the exact core can charge the process that is bound. */
bool engine_charge_wants_exact(const struct engine *engine);

/* Count, once, the loads and stores noted since the checkpoint. */
void engine_charge_count(struct engine *engine);

/* With a checkpoint: everything is charged so far. */
void engine_charge_mark(struct engine *engine);

/*
 * Charge what has run since then; or forget it. False: it has run past a
 * moment, is charged as far as engine->again_to, and must go back there.
 */
bool engine_charge_commit(struct engine *engine);
void engine_charge_forget(struct engine *engine);

/* Fetch all of @block. False when a fetch misses: it must not run here. */
bool engine_charge_block(struct engine *engine, const struct block *block);

/*
 * Fetch @block where that changes nothing: from the lines that
 * engine_charge_block() fetched last, any of them on to the same end, or from
 * lines that are in front. False: it may change something. Hot.
 */
static inline bool engine_charge_again(struct engine *engine,
                                       const struct block *block)
{
    struct uncharged *u = &engine->uncharged;

    if ((block->last_line != u->last_line ||
         block->first_line < u->first_line) &&
        !cache_are_in_front(u->level, block->first_line, block->last_line))
        return false;
    u->half = false;
    u->execute += block->execute;
    return true;
}

/*
 * After a miss: instructions until which the exact core keeps on, since it is
 * cheaper than to be called again soon.
 */
uint64_t engine_charge_stay(struct engine *engine);

/* A legal load or store. False: no room. Hot. */
static inline bool engine_charge_item(struct engine *engine, paddr_t pa,
                                      uint32_t size, bool is_store)
{
    struct uncharged *u = &engine->uncharged;
    struct noted *noted = &u->noted;
    const uint32_t line = pa >> u->data_bits;
    const bool is_in_line = (pa + size - 1) >> u->data_bits == line;

    if (line == noted->data_line && (noted->data_dirty || !is_store) &&
        is_in_line) {
        noted->again[is_store]++;
        return true;
    }
    if (noted->count == UNCHARGED_MAX)
        return false;
    u->items[noted->count++] = (struct memsys_item){
        pa, (uint16_t)size, (uint16_t)(is_store ? MMU_WRITE : MMU_READ)};
    noted->data_dirty = is_store;
    noted->data_line = u->filters && is_in_line ? line : NO_DATA_LINE;
    if (noted->count > UNCHARGED_SOFT)
        engine->pause_at = 0;
    return true;
}

/*
 * The same as the library tells of it in the block that runs: of 16 bytes in
 * two halves. Hot.
 */
static inline bool engine_charge_note(struct engine *engine, paddr_t pa,
                                      uint32_t size, enum mmu_prot kind)
{
    struct uncharged *u = &engine->uncharged;
    const bool is_half = size == 8 && engine->block->paired;

    if (is_half) {
        u->half = !u->half;
        if (!u->half)
            return true;
    }
    return engine_charge_item(engine, pa, is_half ? 16 : size,
                              kind == MMU_WRITE);
}

/* engine_timer.c (no Unicorn) */

/* Whether the fast core could run past the due. */
bool engine_due_is_near(const struct engine *engine);

/* With a checkpoint. */
void engine_marks_begin(struct engine *engine);

/* What has run and is not charged. */
static inline struct mark engine_mark_now(const struct engine *engine)
{
    const struct uncharged *u = &engine->uncharged;

    return (struct mark){.instructions = engine->counts.instructions,
                         .execute = u->execute,
                         .again = {u->noted.again[0], u->noted.again[1]},
                         .count = u->noted.count};
}

/* @block starts and is not counted yet, but fetched. Hot. */
static inline void engine_mark(struct engine *engine, const struct block *block)
{
    struct uncharged *u = &engine->uncharged;
    struct mark *mark = &u->marks[u->mark_count++];

    *mark = engine_mark_now(engine);
    mark->execute -= block->execute;
    mark->is_jump = engine->block->va + engine->block->size != block->va;
    if (u->mark_count > MARKS_MAX - 2)
        engine->pause_at = 0;
}

/* When to take the next checkpoint, and when to look for it. */
void engine_plan_checkpoint(struct engine *engine);

/* Charge all blocks that are marked. False: see engine_charge_commit(). */
bool engine_marks_charge(struct engine *engine);

/* So many instructions have cost that, in the fast core. */
void engine_note_rate(struct engine *engine, cycles_t cycles,
                      uint64_t instructions);

/* Instructions after which to look what the clock says. */
uint64_t engine_run_ahead(const struct engine *engine);

/* engine_insn.c: engine->insn, the exact core's instruction in flight. */

bool insn_is_arm(const struct engine *engine);

/* Note the core's mode and IT state, at the start of a block. */
void insn_read_mode(struct engine *engine);
uint32_t insn_cpsr_with_it(uint32_t cpsr, uint8_t it);

/* The access that fetches the instruction at @pc; @size as the library says. */
struct mmu_access insn_fetch(struct engine *engine, vaddr_t pc, uint32_t size);

/* Begin the instruction at @pc, whose bytes may be fetched. */
void insn_begin(struct engine *engine, vaddr_t pc, uint32_t size);

/* False after a trap: the operand is illegal as a whole, or misaligned. */
bool insn_judge_operand(struct engine *engine);

/* The trap of an operand that the library found misaligned. */
void insn_trap_misaligned(struct engine *engine);

/* Only what the instruction at @pc is, for the uses of its accesses. */
void insn_look(struct engine *engine, vaddr_t pc);

void insn_note_access(struct engine *engine, const struct mmu_access *access,
                      paddr_t pa);

/* The instruction in flight, if any, is complete: count and show it. */
void insn_complete(struct engine *engine);

/* Whether the run ends before the instruction at engine->pc, and why. */
enum event insn_why_stop(struct engine *engine);

/*
 * Count the Thumb instructions between engine->pc and @to that the library
 * skipped because their condition failed. They are fetched and do nothing.
 * Returns why the run ends before one of them, or EVENT_NONE.
 */
enum event insn_pass_skipped(struct engine *engine, vaddr_t to);

/* engine_lean.c */

/* Returns 0, -ENOMEM or -ENOTSUP. The first is cheap, the second once. */
int engine_lean_init(struct engine *engine);
int engine_lean_open(struct engine *engine);
int engine_lean_hook(struct engine *engine);
void engine_lean_close(struct engine *engine);

/* Stop before the block at @va, from its hook. */
void engine_lean_stop_before(struct engine *engine, vaddr_t va,
                             enum event event);
enum event engine_lean_run(struct engine *engine);

/*
 * The same where it counts: as engine_fast_run(), with the core prepared, which
 * is false when it cannot do that.
 */
bool engine_lean_prepare_counted(struct engine *engine);
enum event engine_lean_run_counted(struct engine *engine);
int engine_lean_open_window(struct engine *engine, const struct window *window);

/* engine_lean_when.c (no Unicorn) */

/* Whether the lean core counts instructions: a timer or a charge asks. */
static inline bool engine_lean_counts(const struct engine *engine)
{
    return engine->timer != UINT64_MAX || engine->config.charge;
}

bool engine_lean_may_run(const struct engine *engine);

/*
 * Where it counts: it has met what it does not foresee, or, which is costly,
 * must go back.
 */
void engine_lean_leave(struct engine *engine, bool is_costly);

/* And it will come back. */
static inline bool engine_lean_is_away(const struct engine *engine)
{
    return engine_lean_counts(engine) && engine->lean &&
           !engine->lean_when.gave_up && engine->lean_core.uc &&
           engine->counts.instructions < engine->lean_when.not_before;
}

/* Another program runs. */
void engine_lean_begin(struct engine *engine);

/* There was a trap; it met something unusual; or nothing. */
void engine_lean_put_off(struct engine *engine);
void engine_lean_back_off(struct engine *engine);
void engine_lean_went_well(struct engine *engine);

/* engine_forecast.c: the hook of each block where the lean core counts. */
void engine_forecast_block(struct uc_struct *uc, uint64_t address,
                           uint32_t size, void *user);

/* After a run: whatever has been repeated is to count in full. */
void engine_forecast_settle(struct engine *engine);

/* engine_registers.c */

/*
 * Find where the library keeps the registers of @core, once; it is at rest, and
 * stays as it was. False: nowhere.
 */
bool engine_find_registers(struct engine *engine, struct core *core);

/* engine_tlb.c */

/*
 * Let stores pass without a hook to the page of @va, which is legal to store to
 * and in @span, if nothing on it needs one. From inside the hook.
 */
void engine_tlb_open(struct engine *engine, struct core *core,
                     const struct span_cache *span, vaddr_t va);

/* Whether the TLB must be emptied before anything runs. */
static inline bool engine_tlb_is_stale(const struct engine *engine,
                                       const struct core *core)
{
    return core->opener.has_opened &&
           core->opener.epoch != engine->phys->open_epoch;
}

/* No page is open any more. */
static inline void engine_tlb_emptied(struct core *core)
{
    core->opener.has_opened = false;
}

/* engine_mend.c */

/* A shift of @operand begins: work out what flags it must leave. */
void mend_expect(struct engine *engine, vaddr_t operand);

/* Once it has run and the exact core is at rest: put them right. */
void mend_flags(struct engine *engine);

/* engine_block.c */

/*
 * Whether an instruction is one for the exact core; or, where addresses are not
 * foreseen, for one that sees whether an operand is misaligned.
 */
bool block_needs_care(const struct decoded *facts, bool is_foreseen);

/*
 * False for an IDIV that may end the host process (DECODE_IDIV). Behind CDQ or
 * CWD, of which @before holds the bytes, the dividend is never the smallest.
 */
bool block_divides_safely(const struct decoded *facts, const uint8_t *before,
                          uint32_t before_size);

/* Returns 0 or -ENOMEM. */
int block_table_init(struct block_table *table);
void block_table_free(struct block_table *table);
void block_table_clear(struct block_table *table);

/* The block at @va, or NULL. */
static inline const struct block *block_find(const struct block_table *table,
                                             vaddr_t va)
{
    uint32_t i = (va >> 1 ^ va >> 13) & table->mask;

    while (table->slots[i].size) {
        if (table->slots[i].va == va)
            return &table->slots[i];
        i = (i + 1) & table->mask;
    }
    return NULL;
}

/* Remember in physical memory that the block is translated code. */
void block_mark(const struct engine *engine, vaddr_t va, uint32_t size);

/*
 * Work out all of @block from its va, size and mode. Where its accesses are
 * @is_foreseen, it does not matter that the library tells of them in pieces.
 */
void block_scan(const struct engine *engine, struct block *block,
                bool is_foreseen);

/*
 * Put in what a translation has just shown. A block known in the other mode
 * becomes careful: its address no longer tells its mode.
 *
 * Returns the entry, or NULL when out of host memory.
 */
struct block *block_learn(const struct engine *engine,
                          struct block_table *table, vaddr_t va, uint32_t size,
                          bool thumb);

/* All that is known of what @core has translated. */
void engine_forget_blocks(struct engine *engine, const struct core *core);

/* Foresee what @block of @table will access, if that can be. */
void block_foresee(struct engine *engine, struct block_table *table,
                   struct block *block);

/* What runs before the first block starts. */
extern const struct block engine_no_block;

/* Note the address behind what ran last, unless nothing has. */
static inline void engine_note_follows(struct engine *engine)
{
    const struct block *last = engine->block;

    if (last != &engine_no_block)
        engine->follows = (vaddr_t)(last->va + last->size);
}

#endif /* EMU_ENGINE_INTERNAL_H */
