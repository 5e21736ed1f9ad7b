/*
 * tests/hostile.h - one program, run in every way that the engine has.
 *
 * Each way is an engine with a physical memory and a base of its own. What the
 * program may see is the same in all; what lies around it is not. So all must
 * agree on every trap, register, count and byte, and a program that reads
 * outside betrays itself.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdio.h>

#include "emu/engine.h"
#include "mmu/base_bounds.h"
#include "mmu/implicit.h"
#include "tests/rng.h"

#define HOSTILE_PHYS   (64u * 1024u)
#define HOSTILE_BOUNDS (20u * 1024u) /* the most */

enum hostile_way {
    HOSTILE_PLAIN,      /* nobody watches, but counted: the fast core */
    HOSTILE_OBSERVED,   /* the exact core */
    HOSTILE_PARANOID,   /* every load is compared */
    HOSTILE_ROUND_TRIP, /* registers are spoilt and restored at each block */
    HOSTILE_BY_USE,     /* in three segments that have the same bytes */
    HOSTILE_CROWDED,    /* as if there were too many for windows */
    HOSTILE_LEAN,       /* only instructions are counted, and that with a timer
                           only; without one it runs only up to a trap */
    HOSTILE_WAYS
};

struct hostile_machine {
    struct phys *phys;
    struct base_bounds bb[2]; /* in turn: each start is another process */
    struct implicit use[2];   /* or these */
    struct engine *engine;
    uint8_t *around; /* what all of memory, slack included, was filled with */
    paddr_t base;
    struct charge *charge;     /* NULL: nothing costs anything */
    struct engine_counts seen; /* by the observer */
    cycles_t timer, due;       /* as the engine was told */
    vaddr_t next;              /* behind what ran last */
    bool has_next;
    bool late; /* the observer has seen an instruction after its moment */
};

struct hostile {
    const struct isa *isa;
    struct hostile_machine machines[HOSTILE_WAYS];
    unsigned ways; /* of them */
    unsigned turn;
    uint32_t bounds;
    bool timed;        /* all costs, so that all ways have one base */
    bool lean_skipped; /* that engine's registers are old */

    /* Runs end at made-up moments of the clock, not after so many
     * instructions. */
    bool moments;
    struct rng rng;

    /* What they agreed on at the last stop. */
    enum engine_stop stop;
    struct trap trap;
    struct cpu_state cpu;
    uint64_t digest; /* of trap, registers, counts and memory */

    char why[240]; /* the first disagreement */
    FILE *log;     /* every start and stop, or NULL */
};

/* Fails the process when it cannot. */
void hostile_open(struct hostile *h, const struct isa *isa);

/* The same, and the timer ends runs: its clock counts instructions. */
void hostile_open_moments(struct hostile *h, const struct isa *isa);

/* Only the first @ways. */
void hostile_open_some(struct hostile *h, const struct isa *isa, unsigned ways);
void hostile_close(struct hostile *h);

/*
 * The ways that count, each with caches of its own by @caches. They must agree
 * on what everything has cost, too.
 */
void hostile_open_timed(struct hostile *h, const struct isa *isa,
                        const struct memsys_config *caches);

/*
 * A new process: @bounds bytes of @image at about @base, registers @cpu.
 * Precondition: bounds <= HOSTILE_BOUNDS.
 */
void hostile_start(struct hostile *h, paddr_t base, uint32_t bounds,
                   const uint8_t *image, const struct cpu_state *cpu);

/*
 * Run up to @instructions more, from h->cpu, which the caller may have changed.
 * False when the ways disagree, h->why says how.
 */
bool hostile_run(struct hostile *h, uint64_t instructions);

/* The same without loading h->cpu: as if nobody had looked. */
bool hostile_go_on(struct hostile *h, uint64_t instructions);

/* Have @byte stand behind the image, 16 times, from now on. */
void hostile_follow(struct hostile *h, uint8_t byte);

/* Not a byte outside the image has changed. */
bool hostile_contained(struct hostile *h);

/* What the operating system may do meanwhile. */
void hostile_write(struct hostile *h, vaddr_t va, const void *from,
                   uint32_t size);
void hostile_move(struct hostile *h, paddr_t base);
void hostile_resize(struct hostile *h, uint32_t bounds);

/* The program's memory (in the plain way). */
const uint8_t *hostile_bytes(const struct hostile *h);

#endif /* TESTS_HOSTILE_H */
