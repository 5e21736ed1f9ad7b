/*
 * os/os.h - the miniature operating system.
 *
 * It owns the trap table, the processes and the placement of memory. It knows
 * nothing of the engine that runs instructions: os_trap() is a function from
 * (machine state, trap) to (machine state, next process).
 *
 * Physical memory:
 *
 *      0        OS_TRAP_TABLE  one 4-byte vector for each cause: the number
 *                              of its handler, 1 + the cause at boot
 *      256      OS_PCBS        the first OS_PCBS_FIXED PCBs, slots of PCB_SIZE
 *      16 KiB   OS_END         first byte for process images, and for the PCBs
 *                              of as many processes as are more
 *      size
 *
 * Time is cycles of the simulated clock, OS_CLOCK_HZ of them in a second of
 * which programs are told: a cycle is a nanosecond, as in mmu/clock.h.
 *
 * Layer: os/ includes mmu/ and os/.
 */
#ifndef OS_OS_H
#define OS_OS_H

#include "mmu/base_bounds.h"
#include "mmu/clock.h"
#include "mmu/costs.h"
#include "mmu/implicit.h"
#include "mmu/phys.h"
#include "mmu/segment_table.h"
#include "mmu/segmented.h"
#include "os/alloc/alloc.h"
#include "os/error.h"
#include "os/isa.h"
#include "os/pcb.h"
#include "os/trap.h"

#define OS_TRAP_TABLE 0u
#define OS_PCBS       256u
#define OS_PCBS_FIXED 9u
#define OS_PROCESSES  256u
#define OS_END        16384u
#define OS_CLOCK_HZ   1000000000u
#define OS_NEVER      (UINT64_MAX / 2) /* a cycle that does not come */

#define OS_BOUNDS_DEFAULT 16384u
#define OS_BASE_ANY       UINT32_MAX /* let the OS place it */

/*
 * The host's side of read and write: file descriptors 0, 1 and 2.
 * Each moves up to @size bytes and returns how many, or a negated ABI_E*.
 */
struct os_io {
    int (*read)(void *ctx, int fd, void *to, uint32_t size);
    int (*write)(void *ctx, int fd, const void *from, uint32_t size);
    void *ctx; /* borrowed */
};

/* The MMU registers of any scheme; `mmu.ops` says which one it is. */
union os_mmu {
    struct mmu mmu;
    struct base_bounds bb;
    struct segmented segmented;
    struct segment_table table;
    struct implicit implicit;
};

/* Physical memory reserved for one segment, whatever its registers say. */
struct os_block {
    paddr_t base;
    uint32_t size; /* bytes; 0: none */
};

struct os_scheme;
struct os_many;
struct os_swapped;
struct schedule_policy;

/*
 * A process, host side. Registers and state are in the PCB, which is the
 * truth: `regs` mirrors the MMU registers there for as long as the process is
 * on the CPU. A process lives in a slot beside its PCB; after its end the
 * slot's next process has the same address, and a higher generation in `regs`.
 */
struct process {
    uint32_t pid;     /* from 1 on; 0 when it is gone */
    unsigned program; /* see struct os_program */
    bool counts;      /* os_spawn() made it: its end is the machine's matter */
    bool resumed;     /* its last call waited; see os_resumed() */
    uint32_t result;  /* of its last call, whatever its registers say since */
    paddr_t pcb;
    struct os_block pcb_block; /* of a PCB that is not one of the first */
    const struct isa *isa;
    const struct os_scheme *scheme;
    union os_mmu regs;
    struct os_block blocks[PCB_SEGMENTS]; /* by MMU register */
    struct os_many *many;       /* a table's segments; NULL: it has none */
    struct os_swapped *swapped; /* its image on the disk; NULL: in memory */
    uint64_t ran;               /* when it got the CPU last, in turns of all */
    bool stalled;               /* it waits for room to come back */
    int swap_error;             /* why it cannot come back, or 0 */
};

/* Who uses a segment, for --prot and its kind. */
enum os_role { OS_CODE, OS_DATA, OS_STACK, OS_ROLES };

/*
 * A program to start, and the address space that it is given. Everything is
 * borrowed for the call. What is 0 has its default.
 */
struct os_program {
    const void *file; /* an ELF file's bytes */
    size_t file_size;
    int argc;
    const char *const *argv;
    unsigned program; /* whose it is, for who asks; the OS passes over it */
    const struct os_scheme *scheme; /* NULL: base and bounds */
    uint32_t tickets;               /* for a lottery; os/schedule.h */

