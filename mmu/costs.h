/*
 * mmu/costs.h - what everything costs: one table, settable by name.
 *
 * A cost is a number of cycles. The processor runs at 1 GHz, so a cycle is a
 * nanosecond, and a data sheet's times can be read as costs. What a cost is
 * charged for is said where it is charged; the table has each one once.
 *
 * Sources of the defaults, and how far each was checked:
 *
 *      execute_* latencies of the Skylake microarchitecture in A. Fog,
 *                Instruction tables: IMUL 3, DIV 26 (32 bits), ADDSD and MULSD
 *                4, FDIV about 14. From memory, not looked up; x87's long ones
 *                really take up to 100
 *      translate_*  an addition and a comparison before each access: one
 *                cycle, by our own choice
 *      trap_*    round figures of our own, of the size that INT and IRET
 *                between privilege levels have on an i486
 *      l1*_hit   "hit time" of a textbook's first level: one cycle (Skylake's
 *                is 4, but it overlaps with other work)
 *      l2, l3    Skylake: 12 and 44 cycles. Intel's Optimization Reference
 *                Manual, section on its caches, as others quote it
 *      dram_*    JESD79-3 (DDR3), speed bin 1600K, 11-11-11: tAA, tRCD and tRP
 *                are 13.75 ns each (read in makers' data sheets), and a burst
 *                of 8 transfers takes 5 ns. hit: tAA and burst; closed: and
 *                tRCD; conflict: and tRP; rounded up
 *      disk_*    OSTEP ch. 37, the Cheetah 15K.5: seek 4 ms on average, 15000
 *                turns a minute, so half a turn is 2 ms; 125 MB/s, so 4096 ns
 *                for 512 bytes
 *
 * Units: cycles. Layer: mmu/.
 */
#ifndef MMU_COSTS_H
#define MMU_COSTS_H

#include "mmu/mmu.h"

/* Every cost: name, default, what it is charged for. */
#define COSTS(X)                                                               \
    X(execute_simple, 1, "an instruction of none of the following classes")    \
    X(execute_jump, 1, "a jump, call or return")                               \
    X(execute_multiply, 3, "an integer multiplication")                        \
    X(execute_divide, 26, "an integer division")                               \
    X(execute_float, 4, "floating-point and NEON arithmetic")                  \
    X(execute_float_divide, 14, "the same: division, root, x87's long ones")   \
    X(translate_base_bounds, 1, "an access: add the base, compare")            \
    X(translate_segmented, 1, "an access: choose a segment, add, compare")     \
    X(translate_table, 1, "an access: look at the descriptors at hand")        \
    X(trap_entry, 70, "into a handler, before it reads its vector")            \
    X(trap_exit, 40, "from a handler to a process")                            \
    X(l1i_hit, 1, "a fetch that the first level answers")                      \
    X(l1d_hit, 1, "a load or store that the first level answers")              \
    X(l2_hit, 12, "an access that the second level answers")                   \
    X(l3_hit, 44, "an access that the third level answers")                    \
    X(dram_hit, 19, "DRAM: the row is open")                                   \
    X(dram_closed, 33, "DRAM: the bank has no open row")                       \
    X(dram_conflict, 47, "DRAM: another row of the bank is open")              \
    X(disk_seek, 6000000, "disk: moving the arm, and waiting for the sector")  \
    X(disk_sector, 4096, "disk: transfer of each 512 bytes begun")

enum cost {
#define COST_ENUM(name, value, text) COST_##name,
    COSTS(COST_ENUM)
#undef COST_ENUM
        COST_COUNT
};

#define COST_MAX UINT32_MAX /* sums of costs stay far from 2^64 */

struct costs {
    cycles_t cycles[COST_COUNT];
};

/* The defaults. */
void costs_init(struct costs *costs);

/*
 * Set the cost called @name.
 *
 * Returns 0, or leaves @costs alone and returns
 *   -ENOENT  there is none of that name
 *   -ERANGE  @cycles is more than COST_MAX
 */
int costs_set(struct costs *costs, const char *name, cycles_t cycles);

/* "l2_hit", and "an access that the second level answers". */
const char *cost_name(enum cost cost);
const char *cost_text(enum cost cost);

/* What the disk takes for @bytes in one piece. */
cycles_t costs_of_disk(const struct costs *costs, uint32_t bytes);

/* True iff no cost is more than COST_MAX. */
bool costs_check(const struct costs *costs);

#endif /* MMU_COSTS_H */
