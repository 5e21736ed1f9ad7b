/*
 * os/signal.h - signals: sending, faults, delivery, frames.
 *
 * A signal that is sent is pending, in the PCB, until its process is about to
 * run and does not block it. Then it is ignored, ends the process, or is
 * delivered: a frame goes onto the stack and the handler runs
 * (signal_layout.h).
 *
 * Layer: os/, private.
 */
#ifndef OS_SIGNAL_H
#define OS_SIGNAL_H

#include "os/internal.h"

#define OS_RESTARTED ((uint32_t)-512) /* Linux's ERESTARTSYS */

/* ---- os/signal.c ---- */

/*
 * Send signal @number to @process, which has not ended. What it would ignore
 * is dropped, and what would end it does so now.
 */
void os_signal_send(struct os *os, struct process *process, uint32_t number,
                    const struct pcb_cause *cause);

/* The same from the operating system to a process that made a mistake itself:
 * blocked or ignored it ends it. */
void os_signal_force(struct os *os, struct process *process, uint32_t number,
                     const struct pcb_cause *cause);

/* The signal that @trap is to @process, which raised it: as if for @cause. */
void os_signal_fault(struct os *os, struct process *process,
                     enum trap_cause cause, const struct trap *trap);

/* Its number, or 0: a system call and the timer are no faults. */
uint32_t os_signal_of(const struct process *process, enum trap_cause cause);

/* Whether it would do nothing to @process. */
bool os_signal_ignores(const struct os *os, const struct process *process,
                       uint32_t number);

/* Whether a signal has come that a waiting process is to be told of. */
bool os_signal_waits(const struct os *os, const struct process *process);

/*
 * End the call in which @process waits, because of such a signal: returns its
 * result. OS_RESTARTED: that is for those who look; the registers are such
 * that the call will be made again.
 */
uint32_t os_signal_interrupt(struct os *os, struct process *process);

/* Before @process, which is running, goes on: it may end. */
void os_signal_deliver(struct os *os, struct process *process);

/* Another program has no handlers; a child has no signals yet. */
void os_signal_exec(struct os *os, const struct process *process);
void os_signal_fork(struct os *os, const struct process *child);

/* Whether @parent does not want to hear of its children. */
bool os_signal_reaps(const struct os *os, const struct process *parent);

/*
 * The alternate stack is to be this from now on. Returns 0, or the result for
 * EPERM (the process is on the old one), EINVAL or ENOMEM (it is too small).
 */
uint32_t os_signal_set_alt(struct os *os, const struct process *process,
                           vaddr_t base, uint32_t flags, uint32_t size);

/* The fields of the PCB agree. */
bool os_signal_check(const struct os *os, const struct process *process);

/* ---- os/signal_frame.c ---- */

/*
 * Let @process go on in the handler of @action. @mask is blocked again when
 * it returns. False, and nothing has changed: the frame cannot be pushed.
 */
bool os_frame_push(struct os *os, struct process *process, uint32_t number,
                   const struct pcb_action *action, uint64_t mask);

/*
 * Go back to where the frame says, and set *@mask. False, and nothing has
 * changed: there is no such frame.
 */
bool os_frame_pop(struct os *os, struct process *process, bool info,
                  uint64_t *mask);

/* Whether @sp lies in the alternate stack, if there is one. */
bool os_frame_on_alt(const struct os *os, const struct process *process,
                     vaddr_t sp);

#endif /* OS_SIGNAL_H */
