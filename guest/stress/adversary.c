/*
 * adversary.c - tries everything to get at what is not its own: children load,
 * store and jump at random addresses, run privileged instructions, and hand
 * wild pointers to system calls. What must never work is counted.
 *
 * adversary [CHILDREN [SEED]]: ends with exit code 0, and the number of
 * children that died.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static uint32_t state;

static uint32_t next(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 4 ^ state << 20;
}

/* Anywhere, or just behind what is its own. */
static uintptr_t anywhere(void)
{
    static const uintptr_t near[] = {0x4000, 0x10000, 0x40000000, 0xfffff000};
    const uint32_t n = next();

    return n & 1 ? near[n >> 1 & 3] + (next() & 0xfff) : next() << 3 ^ next();
}

static void privileged(uint32_t which)
{
#if defined __i386__
    static unsigned char table[6];

    switch (which % 8) {
    case 0:
        __asm__ volatile("cli");
        break;
    case 1:
        __asm__ volatile("hlt");
        break;
    case 2:
        __asm__ volatile("lgdt %0" : : "m"(table));
        break;
    case 3:
        __asm__ volatile("mov %0, %%cr3" : : "r"(0));
        break;
    case 4:
        __asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0x174));
        break;
    case 5:
        __asm__ volatile("in $0x60, %%al" : : : "eax");
        break;
    case 6:
        __asm__ volatile("movw %w0, %%ds" : : "r"(next()));
        break;
    default:
        __asm__ volatile("int $0x20");
    }
#else
    switch (which % 4) {
    case 0:
        __asm__ volatile("mcr p15, 0, %0, c2, c0, 0" : : "r"(0));
        break;
    case 1:
        __asm__ volatile("mcr p15, 0, %0, c1, c0, 0" : : "r"(0));
        break;
    case 2:
        __asm__ volatile("mcr p15, 0, %0, c8, c7, 0" : : "r"(0));
        break;
    default:
        __asm__ volatile("mrc p15, 0, r0, c2, c0, 0" : : : "r0");
    }
#endif
}

/* No system call may take memory that is not all its own. */
static int wild_calls(void)
{
    const uintptr_t at = anywhere();
    int fds[2];

    if (pipe(fds) != 0)
        return 0;
    if (write(fds[1], (const void *)at, next() & 0xfff) > 0)
        (void)!read(fds[0], (void *)anywhere(), next() & 0xffff);
    (void)pipe((int *)anywhere());
    (void)waitpid(-1, (int *)anywhere(), WNOHANG);
    (void)!write(1, (const void *)(at | 0xc0000000u), 0x7fffffff);
    return 0;
}

static int child(uint32_t what)
{
    switch (what % 6) {
    case 0:
        return *(volatile unsigned char *)anywhere() & 0;
    case 1:
        *(volatile uint32_t *)anywhere() = 0xdeadbeef;
        return 0;
    case 2:
        ((void (*)(void))(anywhere() | 0x10000))(); /* not into this */
        return 0;
    case 3:
        privileged(next());
        return 0;
    case 4:
        for (uintptr_t at = (uintptr_t)&what; at < UINTPTR_MAX - 64; at += 61)
            *(volatile char *)at = 1;
        return 0;
    default:
        return wild_calls();
    }
}

int main(int argc, char **argv)
{
    const int children = argc > 1 ? atoi(argv[1]) : 100;
    int died = 0;

    state = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
    for (int i = 0; i < children; i++) {
        const uint32_t what = next();
        const pid_t pid = fork();
        int status = 0;

        if (pid == 0) {
            state ^= what;
            _exit(child(what));
        }
        if (pid > 0 && waitpid(pid, &status, 0) == pid)
            died += WIFSIGNALED(status);
    }
    printf("%d of %d children died\n", died, children);
    return 0;
}
