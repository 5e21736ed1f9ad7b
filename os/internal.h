/*
 * os/internal.h - what the files of os/ know of each other, and nobody else.
 *
 * Layer: os/, private (tests may look).
 */
#ifndef OS_INTERNAL_H
#define OS_INTERNAL_H

#include "os/elf.h"
#include "os/os.h"
#include "os/place.h"
#include "os/schedule.h"

/* A block that is memory of more than one segment. */
struct os_share {
    paddr_t base;
    unsigned users; /* at least 2 */
};

/*
 * Pipe n is file OS_HOST_FILES + 2 n for who reads and the next one for who
 * writes; the host's input and outputs are files 0, 1 and 2.
 */
#define OS_PIPES      128u
#define OS_HOST_FILES 3u

enum { OS_PIPE_READ, OS_PIPE_WRITE, OS_PIPE_ENDS };

struct os_pipe {
    struct os_block buffer;       /* while it has a user */
    uint32_t begin, used;         /* bytes of it; they go on at its start */
    unsigned users[OS_PIPE_ENDS]; /* descriptors of each end */
};

/* Memory that processes attach by a key: os/shm.c. */
#define OS_SHARED 64u

struct os_shared {
    uint32_t key;
    struct os_block block; /* of one or more segments */
};

/* A segment of an image that is not, or not only, in memory. */
struct os_swapped_segment {
    unsigned selector;
    uint32_t size;          /* bytes of its block */
    bool stored;            /* it is not absent: its bytes have a place there */
    uint32_t at;            /* then, where */
    struct segment segment; /* while it is away; its base counts from that of
                               its block */
};

/* While @state is LEAVING or ARRIVING, a transfer has it, too. */
struct os_swapped {
    enum pcb_image state;
    unsigned count;
    struct os_swapped_segment segments[];
};

struct os_swap {
    bool on, always;
    struct os_disk disk;
    struct place place;            /* what is used of the disk */
    uint64_t stamp;                /* of the last turn */
    const struct process *awaited; /* who asked for it deals with failures */
    os_swap_seen *seen;            /* NULL: nobody wants to know */
    void *seen_ctx;
};

/* Some of the memory of a transfer, and the block that it lies in. */
struct os_pin {
    paddr_t pa;
    uint32_t size;
    struct os_block block;
    bool left;   /* no process has the block any more: free it at the end */
    bool absent; /* of an image: only memory, no bytes move */
    uint32_t at; /* of an image: where its bytes lie on the swap disk */
};

/* What the device is asked for: by a call, for an image, or to load. */
struct os_transfer {
    struct os_transfer *next; /* done after this one; owned */
    struct process *process;  /* NULL: it has ended */
    bool write;
    bool load;                /* of segment @selector: os/load.c */
    struct os_swapped *image; /* NULL: a call's. Owned, once nobody has it */
    unsigned selector;        /* a load's */
    uint32_t block, count;    /* on the disk; a call's */
    cycles_t due;
    uint8_t *bytes; /* a call's: room for all, in the same allocation */
    unsigned piece_count;
    struct os_pin pieces[];
};

/* The disk: os/disk.c. */
struct os_device {
    struct os_disk host;
    uint32_t blocks;           /* 0: there are none for processes */
    struct costs costs;        /* what it takes */
    cycles_t busy_until;       /* with all that it has been asked for */
    struct os_transfer *first; /* in flight, in their order; owned */
};

/* What is begun again when there may be memory for it. */
enum os_task_kind {
    OS_TASK_TRAP,    /* what a handler wants done: os/action.c */
    OS_TASK_CALL,    /* a call that has waited before, for something else */
    OS_TASK_SIGNALS, /* the delivery of signals */
};

struct os_task {
    enum os_task_kind kind;
    enum trap_cause cause; /* of TASK_TRAP, as the next two */
    enum os_action action;
    struct trap trap;
};

/* One for each slot: os/want.c. All 0: its process wants nothing. */
struct os_want {
    uint64_t asked; /* when, in the order of asking; 0: it does not wait */
    uint64_t tried; /* os->changes, when it was last tried */
    bool promised;  /* something goes on that may help */
    bool refused;   /* until the next trap nobody goes for it */
    bool fresh;     /* it came in, or was served, and has not run yet */
    struct os_task task;
};

