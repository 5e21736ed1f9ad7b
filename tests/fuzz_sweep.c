/*
 * tests/fuzz_sweep.c - every class of encodings, one at a time.
 *
 *      fuzz_sweep x86|a32|thumb OUT [OLD]
 *
 * Runs each in the fast and in the exact core, in child processes, and prints
 * those at which the host process dies, the cores disagree or a byte outside
 * changes. OUT gets 8 bytes for each, of its outcome; OLD is the OUT of another
 * run, say with another version of the library: where they differ is printed
 * too.
 *
 * x86: all opcodes of all maps, with prefixes and modrm bytes of each kind, and
 * VEX. A32: all of bits 27 to 20 and 7 to 4. Thumb: all halfwords; and of the
 * long instructions all first halfwords. Bits that are left are random.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hostile.h"
#include "tests/rng.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define BOUNDS 0x1800u
#define CODE   0x1000u
#define DATA   0x0400u /* where registers point */
#define INSNS  1200u   /* so many that the fast core runs them */

/* ---- encodings, by number ---- */

static const char *const prefixes[] = {
    "",         "\x66",     "\xf2",     "\xf3",     "\x67",
    "\xf0",     "\x66\xf2", "\x66\xf3", "\xf2\xf3", "\x64",
    "\x66\xf0", "\x66\x67", "\xf2\xf0", "\xf3\xf0", "\x26",
};
static const uint8_t rms[] = {0, 3, 5, 4}; /* 5: disp32, 4: sib */
static const uint8_t mods[] = {0x00, 0xc0, 0x40};

#define MODRMS (8 * COUNT(rms) * COUNT(mods))
#define PLAIN  (4 * 256 * MODRMS * COUNT(prefixes))
#define VEX    (4 * 256 * 16 * 8)

static uint8_t modrm_of(uint64_t n)
{
    return (uint8_t)(mods[n / 32 % COUNT(mods)] | n % 8 << 3 |
                     rms[n / 8 % COUNT(rms)]);
}

/* Returns false past the last. */
static bool x86_encoding(uint64_t n, uint8_t *to)
{
    static const char *const maps[] = {"", "\x0f", "\x0f\x38", "\x0f\x3a"};
    uint32_t at = 0;

    if (n < PLAIN) {
        const char *prefix = prefixes[n / MODRMS / 1024];
        const char *map = maps[n / MODRMS / 256 % 4];

        memcpy(to, prefix, strlen(prefix));
        at += (uint32_t)strlen(prefix);
        memcpy(to + at, map, strlen(map));
        at += (uint32_t)strlen(map);
        to[at++] = (uint8_t)(n / MODRMS);
        to[at++] = modrm_of(n % MODRMS);
    } else if (n - PLAIN < VEX) {
        n -= PLAIN;
        to[at++] = 0xc4;
        to[at++] = (uint8_t)(0xe0 | (n / 128 / 256 % 4));
        to[at++] = (uint8_t)(0x78 | (n / 8 % 4) | (n / 32 % 2) << 2 |
                             (n / 64 % 2) << 7);
        to[at++] = (uint8_t)(n / 128);
        to[at++] = (uint8_t)(0xc0 * (n % 2) | (n / 2 % 4) << 4);
    } else {
        return false;
    }
    to[at] = (uint8_t)DATA; /* displacement and immediate */
    to[at + 1] = DATA >> 8;
    return true;
}

static uint32_t spread(uint64_t n)
{
    struct rng rng = {0, n};

    return rng_next(&rng);
}

