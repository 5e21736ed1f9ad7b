/*
 * tests/guest_run.h - one compiled guest program on one machine, and all that
 * can be known of the run: what it printed, how it ended, and every trap with
 * the registers and the memory that the operating system saw then.
 *
 * Whatever the claim of a test, each run here is also checked for
 *   containment   every byte outside the image holds a hash of its address
 *                 before, and the same after; so does the image's own place,
 *                 which the OS must clear before a program sees it
 *   observation   each access that is announced lies at base + va
 *   residue       after the end one hole is all the memory, every PCB is 0,
 *                 the trap table is as at boot, and os_check() is content
 * and fails the running cmocka test when something is wrong.
 */
#ifndef TESTS_GUEST_RUN_H
#define TESTS_GUEST_RUN_H

#include "emu/machine.h"

#define GUEST_OUTPUT_MAX 16384u
#define GUEST_TRAPS_MAX  1024u

/* A program and what it is given. */
struct guest {
    char name[96]; /* below the folder of guest programs: "x86/zoo/halt" */
    void *file;    /* an ELF file's bytes */
    size_t file_size;
    const char *argv[8]; /* ends with NULL; the same wherever the file is */
    const char *input;   /* what read() finds, or NULL */
    uint32_t bounds;     /* bytes */
    const struct guest *partner; /* to share a machine with */
};

/* Who watches. */
struct guest_config {
    const char *what;
    uint64_t lean_after; /* see engine_config */
    bool counting;
    bool observed; /* every access is announced */
    bool paranoid;
    bool round_trip;
    uint64_t slice; /* instructions between two stops; 0: no stops */
    bool moving;    /* and at each stop the OS moves it to another base */
};

/* A trap, with hashes of what the OS could see when it was raised. */
struct guest_trap {
    struct trap trap; /* its `instructions` mean something if they count */
    uint64_t registers;
    uint64_t memory; /* all of the address space */
};

/* How a run went. */
struct guest_end {
    uint32_t exit_code;
    char output[GUEST_OUTPUT_MAX]; /* stdout and stderr as they came */
    uint32_t output_size;
    struct guest_trap traps[GUEST_TRAPS_MAX];
    unsigned trap_count;
    const struct isa *isa;
    struct cpu_state cpu;        /* at the last trap that may know no pid */
    bool knows_pid;              /* another one in each run on one machine */
    struct engine_counts counts; /* of this run */
    bool counted;                /* `counts` mean something */
    struct engine_counts seen;   /* announced accesses by kind */
    uint64_t seen_hash;          /* of all of them, in their order */
    bool observed;               /* `seen` means something */
};

struct guest_machine;

/* Boot a machine whose memory holds nothing but the pattern. Never NULL. */
struct guest_machine *guest_machine_create(const struct guest_config *config,
                                           uint32_t phys_size);
void guest_machine_destroy(struct guest_machine *gm);

/* Run @guest to its end. Programs may follow one another on one machine. */
void guest_run(struct guest_machine *gm, const struct guest *guest,
               paddr_t base, struct guest_end *end);

/*
 * The same for @guest and its partner right behind it, in turns of a slice.
 * Counts of either are not known then.
 */
void guest_run_pair(struct guest_machine *gm, const struct guest *guest,
                    paddr_t base, struct guest_end *end,
                    struct guest_end *partner_end);

/*
 * Fail unless @is, which @what names, equals @want in all that both know; not
 * compared are the places of things in physical memory.
 */
void guest_assert_same(const struct guest *guest, const char *what,
                       const struct guest_end *is,
                       const struct guest_end *want);

#endif /* TESTS_GUEST_RUN_H */
