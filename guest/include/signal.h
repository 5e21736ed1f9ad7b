/*
 * signal.h - the names of the ways to die.
 *
 * There are no signal handlers and no kill() in this machine yet. What a
 * signal would do at worst, end the process with 128 + its number, raise()
 * does by exiting with that code.
 */
#ifndef GUEST_SIGNAL_H
#define GUEST_SIGNAL_H

#define SIGINT  2
#define SIGILL  4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGFPE  8
#define SIGSEGV 11
#define SIGTERM 15

typedef int sig_atomic_t;

/* Ends the process with exit code 128 + signal; does not return. */
int raise(int signal);

#endif /* GUEST_SIGNAL_H */
