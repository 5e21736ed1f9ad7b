/*
 * tests/forecast_run.h - blocks that bare Unicorn runs, and what their forecast
 * says of them.
 */
#ifndef TESTS_FORECAST_RUN_H
#define TESTS_FORECAST_RUN_H

#include "emu/forecast.h"
#include "tests/rng.h"

/* All memory there is: code, which may not be stored to, then data. */
#define RUN_BASE     0x00108000u
#define RUN_DATA     (RUN_BASE + 0x8000u)
#define RUN_END      (RUN_DATA + 0x8000u)
#define RUN_ACCESSES 1024u
#define RUN_CODE     56u /* bytes of code, at most */

struct run_access {
    bool store;
    vaddr_t va;
    uint32_t size;
};

struct run_list {
    struct run_access items[RUN_ACCESSES];
    unsigned count;
    bool refused; /* the last one was not legal: nothing came after it */
};

struct run {
    uint8_t code[RUN_CODE];
    uint32_t size; /* of the code, before a system call is added */
    bool thumb;
    uint32_t regs[15], flags; /* x86: 8 of them */
    uint32_t fs, gs;          /* x86: bases */
    uint32_t after[15];       /* what registers the block leaves */
    vaddr_t at;               /* where the code has been put */
    uint32_t block;           /* bytes of the block that it begins with */
    bool undefined; /* there is no such instruction, or it has raised another
                       exception than a system call */
    struct run_list seen;
};

struct runner;

struct runner *runner_create(const struct isa *isa, struct rng *rng);
void runner_destroy(struct runner *runner);

/*
 * Run the first block of @run->code: the rest of *@run is filled. False: it has
 * not run, for nobody asks for a forecast of it, or an instruction has none.
 */
bool runner_run(struct runner *runner, struct run *run);

enum run_verdict {
    RUN_NONE,  /* there is no forecast */
    RUN_VAGUE, /* it depends on what a store has left that has no value */
    RUN_RIGHT,
    RUN_WRONG_ACCESS,
    RUN_WRONG_REGISTER,
    RUN_WRONG_MEMORY, /* something else has been stored */
};

/* "accesses", "registers", "memory": what is wrong. */
const char *run_wrong(enum run_verdict verdict);

/* Compare what runner_run() has seen with the forecast. */
enum run_verdict runner_judge(const struct runner *runner,
                              const struct run *run);

/* Addresses in the data, most of them aligned, and small numbers. */
uint32_t run_random_register(struct rng *rng);

/* All of @run, for who looks into a failure. */
void run_print(const struct runner *runner, const struct run *run);

#endif /* TESTS_FORECAST_RUN_H */