struct os {
    struct phys *phys; /* borrowed */
    struct os_io io;
    struct place place; /* images lie in [OS_END, phys->size) */
    uint64_t fail_in;   /* allocations until one fails; 0: none does */
    const struct os_grant *grants; /* borrowed */
    unsigned grant_count;
    struct os_share *shares; /* in no order; owned */
    unsigned share_count, share_room;
    struct os_pipe pipes[OS_PIPES];
    struct os_shared shared[OS_SHARED]; /* in no order */
    unsigned shared_count;
    bool guarded;   /* holes hold a pattern */
    bool guard_hit; /* and once one did not */
    paddr_t guard_pa;
    os_handler *handlers[TRAP_COUNT];
    void *contexts[TRAP_COUNT]; /* of handlers; borrowed */
    struct schedule schedule;
    struct process processes[OS_PROCESSES]; /* beside the PCB in each slot */
    unsigned slots;         /* all processes lie in the first so many */
    unsigned living;        /* processes that have not ended */
    unsigned current;       /* the slot that ran last */
    uint32_t last_pid;      /* pids are never used twice */
    struct clock *clock;    /* borrowed, or &own_clock */
    struct clock own_clock; /* of an OS that nobody has given another */
    cycles_t idle;          /* what os_clock_pass() has moved it */
    cycles_t since;         /* when the running process got the CPU */
    bool told;              /* a process knows what it says */
    bool began;             /* there has been a trap */
    cycles_t next_wake; /* no process that waits for a time wakes up before */
    struct os_shortage shortage; /* of the trap that is handled */
    uint32_t exit_code;
    uint32_t first_failure;
    struct os_counts counts;
    os_moved *moved; /* NULL: nobody wants to know */
    void *moved_ctx;
    os_ended *ended; /* likewise */
    void *ended_ctx;
    os_worked *worked; /* the same */
    void *worked_ctx;
    struct os_swap swap;
    struct os_device disk;
    const struct process *held;         /* stays in memory, beside who runs */
    struct os_want wants[OS_PROCESSES]; /* by slot */
    unsigned waiting;                   /* of these ask */
    uint64_t asks;          /* so often has one begun to wait for memory */
    uint64_t changes;       /* so often there may have been more of it */
    struct process *waiter; /* who may wait for it now; NULL: nobody can */
    uint32_t wanted;        /* bytes that it is to wait for; 0: it need not */
    paddr_t loading; /* the block that these bytes come to; 0: it lacks room */
    bool loads;      /* absent segments come through the device */
    bool still; /* nothing may be moved: not all who know where it is are asked
                 */
};

/* What OS_DEFAULT is, for each cause. */
typedef void os_default_handler(struct os *os, struct process *process,
                                const struct trap *trap);
extern os_default_handler *const os_default_handlers[TRAP_COUNT];

/* ---- os/action.c ---- */

/* Let the handler of @cause act on @trap, and do what it wants done. */
void os_act(struct os *os, struct process *process, enum trap_cause cause,
            const struct trap *trap);

/*
 * Do @task for @process, which is running. When it lacks memory that there may
 * be later nothing has happened, and it waits.
 */
void os_begin(struct os *os, struct process *process,
              const struct os_task *task);

/* The handler of TRAP_SYSCALL: os/syscall.c. */
void os_handle_syscall(struct os *os, struct process *process,
                       const struct trap *trap);

/*
 * Whether every byte of [@va, @va + @size) may be accessed so by @process, as
 * the MMU registers in its PCB say. An empty range always may.
 */
bool os_user_holds(const struct os *os, const struct process *process,
                   vaddr_t va, uint32_t size, enum mmu_prot kind);

/*
 * The same, after making legal what the OS would make legal if the process
 * touched it.
 */
bool os_user_ready(struct os *os, struct process *process, vaddr_t va,
                   uint32_t size, enum mmu_prot kind);

/*
 * How many of the @rest > 0 bytes at @va may be accessed so and lie in one
 * piece, at *@pa; not all at once, if they are many.
 */
uint32_t os_user_piece(const struct os *os, const struct process *process,
                       vaddr_t va, uint32_t rest, enum mmu_prot kind,
                       paddr_t *pa);

/* ---- os/process.c: from slot to zombie ---- */

/*
 * A slot without a process, with a PCB that is all 0. Returns 0 and sets *@out,
 * or -EAGAIN (all are taken), or -ENOMEM (no room for the PCB).
 */
int os_slot_take(struct os *os, struct process **out);

/* Give a slot back whose process has nothing any more but its PCB. */
void os_slot_drop(struct os *os, struct process *process);

