/*
 * tests/stage.h - a rig whose memory is short: a swap disk that takes its time,
 * another one for blocks, processes, and traps that come at a time. The test is
 * the CPU.
 *
 * The stage that many tests begin with has three processes and no hole:
 *
 *      [ asks | has ... all the rest ... | runs ]
 */
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

#include "os/internal.h"
#include "tests/rig.h"

#define STAGE_KIB    1024u
#define STAGE_DISK   (4096u * STAGE_KIB) /* bytes of the swap disk at most */
#define STAGE_BLOCKS 64u                 /* of the other one */
#define STAGE_SEEK   1000u               /* cycles of a transfer, and more */
#define STAGE_SECTOR 100u                /* for each 512 bytes */
#define STAGE_DATA   0x40000000u         /* the data of a segmented program */
#define STAGE_SMALL  (8u * STAGE_KIB)    /* of a process that only runs */

/* The host's side of the swap disk. */
struct stage_disk {
    uint8_t bytes[STAGE_DISK];
    bool fail_writes, fail_reads;
    unsigned writes, reads;
    unsigned waits; /* so often has a process begun to wait for memory */
};

/* The other one. What it is given is lost, and 0x5d is what it reads. */
extern const struct os_disk stage_blocks;

/* The rig in *@state gets both disks; @size bytes of @disk may be used. */
struct rig *stage_begin(void **state, struct stage_disk *disk, uint32_t size);

/* All end, and what is in flight is done: fails if anything is left. */
void stage_clear(struct rig *rig);

/* The same as a test's teardown, and the rig with it. */
int stage_teardown(void **state);

/* ---- processes ---- */

/*
 * A program of @elf under @scheme; @size: its bounds, or the bytes of its stack
 * at first. *@elf stays the caller's.
 */
void stage_build(struct elf_build *elf, const char *scheme);
struct os_program stage_program(const struct elf_build *elf, const char *scheme,
                                uint32_t size);

/* A process of it; fails if refused. The large one takes all that is free. */
struct process *stage_spawn(struct rig *rig, const char *scheme, uint32_t size);
struct process *stage_spawn_large(struct rig *rig);

uint32_t stage_free(const struct rig *rig);
vaddr_t stage_sp(const struct rig *rig, const struct process *p);
uint32_t stage_result(const struct rig *rig, const struct process *p);

/* Bytes of a segmented process's stack, and where it has @size of them. */
uint32_t stage_stack(const struct rig *rig, const struct process *p);
vaddr_t stage_below(uint32_t size);

/* Whether it is blocked on memory. */
bool stage_waits(const struct rig *rig, const struct process *p);

/* Cycles that the disk needs for @bytes. */
cycles_t stage_cost(uint32_t bytes);

/* ---- traps; each returns who runs then ---- */

struct process *stage_trap(struct rig *rig, struct process *process,
                           enum trap_cause cause, cycles_t cycle);
struct process *stage_call(struct rig *rig, struct process *process,
                           cycles_t cycle, uint32_t number, uint32_t a,
                           uint32_t b, uint32_t c);

/* A write to @va, which its MMU has refused. */
struct process *stage_fault(struct rig *rig, struct process *process,
                            enum trap_cause cause, vaddr_t va, cycles_t cycle);

/* ---- three processes ---- */

struct stage {
    struct process *asks, *has, *runs;
    uint32_t size; /* that it has */
};

/* The one that asks is under @scheme, and has the CPU. */
struct stage stage_set(struct rig *rig, const char *scheme);

/* It asks at @cycle for a stack of 12 KiB. */
void stage_ask(struct rig *rig, const struct stage *s, cycles_t cycle);

#endif /* TESTS_STAGE_H */
