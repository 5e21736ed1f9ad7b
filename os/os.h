/*
 * os/os.h - the miniature operating system.
 *
 * It owns the trap table, the processes and the placement of memory. It knows
 * nothing of the engine that runs instructions: os_trap() is a function from
 * (machine state, trap) to (machine state, next process).
 *
 * Physical memory:
 *
 *      0        OS_TRAP_TABLE  one 4-byte entry for each cause
 *      256      OS_PCBS        PCBs, OS_PROCESSES slots of PCB_SIZE
 *      16 KiB   OS_END         first byte for process images
 *      size
 *
 * Layer: os/ includes mmu/ and os/.
 */
#ifndef OS_OS_H
#define OS_OS_H

#include "mmu/base_bounds.h"
#include "mmu/phys.h"
#include "os/isa.h"
#include "os/pcb.h"
#include "os/trap.h"

#define OS_TRAP_TABLE 0u
#define OS_PCBS       256u
#define OS_PROCESSES  16u
#define OS_END        16384u

#define OS_BOUNDS_DEFAULT 16384u
#define OS_BASE_ANY       UINT32_MAX /* let the OS place it */

/*
 * The host's side of read and write: file descriptors 0, 1 and 2.
 * Each moves up to @size bytes and returns how many, or a negated ABI_E*.
 */
struct os_io {
    int (*read)(void *ctx, int fd, void *to, uint32_t size);
    int (*write)(void *ctx, int fd, const void *from, uint32_t size);
    void *ctx; /* borrowed */
};

/* A process, host side. Registers and state are in the PCB. */
struct process {
    uint32_t pid;
    paddr_t pcb;
    const struct isa *isa;
    struct base_bounds bb; /* its MMU registers; the PCB has a copy */
};

/* A program to start. Everything is borrowed for the call. */
struct os_program {
    const void *file; /* an ELF file's bytes */
    size_t file_size;
    int argc;
    const char *const *argv;
    uint32_t bounds; /* size of the address space, bytes */
    paddr_t base;    /* where to place it, or OS_BASE_ANY */
};

/* Why something was refused: one line without the file's name. */
struct os_error {
    char text[256];
};

struct os;

/*
 * A handler of one cause. It acts on the PCB of @process, on its MMU registers
 * and on memory. Traps never nest.
 */
typedef void os_handler(struct os *os, struct process *process,
                        const struct trap *trap);

/*
 * Boot: lay out the bottom of @phys (borrowed), install the default trap table.
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  @phys is smaller than PHYS_SIZE_MIN
 *   -ENOMEM  out of host memory
 */
int os_create(struct os **out, struct phys *phys, const struct os_io *io);

/* Shut down, whatever still runs. NULL is a no-op. */
void os_destroy(struct os *os);

/*
 * Create a process: check the ELF file, place its image (first fit, or at
 * program->base), copy its segments, build its stack, fill its PCB.
 *
 * Returns 0 and sets *@out (owned by the OS until the process is reaped), or
 * leaves everything as it was, says why in *@why, and returns
 *   -ENOEXEC  the file cannot run on this machine
 *   -ENOMEM   no hole is large enough, or out of host memory
 *   -EAGAIN   all PCBs are taken
 */
int os_spawn(struct os *os, const struct os_program *program,
             struct process **out, struct os_error *why);

/*
 * Handle one trap of the running process, whose registers are already in its
 * PCB. Returns the process to run next, or NULL when none is left.
 */
struct process *os_trap(struct os *os, struct process *running,
                        const struct trap *trap);

/* Replace the handler of one cause; @handler is not NULL. */
void os_set_handler(struct os *os, enum trap_cause cause, os_handler *handler);

/* For handlers: end @process, give its memory back, keep its exit code. */
void os_exit(struct os *os, struct process *process, uint32_t exit_code);

/* The exit code of the process that ended last; 0 before any has. */
uint32_t os_exit_code(const struct os *os);

/* The memory, for handlers and reports (borrowed). */
struct phys *os_phys(const struct os *os);

/*
 * Copies between the OS and a process's memory, checked with the process's own
 * rights. Return 0, or -EFAULT and move nothing.
 */
int os_copy_from_user(struct os *os, const struct process *process, void *to,
                      vaddr_t from, uint32_t size);
int os_copy_to_user(struct os *os, const struct process *process, vaddr_t to,
                    const void *from, uint32_t size);

/* Bytes of physical memory in holes, and the size of the largest hole. */
void os_memory(const struct os *os, uint32_t *free_bytes, uint32_t *largest);

/* Full walk: PCBs, images and holes agree and tile the memory. */
bool os_check(const struct os *os);

#endif /* OS_OS_H */
