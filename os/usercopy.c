/*
 * os/usercopy.c - memory of a process, touched by the OS with the process's
 * own rights.
 *
 * Decisions of the model:
 * - A copy is checked whole before the first byte moves.
 * - It is as many accesses as need be, so that one which leaves a segment goes
 *   on in the next.
 * - Where the use selects the segment, a system call's memory is data.
 * - Before memory of a process that is on the disk is touched, it is brought
 *   in; a bare copy to or from it is refused.
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

uint32_t os_user_piece(const struct os *os, const struct process *process,
                       vaddr_t va, uint32_t rest, enum mmu_prot kind,
                       paddr_t *pa)
{
    const union os_mmu regs = os_registers(os, process);

    return piece(&regs.mmu, va, rest, kind, pa).size;
}

/* How many leading bytes may be accessed so. */
static uint32_t legal_bytes(const struct mmu *mmu, vaddr_t va, uint32_t size,
                            enum mmu_prot kind)
{
    uint32_t done = 0;

    while (done < size) {
        paddr_t pa;
        const uint32_t legal =
            piece(mmu, va + done, size - done, kind, &pa).size;

        if (legal == 0)
            break;
        done += legal;
    }
    return done;
}

static bool wraps(vaddr_t va, uint32_t size)
{
    return size > 0 && size - 1 > UINT32_MAX - va;
}

static bool holds(const struct mmu *mmu, vaddr_t va, uint32_t size,
                  enum mmu_prot kind)
{
    return !wraps(va, size) && legal_bytes(mmu, va, size, kind) == size;
}

bool os_user_holds(const struct os *os, const struct process *process,
                   vaddr_t va, uint32_t size, enum mmu_prot kind)
{
    const union os_mmu regs = os_registers(os, process);

    return holds(&regs.mmu, va, size, kind);
}

/*
 * Make legal the access to the byte at @va, as a trap would: bring in its
 * segment, copy it, or let the stack grow. False: it stays as it is.
 */
static bool make_legal(struct os *os, struct process *process, vaddr_t va,
                       enum mmu_prot kind)
{
    const union os_mmu regs = os_registers(os, process);
    const struct mmu_access access = {va, 1, kind};
    struct mmu_span span;
    paddr_t pa;

    switch (mmu_translate(&regs.mmu, &access, &pa)) {
    case MMU_FAULT_ABSENT:
        return regs.mmu.ops->locate(&regs.mmu, &access, &span) &&
               os_load(os, process, span.segment) == 0;
    case MMU_FAULT_PROTECTION:
        return kind == MMU_WRITE &&
               regs.mmu.ops->locate(&regs.mmu, &access, &span) &&
               os_unshare(os, process, span.segment) == 0;
    case MMU_FAULT_BOUNDS:
        return os_may_be_stack(process, &access) &&
               os_grow_stack(os, process, va);
    case MMU_FAULT_NONE:
    case MMU_FAULT_SEGMENT:
    case MMU_FAULT_COUNT:
        break;
    }
    return false;
}

/* An absent segment may have to be copied next, so one byte may need two. */
bool os_user_ready(struct os *os, struct process *process, vaddr_t va,
                   uint32_t size, enum mmu_prot kind)
{
    if (wraps(va, size) || os_swap_in(os, process))
        return false;
    for (;;) {
        const union os_mmu regs = os_registers(os, process);
        const uint32_t legal = legal_bytes(&regs.mmu, va, size, kind);

        if (legal == size)
            return true;
        if (!make_legal(os, process, va + legal, kind))
            return false;
    }
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

        os_work_load(os, at + done, pa, a.size);
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

        os_work_store(os, pa, at + done, a.size);
        done += a.size;
    }
    return 0;
}
