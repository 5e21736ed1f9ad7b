/*
 * mmu/associative.c - descriptors at hand; see associative.h.
 *
 * Decisions of the model:
 * - The entries are kept in the order of their use, so the one to give up is
 *   the last, and the one most often wanted is compared first.
 * - A selector past the table is refused by the table register: nothing is
 *   looked up and nothing counted.
 * - An absent segment has no copy. The OS will change its descriptor.
 * - A copy knows which notes its descriptor shows, so an access that has
 *   nothing new to note touches no memory.
 */
#include "mmu/associative.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int associative_init(struct associative *am, unsigned size)
{
    if (size > ASSOCIATIVE_MAX)
        return -EINVAL;
    *am = (struct associative){.size = size};
    return 0;
}

void associative_flush(struct associative *am)
{
    am->used = 0;
    am->counts.flushes++;
}

/* Copies of anything but the table as it is now are worth nothing. */
static void follow(struct associative *am, const struct segment_table *table)
{
    if (am->table == table && am->generation == table->mmu.generation)
        return;
    if (am->used > 0)
        associative_flush(am);
    am->table = table;
    am->generation = table->mmu.generation;
}

/* The copy of @selector, now the first; NULL when there is none. */
static struct associative_entry *find(struct associative *am, uint32_t selector)
{
    struct associative_entry *entries = am->entries;
    struct associative_entry found;
    unsigned at = 0;

    while (at < am->used && entries[at].selector != selector)
        at++;
    if (at == am->used)
        return NULL;
    if (at > 0) {
        found = entries[at];
        memmove(entries + 1, entries, at * sizeof(*entries));
        entries[0] = found;
    }
    return &entries[0];
}

/* Make room for @entry as the first, if there is any. */
static void keep(struct associative *am, const struct associative_entry *entry)
{
    if (am->size == 0)
        return;
    if (am->used < am->size)
        am->used++;
    memmove(am->entries + 1, am->entries,
            (am->used - 1) * sizeof(*am->entries));
    am->entries[0] = *entry;
}

static unsigned noted_rights(const struct segment_table *table,
                             uint32_t selector)
{
    const struct descriptor d = segment_table_get(table, selector);

    return (d.accessed ? MMU_READ | MMU_EXEC : 0u) |
           (d.modified ? (unsigned)MMU_WRITE : 0u);
}

static struct associative_entry read_descriptor(struct associative *am,
                                                const struct segment_table *t,
                                                uint32_t selector,
                                                struct associative_walk *walk)
{
    const struct associative_entry entry = {
        .selector = selector,
        .segment = segment_table_effective(t, selector),
        .noted = noted_rights(t, selector),
    };

    am->counts.misses++;
    walk->read = true;
    if (!entry.segment.absent)
        keep(am, &entry);
    return entry;
}

/* The rights that the descriptor shows as used after an access of @kind. */
static unsigned noted_after(unsigned noted, enum mmu_prot kind)
{
    return noted | MMU_READ | MMU_EXEC |
           (kind == MMU_WRITE ? (unsigned)MMU_WRITE : 0u);
}

static void note(struct associative *am, const struct mmu_access *access,
                 unsigned noted, struct associative_walk *walk)
{
    const struct mmu *mmu = &am->table->mmu;

    mmu->ops->touch(mmu, access->va, access->kind);
    am->counts.notes++;
    walk->noted = true;
    if (am->used > 0)
        am->entries[0].noted = noted;
}

/* Hot: runs once per access that somebody charges. */
enum mmu_fault associative_translate(struct associative *am,
                                     const struct segment_table *table,
                                     const struct mmu_access *access,
                                     paddr_t *pa, struct associative_walk *walk)
{
    const uint64_t selector = segment_selector(&table->layout, access->va);

    assert(table->mmu.ops == &segment_table_ops);

    *walk = (struct associative_walk){0};
    follow(am, table);
    if (selector >= table->count)
        return MMU_FAULT_SEGMENT;
    walk->descriptor = table->base + (paddr_t)selector * DESCRIPTOR_SIZE;

    const struct associative_entry *copy = find(am, (uint32_t)selector);
    struct associative_entry entry;
    if (copy) {
        am->counts.hits++;
        entry = *copy;
    } else {
        entry = read_descriptor(am, table, (uint32_t)selector, walk);
    }

    const enum mmu_fault fault =
        segment_translate(&entry.segment, &table->layout, access, pa);
    const unsigned noted = noted_after(entry.noted, access->kind);
    if (!fault && noted != entry.noted)
        note(am, access, noted, walk);
    return fault;
}

bool associative_has(const struct associative *am,
                     const struct segment_table *table, vaddr_t va)
{
    const uint64_t selector = segment_selector(&table->layout, va);
    unsigned at = 0;

    if (am->table != table || am->generation != table->mmu.generation)
        return false;
    while (at < am->used && am->entries[at].selector != selector)
        at++;
    return at < am->used;
}

void associative_hit(struct associative *am, uint64_t accesses)
{
    am->counts.hits += accesses;
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
    return a->base == b->base && a->bounds == b->bounds && a->prot == b->prot &&
           a->grows_down == b->grows_down && a->absent == b->absent;
}

static bool is_like_memory(const struct associative *am,
                           const struct associative_entry *entry)
{
    if (entry->selector >= am->table->count)
        return false;

    const struct segment now =
        segment_table_effective(am->table, entry->selector);
    return same_segment(&entry->segment, &now) &&
           entry->noted == noted_rights(am->table, entry->selector);
}

bool associative_check(const struct associative *am)
{
    if (am->size > ASSOCIATIVE_MAX || am->used > am->size ||
        (am->used > 0 && !am->table))
        return false;
    for (unsigned i = 0; i < am->used; i++)
        for (unsigned k = 0; k < i; k++)
            if (am->entries[i].selector == am->entries[k].selector)
                return false;
    if (am->used == 0 || am->generation != am->table->mmu.generation)
        return true;
    for (unsigned i = 0; i < am->used; i++)
        if (!is_like_memory(am, &am->entries[i]))
            return false;
    return true;
}
