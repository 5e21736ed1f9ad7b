/*
 * emu/engine_core.c - the engine's public side and the way between its cores.
 *
 * Decisions:
 * - One context (all registers, opaque) travels between the cores; the PCB's
 *   layout is read and written only at traps, and only what changed.
 * - Who runs: the exact core after anything careful or suspect, with an
 *   observer and for the last instructions before a limit; the lean core when
 *   nobody is to be told of accesses and no trap is near, or where they can be
 *   foreseen; else the fast core.
 * - Where the lean core cannot be made the fast core does its work, too.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

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
    core->crowded = e->crowded;
    return e->arch->enter_user(e, core);
}

static void core_close(struct core *core)
{
    if (core->spare)
        uc_context_free(core->spare);
    if (core->uc)
        uc_close(core->uc);
    free(core->private);
    free(core->spans);
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

    int err = core_open(e, &e->exact);
    if (!err)
        err = engine_exact_hook(e);
    if (err)
        core_close(&e->exact); /* half a core must not run */
    return err;
}

/* The lean core too: most programs are over before it would pay. */
static int open_lean(struct engine *e)
{
    if (e->lean_core.uc)
        return 0;

    int err = core_open(e, &e->lean_core);
    if (!err)
        err = engine_lean_open(e);
    if (err)
        core_close(&e->lean_core);
    return err;
}

/* Whether nobody asks for what the lean core does not do. */
static bool lean_suits(const struct engine_config *config)
{
    return (!config->counting || config->charge) && !config->observer &&
           !config->paranoid && !config->round_trip;
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
    e->private_va = ENGINE_PRIVATE;
    e->timer = e->due = UINT64_MAX;
    e->again_to = NO_REPEAT;
    e->follows = FOLLOWS_NONE;
    e->journal = calloc(JOURNAL_SIZE, sizeof(*e->journal));
    e->decoded = calloc(DECODE_SLOTS, sizeof(*e->decoded));
    e->list = calloc(SPANS_MAX, sizeof(*e->list));

    int err = e->journal && e->decoded && e->list ? 0 : -ENOMEM;
    if (!err)
        err = block_table_init(&e->blocks);
    if (!err)
        err = decode_create(&e->decoder, e->isa);
    if (!err)
        err = engine_charge_init(e);
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
    block_table_free(&e->lean_blocks);
    engine_charge_free(e);
    engine_stage_close(&e->use_stage);
    engine_stage_close(&e->crowd_stage);
    free(e->decoded);
    free(e->list);
    free(e->journal);
    free(e);
}

void engine_break(struct engine *e, const char *what, uint32_t number)
{
    snprintf(e->error, sizeof(e->error), "%s (%#x) at pc %#x", what, number,
             e->insn.active ? e->insn.pc : e->pc);
    e->event = EVENT_BROKEN;
    e->repeat.va = NO_REPEAT;
}

void engine_stop(struct engine *e, struct core *core, enum event event)
{
    e->event = event;
    e->odd = true;
    e->repeat.va = NO_REPEAT;
    uc_emu_stop(core->uc);
}

/* ---- registers ---- */

/* Any register, in the layout of its slot in a save area. */
static void read_slot(struct engine *e, struct core *core, unsigned reg,
                      void *slot)
{
    uint32_t value;

    if (e->arch->read_odd(core, reg, &value))
        memcpy(slot, &value, sizeof(value));
    else
        uc_reg_read(core->uc, e->arch->reg_ids[reg], slot);
}

static void write_slot(struct engine *e, struct core *core, unsigned reg,
                       const void *slot)
{
    uint32_t value;

    memcpy(&value, slot, sizeof(value));
    if (!e->arch->write_odd(core, reg, value))
        uc_reg_write(core->uc, e->arch->reg_ids[reg], slot);
}

uint32_t engine_read_reg(struct engine *e, struct core *core, unsigned reg)
{
    uint32_t value = 0;

    read_slot(e, core, reg, &value);
    return value;
}

