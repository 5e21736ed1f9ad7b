/*
 * emu/engine_hook.c - adding hooks to a core, and those that several share.
 */
#include "emu/engine_internal.h"

#include <errno.h>
#include <string.h>
#include <unicorn/unicorn.h>

int engine_add_hooks(struct core *core, const struct hook_row *rows,
                     size_t count, void *user)
{
    for (size_t i = 0; i < count; i++) {
        uc_hook hook;

        if (uc_hook_add(core->uc, &hook, rows[i].type, rows[i].callback, user,
                        1, 0))
            return -ENOTSUP;
    }
    return 0;
}

static void never(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                  int64_t value, void *user)
{
    (void)uc, (void)type, (void)address, (void)n, (void)value, (void)user;
}

int engine_hook_nothing(struct core *core)
{
    uc_hook hook;

    return uc_hook_add(core->uc, &hook, UC_HOOK_MEM_READ, (void *)never, NULL,
                       UINT64_MAX, UINT64_MAX)
               ? -ENOTSUP
               : 0;
}

/* --paranoid: what the guest was given is what memory holds at the pa. */
static void on_loaded(uc_engine *uc, uc_mem_type type, uint64_t address, int n,
                      int64_t value, void *user)
{
    struct engine *e = user;
    const struct mmu_access access = {(vaddr_t)address, (uint32_t)n, MMU_READ,
                                      e->loaded};
    uint64_t want = 0;
    paddr_t pa;

    (void)uc, (void)type;
    if (e->event || mmu_translate(e->mmu, &access, &pa))
        return; /* an echo may reach outside */
    memcpy(&want, e->phys->bytes + pa, access.size);
    if (memcmp(&want, &value, access.size) != 0) {
        engine_stop(e, e->current, EVENT_BROKEN);
        engine_break(e, "a load did not give what memory holds, va", access.va);
    }
}

int engine_hook_loads(struct engine *e, struct core *core)
{
    static const struct hook_row row = {UC_HOOK_MEM_READ_AFTER,
                                        (void *)on_loaded};

    return engine_add_hooks(core, &row, 1, e);
}
