/*
 * os/wait.c - the calls about processes: who am I, wait, kill, give way, end.
 *
 * Decisions of the model:
 * - There are no process groups: a call about the caller's own group, or about
 *   everybody, means all that it could mean; any other group has no member.
 * - Of several children that have ended, the one with the lowest pid is told.
 * - A call that is given a bad pointer reaps nobody, so that a second call can
 *   tell what the first could not. (Linux loses that child.)
 */
#include "os/call.h"
#include "os/signal.h"

#define RUSAGE_SIZE 72u

uint32_t sys_exit(const struct call *call)
{
    os_exit(call->os, call->process, call->args[0] & 0xff);
    return 0;
}

uint32_t sys_getpid(const struct call *call)
{
    return call->process->pid;
}

uint32_t sys_getppid(const struct call *call)
{
    return pcb_get(call->os->phys, call->process->pcb, PCB_FIELD_PARENT);
}

uint32_t sys_sched_yield(const struct call *call)
{
    pcb_set(call->os->phys, call->process->pcb, PCB_FIELD_STATE, PCB_READY);
    return 0;
}

/* ---- wait ---- */

/* Whether the call waits for @child: for any, or for that pid. */
static bool is_meant(const struct call *call, const struct process *child)
{
    const int32_t wanted = (int32_t)call->args[0];

    return os_slot_used(child) &&
           pcb_get(call->os->phys, child->pcb, PCB_FIELD_PARENT) ==
               call->process->pid &&
           (wanted == -1 || wanted == 0 || (uint32_t)wanted == child->pid);
}

/* The zombie with the lowest pid, or NULL; *@any: there is a child at all. */
static struct process *find_zombie(const struct call *call, bool *any)
{
    struct process *found = NULL;

    *any = false;
    for (unsigned i = 0; i < call->os->slots; i++) {
        struct process *child = &call->os->processes[i];

        if (!is_meant(call, child))
            continue;
        *any = true;
        if (os_in_state(call->os, child, PCB_ZOMBIE) &&
            (!found || child->pid < found->pid))
            found = child;
    }
    return found;
}

static void put32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* User time, in seconds and microseconds; all else of the struct is 0. */
static void fill_rusage(uint8_t rusage[RUSAGE_SIZE], cycles_t cpu)
{
    put32(rusage, (uint32_t)(cpu / OS_CLOCK_HZ));
    put32(rusage + 4, (uint32_t)(cpu % OS_CLOCK_HZ / (OS_CLOCK_HZ / 1000000)));
}

/* What @process and all that it has waited for have run. */
static cycles_t cpu_of(const struct os *os, const struct process *process)
{
    return pcb_get64(os->phys, process->pcb, PCB_FIELD_CPU) +
           pcb_get64(os->phys, process->pcb, PCB_FIELD_CHILDREN_CPU);
}

static uint32_t reap(const struct call *call, struct process *child,
                     vaddr_t status_va, vaddr_t rusage_va)
{
    struct os *os = call->os;
    const cycles_t cpu = cpu_of(os, child);
    const uint32_t pid = child->pid;
    uint8_t status[4], rusage[RUSAGE_SIZE] = {0};

    put32(status, pcb_get(os->phys, child->pcb, PCB_FIELD_STATUS));
    fill_rusage(rusage, cpu);
    if ((status_va && !call_may(call, status_va, 4, MMU_WRITE)) ||
        (rusage_va && !call_may(call, rusage_va, RUSAGE_SIZE, MMU_WRITE)))
        return call_error(ABI_EFAULT);
    if (status_va)
        call_copy_out(call, status_va, status, 4);
    if (rusage_va) {
        os->told = true;
        call_copy_out(call, rusage_va, rusage, RUSAGE_SIZE);
    }
    pcb_set64(os->phys, call->process->pcb, PCB_FIELD_CHILDREN_CPU,
              pcb_get64(os->phys, call->process->pcb, PCB_FIELD_CHILDREN_CPU) +
                  cpu);
    os_slot_drop(os, child);
    return pid;
}

static uint32_t wait_for(const struct call *call, vaddr_t rusage)
{
    const uint32_t options = call->args[2];
    struct process *child;
    bool any;

    if (options & ~ABI_WAIT_ALL)
        return call_error(ABI_EINVAL);
    if ((int32_t)call->args[0] == INT32_MIN)
        return call_error(ABI_ESRCH); /* it has no negative */
    child = find_zombie(call, &any);
    if (child)
        return reap(call, child, call->args[1], rusage);
    if (!any)
        return call_error(ABI_ECHILD);
    if (!(options & ABI_WNOHANG))
        os_block(call->os, call->process, PCB_WAIT_CHILD, call->process->pid);
    return 0;
}

uint32_t sys_wait4(const struct call *call)
{
    return wait_for(call, call->args[3]);
}

uint32_t sys_waitpid(const struct call *call)
{
    return wait_for(call, 0);
}

/* ---- kill ---- */

/* @code says by which call. */
static void send(const struct call *call, struct process *process,
                 uint32_t signal, int code)
{
    const struct pcb_cause cause = {.code = (uint32_t)code,
                                    .value = call->process->pid};

    if (signal > 0 && os_lives(call->os, process))
        os_signal_send(call->os, process, signal, &cause);
}

/* All others, and at last the caller, if it counts itself in. */
static uint32_t kill_all(const struct call *call, uint32_t signal, bool self)
{
    bool any = self;

    for (unsigned i = 0; i < OS_PROCESSES; i++) {
        struct process *p = &call->os->processes[i];

        if (!os_slot_used(p) || p == call->process)
            continue;
        any = true;
        send(call, p, signal, ABI_SI_USER);
    }
    if (self)
        send(call, call->process, signal, ABI_SI_USER);
    return any ? 0 : call_error(ABI_ESRCH);
}

uint32_t sys_kill(const struct call *call)
{
    const int32_t pid = (int32_t)call->args[0];
    const uint32_t signal = call->args[1];
    struct process *process;

    if (signal > ABI_SIGNALS)
        return call_error(ABI_EINVAL);
    if (pid == 0 || pid == -1)
        return kill_all(call, signal, pid == 0);
    process = pid > 0 ? os_find(call->os, (uint32_t)pid) : NULL;
    if (!process)
        return call_error(ABI_ESRCH);
    send(call, process, signal, ABI_SI_USER);
    return 0;
}

/* A process has one thread, which is called as it is. */
static uint32_t kill_thread(const struct call *call, int32_t pid,
                            uint32_t signal)
{
    struct process *process;

    if (pid <= 0 || signal > ABI_SIGNALS)
        return call_error(ABI_EINVAL);
    process = os_find(call->os, (uint32_t)pid);
    if (!process)
        return call_error(ABI_ESRCH);
    send(call, process, signal, ABI_SI_TKILL);
    return 0;
}

uint32_t sys_tkill(const struct call *call)
{
    return kill_thread(call, (int32_t)call->args[0], call->args[1]);
}

uint32_t sys_tgkill(const struct call *call)
{
    const int32_t group = (int32_t)call->args[0], pid = (int32_t)call->args[1];

    if (group <= 0)
        return call_error(ABI_EINVAL);
    if (group != pid && pid > 0)
        return call_error(ABI_ESRCH);
    return kill_thread(call, pid, call->args[2]);
}
