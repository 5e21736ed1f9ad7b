/*
 * mmu/mmu.h - the address-translation interface.
 *
 * One guest access enters as a `struct mmu_access` and leaves as either a
 * physical address or a fault. Every translation scheme implements
 * `struct mmu_ops`; callers see only this file.
 *
 * A guest fault is a *result*, not an error: it is data the operating system
 * acts on. Host-side trouble is a negative errno value.
 *
 * The register set of a scheme is plain data that the operating system writes
 * through the scheme's own functions. Each write raises `generation`, so that
 * whoever caches translations can see that they are stale.
 *
 * Units: addresses and sizes are bytes; time is emulated cycles.
 * Layer: mmu/ includes only <std*> headers and mmu/ headers.
 */
#ifndef MMU_MMU_H
#define MMU_MMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t vaddr_t;  /* guest virtual address, bytes  */
typedef uint32_t paddr_t;  /* guest physical address, bytes */
typedef uint64_t cycles_t; /* emulated CPU cycles           */

#define MMU_ACCESS_MAX 512u /* bytes of the widest access (FXSAVE) */

/* Access kinds double as permission bits: `(prot & kind) == kind` is legal. */
enum mmu_prot {
    MMU_READ = 1u << 0,
    MMU_WRITE = 1u << 1,
    MMU_EXEC = 1u << 2,
    MMU_RWX = MMU_READ | MMU_WRITE | MMU_EXEC,
};

/* In order of priority: the first rule an access breaks names its fault. */
enum mmu_fault {
    MMU_FAULT_NONE = 0,
    MMU_FAULT_SEGMENT,    /* no such segment                     */
    MMU_FAULT_ABSENT,     /* the segment is not in memory        */
    MMU_FAULT_BOUNDS,     /* first or last byte out of bounds    */
    MMU_FAULT_PROTECTION, /* kind not allowed on these bytes     */
    MMU_FAULT_COUNT,
};

/*
 * What an access is for, where that and not the address selects the segment
 * (mmu/implicit.h). All other schemes pass over it.
 */
enum mmu_use {
    MMU_USE_OF_KIND = 0, /* a fetch is for code, all else for data */
    MMU_USE_CODE,
    MMU_USE_DATA,
    MMU_USE_STACK,
};

/* One guest load, store or fetch. Precondition: 1 <= size <= 512. */
struct mmu_access {
    vaddr_t va;
    uint32_t size; /* bytes */
    enum mmu_prot kind;
    enum mmu_use use; /* left out, it is MMU_USE_OF_KIND */
};

/*
 * A segment as reports and windows see it: `bounds` bytes that start at `va`
 * in the address space and at `base` in physical memory.
 */
struct mmu_span {
    const char *name; /* static, e.g. "image"; NULL: it has only a number */
    vaddr_t va;
    paddr_t base;
    uint32_t bounds; /* bytes */
    enum mmu_prot prot;
    unsigned noted;   /* rights whose use the hardware need not note any more;
                         MMU_RWX where it notes nothing */
    unsigned segment; /* its number, by which an address selects it */
    bool grows_down;  /* its end is fixed, not its beginning */
};

/* The offset that @va has in @span; growing down it is counted from the end. */
static inline uint32_t mmu_span_offset(const struct mmu_span *span, vaddr_t va)
{
    return span->grows_down ? span->va + span->bounds - va : va - span->va;
}

struct mmu;

/*
 * A translation scheme. All entries but touch are required.
 *
 * translate  Pure: reads @mmu, writes only *@pa, and only when it returns
 *            MMU_FAULT_NONE. Charges no cycles (the memory system does).
 * span       The first segment, from number @from on, that is in memory and
 *            has a byte. False when there is none.
 * locate     The segment that the first byte of @access selects, also where it
 *            is out of bounds or the segment was never set (then its bounds are
 *            0). False when it selects none. The size plays no part, and the
 *            kind only where the scheme looks at the use.
 * touch      Note a legal access of @kind to the segment of @va where the OS
 *            can see it. NULL: this hardware notes nothing. Raises no
 *            generation.
 * check      Full walk; true iff every invariant holds. O(segments).
 */
struct mmu_ops {
    const char *name; /* as in traces and --mmu=NAME */
    enum mmu_fault (*translate)(const struct mmu *mmu,
                                const struct mmu_access *access, paddr_t *pa);
    bool (*span)(const struct mmu *mmu, unsigned from, struct mmu_span *span);
    bool (*locate)(const struct mmu *mmu, const struct mmu_access *access,
                   struct mmu_span *span);
    void (*touch)(const struct mmu *mmu, vaddr_t va, enum mmu_prot kind);
    bool (*check)(const struct mmu *mmu);
};

/*
 * The MMU registers of one process, embedded as the first member of a
 * scheme's register set. The process owns them; the engine only reads.
 */
struct mmu {
    const struct mmu_ops *ops;
    uint64_t generation; /* raised by every register write; never 0 */
};

/*
 * Translate one access.
 *
 * Returns MMU_FAULT_NONE and sets *@pa, or the fault and leaves *@pa alone.
 * No side effects: the same question always has the same answer.
 */
static inline enum mmu_fault mmu_translate(const struct mmu *mmu,
                                           const struct mmu_access *access,
                                           paddr_t *pa)
{
    return mmu->ops->translate(mmu, access, pa);
}

/*
 * The segments that are in memory and have a byte, one after the other in order
 * of their numbers: *@next is 0 before the first. False behind the last.
 */
static inline bool mmu_next_span(const struct mmu *mmu, unsigned *next,
                                 struct mmu_span *span)
{
    if (!mmu->ops->span(mmu, *next, span))
        return false;
    *next = span->segment + 1;
    return true;
}

/*
 * The largest number of leading bytes of @access that would be a legal access
 * of their own; access->va + the result is the byte at which it goes wrong,
 * which may be a legal one of the next segment. access->size when the access is
 * legal. For reports: O(size).
 */
uint32_t mmu_legal_prefix(const struct mmu *mmu,
                          const struct mmu_access *access);

/* The name of @span, or one made of its number, e.g. "seg128". */
const char *mmu_span_name(const struct mmu_span *span, char text[16]);

/* Stable lower-case name for traces and golden files, e.g. "bounds". */
const char *mmu_fault_name(enum mmu_fault fault);

/* "load", "store" or "fetch"; @kind is exactly one bit. */
const char *mmu_kind_name(enum mmu_prot kind);

#endif /* MMU_MMU_H */
