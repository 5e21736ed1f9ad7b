/*
 * bad_pointer.c - gives the operating system pointers to nowhere. It must
 * refuse them, not fault and not read what is not the program's.
 *
 * Ends with exit code 0.
 */
#include "zoo.h"

#include <errno.h>
#include <unistd.h>

static int refused(const char *what, ssize_t result)
{
    int yes = result == -1 && errno == EFAULT;

    printf("%s: %s\n", what, yes ? "EFAULT" : "NOT REFUSED");
    return yes;
}

int main(int argc, char **argv)
{
    char *bounds = (char *)zoo_bounds(argc, argv);
    int all = refused("write at bounds", write(1, bounds, 1));

    all &= refused("write at the top", write(1, (void *)0xffffffff, 2));
    all &= refused("read to bounds", read(0, bounds, 1));
    return !all;
}
