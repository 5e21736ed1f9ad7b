/*
 * tests/bench_os.c - how fast the operating system moves memory: lines
 * `bench NAME VALUE`.
 *
 *      compaction-mb-per-second   host time; what the guest is charged apart
 *      swap-mb-per-second         the same: out and in, to a disk in memory
 *
 * Memory is filled with images, every other one ends, and the rest slides
 * together; new ones fill the hole, and so on. All images are written to first,
 * so that the host has given memory for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "os/os.h"
#include "tests/elf_build.h"

#define PHYS   (64u << 20)
#define IMAGE  (1u << 20)
#define IMAGES 60u
#define ROUNDS 40u

static int no_input(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)fd, (void)to, (void)size;
    return 0;
}

static int no_output(void *ctx, int fd, const void *from, uint32_t size)
{
    (void)ctx, (void)fd, (void)from;
    return (int)size;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct process *spawn(struct os *os)
{
    static const char *const argv[] = {"image"};
    struct process *process = NULL;
    struct elf_build elf;
    struct os_error why;

    elf_build(&elf, ELF_X86);
    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = IMAGE,
                                       .base = OS_BASE_ANY};
    if (os_spawn(os, &program, &process, &why)) {
        fprintf(stderr, "bench_os: %s\n", why.text);
        exit(1);
    }
    return process;
}

/* Returns how long the compaction of every other image took. */
static double compact(struct os *os)
{
    struct process *images[IMAGES];
    double begin;

    for (unsigned i = 0; i < IMAGES; i++) {
        images[i] = spawn(os);
        phys_fill(os_phys(os), images[i]->blocks[0].base, 0x5a, IMAGE);
    }
    for (unsigned i = 0; i < IMAGES; i += 2)
        os_exit(os, images[i], 0);
    begin = seconds();
    os_compact(os, OS_COMPACT_DOWN);
    begin = seconds() - begin;
    for (unsigned i = 1; i < IMAGES; i += 2)
        os_exit(os, images[i], 0);
    return begin;
}

static uint8_t swap_disk[IMAGES * IMAGE];

static int swap_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    (void)ctx;
    memcpy(to, swap_disk + at, size);
    return 0;
}

static int swap_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    (void)ctx;
    memcpy(swap_disk + at, from, size);
    return 0;
}

/* Returns how long all images took to go and to come back. */
static double swap(struct os *os)
{
    struct process *images[IMAGES];
    double begin;
    int err = 0;

    for (unsigned i = 0; i < IMAGES; i++) {
        images[i] = spawn(os);
        phys_fill(os_phys(os), images[i]->blocks[0].base, 0x5a, IMAGE);
    }
    begin = seconds();
    for (unsigned i = 0; i < IMAGES; i++)
        err |= os_swap_out(os, images[i]);
    for (unsigned i = 0; i < IMAGES; i++)
        err |= os_swap_in(os, images[i]);
    begin = seconds() - begin;
    for (unsigned i = 0; i < IMAGES; i++)
        os_exit(os, images[i], 0);
    if (err) {
        fprintf(stderr, "bench_os: an image was not swapped\n");
        exit(1);
    }
    return begin;
}

int main(void)
{
    const struct os_disk disk = {swap_read, swap_write, NULL};
    const struct os_io io = {no_input, no_output, NULL};
    struct phys *phys;
    struct os *os;
    double time = 0;

    if (phys_create(&phys, PHYS) || os_create(&os, phys, &io) ||
        os_set_swap(os, &disk, sizeof(swap_disk)))
        return 1;
    for (unsigned i = 0; i < ROUNDS; i++)
        time += compact(os);
    printf("bench compaction-mb-per-second %.2f\n",
           (double)os_counts(os).moved_bytes / 1e6 / time);
    time = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        time += swap(os);
    printf("bench swap-mb-per-second %.2f\n",
           (double)os_counts(os).swap_bytes / 1e6 / time);
    os_destroy(os);
    phys_destroy(phys);
    return 0;
}
