/*
 * bad_syscall.c - asks for a system call that does not exist, which is an
 * error and no fault.
 *
 * Ends with exit code 0.
 */
#include "zoo.h"

#include <errno.h>
#include <unistd.h>

int main(void)
{
    long result = syscall(9999);
    int correct = result == -1 && errno == ENOSYS;

    perror("system call 9999");
    return !correct;
}
