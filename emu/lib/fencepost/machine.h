/*
 * fencepost/machine.h - a machine, from its creation to its end.
 *
 * In every struct here, what is 0 has its default, so that
 *
 *      struct fp_config config = {.memory = 1 << 20};
 *
 * is complete. Sizes are bytes.
 */
#ifndef FENCEPOST_MACHINE_H
#define FENCEPOST_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct fp_machine;

struct fp_config {
    uint32_t memory;       /* 32 KiB to 2 GiB; 64 MiB */
    uint64_t slice;        /* instructions; 10000, and none for who is alone */
    const char *schedule;  /* "rr", "mlfq", "lottery"; "rr" */
    uint64_t seed;         /* of a lottery */
    const char *placement; /* "first", "best", "worst", "next" ...; "first" */
    uint32_t swap;         /* a disk to swap to, in the host's memory, at
                              most 0xfffff000; none */
    uint32_t traps_kept;   /* for fp_trap_at(); 65536 */
    uint32_t output_max;   /* captured; a guest that writes more gets ENOSPC;
                              16 MiB */
    bool paranoid; /* memory that is nobody's is watched, loaded values are
                      compared: slow; see fp_check() */
    bool check;    /* fp_check() after each trap: the run ends with FP_CORRUPT
                      at the first that leaves something wrong; slow */

    /*
     * A disk that guests read and write in blocks of 512 bytes (fencepost.h of
     * theirs): so many bytes of the caller's, borrowed until fp_destroy().
     * NULL: there is none.
     */
    void *disk;
    uint32_t disk_size;

    /*
     * What the guests read and write, instead of fp_input() and fp_output().
     * @fd is 0, 1 or 2. They return how many bytes were moved, up to @size, or
     * a negated errno of Linux; 0 bytes read are the end.
     */
    int (*read)(void *ctx, uint32_t pid, int fd, void *to, uint32_t size);
    int (*write)(void *ctx, uint32_t pid, int fd, const void *from,
                 uint32_t size);
    void *ctx; /* borrowed */
};

/* A program to run, and the address space that it gets. */
struct fp_program {
    const char *path; /* an ELF file; the first argument, if there is no argv */
    const void *image; /* or its bytes, @image_size of them; path is a name */
    size_t image_size;
    const char *const *argv; /* ends with NULL */
    const char *scheme; /* "base-bounds", "segmented", "implicit" or "table";
                           "base-bounds" */
    uint32_t tickets;   /* in a lottery; 100 */

    /* Base and bounds. */
    uint32_t bounds; /* 16 KiB */
    uint32_t base;   /* physical, from 16 KiB on; anywhere */

    /* Segments. */
    unsigned address_bits;             /* 32 */
    unsigned selector_bits;            /* 2; table: 8 */
    uint32_t stack;                    /* at first; 64 KiB */
    uint32_t stack_max;                /* and as far as it may grow; 8 MiB */
    unsigned code, data, stack_rights; /* enum fp_right; rx, rw, rw */
};

/* How a run ended. */
enum fp_end {
    FP_DONE,    /* no process is left */
    FP_LIMIT,   /* the instructions are complete */
    FP_STUCK,   /* some are left, but all wait, and none will ever run */
    FP_LOOPING, /* 16384 traps in a row, and no instruction was complete in
                   between: a handler lets the same one run again and again */
    FP_STOPPED, /* fp_stop() was called */
    FP_CORRUPT, /* fp_config.check: see fp_error() */
    FP_BROKEN,  /* the machine cannot go on: see fp_error() */
};

#define FP_FOREVER UINT64_MAX

/*
 * Boot a machine without processes. @config is borrowed for the call, but for
 * ctx; NULL: all defaults.
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  memory or swap of that size cannot be, or schedule or placement
 *            is no name, or disk_size is not one or more blocks
 *   -ENOMEM  out of host memory
 */
int fp_create(struct fp_machine **out, const struct fp_config *config);

/* With all that runs on it. NULL is a no-op. */
void fp_destroy(struct fp_machine *machine);

/* One line about what failed last; "" before anything has. */
const char *fp_error(const struct fp_machine *machine);

/*
 * Create a process. All of @program is borrowed for the call.
 *
 * Returns 0 and sets *@pid (unless it is NULL), or says more in fp_error() and
 * returns
 *   -EINVAL   no path and no image, no such scheme or rights, or the path is no file
 *   -ENOEXEC  it cannot run on this machine, or not in such an address space
 *   -ENOMEM   no hole is large enough, or out of host memory
 *   -EAGAIN   there are 256 processes
 *   -EBUSY    called by a handler
 *   and what open() and read() return: -ENOENT, -EACCES, -EISDIR ...
 */
int fp_load(struct fp_machine *machine, const struct fp_program *program,
            uint32_t *pid);

/*
 * Let execve() find @program under @name. Returns 0 or what fp_load() does; it
 * is not looked at whether it can run.
 */
int fp_grant(struct fp_machine *machine, const char *name,
             const struct fp_program *program);

/*
 * Append to what read() from descriptor 0 finds. Behind the last byte is the
 * end. Returns 0, or -ENOMEM.
 */
int fp_input(struct fp_machine *machine, const void *bytes, size_t size);

/*
 * What was written to descriptor @fd, 1 or 2, by all processes, and a 0 behind
 * it; *@size (unless it is NULL) counts without that. "" for other descriptors.
 * Valid until the machine is run again or destroyed.
 */
const char *fp_output(const struct fp_machine *machine, int fd, size_t *size);

/*
 * Run until nothing can run any more, or @instructions more are complete
 * (FP_FOREVER: no limit). Goes on where the last run ended.
 *
 * Returns an enum fp_end, or -EBUSY: called by a handler.
 */
int fp_run(struct fp_machine *machine, uint64_t instructions);

/* For handlers and events: end the run before the next instruction. */
void fp_stop(struct fp_machine *machine);

/*
 * How process @pid has ended.
 *
 * Returns 0 and sets *@code (as a shell shows it: 128 + n after signal n), or
 *   -EAGAIN  it has not ended
 *   -ESRCH   there never was such a process
 */
int fp_exit_code(const struct fp_machine *machine, uint32_t pid,
                 uint32_t *code);

/* Processes that have not ended. */
unsigned fp_living(const struct fp_machine *machine);

/* Complete instructions, loads and stores of all processes. */
uint64_t fp_instructions(const struct fp_machine *machine);
uint64_t fp_loads(const struct fp_machine *machine);
uint64_t fp_stores(const struct fp_machine *machine);

/* Cycles since boot: instructions, and those in which nobody could run. */
uint64_t fp_clock(const struct fp_machine *machine);

/*
 * Whether all that the operating system knows agrees: trap table, PCBs, what
 * registers show and what memory was reserved, holes; and with
 * fp_config.paranoid, whether nobody wrote to memory that is nobody's. False:
 * fp_error() says more.
 */
bool fp_check(struct fp_machine *machine);

/* "0.1.0" */
const char *fp_version(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* FENCEPOST_MACHINE_H */
