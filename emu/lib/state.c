/*
 * emu/lib/state.c - registers, memory, PCBs and MMU registers; see
 * fencepost/state.h.
 *
 * Decisions:
 * - All is read from and written to simulated memory, where it is while the
 *   machine stands still. There is no copy that could differ.
 */
#include <errno.h>
#include <string.h>

#include "emu/lib/internal.h"

_Static_assert((int)FP_READY == (int)PCB_READY &&
                   (int)FP_RUNNING == (int)PCB_RUNNING &&
                   (int)FP_BLOCKED == (int)PCB_BLOCKED &&
                   (int)FP_ZOMBIE == (int)PCB_ZOMBIE,
               "the same states");
_Static_assert((int)FP_PCB_MAGIC == (int)PCB_FIELD_MAGIC &&
                   (int)FP_PCB_PID == (int)PCB_FIELD_PID &&
                   (int)FP_PCB_STATE == (int)PCB_FIELD_STATE &&
                   (int)FP_PCB_ISA == (int)PCB_FIELD_ISA &&
                   (int)FP_PCB_BREAK == (int)PCB_FIELD_BREAK &&
                   (int)FP_PCB_BREAK_MIN == (int)PCB_FIELD_BREAK_MIN &&
                   (int)FP_PCB_STACK_MAX == (int)PCB_FIELD_STACK_MAX &&
                   (int)FP_PCB_PARENT == (int)PCB_FIELD_PARENT &&
                   (int)FP_PCB_WAKE == (int)PCB_FIELD_WAKE &&
                   (int)FP_PCB_CYCLES == (int)PCB_FIELD_CPU &&
                   (int)FP_PCB_SEGMENTS == (int)PCB_FIELD_BASE &&
                   (int)FP_PCB_PENDING == (int)PCB_FIELD_PENDING &&
                   (int)FP_PCB_BLOCKED == (int)PCB_FIELD_MASK &&
                   (int)FP_PCB_REGISTERS == (int)PCB_SAVE &&
                   (int)FP_PCB_SIZE == (int)PCB_SIZE,
               "the same fields");

static struct process *find(const struct fp_machine *machine, uint32_t pid)
{
    return os_process(machine->os, pid);
}

/* One that has not ended. */
static struct process *find_living(const struct fp_machine *machine,
                                   uint32_t pid)
{
    struct process *process = find(machine, pid);

    return process && os_lives(machine->os, process) ? process : NULL;
}

/* ---- processes ---- */

int fp_process(const struct fp_machine *machine, uint32_t pid,
               struct fp_process *out)
{
    const struct process *p = find(machine, pid);
    struct phys *phys = machine->phys;

    if (!p)
        return -ESRCH;
    *out = (struct fp_process){
        .pid = pid,
        .parent = pcb_get(phys, p->pcb, PCB_FIELD_PARENT),
        .state = (enum fp_state)pcb_get(phys, p->pcb, PCB_FIELD_STATE),
        .arch = p->isa->name,
        .scheme = os_scheme_name(p->scheme),
        .segments = os_segment_count(machine->os, p),
        .reserved = os_reserved(p),
        .pcb = p->pcb,
        .cycles = pcb_get64(phys, p->pcb, PCB_FIELD_CPU),
    };
    return 0;
}

int fp_exit(struct fp_machine *machine, uint32_t pid, uint32_t code)
{
    struct process *process = find_living(machine, pid);

    if (!process)
        return -ESRCH;
    os_exit(machine->os, process, code);
    return 0;
}

int fp_kill(struct fp_machine *machine, uint32_t pid, unsigned signal)
{
    struct process *process = find_living(machine, pid);

    if (!process)
        return -ESRCH;
    if (signal < 1 || signal > 64)
        return -EINVAL;
    os_exit_signal(machine->os, process, signal);
    return 0;
}

/* ---- registers ---- */

