/*
 * os/shm.c - shared data: segments that processes attach by a key, to exchange
 * what they like at the speed of memory.
 *
 * Decisions of the model:
 * - A key is a number that processes agree on. Who attaches it first says how
 *   large the memory is, which reads 0 then; it is freed with the last segment
 *   that it is for, and forgotten.
 * - It is one segment more, under a selector that the program has left free:
 *   the highest one below the stack's. Where there are no selectors, or one
 *   segment is all there is, there is no such call.
 * - A process has the rights that it asked for, in its own register or
 *   descriptor; what others asked for does not matter. It is never code.
 * - A child has what its parent has, and the same memory: this is what no store
 *   copies. Another program begins without.
 * - It does not grow.
 */
#include <errno.h>

#include "os/call.h"

const struct os_shared *os_shared_at(const struct os *os,
                                     const struct os_block *block)
{
    for (unsigned i = 0; block->size > 0 && i < os->shared_count; i++)
        if (os->shared[i].block.base == block->base)
            return &os->shared[i];
    return NULL;
}

void os_shared_move(struct os *os, paddr_t from, paddr_t to)
{
    for (unsigned i = 0; i < os->shared_count; i++)
        if (os->shared[i].block.base == from)
            os->shared[i].block.base = to;
}

void os_shared_forget(struct os *os, const struct os_block *block)
{
    for (unsigned i = 0; i < os->shared_count; i++)
        if (os->shared[i].block.base == block->base) {
            os->shared[i] = os->shared[--os->shared_count];
            return;
        }
}

static const struct os_shared *find(const struct os *os, uint32_t key)
{
    for (unsigned i = 0; i < os->shared_count; i++)
        if (os->shared[i].key == key)
            return &os->shared[i];
    return NULL;
}

/*
 * The highest one that is free; 0: none. The first is never taken: an address
 * near 0 is a mistake. Nor is that of a heap that is empty yet.
 */
static unsigned free_selector(const struct os *os, struct process *process)
{
    const struct segment_layout layout = os_layout(os, process);
    const vaddr_t heap = pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK_MIN);
    unsigned selector = os_segments(os, process);

    if (selector > segment_count(&layout))
        selector = segment_count(&layout);
    for (selector -= 2; selector > 0; selector--)
        if (os_block_of(process, selector)->size == 0 &&
            selector << segment_shift(&layout) != heap)
            return selector;
    return 0;
}

/* Memory that no key means yet. */
static uint32_t create(struct os *os, uint32_t key, uint32_t size,
                       struct os_block *block)
{
    if (os->shared_count == OS_SHARED)
        return call_error(ABI_ENOSPC);
    if (os_reserve(os, size, block))
        return call_error(ABI_ENOMEM);
    os_work_clear(os, block->base, size);
    os->shared[os->shared_count++] = (struct os_shared){key, *block};
    return 0;
}

uint32_t sys_shm_attach(const struct call *call)
{
    struct os *os = call->os;
    struct process *process = call->process;
    const uint32_t key = call->args[0], size = call->args[1];
    const uint32_t prot = call->args[2];
    const struct segment_layout layout = os_layout(os, process);

    if (!process->scheme->shares || layout.seg_bits == 0)
        return call_error(ABI_ENOSYS);

    const struct os_shared *old = find(os, key);
    const uint32_t whole = old ? old->block.size : size;
    if (prot == 0 || prot & ~(uint32_t)(ABI_SHM_READ | ABI_SHM_WRITE) ||
        whole == 0 || size > whole || whole > segment_span_size(&layout))
        return call_error(ABI_EINVAL);

    const unsigned selector = free_selector(os, process);
    if (selector == 0)
        return call_error(ABI_EMFILE);

    struct os_block *block = os_block_of(process, selector);
    uint32_t err = 0;
    if (!old)
        err = create(os, key, size, block);
    else if (os_share(os, &old->block, block))
        err = call_error(ABI_ENOMEM);
    if (err)
        return err;

    const struct segment s = {
        .base = block->base, .bounds = whole, .prot = (enum mmu_prot)prot};
    os_set_segment(os, process, selector, &s);
    return selector << segment_shift(&layout);
}

uint32_t sys_shm_detach(const struct call *call)
{
    static const struct segment none = {.absent = true};
    struct os *os = call->os;
    struct process *process = call->process;
    const struct segment_layout layout = os_layout(os, process);

    if (!process->scheme->shares || layout.seg_bits == 0)
        return call_error(ABI_ENOSYS);

    const uint64_t selector = segment_selector(&layout, call->args[0]);
    if (selector >= os_segments(os, process) ||
        selector << segment_shift(&layout) != call->args[0] ||
        !os_shared_at(os, os_block_of(process, (unsigned)selector)))
        return call_error(ABI_EINVAL);
    os_release(os, os_block_of(process, (unsigned)selector));
    os_set_segment(os, process, (unsigned)selector, &none);
    return 0;
}
