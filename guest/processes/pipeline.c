/*
 * pipeline.c - execve: a program that runs itself with other arguments, three
 * times over, joined by pipes as a shell would: count 100 | square | sum.
 */
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int count(int last)
{
    for (int i = 1; i <= last; i++)
        printf("%d\n", i);
    return 0;
}

static int square(void)
{
    char line[100];

    while (fgets(line, sizeof line, stdin) != NULL)
        printf("%d\n", atoi(line) * atoi(line));
    return 0;
}

static int sum(void)
{
    char line[100];
    int total = 0, lines = 0;

    while (fgets(line, sizeof line, stdin) != NULL) {
        total += atoi(line);
        lines++;
    }
    printf("%d lines, their sum is %d\n", lines, total);
    return 3;
}

/* One stage: reads from input, writes to the end that is not NULL. */
static pid_t start(char *self, char *what, char *number, int input, int *output)
{
    char *argv[] = {self, what, number, NULL};
    int ends[2] = {-1, 1};
    pid_t child;

    if (output != NULL && pipe2(ends, O_CLOEXEC) != 0)
        exit(99);
    child = fork();
    if (child == 0) {
        dup2(input, 0);
        dup2(ends[1], 1);
        execv(self, argv);
        perror("execv");
        _exit(98);
    }
    if (input != 0)
        close(input);
    if (output != NULL) {
        close(ends[1]);
        *output = ends[0];
    }
    return child;
}

static void refusals(char *self)
{
    char *argv[] = {self, "zero", NULL};

    execv("no such program", argv);
    printf("no such program: %d\n", errno == ENOENT);
    execv((char *)0x70000000, argv);
    printf("a bad path: %d\n", errno == EFAULT);
    execv(self, (char **)0x70000000);
    printf("bad arguments: %d\n", errno == EFAULT);
    argv[1] = (char *)0x70000000;
    execv(self, argv);
    printf("a bad argument: %d\n", errno == EFAULT);
    fflush(stdout);
}

/* The same process, another program: what was kept, and what was not. */
static int changed(char **argv)
{
    printf("the same process: %d\n", getpid() == atoi(argv[2]));
    printf("close-on-exec: %d, else: %d\n", fcntl(atoi(argv[3]), F_GETFD),
           fcntl(atoi(argv[4]), F_GETFD));
    return 0;
}

static int change(char *self)
{
    char pid[20], closed[20], kept[20];
    char *argv[] = {self, "changed", pid, closed, kept, NULL};
    int ends[2];

    if (pipe(ends) != 0)
        return 97;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    sprintf(pid, "%d", (int)getpid());
    sprintf(closed, "%d", ends[0]);
    sprintf(kept, "%d", ends[1]);
    execv(self, argv);
    return 96;
}

int main(int argc, char **argv)
{
    int input, status = 0;

    if (argc > 1 && strcmp(argv[1], "count") == 0)
        return count(atoi(argv[2]));
    if (argc > 1 && strcmp(argv[1], "square") == 0)
        return square();
    if (argc > 1 && strcmp(argv[1], "sum") == 0)
        return sum();
    if (argc > 1 && strcmp(argv[1], "changed") == 0)
        return changed(argv);
    refusals(argv[0]);
    start(argv[0], "count", "100", 0, &input);
    start(argv[0], "square", NULL, input, &input);
    start(argv[0], "sum", NULL, input, NULL);
    while (wait(&status) > 0)
        if (WEXITSTATUS(status) != 0)
            printf("one of them says %d\n", WEXITSTATUS(status));
    fflush(stdout);
    return change(argv[0]);
}
