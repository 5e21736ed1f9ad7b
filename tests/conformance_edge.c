/* tests/conformance_edge.c - see conformance_edge.h. */
#include "tests/conformance_edge.h"

void edge_try(struct suite *s, struct place place)
{
    const struct verdict want = suite_judge(s, &place);

    suite_try(s, &place, &want);
}

struct reach edge_reach(const struct plan *plan)
{
    const uint32_t passes = plan->rep ? plan->passes : 1;
    struct reach reach = {INT32_MAX, INT32_MIN};

    for (uint32_t pass = 0; pass < passes; pass++) {
        for (unsigned i = 0; i < plan->access_count; i++) {
            const struct plan_access *a = &plan->accesses[i];
            const int32_t lo = (int32_t)(a->offset + pass * plan->step);
            const int32_t hi = lo + (int32_t)a->size;

            if (a->safe)
                continue;
            reach.lo = lo < reach.lo ? lo : reach.lo;
            reach.hi = hi > reach.hi ? hi : reach.hi;
        }
    }
    return reach.lo > reach.hi ? (struct reach){0, 0} : reach;
}

vaddr_t edge_anchor(const struct plan *plan, vaddr_t va, int32_t byte)
{
    return (va - (uint32_t)byte) / plan->align * plan->align;
}

int32_t edge_random(struct suite *s, struct reach reach)
{
    return reach.lo +
           (int32_t)rng_below(&s->rng, (uint32_t)(reach.hi - reach.lo));
}

int32_t edge_next(struct suite *s, int32_t byte, struct reach reach)
{
    const int32_t size = reach.hi - reach.lo;

    if (size <= 20 || byte < reach.lo + 4 || byte >= reach.hi - 4)
        return byte + 1;
    byte += 1 + (int32_t)rng_below(&s->rng, (uint32_t)size / 4);
    return byte < reach.hi - 4 ? byte : reach.hi - 4;
}

bool edge_is_free(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->set_count; i++)
        if (plan->sets[i].value.kind == V_LOW16 ||
            plan->sets[i].value.kind == V_HALF)
            return false;
    return true;
}
