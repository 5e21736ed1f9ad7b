/*
 * tests/forecast_run.c - see forecast_run.h.
 *
 * Unicorn is set up as the engine does it: user mode, memory without rights,
 * hooks that see each access and perform stores. Of what they are called for,
 * the echoes of misaligned accesses are left out. An operand of 16 bytes is
 * seen as two of 8.
 */
#include "tests/forecast_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unicorn/unicorn.h>

#include "tests/forecast_guest.h"

#define SIZE (RUN_END - RUN_BASE)
#define SLOT 64u /* bytes of a run's code; the next has another one */

struct runner {
    const struct forecast_guest *guest;
    struct engine *engine; /* the core's; it does nothing */
    struct core core;
    uint8_t *memory;      /* SIZE bytes */
    uint8_t before[SIZE]; /* what it held before the run */
    uint32_t next;        /* offset of the next slot */
    struct run *run;
    struct run_access echo; /* the next one */
    uint32_t echoes;        /* how many are left */
    bool begun, left;       /* the first block; it for another one */
};

/* ---- Unicorn ---- */

static void expect_echo(struct runner *r, const struct run_access *access)
{
    const vaddr_t va = access->va;
    const uint32_t page = r->guest->arch->page;

    r->echoes = 0;
    if (va % access->size == 0)
        return;
    if (access->store) {
        r->echoes = access->size;
        r->echo = (struct run_access){true, va, 1};
    } else if (va % page + access->size > page) {
        r->echoes = 2;
        r->echo =
            (struct run_access){false, va & ~(access->size - 1), access->size};
    }
}

static bool is_echo(struct runner *r, const struct run_access *access)
{
    if (!r->echoes || access->store != r->echo.store ||
        access->va != r->echo.va || access->size != r->echo.size)
        return false;
    r->echoes--;
    r->echo.va += access->size;
    return true;
}

static bool is_legal(const struct run_access *access)
{
    const vaddr_t from = access->store ? RUN_DATA : RUN_BASE;

    return access->va >= from && access->va - from <= RUN_END - from &&
           access->size <= RUN_END - access->va;
}

static bool on_access(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                      int64_t value, void *user)
{
    struct runner *r = user;
    struct run_list *seen = &r->run->seen;
    const struct run_access access = {type == UC_MEM_WRITE_PROT ||
                                          type == UC_MEM_WRITE_UNMAPPED,
                                      (vaddr_t)address, (uint32_t)n};

    (void)uc;
    if (seen->refused)
        return false;
    if (is_echo(r, &access))
        return true;
    if (seen->count == RUN_ACCESSES)
        abort();
    seen->items[seen->count++] = access;
    seen->refused = !is_legal(&access);
    if (seen->refused)
        return false;
    if (access.store)
        memcpy(r->memory + (access.va - RUN_BASE), &value, access.size);
    expect_echo(r, &access);
    return true;
}

/* Some bytes must not be translated; where the block goes are any. */
static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                     int64_t value, void *user)
{
    struct runner *r = user;

    (void)uc, (void)type, (void)address, (void)n, (void)value;
    r->left = r->begun;
    return !r->begun;
}

/* The first block runs, the second does not. */
static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct runner *r = user;

    (void)address;
    r->left = r->begun;
    if (r->begun)
        uc_emu_stop(uc);
    else
        r->run->block = size;
    r->begun = true;
}

static void on_exception(uc_engine *uc, uint32_t number, void *user)
{
    struct runner *r = user;

    r->run->undefined = number != r->guest->call_number;
    uc_emu_stop(uc);
}

static bool on_invalid(uc_engine *uc, void *user)
{
    struct runner *r = user;

    (void)uc;
    r->run->undefined = true;
    return false;
}

static void must(uc_err err)
{
    if (err)
        abort();
}

static void hook(struct runner *r, int type, void *function)
{
    uc_hook added;

    must(uc_hook_add(r->core.uc, &added, type, function, r, 1, 0));
}

static void must_do(int err)
{
    if (err)
        abort();
}

