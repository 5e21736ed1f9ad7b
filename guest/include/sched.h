/* sched.h - let others run. */
#ifndef GUEST_SCHED_H
#define GUEST_SCHED_H

int sched_yield(void);

#endif /* GUEST_SCHED_H */
