/*
 * os/syscall.c - the system calls; numbers and registers are in abi.h.
 *
 * Decisions of the model:
 * - A call's answer is what Linux would give, with one difference: a range of
 *   memory that is not wholly the process's own moves nothing (Linux moves up
 *   to the first bad page).
 */
#include "os/call.h"
#include "os/signal.h"

uint32_t sys_brk(const struct call *call)
{
    struct phys *phys = call->os->phys;
    struct process *process = call->process;
    const uint32_t old = pcb_get(phys, process->pcb, PCB_FIELD_BREAK);
    const uint32_t wanted = call->args[0];

    if (wanted < pcb_get(phys, process->pcb, PCB_FIELD_BREAK_MIN))
        return old;
    return os_set_break(call->os, process, wanted) ? wanted : old;
}

/* ---- the table ---- */

#define NONE UINT32_MAX

struct row {
    uint32_t numbers[ISA_ABIS];
    struct os_call_info info;
    call_function *function;
};

/* A number that both have, and one for each. */
#define BOTH(n)                                                                \
    {                                                                          \
        n, n                                                                   \
    }
#define EACH(x, arm)                                                           \
    {                                                                          \
        x, arm                                                                 \
    }

static const struct row rows[] = {
    {BOTH(ABI_SYS_EXIT), {"exit", 1}, sys_exit},
    {EACH(ABI_SYS_EXIT_GROUP_X86, ABI_SYS_EXIT_GROUP_ARM),
     {"exit_group", 1},
     sys_exit},
    {BOTH(ABI_SYS_READ), {"read", 3}, sys_read},
    {BOTH(ABI_SYS_WRITE), {"write", 3}, sys_write},
    {BOTH(ABI_SYS_WRITEV), {"writev", 3}, sys_writev},
    {BOTH(ABI_SYS_CLOSE), {"close", 1}, sys_close},
    {BOTH(ABI_SYS_PIPE), {"pipe", 1}, sys_pipe},
    {EACH(ABI_SYS_PIPE2_X86, ABI_SYS_PIPE2_ARM), {"pipe2", 2}, sys_pipe2},
    {BOTH(ABI_SYS_DUP), {"dup", 1}, sys_dup},
    {BOTH(ABI_SYS_DUP2), {"dup2", 2}, sys_dup2},
    {EACH(ABI_SYS_DUP3_X86, ABI_SYS_DUP3_ARM), {"dup3", 3}, sys_dup3},
    {BOTH(ABI_SYS_FCNTL), {"fcntl", 3}, sys_fcntl},
    {BOTH(ABI_SYS_FCNTL64), {"fcntl64", 3}, sys_fcntl},
    {BOTH(ABI_SYS_BRK), {"brk", 1}, sys_brk},
    {BOTH(ABI_SYS_GETPID), {"getpid", 0}, sys_getpid},
    {BOTH(ABI_SYS_GETTID), {"gettid", 0}, sys_getpid},
    {BOTH(ABI_SYS_GETPPID), {"getppid", 0}, sys_getppid},
    {BOTH(ABI_SYS_SCHED_YIELD), {"sched_yield", 0}, sys_sched_yield},
    {BOTH(ABI_SYS_FORK), {"fork", 0}, sys_fork},
    {BOTH(ABI_SYS_VFORK), {"vfork", 0}, sys_fork},
    {BOTH(ABI_SYS_CLONE), {"clone", 5}, sys_clone},
    {BOTH(ABI_SYS_EXECVE), {"execve", 3}, sys_execve},
    {BOTH(ABI_SYS_WAIT4), {"wait4", 4}, sys_wait4},
    {EACH(ABI_SYS_WAITPID_X86, NONE), {"waitpid", 3}, sys_waitpid},
    {BOTH(ABI_SYS_KILL), {"kill", 2}, sys_kill},
    {BOTH(ABI_SYS_TKILL), {"tkill", 2}, sys_tkill},
    {EACH(ABI_SYS_TGKILL_X86, ABI_SYS_TGKILL_ARM), {"tgkill", 3}, sys_tgkill},
    {BOTH(ABI_SYS_RT_SIGACTION), {"rt_sigaction", 4}, sys_rt_sigaction},
    {BOTH(ABI_SYS_SIGACTION), {"sigaction", 3}, sys_sigaction},
    {EACH(ABI_SYS_SIGNAL_X86, NONE), {"signal", 2}, sys_signal},
    {BOTH(ABI_SYS_RT_SIGPROCMASK), {"rt_sigprocmask", 4}, sys_rt_sigprocmask},
    {BOTH(ABI_SYS_SIGPROCMASK), {"sigprocmask", 3}, sys_sigprocmask},
    {BOTH(ABI_SYS_RT_SIGPENDING), {"rt_sigpending", 2}, sys_rt_sigpending},
    {BOTH(ABI_SYS_SIGPENDING), {"sigpending", 1}, sys_sigpending},
    {BOTH(ABI_SYS_RT_SIGSUSPEND), {"rt_sigsuspend", 2}, sys_rt_sigsuspend},
    {BOTH(ABI_SYS_SIGSUSPEND), {"sigsuspend", 3}, sys_sigsuspend},
    {BOTH(ABI_SYS_PAUSE), {"pause", 0}, sys_pause},
    {BOTH(ABI_SYS_SIGALTSTACK), {"sigaltstack", 2}, sys_sigaltstack},
    {BOTH(ABI_SYS_RT_SIGRETURN), {"rt_sigreturn", 0}, sys_rt_sigreturn},
    {BOTH(ABI_SYS_SIGRETURN), {"sigreturn", 0}, sys_sigreturn},
    {BOTH(ABI_SYS_NANOSLEEP), {"nanosleep", 2}, sys_nanosleep},
    {EACH(ABI_SYS_CLOCK_SLEEP_X86, ABI_SYS_CLOCK_SLEEP_ARM),
     {"clock_nanosleep", 4},
     sys_clock_nanosleep},
    {BOTH(ABI_SYS_CLOCK_SLEEP64),
     {"clock_nanosleep_time64", 4},
     sys_clock_nanosleep64},
    {EACH(ABI_SYS_CLOCK_GETTIME_X86, ABI_SYS_CLOCK_GETTIME_ARM),
     {"clock_gettime", 2},
     sys_clock_gettime},
    {BOTH(ABI_SYS_CLOCK_GETTIME64),
     {"clock_gettime64", 2},
     sys_clock_gettime64},
    {EACH(ABI_SYS_CLOCK_GETRES_X86, ABI_SYS_CLOCK_GETRES_ARM),
     {"clock_getres", 2},
     sys_clock_getres},
    {BOTH(ABI_SYS_CLOCK_GETRES64),
     {"clock_getres_time64", 2},
     sys_clock_getres64},
    {BOTH(ABI_SYS_GETTIMEOFDAY), {"gettimeofday", 2}, sys_gettimeofday},
    {EACH(ABI_SYS_TIME_X86, NONE), {"time", 1}, sys_time},
    {BOTH(ABI_SYS_TIMES), {"times", 1}, sys_times},
    {BOTH(ABI_SYS_SHM_ATTACH), {"shm_attach", 3}, sys_shm_attach},
    {BOTH(ABI_SYS_SHM_DETACH), {"shm_detach", 1}, sys_shm_detach},
    {BOTH(ABI_SYS_DISK_READ), {"disk_read", 3}, sys_disk_read},
    {BOTH(ABI_SYS_DISK_WRITE), {"disk_write", 3}, sys_disk_write},
    {BOTH(ABI_SYS_DISK_BLOCKS), {"disk_blocks", 0}, sys_disk_blocks},
};

