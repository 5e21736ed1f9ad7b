/*
 * mmu/phys.h - physical memory: one array of bytes.
 *
 * Addresses run from 0 to size - 1. The host array has PHYS_SLACK readable
 * bytes before and behind it, because an engine maps windows in units of host
 * pages and reads a little past the end of code; nothing in the slack is ever
 * part of the machine.
 *
 * Code: the memory remembers which bytes an engine has translated as code
 * (phys_mark_code). Whoever changes such a byte behind the engine's back - the
 * operating system, a copy - goes through phys_write(), which raises
 * `code_epoch` so that engines drop what they translated.
 *
 * Open: an engine may store to bytes without asking each time whether one of
 * them is code (phys_open). When code appears there after all, `open_epoch`
 * goes up, and every engine that had opened something must ask again.
 *
 * Units: bytes. Layer: mmu/.
 */
#ifndef MMU_PHYS_H
#define MMU_PHYS_H

#include "mmu/mmu.h"

#define PHYS_SLACK        (64u * 1024u)
#define PHYS_BLOCK        1024u
#define PHYS_SIZE_DEFAULT (64u * 1024u * 1024u)
#define PHYS_SIZE_MIN     (32u * 1024u)
#define PHYS_SIZE_MAX     (2048u * 1024u * 1024u)

struct phys {
    uint8_t *bytes; /* [0, size), slack on both sides */
    uint32_t size;
    uint64_t code_epoch; /* raised when a byte of translated code changes */
    uint8_t *code_map;   /* one bit per byte: translated as code */
    paddr_t code_begin, code_end; /* the map has no bit outside of these */
    uint64_t open_epoch;          /* raised when what was open gets code */
    bool *open;                   /* by blocks of PHYS_BLOCK bytes */
};

/*
 * Make a zero-filled physical memory of @size bytes. Pages of it cost host
 * memory only once they are touched.
 *
 * Returns 0 and sets *@out, or leaves it alone and returns
 *   -EINVAL  @size is not in [PHYS_SIZE_MIN, PHYS_SIZE_MAX]
 *   -ENOMEM  out of host memory
 */
int phys_create(struct phys **out, uint32_t size);

/* Release @phys. NULL is a no-op. */
void phys_destroy(struct phys *phys);

/* True iff [pa, pa + size) lies inside. */
static inline bool phys_holds(const struct phys *phys, paddr_t pa,
                              uint32_t size)
{
    return size <= phys->size && pa <= phys->size - size;
}

/* Copy out of or into memory. Precondition: phys_holds(). */
void phys_read(const struct phys *phys, paddr_t pa, void *to, uint32_t size);
void phys_write(struct phys *phys, paddr_t pa, const void *from, uint32_t size);

/*
 * Fill with one byte value; otherwise as phys_write(). Whole host pages of
 * zeros are given back to the host, so that they cost no memory, and little
 * time.
 */
void phys_fill(struct phys *phys, paddr_t pa, uint8_t byte, uint32_t size);

/* Copy inside memory; the two ranges may overlap. */
void phys_move(struct phys *phys, paddr_t to, paddr_t from, uint32_t size);

/* Little-endian words, as both guest architectures see them. */
uint32_t phys_read32(const struct phys *phys, paddr_t pa);
void phys_write32(struct phys *phys, paddr_t pa, uint32_t value);

/* Remember that [pa, pa + size) has been translated as code. */
void phys_mark_code(struct phys *phys, paddr_t pa, uint32_t size);

/* Forget it again: the bytes belong to nobody now. */
void phys_clear_code(struct phys *phys, paddr_t pa, uint32_t size);

/* Whether any byte of [pa, pa + size) has been; 1 <= size <= 16. Hot. */
static inline bool phys_is_code(const struct phys *phys, paddr_t pa,
                                uint32_t size)
{
    const uint8_t *map = phys->code_map + pa / 8;
    const uint32_t bits =
        (uint32_t)map[0] | (uint32_t)map[1] << 8 | (uint32_t)map[2] << 16;

    return (bits >> pa % 8 & ((1u << size) - 1)) != 0;
}

/*
 * Open [pa, pa + size) to stores that nobody asks about. False: it holds code.
 * Precondition: phys_holds(), size > 0.
 */
bool phys_open(struct phys *phys, paddr_t pa, uint32_t size);

/*
 * Containment check: fill [pa, pa + size) with a hash of each byte's address,
 * and later find the first byte that is no longer as filled.
 * phys_pattern_find() returns its address, or pa + size when all are intact.
 */
void phys_pattern_fill(struct phys *phys, paddr_t pa, uint32_t size);
paddr_t phys_pattern_find(const struct phys *phys, paddr_t pa, uint32_t size);

#endif /* MMU_PHYS_H */