/* Whether there is a process in the slot, a zombie or not. */
static inline bool os_slot_used(const struct process *process)
{
    return process->pid != 0;
}

/* The process that is called so, or NULL. */
struct process *os_find(struct os *os, uint32_t pid);

/* Stop @process until os_wake(@wait, @wait_for). */
void os_block(struct os *os, struct process *process, enum pcb_wait wait,
              uint32_t wait_for);
void os_wake(struct os *os, enum pcb_wait wait, uint32_t wait_for);

/* Whether the state of a process that has not ended is @state. */
bool os_in_state(const struct os *os, const struct process *process,
                 enum pcb_state state);

/* ---- os/clock.c ---- */

/* @ran has run until @now: charge it, and let the clock say so if it does not.
 */
void os_clock_run(struct os *os, struct process *ran, cycles_t now);

/* See to what the disk has done, and make ready who waited for a time. */
void os_clock_wake(struct os *os);

/*
 * Move the clock to when the first one wakes up or the disk is done; false:
 * nobody will, and it is at rest.
 */
bool os_clock_idle(struct os *os);

/* Nobody runs until then: for what the disk does now, if that is an image. */
void os_clock_pass(struct os *os, cycles_t until);

/* Let @process wait until the clock says @wake. */
void os_clock_block(struct os *os, struct process *process, cycles_t wake);

/* ---- os/file.c: what descriptors mean ---- */

/* A new process's: 0, 1 and 2. */
void os_files_begin(struct os *os, const struct process *process);

/* A child has what its parent has. */
void os_files_fork(struct os *os, const struct process *child);

/* Close all of them, or those that another program is not to have. */
void os_files_end(struct os *os, const struct process *process);
void os_files_exec(struct os *os, const struct process *process);

/* The file that @fd means, if it means one. */
bool os_file_find(const struct os *os, const struct process *process,
                  uint32_t fd, unsigned *file);

/* Whether there is such a file, and it is for writing. */
bool os_file_exists(const struct os *os, unsigned file);
bool os_file_is_output(unsigned file);

/* The lowest descriptor from @from on that is closed, or PCB_FDS. */
unsigned os_fd_unused(const struct os *os, const struct process *process,
                      unsigned from);

/* ---- os/pipe.c ---- */

/* The pipe that @file is an end of, if it is, and which one. */
struct os_pipe *os_pipe_of(struct os *os, unsigned file, unsigned *end);

/* One descriptor more, or less, is that end. */
void os_pipe_use(struct os *os, unsigned file);
void os_pipe_leave(struct os *os, unsigned file);

/* ---- os/syscall.c ---- */

/* Make the call again that @process, which is running, has waited in. */
void os_call_again(struct os *os, struct process *process);

/* The same, when there may be memory that it lacked. */
void os_call_go_on(struct os *os, struct process *process);

/*
 * The MMU registers in @process's PCB, in a register set of their own. A
 * register that describes no physical memory allows nothing.
 */
union os_mmu os_registers(const struct os *os, const struct process *process);

/* Bring the mirror of the MMU registers up to date with the PCB. */
void os_load_registers(const struct os *os, struct process *process);

/* ---- os/memory.c: physical memory for segments ---- */

/*
 * Reserve @size > 0 bytes: anywhere (place.h says where), or at @base. Returns
 * 0 and fills *@block, or what place_alloc() and place_alloc_at() return.
 */
int os_reserve(struct os *os, uint32_t size, struct os_block *block);
int os_reserve_at(struct os *os, paddr_t base, uint32_t size,
                  struct os_block *block);

/* Copy memory of a process; the two ranges may overlap. */
void os_move(struct os *os, paddr_t to, paddr_t from, uint32_t size);

/*
 * Around changes of memory that is nobody's: what it should hold is no longer
 * looked for; then it gets it again.
 */
void os_guard_leave(struct os *os);
void os_guard_enter(struct os *os);

/*
 * Give it back; while others use it, it only has one user less. A block of no
 * bytes is let be.
 */
void os_release(struct os *os, struct os_block *block);

/* Give it back without asking who has it. */
void os_free(struct os *os, const struct os_block *block);

/* ---- os/disk.c: transfers in flight ---- */

/*
 * A transfer of @process with @pieces, to be filled in, and room for @bytes; or
 * NULL. The caller owns it until os_disk_queue(), which asks the device to move
 * @bytes.
 */
struct os_transfer *os_disk_transfer(struct process *process, bool write,
                                     unsigned pieces, uint32_t bytes);
