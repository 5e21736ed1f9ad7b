/* sys/types.h - types that the system calls use. */
#ifndef GUEST_SYS_TYPES_H
#define GUEST_SYS_TYPES_H

#include <stddef.h>

typedef int ssize_t;
typedef int pid_t;
typedef long off_t;
typedef long time_t;
typedef long clock_t;

#endif /* GUEST_SYS_TYPES_H */
