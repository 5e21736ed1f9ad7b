/*
 * tests/fuzz_engine.c - the engine against hostile programs.
 *
 * Two programs in one file. With clang -fsanitize=fuzzer it is a libFuzzer
 * target, whose inputs are the choices of hostile_case(). Otherwise
 *
 *      fuzz_engine [CASES [FIRST]]
 *
 * makes CASES programs up from TEST_SEED, half for each instruction set, and
 * runs them in child processes, so that a crash of the library is a finding
 * and not the end. A finding is printed as the number of its case; give that
 * as FIRST with CASES = 1 to see it alone. HOSTILE_ISA=x86|arm picks one,
 * HOSTILE_VERBOSE=1 prints every stop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hostile_code.h"

#define BATCH        200u /* cases that share their engines */
#define CASE_SECONDS 20u  /* until a case hangs */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t seed_of(const uint8_t *data, size_t size)
{
    uint64_t seed = 1;

    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * UINT64_C(0x100000001b3);
    return seed;
}

/* The first byte picks the instruction set. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hostile x86, arm;
    static bool open;

    if (!open) {
        hostile_open(&x86, &isa_x86);
        hostile_open(&arm, &isa_arm);
        open = true;
    }
    if (size == 0)
        return 0;

    struct choices c = {data + 1, size - 1, {0, seed_of(data, size)}};
    struct hostile *h = data[0] & 1 ? &arm : &x86;
    if (!hostile_case(h, &c)) {
        fprintf(stderr, "%s\n", h->why);
        abort();
    }
    return 0;
}

#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION

/* Shared between the parent and the child that runs the cases. */
struct progress {
    uint64_t at;
    char why[300];
};

static const struct isa *isa_of(uint64_t number)
{
    const char *only = getenv("HOSTILE_ISA");

    if (only)
        return strcmp(only, "arm") == 0 ? &isa_arm : &isa_x86;
    return number & 1 ? &isa_arm : &isa_x86;
}

static bool run_case(struct hostile *h, uint32_t seed, uint64_t number)
{
    struct rng rng = {seed, (uint64_t)seed << 32 ^ number};
    struct choices c = {NULL, 0, rng};

    rng_next(&c.rng);
    alarm(CASE_SECONDS);
    return hostile_case(h, &c);
}

static void child(struct progress *progress, uint32_t seed, uint64_t end)
{
    struct hostile h[2];
    bool open[2] = {false, false};

    for (; progress->at < end; progress->at++) {
        const struct isa *isa = isa_of(progress->at);
        const unsigned which = isa == &isa_arm;

        if (!open[which])
            hostile_open(&h[which], isa);
        open[which] = true;
        h[which].log = getenv("HOSTILE_VERBOSE") ? stdout : NULL;
        if (!run_case(&h[which], seed, progress->at)) {
            fflush(stdout);
            snprintf(progress->why, sizeof(progress->why), "%s", h[which].why);
            _exit(1);
        }
    }
    for (unsigned i = 0; i < 2; i++)
        if (open[i])
            hostile_close(&h[i]);
    exit(0); /* the leak checker's turn */
}

/* Returns false when the batch ended early: a finding at progress->at. */
static bool run_batch(struct progress *progress, uint32_t seed, uint64_t end)
{
    int status;
    const pid_t pid = fork();

    if (pid < 0)
        abort();
    if (pid == 0)
        child(progress, seed, end);
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFSIGNALED(status))
        snprintf(progress->why, sizeof(progress->why), "signal %d",
                 WTERMSIG(status));
    else if (WEXITSTATUS(status) != 1)
        snprintf(progress->why, sizeof(progress->why), "exit %d",
                 WEXITSTATUS(status));
    return false;
}

int main(int argc, char **argv)
{
    const struct rng rng = rng_start();
    const uint64_t cases = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000;
    const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    struct progress *progress =
        mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned findings = 0;

    if (progress == MAP_FAILED)
        abort();
    fflush(stdout);
    progress->at = first;
    while (progress->at < first + cases) {
        const uint64_t rest = first + cases - progress->at;

        if (run_batch(progress, rng.seed,
                      progress->at + (rest < BATCH ? rest : BATCH)))
            continue;
        printf("case %llu (%s): %s\n", (unsigned long long)progress->at,
               isa_of(progress->at)->name, progress->why);
        fflush(stdout);
        findings++;
        progress->at++;
    }
    printf("%llu cases, %u findings\n", (unsigned long long)cases, findings);
    return findings > 0;
}

#endif
