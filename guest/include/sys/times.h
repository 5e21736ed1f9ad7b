/* sys/times.h - who has run how long. */
#ifndef GUEST_SYS_TIMES_H
#define GUEST_SYS_TIMES_H

#include <sys/types.h>

/* In hundredths of a second; the children are those waited for. */
struct tms {
    clock_t tms_utime;
    clock_t tms_stime; /* 0: the system's work costs nothing yet */
    clock_t tms_cutime;
    clock_t tms_cstime;
};

/* Returns the time since the machine booted. */
clock_t times(struct tms *buffer);

#endif /* GUEST_SYS_TIMES_H */
