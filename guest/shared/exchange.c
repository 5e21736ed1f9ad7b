/*
 * exchange.c - two programs that exchange numbers through shared memory: the
 * sender says how many it has put there, the receiver how many it has taken.
 *
 * exchange send N      sends N numbers
 * exchange receive     takes numbers until there are no more
 * exchange both N      both, in two processes of one program
 * exchange spoil       only has the right to read, and writes
 */
#include <fencepost.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY  1u
#define ROOM 50u

struct exchange {
    volatile unsigned put, taken, closed;
    volatile unsigned at[ROOM];
};

static struct exchange *attach(int rights)
{
    struct exchange *memory = shm_attach(KEY, sizeof(*memory), rights);

    if (!memory) {
        perror("shm_attach");
        exit(2);
    }
    return memory;
}

static int send(unsigned count)
{
    struct exchange *e = attach(SHM_READ | SHM_WRITE);

    for (unsigned i = 0; i < count; i++) {
        while (i - e->taken == ROOM)
            sched_yield();
        e->at[i % ROOM] = i * i;
        e->put = i + 1;
    }
    e->closed = 1;
    while (e->taken < count) /* whoever comes late still finds them */
        sched_yield();
    return 0;
}

static int receive(void)
{
    struct exchange *e = attach(SHM_READ | SHM_WRITE);
    unsigned sum = 0;

    for (;;) {
        while (e->taken == e->put && !e->closed)
            sched_yield();
        if (e->taken == e->put)
            break;
        sum += e->at[e->taken % ROOM];
        e->taken++;
    }
    printf("%u numbers, sum %u\n", e->taken, sum);
    return shm_detach(e);
}

static int both(unsigned count)
{
    int status = 0;
    const pid_t child = fork();

    if (child == 0)
        exit(send(count));
    if (child < 0 || receive() != 0 || waitpid(child, &status, 0) != child)
        return 3;
    return status;
}

static int spoil(void)
{
    struct exchange *e = attach(SHM_READ);

    e->put = 7;
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 1000;

    if (strcmp(what, "send") == 0)
        return send(count);
    if (strcmp(what, "receive") == 0)
        return receive();
    if (strcmp(what, "both") == 0)
        return both(count);
    if (strcmp(what, "spoil") == 0)
        return spoil();
    fprintf(stderr, "usage: exchange send|receive|both|spoil [N]\n");
    return 2;
}