void os_disk_queue(struct os *os, struct os_transfer *transfer, uint32_t bytes);

/* Whether a transfer in flight has some of @block: it must not move. */
bool os_is_pinned(const struct os *os, const struct os_block *block);

/*
 * No process has @block any more. True: a transfer still has, and will give it
 * back.
 */
bool os_disk_keep(struct os *os, const struct os_block *block);

/* @process has ended: nobody waits for its transfer. */
void os_disk_leave(struct os *os, const struct process *process);

/* What is done by now has moved its bytes, and processes may go on. */
void os_disk_finish(struct os *os);

/* Let nobody run until the next one is done. False: none is in flight. */
bool os_disk_wait(struct os *os);

/* Whether what the device does now is an image or a segment. */
bool os_disk_has_segments(const struct os *os);

/* Bytes that will be free when all in flight is done. */
uint64_t os_disk_frees(const struct os *os);

/* Forget all that is in flight. */
void os_disk_reset(struct os *os);

/* The walker's part; *@left: blocks that only transfers have. */
bool os_disk_check(const struct os *os, unsigned *left);

/* ---- os/load.c: absent segments ---- */

/*
 * Segment @selector of @process, which is absent, has been touched. Returns 0:
 * it is present; or
 *   -EINVAL  it is not absent
 *   -EAGAIN  os->waiter is to wait: os->wanted says so
 */
int os_load(struct os *os, struct process *process, unsigned selector);

/* Let @process, which is running, wait: @task is to be begun again. */
void os_load_wait(struct os *os, struct process *process,
                  const struct os_task *task);

/* That, by @process, which is running again. */
void os_load_again(struct os *os, struct process *process);

/* The load @t, which is not in flight any more, is done. */
void os_load_done(struct os *os, const struct os_transfer *t);

/* The walker's part: of a load in flight, and of a process that is blocked. */
bool os_load_check(const struct os *os, const struct os_transfer *t);
bool os_load_waits(const struct os *os, const struct process *process);

/* ---- os/swap.c: images on the disk ---- */

/*
 * Begin to write the image of @process, or to read it. Returns 0, or leaves
 * everything as it was and returns what os_swap_out() and os_swap_in() do.
 */
int os_swap_leave(struct os *os, struct process *process);
int os_swap_come(struct os *os, struct process *process);

/* What transfer @t is for, at its end: 0, or a negative errno. */
int os_swap_move(struct os *os, const struct os_transfer *t);

/* What follows; @t is not in flight any more. */
void os_swap_moved(struct os *os, struct os_transfer *t, int err);

/* Whether @process could go to the disk now, but for what it has there. */
bool os_swap_may_leave(const struct os *os, const struct process *process);

/* Bytes of memory that @process, which is not HERE, needs to come in. */
uint32_t os_swap_size(const struct process *process);

/* Bytes that would be free without @process. */
uint32_t os_swap_bytes(const struct os *os, struct process *process);

/* --memory swap: let all others go and bring @process in. False: it cannot. */
bool os_swap_turn(struct os *os, struct process *process);

/* @process has ended: what it has on the disk is free. */
void os_swap_forget(struct os *os, struct process *process);

/* The walker's part. */
bool os_swap_check(const struct os *os);

/* ---- os/want.c: who waits for memory ---- */

/*
 * Let one more image go, when @size bytes could be free then; nobody runs until
 * it has. False: they could not, or it failed.
 */
bool os_swap_for(struct os *os, uint32_t size);

/*
 * There is no room for @size bytes. True: there may be now. False: there is
 * none, or os->waiter is to wait for it: os->wanted says so.
 */
bool os_make_free(struct os *os, uint32_t size);

/* What os->waiter asks for is pinned: it is to wait. */
void os_want_pinned(struct os *os);

/* Let @process, which is running, wait: nothing of @task has happened. */
void os_want_wait(struct os *os, struct process *process,
                  const struct os_task *task);

/* What @process wanted is done. */
void os_want_done(struct os *os, const struct process *process);

/* Its image is in memory. */
void os_want_came(struct os *os, struct process *process);

/* It has ended. */
void os_want_forget(struct os *os, const struct process *process);

/*
 * @process is to run. False: not yet, or it has ended.
 */
bool os_want_ready(struct os *os, struct process *process);

/* At a trap: there may be more memory. */
void os_want_trap(struct os *os);

/* Whom no disk could make room for is refused. */
void os_want_refuse(struct os *os);

/* Try again for those who wait, in their order. False: for nobody. */
bool os_want_retry(struct os *os);