    /* Base and bounds. */
    uint32_t bounds; /* size of the address space, bytes */
    paddr_t base;    /* where to place it, or OS_BASE_ANY */

    /* Segments. */
    unsigned va_bits, seg_bits; /* of an address, and of its selector */
    uint32_t stack;             /* bytes of the stack segment at first */
    uint32_t stack_max;         /* and as far as it may grow */
    unsigned prot[OS_ROLES];    /* enum mmu_prot */
};

struct os;

/* A program that processes may run, by name; its arguments are theirs. */
struct os_grant {
    const char *name;
    struct os_program program;
};

/*
 * What a handler wants done when it returns. What cannot be done, and any other
 * value, is OS_KILL.
 */
enum os_action {
    OS_DEFAULT, /* what the OS does by itself (os/handlers.c) */
    OS_RETRY,   /* go on as the PCB says: the instruction runs again; behind a
                   system call it goes on */
    OS_SKIP,    /* go on behind the instruction, as if it did nothing */
    OS_SWITCH,  /* OS_RETRY when it is its turn again; now it is another's */
    OS_GROW,    /* TRAP_BOUNDS: let its segment reach to the end of the access,
                   and OS_RETRY */
    OS_DELIVER, /* the fault's signal: its own handler, or its end */
    OS_KILL,    /* its end, as by the fault's signal (else SIGKILL) */
};

/*
 * A handler of one cause. It acts on the PCB of @process, on its MMU registers
 * and on memory, or ends it, and says what else to do with a process that has
 * not ended. Traps never nest. @context is what it was installed with.
 */
typedef enum os_action os_handler(struct os *os, struct process *process,
                                  const struct trap *trap, void *context);

/*
 * Boot: lay out the bottom of @phys (borrowed), install the default trap table.
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  @phys is smaller than PHYS_SIZE_MIN
 *   -ENOMEM  out of host memory
 */
int os_create(struct os **out, struct phys *phys, const struct os_io *io);

/*
 * Place images by @policy from now on; @slot_size > 0 is for slots. Boot's is
 * first fit.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EBUSY   there is a process
 *   -ENOMEM  out of host memory
 */
int os_set_placement(struct os *os, const struct alloc_policy *policy,
                     uint32_t slot_size);

/*
 * Let @policy say who runs next. @allotment > 0 cycles are for mlfq, @seed is
 * for lottery; see os/schedule.h. Boot's is round robin.
 *
 * Returns 0, or -EBUSY and leaves everything as it was: there is a process.
 */
int os_set_schedule(struct os *os, const struct schedule_policy *policy,
                    cycles_t allotment, uint64_t seed);

/* Shut down, whatever still runs. NULL is a no-op. */
void os_destroy(struct os *os);

/*
 * Create a process: check the ELF file, place its image (as the policy
 * says, or at program->base), copy its segments, build its stack, fill its PCB.
 *
 * Returns 0 and sets *@out (owned by the OS until the process is reaped), or
 * leaves everything as it was, says why in *@why, and returns
 *   -ENOEXEC  the file cannot run on this machine
 *   -ENOMEM   no hole is large enough, or out of host memory
 *   -EAGAIN   all PCBs are taken
 */
int os_spawn(struct os *os, const struct os_program *program,
             struct process **out, struct os_error *why);

/*
 * What execve() finds: exactly these names, and nothing else of the host. The
 * grants and all that they point to are borrowed until the end.
 */
void os_grant(struct os *os, const struct os_grant *grants, unsigned count);

/*
 * Let @process run @program instead of what it runs, in memory of its own. It
 * stays the same process: pid, parent, files.
 *
 * Returns 0, or leaves everything as it was, says why in *@why, and returns
 *   -ENOEXEC  the file cannot run on this machine
 *   -ENOMEM   no hole is large enough, or out of host memory
 * When there is no room beside the old memory, but there could be without it,
 * that is given back first; should there be none even so, the process has ended
 * as by SIGKILL, and -ESRCH is returned.
 */
int os_exec(struct os *os, struct process *process,
            const struct os_program *program, struct os_error *why);

/*
 * Make @parent two: the child is the same but for its pid and the result of the
 * system call that @parent is in, which is 0. It is ready.
 *
 * Returns 0 and sets *@out, or leaves everything as it was and returns
 *   -EAGAIN  all PCBs are taken
 *   -ENOMEM  no hole is large enough, or out of host memory
 */
int os_fork(struct os *os, struct process *parent, struct process **out);

/*
 * The process to run: the one that is running, else the next that is ready,
 * in turn, whose call does not go on waiting. Marks it running and brings its
 * mirror of the MMU registers up to date with its PCB. When all wait and some
 * for a time, the clock moves on to the first of these. Returns NULL when none
 * will ever run. This is how the first process gets the CPU; os_trap() ends
 * with it.
 */
