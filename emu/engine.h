/*
 * emu/engine.h - the CPU: runs a process's instructions until it traps.
 *
 * Every fetch, load and store of the guest is translated and checked by the
 * process's MMU registers, to the byte. A trap leaves precise state: registers,
 * flags and memory as before the instruction that trapped.
 *
 * An engine runs one instruction set. It borrows physical memory and, while a
 * process is bound to it, that process's MMU registers.
 *
 * Layer: emu/. Only emu/engine_*.c know Unicorn.
 */
#ifndef EMU_ENGINE_H
#define EMU_ENGINE_H

#include "mmu/charge.h"
#include "mmu/phys.h"
#include "os/isa.h"
#include "os/trap.h"

/* Instructions without a trap after which the lean core pays for itself. */
#define ENGINE_LEAN_AFTER 65536u

/* Counters of the guest's own acts; they never depend on who watches. */
struct engine_counts {
    uint64_t instructions; /* completed; a REP pass is one */
    uint64_t loads;        /* accesses of completed instructions */
    uint64_t stores;
};

/*
 * Called once for each access of a completed instruction, in program order:
 * its fetch first. @pc is the instruction's address. Where there is a charge,
 * the access is charged when this returns, and its clock is what it was before.
 */
typedef void engine_observer(void *ctx, vaddr_t pc,
                             const struct mmu_access *access, paddr_t pa);

struct engine_config {
    const struct isa *isa;
    struct phys *phys;         /* borrowed */
    engine_observer *observer; /* NULL: nobody watches, which is faster */
    void *observer_ctx;        /* borrowed */
    bool counting;             /* engine_counts() is wanted, which is slower */
    struct charge *charge; /* borrowed: what all costs; NULL: nothing does */
    /* Instructions to run before leaving off counting, from the start and from
     * each trap: ENGINE_LEAN_AFTER suits all but tests. */
    uint64_t lean_after;
    bool paranoid;   /* compare every loaded value with memory at its pa */
    bool round_trip; /* save, spoil and restore all registers at every block */
    bool crowded;    /* as if there were always too many segments for a window
                        each; only tests want that */
};

enum engine_stop {
    ENGINE_TRAP,   /* *trap is filled; registers are precise */
    ENGINE_LIMIT,  /* the limit was reached exactly, or the due has come */
    ENGINE_TIMER,  /* the timer fired; registers are precise */
    ENGINE_BROKEN, /* the engine contradicts the model: engine_error() */
};

struct engine;

/*
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -ENOMEM  out of host memory or address space
 *   -ENOTSUP the Unicorn library cannot do what is needed
 */
int engine_create(struct engine **out, const struct engine_config *config);

/* NULL is a no-op. */
void engine_destroy(struct engine *engine);

/*
 * Make @mmu (borrowed) the address space of what runs next. Cheap when it is
 * already bound and none of its segments has changed.
 *
 * Returns 0, or -ENOMEM, or -ENOTSUP when two segments begin on one page of 4
 * KiB; engine_error() then says what happened.
 */
int engine_bind(struct engine *engine, const struct mmu *mmu);

/* All registers, to and from the layout of a save area. */
void engine_save(struct engine *engine, struct cpu_state *cpu);
void engine_load(struct engine *engine, const struct cpu_state *cpu);

/*
 * Run until a trap, which fills *trap, or until counts.instructions is @limit
 * (at once if it is already); UINT64_MAX is no limit. After ENGINE_BROKEN the
 * engine can only be destroyed.
 */
enum engine_stop engine_run(struct engine *engine, uint64_t limit,
                            struct trap *trap);

/*
 * Let the timer fire once the charge's clock, or counts.instructions where
 * there is no charge, is @at or more: before the first instruction then that
 * does not follow its predecessor in memory, which a jump that is taken or
 * another pass of a REP brings about. So it fires at the same place whoever
 * watches, and costs little. UINT64_MAX: never. It stays set.
 */
void engine_set_timer(struct engine *engine, uint64_t at);

/*
 * Let engine_run() return ENGINE_LIMIT before the first instruction at which
 * that is @at or more, too. UINT64_MAX: never. It stays set.
 */
void engine_set_due(struct engine *engine, uint64_t at);

/*
 * Refuse with @fault the access before which engine_counts() had @at accesses
 * in all: instructions (their fetches), loads and stores, in program order. It
 * happens once, and traps as if the MMU had refused it, with no byte of it
 * legal. MMU_FAULT_NONE: none is refused. Needs exact counts.
 */
void engine_inject(struct engine *engine, uint64_t at, enum mmu_fault fault);

/* Whether that has happened. */
bool engine_injected(const struct engine *engine);

/*
 * What ran. Exact when the configuration has counting, a charge, an observer,
 * paranoid or round_trip, or when every engine_run() had a limit and no timer.
 * Else what the lean core ran is missing, here and in trap->instructions. With
 * a timer only its loads and stores are.
 */
struct engine_counts engine_counts(const struct engine *engine);

/* Whether its instructions are exact so far. */
bool engine_is_exact(const struct engine *engine);

/* One line about the last ENGINE_BROKEN. */
const char *engine_error(const struct engine *engine);

/* "2.0.1": of the library that is loaded. */
void engine_version(char *text, size_t size);

#endif /* EMU_ENGINE_H */