static const struct row *find(const struct isa *isa, uint32_t number)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].numbers[isa->abi] == number && number != NONE)
            return &rows[i];
    return NULL;
}

const struct os_call_info *os_call_find(const struct isa *isa, uint32_t number)
{
    const struct row *row = find(isa, number);

    return row ? &row->info : NULL;
}

uint32_t call_copy_in(const struct call *call, void *to, vaddr_t va,
                      uint32_t size)
{
    if (!call_may(call, va, size, MMU_READ) ||
        os_copy_from_user(call->os, call->process, to, va, size))
        return call_error(ABI_EFAULT);
    return 0;
}

uint32_t call_copy_out(const struct call *call, vaddr_t va, const void *from,
                       uint32_t size)
{
    if (!call_may(call, va, size, MMU_WRITE) ||
        os_copy_to_user(call->os, call->process, va, from, size))
        return call_error(ABI_EFAULT);
    return 0;
}

/* By what it runs now: after execve() that may be another instruction set. */
static void set_result(struct os *os, struct process *process, uint32_t result)
{
    const struct isa *isa = process->isa;

    process->result = result;
    if (result == OS_RESTARTED)
        return;
    pcb_set_reg(os->phys, process->pcb, isa, isa->call_result, result);
}

static void make_call(struct os *os, struct process *process, bool again)
{
    const struct isa *isa = process->isa;
    const paddr_t pcb = process->pcb;
    struct call call = {.os = os, .process = process, .again = again};

    for (unsigned i = 0; i < ISA_ARGS; i++)
        call.args[i] = pcb_get_reg(os->phys, pcb, isa, isa->call_args[i]);

    const struct row *row =
        find(isa, pcb_get_reg(os->phys, pcb, isa, isa->call_number));
    uint32_t result = row ? row->function(&call) : call_error(ABI_ENOSYS);
    if (os->wanted)
        return; /* it will be made again */
    if (os_in_state(os, process, PCB_BLOCKED) && !os_in_flight(os, process) &&
        os_signal_waits(os, process))
        result = os_signal_interrupt(os, process);
    if (os_lives(os, process) && !os_in_state(os, process, PCB_BLOCKED))
        set_result(os, process, result);
}

void os_handle_syscall(struct os *os, struct process *process,
                       const struct trap *trap)
{
    (void)trap;
    make_call(os, process, false);
}

void os_call_go_on(struct os *os, struct process *process)
{
    make_call(os, process, true);
}

void os_call_again(struct os *os, struct process *process)
{
    static const struct os_task task = {.kind = OS_TASK_CALL};

    pcb_set(os->phys, process->pcb, PCB_FIELD_WAIT, PCB_WAIT_NOTHING);
    os_begin(os, process, &task);
    process->resumed = os_in_state(os, process, PCB_RUNNING);
}