struct process *os_next(struct os *os);

/*
 * @process has run on the hardware since then. What that has noted of its use
 * of segments, in their descriptors, is no change of them.
 */
void os_ran(const struct os *os, struct process *process);

/* The slot of @process: 0 to OS_PROCESSES - 1. */
unsigned os_slot(const struct os *os, const struct process *process);

/* A system call, for those who print it. */
struct os_call_info {
    const char *name;
    unsigned args;
};

/* The one that @isa numbers so; or NULL. */
const struct os_call_info *os_call_find(const struct isa *isa, uint32_t number);

/*
 * Handle one trap of the running process, whose registers are already in its
 * PCB. Returns the process to run next, or NULL when none can run.
 */
struct process *os_trap(struct os *os, struct process *running,
                        const struct trap *trap);

/*
 * Replace the handler of one cause; NULL: the one that boot installed.
 * @context is borrowed.
 */
void os_set_handler(struct os *os, enum trap_cause cause, os_handler *handler,
                    void *context);

/*
 * For handlers: end @process, by itself or as by a signal, and give its memory
 * back. While its parent lives it is a zombie then, until that waits for it;
 * else its PCB is given back and its pid is 0. A zombie is only given back.
 */
void os_exit(struct os *os, struct process *process, uint32_t exit_code);
void os_exit_signal(struct os *os, struct process *process, uint32_t signal);

/* What a process was not given for want of memory. */
enum os_shortage_of {
    OS_SHORT_OF_NOTHING,
    OS_SHORT_OF_STACK, /* which was to grow */
    OS_SHORT_OF_COPY,  /* of a segment that is shared until it is written */
};

struct os_shortage {
    enum os_shortage_of what;
    uint32_t size; /* bytes that the segment was to have */
};

/* The shortage that the last os_trap() met. */
struct os_shortage os_shortage(const struct os *os);

/* Whether @process has not ended. */
bool os_lives(const struct os *os, const struct process *process);

/* How many have not. */
unsigned os_living(const struct os *os);

/*
 * True, once, when the last system call of @process had to wait and is complete
 * now: its result is in the PCB.
 */
bool os_resumed(struct process *process);

/* Who waits for what, in one line that also says so when nobody does: false. */
bool os_waiting(const struct os *os, struct os_error *who);

/*
 * Have @clock (borrowed) for the machine's clock, which others may move too;
 * without it the OS has its own, which is moved to the cycle of each trap.
 * Before anything runs.
 */
void os_set_clock(struct os *os, struct clock *clock);

/* The process that os_trap() gave runs from now on, by that clock. */
void os_clock_back(struct os *os);

/* The clock: cycles since boot, and those in which no process could run. */
cycles_t os_clock(const struct os *os);
cycles_t os_idle(const struct os *os);

/*
 * Whether a process has been told a time or how long one ran, so that it
 * matters what the clock says, and not only how far it moves.
 */
bool os_clock_told(const struct os *os);

/* As if one had been. */
void os_clock_tell(struct os *os);

/* The exit code of the process that ended last; 0 before any has. */
uint32_t os_exit_code(const struct os *os);

/* The pid of the process that has the CPU, or had it last. */
uint32_t os_running_pid(const struct os *os);

/* The first one of a process of os_spawn() that was not 0; or 0. */
uint32_t os_first_failure(const struct os *os);

/* The memory, for handlers and reports (borrowed). */
struct phys *os_phys(const struct os *os);

/*
 * Copies between the OS and a process's memory, checked with the process's own
 * rights. Return 0, or -EFAULT and move nothing.
 */
int os_copy_from_user(struct os *os, const struct process *process, void *to,
                      vaddr_t from, uint32_t size);
int os_copy_to_user(struct os *os, const struct process *process, vaddr_t to,
                    const void *from, uint32_t size);

/* Bytes of physical memory reserved for the segments of @process. */
uint32_t os_reserved(const struct process *process);

/*
 * For tests of who asks: the @kth allocation of physical memory from now on, 1
 * is the next, fails as if there was none, whatever it is for: an image, a
 * segment that grows, a PCB, a pipe. 0: none any more.
 */
void os_fail_allocation(struct os *os, uint64_t kth);

/* Bytes of physical memory in holes, and the size of the largest hole. */
void os_memory(const struct os *os, uint32_t *free_bytes, uint32_t *largest);