/* Names that both instruction sets have. */
static bool find_alias(const struct isa *isa, const char *name, unsigned *reg)
{
    const struct {
        const char *name;
        unsigned reg;
    } rows[] = {
        {"pc", isa->pc},
        {"sp", isa->sp},
        {"flags", isa->flags},
        {"call", isa->call_number},
        {"result", isa->call_result},
        {"arg0", isa->call_args[0]},
        {"arg1", isa->call_args[1]},
        {"arg2", isa->call_args[2]},
        {"arg3", isa->call_args[3]},
        {"arg4", isa->call_args[4]},
        {"arg5", isa->call_args[5]},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].name, name) == 0) {
            *reg = rows[i].reg;
            return true;
        }
    return false;
}

/* Where register @name lies in physical memory: 0, or what callers return. */
static int find_reg(const struct fp_machine *machine, uint32_t pid,
                    const char *name, uint32_t size, paddr_t *at)
{
    const struct process *p = find_living(machine, pid);
    unsigned reg = 0;

    if (!p)
        return -ESRCH;
    while (reg < p->isa->reg_count && strcmp(p->isa->regs[reg].name, name) != 0)
        reg++;
    if (reg == p->isa->reg_count && !find_alias(p->isa, name, &reg))
        return -ENOENT;
    if (p->isa->regs[reg].size != size)
        return -EINVAL;
    *at = p->pcb + PCB_SAVE + p->isa->regs[reg].offset;
    return 0;
}

int fp_reg(const struct fp_machine *machine, uint32_t pid, const char *name,
           uint32_t *value)
{
    paddr_t at;
    const int err = find_reg(machine, pid, name, 4, &at);

    if (!err)
        *value = phys_read32(machine->phys, at);
    return err;
}

int fp_set_reg(struct fp_machine *machine, uint32_t pid, const char *name,
               uint32_t value)
{
    paddr_t at;
    const int err = find_reg(machine, pid, name, 4, &at);

    if (!err)
        phys_write32(machine->phys, at, value);
    return err;
}

int fp_reg_bytes(const struct fp_machine *machine, uint32_t pid,
                 const char *name, void *to, uint32_t size)
{
    paddr_t at;
    const int err = find_reg(machine, pid, name, size, &at);

    if (!err)
        phys_read(machine->phys, at, to, size);
    return err;
}

int fp_set_reg_bytes(struct fp_machine *machine, uint32_t pid, const char *name,
                     const void *from, uint32_t size)
{
    paddr_t at;
    const int err = find_reg(machine, pid, name, size, &at);

    if (!err)
        phys_write(machine->phys, at, from, size);
    return err;
}

/* ---- memory ---- */

int fp_read(const struct fp_machine *machine, uint32_t pid, uint32_t va,
            void *to, uint32_t size)
{
    const struct process *p = find_living(machine, pid);

    return p ? os_copy_from_user(machine->os, p, to, va, size) : -ESRCH;
}

int fp_write(struct fp_machine *machine, uint32_t pid, uint32_t va,
             const void *from, uint32_t size)
{
    const struct process *p = find_living(machine, pid);

    return p ? os_copy_to_user(machine->os, p, va, from, size) : -ESRCH;
}

static int find_bytes(const struct fp_machine *machine, uint32_t pid,
                      uint32_t va, uint32_t size, paddr_t *pa)
{
    const struct process *p = find_living(machine, pid);

    if (!p)
        return -ESRCH;
    return os_find_bytes(machine->os, p, va, size, pa) ? 0 : -EFAULT;
}

int fp_peek(const struct fp_machine *machine, uint32_t pid, uint32_t va,
            void *to, uint32_t size)
{
    paddr_t pa;
    const int err = find_bytes(machine, pid, va, size, &pa);

    if (!err)
        phys_read(machine->phys, pa, to, size);
    return err;
}

int fp_poke(struct fp_machine *machine, uint32_t pid, uint32_t va,
            const void *from, uint32_t size)
{
    paddr_t pa;
    const int err = find_bytes(machine, pid, va, size, &pa);

    if (!err)
        phys_write(machine->phys, pa, from, size);
    return err;
}

int fp_translate(const struct fp_machine *machine, uint32_t pid, uint32_t va,
                 uint32_t size, enum fp_right kind, uint32_t *pa,
                 enum fp_cause *cause)
{
    const struct process *p = find_living(machine, pid);
    const struct mmu_access access = {
        .va = va, .size = size, .kind = (enum mmu_prot)kind};
    enum mmu_fault fault;

