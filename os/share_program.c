/*
 * os/share_program.c - one copy of what the processes of one program cannot
 * change: their code, and constants that have a segment of their own.
 *
 * Decisions of the model:
 * - The bytes decide, not a name, a date or a hash: a new process uses memory
 *   of another one that holds exactly what its own file has for the segment. So
 *   it does not matter where a file lies or that it was replaced, and no file
 *   can be taken for another one.
 * - Nobody joins a process that is on its way to the disk or back.
 * - What either of them may write is not shared, nor what has been written:
 *   then the bytes differ.
 * - Only the memory is common. The rights are in the register or descriptor of
 *   each process, as its own program asks for them.
 * - What is absent has no bytes yet. It is shared when both come from one file,
 *   which is compared whole; who touches it first brings it in for itself, and
 *   the next one finds the bytes there.
 */
#include <string.h>

#include "os/internal.h"

static bool is_zero(const uint8_t *bytes, uint32_t size)
{
    return size == 0 ||
           (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* The first of the file's segments in @area that ends behind @va. */
static const struct elf_segment *next_load(const struct os_origin *from,
                                           const struct os_area *area,
                                           uint64_t va)
{
    const uint64_t end = (uint64_t)area->va + area->size;
    const struct elf_segment *first = NULL;

    for (unsigned i = 0; i < from->image->count; i++) {
        const struct elf_segment *s = &from->image->segments[i];

        if (from->image->by_use && elf_is_code(s) != (area->role == OS_CODE))
            continue;
        if (s->va < end && (uint64_t)s->va + s->memsz > va &&
            (!first || s->va < first->va))
            first = s;
    }
    return first;
}

/* Whether @bytes are what the file has for @area: loaded, or 0. */
static bool same_bytes(const struct os_origin *from, const struct os_area *area,
                       const uint8_t *bytes)
{
    const uint64_t end = (uint64_t)area->va + area->size;
    const struct elf_segment *s;

    for (uint64_t at = area->va; at < end; at = (uint64_t)s->va + s->memsz) {
        const uint8_t *here = bytes + (at - area->va);

        s = next_load(from, area, at);
        if (!s)
            return is_zero(here, (uint32_t)(end - at));

        const uint8_t *loaded = bytes + (s->va - area->va);
        if (!is_zero(here, (uint32_t)(s->va - at)) ||
            memcmp(loaded, from->file + s->offset, s->filesz) != 0 ||
            !is_zero(loaded + s->filesz, s->memsz - s->filesz))
            return false;
    }
    return true;
}

/* Whether what is absent in both will be the same. */
static bool same_source(const struct os *os, const struct process *a,
                        const struct process *b)
{
    const uint32_t layout = pcb_get(os->phys, a->pcb, PCB_FIELD_SPACE);

    return a->many && b->many && a->many->source == b->many->source &&
           layout == pcb_get(os->phys, b->pcb, PCB_FIELD_SPACE);
}

static bool is_on_its_way(const struct process *process)
{
    const enum pcb_image image = os_image(process);

    return image == PCB_IMAGE_LEAVING || image == PCB_IMAGE_ARRIVING;
}

/* Whether @process may have the memory that @other has for @area. */
static bool may_join(const struct os *os, const struct process *process,
                     struct process *other, const struct os_origin *from,
                     const struct os_area *area)
{
    if (other == process || is_on_its_way(other) ||
        other->scheme != process->scheme || !os_lives(os, other) ||
        area->segment >= os_segments(os, other))
        return false;

    const struct segment s = os_get_segment(os, other, area->segment);
    const struct os_block *block = os_block_of(other, area->segment);

    if (block->size != area->size || s.bounds != area->size ||
        s.prot & MMU_WRITE || s.grows_down || os_shared_at(os, block) ||
        os_get_copy(os, other, area->segment))
        return false;
    return s.absent ? same_source(os, process, other)
                    : s.base == block->base &&
                          same_bytes(from, area, os->phys->bytes + s.base);
}

bool os_share_program(struct os *os, struct process *process,
                      const struct os_origin *from, const struct os_area *area)
{
    if (!process->scheme->shares || area->prot & MMU_WRITE || area->grows_down)
        return false;
    for (unsigned i = 0; i < os->slots; i++) {
        struct process *other = &os->processes[i];

        if (may_join(os, process, other, from, area))
            return os_share(os, os_block_of(other, area->segment),
                            os_block_of(process, area->segment)) == 0;
    }
    return false;
}

struct os_source *os_source_find(const struct os *os, const void *file,
                                 size_t size)
{
    for (unsigned i = 0; i < os->slots; i++) {
        const struct os_many *many = os->processes[i].many;

        if (many && many->source->size == size &&
            memcmp(many->source->file, file, size) == 0)
            return many->source;
    }
    return NULL;
}

bool os_present_elsewhere(struct os *os, const struct process *process,
                          unsigned selector)
{
    const paddr_t base = process->many->blocks[selector].base;

    for (unsigned i = 0; i < os->slots; i++) {
        struct process *other = &os->processes[i];

        if (other != process && other->many && os_lives(os, other) &&
            selector < os_segments(os, other) &&
            other->many->blocks[selector].size > 0 &&
            other->many->blocks[selector].base == base &&
            !os_get_segment(os, other, selector).absent)
            return true;
    }
    return false;
}