/* Who has a piece of physical memory. */
enum os_piece_kind {
    OS_PIECE_TRAPS,   /* the trap table */
    OS_PIECE_PCBS,    /* the first OS_PCBS_FIXED PCBs */
    OS_PIECE_PCB,     /* of process @pid, one of those that are more */
    OS_PIECE_SEGMENT, /* segment @segment of process @pid */
    OS_PIECE_TABLE,   /* the segment table of process @pid */
    OS_PIECE_PIPE,    /* a pipe's buffer */
    OS_PIECE_PINNED,  /* of nobody any more, until the disk is done with it */
    OS_PIECE_HOLE,
};

struct os_piece {
    paddr_t base;
    uint32_t size;
    enum os_piece_kind what;
    uint32_t pid;
    unsigned segment;
    unsigned users; /* segments of processes that it is for, this one too */
};

/* How far a walk has come; all 0 before it. */
struct os_map {
    unsigned fixed;
    uint32_t at;
};

/* The next piece, from address 0 up; false behind the last. */
bool os_map_next(const struct os *os, struct os_map *map, struct os_piece *out);

/*
 * Compaction: let all blocks that begin at or below @split slide down, the
 * others up, so that the holes between become one. Processes do not notice.
 */
void os_compact(struct os *os, paddr_t split);

#define OS_COMPACT_DOWN UINT32_MAX /* as @split: the hole is behind all */

/* Told of each copy that moves memory of a process, when it has been made. */
typedef void os_moved(void *ctx, paddr_t to, paddr_t from, uint32_t size);

/* @moved is told from now on; NULL: nobody is. @ctx is borrowed. */
void os_watch_moves(struct os *os, os_moved *moved, void *ctx);

/* Told of each process when it ends; @signal is what killed it, or 0. */
typedef void os_ended(void *ctx, const struct process *process,
                      uint32_t signal);

/* @ended is told from now on; NULL: nobody is. @ctx is borrowed. */
void os_watch_ends(struct os *os, os_ended *ended, void *ctx);

/* How a handler has touched memory; see os/work.c. */
enum os_work_kind {
    OS_WORK_COPY,  /* loaded at `from`, stored at `to` */
    OS_WORK_LOAD,  /* at `from`; it went to the host */
    OS_WORK_STORE, /* at `to`: zeros, or what came from the host */
    OS_WORK_DISK,  /* came to `to` from the disk by itself */
};

struct os_work {
    enum os_work_kind kind;
    paddr_t to, from;
    uint32_t size; /* bytes, not 0 */
};

/*
 * Told of what handlers copy, clear and bring in, when it has been done: for
 * system calls, signals, children, programs. Of moves others are told.
 */
typedef void os_worked(void *ctx, const struct os_work *work);

/* @worked is told from now on; NULL: nobody is. @ctx is borrowed. */
void os_watch_work(struct os *os, os_worked *worked, void *ctx);

/* What the OS did about memory. */
struct os_counts {
    uint64_t compactions; /* that moved something */
    uint64_t moved_bytes; /* by them */
    uint64_t swapped_out; /* images written to the disk */
    uint64_t swapped_in;  /* and read from it */
    uint64_t swap_bytes;  /* by both */
    uint64_t disk_read;   /* blocks, by processes */
    uint64_t disk_written;
    uint64_t loaded;     /* segments brought in by the device */
    uint64_t load_bytes; /* of them */
};

struct os_counts os_counts(const struct os *os);

/*
 * The host's side of a disk: both move all @size bytes from byte @at of
 * the disk on and return 0, or a negated errno value.
 */
struct os_disk {
    int (*read)(void *ctx, uint32_t at, void *to, uint32_t size);
    int (*write)(void *ctx, uint32_t at, const void *from, uint32_t size);
    void *ctx; /* borrowed */
};

#define OS_SWAP_SIZE_MAX 0xfffff000u /* bytes */

/*
 * Swap to @disk, which is copied and has @size bytes, when memory is short even
 * after a compaction: os/swap.c says who goes. Boot has no disk.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  @size is 0 or more than OS_SWAP_SIZE_MAX
 *   -EBUSY   there is a process
 *   -ENOMEM  out of host memory
 */
int os_set_swap(struct os *os, const struct os_disk *disk, uint32_t size);

#define OS_DISK_BLOCKS_MAX                                                     \
    (1u << 23) /* addresses of its bytes have 32 bits                          \
                */

/*
 * Let processes read and write the @blocks of @disk, which is copied: os/abi.h
 * has the calls, os/disk.c says what happens in between. Boot has none.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  no blocks, or more than OS_DISK_BLOCKS_MAX
 *   -EBUSY   there is a process
 */
