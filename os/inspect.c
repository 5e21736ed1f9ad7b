/* os/inspect.c - looking at processes from outside; see inspect.h. */
#include "os/inspect.h"

#include <errno.h>

#include "os/internal.h"

struct process *os_process(struct os *os, uint32_t pid)
{
    return os_find(os, pid);
}

unsigned os_segment_count(const struct os *os, const struct process *process)
{
    return process->scheme == &os_scheme_base_bounds ? 1
                                                     : os_segments(os, process);
}

int os_read_segment(const struct os *os, const struct process *process,
                    unsigned selector, struct segment *out)
{
    if (selector >= os_segment_count(os, process))
        return -ERANGE;
    *out = os_get_segment(os, process, selector);
    return 0;
}

/* Base and bounds have no selectors: all addresses are one segment's. */
static int fits(const struct os *os, const struct process *process,
                const struct segment *segment)
{
    const struct segment_layout layout = os_layout(os, process);
    const struct segment_layout whole = {.va_bits = 32};

    return segment_fits(segment, layout.va_bits ? &layout : &whole,
                        os->phys->size);
}

int os_write_segment(struct os *os, struct process *process, unsigned selector,
                     const struct segment *segment)
{
    int err;

    if (selector >= os_segment_count(os, process))
        return -ERANGE;
    err = fits(os, process, segment);
    if (!err)
        err = os_swap_in(os, process);
    if (!err)
        os_set_segment(os, process, selector, segment);
    return err;
}

int os_reserved_for(const struct os *os, const struct process *process,
                    unsigned selector, struct os_block *out)
{
    if (selector >= os_segment_count(os, process))
        return -ERANGE;
    *out = process->many ? process->many->blocks[selector]
                         : process->blocks[selector];
    return 0;
}

int os_try_resize(struct os *os, struct process *process, unsigned selector,
                  uint32_t bounds)
{
    const struct segment_layout layout = os_layout(os, process);

    if (selector >= os_segment_count(os, process) ||
        (layout.va_bits && bounds > segment_span_size(&layout)))
        return -ERANGE;
    if (bounds < os_least_bounds(os, process, selector))
        return -EINVAL;
    if (os_swap_in(os, process))
        return -ENOMEM;
    if (os_get_segment(os, process, selector).bounds >
        os_block_of(process, selector)->size)
        return -EFAULT;
    return os_resize(os, process, selector, bounds);
}

bool os_locate(const struct os *os, const struct process *process,
               const struct mmu_access *access, struct mmu_span *out)
{
    const union os_mmu regs = os_registers(os, process);

    return regs.mmu.ops->locate(&regs.mmu, access, out);
}

enum mmu_fault os_translate(const struct os *os, const struct process *process,
                            const struct mmu_access *access, paddr_t *pa)
{
    const union os_mmu regs = os_registers(os, process);

    return mmu_translate(&regs.mmu, access, pa);
}

bool os_find_bytes(const struct os *os, const struct process *process,
                   vaddr_t va, uint32_t size, paddr_t *pa)
{
    const struct mmu_access first = {.va = va, .size = 1, .kind = MMU_READ};
    struct mmu_span span;
    uint32_t offset;

    if (!os_locate(os, process, &first, &span) ||
        os_get_segment(os, process, span.segment).absent)
        return false;
    offset = va - span.va;
    if (size > span.bounds || offset > span.bounds - size ||
        !phys_holds(os->phys, span.base, span.bounds))
        return false;
    *pa = span.base + offset;
    return true;
}