void engine_write_reg(struct engine *e, struct core *core, unsigned reg,
                      uint32_t value)
{
    write_slot(e, core, reg, &value);
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

uint32_t engine_call_size(struct engine *e, struct core *core)
{
    return e->isa->thumb_flag && !engine_is_thumb(e, core) ? 4 : 2;
}

/* Move all registers from @from to @to. */
static void transfer(struct core *from, struct core *to)
{
    if (from == to)
        return;
    uc_context_save(from->uc, from->spare);
    uc_context_restore(to->uc, from->spare);
}

/*
 * Note what the core holds, so that engine_load() writes only what differs.
 * Hot: once per switch, so the library is asked once for all that have a
 * number.
 */
static void read_shadow(struct engine *e)
{
    int ids[ISA_REGS_MAX];
    void *slots[ISA_REGS_MAX];
    int count = 0;

    memset(&e->shadow, 0, sizeof(e->shadow));
    for (unsigned i = 0; i < e->isa->reg_count; i++) {
        uint8_t *slot = e->shadow.bytes + e->isa->regs[i].offset;
        uint32_t value;

        if (e->arch->odd >> i & 1 && e->arch->read_odd(e->current, i, &value)) {
            memcpy(slot, &value, sizeof(value));
            continue;
        }
        ids[count] = e->arch->reg_ids[i];
        slots[count++] = slot;
    }
    uc_reg_read_batch(e->current->uc, ids, slots, count);
    isa_set(e->isa, &e->shadow, e->isa->pc, e->pc);
    e->shadow_valid = true;
}

void engine_save(struct engine *e, struct cpu_state *cpu)
{
    read_shadow(e);
    *cpu = e->shadow;
}

/*
 * A PCB can be written by anybody who tests a kernel. What only a kernel may
 * have in its own registers does not get into a core.
 */
static void load_slot(struct engine *e, unsigned reg, const void *slot)
{
    uint32_t value;

    if (e->isa->regs[reg].class != ISA_SYSTEM && reg != e->isa->flags) {
        write_slot(e, e->current, reg, slot);
        return;
    }
    memcpy(&value, slot, sizeof(value));
    value = e->arch->legal(reg, value);
    write_slot(e, e->current, reg, &value);
}

/* Of two slots; most registers have 4 bytes. */
static inline bool differ(const uint8_t *a, const uint8_t *b, uint16_t size)
{
    return size == 4 ? memcmp(a, b, 4) != 0 : memcmp(a, b, size) != 0;
}

void engine_load(struct engine *e, const struct cpu_state *cpu)
{
    bool system = false; /* one was written: a selector changes its base */

    if (!e->shadow_valid)
        read_shadow(e);
    for (unsigned i = 0; i < e->isa->reg_count; i++) {
        const struct isa_reg *reg = &e->isa->regs[i];
        const uint8_t *want = cpu->bytes + reg->offset;

        if (i == e->isa->pc ||
            (!differ(want, e->shadow.bytes + reg->offset, reg->size) &&
             !(system && reg->class == ISA_SYSTEM)))
            continue;
        load_slot(e, i, want);
        system |= reg->class == ISA_SYSTEM;
    }
    if (e->current == &e->lean_core && (system || !engine_lean_counts(e)))
        e->arch->flush_tlb(e->current); /* a selector's descriptor was read */
    e->pc = isa_get(e->isa, cpu, e->isa->pc);
    if (e->isa->thumb_flag)
        e->pc &= ~1u; /* to the library that would be the mode */
    e->shadow = *cpu;
}

/* ---- the run ---- */

void engine_take_checkpoint(struct engine *e)
{
    uc_context_save(e->current->uc, e->checkpoint.context);
    e->checkpoint.counts = e->counts;
    e->checkpoint.pc = e->pc;
    e->checkpoint.follows = e->follows;
    e->journal_used = 0;
    engine_charge_mark(e);
}

void engine_roll_back(struct engine *e)
{
    engine_undo(e);
    engine_charge_forget(e);
    e->counts = e->checkpoint.counts;
    e->pc = e->checkpoint.pc;
    e->follows = e->checkpoint.follows;
    uc_context_restore(e->current->uc, e->checkpoint.context);
}

static int hook(struct engine *e, const struct core *core)
{
    if (core == &e->lean_core)
        return engine_lean_hook(e);
    return core == &e->fast ? engine_fast_hook(e) : engine_exact_hook(e);
}

/*
 * The library frees translated code only with the whole core: its own flush
 * would touch a gigabyte. And to unmap large windows takes longer than this.
 */
static bool reopen(struct engine *e, struct core *core)
{
    struct core fresh = {0};

    if (core_open(e, &fresh)) {
        core_close(&fresh);
        return false;
    }
    uc_context_save(core->uc, core->spare);
    uc_context_restore(fresh.uc, core->spare);
    core_close(core);
    *core = fresh;
    engine_forget_blocks(e, core);
    if (core != &e->fast || e->by_use)
        memset(e->decoded, 0, DECODE_SLOTS * sizeof(*e->decoded));
    return hook(e, core) == 0;
}

bool engine_reopen(struct engine *e, struct core *core)
{
    if (reopen(e, core))
        return true;
    engine_break(e, "cannot make a core anew", 0);
    return false;
}

/* Make @core the one that runs, with nothing stale in it. */
static bool refresh(struct engine *e, struct core *core)
{
    if ((core->made > MADE_MAX || core->crowded != e->crowded) &&
        !engine_reopen(e, core))
        return false;
    if (engine_core_bind(e, core))
        return false;
    if (core->code_epoch != e->phys->code_epoch)
        engine_drop_code(e, core);
    transfer(e->current, core);
    e->current = core;
    return true;
}

/* Make @core, the fast one or the lean one, the one that counts. */
static bool refresh_counting(struct engine *e, struct core *core)
{
    return refresh(e, core) &&
           (core == &e->fast || engine_lean_prepare_counted(e));
}

static enum event run_core(struct engine *e)
{
    return e->current == &e->fast ? engine_fast_run(e)
                                  : engine_lean_run_counted(e);
}

/* One run from here on; in the fast core where the lean one cannot. */
static enum event run_on(struct engine *e)
{
    enum event event;

    if (!refresh_counting(e, e->current) && !refresh(e, &e->fast))
        return EVENT_BROKEN;
    engine_take_checkpoint(e);
    event = run_core(e);
    if (event != EVENT_SUSPECT || e->current == &e->fast)
        return event;
    engine_roll_back(e); /* it has stored to what was no code at first */
    return refresh(e, &e->fast) ? EVENT_PAUSE : EVENT_BROKEN;
}

/*
 * From the checkpoint to the block that starts at engine->again_to. A core that
 * is full of code pauses where it is, and is made anew before it goes on.
 */
static enum event run_again(struct engine *e)
{
    enum event event = EVENT_PAUSE;
    unsigned stuck = 0; /* runs without an instruction, one after the other */

    engine_roll_back(e);
    if (e->again_to == e->counts.instructions)
        event = e->again_event;
    while (event == EVENT_PAUSE && stuck < 3) {
        event = run_on(e);
        if (e->counts.instructions > e->checkpoint.counts.instructions)
            stuck = 0;
        else
            stuck++;
    }
    if (event != e->again_event || e->counts.instructions != e->again_to) {
        engine_break(e, "what ran once runs another way", event);
        event = EVENT_BROKEN;
    }
    e->again_to = NO_REPEAT;
    return event;
}

static bool choose_counting(struct engine *e)
{
    if (!engine_lean_counts(e) || !engine_lean_may_run(e))
        return refresh(e, &e->fast);
    if (e->current != &e->lean_core)
        e->lean_when.entered = e->counts.instructions;
    if (open_lean(e) == 0 && refresh_counting(e, &e->lean_core))
        return true;
    e->lean_when.gave_up = true;
    return refresh(e, &e->fast);
}

/* From a checkpoint, in the fast core or in the lean one that counts. */
static enum event run_fast(struct engine *e)
{
    if (e->config.charge && engine_timer_fires(e, e->pc))
        return EVENT_TIMER;
    if (!choose_counting(e))
        return EVENT_BROKEN;
    engine_follow_copies(e);
    engine_take_checkpoint(e);

    const enum event event = run_core(e);
    if (event == EVENT_SUSPECT) {
        e->stay_until = e->counts.instructions;
        engine_roll_back(e);
        return event;
    }
    if (event != EVENT_BROKEN && !engine_charge_commit(e))
        return run_again(e);
    e->stay_until = engine_charge_stay(e);
    return event;
}

static enum event run_exact(struct engine *e)
{
    const int err = open_exact(e);

    if (err) {
        engine_break(e, "cannot make the exact core", (uint32_t)-err);
        return EVENT_BROKEN;
    }
    if (!refresh(e, &e->exact))
        return EVENT_BROKEN;
    return engine_exact_run(e);
}

static enum event run_lean(struct engine *e)
{
    if (open_lean(e) < 0) {
        e->lean_when.gave_up = true;
        return EVENT_PAUSE;
    }
    if (!refresh(e, &e->lean_core))
        return EVENT_BROKEN;
    return engine_lean_run(e);
}

/* What only the exact core can do. */
static bool wants_exact(const struct engine *e)
{
    return e->config.observer || engine_charge_wants_exact(e) ||
           engine_inject_is_near(e) || engine_due_is_near(e) ||
           e->limit - e->counts.instructions <= ENGINE_BLOCK_MAX;
}

enum engine_stop engine_run(struct engine *e, uint64_t limit, struct trap *trap)
{
    enum event event = EVENT_LEAVE;

    e->limit = !e->config.charge && e->due < limit ? e->due : limit;
    e->stay_until = 0;
    e->shadow_valid = false;
    for (;;) {
        if (engine_is_at_limit(e))
            return ENGINE_LIMIT;
        if (event == EVENT_CAREFUL || event == EVENT_SUSPECT ||
            event == EVENT_STALE || wants_exact(e))
            event = run_exact(e);
        else if (!engine_lean_counts(e) && engine_lean_may_run(e))
            event = run_lean(e);
        else
            event = run_fast(e);
        if (event == EVENT_TRAP || event == EVENT_TIMER)
            e->follows = FOLLOWS_NONE;
        if (event == EVENT_TIMER)
            return ENGINE_TIMER;
        if (event == EVENT_TRAP) {
            engine_lean_put_off(e);
            *trap = e->trap;
            return ENGINE_TRAP;
        }
        if (event == EVENT_BROKEN)
            return ENGINE_BROKEN;
    }
}

void engine_set_timer(struct engine *e, uint64_t at)
{
    e->timer = at;
}

void engine_set_due(struct engine *e, uint64_t at)
{
    e->due = at;
}

struct engine_counts engine_counts(const struct engine *e)
{
    return e->counts;
}

bool engine_is_exact(const struct engine *e)
{
    return !e->lost_count;
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