int os_set_disk(struct os *os, const struct os_disk *disk, uint32_t blocks);

/* What the device takes from now on; at boot what costs_init() says. */
void os_set_costs(struct os *os, const struct costs *costs);

/*
 * When the disk is done with what it does, blocks or an image, or OS_NEVER. The
 * machine raises TRAP_DISK then; what is done is seen to at any trap.
 */
cycles_t os_disk_due(const struct os *os);

/*
 * Whether a transfer of blocks is in flight for @process: it waits, and its
 * image stays.
 */
bool os_in_flight(const struct os *os, const struct process *process);

/* From now on who does not run is never in memory. Needs a disk. */
void os_swap_always(struct os *os);

/*
 * Write the image of @process, which is not running, to the disk, and give its
 * memory back. It comes back by itself before it runs. Nobody runs until all
 * that the disk is at is done, and then this.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  it runs, waits for the disk, has ended, is not in memory or on its
 *            way, has no memory that it does not share, or there is no disk
 *   -ENOSPC  the disk is full
 *   -ENOMEM  out of host memory
 *   -EIO     the disk cannot be written
 */
int os_swap_out(struct os *os, struct process *process);

/*
 * Bring it back; what is in memory is let be. As with os_swap_out() nobody runs
 * meanwhile.
 *
 * Returns 0, or leaves it where it is and returns
 *   -ENOMEM  there is no room, though others may have made some
 *   -EIO     the disk cannot be read
 */
int os_swap_in(struct os *os, struct process *process);

/* Where the memory of @process is, or whether it is on its way. */
enum pcb_image os_image(const struct process *process);

/* Whether its image is on the disk, and not yet back: it allows no access. */
bool os_is_swapped(const struct process *process);

/*
 * Why the OS has ended @process, which was on the disk: -EIO, it could not be
 * read; -ENOMEM, there was no room, and nobody else could run; 0: it has not.
 */
int os_swap_error(const struct process *process);

/* Bytes of the disk that images take. */
uint32_t os_swap_used(const struct os *os);

enum os_swap_what {
    OS_SWAP_OUT,  /* its image has gone to the disk: bytes there */
    OS_SWAP_IN,   /* it has come back */
    OS_SWAP_WAIT, /* it begins to wait for so many bytes of memory */
    OS_SWAP_LOAD, /* the device has brought in a segment of it */
};

/* Told of each process to which that happens. */
typedef void os_swap_seen(void *ctx, const struct process *process,
                          enum os_swap_what what, uint32_t bytes);

/* @seen is told from now on; NULL: nobody is. @ctx is borrowed. */
void os_watch_swaps(struct os *os, os_swap_seen *seen, void *ctx);

/*
 * Containment check: from now on memory that belongs to nobody holds a pattern.
 * os_guard_broken() is true, and *@pa an address, when a byte of it was changed
 * by anybody but the operating system, even if it has been taken since.
 */
void os_guard(struct os *os);
bool os_guard_broken(const struct os *os, paddr_t *pa);

/*
 * Give segment @selector of @process a size of @bounds bytes. It grows at its
 * open end, in place, by moving, or after a compaction; what is new reads 0.
 * When it shrinks, its memory stays reserved. If it is the heap's, the program
 * break moves with its end, and must not come below the least one.
 *
 * Returns 0, or -ENOMEM and leaves everything as it was.
 */
int os_resize(struct os *os, struct process *process, unsigned selector,
              uint32_t bounds);

/*
 * Make the stack segment of @process reach down to @va, if @va lies below it,
 * near the stack pointer, and the stack may grow that far. False if not.
 */
bool os_grow_stack(struct os *os, struct process *process, vaddr_t va);

/*
 * Bring segment @selector of @process, which is absent, into memory: its bytes
 * from the program's file, and zeros.
 *
 * Returns 0, or -EINVAL and leaves everything as it was: it is not absent.
 */
int os_bring_in(struct os *os, struct process *process, unsigned selector);

/*
 * From now on a touch of an absent segment has the disk's device bring it in,
 * and others run meanwhile (os/load.c). Boot lets it come at once.
 */
void os_load_by_device(struct os *os);

/* The layouts of address spaces, by the name of their scheme; or NULL. */
const struct os_scheme *os_scheme_find(const char *name);

/* And its name. */
const char *os_scheme_name(const struct os_scheme *scheme);

/* Their names, for a message: "base-bounds, segmented". */
extern const char os_scheme_names[];

/* Full walk: trap table, PCBs, images and holes agree and tile the memory. */
bool os_check(const struct os *os);

#endif /* OS_OS_H */
