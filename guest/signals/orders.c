/*
 * orders.c - who gets a signal, when, and what it interrupts: masks, kill
 * between processes, calls that wait, children that end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int count, code, from_parent;
static int ends[2];
static pid_t parent;

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    count = count * 100 + number;
    code = info->si_code;
    from_parent = info->si_pid == parent;
}

/* With SA_RESTART it feeds the read that it has interrupted. */
static void feed(int number)
{
    count = number;
    write(ends[1], "x", 1);
}

static void handle(int number, int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | flags;
    sigaction(number, &action, NULL);
}

/* A child that sends a signal once everybody else waits. */
static void later(int number)
{
    struct timespec time = {0, 50000000};

    if (fork() != 0)
        return;
    nanosleep(&time, NULL);
    kill(parent, number);
    _exit(7);
}

static void say(const char *what, long result)
{
    printf("%s: %ld, %s, signals %d, code %d\n", what, result,
           result < 0 ? strerror(errno) : "well", count, code);
    fflush(stdout);
    count = 0;
}

int main(void)
{
    struct sigaction action;
    struct timespec time = {3, 0};
    sigset_t set, old;
    char byte;
    int status;

    parent = getpid();
    pipe(ends);
    handle(SIGUSR1, 0);
    handle(SIGUSR2, 0);
    say("kill", kill(parent, SIGUSR1));
    printf("from itself: %d\n", from_parent);

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    kill(parent, SIGUSR2);
    kill(parent, SIGUSR1);
    kill(parent, SIGUSR2);
    say("blocked", 0);
    sigpending(&set);
    printf("pending %d %d %d\n", sigismember(&set, SIGUSR1),
           sigismember(&set, SIGUSR2), sigismember(&set, SIGTERM));
    say("sigsuspend", sigsuspend(&old));
    sigprocmask(SIG_SETMASK, &old, NULL);
    say("unblocked", 0);

    later(SIGUSR1);
    say("read", read(ends[0], &byte, 1));
    say("wait", wait(&status) > 0);
    later(SIGUSR2);
    say("nanosleep", nanosleep(&time, &time));
    printf("left %ld\n", (long)time.tv_sec);
    wait(&status);

    memset(&action, 0, sizeof action);
    action.sa_handler = feed;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    later(SIGUSR1);
    say("read again", read(ends[0], &byte, 1));
    wait(&status);

    handle(SIGCHLD, SA_RESTART);
    if (fork() == 0)
        _exit(3);
    say("wait", wait(&status) > 0);
    printf("status %d\n", WEXITSTATUS(status));
    handle(SIGTERM, SA_RESETHAND);
    if (fork() == 0) {
        raise(SIGTERM);
        raise(SIGTERM);
        _exit(4);
    }
    wait(&status);
    printf("ended by %d\n", WTERMSIG(status));
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0)
        _exit(5);
    say("nobody to wait for", wait(&status));
    handle(SIGPIPE, 0);
    close(ends[0]);
    count = 0;
    say("write", write(ends[1], "x", 1));
    return 0;
}
