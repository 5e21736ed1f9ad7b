/*
 * emu/engine_inject.c - an access that is refused although it is legal, for who
 * tests what handlers do then. No Unicorn here.
 *
 * Decisions:
 * - Only the exact core knows which access is the nth. It takes over while the
 *   fast core could run past that one before it is asked again.
 * - It happens once: when the handler lets the instruction run again, the same
 *   access is legal.
 */
#include "emu/engine_internal.h"

/* Accesses that the fast core makes at most between two checkpoints. */
#define NEAR ((uint64_t)(ENGINE_SLICE + ENGINE_BLOCK_MAX) * (INSN_ACCESSES + 1))

static uint64_t complete(const struct engine *e)
{
    return e->counts.instructions + e->counts.loads + e->counts.stores;
}

void engine_inject(struct engine *e, uint64_t at, enum mmu_fault fault)
{
    e->inject_at = at;
    e->inject_fault = fault;
    e->injected = false;
}

bool engine_injected(const struct engine *e)
{
    return e->injected;
}

bool engine_inject_is_near(const struct engine *e)
{
    return e->inject_fault != MMU_FAULT_NONE &&
           e->inject_at - complete(e) <= NEAR;
}

/* Accesses before the one that is judged now: a fetch, or an operand. */
static uint64_t before(const struct engine *e)
{
    const struct insn *insn = &e->insn;

    return complete(e) + (insn->active ? 1 + insn->access_count : 0);
}

enum mmu_fault engine_judge(struct engine *e, const struct mmu_access *access,
                            paddr_t *pa)
{
    const enum mmu_fault fault = mmu_translate(e->mmu, access, pa);
    const enum mmu_fault injected = e->inject_fault;

    if (fault != MMU_FAULT_NONE || injected == MMU_FAULT_NONE ||
        before(e) != e->inject_at)
        return fault;
    e->inject_fault = MMU_FAULT_NONE;
    e->injected = true;
    return injected;
}
