/*
 * sieve.c - primes by a chain of processes: each takes the first number from
 * its pipe, which is a prime, and lets pass on what it does not divide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT 40

static void fail(const char *what)
{
    perror(what);
    exit(99);
}

/* A child whose input is what this process writes to the result. */
static int begin_filter(int *input)
{
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0)
        fail("pipe");
    child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        close(ends[1]);
        if (*input >= 0)
            close(*input);
        *input = ends[0];
        return -1;
    }
    close(ends[0]);
    return ends[1];
}

/* Becomes the filter of the next prime, again and again; ends with exit. */
static void filter(int input)
{
    int prime, number, output;

    for (;;) {
        if (read(input, &prime, sizeof prime) != sizeof prime)
            exit(0);
        printf("%d\n", prime);
        fflush(stdout);
        output = begin_filter(&input);
        if (output >= 0)
            break;
    }
    while (read(input, &number, sizeof number) == sizeof number)
        if (number % prime != 0 &&
            write(output, &number, sizeof number) != sizeof number)
            fail("write");
    close(output);
    wait(NULL);
    exit(0);
}

int main(void)
{
    int input = -1;
    int output = begin_filter(&input);
    int status = 1;

    if (output < 0)
        filter(input);
    for (int n = 2; n <= LIMIT; n++)
        if (write(output, &n, sizeof n) != sizeof n)
            fail("write");
    close(output);
    wait(&status);
    printf("done: %d\n", status);
    return 0;
}
