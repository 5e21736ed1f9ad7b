/*
 * tests/machine.h - a machine without a CPU: physical memory, the operating
 * system, and a host whose input and output are arrays. Tests play the CPU.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include "os/os.h"
#include "tests/elf_build.h"

#define MACHINE_PHYS   (128u * 1024u)
#define MACHINE_BOUNDS 4096u

struct machine {
    struct phys *phys;
    struct os *os;
    struct os_error why; /* of the last machine_spawn() */

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

/* cmocka fixtures: *state is a struct machine with nothing loaded. */
int machine_setup(void **state);

/*
 * Checks the walker, ends what still runs, and then fails unless one hole
 * covers all memory and every PCB is 0.
 */
int machine_teardown(void **state);

/* The good file at @base (or OS_BASE_ANY) with @bounds; fails if refused. */
struct process *machine_spawn(struct machine *m, uint16_t elf_machine,
                              paddr_t base, uint32_t bounds);

/* A trap with nothing but a cause; returns what os_trap() does. */
struct process *machine_trap(struct machine *m, struct process *process,
                             enum trap_cause cause);

/*
 * A system call of up to three arguments; returns the result register, or the
 * exit code when it was the process's last.
 */
uint32_t machine_call(struct machine *m, struct process *process,
                      uint32_t number, uint32_t a, uint32_t b, uint32_t c);

/* Bytes of a process's memory, whatever its rights. */
uint8_t *machine_bytes(struct machine *m, const struct process *process,
                       vaddr_t va);

/* One hole, from OS_END to the end of memory. */
bool machine_is_empty(const struct machine *m);

#endif /* TESTS_MACHINE_H */