static void open_unicorn(struct runner *r)
{
    const struct engine_arch *arch = r->guest->arch;
    uc_engine **uc = &r->core.uc;

    must_do(arch->open(uc));
    must_do(arch->enter_user(r->engine, &r->core));
    must(uc_mem_map_ptr(*uc, RUN_BASE, SIZE, UC_PROT_ALL, r->memory));
    must(uc_mem_protect(*uc, RUN_BASE, SIZE, UC_PROT_NONE));
    hook(r,
         UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_READ_UNMAPPED |
             UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_WRITE_UNMAPPED,
         (void *)on_access);
    hook(r, UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch);
    hook(r, UC_HOOK_BLOCK, (void *)on_block);
    hook(r, UC_HOOK_INTR, (void *)on_exception);
    hook(r, UC_HOOK_INSN_INVALID, (void *)on_invalid);
    must_do(engine_hook_nothing(&r->core));
    r->next = 0;
}

static void close_unicorn(struct runner *r)
{
    uc_close(r->core.uc);
    free(r->core.private);
}

/* Half of its words are addresses in it. */
static void fill_memory(struct runner *r, struct rng *rng)
{
    for (uint32_t at = 0; at < SIZE; at += 4) {
        uint32_t word = rng_next(rng);

        if (word & 1)
            word = RUN_DATA + 0x2000 + (word >> 1) % 0x4000;
        memcpy(r->memory + at, &word, 4);
    }
}

struct runner *runner_create(const struct isa *isa, struct rng *rng)
{
    struct runner *r = calloc(1, sizeof(*r));

    if (!r)
        abort();
    r->guest = forecast_guest_find(isa);
    r->engine = calloc(1, sizeof(*r->engine));
    r->memory = aligned_alloc(4096, SIZE);
    if (!r->engine || !r->memory)
        abort();
    r->engine->event = EVENT_TRAP; /* its hooks leave all to ours */
    fill_memory(r, rng);
    open_unicorn(r);
    return r;
}

void runner_destroy(struct runner *r)
{
    close_unicorn(r);
    free(r->engine);
    free(r->memory);
    free(r);
}

/* ---- a run ---- */

/* In the middle of the code's memory, which literals do not leave. */
static void put_code(struct runner *r, struct run *run)
{
    uint8_t *to;

    if (r->next == 0x4000) {
        close_unicorn(r);
        open_unicorn(r);
    }
    run->at = RUN_BASE + 0x2000 + r->next;
    to = r->memory + (run->at - RUN_BASE);
    /* A jump may have been here. */
    uc_ctl_remove_cache(r->core.uc, run->at, run->at + SLOT);
    memcpy(to, run->code, run->size);
    r->guest->put_call(run, to + run->size);
    r->next += SLOT;
}

/* The library does not always tell of an instruction that is none. */
static void note_where_it_stops(const struct runner *r, struct run *run)
{
    uint32_t pc;

    must(uc_reg_read(r->core.uc, r->guest->arch->reg_ids[r->guest->isa->pc],
                     &pc));
    run->undefined |=
        !run->seen.refused && !r->left && pc - run->at < run->block;
}

bool runner_run(struct runner *r, struct run *run)
{
    const int *ids = r->guest->arch->reg_ids;
    uc_engine *uc;

    if (!r->guest->is_foreseen(run))
        return false;
    put_code(r, run);
    uc = r->core.uc;
    memcpy(r->before, r->memory, SIZE);
    run->seen.count = 0;
    run->seen.refused = false;
    run->block = 0;
    run->undefined = false;
    r->run = run;
    r->begun = r->left = false;
    r->echoes = 0;
    r->guest->prepare(&r->core, run);
    for (unsigned i = 0; i < r->guest->regs; i++)
        must(uc_reg_write(uc, ids[i], &run->regs[i]));
    (void)uc_emu_start(uc, run->at | run->thumb, UINT32_MAX, 0, 0);
    note_where_it_stops(r, run);
    if (r->guest->isa == &isa_arm)
        must_do(r->guest->arch->enter_user(r->engine, &r->core));
    for (unsigned i = 0; i < r->guest->regs; i++)
        must(uc_reg_read(uc, ids[i], &run->after[i]));
    return true;
}

/* ---- a forecast ---- */

struct evaluation {
    const struct run *run;
    uint32_t values[FORECAST_VALUES];
    uint8_t memory[SIZE];
    bool blurred[SIZE]; /* a value has been stored that nobody knows */
    bool vague;
    struct run_list list;
};

