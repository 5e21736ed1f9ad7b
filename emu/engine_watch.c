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
    } else {
        p->active = true;
        block_mark(e, va, 15); /* any of them may make it one */
        memcpy(p->old, bytes, sizeof(p->old));
        memcpy(e->phys->bytes + p->pa, ud2, sizeof(ud2));
    }
}
