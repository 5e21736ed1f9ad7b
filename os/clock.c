/*
 * os/clock.c - the simulated clock, and the calls that tell or wait for time.
 *
 * Decisions of the model:
 * - The clock is the machine's. A process is charged from when the machine is
 *   back in it until it traps. What the operating system does is nobody's time,
 *   so a process's system time is 0.
 * - When no process can run but one waits for a time, or the disk is at work,
 *   the processor idles until then, at no cost to the host. That is the only
 *   time the OS adds.
 * - Who waits for more than 146 years from boot waits for ever.
 * - A process that waits is woken at the first trap at or after its time.
 * - All clocks begin with 0 at boot: on this machine that is the 1st of January
 *   1970. A second has OS_CLOCK_HZ cycles, so a cycle is a nanosecond.
 */
#include <assert.h>

#include "os/call.h"
#include "os/signal.h"

#define FAR (OS_NEVER / 2) /* 146 years: nobody waits for longer */

_Static_assert(OS_CLOCK_HZ == 1000000000, "a cycle is a nanosecond");

/* ---- the clock ---- */

cycles_t os_clock(const struct os *os)
{
    return os->clock->now;
}

void os_set_clock(struct os *os, struct clock *clock)
{
    os->clock = clock;
}

cycles_t os_idle(const struct os *os)
{
    return os->idle;
}

bool os_clock_told(const struct os *os)
{
    return os->told;
}

void os_clock_tell(struct os *os)
{
    os->told = true;
}

/* Whoever tells a process asks here, so that it is known. */
cycles_t call_now(const struct call *call)
{
    call->os->told = true;
    return os_clock(call->os);
}

cycles_t call_cpu(const struct call *call, enum pcb_field field)
{
    call->os->told = true;
    return pcb_get64(call->os->phys, call->process->pcb, field);
}

void os_clock_run(struct os *os, struct process *ran, cycles_t now)
{
    const cycles_t cpu = pcb_get64(os->phys, ran->pcb, PCB_FIELD_CPU);
    const cycles_t cycles = now > os->since ? now - os->since : 0;

    if (now > os->clock->now)
        clock_advance(os->clock, CLOCK_execute, now - os->clock->now);
    pcb_set64(os->phys, ran->pcb, PCB_FIELD_CPU, cpu + cycles);
    schedule_ran(&os->schedule, os_slot(os, ran), cycles);
    os->since = os->clock->now;
}

void os_clock_back(struct os *os)
{
    os->since = os->clock->now;
}

static bool has_come(cycles_t time, cycles_t now)
{
    return time != OS_NEVER && time <= now;
}

/* Who waits for a time: that of the first, after waking those due. */
static cycles_t wake_until(struct os *os, cycles_t now)
{
    cycles_t first = OS_NEVER;

    for (unsigned i = 0; i < os->slots; i++) {
        const struct process *p = &os->processes[i];

        if (!os_in_state(os, p, PCB_BLOCKED) ||
            pcb_get(os->phys, p->pcb, PCB_FIELD_WAIT) != PCB_WAIT_TIME)
            continue;

        const cycles_t wake = pcb_get64(os->phys, p->pcb, PCB_FIELD_WAKE);
        if (has_come(wake, now))
            pcb_set(os->phys, p->pcb, PCB_FIELD_STATE, PCB_READY);
        else if (wake < first)
            first = wake;
    }
    return first;
}

void os_clock_wake(struct os *os)
{
    os_disk_finish(os);
    if (os->next_wake <= os->clock->now)
        os->next_wake = wake_until(os, os->clock->now);
}

void os_clock_pass(struct os *os, cycles_t until)
{
    const cycles_t now = os->clock->now;

    if (until <= now)
        return;
    os->idle += until - now;
    clock_advance(os->clock, os_disk_has_segments(os) ? CLOCK_swap : CLOCK_idle,
                  until - now);
    os->since = until;
}

bool os_clock_idle(struct os *os)
{
    const cycles_t done = os_disk_due(os);
    cycles_t first = wake_until(os, os->clock->now);

    os->next_wake = first;
    if (done < first)
        first = done;
    if (first == OS_NEVER)
        return false;
    os_clock_pass(os, first);
    os_clock_wake(os);
    return true;
}

