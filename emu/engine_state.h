/*
 * emu/engine_state.h - what an engine holds: its cores, what is known of blocks
 * and segments, the journal, and the instruction in flight.
 *
 * For emu/engine_*.c only, by way of emu/engine_internal.h, which says how the
 * parts work together.
 *
 * Layer: emu/.
 */
#ifndef EMU_ENGINE_STATE_H
#define EMU_ENGINE_STATE_H

#include "emu/decode.h"
#include "emu/engine.h"
#include "emu/forecast.h"

struct uc_struct;
struct uc_context;

#define ENGINE_SLICE     8192u  /* instructions between two checkpoints */
#define LEAN_SLICE       32768u /* where the lean core counts */
#define ENGINE_BLOCK_MAX 1024u  /* instructions: more than any block has */
#define JOURNAL_SIZE     16384u
#define JOURNAL_SOFT     (JOURNAL_SIZE - 8192u) /* a block stores less */
#define WINDOWS_MAX      512u
#define CROWD_MAX        256u /* segments that have a window each */
#define CROWD_MIN        128u /* and when they are so few, again */
#define SPANS_MAX        4096u
#define UNCHARGED_MAX    65536u
#define MARKS_MAX        (2u * ENGINE_SLICE) /* blocks until a checkpoint */
#define NO_LINE          UINT64_MAX
#define NO_DATA_LINE     UINT32_MAX
#define NO_REPEAT        UINT64_MAX
#define NO_PAGE          1u                       /* no page begins there */
#define UNCHARGED_SOFT   (UNCHARGED_MAX - 16384u) /* a block has fewer */
#define INSN_ACCESSES    128u /* data accesses of one instruction */
#define DECODE_SLOTS     4096u
#define MADE_MAX         (128u << 20) /* bytes of translated code, about */

/* The bytes that may stand before an x86 opcode. */
#define X86_PREFIXES "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3"

#define ENGINE_IT_BITS 0x0600fc00u /* of ARM's CPSR */

/* An address that no guest instruction can have: where emulation ends. */
#define ENGINE_UNTIL UINT64_C(0x100000000)

/*
 * Private page of each x86 core: descriptor table and the iret that enters
 * user mode. It begins here and is moved out of the way of each address space.
 * Below data and stack, for the library looks for regions by halves, and for
 * these most often.
 */
#define ENGINE_PRIVATE      0x3ffe0000u
#define ENGINE_PRIVATE_SIZE 0x1000u

/* No instruction ran here before: the next one is no jump. */
#define FOLLOWS_NONE UINT64_MAX

/* Why a core stopped. */
enum event {
    EVENT_NONE,
    EVENT_PAUSE,   /* at a block start: new checkpoint, then go on */
    EVENT_CAREFUL, /* at a block start: the block is for the exact core */
    EVENT_SUSPECT, /* somewhere: roll back, let the exact core decide */
    EVENT_TRAP,    /* engine->trap is filled */
    EVENT_LIMIT,   /* exact core: the instruction limit */
    EVENT_TIMER,   /* at an instruction start: the timer fires */
    EVENT_LEAVE,   /* exact core: at a block start, the fast one may go on */
    EVENT_STALE,   /* exact core: translated code changed, drop it */
    EVENT_LOST,    /* exact core: control went where nothing is mapped */
    EVENT_BROKEN,
};

/* What is known of the block that begins at `va`. */
struct block {
    vaddr_t va;
    uint32_t size;        /* bytes; 0: empty slot */
    uint16_t insns;       /* counted when the block starts */
    uint16_t extra_loads; /* engine accesses beyond the guest's own */
    uint16_t extra_stores;
    bool thumb;
    bool careful; /* the exact core runs it */
    bool aligned; /* holds 16-byte operands that must be aligned */
    bool paired;  /* each 8-byte access is half of one of 16 */
    bool special; /* aligned, or has extra accesses */
    paddr_t pa;
    cycles_t execute; /* all instructions of it, if there is a charge */
    uint64_t first_line, last_line; /* of its fetch, likewise */
    /* Where the lean core counts: what is foreseen of it. */
    bool foreseen;
    bool behind_it;     /* it has begun there, in Thumb's mode */
    bool only_accesses; /* each step is one, of no value */
    bool asks_flags;    /* a step does, for VALUE_FLAGS */
    bool asks_bases;    /* or for VALUE_FS or VALUE_GS */
    uint32_t first_step, step_count;
    const uint32_t *only_reg; /* if all are loads, at places that only this one
                                 decides; else NULL */
};

