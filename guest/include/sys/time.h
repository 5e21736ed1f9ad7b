/* sys/time.h - the time in microseconds. */
#ifndef GUEST_SYS_TIME_H
#define GUEST_SYS_TIME_H

#include <sys/types.h>

struct timeval {
    time_t tv_sec;
    long tv_usec;
};

/* zone is NULL, or gets two ints of 0. */
int gettimeofday(struct timeval *time, void *zone);

#endif /* GUEST_SYS_TIME_H */
