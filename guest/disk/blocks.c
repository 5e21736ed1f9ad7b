/*
 * blocks.c - writes blocks of the disk and reads them back.
 *
 * blocks write FIRST N   writes N blocks from FIRST on
 * blocks read FIRST N    reads them and says what is in them
 * blocks both FIRST N    writes them in one process and reads them in another
 * blocks kill FIRST      kills a process that waits for the disk
 * blocks errors          shows what the disk refuses
 */
#include <errno.h>
#include <fencepost.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 4u

static unsigned char bytes[AT_ONCE * DISK_BLOCK];

static unsigned at_once(unsigned left)
{
    return left < AT_ONCE ? left : AT_ONCE;
}

static void give_up(const char *what)
{
    perror(what);
    exit(2);
}

static void write_blocks(unsigned first, unsigned count)
{
    for (unsigned done = 0; done < count; done += at_once(count - done)) {
        for (unsigned i = 0; i < sizeof(bytes); i++)
            bytes[i] = (unsigned char)(first + done + i * 7 + i / DISK_BLOCK);
        if (disk_write(first + done, bytes, at_once(count - done)) < 0)
            give_up("disk_write");
    }
}

static void read_blocks(unsigned first, unsigned count)
{
    unsigned sum = 0;

    for (unsigned done = 0; done < count; done += at_once(count - done)) {
        const unsigned part = at_once(count - done);

        if (disk_read(first + done, bytes, part) < 0)
            give_up("disk_read");
        for (unsigned i = 0; i < part * DISK_BLOCK; i++)
            sum = sum * 31 + bytes[i];
    }
    printf("blocks %u to %u: %08x\n", first, first + count - 1, sum);
}

static int both(unsigned first, unsigned count)
{
    int status = 1;
    const pid_t child = fork();

    if (child == 0) {
        write_blocks(first, count);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        give_up("fork");
    read_blocks(first, count);
    return status;
}

static int kill_one(unsigned first)
{
    int status = 0;
    const pid_t child = fork();

    if (child == 0)
        for (;;)
            read_blocks(first, 1);
    if (child < 0)
        give_up("fork");
    if (kill(child, SIGKILL) || waitpid(child, &status, 0) != child)
        give_up("kill");
    printf("killed by signal %d\n", status & 0x7f);
    return 0;
}

static void try(const char *what, long result)
{
    printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

static int errors(void)
{
    const long blocks = disk_blocks();
    unsigned char *const wild = (unsigned char *)0x3ffffff0;

    if (blocks < 0)
        give_up("disk_blocks");
    memset(bytes, 7, sizeof(bytes));
    try("no blocks", disk_read(0, bytes, 0));
    try("too many", disk_read(0, bytes, 129));
    try("behind the end", disk_read((unsigned)blocks, bytes, 1));
    try("past the end", disk_write((unsigned)blocks - 1, bytes, 2));
    try("wild", disk_read(0, wild, 1));
    try("wild", disk_write(0, wild, 1));
    for (unsigned i = 0; i < sizeof(bytes); i++)
        if (bytes[i] != 7)
            return 3;
    try("the last one", disk_write((unsigned)blocks - 1, bytes, 1));
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const unsigned first = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    const unsigned count = argc > 3 ? (unsigned)atoi(argv[3]) : 10;

    if (strcmp(what, "write") == 0)
        write_blocks(first, count);
    else if (strcmp(what, "read") == 0)
        read_blocks(first, count);
    else if (strcmp(what, "both") == 0)
        return both(first, count);
    else if (strcmp(what, "kill") == 0)
        return kill_one(first);
    else if (strcmp(what, "errors") == 0)
        return errors();
    else {
        fprintf(stderr, "usage: blocks write|read|both|kill|errors ...\n");
        return 2;
    }
    return 0;
}