/* A step of a forecast with the places of its values. */
struct step {
    const uint32_t *a, *b, *c;
    uint32_t *dst;
    uint32_t plus;
    uint8_t op, shift;
    uint16_t size;
    uint16_t misaligned; /* bits that an address must not have */
    bool is_known;       /* what a store stores */
    /* Where all steps are accesses of no value: so many from this one on do the
     * same, at places that the same values decide. They are judged together. */
    uint16_t run;
    uint16_t reach; /* bytes from the lowest to behind the highest */
    uint32_t down;  /* and from the lowest to this one */
};

/*
 * The block that runs, when nothing but counting is to be done
 * if it starts again at once, as the body of a small loop does.
 */
struct repeat {
    uint64_t va; /* NO_REPEAT: there is something to be done */
    uint64_t insns;
    cycles_t execute;
    /* In the lean core that counts, which may also load, again and again the
     * same bytes, as long as *reg stays `value`. */
    const uint32_t *reg;
    uint32_t value, loads;
    uint64_t times; /* that only instructions have been counted of */
};

/* Hash table of blocks; grows, never evicts. */
struct block_table {
    struct block *slots;
    uint32_t mask; /* slots - 1 */
    uint32_t used;
    struct block *outgrown; /* the slots before: engine->block may be there */
    struct step *steps;     /* of all blocks that are foreseen */
    uint32_t step_count, step_room;
};

/* A store that can be undone. */
struct journal_entry {
    paddr_t pa;
    uint32_t size; /* 1 to 8 */
    uint64_t old;
};

/*
 * The engine's own pieces of an access that it has already announced whole:
 * an unaligned store comes again byte by byte, a load across a page comes
 * again as two aligned loads. They are not the guest's.
 */
struct echo {
    unsigned left; /* pieces still to come */
    vaddr_t va;
    uint32_t size;
    bool store;
};

/* A segment as a core sees it, in the library's units. */
struct window {
    struct mmu_span span;
    vaddr_t va;
    uint32_t size;
};

/* See engine_stage.c. */
struct stage {
    uint8_t *bytes; /* NULL: not open */
    uint64_t size;  /* a power of two: va % size is the place of its byte */
};

#define CROWD_STAGE (UINT64_C(1) << 32) /* each address has a place */

/* The bytes of all segments of an address space. */
struct space_copy {
    uint8_t *bytes;
    size_t size;
};

/* See engine_tlb.c. */
struct opener {
    const struct tlb *tlb; /* the library's; NULL: not found */
    unsigned delta_at;     /* where in its entries the host's place is */
    uint32_t unfound;      /* stores before it was found */
    bool has_opened;       /* a page, since the TLB was emptied last */
    uint64_t epoch;        /* phys->open_epoch then */
    vaddr_t shut; /* the last page found that must not be; NO_PAGE: none */
};

struct core {
    struct uc_struct *uc;
    struct uc_context *spare; /* scratch for a transfer */
    struct window windows[WINDOWS_MAX];
    unsigned window_count;
    bool crowded;         /* made to show the stage of a crowd */
    uint64_t code_epoch;  /* of the code that is translated */
    uint64_t made;        /* bytes of translated code, by engine_made() */
    struct mmu_span code; /* by use: that code */
    uint8_t *private;     /* host side of the private page, or NULL */
    uint32_t *regs;       /* where the library keeps them; NULL: not found */
    bool sought_regs;     /* that was tried, once */
    vaddr_t private_va;   /* where it is mapped */
    struct opener opener;

    /* What the windows show; NULL: nothing yet. */
    const struct mmu *shown;
    uint64_t shown_generation;
    struct mmu_span *spans; /* what was listed then; owned */
    unsigned span_count, span_room;
};

/* One contiguous legal range, so that most accesses cost two compares. */
struct span_cache {
    vaddr_t va;
    uint32_t bounds;
    unsigned prot;
    paddr_t base;
};

/*
 * The segments by address: entries[va >> shift & (SPAN_SLOTS - 1)] is the only
 * one that can hold va, if any is there; where two would share an entry, the
 * second is left to mmu_translate().
 */
#define SPAN_SLOTS 4096u
struct span_map {
    unsigned shift;
    struct span_cache entries[SPAN_SLOTS];
};