void os_clock_block(struct os *os, struct process *process, cycles_t wake)
{
    pcb_set64(os->phys, process->pcb, PCB_FIELD_WAKE, wake);
    if (wake < os->next_wake)
        os->next_wake = wake;
    os_block(os, process, PCB_WAIT_TIME, 0);
}

/* ---- times in memory ---- */

/* As the call that it belongs to has them: of 4 or of 8 bytes each. */
struct timespec {
    int64_t seconds;
    int64_t ns;
};

static struct timespec to_timespec(cycles_t cycles)
{
    return (struct timespec){
        .seconds = (int64_t)(cycles / OS_CLOCK_HZ),
        .ns = (int64_t)(cycles % OS_CLOCK_HZ),
    };
}

static void put32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 |
           (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* A @wide timespec has 64 bits of seconds and 32 of nanoseconds that count. */
static uint32_t put_timespec(const struct call *call, vaddr_t va,
                             const struct timespec *time, bool wide)
{
    uint8_t bytes[16] = {0};

    put32(bytes, (uint32_t)time->seconds);
    put32(bytes + 4,
          wide ? (uint32_t)(time->seconds >> 32) : (uint32_t)time->ns);
    put32(bytes + 8, (uint32_t)time->ns);
    return call_copy_out(call, va, bytes, wide ? 16 : 8);
}

static uint32_t get_timespec(const struct call *call, vaddr_t va,
                             struct timespec *time, bool wide)
{
    uint8_t bytes[16];
    const uint32_t err = call_copy_in(call, bytes, va, wide ? 16 : 8);

    if (err)
        return err;
    time->seconds = (int32_t)get32(bytes);
    time->ns = (int32_t)get32(bytes + 4);
    if (wide) {
        time->seconds =
            (int64_t)((uint64_t)get32(bytes + 4) << 32 | get32(bytes));
        time->ns = (int32_t)get32(bytes + 8);
    }
    return time->seconds < 0 || time->ns < 0 || time->ns >= OS_CLOCK_HZ
               ? call_error(ABI_EINVAL)
               : 0;
}

/* ---- waiting ---- */

/* @from + @time; what is too far away never comes. */
static cycles_t later(cycles_t from, const struct timespec *time)
{
    const uint64_t seconds = (uint64_t)time->seconds;

    if (from > FAR || seconds >= (FAR - from) / OS_CLOCK_HZ)
        return OS_NEVER;
    return from + seconds * OS_CLOCK_HZ + (uint64_t)time->ns;
}

/* How a call wants to sleep. */
struct sleep {
    vaddr_t time; /* where that is written */
    vaddr_t rest; /* where to write what a signal has left of it; 0: nowhere */
    bool absolute;
    bool wide;
};

/* A signal has ended it: never again by itself, and the rest is told. */
static uint32_t wake_early(const struct call *call, const struct sleep *sleep,
                           cycles_t wake)
{
    const struct timespec rest = to_timespec(wake - os_clock(call->os));

    if (sleep->rest && !sleep->absolute) {
        call->os->told = true;
        if (put_timespec(call, sleep->rest, &rest, sleep->wide))
            return call_error(ABI_EFAULT);
    }
    return call_error(ABI_EINTR);
}

static uint32_t wait_until(const struct call *call, const struct sleep *sleep,
                           cycles_t wake)
{
    if (has_come(wake, os_clock(call->os)))
        return 0;
    if (os_signal_waits(call->os, call->process))
        return wake_early(call, sleep, wake);
    os_clock_block(call->os, call->process, wake);
    return 0;
}

static uint32_t sleep_for(const struct call *call, const struct sleep *sleep)
{
    struct timespec time;

    if (call->again)
        return wait_until(
            call, sleep,
            pcb_get64(call->os->phys, call->process->pcb, PCB_FIELD_WAKE));

    const uint32_t err = get_timespec(call, sleep->time, &time, sleep->wide);
    if (err)
        return err;
    if (sleep->absolute)
        call->os->told = true; /* how long depends on the time */
    return wait_until(call, sleep,
                      later(sleep->absolute ? 0 : os_clock(call->os), &time));
}

uint32_t sys_nanosleep(const struct call *call)
{
    const struct sleep sleep = {.time = call->args[0], .rest = call->args[1]};

    return sleep_for(call, &sleep);
}

/* A process cannot wait for time that passes only while it runs. */
static uint32_t clock_sleep(const struct call *call, bool wide)
{
    const uint32_t clock = call->args[0];
    const struct sleep sleep = {
        .time = call->args[2],
        .rest = call->args[3],
        .absolute = call->args[1] & ABI_TIMER_ABSTIME,
        .wide = wide,
    };

    if (clock >= ABI_CLOCKS || clock == ABI_CLOCK_PROCESS_CPU ||
        clock == ABI_CLOCK_THREAD_CPU)
        return call_error(ABI_EINVAL);
    return sleep_for(call, &sleep);
}

uint32_t sys_clock_nanosleep(const struct call *call)
{
    return clock_sleep(call, false);
}

uint32_t sys_clock_nanosleep64(const struct call *call)
{
    return clock_sleep(call, true);
}

/* ---- telling the time ---- */

static uint32_t tell(const struct call *call, cycles_t cycles, bool wide)
{
    const struct timespec time = to_timespec(cycles);

    return put_timespec(call, call->args[1], &time, wide);
}

static uint32_t tell_clock(const struct call *call, bool wide)
{
    const uint32_t clock = call->args[0];

    if (clock >= ABI_CLOCKS)
        return call_error(ABI_EINVAL);
    if (clock == ABI_CLOCK_PROCESS_CPU || clock == ABI_CLOCK_THREAD_CPU)
        return tell(call, call_cpu(call, PCB_FIELD_CPU), wide);
    return tell(call, call_now(call), wide);
}

uint32_t sys_clock_gettime(const struct call *call)
{
    return tell_clock(call, false);
}

uint32_t sys_clock_gettime64(const struct call *call)
{
    return tell_clock(call, true);
}

static uint32_t tell_resolution(const struct call *call, bool wide)
{
    if (call->args[0] >= ABI_CLOCKS)
        return call_error(ABI_EINVAL);
    return call->args[1] ? tell(call, 1, wide) : 0;
}

uint32_t sys_clock_getres(const struct call *call)
{
    return tell_resolution(call, false);
}

uint32_t sys_clock_getres64(const struct call *call)
{
    return tell_resolution(call, true);
}

/* The time zone is that of Greenwich: two words of 0. */
uint32_t sys_gettimeofday(const struct call *call)
{
    const vaddr_t time = call->args[0], zone = call->args[1];
    const struct timespec now = to_timespec(call_now(call));
    uint8_t bytes[8] = {0};

    if ((time && !call_may(call, time, 8, MMU_WRITE)) ||
        (zone && !call_may(call, zone, 8, MMU_WRITE)))
        return call_error(ABI_EFAULT);
    if (zone && call_copy_out(call, zone, bytes, 8))
        return call_error(ABI_EFAULT);
    put32(bytes, (uint32_t)now.seconds);
    put32(bytes + 4, (uint32_t)now.ns / 1000);
    return time ? call_copy_out(call, time, bytes, 8) : 0;
}

uint32_t sys_time(const struct call *call)
{
    const uint32_t seconds = (uint32_t)(call_now(call) / OS_CLOCK_HZ);
    uint8_t bytes[4];

    put32(bytes, seconds);
    if (call->args[0] && call_copy_out(call, call->args[0], bytes, 4))
        return call_error(ABI_EFAULT);
    return seconds;
}

static uint32_t ticks(cycles_t cycles)
{
    return (uint32_t)(cycles / (OS_CLOCK_HZ / ABI_CLOCK_TICKS));
}

/* User, system, user and system of children: the system's are 0. */
uint32_t sys_times(const struct call *call)
{
    uint8_t bytes[16] = {0};

    put32(bytes, ticks(call_cpu(call, PCB_FIELD_CPU)));
    put32(bytes + 8, ticks(call_cpu(call, PCB_FIELD_CHILDREN_CPU)));
    if (call->args[0] && call_copy_out(call, call->args[0], bytes, 16))
        return call_error(ABI_EFAULT);
    return ticks(call_now(call));
}
