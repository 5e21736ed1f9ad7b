/*
 * emu/decode.h - what an instruction is, from its bytes.
 *
 * Two users: reports want text, the engine wants facts (length, operands that
 * the CPU treats as one access). Only emu/decode.c knows Capstone.
 *
 * Layer: emu/.
 */
#ifndef EMU_DECODE_H
#define EMU_DECODE_H

#include "mmu/mmu.h"
#include "os/isa.h"

/* Facts that the engine cannot see from the pieces of an access. */
enum decode_flag {
    /* One memory operand of `operand_size` bytes, all of which must be legal
     * though the CPU may not touch them all (FXSAVE) or touches them in
     * pieces (16-byte SSE, 80-bit x87). */
    DECODE_WIDE = 1u << 0,
    /* The wide operand must be aligned to 16 bytes. */
    DECODE_ALIGNED = 1u << 1,
    /* Loads a segment register: the CPU reads a descriptor. */
    DECODE_SELECTOR = 1u << 2,
    /* Changes the byte order of data (ARM's SETEND). */
    DECODE_ENDIAN = 1u << 3,
    /* ARM Thumb's IT. */
    DECODE_IT = 1u << 4,
    /* The wide operand is touched in pieces that do not cover it all. */
    DECODE_SPARSE = 1u << 5,
    /* The engine reads more than the wide operand (CVTPS2PD: 16 bytes of 8). */
    DECODE_OVERREAD = 1u << 6,
    /* ARM's store-exclusive family: touches memory only if it succeeds. */
    DECODE_EXCLUSIVE = 1u << 7,
    /*
     * IDIV of 4 or 2 bytes: the smallest dividend by -1 ends the host process
     * with SIGFPE inside Unicorn. The divisor is operand_size bytes in memory
     * or, when ea_scale is 0, in the register ea_base.
     */
    DECODE_IDIV = 1u << 8,
    /* ARM's YIELD and WFE, for which the engine leaves its loop. */
    DECODE_HINT = 1u << 9,
    /* INT n: ring 3 may only use some. */
    DECODE_INT = 1u << 10,
    /* x86 IRET of 32 bits: the flags it will load are at the address. */
    DECODE_IRET = 1u << 11,
    /* BSF or BSR behind F3, which this CPU ignores and a later one does not. */
    DECODE_REP_SCAN = 1u << 12,
    /* The fast core would leave wrong flags (CMPXCHG8B; LOOPE and LOOPNE that
     * end by their count). */
    DECODE_FLAGS = 1u << 13,
    /* A shift of memory whose CF and OF must be mended; implies the above. */
    DECODE_SHIFT = 1u << 14,
    /* PUSHA: eight stores of operand_size bytes, downwards from the stack
     * pointer; the engine makes them upwards. */
    DECODE_PUSHA = 1u << 15,
};

/* What an instruction is, for those who charge it; as the costs execute_*. */
enum decode_class {
    DECODE_SIMPLE,
    DECODE_JUMP,
    DECODE_MULTIPLY,
    DECODE_DIVIDE,
    DECODE_FLOAT,
    DECODE_FLOAT_DIVIDE,
};

struct decoded {
    uint32_t size; /* bytes */
    enum decode_class class;
    uint32_t flags;
    /* With DECODE_WIDE or DECODE_SELECTOR: the memory operand, if any. Also
     * that of ARM's exclusives and SWP, which must be aligned. */
    uint16_t operand_size; /* bytes; 0: no memory operand */
    uint8_t pieces_load;   /* engine accesses that make up one wide load;
                              0: it varies, or they are not in order */
    uint8_t pieces_store;  /* likewise for a wide store */
    bool writes;           /* the wide operand is stored to, else loaded */
    /* Effective address = base + index * scale + disp (+ FS or GS base). */
    int8_t ea_base, ea_index; /* register indices of the ISA, -1: none */
    int8_t ea_segment;        /* index of FS_BASE or GS_BASE, -1: flat */
    uint8_t ea_scale;
    bool ea_16bit; /* wraps at 64 KiB */
    int32_t ea_disp;
    /* What accesses are for, where that selects the segment (mmu/implicit.h):
     * enum mmu_use of its first load, of later ones, and of its stores. */
    uint8_t use_load, use_load_again, use_store;
};

struct decoder;

/* Returns 0 and sets *@out, or -ENOMEM. */
int decode_create(struct decoder **out, const struct isa *isa);
void decode_destroy(struct decoder *decoder);

/*
 * Decode one instruction of at most @size bytes at @bytes. @thumb selects
 * Thumb; ignored on x86.
 *
 * False when the bytes are no complete instruction; *@out is then untouched.
 * On x86 that includes what has a length but is illegal on every CPU, such as
 * LOCK CMP or a far CALL to a register. Unicorn 2.0.1 aborts the host process
 * when it translates some of these: refuse them before it sees them.
 */
bool decode_insn(struct decoder *decoder, const uint8_t *bytes, size_t size,
                 vaddr_t pc, bool thumb, struct decoded *out);

/*
 * Whether the @size bytes end before the x86 instruction does that they begin.
 * False for what is no instruction, however it goes on.
 */
bool decode_is_cut(const uint8_t *bytes, size_t size);

/*
 * The same as text, "mnemonic operands", for reports. Returns its length in
 * bytes, 0 when the bytes are no instruction.
 */
uint32_t decode_text(struct decoder *decoder, const uint8_t *bytes, size_t size,
                     vaddr_t pc, bool thumb, char *text, size_t text_size);

/* "4.0": of the Capstone library that is loaded. */
void decode_version(char *text, size_t size);

#endif /* EMU_DECODE_H */
