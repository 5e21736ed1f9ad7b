/*
 * turns.c - processes that do nothing but give the CPU to each other.
 *
 *      turns PROCESSES TURNS
 *
 * The first makes the others; each gives up the CPU TURNS times and ends.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void take(long turns)
{
    while (turns-- > 0)
        sched_yield();
}

int main(int argc, char **argv)
{
    const long processes = argc > 1 ? atol(argv[1]) : 2;
    const long turns = argc > 2 ? atol(argv[2]) : 1000;
    long children = 0;

    while (children < processes - 1) {
        const pid_t pid = fork();

        if (pid < 0) {
            perror("fork");
            return 1;
        }
        if (pid == 0) {
            take(turns);
            _exit(0);
        }
        children++;
    }
    take(turns);
    while (children > 0 && wait(NULL) > 0)
        children--;
    return children == 0 ? 0 : 1;
}
