/*
 * os/inspect.h - processes and their MMU registers, for who looks at a machine
 * from outside while it stands still, or is a handler.
 *
 * Layer: os/.
 */
#ifndef OS_INSPECT_H
#define OS_INSPECT_H

#include "os/os.h"

/* The process that is called so, a zombie too; or NULL. */
struct process *os_process(struct os *os, uint32_t pid);

/* How many MMU registers or descriptors @process has. */
unsigned os_segment_count(const struct os *os, const struct process *process);

/*
 * One of them. Returns 0, or leaves *@out alone and returns -ERANGE: there is
 * none with this number.
 */
int os_read_segment(const struct os *os, const struct process *process,
                    unsigned selector, struct segment *out);

/*
 * Write it, as a handler would: what memory is reserved for the segment stays
 * as it is, and os_check() looks whether the two agree.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -ERANGE  there is none with this number, or it is larger than its addresses
 *   -EFAULT  it does not lie inside physical memory
 */
int os_write_segment(struct os *os, struct process *process, unsigned selector,
                     const struct segment *segment);

/* What is reserved for it. Returns 0, or -ERANGE as os_read_segment(). */
int os_reserved_for(const struct os *os, const struct process *process,
                    unsigned selector, struct os_block *out);

/*
 * os_resize() of what may be wrong. Returns what that does, or leaves
 * everything as it was and returns
 *   -ERANGE  as os_write_segment()
 *   -EINVAL  the bytes that the program's file has would not lie inside
 *   -EFAULT  its bounds are larger than what is reserved
 */
int os_try_resize(struct os *os, struct process *process, unsigned selector,
                  uint32_t bounds);

/* The segment that @access selects; false: none. */
bool os_locate(const struct os *os, const struct process *process,
               const struct mmu_access *access, struct mmu_span *out);

/* mmu_translate() by the registers that are in the PCB now. */
enum mmu_fault os_translate(const struct os *os, const struct process *process,
                            const struct mmu_access *access, paddr_t *pa);

/*
 * Where all of [@va, @va + @size) is, if it lies in one segment that is in
 * memory, whatever its rights. False: it does not.
 */
bool os_find_bytes(const struct os *os, const struct process *process,
                   vaddr_t va, uint32_t size, paddr_t *pa);

#endif /* OS_INSPECT_H */
