/* mmu/mmu.c - what all translation schemes share. */
#include "mmu/mmu.h"

#include <assert.h>
#include <stdio.h>

static const char *const fault_names[MMU_FAULT_COUNT] = {
    [MMU_FAULT_NONE] = "none",
    [MMU_FAULT_SEGMENT] = "segment",
    [MMU_FAULT_ABSENT] = "absent",
    [MMU_FAULT_BOUNDS] = "bounds",
    [MMU_FAULT_PROTECTION] = "protection",
};

uint32_t mmu_legal_prefix(const struct mmu *mmu,
                          const struct mmu_access *access)
{
    struct mmu_access longer = *access;
    paddr_t pa;

    longer.size = 1;
    while (longer.size <= access->size &&
           longer.size - 1 <= UINT32_MAX - access->va &&
           !mmu_translate(mmu, &longer, &pa))
        longer.size++;
    return longer.size - 1;
}

const char *mmu_span_name(const struct mmu_span *span, char text[16])
{
    if (span->name)
        return span->name;
    snprintf(text, 16, "seg%u", span->segment);
    return text;
}

const char *mmu_fault_name(enum mmu_fault fault)
{
    assert(fault < MMU_FAULT_COUNT);
    return fault_names[fault];
}

const char *mmu_kind_name(enum mmu_prot kind)
{
    switch ((unsigned)kind) {
    case MMU_READ:
        return "load";
    case MMU_WRITE:
        return "store";
    default:
        assert(kind == MMU_EXEC);
        return "fetch";
    }
}
