/* emu/span.c - which segment an address means; see span.h. */
#include "emu/span.h"

bool span_holding(const struct mmu *mmu, vaddr_t va, struct mmu_span *out)
{
    struct mmu_span span;

    for (unsigned i = 0; mmu->ops->span(mmu, i, &span); i++) {
        if (va >= span.va && va - span.va < span.bounds) {
            *out = span;
            return true;
        }
    }
    return false;
}

bool span_meant(const struct mmu *mmu, vaddr_t va, struct mmu_span *out)
{
    struct mmu_span second;

    if (span_holding(mmu, va, out))
        return true;
    return !mmu->ops->span(mmu, 1, &second) && mmu->ops->span(mmu, 0, out);
}
