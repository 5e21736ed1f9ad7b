/*
 * tests/use_oracle.h - what the accesses of an instruction are for, as Capstone
 * sees its operands: the oracle of emu/decode_x86_use.c and of ARM's bases.
 */
#ifndef TESTS_USE_ORACLE_H
#define TESTS_USE_ORACLE_H

#include "mmu/mmu.h"
#include "os/isa.h"

struct uses {
    enum mmu_use load, load_again, store;
};

/*
 * Of the one instruction in @size bytes. Returns false when Capstone knows no
 * instruction there, or none with an operand in memory.
 */
bool use_oracle(const struct isa *isa, bool thumb, const uint8_t *bytes,
                size_t size, struct uses *out);

#endif /* TESTS_USE_ORACLE_H */
