/*
 * tests/rig.h - a machine without a CPU: physical memory, the operating
 * system, and a host whose input and output are arrays. Tests play the CPU.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "os/os.h"
#include "tests/elf_build.h"

#define RIG_PHYS   (128u * 1024u)
#define RIG_LARGE  (1024u * 1024u)
#define RIG_BOUNDS 4096u

struct rig {
    struct phys *phys;
    struct os *os;
    struct os_error why; /* of the last rig_spawn() */

    /* The host. */
    uint8_t out[64 * 1024];
    uint32_t out_size;
    int out_fd;        /* the last one written to */
    uint32_t take_max; /* a write takes no more than this */
    int write_error;   /* returned by a write, unless 0 */
    uint32_t writes_before_error;
    const uint8_t *in;
    uint32_t in_size;
    int read_error;
    unsigned reads;
};

/* cmocka fixtures: *state is a struct rig with nothing loaded. */
int rig_setup(void **state);
int rig_setup_large(void **state); /* RIG_LARGE bytes instead of RIG_PHYS */

/*
 * Checks the walker, ends what still runs, and then fails unless one hole
 * covers all memory and every PCB is 0.
 */
int rig_teardown(void **state);

/* The good file at @base (or OS_BASE_ANY) with @bounds; fails if refused. */
struct process *rig_spawn(struct rig *rig, uint16_t elf_machine, paddr_t base,
                          uint32_t bounds);

/* A trap with nothing but a cause; returns what os_trap() does. */
struct process *rig_trap(struct rig *rig, struct process *process,
                         enum trap_cause cause);

/*
 * A system call of up to three arguments; returns the result register, or the
 * exit code when it was the process's last.
 */
uint32_t rig_call(struct rig *rig, struct process *process, uint32_t number,
                  uint32_t a, uint32_t b, uint32_t c);

/* Bytes of a process's memory, whatever its rights. */
uint8_t *rig_bytes(struct rig *rig, const struct process *process, vaddr_t va);

/* Put @text at @va of a process, as a system call would; or find it there. */
void rig_put(struct rig *rig, struct process *process, vaddr_t va,
             const char *text);
void rig_expect(struct rig *rig, struct process *process, vaddr_t va,
                const char *text);

/* One hole, from OS_END to the end of memory. */
bool rig_is_empty(const struct rig *rig);

#endif /* TESTS_RIG_H */
