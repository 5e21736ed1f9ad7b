/*
 * time.h - the simulated clock.
 *
 * All clocks begin with 0 when the machine boots: to it that is the 1st of
 * January 1970. Time passes as instructions are executed, and while everybody
 * sleeps; it is the same in every run. clock() and CLOCK_PROCESS_CPUTIME_ID
 * tell what the process itself has run. There is no calendar.
 */
#ifndef GUEST_TIME_H
#define GUEST_TIME_H

#include <sys/types.h>

#define CLOCKS_PER_SEC 1000000l

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_BOOTTIME           7
#define TIMER_ABSTIME            1

typedef int clockid_t;

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

int clock_gettime(clockid_t clock, struct timespec *time);
int clock_getres(clockid_t clock, struct timespec *time);

/* rest is not written: nothing cuts a sleep short. */
int nanosleep(const struct timespec *time, struct timespec *rest);
/* Returns an errno value instead of setting errno. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                    struct timespec *rest);

time_t time(time_t *where);
clock_t clock(void);
double difftime(time_t end, time_t begin);

#endif /* GUEST_TIME_H */