/* There will never be more: refuse one of them. False: there is none. */
bool os_want_give_up(struct os *os);

/* The walker's part: of the process in @slot. */
bool os_want_check(const struct os *os, unsigned slot);

/* ---- os/work.c: memory touched at a cost ---- */

/* Copy what does not overlap; to and from the host; zeros. */
void os_work_copy(struct os *os, paddr_t to, paddr_t from, uint32_t size);
void os_work_load(struct os *os, void *to, paddr_t from, uint32_t size);
void os_work_store(struct os *os, paddr_t to, const void *from, uint32_t size);
void os_work_store32(struct os *os, paddr_t to, uint32_t value);
void os_work_clear(struct os *os, paddr_t to, uint32_t size);

/* @size bytes at @to have come from the disk. */
void os_work_brought(struct os *os, paddr_t to, uint32_t size);

/* ---- os/share.c: memory of several processes ---- */

/*
 * Make *@block one user more of the memory of @of. Returns 0, or -ENOMEM: out
 * of host memory.
 */
int os_share(struct os *os, const struct os_block *of, struct os_block *block);

/* How many segments the memory of @block is for: 1, if it is not shared. */
unsigned os_users(const struct os *os, const struct os_block *block);

/* One user less; true: it was the last, and the memory is free. */
bool os_share_drop(struct os *os, const struct os_block *block);

/* What was shared at @from lies at @to now. */
void os_share_move(struct os *os, paddr_t from, paddr_t to);

/*
 * Take the right to write from segment @selector of @process until
 * os_unshare() gives it back.
 */
void os_copy_on_write(struct os *os, struct process *process,
                      unsigned selector);

/*
 * Give segment @selector of @process, if it is to be copied on a write, memory
 * of its own and the right to write.
 *
 * Returns 0, or leaves everything as it was and returns
 *   -EINVAL  it is not
 *   -ENOMEM  there is no room for the copy
 */
int os_unshare(struct os *os, struct process *process, unsigned selector);

/* ---- os/shm.c: memory by key ---- */

/* What the memory of @block is, if processes attach it by a key; or NULL. */
const struct os_shared *os_shared_at(const struct os *os,
                                     const struct os_block *block);

/* What was there at @from lies at @to now; nothing uses @block any more. */
void os_shared_move(struct os *os, paddr_t from, paddr_t to);
void os_shared_forget(struct os *os, const struct os_block *block);

/* ---- os/space.c: address spaces ---- */

/* A segment to be. */
struct os_area {
    unsigned segment; /* its MMU register */
    enum os_role role;
    vaddr_t va; /* of its first byte */
    uint32_t size;
    unsigned prot;
    bool grows_down;
    bool absent; /* gets its bytes when it is first touched */
};

#define OS_AREAS (ELF_SEGMENTS_MAX + 1u)

/* What a program is to be given. */
struct os_plan {
    struct os_area areas[OS_AREAS];
    unsigned count;
    uint64_t stack_end; /* behind the last byte of the stack */
    uint32_t stack_max; /* 0: it does not grow */
    vaddr_t break_min;
    unsigned va_bits, seg_bits; /* 0: there are no selectors */
};

/*
 * A layout. What may be NULL is marked so.
 *
 * - plan: lay out @image, or say why not: 0 or -ENOEXEC.
 * - begin (NULL: nothing): what else a process has, before its areas get
 *   memory: 0, or -ENOMEM and nothing is changed. os_forget() undoes it.
 * - fork (NULL: nothing): what a child has, before its segments get memory: as
 *   begin. Its PCB is a copy of its parent's.
 * - shares: processes may have segments in common: there are rights.
 * - get_segment, set_segment (NULL: in the PCB): where segments are described.
 * - get_copy, set_copy (NULL: in the PCB): and whether they are to be copied on
 *   a write.
 * - registers: the MMU registers in the PCB.
 * - heap (NULL: it shares the only segment): the selector of the segment whose
 *   end is the program break.
 */