static void load_value(struct evaluation *e, const struct run_access *access,
                       uint16_t dst)
{
    e->values[dst] = 0;
    memcpy(&e->values[dst], e->memory + (access->va - RUN_BASE), access->size);
    for (uint32_t i = 0; i < access->size; i++)
        e->vague |= e->blurred[access->va - RUN_BASE + i];
}

static void store_value(struct evaluation *e, const struct run_access *access,
                        uint16_t value)
{
    const uint32_t at = access->va - RUN_BASE;

    memset(e->blurred + at, value == VALUE_UNKNOWN, access->size);
    if (value != VALUE_UNKNOWN)
        memcpy(e->memory + at, &e->values[value], access->size);
}

/* One access; a forecast's of 16 bytes are two. */
static void do_part(struct evaluation *e, const struct forecast_step *step,
                    vaddr_t va, uint32_t size)
{
    const struct run_access access = {step_stores(step->op), va, size};

    if (e->list.count == RUN_ACCESSES)
        abort();
    e->list.items[e->list.count++] = access;
    e->list.refused = !is_legal(&access);
    if (e->list.refused)
        return;
    if (step->op == STEP_LOAD_VALUE)
        load_value(e, &access, step->dst);
    else if (step->op == STEP_STORE_VALUE)
        store_value(e, &access, step->c);
}

static void do_access(struct evaluation *e, const struct forecast_step *step)
{
    const uint32_t size = step->size == 16 ? 8 : step->size;
    const vaddr_t va =
        e->values[step->a] + (e->values[step->b] << step->shift) + step->plus;

    e->vague |= step->aligned && va % 16 != 0; /* the engine sees that */
    do_part(e, step, va, size);
    if (size != step->size && !e->list.refused)
        do_part(e, step, va + size, size);
}

static void compute(struct evaluation *e, const struct forecast_step *step)
{
    const uint32_t a = e->values[step->a], b = e->values[step->b];

    if (step->op == STEP_SELECT)
        e->values[step->dst] = a ? b : e->values[step->c];
    else if (step->op == STEP_SUM)
        e->values[step->dst] = a + (b << step->shift) + step->plus;
    else
        e->values[step->dst] = step_compute(step->op, a, b + step->plus);
}

static void evaluate(struct evaluation *e, const struct runner *r,
                     const struct run *run, const struct lift *lift)
{
    memset(e, 0, sizeof(*e));
    memcpy(e->values, run->regs, sizeof(run->regs));
    memcpy(e->memory, r->before, SIZE);
    e->values[VALUE_FLAGS] = run->flags;
    e->values[VALUE_FS] = run->fs;
    e->values[VALUE_GS] = run->gs;
    for (unsigned i = 0; i < lift->count && !e->list.refused; i++) {
        const struct forecast_step *step = &lift->steps[i];

        if (step_is_access(step->op)) {
            do_access(e, step);
        } else if (step->op != STEP_SKIP) {
            compute(e, step);
        } else if (e->values[step->a] == 0) {
            e->values[step->dst] = 0;
            i++;
        }
    }
}

/* Add all instructions of the block. */
static void lift_block(struct lift *lift, const struct runner *r,
                       const struct run *run, bool wants_loads)
{
    uint8_t bytes[RUN_CODE + 8] = {0};
    uint32_t end, size;

    memcpy(bytes, run->code, run->size);
    end = run->size + r->guest->put_call(run, bytes + run->size);
    r->guest->put_call(run, bytes + end); /* Thumb: it may be halved */
    lift_begin(lift, wants_loads);
    for (uint32_t at = 0; at < run->block; at += size) {
        size = r->guest->size_of(run, bytes + at, end + 4 - at);
        if (!size || at + size > end + 2)
            abort();
        r->guest->arch->lift(lift, bytes + at, size, run->at + at, run->thumb);
    }
}

/* What has been cut short by an exception has seen the first of @all. */
static bool same_list(const struct run_list *all, const struct run *run)
{
    const struct run_list *seen = &run->seen;

    if (!(run->undefined && seen->count < all->count) &&
        (seen->count != all->count || seen->refused != all->refused))
        return false;
    for (unsigned i = 0; i < seen->count; i++)
        if (all->items[i].store != seen->items[i].store ||
            all->items[i].va != seen->items[i].va ||
            all->items[i].size != seen->items[i].size)
            return false;
    return true;
}

