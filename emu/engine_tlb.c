/*
 * emu/engine_tlb.c - pages of the lean core that may be stored to unasked.
 *
 * The lean core's windows are mapped without the right to store, so that each
 * store comes to a hook. Unicorn 2.0.1 has nothing better: to memory with that
 * right it stores ten times more slowly. But a core's TLB says how its
 * translated code stores to a page: straight to the host's memory, or by way of
 * the library. So where every byte of a page may be stored to and none is code,
 * the hook changes what the TLB says of it, and hears no more of this page
 * until the library forgets it again.
 *
 * Decisions:
 * - The TLB is found, not known: just before the registers lies its size and a
 *   pointer to its entries, and the entry of a page that has been stored to
 *   holds its address and where its bytes are in the host. Where nothing such
 *   is found, all stores keep their hook.
 * - Nothing is changed but an entry that holds both. The rights that the
 *   library knows stay, so what leaves the TLB comes back to the hook.
 * - Memory remembers which pages are open to stores (phys_open()); when code
 *   appears there, in whichever core, the epoch of memory goes up, and nothing
 *   runs before the TLB has been emptied.
 */
#include "emu/engine_internal.h"

#include <fcntl.h>
#include <unistd.h>

#define PAGE      4096u
#define REACH     1024u /* bytes before the registers that are searched */
#define ENTRY_MAX 64u   /* bytes */

/* As it lies in the library; entries have a power of two of bytes. */
struct tlb {
    uintptr_t mask; /* (entries - 1) * bytes of one */
    uint8_t *entries;
};

static unsigned entry_size(const struct tlb *tlb)
{
    return (unsigned)(tlb->mask & -tlb->mask);
}

/* Bytes of an address in an entry: loads', stores', and others follow. */
static unsigned width_of(const struct engine *e)
{
    return e->isa->thumb_flag ? 4 : 8;
}

static bool is_plausible(const struct tlb *tlb)
{
    const unsigned size = entry_size(tlb);

    if (size < 32 || size > ENTRY_MAX || tlb->mask >> 32)
        return false;
    return !(tlb->mask & (tlb->mask + size)); /* a power of two of entries */
}

static uint8_t *entry_of(const struct engine *e, const struct tlb *tlb,
                         vaddr_t va)
{
    return tlb->entries +
           ((uintptr_t)(va / e->page) * entry_size(tlb) & tlb->mask);
}

/* Whether loads from @page find the entry at @bytes. */
static bool is_of_page(const struct engine *e, const uint8_t *bytes,
                       vaddr_t page)
{
    uint64_t address = 0;

    memcpy(&address, bytes, width_of(e));
    return address == page;
}

/* Where in an entry @delta lies, which an address is from its byte; or 0. */
static unsigned find_delta(const struct engine *e, const uint8_t *bytes,
                           unsigned size, uintptr_t delta)
{
    for (unsigned at = 2 * width_of(e); at + sizeof(delta) <= size;
         at += sizeof(delta))
        if (memcmp(bytes + at, &delta, sizeof(delta)) == 0)
            return at;
    return 0;
}

/* The host's memory, by way of a file that refuses what is not mapped. */
static bool read_host(int memory, void *to, size_t size, const void *from)
{
    return pread(memory, to, size, (off_t)(uintptr_t)from) == (ssize_t)size;
}

/* Whether the TLB is at @place: it has an entry for @va. */
static bool try_place(struct engine *e, struct core *core, int memory,
                      const uint8_t *place, vaddr_t va, uintptr_t delta)
{
    uint8_t entry[ENTRY_MAX];
    struct tlb tlb;
    unsigned at;

    if (!read_host(memory, &tlb, sizeof(tlb), place) || !is_plausible(&tlb) ||
        !read_host(memory, entry, entry_size(&tlb), entry_of(e, &tlb, va)) ||
        !is_of_page(e, entry, va & ~(e->page - 1)))
        return false;
    at = find_delta(e, entry, entry_size(&tlb), delta);
    if (!at)
        return false;
    core->opener.tlb = (const struct tlb *)(const void *)place;
    core->opener.delta_at = at;
    return true;
}

static bool find_tlb(struct engine *e, struct core *core, vaddr_t va,
                     uintptr_t delta)
{
    const uint8_t *regs = (const uint8_t *)core->regs;
    const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    bool found = false;

    if (memory < 0)
        return false;
    for (unsigned back = sizeof(struct tlb); back <= REACH && !found;
         back += sizeof(uintptr_t))
        found = try_place(e, core, memory, regs - back, va, delta);
    close(memory);
    return found;
}

/*
 * A search takes long and fails where the page is not in the TLB, as at the
 * first store to it: so at the first store, the second, the fourth, and so on.
 */
static bool is_time_to_search(struct opener *opener)
{
    opener->unfound++;
    return !(opener->unfound & (opener->unfound - 1));
}

/* The page's entry, or NULL: there is none now. */
static uint8_t *entry_for(const struct engine *e, const struct core *core,
                          vaddr_t va, uintptr_t delta)
{
    uint8_t *entry = entry_of(e, core->opener.tlb, va);
    const bool is_it =
        is_of_page(e, entry, va & ~(e->page - 1)) &&
        memcmp(entry + core->opener.delta_at, &delta, sizeof(delta)) == 0;

    return is_it ? entry : NULL;
}

void engine_tlb_open(struct engine *e, struct core *core,
                     const struct span_cache *span, vaddr_t va)
{
    struct opener *opener = &core->opener;
    const vaddr_t page = va & ~(PAGE - 1);
    const paddr_t pa = span->base + (va - span->va);
    const uintptr_t delta = (uintptr_t)e->phys->bytes + pa - va;
    uint8_t *entry;

    if (page == opener->shut || !core->regs)
        return;
    if (!opener->tlb &&
        (!is_time_to_search(opener) || !find_tlb(e, core, va, delta)))
        return;
    entry = entry_for(e, core, va, delta);
    if (!entry)
        return;
    if (!engine_span_holds(span, page, PAGE, MMU_READ | MMU_WRITE) ||
        !phys_open(e->phys, pa - (va - page), PAGE)) {
        opener->shut = page;
        return;
    }
    memcpy(entry + width_of(e), entry, width_of(e));
    if (!opener->has_opened)
        opener->epoch = e->phys->open_epoch;
    opener->has_opened = true;
}
