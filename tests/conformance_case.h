/*
 * tests/conformance_case.h - a form, placed somewhere, in every way.
 *
 * A case is a form amid instructions that change registers, flags and memory.
 * Up to three runs in wide bounds say what should be seen: to a trap
 * instruction in place of the form, to one behind so many passes of it, and
 * through. Then, in each way: run in narrow bounds, compare with the verdict of
 * a model; repair the cause; go on, compare with the run that went through.
 *
 * From the environment: CONFORMANCE_FORM=TEXT runs only forms with TEXT in
 * them, CONFORMANCE_ALL=1 shows every failure, not one a form,
 * CONFORMANCE_DUMP=1 also the program, CONFORMANCE_OPEN=1 runs what is known to
 * go wrong.
 */
#ifndef TESTS_CONFORMANCE_CASE_H
#define TESTS_CONFORMANCE_CASE_H

#include "tests/conformance.h"
#include "tests/use_oracle.h"

#define SUITE_MENU 48u
#define SUITE_CODE 512u /* bytes of a program */

/* Where a case puts its anchor, and what the bounds are. */
struct place {
    const char *what;
    vaddr_t anchor;
    uint32_t bounds;
    bool beyond;  /* repaired by moving the anchor, not the bounds */
    vaddr_t code; /* where the program lies; 0: as usual */
    bool outside; /* bytes of it behind the bounds are somebody else's */
    vaddr_t low;  /* of the part that grows down; see struct cut */
    unsigned prot;
    bool absent;
};

/* The program of a case. */
struct program {
    uint8_t code[SUITE_CODE];
    uint32_t size;
    uint32_t start, main, trail, end; /* of the form: offsets */
    uint32_t loops;
};

/* What the model expects of the narrow run. */
struct verdict {
    enum trap_cause cause; /* TRAP_COUNT: none */
    struct mmu_access access;
    uint32_t legal;
    uint32_t passes; /* completed before the trap */
    uint32_t at;     /* offset into the program of what traps */
    uint32_t insn_size;
};

/* The machine somewhere. */
struct snapshot {
    struct cpu_state cpu;
    struct engine_counts counts;
    uint8_t memory[CONF_PHYS];
};

enum moment { AT_TRAP, IN_THE_END, MOMENTS };

struct suite {
    const struct form_set *set;
    enum conf_shape shape; /* tests may change it between two cases */
    bool table;            /* segments are described in memory */
    struct rng rng;
    struct way ways[CONF_WAYS];
    struct plan menu[SUITE_MENU];
    unsigned menu_count;

    /* The case. */
    struct plan plan;
    struct uses uses; /* of the form, where the shape is by use */
    struct program program;
    struct place place;
    paddr_t base;
    vaddr_t code; /* where the program lies */
    struct snapshot initial, middle, before, after;
    uint8_t outside[SUITE_CODE]; /* instead of code behind the bounds */

    struct noted noted[MOMENTS][CONF_WAYS], want_noted[MOMENTS];

    unsigned forms, open, cases, traps, failures;
    const struct form *last_failed;
};

struct suite *suite_open(unsigned set, bool table);
void suite_close(struct suite *s);

/* Call @try for each form of the set that is an instruction under test. */
void suite_each(struct suite *s, void (*try)(struct suite *s));

/* Another program around the form. */
void suite_program(struct suite *s);

/* What the accesses of the form make of @place. */
struct verdict suite_judge(struct suite *s, const struct place *place);

/* The case: in all ways. */
void suite_try(struct suite *s, const struct place *place,
               const struct verdict *want);

/*
 * In all ways: @n instructions from the start and no further, in the same
 * state; then, from registers saved and loaded again, to the same end.
 */
void suite_limit(struct suite *s, const struct place *place, uint64_t n);

/* Instructions of the case last tried, its last one included. */
uint64_t suite_length(const struct suite *s);

#endif /* TESTS_CONFORMANCE_CASE_H */
