/*
 * fencepost/inject.h - let things go wrong, or happen, at an exact moment.
 *
 * Everything is counted from now on, and happens once. Runs are deterministic:
 * a test can go through all n.
 */
#ifndef FENCEPOST_INJECT_H
#define FENCEPOST_INJECT_H

#include <stdint.h>

#include "trap.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Let the @nth access from now on, 1 is the next, be refused as if for @cause,
 * although it is legal: a fetch, load or store of any process, in program
 * order; each instruction begins with its fetch. There is one at a time; 0:
 * none any more.
 *
 * Returns 0, or -EINVAL: @cause is none of FP_TRAP_SEGMENT, _ABSENT, _BOUNDS
 * and _PROTECTION.
 */
int fp_inject_fault(struct fp_machine *machine, uint64_t nth,
                    enum fp_cause cause);

/*
 * Let the @kth allocation of physical memory from now on fail, 1 is the next:
 * an image, a segment that grows, a copy for fork, a PCB, a pipe. 0: none.
 */
void fp_inject_failure(struct fp_machine *machine, uint64_t kth);

/* Something to do to a machine; it may call what a handler may. */
typedef void fp_event(struct fp_machine *machine, void *context);

/*
 * Call @event before the first instruction of which the clock says @cycle or
 * later. @context is borrowed.
 *
 * Returns 0, or -EINVAL: there is no event; -ENOMEM: out of host memory.
 */
int fp_at(struct fp_machine *machine, uint64_t cycle, fp_event *event,
          void *context);

/* Compact memory: now, or then. Returns 0, or -ENOMEM as fp_at(). */
void fp_compact(struct fp_machine *machine);
int fp_compact_at(struct fp_machine *machine, uint64_t cycle);

/*
 * Swap the memory of process @pid out: now, or then if that can be. It comes
 * back by itself before the process runs; until then fp_read() and the like
 * find no memory. Nobody runs until it is out: the clock moves on.
 *
 * fp_swap() returns 0, or leaves everything as it was and returns
 *   -ENOTSUP  fp_config.swap is 0
 *   -ESRCH    there is no such process
 *   -EINVAL   it runs, waits for the disk, has ended, is out already or on its
 *             way, or shares all that it has
 *   -ENOSPC   the disk is full
 *   -ENOMEM   out of host memory
 * fp_swap_at() returns 0, -ENOTSUP or -ENOMEM.
 */
int fp_swap(struct fp_machine *machine, uint32_t pid);
int fp_swap_at(struct fp_machine *machine, uint64_t cycle, uint32_t pid);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* FENCEPOST_INJECT_H */
