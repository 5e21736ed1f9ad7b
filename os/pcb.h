/*
 * os/pcb.h - the process control block, in simulated physical memory.
 *
 *      offset  size  field
 *           0     4  magic "PCB\0"; 0 in a slot that is free
 *           4     4  pid
 *           8     4  state (enum pcb_state)
 *          12     4  ELF machine number of its instruction set
 *          16     4  address bits (0-7), selector bits (8-15)
 *          20     4  program break
 *          24     4  lowest legal program break (the end of the image)
 *          28     4  highest size of the stack segment, bytes; 0: it is fixed
 *          32     4  its parent's pid; 0: the operating system
 *          36     4  what its system call waits for (enum pcb_wait); 0: nothing
 *          40     4  the number of that; what it means is the call's business
 *          44     4  bytes that this call has moved so far
 *          48     8  when it wakes up, cycles
 *          56     8  cycles that it has run
 *          64    96  MMU registers: PCB_SEGMENTS times base, bounds, flags
 *         160     8  cycles that its children had run, those it waited for
 *         168     4  how it ended, as wait4() says it
 *         172     8  signals that have come and not been delivered
 *         180     8  signals that are blocked
 *         188     4  1: those at 1400 are blocked again after this call
 *         192   512  register save area (os/isa.h)
 *         704    64  files: PCB_FDS descriptors of 2 bytes each
 *         768   620  what it does on signal 1, 2 ... 31: for each the handler,
 *                    its flags, its restorer (4 bytes each), and what is
 *                    blocked meanwhile (8)
 *        1388     8  alternate signal stack: base, bytes (0: none)
 *        1396     4  where its memory is (enum pcb_image)
 *        1400     8  signals that were blocked before sigsuspend()
 *        1408   372  why signal 1, 2 ... 31 came, if it has: si_code, pid or
 *                    address, status
 *        1780    12  its last fault: trap number, error code, address
 *
 *      signals  bit n - 1 of a set is signal n
 *
 *      flags  bits 0-2 rights (enum mmu_prot), 3 grows down, 4 present,
 *             5 copy: may be written, too, once it has been copied
 *
 *      descriptor  bits 0-14 1 + the file's number (os/file.c), 0: it is
 * closed; 15 close it when another program is run
 *
 * Base and bounds are the first of the MMU registers. A segment that grows down
 * has its upper end as base.
 *
 * The first OS_PCBS_FIXED lie in the operating system's own memory, others
 * where there is room. Little-endian. A debugger or a test may look at, and
 * change, any field while the process is off the CPU.
 *
 * Layer: os/.
 */
#ifndef OS_PCB_H
#define OS_PCB_H

#include "mmu/phys.h"
#include "os/isa.h"

#define PCB_MAGIC        0x00424350u
#define PCB_SIZE         1792u /* bytes */
#define PCB_SAVE         192u  /* offset of the register save area */
#define PCB_SEGMENTS     8u
#define PCB_SEGMENT_SIZE 12u
#define PCB_FDS          32u
#define PCB_ACTIONS      31u /* signals that can have a handler */
#define PCB_ACTION_SIZE  20u
#define PCB_CAUSE_SIZE   12u

/*
 * A zombie has ended and holds nothing but its PCB, until its parent asks how.
 */
enum pcb_state {
    PCB_READY,
    PCB_RUNNING,
    PCB_BLOCKED,
    PCB_ZOMBIE,
    PCB_STATE_COUNT
};

/*
 * While a process waits it is blocked. Once it is ready again its call is made
 * again, with the registers that it had: then it ends, or waits on.
 */
enum pcb_wait {
    PCB_WAIT_NOTHING,
    PCB_WAIT_TIME,
    PCB_WAIT_CHILD, /* of the process with this pid, itself */
    PCB_WAIT_READ,  /* until there is something in this pipe */
    PCB_WAIT_WRITE, /* or room */
    PCB_WAIT_SIGNAL,
    PCB_WAIT_DISK,   /* of this block and those behind it */
    PCB_WAIT_MEMORY, /* of so many bytes */
    PCB_WAIT_LOAD,   /* of a segment whose memory begins there */
    PCB_WAITS
};

/* What a process has alone: in memory, on the swap disk, or on the way. */
enum pcb_image {
    PCB_IMAGE_HERE,
    PCB_IMAGE_AWAY,
    PCB_IMAGE_LEAVING,
    PCB_IMAGE_ARRIVING,
};