struct os_scheme {
    const char *name;
    bool by_use; /* code, data and stack have the same addresses */
    int (*plan)(const struct elf_image *image, const struct os_program *program,
                struct os_plan *plan, struct os_error *why);
    int (*begin)(struct os *os, struct process *process,
                 const struct elf_image *image,
                 const struct os_program *program, const struct os_plan *plan);
    int (*fork)(struct os *os, const struct process *parent,
                struct process *child);
    bool shares;
    struct segment (*get_segment)(const struct os *os,
                                  const struct process *process,
                                  unsigned selector);
    void (*set_segment)(struct os *os, struct process *process,
                        unsigned selector, const struct segment *segment);
    bool (*get_copy)(const struct os *os, const struct process *process,
                     unsigned selector);
    void (*set_copy)(struct os *os, struct process *process, unsigned selector,
                     bool copy);
    void (*registers)(const struct os *os, const struct process *process,
                      union os_mmu *out);
    unsigned (*heap)(const struct os *os, const struct process *process);
};

/* ---- os/break.c: the program break ---- */

/*
 * The program break is to be @to, which is not below the least one: the memory
 * below it becomes usable, and 0 if it was not. False: it cannot.
 */
bool os_set_break(struct os *os, struct process *process, vaddr_t to);

/* Segment @selector has been given @bounds bytes: if it is the heap's, the
 * break moves with its end. */
void os_break_follow(struct os *os, const struct process *process,
                     unsigned selector, uint32_t bounds);

/* What segment @selector must have for the break not to be below the least. */
uint32_t os_least_bounds(const struct os *os, const struct process *process,
                         unsigned selector);

/* For os_check(), and only if it is in memory: break and bounds agree. */
bool os_break_check(const struct os *os, const struct process *process);

/* ---- os/space.c again ---- */

/* What PCB_FIELD_SPACE holds. */
uint32_t os_space_code(const struct os_plan *plan);

extern const struct os_scheme os_scheme_base_bounds;
extern const struct os_scheme os_scheme_segmented;
extern const struct os_scheme os_scheme_table;
extern const struct os_scheme os_scheme_implicit;

/* How addresses are divided, as the PCB says. */
struct segment_layout os_layout(const struct os *os,
                                const struct process *process);

/* One segment's register or descriptor. */
struct segment os_get_segment(const struct os *os,
                              const struct process *process, unsigned selector);
void os_set_segment(struct os *os, struct process *process, unsigned selector,
                    const struct segment *segment);

/* Whether it is to be copied on a write; set_segment leaves that alone. */
bool os_get_copy(const struct os *os, const struct process *process,
                 unsigned selector);
void os_set_copy(struct os *os, struct process *process, unsigned selector,
                 bool copy);

/* How many segments @process can have. */
unsigned os_segments(const struct os *os, const struct process *process);

/* The memory reserved for it. */
struct os_block *os_block_of(struct process *process, unsigned selector);

/* The segment of the stack where addresses are divided so. */
unsigned os_stack_segment(const struct segment_layout *layout);

/* Whether @access can be to the stack: false where its use says it is not. */
bool os_may_be_stack(const struct process *process,
                     const struct mmu_access *access);

/* Add the stack, in its segment, to @plan: 0 or -ENOEXEC. */
int os_plan_stack(const struct os_program *program,
                  const struct segment_layout *layout, struct os_plan *plan,
                  struct os_error *why);

/* A file that segments are brought in from. */
struct os_source {
    unsigned users; /* processes */
    struct elf_image image;
    size_t size;
    uint8_t file[]; /* its bytes */
};

/*
 * The segments of a process that has a table of them, host side: what memory is
 * reserved for each, and the file that the absent ones come from.
 */
struct os_many {
    struct os_block blocks[SEGMENT_TABLE_MAX]; /* by selector */
    struct os_source *source; /* of all processes of the same file */
};

/* ---- os/share_program.c: what processes of one program have in common ---- */

/* Where the bytes of a segment to be come from. */
struct os_origin {
    const uint8_t *file;
    const struct elf_image *image;
};

/*
 * Give @process, for its segment @area, the memory of another process that
 * holds the same bytes, if neither may write them. False: it needs its own.
 */
bool os_share_program(struct os *os, struct process *process,
                      const struct os_origin *from, const struct os_area *area);

/* The source that some process has, whose file is the same; or NULL. */
struct os_source *os_source_find(const struct os *os, const void *file,
                                 size_t size);

/*
 * Whether segment @selector of @process, which has a table and for which it is
 * absent, is present in another process that shares its memory.
 */
bool os_present_elsewhere(struct os *os, const struct process *process,
                          unsigned selector);

/* NULL is let be. */
void os_many_free(struct os_many *many);

/* Give back all memory of @process. */
void os_forget(struct os *os, struct process *process);

/* Bytes of the stack that a program's arguments take. */
uint64_t os_arguments_size(const struct os_program *program);

#endif /* OS_INTERNAL_H */
