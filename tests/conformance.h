/*
 * tests/conformance.h - forms of instructions, what a naive model expects of
 * each, and a machine that runs them in every way that the engine has.
 *
 *      va      0   low anchors
 *          0x400   scratch of the instructions around
 *          0x500   the program
 *          0xe00   the safe address, `#`
 *         0x1100   the stack, unless the form moves it
 *         0x1a00   anchors, `@`, up to about 0x2800
 *         0x4000   bounds that are large enough for everything
 *
 * Address spaces of other shapes have these bytes at the same places; in one,
 * those from 0x2000 on lie at the top of 32 bits, and in one the stack begins
 * at 0x3f00. va modulo 0x4000 is where a byte lies behind the base.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include "emu/engine.h"
#include "mmu/associative.h"
#include "os/os.h"
#include "tests/rng.h"

#define CONF_PHYS      0x8000u
#define CONF_BOUNDS    0x4000u
#define CONF_SCRATCH   0x400u
#define CONF_CODE      0x500u
#define CONF_SAFE      0xe00u
#define CONF_STACK     0x1100u
#define CONF_STACK_USE 0x3f00u /* where the use selects the segment */
#define CONF_FRAME_USE 0x3f40u
#define CONF_ANCHOR    0x1a00u
#define CONF_SEEN      (1u << 16)

/* One line of tests/conformance_*.S, assembled. */
struct form {
    const char *text;
    const char *code;
    uint8_t main, trail, end; /* offsets into code */
    uint8_t lead_insns, trail_insns;
    const char *setup;
    const char *accesses;
};

struct form_set {
    const char *name;
    const struct isa *isa;
    bool thumb;
    const struct form *forms;
    size_t count;
};

enum { CONF_X86, CONF_ARM, CONF_THUMB, CONF_SETS };

extern const struct form_set conf_sets[CONF_SETS];

/* A number, or relative to an address that the case chooses. */
enum value_kind { V_NUMBER, V_ANCHOR, V_HALF, V_LOW16, V_SAFE, V_NEXT };

struct value {
    enum value_kind kind;
    uint32_t add;
};

struct plan_access {
    bool write, safe;
    uint32_t size;
    uint32_t offset;
};

#define PLAN_SETS     6u
#define PLAN_POKES    4u
#define PLAN_ACCESSES 20u

/* A form, understood. */
struct plan {
    const struct form *form;
    bool menu;
    struct {
        unsigned reg;
        struct value value;
    } sets[PLAN_SETS];
    unsigned set_count;
    struct {
        struct value at, value;
    } pokes[PLAN_POKES];
    unsigned poke_count;
    struct plan_access accesses[PLAN_ACCESSES];
    unsigned access_count;
    uint64_t regs; /* sets or, of a menu, clobbers these */
    uint32_t align;
    bool strict, down, absolute, absolute16, nofault, open;
    int fill, fill_safe; /* byte, or -1 */
    bool rep;
    uint32_t passes, step;
    uint32_t pcrel; /* 0: the program lies at CONF_CODE */
    uint32_t it;
    enum trap_cause trap; /* TRAP_COUNT: none */
};

/* Fails the test when the notation is wrong. */
void plan_read(struct plan *plan, const struct form_set *set,
               const struct form *form);

/* The index of the register called @name. */
unsigned conf_reg(const struct isa *isa, const char *name, size_t length);

/* ---- the machine ---- */

enum conf_way {
    CONF_LEAN,       /* as by default, and at once */
    CONF_FAST,       /* counting */
    CONF_OBSERVED,   /* the exact core alone */
    CONF_PARANOID,   /* every load compared */
    CONF_CROWDED,    /* the same, as if there were too many for windows */
    CONF_ROUND_TRIP, /* registers spoilt and restored at every block */
    CONF_CHARGED,    /* everything costs something, as in CONF_OBSERVED */
    CONF_COUNTED,    /* under a timer, at once; it never fires */
    CONF_WAYS
};

