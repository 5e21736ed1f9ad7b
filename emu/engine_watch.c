/*
 * emu/engine_watch.c - bytes that are no instruction never reach the library.
 *
 * The fast and the exact core show each instruction that is being translated
 * to the decoder first. No Unicorn here.
 */
#include "emu/engine_internal.h"

#include <string.h>

void engine_end_fetch(struct engine *e)
{
    struct poison *p = &e->poison;

    if (p->active)
        memcpy(e->phys->bytes + p->pa, p->old, sizeof(p->old));
    p->active = false;
    p->size = 0;
}

/* Put what is there aside, and @to in its place. */
static void replace(struct engine *e, const uint8_t *to, uint32_t size)
{
    struct poison *p = &e->poison;
    uint8_t *bytes = e->phys->bytes + p->pa;

    p->active = true;
    memcpy(p->old, bytes, sizeof(p->old));
    memcpy(bytes, to, size);
}

/* The library would take it for LZCNT or TZCNT: F3 becomes 3E, DS. */
static void replace_rep(struct engine *e, const struct decoded *facts)
{
    uint8_t bytes[15];

    memcpy(bytes, e->phys->bytes + e->poison.pa, sizeof(bytes));
    for (uint32_t i = 0; i < facts->size && bytes[i] != 0x0f; i++)
        if (bytes[i] == 0xf3)
            bytes[i] = 0x3e;
    replace(e, bytes, facts->size);
}

void engine_watch_fetch(struct engine *e, vaddr_t va)
{
    static const uint8_t ud2[2] = {0x0f, 0x0b};
    const struct mmu_access fetch = {va, 1, MMU_EXEC};
    struct poison *p = &e->poison;
    struct decoded facts;
    paddr_t pa;

    if (!e->arch->watch_fetch || (va > p->va && va - p->va < p->size) ||
        mmu_translate(e->mmu, &fetch, &pa))
        return;
    engine_end_fetch(e);

    const uint8_t *bytes = e->phys->bytes + pa; /* the slack is readable */
    p->va = va;
    p->pa = pa;
    p->size = 1;
    if (decode_insn(e->decoder, bytes, 15, va, false, &facts)) {
        p->size = facts.size;
        if (facts.flags & DECODE_REP_SCAN)
            replace_rep(e, &facts);
    } else {
        block_mark(e, va, 15); /* any of them may make it one */
        replace(e, ud2, sizeof(ud2));
    }
}
