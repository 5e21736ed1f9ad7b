/* os/pcb.c - the process control block; see pcb.h for the picture. */
#include "os/pcb.h"

#include <assert.h>

uint32_t pcb_get(const struct phys *phys, paddr_t pcb, enum pcb_field field)
{
    return phys_read32(phys, pcb + (paddr_t)field);
}

void pcb_set(struct phys *phys, paddr_t pcb, enum pcb_field field,
             uint32_t value)
{
    phys_write32(phys, pcb + (paddr_t)field, value);
}

uint64_t pcb_get64(const struct phys *phys, paddr_t pcb, enum pcb_field field)
{
    const paddr_t at = pcb + (paddr_t)field;

    return phys_read32(phys, at) | (uint64_t)phys_read32(phys, at + 4) << 32;
}

void pcb_set64(struct phys *phys, paddr_t pcb, enum pcb_field field,
               uint64_t value)
{
    const paddr_t at = pcb + (paddr_t)field;

    phys_write32(phys, at, (uint32_t)value);
    phys_write32(phys, at + 4, (uint32_t)(value >> 32));
}

struct pcb_segment pcb_get_segment(const struct phys *phys, paddr_t pcb,
                                   unsigned index)
{
    const paddr_t at = pcb + PCB_FIELD_BASE + index * PCB_SEGMENT_SIZE;

    assert(index < PCB_SEGMENTS);
    return (struct pcb_segment){
        .base = phys_read32(phys, at),
        .bounds = phys_read32(phys, at + 4),
        .flags = phys_read32(phys, at + 8),
    };
}

void pcb_set_segment(struct phys *phys, paddr_t pcb, unsigned index,
                     const struct pcb_segment *segment)
{
    const paddr_t at = pcb + PCB_FIELD_BASE + index * PCB_SEGMENT_SIZE;

    assert(index < PCB_SEGMENTS);
    phys_write32(phys, at, segment->base);
    phys_write32(phys, at + 4, segment->bounds);
    phys_write32(phys, at + 8, segment->flags);
}

void pcb_clear_segments(struct phys *phys, paddr_t pcb)
{
    phys_fill(phys, pcb + PCB_FIELD_BASE, 0, PCB_SEGMENTS * PCB_SEGMENT_SIZE);
}

unsigned pcb_get_fd(const struct phys *phys, paddr_t pcb, unsigned fd)
{
    uint8_t bytes[2];

    assert(fd < PCB_FDS);
    phys_read(phys, pcb + PCB_FIELD_FILES + 2 * fd, bytes, sizeof(bytes));
    return bytes[0] | (unsigned)bytes[1] << 8;
}

void pcb_set_fd(struct phys *phys, paddr_t pcb, unsigned fd, unsigned value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};

    assert(fd < PCB_FDS);
    phys_write(phys, pcb + PCB_FIELD_FILES + 2 * fd, bytes, sizeof(bytes));
}

static paddr_t action_at(paddr_t pcb, unsigned number)
{
    assert(number >= 1 && number <= PCB_ACTIONS);
    return pcb + PCB_FIELD_ACTIONS + (number - 1) * PCB_ACTION_SIZE;
}

struct pcb_action pcb_get_action(const struct phys *phys, paddr_t pcb,
                                 unsigned number)
{
    const paddr_t at = action_at(pcb, number);

    return (struct pcb_action){
        .handler = phys_read32(phys, at),
        .flags = phys_read32(phys, at + 4),
        .restorer = phys_read32(phys, at + 8),
        .mask = phys_read32(phys, at + 12) |
                (uint64_t)phys_read32(phys, at + 16) << 32,
    };
}

void pcb_set_action(struct phys *phys, paddr_t pcb, unsigned number,
                    const struct pcb_action *action)
{
    const paddr_t at = action_at(pcb, number);

    phys_write32(phys, at, action->handler);
    phys_write32(phys, at + 4, action->flags);
    phys_write32(phys, at + 8, action->restorer);
    phys_write32(phys, at + 12, (uint32_t)action->mask);
    phys_write32(phys, at + 16, (uint32_t)(action->mask >> 32));
}

static paddr_t cause_at(paddr_t pcb, unsigned number)
{
    assert(number >= 1 && number <= PCB_ACTIONS);
    return pcb + PCB_FIELD_CAUSES + (number - 1) * PCB_CAUSE_SIZE;
}

struct pcb_cause pcb_get_cause(const struct phys *phys, paddr_t pcb,
                               unsigned number)
{
    const paddr_t at = cause_at(pcb, number);

    return (struct pcb_cause){
        .code = phys_read32(phys, at),
        .value = phys_read32(phys, at + 4),
        .status = phys_read32(phys, at + 8),
    };
}

void pcb_set_cause(struct phys *phys, paddr_t pcb, unsigned number,
                   const struct pcb_cause *cause)
{
    const paddr_t at = cause_at(pcb, number);

    phys_write32(phys, at, cause->code);
    phys_write32(phys, at + 4, cause->value);
    phys_write32(phys, at + 8, cause->status);
}

/* Where a register of 4 bytes lies. */
static paddr_t slot(paddr_t pcb, const struct isa *isa, unsigned reg)
{
    assert(reg < isa->reg_count && isa->regs[reg].size == 4);
    return pcb + PCB_SAVE + isa->regs[reg].offset;
}

uint32_t pcb_get_reg(const struct phys *phys, paddr_t pcb,
                     const struct isa *isa, unsigned reg)
{
    return phys_read32(phys, slot(pcb, isa, reg));
}

void pcb_set_reg(struct phys *phys, paddr_t pcb, const struct isa *isa,
                 unsigned reg, uint32_t value)
{
    phys_write32(phys, slot(pcb, isa, reg), value);
}

void pcb_save(struct phys *phys, paddr_t pcb, const struct isa *isa,
              const struct cpu_state *cpu)
{
    phys_write(phys, pcb + PCB_SAVE, cpu->bytes, isa->save_size);
}

void pcb_restore(const struct phys *phys, paddr_t pcb, const struct isa *isa,
                 struct cpu_state *cpu)
{
    phys_read(phys, pcb + PCB_SAVE, cpu->bytes, isa->save_size);
}
