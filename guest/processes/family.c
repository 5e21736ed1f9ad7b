/*
 * family.c - fork, wait, exit codes: a tree of processes, each with memory of
 * its own that begins as a copy of its parent's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 3

static int global = 100;

/* What a process sees of its memory: a number made of all parts of it. */
static int sum(const int *heap, const int *stack)
{
    return global + *heap + *stack;
}

/* The tree below one process: its exit code counts those in it. */
static int grow(int depth, int path)
{
    int *heap = malloc(sizeof *heap);
    int stack = path;
    int total = 1;

    *heap = 10 * path;
    global += path;
    for (int i = 1; depth > 0 && i <= CHILDREN; i++) {
        int status;
        pid_t child = fork();

        if (child < 0) {
            perror("fork");
            exit(99);
        }
        if (child == 0) {
            *heap += i;
            stack -= i;
            exit(grow(depth - 1, 10 * path + i));
        }
        if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
            exit(98);
        total += WEXITSTATUS(status);
        printf("%d: child %d counts %d, my memory says %d\n", path, i,
               WEXITSTATUS(status), sum(heap, &stack));
        fflush(stdout);
    }
    printf("%d ends, its memory says %d\n", path, sum(heap, &stack));
    fflush(stdout);
    free(heap);
    return total;
}

int main(void)
{
    int count = grow(3, 0);
    int status;

    printf("%d processes\n", count);
    printf("wait says %d without children\n", (int)wait(&status));
    return count == 40 ? 0 : 1;
}
