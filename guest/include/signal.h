/*
 * signal.h - the ways to die.
 *
 * There are no signal handlers in this machine yet: a signal does what it does
 * to who has not asked otherwise. Most end the process, SIGCHLD, SIGCONT,
 * SIGSTOP and their kind do nothing.
 */
#ifndef GUEST_SIGNAL_H
#define GUEST_SIGNAL_H

#include <sys/types.h>

#define SIGHUP  1
#define SIGINT  2
#define SIGQUIT 3
#define SIGILL  4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGFPE  8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19

typedef int sig_atomic_t;

/* Signal 0 asks only whether there is such a process. */
int kill(pid_t pid, int signal);
/*
 * Ends the process with exit code 128 + signal, as abort() does; does not
 * return. A parent that waits sees that code, not a signal: the process does
 * not look at its pid, so that it is the same whatever that is.
 */
int raise(int signal);

#endif /* GUEST_SIGNAL_H */