/* The exact core's instruction in flight. */
struct insn {
    bool active; /* begun and not yet counted */
    vaddr_t pc;
    uint32_t size;
    struct decoded facts;
    uint8_t bytes[2]; /* ARM: the first halfword */
    unsigned access_count;
    struct {
        struct mmu_access access;
        paddr_t pa;
    } accesses[INSN_ACCESSES];
};

/* Flags of the instruction in flight that the library gets wrong. */
struct mend {
    bool expected; /* when it completes */
    bool due;      /* it has */
    uint32_t flags;
};

/* The facts of an instruction, kept until any code changes. */
struct decode_slot {
    vaddr_t pc;
    bool valid, thumb, known;
    struct decoded facts;
};

/*
 * No instruction, seen while it is being translated: UD2 stands in its place
 * until the block starts, because some of these abort the library and others
 * run as something else.
 */
struct poison {
    bool active;
    paddr_t pa;
    uint8_t old[15];
    vaddr_t va;    /* of the instruction being translated */
    uint32_t size; /* its size; 0: none is */
};

/* How Unicorn names an instruction set. */
struct engine_arch {
    const int *reg_ids;                 /* by the ISA's register index */
    uint32_t page;                      /* bytes: loads across it are split */
    int (*open)(struct uc_struct **uc); /* 0 or -ENOMEM */
    /* Put a fresh core into user mode. 0 or -ENOTSUP. */
    int (*enter_user)(struct engine *engine, struct core *core);
    /* The cause of exception @number, or -1: not one that a guest can raise. */
    int (*cause)(uint32_t number);
    /* Tell @core where its private page belongs. NULL: it has none. */
    void (*place_private)(struct engine *engine, struct core *core);
    /* Empty the library's TLB. On x86 2.0.1 ignores it: see empty_tlb() in
     * engine_lean.c. */
    void (*flush_tlb)(struct core *core);
    uint64_t odd; /* a bit for each register that the next two may be for */
    /* Registers that have no number of their own: false when @reg has one. */
    bool (*read_odd)(struct core *core, unsigned reg, uint32_t *value);
    bool (*write_odd)(struct core *core, unsigned reg, uint32_t value);
    /* What user mode may have of @value in a system register or the flags. */
    uint32_t (*legal)(unsigned reg, uint32_t value);
    uint32_t user_flags; /* bits of the flags that a program may set freely */
    bool watch_fetch;    /* some encodings abort the library */
    /* Add an instruction to a forecast. */
    void (*lift)(struct lift *lift, const uint8_t *bytes, uint32_t size,
                 vaddr_t pc, bool thumb);
};

extern const struct engine_arch engine_arch_x86;
extern const struct engine_arch engine_arch_arm;

/* A block starts: what the core has run before, uncharged. */
struct mark {
    uint64_t instructions; /* counts.instructions */
    cycles_t execute;
    uint64_t again[2];
    uint32_t count; /* of items */
    bool is_jump;   /* it does not follow what ran last */
};

/* How far loads and stores have been written down. */
struct noted {
    uint32_t count; /* of items */
    /* More references to the line of the last item: they hit and change
     * nothing, so that they are only counted, and not written down. */
    uint32_t data_line; /* that line; NO_DATA_LINE: there are no such */
    bool data_dirty;    /* the item was a store */
    uint64_t again[2];  /* loads, stores */
};

/*
 * What a core has run since its checkpoint and is not charged yet. A
 * roll back forgets it. See engine_charge.c.
 */
struct uncharged {
    struct memsys_item *items; /* loads and stores, UNCHARGED_MAX; NULL: there
                                  is no charge */
    struct noted noted;
    bool half;          /* of a 16-byte access: the second is to come */
    bool filters;       /* where the first level is of that kind */
    unsigned data_bits; /* log2 of its line's size */
    cycles_t execute;
    const struct cache *level; /* the first level of code */
    struct cache *code;        /* its lines, at the checkpoint */
    /* The lines of the last block that changed the level; NO_LINE: none. */
    uint64_t first_line, last_line;
    unsigned line_bits; /* log2 of its size */
    struct mark *marks; /* MARKS_MAX + 1; see engine_timer.c */
    uint32_t mark_count;
    bool marking;
    uint64_t rate;      /* cycles of 256 instructions, lately */
    bool missed;        /* a block's fetch would, so that it has not run */
    uint64_t missed_at; /* instructions: when that was last so */
};