/* How address spaces are divided. */
enum conf_shape {
    SHAPE_BOUNDS, /* base and bounds */
    SHAPE_UP,     /* a segment that grows up, others that were never set */
    SHAPE_SIDE,   /* four of 4 KiB, side by side */
    SHAPE_DOWN,   /* one that grows down behind one that grows up */
    SHAPE_TOP,    /* the same, and it ends with 32 bits */
    SHAPE_USE,    /* the use selects one of three, which have the same bytes */
    CONF_SHAPES
};

#define SHAPE_PARTS 4u

/* Bytes [begin, end) of the address space; the selectors are those of begin. */
struct shape {
    const char *name;
    unsigned va_bits, seg_bits; /* 0: there are no selectors */
    bool by_use;                /* part 0 is code and data, part 1 the stack */
    struct {
        vaddr_t begin;
        uint64_t end; /* begin: there is no such part */
        bool grows_down;
    } parts[SHAPE_PARTS];
    enum conf_shape wide; /* what a program is given that is to run through */
};

extern const struct shape conf_shapes[CONF_SHAPES];

/*
 * How much of a shape is legal. Parts that grow up are cut at @bounds, the one
 * that grows down at @low.
 */
struct cut {
    enum conf_shape shape;
    uint32_t bounds;
    vaddr_t low;
    unsigned prot; /* of the one that grows down; 0: all */
    bool absent;   /* the one that grows down, where there is a table */
};

/* All of it. */
struct cut conf_wide(enum conf_shape shape);

struct seen {
    vaddr_t pc;
    struct mmu_access access;
};

/* Of a table's descriptors, one bit for each selector. */
struct noted {
    unsigned accessed, modified;
};

struct way {
    const char *name;
    const struct isa *isa;
    bool counts, counts_insns; /* all; instructions at least */
    bool table; /* segments are described in memory, behind CONF_PHYS */
    struct phys *phys;
    union os_mmu regs[2]; /* in turn: each start is another process */
    unsigned turn;
    paddr_t base;
    struct engine *engine;
    struct charge *charge; /* NULL: nothing costs anything */
    struct engine_counts start;
    struct seen *seen; /* of an observed way, since the start */
    unsigned seen_count;
    struct noted seen_noted; /* by them, since the last cut */
    struct associative am;   /* what an observed way's table is used through */
};

/* Fails the test when it cannot. */
void way_open(struct way *way, const struct isa *isa, enum conf_way kind,
              bool table);
void way_close(struct way *way);

/*
 * A new process: @memory is all of physical memory, of which [code, code +
 * code_size) is run.
 */
void way_start_cut(struct way *way, const uint8_t *memory, paddr_t base,
                   const struct cut *cut, paddr_t code, uint32_t code_size,
                   const struct cpu_state *cpu);
void way_cut(struct way *way, const struct cut *cut);

/* What the table in memory says of its use since the last cut. */
struct noted way_noted(const struct way *way);

/* The same by base and bounds. */
void way_start(struct way *way, const uint8_t *memory, paddr_t base,
               uint32_t bounds, paddr_t code, uint32_t code_size,
               const struct cpu_state *cpu);

/* Run on; trap->instructions becomes relative to the start. */
enum engine_stop way_run(struct way *way, struct trap *trap);

/* Run on to @n instructions from the start. */
enum engine_stop way_run_to(struct way *way, uint64_t n, struct trap *trap);

/* Since the start. */
struct engine_counts way_counts(const struct way *way);

/* A state that a program might be in: registers random, stack at @sp. */
void conf_random_cpu(const struct isa *isa, bool thumb, struct rng *rng,
                     uint32_t sp, struct cpu_state *cpu);

/* The first register that differs, as text; false when none does. */
bool conf_cpu_differs(const struct isa *isa, const struct cpu_state *want,
                      const struct cpu_state *got, char *text, size_t size);

#endif /* TESTS_CONFORMANCE_H */
