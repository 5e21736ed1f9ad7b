/*
 * pipes.c - what pipes promise: bytes in order, the end, a broken pipe, and
 * writes in one piece; and what signals and descriptors do to them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGE 20000

static char block[LARGE];

static void say(const char *what, long number)
{
    printf("%s: %ld\n", what, number);
    fflush(stdout);
}

static void open_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(99);
    }
}

/* How the child ended: its code, or minus its signal. */
static long end_of(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child)
        return -1000;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* More than a pipe holds goes through it, and comes out as it went in. */
static void large_write(void)
{
    int ends[2];
    long sum = 0, total = 0, n;
    pid_t child;

    open_pipe(ends);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        for (int i = 0; i < LARGE; i++)
            block[i] = (char)(i * 31 + i / 256);
        exit(write(ends[1], block, LARGE) == LARGE ? 7 : 8);
    }
    close(ends[1]);
    while ((n = read(ends[0], block, 777)) > 0)
        for (long i = 0; i < n; i++, total++)
            sum = (sum * 33 + (unsigned char)block[i]) & 0xffffff;
    say("bytes", total);
    say("their sum", sum);
    say("the writer's code", end_of(child));
    close(ends[0]);
}

/* Writes of several processes do not mix. */
static void whole_writes(void)
{
    int ends[2], counts[3] = {0}, mixed = 0;
    char line[100];

    open_pipe(ends);
    for (int c = 0; c < 3; c++)
        if (fork() == 0) {
            memset(line, 'a' + c, sizeof line);
            for (int i = 0; i < 60; i++)
                if (write(ends[1], line, sizeof line) != sizeof line)
                    exit(1);
            exit(0);
        }
    close(ends[1]);
    while (read(ends[0], line, sizeof line) == sizeof line) {
        for (size_t i = 1; i < sizeof line; i++)
            mixed += line[i] != line[0];
        counts[line[0] - 'a']++;
    }
    say("lines of a", counts[0]);
    say("lines of b", counts[1]);
    say("lines of c", counts[2]);
    say("mixed", mixed);
    while (wait(NULL) > 0)
        continue;
    close(ends[0]);
}

static void broken_pipe(void)
{
    int ends[2];
    pid_t child;

    open_pipe(ends);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        for (;;)
            if (write(ends[1], block, 1000) < 0)
                exit(1);
    }
    close(ends[1]);
    say("read", read(ends[0], block, 10));
    close(ends[0]);
    say("who writes to nobody", end_of(child));
}

/* A child's output, taken by its parent. */
static void taken_output(void)
{
    int ends[2];
    char text[100] = "";
    size_t used = 0;
    long n;

    open_pipe(ends);
    if (fork() == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        printf("said to a pipe, %s", "as if it were stdout");
        exit(0);
    }
    close(ends[1]);
    while ((n = read(ends[0], text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)n;
    printf("taken: \"%s\"\n", text);
    fflush(stdout);
    wait(NULL);
    close(ends[0]);
}

static void killed_reader(void)
{
    int ends[2];
    char byte;
    pid_t child;

    open_pipe(ends);
    child = fork();
    if (child == 0) {
        say("it reads", 1);
        read(ends[0], &byte, 1);
        exit(1);
    }
    usleep(20000);
    say("kill", kill(child, SIGTERM));
    say("it ends", end_of(child));
    errno = 0;
    say("kill again", kill(child, SIGTERM));
    say("errno", errno == ESRCH);
    close(ends[0]);
    close(ends[1]);
}

static void descriptors(void)
{
    int ends[2];

    errno = 0;
    open_pipe(ends);
    say("the lowest two", ends[0] == 3 && ends[1] == 4);
    say("dup", dup(ends[1]));
    say("dup2 high", dup2(ends[1], 20));
    say("flags", fcntl(20, F_GETFD));
    say("set", fcntl(20, F_SETFD, FD_CLOEXEC));
    say("flags", fcntl(20, F_GETFD));
    say("write", write(20, "xyz", 3));
    say("read", read(ends[0], block, 10));
    say("read from the other end", read(ends[1], block, 10));
    say("errno", errno == EBADF);
    say("to nowhere", write(ends[1], (char *)0x70000000, 3));
    say("errno", errno == EFAULT);
    say("pipe nowhere", pipe((int *)0x70000001));
    say("errno", errno == EFAULT);
    say("close", close(20) + close(5) + close(ends[1]));
    say("the end", read(ends[0], block, 10));
    say("close", close(ends[0]));
    say("again", close(ends[0]));
    say("errno", errno == EBADF);
}

int main(void)
{
    large_write();
    whole_writes();
    broken_pipe();
    taken_output();
    killed_reader();
    descriptors();
    return 0;
}
