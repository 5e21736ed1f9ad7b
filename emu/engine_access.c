/*
 * emu/engine_access.c - what the cores do with accesses: the journal of stores,
 * the echoes of split accesses, the trap of a refused one. No Unicorn here.
 */
#include "emu/engine_internal.h"

#include <string.h>

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
 * To undo a store into code, or into what has become code since, makes
 * translations stale, in every core; whoever runs next drops them.
 */
void engine_undo(struct engine *e)
{
    bool has_code = false;

    while (e->journal_used > 0) {
        const struct journal_entry *old = &e->journal[--e->journal_used];

        memcpy(e->phys->bytes + old->pa, &old->old, old->size);
        has_code |= phys_is_code(e->phys, old->pa, old->size);
    }
    if (has_code)
        e->phys->code_epoch++;
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
    if (e->trap.legal == access->size) /* it was injected */
        e->trap.legal = 0;
}
