/* time.c - the system calls about time, and what is made of them. */
#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time)
{
    return syscall(SYS_clock_gettime, clock, time);
}

int clock_getres(clockid_t clock, struct timespec *time)
{
    return syscall(SYS_clock_getres, clock, time);
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
    return syscall(SYS_nanosleep, time, rest);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                    struct timespec *rest)
{
    int kept = errno;
    int result = syscall(SYS_clock_nanosleep, clock, flags, time, rest);

    if (result == 0)
        return 0;
    result = errno;
    errno = kept;
    return result;
}

unsigned sleep(unsigned seconds)
{
    struct timespec time = {(time_t)seconds, 0};

    if (nanosleep(&time, &time) == 0)
        return 0;
    return (unsigned)time.tv_sec + (time.tv_nsec > 0);
}

int usleep(unsigned microseconds)
{
    struct timespec time = {microseconds / 1000000,
                            (long)(microseconds % 1000000) * 1000};

    return nanosleep(&time, NULL);
}

int gettimeofday(struct timeval *time, void *zone)
{
    return syscall(SYS_gettimeofday, time, zone);
}

time_t time(time_t *where)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (where != NULL)
        *where = now.tv_sec;
    return now.tv_sec;
}

double difftime(time_t end, time_t begin)
{
    return (double)end - (double)begin;
}

clock_t clock(void)
{
    struct timespec cpu;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return cpu.tv_sec * CLOCKS_PER_SEC +
           cpu.tv_nsec / (1000000000 / CLOCKS_PER_SEC);
}

clock_t times(struct tms *buffer)
{
    return syscall(SYS_times, buffer);
}

int sched_yield(void)
{
    return syscall(SYS_sched_yield);
}