static bool same_registers(const struct evaluation *e, const struct lift *lift,
                           const struct run *run, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct term term = lift->regs[i];

        if (term_is_known(term) &&
            e->values[term.value] + term.plus != run->after[i])
            return false;
    }
    return true;
}

/* Of each byte that has been stored, if its value is known. */
static bool same_memory(const struct evaluation *e, const struct runner *r)
{
    for (unsigned i = 0; i < e->list.count; i++) {
        const struct run_access *access = &e->list.items[i];
        const uint32_t at = access->va - RUN_BASE;

        for (uint32_t j = 0; access->store && j < access->size; j++)
            if (!e->blurred[at + j] && e->memory[at + j] != r->memory[at + j])
                return false;
    }
    return true;
}

/* The next store of @list from *@at on, or NULL. */
static const struct run_access *next_store(const struct run_list *list,
                                           unsigned *at)
{
    while (*at < list->count && !list->items[*at].store)
        ++*at;
    return *at < list->count ? &list->items[(*at)++] : NULL;
}

static bool same_stores(const struct run_list *all, const struct run *run)
{
    unsigned at = 0, seen_at = 0;

    for (;;) {
        const struct run_access *store = next_store(all, &at);
        const struct run_access *seen = next_store(&run->seen, &seen_at);

        if (!store || !seen)
            return !seen && (!store || run->undefined);
        if (store->va != seen->va || store->size != seen->size)
            return false;
    }
}

/* A forecast of stores alone says the same of them, where there is one. */
static bool agrees_on_stores(const struct runner *r, const struct run *run,
                             bool must_be)
{
    static struct lift lift;
    static struct evaluation stores;

    lift_block(&lift, r, run, false);
    if (!lift_end(&lift))
        return !must_be;
    if (run->seen.refused)
        return true;
    evaluate(&stores, r, run, &lift);
    return stores.vague || same_stores(&stores.list, run);
}

enum run_verdict runner_judge(const struct runner *r, const struct run *run)
{
    static struct lift lift;
    static struct evaluation whole, kept;

    lift_block(&lift, r, run, true);
    if (!agrees_on_stores(r, run, !lift.failed))
        return RUN_WRONG_ACCESS;
    if (lift.failed)
        return RUN_NONE;
    evaluate(&whole, r, run, &lift);
    if (!lift_end(&lift))
        return RUN_NONE;
    evaluate(&kept, r, run, &lift);
    if (kept.vague)
        return RUN_VAGUE;
    if (!same_list(&kept.list, run))
        return RUN_WRONG_ACCESS;
    if (whole.vague || run->seen.refused || run->undefined)
        return RUN_RIGHT;
    if (!same_registers(&whole, &lift, run, r->guest->regs))
        return RUN_WRONG_REGISTER;
    return same_memory(&whole, r) ? RUN_RIGHT : RUN_WRONG_MEMORY;
}

/* ---- for the tests ---- */

const char *run_wrong(enum run_verdict verdict)
{
    return verdict == RUN_WRONG_ACCESS     ? "accesses"
           : verdict == RUN_WRONG_REGISTER ? "registers"
                                           : "memory";
}

uint32_t run_random_register(struct rng *rng)
{
    const uint32_t number = RUN_DATA + 0x2000 + rng_below(rng, 0x4000);

    switch (rng_below(rng, 8)) {
    case 0:
        return rng_below(rng, 64);
    case 1:
        return -rng_below(rng, 64);
    case 2:
        return number;
    case 3:
        return rng_next(rng);
    default:
        return number & ~3u;
    }
}

void run_print(const struct runner *r, const struct run *run)
{
    for (uint32_t i = 0; i < run->size; i++)
        printf(" %02x", run->code[i]);
    printf(", block of %u at %#x, flags %#x, fs %#x, gs %#x%s\n", run->block,
           run->at, run->flags, run->fs, run->gs,
           run->undefined ? ", undefined" : "");
    for (unsigned i = 0; i < r->guest->regs; i++)
        printf("  r%u %#x, then %#x\n", i, run->regs[i], run->after[i]);
    for (unsigned i = 0; i < run->seen.count; i++)
        printf("  %s %u at %#x\n", run->seen.items[i].store ? "store" : "load",
               run->seen.items[i].size, run->seen.items[i].va);
}