    if (!p)
        return -ESRCH;
    if (size < 1 || size > MMU_ACCESS_MAX ||
        (kind != FP_READ && kind != FP_WRITE && kind != FP_EXEC))
        return -EINVAL;
    fault = os_translate(machine->os, p, &access, pa);
    if (fault == MMU_FAULT_NONE)
        return 0;
    if (cause)
        *cause = (enum fp_cause)trap_of_fault(fault);
    return -EFAULT;
}

int fp_phys_read(const struct fp_machine *machine, uint32_t pa, void *to,
                 uint32_t size)
{
    if (!phys_holds(machine->phys, pa, size))
        return -ERANGE;
    phys_read(machine->phys, pa, to, size);
    return 0;
}

int fp_phys_write(struct fp_machine *machine, uint32_t pa, const void *from,
                  uint32_t size)
{
    if (!phys_holds(machine->phys, pa, size))
        return -ERANGE;
    phys_write(machine->phys, pa, from, size);
    return 0;
}

void fp_holes(const struct fp_machine *machine, uint32_t *bytes,
              uint32_t *largest)
{
    os_memory(machine->os, bytes, largest);
}

/* ---- MMU registers ---- */

int fp_segment(const struct fp_machine *machine, uint32_t pid, unsigned number,
               struct fp_segment *out)
{
    const struct process *p = find_living(machine, pid);
    struct segment s;

    if (!p)
        return -ESRCH;
    if (os_read_segment(machine->os, p, number, &s))
        return -ERANGE;
    *out = (struct fp_segment){.base = s.base,
                               .bounds = s.bounds,
                               .rights = s.prot,
                               .grows_down = s.grows_down,
                               .present = !s.absent};
    return 0;
}

int fp_set_segment(struct fp_machine *machine, uint32_t pid, unsigned number,
                   const struct fp_segment *segment)
{
    struct process *p = find_living(machine, pid);
    const struct segment s = {
        .base = segment->base,
        .bounds = segment->bounds,
        .prot = (enum mmu_prot)(segment->rights & MMU_RWX),
        .grows_down = segment->grows_down,
        .absent = !segment->present,
    };

    return p ? os_write_segment(machine->os, p, number, &s) : -ESRCH;
}

int fp_reserved(const struct fp_machine *machine, uint32_t pid, unsigned number,
                uint32_t *base, uint32_t *size)
{
    const struct process *p = find_living(machine, pid);
    struct os_block block;

    if (!p)
        return -ESRCH;
    if (os_reserved_for(machine->os, p, number, &block))
        return -ERANGE;
    *base = block.base;
    *size = block.size;
    return 0;
}

int fp_resize(struct fp_machine *machine, uint32_t pid, unsigned number,
              uint32_t bounds)
{
    struct process *p = find_living(machine, pid);

    return p ? os_try_resize(machine->os, p, number, bounds) : -ESRCH;
}

/* ---- PCBs ---- */

static bool lies_in_pcb(uint32_t offset, uint32_t size)
{
    return size <= PCB_SIZE && offset <= PCB_SIZE - size;
}

int fp_pcb_read(const struct fp_machine *machine, uint32_t pid, uint32_t offset,
                void *to, uint32_t size)
{
    const struct process *p = find(machine, pid);

    if (!p)
        return -ESRCH;
    if (!lies_in_pcb(offset, size))
        return -ERANGE;
    phys_read(machine->phys, p->pcb + offset, to, size);
    return 0;
}

int fp_pcb_write(struct fp_machine *machine, uint32_t pid, uint32_t offset,
                 const void *from, uint32_t size)
{
    const struct process *p = find_living(machine, pid);

    if (!p)
        return -ESRCH;
    if (!lies_in_pcb(offset, size))
        return -ERANGE;
    if (offset < PCB_FIELD_SPACE + 4)
        return -EPERM;
    phys_write(machine->phys, p->pcb + offset, from, size);
    return 0;
}
