/*
 * emu/engine_stage.c - what windows show where they show no segments: where the
 * use of an access selects its segment (engine_use.c), and where there are too
 * many segments for windows of their own. No Unicorn here.
 *
 * The library looks at the stage alone. Each access is judged by its hook, and
 * the bytes that it is to find are put there just before the library looks:
 *
 *      load, fetch at va    its segment --> stage[va % size]
 *      store at va          the hook stores it in its segment; the library's
 *                           own store is discarded as in any window
 *
 * So a segment that comes or goes changes nothing that the library knows but
 * translated code, and an instruction may touch as many as it likes.
 *
 * Decisions:
 * - Nothing on the stage is good for longer than one access, so its memory can
 *   be given back at any time between two.
 * - What is fetched outside of code is 0, for the translator looks ahead.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define SLACK      65536u /* of the last window */
#define CODE_SHOWN 16u    /* more than the longest instruction */
#define HOST_PAGE  4096u

int engine_stage_open(struct stage *stage, uint64_t size)
{
    if (stage->bytes)
        return 0;

    void *bytes = mmap(NULL, size + SLACK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return -ENOMEM;
    *stage = (struct stage){bytes, size};
    return 0;
}

void engine_stage_close(struct stage *stage)
{
    if (stage->bytes)
        munmap(stage->bytes, stage->size + SLACK);
    *stage = (struct stage){0};
}

void engine_stage_discard(struct stage *stage, vaddr_t va, uint32_t size)
{
    const uint64_t from = va / HOST_PAGE * HOST_PAGE;

    (void)madvise(stage->bytes + from, (uint64_t)va + size - from,
                  MADV_DONTNEED);
}

static void put(struct engine *e, vaddr_t va, const uint8_t *bytes,
                uint32_t size)
{
    const uint64_t at = va % e->stage->size;
    const uint64_t room = e->stage->size - at;
    const uint32_t first = size < room ? size : (uint32_t)room;

    memcpy(e->stage->bytes + at, bytes, first);
    memcpy(e->stage->bytes, bytes + first, size - first);
}

void engine_stage_put(struct engine *e, vaddr_t va, paddr_t pa, uint32_t size)
{
    put(e, va, e->phys->bytes + pa, size);
}

/* Byte by byte: those that are not legal are let be, or are 0. */
static void put_legal(struct engine *e, const struct mmu_access *access,
                      bool clear)
{
    static const uint8_t zero;

    for (uint32_t i = 0; i < access->size; i++) {
        const struct mmu_access byte = {access->va + i, 1, access->kind,
                                        access->use};
        paddr_t pa;

        if (mmu_translate(e->mmu, &byte, &pa) == MMU_FAULT_NONE)
            put(e, byte.va, e->phys->bytes + pa, 1);
        else if (clear)
            put(e, byte.va, &zero, 1);
    }
}

static void show(struct engine *e, const struct mmu_access *access, bool clear)
{
    paddr_t pa;

    if (mmu_translate(e->mmu, access, &pa) == MMU_FAULT_NONE)
        put(e, access->va, e->phys->bytes + pa, access->size);
    else
        put_legal(e, access, clear);
}

void engine_stage_show(struct engine *e, const struct mmu_access *access)
{
    e->loaded = access->use;
    show(e, access, false);
}

void engine_stage_show_code(struct engine *e, vaddr_t va)
{
    const struct mmu_access fetch = {va, CODE_SHOWN, MMU_EXEC};

    show(e, &fetch, true);
}
