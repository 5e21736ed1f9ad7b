/*
 * signal.h - signals: sending them, and handlers for them.
 *
 * Signals 1 to 31 can have handlers; SIGKILL and SIGSTOP not. Those that stop
 * or continue a process do nothing. The frame of a handler is Linux's, see
 * <ucontext.h> for what is in it. Handlers need code that can read what is on
 * the stack: in an implicit address space there are none (ENOSYS).
 */
#ifndef GUEST_SIGNAL_H
#define GUEST_SIGNAL_H

#include <sys/types.h>

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPWR    30
#define SIGSYS    31
#define NSIG      65

typedef int sig_atomic_t;

/* Signal n is bit n - 1. */
typedef struct {
    unsigned long bits[2];
} sigset_t;

/* Why a signal came. */
#define SI_USER     0
#define SI_KERNEL   0x80
#define SI_TKILL    (-6)
#define ILL_ILLOPC  1
#define ILL_ILLOPN  2
#define ILL_PRVOPC  5
#define FPE_INTDIV  1
#define FPE_INTOVF  2
#define FPE_FLTDIV  3
#define FPE_FLTOVF  4
#define FPE_FLTUND  5
#define FPE_FLTRES  6
#define FPE_FLTINV  7
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define TRAP_BRKPT  1
#define CLD_EXITED  1
#define CLD_KILLED  2

typedef struct {
    int si_signo;
    int si_errno;
    int si_code;
    union {
        struct {
            pid_t pid;
            int uid;
            int status; /* of a child: its code, or the signal */
        } process;
        void *addr; /* of a fault */
        int words[29];
    } fields;
} siginfo_t;

#define si_pid    fields.process.pid
#define si_uid    fields.process.uid
#define si_status fields.process.status
#define si_addr   fields.addr

typedef struct {
    void *ss_sp;
    int ss_flags;
    size_t ss_size;
} stack_t;

#define SS_ONSTACK  1
#define SS_DISABLE  2
#define MINSIGSTKSZ 2048
#define SIGSTKSZ    8192

#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)
#define SIG_ERR ((void (*)(int)) - 1)

struct sigaction {
    union {
        void (*handler)(int);
        void (*action)(int, siginfo_t *, void *);
    } function;
    unsigned long sa_flags;
    void (*sa_restorer)(void); /* sigaction() sets it */
    sigset_t sa_mask;
};

#define sa_handler   function.handler
#define sa_sigaction function.action

#define SA_NOCLDSTOP 0x00000001ul
#define SA_NOCLDWAIT 0x00000002ul
#define SA_SIGINFO   0x00000004ul
#define SA_RESTORER  0x04000000ul
#define SA_ONSTACK   0x08000000ul
#define SA_RESTART   0x10000000ul
#define SA_NODEFER   0x40000000ul
#define SA_RESETHAND 0x80000000ul

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

/* Signal 0 asks only whether there is such a process. */
int kill(pid_t pid, int signal);
/*
 * In a program with handlers: kill(getpid(), signal). In one that calls neither
 * signal() nor sigaction() it ends the process with exit code 128 + signal, as
 * abort() does; a parent that waits sees that code, not a signal. So the
 * process does not look at its pid, and is the same whatever that is.
 */
int raise(int signal);

/* The handler stays, and calls that it interrupts go on (SA_RESTART). */
void (*signal(int number, void (*handler)(int)))(int);
int sigaction(int number, const struct sigaction *action,
              struct sigaction *old);

int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask); /* returns -1 and EINTR */
int sigaltstack(const stack_t *stack, stack_t *old);

int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int number);
int sigdelset(sigset_t *set, int number);
int sigismember(const sigset_t *set, int number);

#endif /* GUEST_SIGNAL_H */