/* When the lean core may run, see engine_lean_when.c. */
struct lean_when {
    bool gave_up;        /* the core cannot be made */
    uint64_t copy_ns;    /* what the last copy took */
    uint64_t not_before; /* instructions */
    uint64_t backoff;    /* instructions */
    uint64_t stay;       /* instructions: the fast core, after what is not
                            foreseen */
    uint64_t entered;    /* instructions: when the lean core took over */
};

struct checkpoint {
    struct uc_context *context;
    struct engine_counts counts;
    vaddr_t pc;
    uint64_t follows;
};

struct engine {
    struct engine_config config;
    const struct isa *isa;
    struct phys *phys;
    const struct engine_arch *arch;
    struct decoder *decoder;

    /* Hot: read by the hooks of the fast core. */
    struct span_map spans;
    struct engine_counts counts;
    uint64_t pause_at; /* instructions: look whether to stop */
    bool odd;          /* stopping, or echoes to come: take the slow path */
    bool translated;   /* something was, since the last block */
    enum event event;
    struct repeat repeat;
    const struct block *block; /* running; not in the exact core */
    struct journal_entry *journal;
    uint32_t journal_used;
    uint32_t page;
    struct block_table blocks;
    struct block_table lean_blocks;   /* of the lean core, where it counts */
    bool journals;                    /* the lean core, its stores */
    uint32_t values[FORECAST_VALUES]; /* but registers */

    struct echo echo;
    struct poison poison;
    uint64_t last_wide; /* va + 1 of the last aligned-block 8-byte access */

    uint64_t slice_at;      /* instructions: pause */
    uint64_t timer;         /* by engine_clock(): fire at the next jump */
    cycles_t due;           /* by engine_clock(): stop */
    uint64_t again_to;      /* instructions: the core runs as far as that again;
                               NO_REPEAT: it does not */
    enum event again_event; /* and then this happens */
    uint64_t follows; /* the address behind the last instruction that ran, or
                         FOLLOWS_NONE */

    const struct mmu *mmu;    /* borrowed */
    const struct mmu *mapped; /* what spans shows, and its generation then */
    uint64_t mapped_generation;
    uint64_t copies_epoch; /* associative_epoch() when `spans` were filled */
    struct mmu_span *list; /* SPANS_MAX: the segments, by address; by use: where
                              there are any */
    unsigned list_count;
    bool crowded;         /* they are too many for a window each */
    bool by_use;          /* the use of an access selects its segment */
    struct mmu_span code; /* by use: that segment */
    bool looks;           /* by use: the fast core, at each instruction */
    size_t look_hook;
    bool may_be_late; /* by use: the registers to stop with are in before */
    struct stage use_stage, crowd_stage;
    struct stage *stage; /* that the windows show; NULL: segments */
    struct span_cache by_use_spans[MMU_USE_STACK + 1]; /* its segment, by use */
    enum mmu_use loaded; /* by use: of the last load that was announced */
    vaddr_t private_va;  /* where the cores' private pages belong */
    struct core fast, exact, lean_core;
    struct lean *lean; /* NULL: the configuration rules it out */
    struct lean_when lean_when;
    bool lost_count;         /* the lean core has run without counting */
    struct core *current;    /* holds the registers; the others are scratch */
    vaddr_t pc;              /* where to resume, without the Thumb bit */
    struct cpu_state shadow; /* the registers as last saved */
    bool shadow_valid;
    struct uc_context *pristine; /* user mode, nothing run yet */
    struct checkpoint checkpoint;
    struct uncharged uncharged;

    /* The exact core. */
    struct insn insn;
    struct mend mend;
    struct uc_context *before; /* registers before insn began */
    uint64_t limit;            /* instructions */
    uint64_t stay_until;       /* instructions: may not leave before */
    uint64_t entered;          /* instructions when the core took over */
    bool running;
    bool code_changed; /* of this block, by the instruction in flight or just
                          completed */
    vaddr_t block_begin, block_end;
    bool block_start;
    bool thumb;
    uint8_t it;                  /* ARM IT state of the instruction in flight */
    struct decode_slot *decoded; /* DECODE_SLOTS, by address */

    uint64_t inject_at;          /* see engine_inject() */
    enum mmu_fault inject_fault; /* NONE: nothing is to be refused */
    bool injected;

    struct trap trap;
    char error[160];
};

#endif /* EMU_ENGINE_STATE_H */
