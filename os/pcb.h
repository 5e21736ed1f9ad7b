/*
 * os/pcb.h - the process control block, in simulated physical memory.
 *
 *      offset  size  field
 *           0     4  magic "PCB\0"; 0 in a slot that is free
 *           4     4  pid
 *           8     4  state (enum pcb_state)
 *          12     4  ELF machine number of its instruction set
 *          16     4  base         MMU registers
 *          20     4  bounds
 *          24     4  exit code, once a zombie
 *          28     4  program break
 *          32     4  lowest legal program break (the end of the image)
 *          36    28  0
 *          64   512  register save area (os/isa.h)
 *
 * PCBs are slots of PCB_SIZE bytes in the operating system's own memory.
 * Little-endian. A debugger or a test may look at, and change, any field while
 * the process is off the CPU.
 *
 * Layer: os/.
 */
#ifndef OS_PCB_H
#define OS_PCB_H

#include "mmu/phys.h"
#include "os/isa.h"

#define PCB_MAGIC 0x00424350u
#define PCB_SIZE  576u /* bytes */
#define PCB_SAVE  64u  /* offset of the register save area */

enum pcb_state { PCB_READY, PCB_RUNNING, PCB_ZOMBIE, PCB_STATE_COUNT };

/* Offsets of the 4-byte fields. */
enum pcb_field {
    PCB_FIELD_MAGIC = 0,
    PCB_FIELD_PID = 4,
    PCB_FIELD_STATE = 8,
    PCB_FIELD_ISA = 12,
    PCB_FIELD_BASE = 16,
    PCB_FIELD_BOUNDS = 20,
    PCB_FIELD_EXIT_CODE = 24,
    PCB_FIELD_BREAK = 28,
    PCB_FIELD_BREAK_MIN = 32,
};

uint32_t pcb_get(const struct phys *phys, paddr_t pcb, enum pcb_field field);
void pcb_set(struct phys *phys, paddr_t pcb, enum pcb_field field,
             uint32_t value);

/* One register of 4 bytes in the save area. */
uint32_t pcb_get_reg(const struct phys *phys, paddr_t pcb,
                     const struct isa *isa, unsigned reg);
void pcb_set_reg(struct phys *phys, paddr_t pcb, const struct isa *isa,
                 unsigned reg, uint32_t value);

/* The register save area as a whole: isa->save_size bytes. */
void pcb_save(struct phys *phys, paddr_t pcb, const struct isa *isa,
              const struct cpu_state *cpu);
void pcb_restore(const struct phys *phys, paddr_t pcb, const struct isa *isa,
                 struct cpu_state *cpu);

#endif /* OS_PCB_H */