/* Offsets of the fields, of 4 bytes where nothing else is said. */
enum pcb_field {
    PCB_FIELD_MAGIC = 0,
    PCB_FIELD_PID = 4,
    PCB_FIELD_STATE = 8,
    PCB_FIELD_ISA = 12,
    PCB_FIELD_SPACE = 16,
    PCB_FIELD_BREAK = 20,
    PCB_FIELD_BREAK_MIN = 24,
    PCB_FIELD_STACK_MAX = 28,
    PCB_FIELD_PARENT = 32,
    PCB_FIELD_WAIT = 36,
    PCB_FIELD_WAIT_FOR = 40,
    PCB_FIELD_MOVED = 44,
    PCB_FIELD_WAKE = 48, /* 8 bytes, as the next ones */
    PCB_FIELD_CPU = 56,
    PCB_FIELD_BASE = 64,
    PCB_FIELD_BOUNDS = 68,
    PCB_FIELD_FLAGS = 72,
    PCB_FIELD_CHILDREN_CPU = 160, /* 8 bytes */
    PCB_FIELD_STATUS = 168,
    PCB_FIELD_PENDING = 172, /* 8 bytes, as the next one */
    PCB_FIELD_MASK = 180,
    PCB_FIELD_SUSPENDED = 188,
    PCB_FIELD_FILES = 704,
    PCB_FIELD_ACTIONS = 768,
    PCB_FIELD_ALT_BASE = 1388,
    PCB_FIELD_ALT_SIZE = 1392,
    PCB_FIELD_SWAPPED = 1396,
    PCB_FIELD_OLD_MASK = 1400, /* 8 bytes */
    PCB_FIELD_CAUSES = 1408,
    PCB_FIELD_TRAP = 1780,
    PCB_FIELD_ERROR = 1784,
    PCB_FIELD_ADDRESS = 1788,
};

#define PCB_GROWS_DOWN (1u << 3)
#define PCB_PRESENT    (1u << 4)
#define PCB_COPY       (1u << 5)

#define PCB_FD_CLOSE 0x8000u

/* One MMU register of a process. */
struct pcb_segment {
    paddr_t base;
    uint32_t bounds; /* bytes */
    uint32_t flags;
};

uint32_t pcb_get(const struct phys *phys, paddr_t pcb, enum pcb_field field);
void pcb_set(struct phys *phys, paddr_t pcb, enum pcb_field field,
             uint32_t value);

/* The fields of 8 bytes. */
uint64_t pcb_get64(const struct phys *phys, paddr_t pcb, enum pcb_field field);
void pcb_set64(struct phys *phys, paddr_t pcb, enum pcb_field field,
               uint64_t value);

/* MMU register @index < PCB_SEGMENTS. */
struct pcb_segment pcb_get_segment(const struct phys *phys, paddr_t pcb,
                                   unsigned index);
void pcb_set_segment(struct phys *phys, paddr_t pcb, unsigned index,
                     const struct pcb_segment *segment);

/* All MMU registers 0. */
void pcb_clear_segments(struct phys *phys, paddr_t pcb);

/* Descriptor @fd < PCB_FDS. */
unsigned pcb_get_fd(const struct phys *phys, paddr_t pcb, unsigned fd);
void pcb_set_fd(struct phys *phys, paddr_t pcb, unsigned fd, unsigned value);

/* What a process does on a signal. */
struct pcb_action {
    vaddr_t handler; /* or ABI_SIG_DFL, ABI_SIG_IGN */
    uint32_t flags;
    vaddr_t restorer;
    uint64_t mask;
};

/* Of signal @number, from 1 to PCB_ACTIONS. */
struct pcb_action pcb_get_action(const struct phys *phys, paddr_t pcb,
                                 unsigned number);
void pcb_set_action(struct phys *phys, paddr_t pcb, unsigned number,
                    const struct pcb_action *action);

/* Why a signal came, in the words of siginfo. */
struct pcb_cause {
    uint32_t code;
    uint32_t value; /* the sender's pid, or an address */
    uint32_t status;
};

struct pcb_cause pcb_get_cause(const struct phys *phys, paddr_t pcb,
                               unsigned number);
void pcb_set_cause(struct phys *phys, paddr_t pcb, unsigned number,
                   const struct pcb_cause *cause);

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