static void put(uint8_t *to, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* 4096 classes, always and never conditional, 12 of each. */
static bool a32_encoding(uint64_t n, uint8_t *to)
{
    const uint32_t class = (uint32_t)(n % 4096);

    put(to,
        0xe0000000 | (n / 4096 % 2) << 28 | (class >> 4) << 20 |
            (class & 15) << 4 | (spread(n) & 0x000fff0f),
        4);
    return n < 4096 * 2 * 12;
}

static bool thumb_encoding(uint64_t n, uint8_t *to)
{
    if (n < 0xe800) {
        put(to, (uint32_t)n, 2);
        return true;
    }
    n -= 0xe800;
    put(to, 0xe800 + (uint32_t)(n / 48), 2);
    put(to + 2, (uint32_t)(n % 16) << 12 | (spread(n) & 0x0fff), 2);
    return n / 48 < 0x1800;
}

struct sweep {
    const char *name;
    const struct isa *isa;
    bool (*encoding)(uint64_t n, uint8_t *to);
    uint32_t flags;
    uint8_t stop[4]; /* a system call */
};

static const struct sweep sweeps[] = {
    {"x86", &isa_x86, x86_encoding, 0x202, {0xcd, 0x80, 0xcd, 0x80}},
    {"a32", &isa_arm, a32_encoding, 0x10, {0, 0, 0, 0xef}},
    {"thumb", &isa_arm, thumb_encoding, 0x30, {0x00, 0xdf, 0x00, 0xdf}},
};

/* ---- one of them ---- */

struct report {
    uint64_t at;
    char why[300];
    uint64_t *digests;
};

static bool run(struct hostile *h, const struct sweep *sweep, uint64_t n)
{
    static uint8_t image[BOUNDS];
    struct cpu_state cpu;

    for (uint32_t i = 0; i < BOUNDS; i += 4)
        memcpy(image + i, sweep->stop, 4);
    memset(image + CODE, 0, 16);
    if (sweep->isa == &isa_x86)
        memset(image + CODE, 0x90, 16);
    sweep->encoding(n, image + CODE);

    isa_entry_state(sweep->isa, &cpu, CODE, DATA);
    for (unsigned i = 0; i < sweep->isa->reg_count; i++)
        if (sweep->isa->regs[i].class == ISA_GENERAL && i != sweep->isa->pc)
            isa_set(sweep->isa, &cpu, i, DATA + 16 * i);
    isa_set(sweep->isa, &cpu, sweep->isa->flags, sweep->flags);
    hostile_start(h, 4096, BOUNDS, image, &cpu);
    return hostile_run(h, INSNS) && hostile_contained(h);
}

static void child(struct report *report, const struct sweep *sweep,
                  uint64_t end)
{
    struct hostile h;

    hostile_open_some(&h, sweep->isa, HOSTILE_OBSERVED + 1);
    for (; report->at < end; report->at++) {
        alarm(20);
        if (!run(&h, sweep, report->at)) {
            snprintf(report->why, sizeof(report->why), "%s", h.why);
            _exit(1);
        }
        report->digests[report->at] = h.digest;
    }
    _exit(0);
}

static void say(const struct sweep *sweep, uint64_t n, const char *why)
{
    uint8_t bytes[16] = {0};

    sweep->encoding(n, bytes);
    for (unsigned i = 0; i < 8; i++)
        printf("%02x ", bytes[i]);
    printf("(%" PRIu64 "): %s\n", n, why);
}

/* Run up to @end, whatever happens on the way. */
static unsigned run_all(struct report *report, const struct sweep *sweep,
                        uint64_t end)
{
    unsigned findings = 0;

    while (report->at < end) {
        int status;

        fflush(stdout);
        const pid_t pid = fork();
        if (pid < 0)
            abort();
        if (pid == 0)
            child(report, sweep,
                  report->at + 20000 < end ? report->at + 20000 : end);
        waitpid(pid, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        if (WIFSIGNALED(status))
            snprintf(report->why, sizeof(report->why), "signal %d",
                     WTERMSIG(status));
        say(sweep, report->at++, report->why);
        findings++;
    }
    return findings;
}

static unsigned compare(const struct sweep *sweep, const char *path,
                        const uint64_t *digests, uint64_t end)
{
    FILE *old = fopen(path, "rb");
    unsigned findings = 0;
    uint64_t digest;

    if (!old)
        abort();
    for (uint64_t n = 0; n < end && fread(&digest, 8, 1, old) == 1; n++) {
        if (digest == digests[n])
            continue;
        say(sweep, n, "not as in the other run");
        findings++;
    }
    fclose(old);
    return findings;
}

int main(int argc, char **argv)
{
    const struct sweep *sweep = NULL;
    uint8_t bytes[16];
    uint64_t end = 0;

    for (size_t i = 0; argc >= 3 && i < COUNT(sweeps); i++)
        if (strcmp(argv[1], sweeps[i].name) == 0)
            sweep = &sweeps[i];
    if (!sweep) {
        fprintf(stderr, "usage: fuzz_sweep x86|a32|thumb OUT [OLD]\n");
        return 2;
    }
    while (sweep->encoding(end, bytes))
        end++;

    struct report *report =
        mmap(NULL, sizeof(*report) + end * 8, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        abort();
    report->digests = (uint64_t *)(report + 1);

    unsigned findings = run_all(report, sweep, end);
    FILE *out = fopen(argv[2], "wb");
    if (!out || fwrite(report->digests, 8, end, out) != end || fclose(out))
        abort();
    if (argc > 3)
        findings += compare(sweep, argv[3], report->digests, end);
    printf("%s: %" PRIu64 " encodings, %u findings\n", sweep->name, end,
           findings);
    return findings > 0;
}
