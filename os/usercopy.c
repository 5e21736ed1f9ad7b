/*
 * os/usercopy.c - memory of a process, touched by the OS with the process's
 * own rights.
 *
 * Decisions of the model:
 * - A copy is checked whole before the first byte moves.
 * - It is as many accesses as need be, so that one which leaves a segment goes
 *   on in the next.
 * - Where the use selects the segment, a system call's memory is data.
 * - The MMU registers are those in the PCB, so a handler that changes them
 *   there copies by the new ones.
 */
#include <errno.h>

#include "os/internal.h"

/*
 * The next access: as much of it as may be done at once. No bytes when the
 * first one is not legal.
 */
static struct mmu_access piece(const struct mmu *mmu, vaddr_t va, uint32_t rest,
                               enum mmu_prot kind, paddr_t *pa)
{
    struct mmu_access access = {
        .va = va,
        .size = rest < MMU_ACCESS_MAX ? rest : MMU_ACCESS_MAX,
        .kind = kind,
    };

    if (mmu_translate(mmu, &access, pa) == MMU_FAULT_NONE)
        return access;
    access.size = mmu_legal_prefix(mmu, &access);
    if (access.size > 0)
        (void)mmu_translate(mmu, &access, pa);
    return access;
}

static bool holds(const struct mmu *mmu, vaddr_t va, uint32_t size,
                  enum mmu_prot kind)
{
    if (size > 0 && size - 1 > UINT32_MAX - va)
        return false;
    for (uint32_t done = 0; done < size;) {
        paddr_t pa;
        const uint32_t legal =
            piece(mmu, va + done, size - done, kind, &pa).size;

        if (legal == 0)
            return false;
        done += legal;
    }
    return true;
}

bool os_user_holds(const struct os *os, const struct process *process,
                   vaddr_t va, uint32_t size, enum mmu_prot kind)
{
    const union os_mmu regs = os_registers(os, process);

    return holds(&regs.mmu, va, size, kind);
}

/* The segment of @va, if it is absent. */
static bool bring_in(struct os *os, struct process *process, vaddr_t va)
{
    const union os_mmu regs = os_registers(os, process);
    const struct mmu_access first = {va, 1, MMU_READ};
    struct mmu_span span;
    paddr_t pa;

    return mmu_translate(&regs.mmu, &first, &pa) == MMU_FAULT_ABSENT &&
           regs.mmu.ops->locate(&regs.mmu, &first, &span) &&
           os_bring_in(os, process, span.segment) == 0;
}

static bool grow_stack(struct os *os, struct process *process, vaddr_t va,
                       enum mmu_prot kind)
{
    const struct mmu_access first = {va, 1, kind};

    return os_may_be_stack(process, &first) && os_grow_stack(os, process, va);
}

bool os_user_ready(struct os *os, struct process *process, vaddr_t va,
                   uint32_t size, enum mmu_prot kind)
{
    if (os_user_holds(os, process, va, size, kind))
        return true;
    return (bring_in(os, process, va) || grow_stack(os, process, va, kind)) &&
           os_user_holds(os, process, va, size, kind);
}

int os_copy_from_user(struct os *os, const struct process *process, void *to,
                      vaddr_t from, uint32_t size)
{
    const union os_mmu regs = os_registers(os, process);
    uint8_t *at = to;

    if (!holds(&regs.mmu, from, size, MMU_READ))
        return -EFAULT;
    for (uint32_t done = 0; done < size;) {
        paddr_t pa = 0;
        const struct mmu_access a =
            piece(&regs.mmu, from + done, size - done, MMU_READ, &pa);

        phys_read(os->phys, pa, at + done, a.size);
        done += a.size;
    }
    return 0;
}

int os_copy_to_user(struct os *os, const struct process *process, vaddr_t to,
                    const void *from, uint32_t size)
{
    const union os_mmu regs = os_registers(os, process);
    const uint8_t *at = from;

    if (!holds(&regs.mmu, to, size, MMU_WRITE))
        return -EFAULT;
    for (uint32_t done = 0; done < size;) {
        paddr_t pa = 0;
        const struct mmu_access a =
            piece(&regs.mmu, to + done, size - done, MMU_WRITE, &pa);

        phys_write(os->phys, pa, at + done, a.size);
        done += a.size;
    }
    return 0;
}
