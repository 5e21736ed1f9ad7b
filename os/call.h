/*
 * os/call.h - what one system call is to the function that serves it.
 *
 * A call that has to wait blocks its process and is made again, with the same
 * arguments and `again` set, when what it waits for may have come. Until it is
 * complete it changes no register and no memory of the process but what it has
 * counted in PCB_FIELD_MOVED.
 *
 * Layer: os/, private.
 */
#ifndef OS_CALL_H
#define OS_CALL_H

#include "os/abi.h"
#include "os/internal.h"

struct call {
    struct os *os;
    struct process *process;
    uint32_t args[ISA_ARGS];
    bool again; /* it has waited */
};

/*
 * Returns the result register's value. It is ignored when the process has ended
 * or waits.
 */
typedef uint32_t call_function(const struct call *call);

/* The result for an ABI_E*. */
static inline uint32_t call_error(int number)
{
    return (uint32_t)-number;
}

static inline bool call_failed(uint32_t result)
{
    return result >= (uint32_t)-4095;
}

/*
 * Whether the process may access all of these bytes so. What is not legal yet
 * but would be made legal at a touch is made so.
 */
static inline bool call_may(const struct call *call, vaddr_t va, uint32_t size,
                            enum mmu_prot kind)
{
    return os_user_ready(call->os, call->process, va, size, kind);
}

/* Copies, all or nothing: 0, or the result for EFAULT. */
uint32_t call_copy_in(const struct call *call, void *to, vaddr_t va,
                      uint32_t size);
uint32_t call_copy_out(const struct call *call, vaddr_t va, const void *from,
                       uint32_t size);

/* A piece of what writev() writes, and the only one of write(). */
struct iovec {
    vaddr_t base;
    uint32_t size;
};

/* os/syscall.c */
call_function sys_brk;

/* os/io.c */
call_function sys_read, sys_write, sys_writev;

/* os/file.c */
call_function sys_close, sys_dup, sys_dup2, sys_dup3, sys_fcntl;

/* os/pipe.c */
call_function sys_pipe, sys_pipe2;

/*
 * The result of a write of which @done bytes were taken when nobody could read
 * any more: EPIPE for none. A signal comes with it, for most the last one.
 */
uint32_t os_broken_pipe(const struct call *call, uint32_t done);

/*
 * Read from, or write to, an end of a pipe: the call's result, or the process
 * waits. All pieces together have @size bytes.
 */
uint32_t os_pipe_read(const struct call *call, unsigned file, vaddr_t to,
                      uint32_t size);
uint32_t os_pipe_write(const struct call *call, unsigned file,
                       const struct iovec *iov, uint32_t size);

/* os/clock.c: what the clock says, to a process */
cycles_t call_now(const struct call *call);
cycles_t call_cpu(const struct call *call, enum pcb_field field);

call_function sys_nanosleep, sys_clock_nanosleep, sys_clock_nanosleep64;
call_function sys_clock_gettime, sys_clock_gettime64;
call_function sys_clock_getres, sys_clock_getres64;
call_function sys_gettimeofday, sys_time, sys_times;

/* os/fork.c */
call_function sys_fork, sys_clone;

/* os/exec.c */
call_function sys_execve;

/* os/shm.c */
call_function sys_shm_attach, sys_shm_detach;

/* os/disk.c */
call_function sys_disk_read, sys_disk_write, sys_disk_blocks;

/* os/wait.c */
call_function sys_exit, sys_wait4, sys_waitpid;
call_function sys_kill, sys_tkill, sys_tgkill;
call_function sys_getpid, sys_getppid, sys_sched_yield;

/* os/signal_call.c */
call_function sys_rt_sigaction, sys_sigaction, sys_signal;
call_function sys_rt_sigprocmask, sys_sigprocmask;
call_function sys_rt_sigpending, sys_sigpending;
call_function sys_rt_sigsuspend, sys_sigsuspend, sys_pause;
call_function sys_sigaltstack, sys_rt_sigreturn, sys_sigreturn;

#endif /* OS_CALL_H */
